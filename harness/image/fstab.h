/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/fstab, cleared of what will not be there. */
#pragma once

#include <glib.h>

/**
 * fstab_clear() - an fstab in which lines about devices, servers and swap are comments
 * @text:  as it was
 * @ret_n: how many these are; or NULL
 *
 * What needs no device stays: tmpfs, proc, bind mounts of the root's own folders.
 * Return: g_free().
 */
char *fstab_clear(const char *text, guint *ret_n);
