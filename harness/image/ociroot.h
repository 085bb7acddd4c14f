/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root of an OCI image: an archive or a layout folder that somebody handed in becomes a tar
 * with all owners, modes and extended attributes, by skopeo, umoci and tar.
 */
#pragma once

#include "image/image.h"

/* Part of the cache's key: raise it when the same OCI image gives another root than before. */
#define OCIROOT_VERSION 1

/**
 * struct OciRoot - what came out; release with ociroot_clear()
 * @env:   "NAME=value" of the image's configuration; NULL-terminated
 * @files: how many files and folders are in the tar
 * @bytes: size of the tar
 */
typedef struct {
	char **env;
	guint64 files;
	guint64 bytes;
} OciRoot;

void ociroot_clear(OciRoot *root);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OciRoot, ociroot_clear)

/** ociroot_check() - whether skopeo and umoci are there; BOX_ERROR_HOST names the packages */
bool ociroot_check(GError **error);

/**
 * ociroot_build() - make the tar of an OCI image's root
 * @path:     absolute: an archive of `skopeo`, `podman save`, `docker save` or the like, packed or
 *            not, or a folder in the OCI image layout
 * @tar:      file to make; what is there after a failure is worth nothing
 * @progress, @user: as in image_ensure()
 * @cancel:   or NULL
 * @ret_root: set on success
 * @error:    BOX_ERROR_USAGE: no OCI image, a damaged one, several in one, not for linux/amd64.
 *            BOX_ERROR_HOST: a program is missing, no space, no subordinate ids (says what to do).
 *            BOX_ERROR_INTERRUPTED
 *
 * What is for several platforms gives its image for linux/amd64. An ordinary user gets empty files
 * for device nodes.
 */
bool ociroot_build(const char *path, const char *tar, ImageProgress progress, void *user,
		   GCancellable *cancel, OciRoot *ret_root, GError **error);
