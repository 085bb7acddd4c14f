/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Roots from archives: a recipe's files and commands in them, the same bytes each time, and nothing
 * outside of them. */
#include "gitfixture.h"

#include "image/unpack.h"
#include "image/userns.h"
#include "util/error.h"

#include <string.h>

typedef struct {
	char *folder;
	char *tar;
} Fixture;

/* A root of busybox; one that is a trap; and what is none. */
static void set_up(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autofree char *said = NULL;

	f->folder = g_dir_make_tmp("unpack-XXXXXX", NULL);
	f->tar = g_build_filename(f->folder, "out.tar", NULL);
	said = sh(f->folder,
		  "mkdir -p root/bin root/var outside trap/bin empty/etc; "
		  "cp \"$(command -v busybox)\" root/bin/busybox; ln -s busybox root/bin/sh; "
		  "ln -s busybox root/bin/id; ln -s ../tmp root/var/tmp; "
		  "tar -cf root.tar --owner=5:5 --group=7:7 -C root .; gzip -k root.tar; "
		  "ln -s \"$PWD/outside\" trap/way; ln -s \"$PWD/outside\" trap/var; "
		  "tar -cf trap.tar -C trap .; tar -cf empty.tar -C empty .; echo x > text");
}

static void tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_assert_true(fs_remove_tree(f->folder, NULL));
	g_free(f->folder);
	g_free(f->tar);
}

static bool build(const Fixture *f, const char *fields, GError **error)
{
	g_autofree char *path = g_build_filename(f->folder, "mine.json", NULL);
	g_autofree char *text =
		g_strdup_printf("{\"name\": \"mine\", \"title\": \"t\", %s}", fields);
	g_autoptr(Recipe) recipe = NULL;
	g_autoptr(GError) local = NULL;

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	recipe_load(path, &recipe, &local);
	g_assert_no_error(local);
	return unpack_build(recipe, f->folder, f->tar, NULL, NULL, NULL, error);
}

#define FILES                                                                                      \
	"\"files\": [{\"path\": \"/etc/mine\", \"text\": \"hello\\n\", \"mode\": \"0604\"}, "      \
	"{\"path\": \"/bin/tool\", \"source\": \"text\", \"mode\": \"4755\"}, "                    \
	"{\"path\": \"/to\", \"link\": \"etc/mine\"}]"
#define COMMANDS                                                                                   \
	"\"commands\": [\"/bin/id -u > /who; read x < /to; echo $x >> /who\", "                    \
	"\"echo lost > /dev/null; : > /run/x\"]"

static void test_root(Fixture *f, const void *data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *names = NULL;
	g_autofree char *first = NULL;
	g_autofree char *second = NULL;
	g_autofree char *who = NULL;

	build(f, "\"tar\": \"root.tar\", " FILES ", " COMMANDS, &error);
	g_assert_no_error(error);
	names = sh(f->folder, "tar -tvf out.tar --numeric-owner | tr -s ' ' | cut -d' ' -f1,2,6- | "
			      "grep -e mine -e tool -e busybox$ -e 'who' -e case -e tmp");
	g_assert_cmpstr(names, ==,
			"-rwxr-xr-x 5/7 ./bin/busybox\nlrwxrwxrwx 5/7 ./bin/id -> busybox\n"
			"lrwxrwxrwx 5/7 ./bin/sh -> busybox\n-rwsr-xr-x 0/0 ./bin/tool\n"
			"drwxr-xr-x 0/0 ./case/\n-rw----r-- 0/0 ./etc/mine\n"
			"drwxrwxrwt 0/0 ./tmp/\nlrwxrwxrwx 0/0 ./to -> etc/mine\n"
			"lrwxrwxrwx 5/7 ./var/tmp -> ../tmp\n-rw-r--r-- 0/0 ./who");
	who = sh(f->folder, "tar -xOf out.tar ./who");
	g_assert_cmpstr(who, ==, "0\nhello");
	first = sh(f->folder, "sha256sum < out.tar; rm out.tar; sleep 1; touch root/*");
	build(f, "\"tar\": \"root.tar.gz\", " FILES ", " COMMANDS, &error);
	g_assert_no_error(error);
	second = sh(f->folder, "sha256sum < out.tar");
	g_assert_cmpstr(first, ==, second);
}

static void test_refused(Fixture *f, const void *data G_GNUC_UNUSED)
{
	static const struct {
		const char *fields;
		const char *says;
	} rows[] = {
		{ "\"tar\": \"root.tar\", \"commands\": [\"true\", \"echo why >&2; exit 9\"]",
		  "image mine: command 2 of the recipe ended with 9: why" },
		{ "\"tar\": \"trap.tar\", \"files\": [{\"path\": \"/way/x\", \"text\": \"\"}]",
		  "image mine: /way/x leads out of the root" },
		{ "\"tar\": \"text\"", "does not look like a tar archive" },
		{ "\"tar\": \"empty.tar\"",
		  "it holds no root: there is neither /usr nor /bin in it" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *outside = NULL;

		g_assert_false(build(f, rows[i].fields, &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, rows[i].says));
		outside = sh(f->folder, "ls outside");
		g_assert_cmpstr(outside, ==, "");
	}
}

#define ADD(name, function) g_test_add("/unpack/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	g_test_init(&argc, &argv, NULL);
	if (!userns_check("an image", NULL, &error)) {
		g_test_message("archives are not unpacked: %s", error->message);
		return g_test_run();
	}
	ADD("root", test_root);
	ADD("refused", test_refused);
	return g_test_run();
}
