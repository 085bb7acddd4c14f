/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index.json of the OCI image layout, version 1.0: which of its images is meant. */
#pragma once

#include "util/json.h"

/* What guests are, in the words of OCI images. */
#define OCI_OS "linux"
#define OCI_ARCHITECTURE "amd64"

/**
 * ociindex_choose() - the one image in an index that can run here
 * @text:     content of index.json
 * @path:     what errors call the image
 * @ret_text: an index of that image alone; free with g_free()
 * @error:    BOX_ERROR_USAGE: not an index, no image, several (by their names), or none for
 *            linux/amd64 (which there are)
 *
 * An image that is there under several names counts once; what says to be for another platform
 * (builders add attestations as "unknown") does not count.
 */
bool ociindex_choose(const char *text, const char *path, char **ret_text, GError **error);
