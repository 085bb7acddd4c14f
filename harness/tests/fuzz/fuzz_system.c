/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a system that is imported, which are changed: fstab, inittab, rc.local; and manifests.
 */
#include "fuzz.h"

#include "image/fstab.h"
#include "image/manifest.h"
#include "image/starter.h"

#define AGENT "/sbin/bisectbox-agent --service"

/* Nothing is lost: without the marks it is what it was; and what is cleared stays so. */
static void check_fstab(const char *text)
{
	guint n, again;
	g_autofree char *cleared = fstab_clear(text, &n);
	g_autofree char *twice = fstab_clear(cleared, &again);

	g_assert_cmpstr(cleared, ==, twice);
	g_assert_cmpuint(again, ==, 0);
	g_assert_cmpuint(strlen(cleared), ==, strlen(text) + n * strlen("#bisectbox# "));
}

static void check_starter(char *(*change)(const char *text), const char *text)
{
	g_autofree char *changed = change(text);

	if (!changed)
		return;
	g_assert_nonnull(strstr(changed, AGENT));
	g_assert_cmpuint(strlen(changed), >, strlen(text));
}

static void check_manifest(const char *text)
{
	g_autofree char *whole = g_strconcat("bisectbox manifest 1\n", text, NULL);
	g_autoptr(Manifest) manifest = manifest_parse(whole);
	g_autoptr(Manifest) empty = manifest_parse("bisectbox manifest 1\n");
	g_autofree char *none = manifest ? manifest_changes(manifest, manifest, 9) : NULL;
	g_autofree char *all = manifest ? manifest_changes(empty, manifest, 9) : NULL;

	g_assert_null(none);
	if (manifest)
		g_assert_true((all != NULL) ==
			      (manifest_files(manifest) + manifest_packages(manifest) > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);

	check_fstab(text);
	check_starter(starter_inittab, text);
	check_starter(starter_rc_local, text);
	check_manifest(text);
	return 0;
}
