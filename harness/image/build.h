/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One build of a disk, whatever its root comes from: the store locked, a folder of its own below
 * it, and the finished disk's way into the store.
 */
#pragma once

#include "image/disk.h"
#include "image/store.h"

/**
 * struct Build - one call of image_ensure() or its like; start it with BUILD_NEW
 * @name:     that the disk's file begins with; borrowed
 * @space:    bytes that must be free in the store before anything is made
 * @keep:     how many disks, and roots, of this name stay
 * @agent:    path of the agent's binary; borrowed
 * @anew:     make the disk also where there is one; then that must not be in use
 * @accel:    what libguestfs' appliance runs on
 * @progress, @user: as in image_ensure()
 * @cancel:   or NULL; borrowed
 * @agent_hash, @store: set by build_open()
 * @disk:     where the disk goes; set by the caller after build_open(), released by build_clear()
 * @folder:   of this build's own, for whatever it makes; set while the lock is held
 * @appliance: of build_start(), or NULL; released by build_clear()
 * @give_up:  ends @appliance; @cancel does too
 * @lock:     the store's, -1 while it is not held
 */
typedef struct {
	const char *name;
	guint64 space;
	guint keep;
	const char *agent;
	bool anew;
	Accel accel;
	ImageProgress progress;
	void *user;
	GCancellable *cancel;
	char *agent_hash;
	char *store;
	char *disk;
	char *folder;
	Appliance *appliance;
	GCancellable *give_up;
	gulong give_up_id;
	int lock;
} Build;

/* The appliance, a root's tar and a disk of some hundred MiB. */
#define BUILD_SPACE ((guint64)1 << 30)
#define BUILD_NEW .space = BUILD_SPACE, .lock = -1

/** build_clear() - remove the build's folder, unlock the store, release the rest */
void build_clear(Build *build);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Build, build_clear)

/** build_tell() - call @progress, where there is one */
void build_tell(const Build *build, const char *phase, const char *detail);

/** build_open() - set @agent_hash and @store; writes nothing */
bool build_open(Build *build, GError **error);

/**
 * build_begin() - take the store's lock, waiting for whoever builds, and make @folder
 *
 * What killed builds left is removed.
 */
bool build_begin(Build *build, GError **error);

/** build_check_space() - whether the store's file system has so many bytes free, and else what to
 * do about it */
bool build_check_space(const Build *build, guint64 bytes, GError **error);

/** build_appliance() - the folder of libguestfs' own files, made where needed; free with g_free()
 */
char *build_appliance(const Build *build, GError **error);

/**
 * build_ensure() - find @disk, or have it made by one process at a time
 * @make:      makes it with build_disk(), between build_begin() and the removal of @folder
 * @what:      handed to @make
 * @ret_image: set on success
 */
bool build_ensure(Build *build, bool (*make)(Build *build, void *what, GError **error), void *what,
		  Image **ret_image, GError **error);

/** build_may_give_up() - set @give_up, for whoever learns in another thread that there will be no
 * disk; before build_start() */
void build_may_give_up(Build *build);

/**
 * build_start() - set @appliance, that build_disk() need not wait for it
 * @spec: as build_disk() will have it, as far as disk_start() looks at it
 */
bool build_start(Build *build, DiskSpec spec, GError **error);

/**
 * build_disk() - make @disk and its record
 * @spec:     @tar, @filesystem, @size_mib and what else describes the disk; the rest is filled in
 * @record:   what was put in; what the disk is, and the hashes of root, agent and disk are filled
 * in
 * @manifest: moved to where the disk's belongs; or NULL
 */
bool build_disk(Build *build, DiskSpec spec, StoreRecord record, const char *manifest,
		GError **error);
