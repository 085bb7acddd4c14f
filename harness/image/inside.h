/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look inside an image: guestfish, libguestfs' own shell, on a disk that it cannot change. */
#pragma once

#include "image/image.h"

/**
 * image_inside() - the command for it
 * @words:    a command of guestfish's own for it to run; empty: it asks for them
 * @ret_argv: to be run with...
 * @ret_env:  ...this environment; both g_strfreev()
 * @error:    BOX_ERROR_HOST: guestfish is missing, or what an appliance wants
 *
 * The image's lock goes along to whatever is run, so that nobody removes the disk meanwhile.
 */
bool image_inside(const Image *image, Accel accel, char *const *words, char ***ret_argv,
		  char ***ret_env, GError **error);
