/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a system on a copy of somebody's disk a guest of ours. */
#pragma once

#include "image/appliance.h"

/**
 * struct SettleSpec - what is done to the system that is mounted in an appliance; all borrowed
 * @disk:     what errors call it
 * @agent:    static binary, put at PROTOCOL_AGENT
 * @crun:     tar of a root with crun in it, of which the system gets what it needs where it has no
 *            crun of its own; or NULL
 * @password: root's, from now on; NULL: root's is left as it is
 */
typedef struct {
	const char *disk;
	const char *agent;
	const char *crun;
	const char *password;
} SettleSpec;

/**
 * settle_system() - put the agent in, and have it started; take out what would wait for what is not
 * there: devices in fstab and crypttab, cloud-init, the network
 * @ret_init: what its init is, for people; static
 * @ret_crun: whether cases in containers can run
 * @error:    BOX_ERROR_USAGE: its init is not known; BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 */
bool settle_system(Appliance *appliance, const SettleSpec *spec, const char **ret_init,
		   bool *ret_crun, GError **error);

/** settle_has_crun() - whether the system that is mounted has crun of its own */
bool settle_has_crun(Appliance *appliance);
