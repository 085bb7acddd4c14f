/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of ours in somebody's root: links that are in the way are followed to folders, and else go.
 */
#include "image/place.h"

#include "guest/protocol.h"

#include <glib.h>
#include <string.h>

/* Of links to links, on the way to a folder. */
#define LINKS_MAX 8

static bool make_folder(guestfs_h *g, const char *path, guint links)
{
	g_autofree char *parent = g_path_get_dirname(path);

	if (guestfs_is_dir_opts(g, path, GUESTFS_IS_DIR_OPTS_FOLLOWSYMLINKS, 1, -1) == 1)
		return true;
	if (links < LINKS_MAX && guestfs_is_symlink(g, path) == 1) {
		g_autofree char *link = guestfs_readlink(g, path);
		g_autofree char *target = link ? g_canonicalize_filename(link, parent) : NULL;

		return target && make_folder(g, target, links + 1);
	}
	return make_folder(g, parent, links) && guestfs_mkdir(g, path) == 0;
}

bool place_folder(guestfs_h *g, const char *path)
{
	return make_folder(g, path, 0);
}

static bool make_room(guestfs_h *g, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);

	return place_folder(g, folder) && guestfs_rm_f(g, path) == 0;
}

bool place_text(guestfs_h *g, const char *path, const char *text, int mode)
{
	return make_room(g, path) && guestfs_write(g, path, text, strlen(text)) == 0 &&
	       guestfs_chmod(g, mode, path) == 0 && guestfs_chown(g, 0, 0, path) == 0;
}

bool place_link(guestfs_h *g, const char *path, const char *target)
{
	return make_room(g, path) && guestfs_ln_s(g, target, path) == 0;
}

bool place_agent(guestfs_h *g, const char *agent)
{
	return make_room(g, PROTOCOL_AGENT) && guestfs_upload(g, agent, PROTOCOL_AGENT) == 0 &&
	       guestfs_chmod(g, 0755, PROTOCOL_AGENT) == 0 &&
	       guestfs_chown(g, 0, 0, PROTOCOL_AGENT) == 0;
}
