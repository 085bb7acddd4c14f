/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the host's apt sources serves a suite, in both of apt's formats. */
#include "image/sources.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

static const char *const SUITES[] = { "bookworm", "bookworm-updates", "bookworm-security", NULL };

static void test_list(void)
{
	static const struct {
		const char *text;
		const char *taken;
	} rows[] = {
		{ "", "" },
		{ "# deb http://a/repo bookworm main\n", "" },
		{ "deb http://a/repo bookworm main\n", "deb http://a/repo bookworm main\n" },
		{ "deb http://a/repo bookworm main", "deb http://a/repo bookworm main\n" },
		{ "  deb\thttp://a/repo\tbookworm-updates main # why\r\n",
		  "deb\thttp://a/repo\tbookworm-updates main\n" },
		{ "deb [ arch=amd64 signed-by=/k.asc ] http://a/repo bookworm main contrib\n",
		  "deb [ arch=amd64 signed-by=/k.asc ] http://a/repo bookworm main contrib\n" },
		{ "deb-src http://a/repo bookworm main\n", "" },
		{ "deb http://a/repo trixie main\n", "" },
		{ "deb http://a/repo bookworm-backports main\n", "" },
		{ "deb http://bookworm/repo trixie bookworm\n", "" },
		{ "deb http://a/flat ./\n", "" },
		{ "deb cdrom:[Debian 12 - DVD]/ bookworm main\n", "" },
		{ "deb http://a/repo\n", "" },
		{ "deb http://a trixie main\ndeb http://b bookworm main\ndeb http://c bookworm "
		  "main\n",
		  "deb http://b bookworm main\ndeb http://c bookworm main\n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		guint n = sources_filter_list(rows[i].text, SUITES, out);
		guint lines = 0;

		for (const char *c = rows[i].taken; *c; c++)
			lines += *c == '\n';
		g_assert_cmpstr(out->str, ==, rows[i].taken);
		g_assert_cmpuint(n, ==, lines);
	}
}

static void test_deb822(void)
{
	static const struct {
		const char *text;
		guint n;
		const char *taken;
	} rows[] = {
		{ "", 0, "" },
		{ "Types: deb\nURIs: http://a/repo\nSuites: bookworm\nComponents: main\n", 1,
		  "Types: deb\nURIs: http://a/repo\nSuites: bookworm\nComponents: main\n\n" },
		/* only what is asked for stays; the rest of the paragraph as it is */
		{ "# comment\nTypes: deb deb-src\n# comment\nURIs: http://a/repo\nSuites: "
		  "bookworm "
		  "trixie\n bookworm-updates bookworm-backports\nComponents: main\nSigned-By:\n "
		  "-----BEGIN PGP-----\n .\n abc=\n",
		  1,
		  "Types: deb\nURIs: http://a/repo\nSuites: bookworm "
		  "bookworm-updates\nComponents: "
		  "main\nSigned-By:\n -----BEGIN PGP-----\n .\n abc=\n\n" },
		{ "types: deb\nuris: http://a\nsuites: bookworm\nenabled: yes\n", 1,
		  "types: deb\nuris: http://a\nsuites: bookworm\n\n" },
		{ "Types: deb\nURIs: http://a\nSuites: bookworm\nEnabled: no\n", 0, "" },
		{ "Enabled: False\nTypes: deb\nURIs: http://a\nSuites: bookworm\n", 0, "" },
		{ "Types: deb-src\nURIs: http://a\nSuites: bookworm\n", 0, "" },
		{ "Types: deb\nURIs: http://a\nSuites: trixie\n", 0, "" },
		{ "Types: deb\nURIs: cdrom:[x]/\nSuites: bookworm\n", 0, "" },
		{ "Types: deb\nSuites: bookworm\n", 0, "" },
		{ "Types: deb\nURIs: http://a\nSuites: trixie\n \n\nTypes: deb\nURIs: "
		  "http://b\nSuites: "
		  "bookworm\n\n\nTypes: deb\nURIs: http://c\nSuites: bookworm-security",
		  2,
		  "Types: deb\nURIs: http://b\nSuites: bookworm\n\nTypes: deb\nURIs: "
		  "http://c\nSuites: "
		  "bookworm-security\n\n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		guint n = sources_filter_deb822(rows[i].text, SUITES, out);

		g_assert_cmpstr(out->str, ==, rows[i].taken);
		g_assert_cmpuint(n, ==, rows[i].n);
	}
}

/* A whole apt configuration of our own, read by the host's apt. */
typedef struct {
	char *folder;
	char *parts;
	char *out;
} Fixture;

static void put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void set_up(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *config = NULL;
	g_autofree char *text = NULL;

	f->folder = g_dir_make_tmp("sources-XXXXXX", NULL);
	f->parts = g_build_filename(f->folder, "parts", NULL);
	f->out = g_build_filename(f->folder, "out", NULL);
	config = g_build_filename(f->folder, "apt.conf", NULL);
	g_assert_true(fs_mkdir(f->parts, NULL));
	g_assert_true(fs_mkdir(f->out, NULL));
	text = g_strdup_printf("Dir::Etc::sourcelist \"%s/sources.list\";\n"
			       "Dir::Etc::sourceparts \"%s\";\n"
			       "Dir::Etc::netrc \"%s/auth.conf\";\n"
			       "Acquire::http::Proxy \"http://me:se%%40cret@proxy:3128/\";\n"
			       "Acquire::Retries \"7\";\n"
			       "Acquire::Languages { \"eo\"; };\n",
			       f->folder, f->parts, f->folder);
	put(f->folder, "apt.conf", text);
	g_assert_true(g_setenv("APT_CONFIG", config, TRUE));
}

static void tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_unsetenv("APT_CONFIG");
	g_assert_true(fs_remove_tree(f->folder, NULL));
	g_free(f->folder);
	g_free(f->parts);
	g_free(f->out);
}

static void test_write(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) files = NULL;
	g_autofree char *list = NULL;
	g_autofree char *deb822 = NULL;

	put(f->folder, "sources.list", "deb http://a bookworm main\ndeb http://a trixie main\n");
	put(f->parts, "b.sources", "Types: deb\nURIs: http://b\nSuites: bookworm-updates\n");
	put(f->parts, "c.list.disabled", "deb http://c bookworm main\n");
	g_assert_true(sources_write("bookworm", f->out, NULL, &files, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(g_strv_length(files), ==, 2);
	g_assert_true(g_file_get_contents(files[0], &list, NULL, NULL));
	g_assert_true(g_file_get_contents(files[1], &deb822, NULL, NULL));
	g_assert_cmpstr(list, ==, "deb http://a bookworm main\n");
	g_assert_cmpstr(deb822, ==, "Types: deb\nURIs: http://b\nSuites: bookworm-updates\n\n");
}

static void test_write_none(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) files = NULL;

	put(f->folder, "sources.list", "deb http://a trixie main\n");
	g_assert_false(sources_write("bookworm", f->out, NULL, &files, &error));
	g_assert_null(files);
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
	g_assert_nonnull(strstr(error->message, "no apt source of this host serves bookworm"));
	g_assert_nonnull(strstr(error->message, f->parts));
}

/* The updates alone are not a suite. */
static void test_write_updates_only(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) files = NULL;

	put(f->folder, "sources.list", "deb http://a bookworm-updates main\n");
	g_assert_false(sources_write("bookworm", f->out, NULL, &files, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
}

static void test_write_config(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename(f->out, "host.conf", NULL);
	g_autofree char *text = NULL;
	g_autofree char *netrc = g_strdup_printf("Dir::Etc::netrc \"%s/auth.conf\";\n", f->folder);

	g_assert_true(sources_write_config(path, NULL, &error));
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_nonnull(
		strstr(text, "Acquire::http::Proxy \"http://me:se%40cret@proxy:3128/\";\n"));
	g_assert_nonnull(strstr(text, "Acquire::Retries \"7\";\n"));
	g_assert_nonnull(strstr(text, netrc));
	g_assert_null(strstr(text, "Languages"));
	g_assert_null(strstr(text, "IndexTargets"));
}

#define ADD(name, function) g_test_add("/sources/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sources/list", test_list);
	g_test_add_func("/sources/deb822", test_deb822);
	ADD("write", test_write);
	ADD("write-none", test_write_none);
	ADD("write-updates-only", test_write_updates_only);
	ADD("write-config", test_write_config);
	return g_test_run();
}
