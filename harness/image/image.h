/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest images: a recipe (images/NAME.json) becomes a root by mmdebstrap and a disk by
 * libguestfs, once; cached by the hash of all that goes in. libguestfs lives here only.
 */
#pragma once

#include "image/recipe.h"
#include "machine/accel.h"

#include <gio/gio.h>
#include <stdbool.h>

/**
 * struct Image - a disk ready to boot; release with image_free()
 * @name:       of its recipe, or as it was imported; STORE_OCI for a case's own root
 * @path:       absolute
 * @format:     "raw" or "qcow2"
 * @hash:       SHA-256 of the disk's file, in hex: part of a verdict's key
 * @root_hash:  SHA-256 of the root's tar; of an imported disk: of the file that it was imported
 * from
 * @agent_hash: SHA-256 of the agent in it
 * @device:     what its root is in the guest, where it is the first disk: "/dev/vda1"
 * @filesystem: of the root: "ext2", "ext4", "squashfs"
 * @crun:       cases in containers can run from it
 * @init:       it boots by an init of its own, which starts the agent when all else is up, and
 *              wants to write to the disk; else the agent is init
 * @source:     path of the OCI image that a case's own root comes from; NULL for others
 * @env:        "NAME=value" as that OCI image has them; NULL-terminated, never NULL
 * @lock:       held while the disk is in use, so that nobody removes it; -1 for none
 */
typedef struct {
	char *name;
	char *path;
	char *format;
	char *hash;
	char *root_hash;
	char *agent_hash;
	char *device;
	char *filesystem;
	bool crun;
	bool init;
	char *source;
	char **env;
	int lock;
} Image;

/** image_free() - release an image, and let it be removed; NULL is fine; the disk stays in the
 * cache */
void image_free(Image *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

/**
 * typedef ImageProgress - told what image_ensure() is doing
 * @phase:  "wait" (another process builds), "root" (mmdebstrap), "unpack" (an archive), "copy" (of
 * a disk that is imported), "appliance" (libguestfs starts), "disk" (it is being filled),
 *          "manifest" or "hash"; static
 * @detail: a line about it, or NULL
 * @user:   as handed to image_ensure()
 *
 * Called from image_ensure()'s thread, at each change and for each line of detail.
 */
typedef void (*ImageProgress)(const char *phase, const char *detail, void *user);

/**
 * image_find() - the cached disk of a recipe with this agent
 * @recipe:    what it is made of
 * @agent:     path of the agent's static binary
 * @ret_image: the image, or NULL where it has not been built (or no longer is what was built)
 * @error:     the agent cannot be read
 *
 * Return: true also where there is none.
 */
bool image_find(const Recipe *recipe, const char *agent, Image **ret_image, GError **error);

/**
 * image_ensure() - the disk of a recipe, built where it is not in the cache
 * @recipe:    what it is made of
 * @agent:     path of the agent's static binary, put at PROTOCOL_AGENT
 * @accel:     what libguestfs' appliance runs on: ACCEL_KVM, or anything else for TCG
 * @progress:  or NULL
 * @user:      handed to @progress
 * @cancel:    or NULL
 * @ret_image: the image; set on success
 * @error:     BOX_ERROR_HOST: mmdebstrap or libguestfs failed or is missing, no space, no
 *             sources; BOX_ERROR_INTERRUPTED
 *
 * The host's own apt sources are used, whatever they are. Works as an ordinary user where the
 * host lets one (subuid entries). Two processes at once: the second waits for the first.
 * A killed build leaves nothing that a later one takes for an image, and the later one removes
 * what was left.
 */
bool image_ensure(const Recipe *recipe, const char *agent, Accel accel, ImageProgress progress,
		  void *user, GCancellable *cancel, Image **ret_image, GError **error);

/**
 * struct ImageNews - what came of image_build(); image_news_clear()
 * @built:   the disk was made, and not found
 * @before:  there was one of this name to compare it with
 * @changes: what is otherwise in it, lines for people: packages, files; NULL for nothing
 */
typedef struct {
	bool built;
	bool before;
	char *changes;
} ImageNews;

void image_news_clear(ImageNews *news);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageNews, image_news_clear)

/**
 * image_build() - image_ensure(), which tells what changed since the last disk of that name
 * @anew: make it also where it is in the cache, with what the sources have today
 * @error: BOX_ERROR_USAGE: with @anew: it is in use by a run; what is wrong with an archive. Else
 * as in image_ensure()
 */
bool image_build(const Recipe *recipe, const char *agent, Accel accel, bool anew,
		 ImageProgress progress, void *user, GCancellable *cancel, Image **ret_image,
		 ImageNews *ret_news, GError **error);

/**
 * image_verify() - whether a disk still is what was built, byte for byte (seconds)
 * @error: BOX_ERROR_HOST: it is not; the next image_ensure() then makes it anew, an imported one is
 *         to be imported again
 */
bool image_verify(const Image *image, GError **error);

/**
 * image_cover() - make a disk that looks like the image, and takes what is written to it
 * @cover: qcow2 file to make
 */
bool image_cover(const Image *image, const char *cover, GCancellable *cancel, GError **error);

/**
 * image_check() - whether libguestfs works here: really starts its appliance (doctor)
 * @accel:  what it runs on
 * @cancel: or NULL
 * @error:  BOX_ERROR_HOST: why not, and what to install; BOX_ERROR_INTERRUPTED
 *
 * The first call makes the appliance, some 400 MB in the cache, and takes longer.
 */
bool image_check(Accel accel, GCancellable *cancel, GError **error);
