/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quilt series: the first line of the input says what the rest is. No name leads out of its folder,
 * and what becomes a commit is what git takes. */
#include "fuzz.h"

#include "kernel/patchtext.h"
#include "kernel/quilt.h"

static void check_name(const char *name)
{
	g_auto(GStrv) parts = g_strsplit(name, "/", -1);

	g_assert_true(name[0] && name[0] != '/');
	for (guint i = 0; parts[i]; i++)
		g_assert_cmpstr(parts[i], !=, "..");
}

static void read_series(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) patches = NULL;
	bool ok = quilt_series(text, "series", &patches, &error);

	fuzz_check(ok, &error);
	for (guint i = 0; ok && i < patches->len; i++)
		check_name(g_array_index(patches, QuiltPatch, i).name);
}

static void check_words(const char *words)
{
	if (!words)
		return;
	g_assert_true(g_utf8_validate(words, -1, NULL));
	g_assert_null(strpbrk(words, "\n<>"));
}

static void read_patch(const char *text)
{
	g_auto(QuiltHead) head = { 0 };
	g_autofree char *message = NULL;
	g_autofree char *outside = NULL;
	g_auto(GStrv) paths = patchtext_paths(text, 1, &outside);

	quilt_head(text, &head);
	check_words(head.author);
	check_words(head.email);
	g_assert_true(!head.subject || !strchr(head.subject, '\n'));
	message = quilt_message(&head, "a.patch");
	g_assert_true(g_utf8_validate(message, -1, NULL));
	for (guint i = 0; paths[i] && !outside; i++) {
		g_autofree char *hunk = patchtext_hunk(text, 1, paths[i], 1, 20);

		check_name(paths[i]);
	}
}

static void read_said(const char *text)
{
	g_auto(PatchFailure) failure = { 0 };
	guint line, fuzz;

	patchsaid_failure(text, &failure);
	if (failure.file)
		patchsaid_fuzz(text, failure.file, failure.hunk, &line, &fuzz);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	const char *rest = strchr(text, '\n');

	if (!rest)
		return 0;
	if (g_str_has_prefix(text, "series\n"))
		read_series(rest + 1);
	else if (g_str_has_prefix(text, "patch\n"))
		read_patch(rest + 1);
	else if (g_str_has_prefix(text, "said\n"))
		read_said(rest + 1);
	return 0;
}
