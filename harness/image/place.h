/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting files of ours on a file system that is mounted in an appliance. False with libguestfs'
 * last error, for appliance_fail(). */
#pragma once

#include <guestfs.h>
#include <stdbool.h>

/** place_folder() - a folder, or a link to one, made where it is missing, its parents too: where a
 * link that leads nowhere leads to */
bool place_folder(guestfs_h *g, const char *path);

/** place_text() - a file with this content, root's, in the place of what is there, be it a link */
bool place_text(guestfs_h *g, const char *path, const char *text, int mode);

/** place_link() - a symlink in the place of what is there */
bool place_link(guestfs_h *g, const char *path, const char *target);

/** place_agent() - the agent, at PROTOCOL_AGENT */
bool place_agent(guestfs_h *g, const char *agent);
