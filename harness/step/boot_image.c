/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images that boot by the agent are only read; those with an init of their own are written to. */
#include "step/boot_image.h"

#include "guest/protocol.h"

#include <unistd.h>

/* The image's fstab names no device, and none is to be looked for. */
#define INIT_WORDS "rw systemd.gpt_auto=0 fsck.mode=skip cloud-init=disabled"

char *boot_image_words(const Image *image)
{
	/* ext4's driver takes an ext3 */
	const char *type = g_str_equal(image->filesystem, "ext3") ? "ext4" : image->filesystem;

	return g_strdup_printf("root=%s rootfstype=%s %s", image->device, type,
			       image->init ? INIT_WORDS : "ro init=" PROTOCOL_AGENT);
}

void boot_image_close(BootImage *image)
{
	if (image->cover)
		unlink(image->cover);
	g_clear_pointer(&image->cover, g_free);
}

bool boot_image_open(BootImage *image, const Workshop *shop, GuestSpec *guest, GCancellable *cancel,
		     GError **error)
{
	/* the file too: the last guest's QEMU may still be going */
	boot_image_close(image);
	if (!shop->image->init)
		return true;
	image->cover = g_strconcat(shop->share, ".qcow2", NULL);
	if (!image_cover(shop->image, image->cover, cancel, error))
		return false;
	guest->image = image->cover;
	guest->image_format = "qcow2";
	return true;
}
