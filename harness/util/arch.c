/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of architectures. */
#include "util/arch.h"

static const Arch arches[] = {
	{
		.name = "x86_64",
		.uname = "x86_64",
		.folder = "x86",
		.debian = "amd64",
		.emulator = "qemu-system-x86_64",
		.package = "qemu-system-x86",
		.cross = "",
		.compiler = "gcc",
		.image = "arch/x86/boot/bzImage",
		.target = "bzImage",
		.serial = "ttyS0",
		.boards = { "q35", "pc" },
		.recipe = "debian",
		.small = "small-x86_64",
		.built = "",
	},
	{
		.name = "arm64",
		.uname = "aarch64",
		.folder = "arm64",
		.debian = "arm64",
		.emulator = "qemu-system-aarch64",
		.package = "qemu-system-arm",
		.cross = "aarch64-linux-gnu-",
		.compiler = "gcc-aarch64-linux-gnu",
		.image = "arch/arm64/boot/Image",
		.target = "Image",
		.serial = "ttyAMA0",
		.boards = { "virt" },
		/* QEMU's "max" has features that stop kernels before 5.12 (LPA2), and signs
		 * pointers at great cost */
		.cpu = "cortex-a57",
		.recipe = "debian-arm64",
		.built = "arm64/",
	},
};

const Arch *arch_usual(void)
{
	return &arches[0];
}

const Arch *arch_find(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(arches); i++)
		if (g_str_equal(arches[i].name, name))
			return &arches[i];
	return NULL;
}

const Arch *arch_of_folder(const char *folder)
{
	for (guint i = 0; i < G_N_ELEMENTS(arches); i++)
		if (g_str_equal(arches[i].folder, folder))
			return &arches[i];
	return NULL;
}

char *arch_names(void)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(arches); i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "", arches[i].name);
	return g_string_free(names, FALSE);
}

bool arch_has_board(const Arch *arch, const char *board)
{
	for (guint i = 0; i < G_N_ELEMENTS(arch->boards) && arch->boards[i]; i++)
		if (g_str_equal(arch->boards[i], board))
			return true;
	return false;
}
