/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk of an image, filled by libguestfs: no root, no loop device, no mount on the host. */
#include "image/disk.h"

#include "guest/protocol.h"
#include "image/appliance.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "/dev/sda"
/* Fixed, so that two disks of the same root differ in times only. */
#define DISK_UUID "b15ec7b0-0000-4000-8000-000000000001"
/* A small guest's own scratch files live elsewhere; this is plenty for a root. */
#define BYTES_PER_INODE 16384
/* Of links to links, on the way to a folder. */
#define LINKS_MAX 8

/* Where a container mounts something; a root that is read-only must have the places. */
static const char *const MOUNT_POINTS[] = {
	"/proc", "/sys",     "/dev",     "/run",  "/tmp",
	"/mnt",  "/var/log", "/var/tmp", "/case", "/evidence",
};

static void tell(ImageProgress progress, void *user, const char *phase, const char *detail)
{
	if (progress)
		progress(phase, detail, user);
}

static bool add_drive(guestfs_h *g, const DiskSpec *spec, const char *path)
{
	const gint64 bytes = (gint64)spec->size_mib << 20;

	/* nobody needs the disk of a build that was cut short: no flushes on the way */
	return guestfs_disk_create(g, path, "raw", bytes, GUESTFS_DISK_CREATE_PREALLOCATION,
				   "sparse", -1) == 0 &&
	       guestfs_add_drive_opts(g, path, GUESTFS_ADD_DRIVE_OPTS_FORMAT, "raw",
				      GUESTFS_ADD_DRIVE_OPTS_CACHEMODE, "unsafe", -1) == 0;
}

static bool make_filesystem(guestfs_h *g, const DiskSpec *spec)
{
	/* a root of very many small files wants more inodes than the size lets one think */
	const gint64 per_file =
		spec->files ? ((gint64)spec->size_mib << 20) / (gint64)(spec->files + 1024)
			    : BYTES_PER_INODE;

	return guestfs_mke2fs(g, DEVICE, GUESTFS_MKE2FS_FSTYPE, spec->filesystem,
			      GUESTFS_MKE2FS_BLOCKSIZE, (gint64)4096, GUESTFS_MKE2FS_BYTESPERINODE,
			      CLAMP(per_file, 4096, BYTES_PER_INODE),
			      GUESTFS_MKE2FS_RESERVEDBLOCKSPERCENTAGE, 0, GUESTFS_MKE2FS_LABEL,
			      "bisectbox", GUESTFS_MKE2FS_UUID, DISK_UUID, -1) == 0 &&
	       guestfs_mount(g, DEVICE, "/") == 0;
}

/* A folder, or a link to one, made where it is missing: where it belongs if there is a link that
 * leads nowhere. */
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

static bool make_mount_points(guestfs_h *g)
{
	for (guint i = 0; i < G_N_ELEMENTS(MOUNT_POINTS); i++)
		if (!make_folder(g, MOUNT_POINTS[i], 0))
			return false;
	return true;
}

static bool put_agent(guestfs_h *g, const char *agent)
{
	g_autofree char *folder = g_path_get_dirname(PROTOCOL_AGENT);

	return make_folder(g, folder, 0) && guestfs_upload(g, agent, PROTOCOL_AGENT) == 0 &&
	       guestfs_chmod(g, 0755, PROTOCOL_AGENT) == 0 &&
	       guestfs_chown(g, 0, 0, PROTOCOL_AGENT) == 0;
}

/* The root as the tar has it: owners, modes, devices, extended attributes. */
static bool copy_root(Appliance *appliance, const DiskSpec *spec, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	const char *why;

	/* nothing will look for lost files there, and an OCI image is to be seen as it is */
	if (spec->files && guestfs_rmdir(g, "/lost+found") != 0)
		return appliance_fail(appliance, "empty the disk", error);
	if (guestfs_tar_in_opts(g, spec->tar, "/", GUESTFS_TAR_IN_OPTS_XATTRS, 1, -1) == 0)
		return true;
	why = guestfs_last_error(g);
	if (why && strstr(why, "No space left on device"))
		return error_host(error, "the root does not fit on a disk of %u MiB%s",
				  spec->size_mib,
				  spec->files ? "" : ": raise size_mib in the recipe");
	return appliance_fail(appliance, "copy the root to the disk", error);
}

static bool fill(Appliance *appliance, const DiskSpec *spec, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);

	if (!make_filesystem(g, spec))
		return appliance_fail(appliance, "make the disk's file system", error);
	if (!copy_root(appliance, spec, error))
		return false;
	if (spec->files && !make_mount_points(g))
		return appliance_fail(appliance, "make the root's mount points", error);
	if (!put_agent(g, spec->agent))
		return appliance_fail(appliance, "copy the agent to the disk", error);
	if (guestfs_umount_all(g) != 0)
		return appliance_fail(appliance, "unmount the disk", error);
	return true;
}

static bool sync_file(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool fine = fd >= 0 && fsync(fd) == 0;

	if (!fine)
		error_host(error, "cannot write %s: %s", path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return fine;
}

bool disk_build(const DiskSpec *spec, const char *path, ImageProgress progress, void *user,
		GCancellable *cancel, GError **error)
{
	g_autoptr(Appliance) appliance = NULL;

	tell(progress, user, "appliance", NULL);
	appliance = appliance_new(spec->accel, spec->cache, spec->folder, cancel, error);
	if (!appliance)
		return false;
	if (!add_drive(appliance_handle(appliance), spec, path))
		return appliance_fail(appliance, "make the disk", error);
	if (!appliance_start(appliance, error))
		return false;
	tell(progress, user, "disk", NULL);
	return fill(appliance, spec, error) && appliance_stop(appliance, error) &&
	       sync_file(path, error);
}

bool disk_check(Accel accel, const char *cache, const char *folder, GCancellable *cancel,
		GError **error)
{
	g_autoptr(Appliance) appliance = appliance_new(accel, cache, folder, cancel, error);

	if (!appliance)
		return false;
	if (guestfs_add_drive_scratch(appliance_handle(appliance), (gint64)1 << 20, -1) != 0)
		return appliance_fail(appliance, "make a scratch disk", error);
	return appliance_start(appliance, error) && appliance_stop(appliance, error);
}
