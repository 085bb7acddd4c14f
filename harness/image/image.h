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
 * @path:   absolute
 * @format: "raw" or "qcow2"
 * @hash:   SHA-256 of the disk's content, in hex: part of a verdict's key
 * @source: path of the OCI image that a case's own root comes from; NULL for a recipe's
 * @env:    "NAME=value" as that OCI image has them; NULL-terminated, never NULL
 */
typedef struct {
	char *path;
	char *format;
	char *hash;
	char *source;
	char **env;
} Image;

/** image_free() - release an image; NULL is fine; the disk stays in the cache */
void image_free(Image *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

/**
 * typedef ImageProgress - told what image_ensure() is doing
 * @phase:  "wait" (another process builds), "root" (mmdebstrap), "unpack" (an
 *          OCI image), "appliance" (libguestfs
 *          starts), "disk" (it is being filled) or "hash"; static
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
 * image_verify() - whether a disk still is what was built, byte for byte (seconds)
 * @error: BOX_ERROR_HOST: it is not; the next image_ensure() then makes it anew
 */
bool image_verify(const Image *image, GError **error);

/**
 * image_check() - whether libguestfs works here: really starts its appliance (doctor)
 * @accel:  what it runs on
 * @cancel: or NULL
 * @error:  BOX_ERROR_HOST: why not, and what to install; BOX_ERROR_INTERRUPTED
 *
 * The first call makes the appliance, some 400 MB in the cache, and takes longer.
 */
bool image_check(Accel accel, GCancellable *cancel, GError **error);
