/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest on another host sends, in pieces: whatever it is, only plain files come of it, below
 * out/ and no deeper than the protocol has it. */
#include "fuzz.h"

#include "guest/protocol.h"
#include "machine/inbox.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <string.h>

/* Counts what is there; nothing but files of sound names in folders of sound names. */
static void check_folder(const char *path, guint depth)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	g_assert_nonnull(dir);
	g_assert_cmpuint(depth, <=, PROTOCOL_FAR_DEPTH);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *inner = g_build_filename(path, name, NULL);
		GStatBuf st;

		g_assert_true(name[0] != '.' && name[0] != '-');
		g_assert_cmpuint(strlen(name), <=, PROTOCOL_NAME_MAX);
		g_assert_cmpint(g_lstat(inner, &st), ==, 0);
		if (S_ISDIR(st.st_mode))
			check_folder(inner, depth + 1);
		else
			g_assert_true(S_ISREG(st.st_mode));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *share = g_build_filename(fuzz_folder(), "share", NULL);
	g_autofree char *out = g_build_filename(share, "out", NULL);
	g_autoptr(Inbox) inbox = inbox_new(share);
	size_t half = size / 2;

	g_assert_true(fs_mkdir(out, NULL));
	g_assert_true(inbox_feed(inbox, (const char *)data, half, NULL));
	g_assert_true(inbox_feed(inbox, (const char *)data + half, size - half, NULL));
	check_folder(out, 0);
	g_assert_true(g_remove(share) < 0); /* it is not empty: out/ is still there */
	fs_remove_tree(share, NULL);
	return 0;
}
