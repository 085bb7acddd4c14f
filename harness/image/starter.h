/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Having a system's own init start the agent, when all else is up. */
#pragma once

#include "image/appliance.h"

/**
 * starter_install() - tell the init of the system that is mounted about the agent
 * @disk:     what errors call it
 * @ret_init: what its init is, for people: "systemd"; static
 * @error:    BOX_ERROR_USAGE: an init that we do not know; BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 *
 * systemd gets a unit; others a line in /etc/inittab, or where that is not what decides in
 * /etc/rc.local. Where the agent finds nothing to do, it ends at once.
 */
bool starter_install(Appliance *appliance, const char *disk, const char **ret_init, GError **error);

/**
 * starter_inittab() - an /etc/inittab with the agent in it
 * @text: as it is
 *
 * Return: NULL where it is none that starts anything (as upstart's); g_free().
 */
char *starter_inittab(const char *text);

/** starter_rc_local() - an /etc/rc.local with the agent at its end, before an `exit`; g_free() */
char *starter_rc_local(const char *text);
