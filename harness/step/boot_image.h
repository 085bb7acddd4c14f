/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a boot's image is to its kernel and its guest. */
#pragma once

#include "step/step.h"

/** boot_image_words() - words for the kernel: where the root is, and what runs first; g_free() */
char *boot_image_words(const Image *image);

/* What is written over an image in one boot; begin with zeroes. */
typedef struct {
	char *cover;
} BootImage;

/** boot_image_close() - throw away what was written */
void boot_image_close(BootImage *image);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BootImage, boot_image_close)

/**
 * boot_image_open() - have a guest write to nothing but a new cover of the image, where it writes
 * @image: closed by it first; to outlive the guest
 * @guest: its image, and the format of that, are set
 * @error: BOX_ERROR_HOST, BOX_ERROR_INTERRUPTED
 */
bool boot_image_open(BootImage *image, const Workshop *shop, GuestSpec *guest, GCancellable *cancel,
		     GError **error);
