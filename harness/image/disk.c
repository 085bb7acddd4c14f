/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk of an image, filled by libguestfs: no root, no loop device, no mount on the host. */
#include "image/disk.h"

#include "image/place.h"
#include "image/qemuimg.h"
#include "image/squash.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "/dev/sda"
#define PARTITION "/dev/sda1"
/* Fixed, so that two disks of the same root differ in times only. */
#define DISK_UUID "b15ec7b0-0000-4000-8000-000000000001"
#define TABLE_UUID "B15EC7B0-0000-4000-8000-000000000002"
#define PARTITION_UUID "B15EC7B0-0000-4000-8000-000000000003"
/* A small guest's own scratch files live elsewhere; this is plenty for a root. */
#define BYTES_PER_INODE 16384
#define LABEL "bisectbox"
/* What a file takes besides its bytes, its last block and inode among it, and what is left free. */
#define BYTES_PER_FILE 4608
#define FREE_MIB 32
#define JOURNAL_MIB 32
#define TABLE_MIB 4
/* What kernels of the last fifteen years can mount. */
#define EXT4_FEATURES "^metadata_csum,^64bit"
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

static bool has_table(const DiskSpec *spec)
{
	return spec->partitions && !g_str_equal(spec->partitions, "none");
}

static const char *format_of(const DiskSpec *spec)
{
	return spec->format ? spec->format : "raw";
}

static bool is_squashfs(const DiskSpec *spec)
{
	return g_str_equal(spec->filesystem, "squashfs");
}

guint disk_size_mib(const char *filesystem, guint64 files, guint64 bytes)
{
	const bool is_ext4 = g_str_equal(filesystem, "ext4");
	const guint64 all = bytes + files * BYTES_PER_FILE;
	/* a tenth for the file system's own tables; the file is sparse */
	const guint64 room = all + all / 10;

	return (guint)((is_ext4 ? MAX(room, files * BYTES_PER_INODE) : room) >> 20) + FREE_MIB +
	       (is_ext4 ? JOURNAL_MIB : 0);
}

static bool add_drive(guestfs_h *g, const DiskSpec *spec, guint size_mib, const char *path)
{
	const gint64 bytes = (gint64)size_mib << 20;

	/* nobody needs the disk of a build that was cut short: no flushes on the way */
	return guestfs_disk_create(
		       g, path, format_of(spec), bytes, GUESTFS_DISK_CREATE_PREALLOCATION,
		       g_str_equal(format_of(spec), "raw") ? "sparse" : "off", -1) == 0 &&
	       guestfs_add_drive_opts(g, path, GUESTFS_ADD_DRIVE_OPTS_FORMAT, format_of(spec),
				      GUESTFS_ADD_DRIVE_OPTS_CACHEMODE, "unsafe", -1) == 0;
}

/* What the file system goes on. */
static bool make_table(guestfs_h *g, const DiskSpec *spec, const char **ret_device)
{
	*ret_device = has_table(spec) ? PARTITION : DEVICE;
	if (!has_table(spec))
		return true;
	if (guestfs_part_disk(g, DEVICE, spec->partitions) != 0)
		return false;
	return g_str_equal(spec->partitions, "mbr") ||
	       (guestfs_part_set_disk_guid(g, DEVICE, TABLE_UUID) == 0 &&
		guestfs_part_set_gpt_guid(g, DEVICE, 1, PARTITION_UUID) == 0);
}

/* libguestfs' mke2fs cannot be told features, and its mkfs no density of inodes. */
bool disk_make_ext4(guestfs_h *g, const char *device)
{
	return guestfs_mkfs_opts(g, "ext4", device, GUESTFS_MKFS_OPTS_BLOCKSIZE, 4096,
				 GUESTFS_MKFS_OPTS_FEATURES, EXT4_FEATURES, GUESTFS_MKFS_OPTS_LABEL,
				 LABEL, -1) == 0 &&
	       guestfs_set_uuid(g, device, DISK_UUID) == 0;
}

static bool make_ext2(guestfs_h *g, const DiskSpec *spec, const char *device)
{
	/* a root of very many small files wants more inodes than the size lets one think */
	const gint64 per_file = ((gint64)spec->size_mib << 20) / (gint64)(spec->files + 1024);

	return guestfs_mke2fs(g, device, GUESTFS_MKE2FS_FSTYPE, "ext2", GUESTFS_MKE2FS_BLOCKSIZE,
			      (gint64)4096, GUESTFS_MKE2FS_BYTESPERINODE,
			      CLAMP(per_file, 4096, BYTES_PER_INODE),
			      GUESTFS_MKE2FS_RESERVEDBLOCKSPERCENTAGE, 0, GUESTFS_MKE2FS_LABEL,
			      LABEL, GUESTFS_MKE2FS_UUID, DISK_UUID, -1) == 0;
}

static bool make_filesystem(guestfs_h *g, const DiskSpec *spec, const char *device)
{
	return (g_str_equal(spec->filesystem, "ext4") ? disk_make_ext4(g, device)
						      : make_ext2(g, spec, device)) &&
	       guestfs_mount(g, device, "/") == 0;
}

