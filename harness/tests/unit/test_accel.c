/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guests run on: asked for, remembered, forgotten, and the memory of another host. */
#include "machine/accel.h"
#include "machine/kvmtrial.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

static char *folder(void)
{
	g_autoptr(GError) error = NULL;
	char *path = g_dir_make_tmp("accel-XXXXXX", &error);

	g_assert_no_error(error);
	return path;
}

static char *choose(Accel asked, const char *cache, Accel *ret_accel)
{
	g_autoptr(GError) error = NULL;
	char *why = NULL;

	g_assert_true(accel_choose(asked, cache, ret_accel, &why, &error));
	g_assert_no_error(error);
	g_assert_nonnull(why);
	g_assert_null(strchr(why, '\n'));
	return why;
}

/* The only file that is written, or NULL. */
static char *memory(const char *cache)
{
	g_autoptr(GDir) dir = g_dir_open(cache, 0, NULL);
	const char *name = dir ? g_dir_read_name(dir) : NULL;

	return name ? g_build_filename(cache, name, NULL) : NULL;
}

static void test_asked(void)
{
	g_autofree char *cache = folder();
	g_autofree char *why = NULL;
	g_autofree char *file = NULL;
	Accel accel = ACCEL_AUTO;

	why = choose(ACCEL_TCG, cache, &accel);
	g_assert_cmpint(accel, ==, ACCEL_TCG);
	file = memory(cache);
	g_assert_null(file);
	fs_remove_tree(cache, NULL);
}

static void test_asked_kvm(void)
{
	g_autofree char *cache = folder();
	g_autofree char *why = NULL;
	g_autofree char *lack = NULL;
	g_autoptr(GError) error = NULL;
	Accel accel = ACCEL_AUTO;

	if (kvm_access(&lack)) {
		why = choose(ACCEL_KVM, cache, &accel);
		g_assert_cmpint(accel, ==, ACCEL_KVM);
	} else {
		g_assert_false(accel_choose(ACCEL_KVM, cache, &accel, &why, &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, "/dev/kvm"));
		g_assert_cmpint(accel, ==, ACCEL_AUTO);
	}
	fs_remove_tree(cache, NULL);
}

/* The real trial, whatever it says here; asked again, the memory says the same at once. */
static void test_remembered(void)
{
	g_autofree char *parent = folder();
	g_autofree char *cache = g_build_filename(parent, "not", "yet", NULL);
	g_autofree char *first = NULL;
	g_autofree char *second = NULL;
	g_autofree char *file = NULL;
	Accel accel = ACCEL_AUTO, again = ACCEL_AUTO;

	first = choose(ACCEL_AUTO, cache, &accel);
	g_test_message("here: %s", first);
	g_assert_cmpint(accel, !=, ACCEL_AUTO);
	g_assert_true(g_str_has_prefix(first, accel == ACCEL_KVM ? "KVM: " : "TCG: "));
	second = choose(ACCEL_AUTO, cache, &again);
	g_assert_cmpint(again, ==, accel);
	/* the time that the loop took would differ in a second trial */
	g_assert_cmpstr(second, ==, first);
	file = memory(cache);
	g_assert_true(kvm_access(NULL) == (file != NULL));
	fs_remove_tree(parent, NULL);
}

static void test_forgotten(void)
{
	g_autofree char *cache = folder();
	g_autofree char *why = NULL;
	g_autofree char *lack = NULL;
	g_autoptr(GError) error = NULL;
	Accel accel = ACCEL_AUTO;

	g_assert_true(accel_forget(cache, "the first guest was silent", &error));
	g_assert_no_error(error);
	why = choose(ACCEL_AUTO, cache, &accel);
	g_assert_cmpint(accel, ==, ACCEL_TCG);
	if (kvm_access(&lack))
		g_assert_cmpstr(why, ==, "TCG: the first guest was silent");
	else
		g_assert_nonnull(strstr(why, lack));
	fs_remove_tree(cache, NULL);
}

/* Another processor, kernel or QEMU; another schema; rubbish: each is no memory. */
static void test_not_ours(void)
{
	static const char *const from[] = { "| Linux ", "bisectbox.accel/1", "{", "\"tcg\"" };
	static const char *const to[] = { "| Linux 1", "bisectbox.accel/2", "", "\"auto\"" };
	guint i;

	for (i = 0; i < G_N_ELEMENTS(from); i++) {
		g_autofree char *cache = folder();
		g_autofree char *why = NULL;
		g_autofree char *file = NULL;
		g_autofree char *text = NULL;
		g_autofree char *changed = NULL;
		g_auto(GStrv) parts = NULL;
		Accel accel;

		g_assert_true(accel_forget(cache, "not to be believed", NULL));
		file = memory(cache);
		g_assert_nonnull(file);
		g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
		parts = g_strsplit(text, from[i], 2);
		g_assert_nonnull(parts[1]);
		changed = g_strjoinv(to[i], parts);
		g_assert_true(g_file_set_contents(file, changed, -1, NULL));
		why = choose(ACCEL_AUTO, cache, &accel);
		g_assert_null(strstr(why, "not to be believed"));
		fs_remove_tree(cache, NULL);
	}
}

static void test_unwritable(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(accel_forget("/proc/nowhere", "why", &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_nonnull(strstr(error->message, "/proc/nowhere"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/accel/asked", test_asked);
	g_test_add_func("/accel/asked-kvm", test_asked_kvm);
	g_test_add_func("/accel/remembered", test_remembered);
	g_test_add_func("/accel/forgotten", test_forgotten);
	g_test_add_func("/accel/not-ours", test_not_ours);
	g_test_add_func("/accel/unwritable", test_unwritable);
	return g_test_run();
}
