/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cp(1) of the appliance does the work: nothing passes through the host. */
#include "image/copyout.h"

#include "image/disk.h"

#include <string.h>

#define TARGET "/dev/sdb"
#define OLD "/.bisectbox-old"

/* The old system, read-only, below OLD. */
static bool mount_old(guestfs_h *g, const System *system)
{
	if (guestfs_mkdir(g, OLD) != 0)
		return false;
	for (guint i = 0; i < system->mounts->len; i++) {
		const SystemMount *mount = system->mounts->pdata[i];
		bool root = g_str_equal(mount->place, "/");
		g_autofree char *place = g_strconcat(OLD, root ? "" : mount->place, NULL);

		if (guestfs_mount_ro(g, mount->device, place) != 0 &&
		    !g_str_has_prefix(mount->place, "/boot"))
			return false;
	}
	return true;
}

static bool unmount_old(guestfs_h *g, const System *system)
{
	for (guint i = system->mounts->len; i > 0; i--) {
		const SystemMount *mount = system->mounts->pdata[i - 1];
		bool root = g_str_equal(mount->place, "/");
		g_autofree char *place = g_strconcat(OLD, root ? "" : mount->place, NULL);

		/* one for a boot loader may not have been mounted */
		if (guestfs_umount(g, place) != 0 && !g_str_has_prefix(mount->place, "/boot"))
			return false;
	}
	return guestfs_rmdir(g, OLD) == 0;
}

static bool copy_all(guestfs_h *g)
{
	g_auto(GStrv) names = guestfs_ls(g, OLD);
	bool ok = names != NULL;

	for (char **name = names; ok && *name; name++) {
		g_autofree char *from = g_build_filename(OLD, *name, NULL);
		g_autofree char *to = g_strconcat("/", *name, NULL);

		ok = g_str_equal(*name, "lost+found") || guestfs_cp_a(g, from, to) == 0;
	}
	return ok;
}

bool copyout_run(Appliance *appliance, const System *system, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);

	if (guestfs_umount_all(g) != 0 || !disk_make_ext4(g, TARGET) ||
	    guestfs_mount(g, TARGET, "/") != 0)
		return appliance_fail(appliance, "make a disk for the copy", error);
	if (!mount_old(g, system) || !copy_all(g))
		return appliance_fail(appliance, "copy the root", error);
	return unmount_old(g, system) || appliance_fail(appliance, "take the old root away", error);
}