static bool make_mount_points(guestfs_h *g)
{
	for (guint i = 0; i < G_N_ELEMENTS(MOUNT_POINTS); i++)
		if (!place_folder(g, MOUNT_POINTS[i]))
			return false;
	return true;
}

/* The root as the tar has it: owners, modes, devices, extended attributes. */
static bool copy_root(Appliance *appliance, const DiskSpec *spec, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	const char *why;

	/* nothing will look for lost files there, and an OCI image is to be seen as it is */
	if (spec->own && guestfs_rmdir(g, "/lost+found") != 0)
		return appliance_fail(appliance, "empty the disk", error);
	if (guestfs_tar_in_opts(g, spec->tar, "/", GUESTFS_TAR_IN_OPTS_XATTRS, 1, -1) == 0)
		return true;
	why = guestfs_last_error(g);
	if (why && strstr(why, "No space left on device"))
		return error_host(error, "the root does not fit on a disk of %u MiB%s",
				  spec->size_mib,
				  spec->own ? "" : ": raise size_mib in the recipe");
	return appliance_fail(appliance, "copy the root to the disk", error);
}

static bool fill(Appliance *appliance, const DiskSpec *spec, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	const char *device;

	if (!make_table(g, spec, &device) || !make_filesystem(g, spec, device))
		return appliance_fail(appliance, "make the disk's file system", error);
	if (!copy_root(appliance, spec, error))
		return false;
	if (!make_mount_points(g))
		return appliance_fail(appliance, "make the root's mount points", error);
	if (!place_agent(g, spec->agent))
		return appliance_fail(appliance, "copy the agent to the disk", error);
	if (guestfs_umount_all(g) != 0)
		return appliance_fail(appliance, "unmount the disk", error);
	return true;
}

/* A file system that is there already, in a partition. */
static bool fill_partition(Appliance *appliance, const DiskSpec *spec, const char *file,
			   GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	const char *device;

	return (make_table(g, spec, &device) && guestfs_upload(g, file, device) == 0) ||
	       appliance_fail(appliance, "put the file system into a partition", error);
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

/* An appliance with one drive, of @size_mib. */
static Appliance *start(const DiskSpec *spec, guint size_mib, const char *path,
			GCancellable *cancel, GError **error)
{
	g_autoptr(Appliance) appliance =
		appliance_new(spec->accel, spec->cache, spec->folder, cancel, error);

	if (!appliance)
		return NULL;
	if (!add_drive(appliance_handle(appliance), spec, size_mib, path)) {
		appliance_fail(appliance, "make the disk", error);
		return NULL;
	}
	return appliance_start(appliance, error) ? g_steal_pointer(&appliance) : NULL;
}

bool disk_wants_appliance(const DiskSpec *spec)
{
	return !is_squashfs(spec);
}

Appliance *disk_start(const DiskSpec *spec, const char *path, GCancellable *cancel, GError **error)
{
	Appliance *appliance = start(spec, spec->size_mib, path, cancel, error);

	if (appliance)
		appliance_rest(appliance);
	return appliance;
}

/* By an appliance: the root's files, or @file, a file system. */
static bool build_by_appliance(const DiskSpec *spec, const char *file, guint size_mib,
			       const char *path, ImageProgress progress, void *user,
			       GCancellable *cancel, GError **error)
{
	g_autoptr(Appliance) started = NULL;
	Appliance *appliance = spec->appliance;

	if (!appliance) {
		tell(progress, user, "appliance", NULL);
		appliance = started = start(spec, size_mib, path, cancel, error);
		if (!appliance)
			return false;
	}
	appliance_wake(appliance);
	tell(progress, user, "disk", NULL);
	return (file ? fill_partition(appliance, spec, file, error)
		     : fill(appliance, spec, error)) &&
	       appliance_stop(appliance, error);
}

static bool build_squashfs(const DiskSpec *spec, const char *path, ImageProgress progress,
			   void *user, GCancellable *cancel, GError **error)
{
	g_autofree char *file = g_build_filename(spec->folder, "root.squashfs", NULL);
	guint64 bytes = 0;

	tell(progress, user, "disk", NULL);
	if (!squash_build(spec, file, cancel, &bytes, error))
		return false;
	if (has_table(spec))
		return build_by_appliance(spec, file, (guint)(bytes >> 20) + TABLE_MIB, path,
					  progress, user, cancel, error);
	if (g_str_equal(format_of(spec), "raw"))
		return rename(file, path) == 0 ||
		       error_host(error, "cannot make %s: %s", path, g_strerror(errno));
	return qemuimg_convert(file, "raw", path, cancel, error);
}

bool disk_build(const DiskSpec *spec, const char *path, ImageProgress progress, void *user,
		GCancellable *cancel, GError **error)
{
	return (is_squashfs(spec) ? build_squashfs(spec, path, progress, user, cancel, error)
				  : build_by_appliance(spec, NULL, spec->size_mib, path, progress,
						       user, cancel, error)) &&
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
