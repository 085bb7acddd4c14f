/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Roots from OCI images, made by umoci and skopeo in the test; which image of an index is meant. */
#include "image/ociindex.h"
#include "image/ociroot.h"
#include "image/userns.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define DIGEST(c) "sha256:" c c c c c c c c c c c c c c c c
#define ONE DIGEST("1111")
#define TWO DIGEST("2222")
#define HEAD "{\"schemaVersion\": 2, \"more\": [], \"manifests\": ["
#define IMAGE(digest, more)                                                                        \
	"{\"mediaType\": \"m\", \"size\": 7, \"digest\": \"" digest "\"" more "}"
#define NAMED(name) ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"" name "\"}"
#define FOR(os, architecture)                                                                      \
	", \"platform\": {\"architecture\": \"" architecture "\", \"os\": \"" os "\"}"

/* ---- the index ---- */

static const struct {
	const char *text, *digest;
} chosen[] = {
	{ HEAD IMAGE(ONE, "") "]}", ONE },
	{ HEAD IMAGE(ONE, NAMED("a")) ", " IMAGE(ONE, NAMED("b")) "]}", ONE },
	{ HEAD IMAGE(ONE, FOR("linux", "arm64")) ", " IMAGE(TWO, FOR("linux", "amd64")) "]}", TWO },
	{ HEAD IMAGE(ONE, "") ", " IMAGE(TWO, FOR("unknown", "unknown")) "]}", ONE },
};

static void test_chosen(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(chosen); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;
		g_autofree char *again = NULL;

		g_test_message("%s", chosen[i].text);
		ociindex_choose(chosen[i].text, "x.tar", &text, &error);
		g_assert_no_error(error);
		g_assert_nonnull(strstr(text, chosen[i].digest));
		g_assert_null(strstr(strstr(text, "sha256:") + 1, "sha256:"));
		g_assert_nonnull(strstr(text, "\"size\":7"));
		g_assert_true(ociindex_choose(text, "x.tar", &again, NULL));
		g_assert_cmpstr(text, ==, again);
	}
}

static const struct {
	const char *text, *says;
} refused[] = {
	{ "", "x.tar: index.json:1: not valid JSON" },
	{ "[]", "must be an object" },
	{ "{}", "x.tar: there is no image in its index" },
	{ "{\"manifests\": {}}", "\"manifests\" must be an array" },
	{ HEAD "1]}", "must be an object" },
	{ HEAD "{}]}", "\"digest\" is missing" },
	{ HEAD IMAGE(ONE, FOR("linux", "arm64")) ", " IMAGE(TWO, FOR("windows", "amd64")) "]}",
	  "x.tar is for linux/arm64, windows/amd64, and guests are linux/amd64" },
	{ HEAD IMAGE(ONE, NAMED("a\\nb")) ", " IMAGE(TWO, "") "]}",
	  "x.tar has 2 images (a?b, " TWO "): copy the one" },
	{ HEAD IMAGE(ONE, ", \"annotations\": []") "]}", "must be an object" },
};

static void test_refused(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) error = NULL;
		char *text = NULL;

		g_test_message("%s", refused[i].text);
		g_assert_false(ociindex_choose(refused[i].text, "x.tar", &text, &error));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, refused[i].says));
		g_assert_null(strchr(error->message, '\n'));
		g_assert_null(text);
	}
}

/* ---- real images ---- */

typedef struct {
	char *dir;
	char *tar; /* what is made */
} Fixture;

/* Commands in the test's folder, as whoever unpacks: root, or root of a user namespace. */
static void shell(const Fixture *f, const char *script)
{
	const char *words[] = { "sh", "-euc", script, NULL };
	g_auto(GStrv) argv = userns_argv(words);
	ProcessSpec spec = { .argv = (const char *const *)argv, .cwd = f->dir, .timeout_s = 120 };
	g_auto(ProcessEnd) end = { 0 };
	g_autoptr(GError) error = NULL;

	process_run(&spec, NULL, &end, &error);
	g_assert_no_error(error);
	if (end.status != 0)
		g_test_message("%s", end.err);
	g_assert_cmpint(end.status, ==, 0);
}

/*
 * The layout "layout" with two layers: in the second, a file of the first is gone, a folder of
 * the first has only what is new, and a file is somebody's.
 */
static const char MAKE_IMAGE[] =
	"mkdir -p files/bin files/opaque; echo program >files/bin/program; "
	"chmod 4755 files/bin/program; echo x >files/gone; echo x >files/opaque/old; "
	"head -c 50000 /dev/urandom >files/data; mkfifo files/fifo; ln -s bin files/sbin; "
	"umoci init --layout layout; umoci new --image layout:one; "
	"umoci insert --image layout:one files /; "
	"umoci insert --image layout:one --whiteout /gone; "
	"mkdir new; echo y >new/new; umoci insert --image layout:one --opaque new /opaque; "
	"echo z >own; chown 1234:4321 own; umoci insert --image layout:one own '/its own'; "
	"umoci config --image layout:one --config.env PATH=/opt/x:/bin --config.env 'A=b c=d' "
	"--os linux --architecture amd64; "
	"skopeo --insecure-policy copy -q oci:layout:one oci-archive:oci.tar:one >/dev/null; "
	"skopeo --insecure-policy copy -q oci:layout:one docker-archive:docker.tar:a/b:c "
	">/dev/null";

static void set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	f->dir = g_dir_make_tmp("oci-XXXXXX", NULL);
	f->tar = g_build_filename(f->dir, "made.tar", NULL);
	shell(f, MAKE_IMAGE);
}

static void tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	shell(f, "rm -rf ./*");
	g_assert_true(fs_remove_tree(f->dir, NULL));
	g_free(f->dir);
	g_free(f->tar);
}

static bool build(const Fixture *f, const char *name, OciRoot *root, GError **error)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);

	g_test_message("%s", name);
	return ociroot_build(path, f->tar, NULL, NULL, NULL, root, error);
}

/* The line of `tar -tv` that ends with a name, or NULL. */
static char *listed(const Fixture *f, const char *name)
{
	const char *argv[] = { "tar", "-tv", "--numeric-owner", "-f", f->tar, NULL };
	ProcessSpec spec = { .argv = argv, .timeout_s = 60 };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *ending = g_strdup_printf(" ./%s", name);
	g_auto(GStrv) lines = NULL;

	g_assert_true(process_run(&spec, NULL, &end, NULL));
	g_assert_cmpint(end.status, ==, 0);
	lines = g_strsplit(end.out, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_suffix(*line, ending))
			return g_strdup(*line);
	return NULL;
}

static void assert_listed(const Fixture *f, const char *name, const char *opening)
{
	g_autofree char *line = listed(f, name);

	g_assert_nonnull(line);
	g_test_message("%s", line);
	g_assert_true(g_str_has_prefix(line, opening));
}

/* All kinds of what people have come to the same root. */
static void test_kinds(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const kinds[] = { "layout", "oci.tar",    "docker.tar", "oci.tar.gz",
					     "a:b,c",  "docker.tgz", "dotted.tar", "zstd" };

	shell(f,
	      "gzip -k oci.tar; gzip -c docker.tar >docker.tgz; cp oci.tar a:b,c; "
	      "tar -C layout -cf dotted.tar .; "
	      "skopeo --insecure-policy copy -q --dest-compress-format zstd oci:layout oci:zstd");
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(GError) error = NULL;
		g_auto(OciRoot) root = { NULL };
		struct stat st;

		build(f, kinds[i], &root, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(root.env[0], ==, "PATH=/opt/x:/bin");
		g_assert_cmpstr(root.env[1], ==, "A=b c=d");
		g_assert_null(root.env[2]);
		g_assert_cmpuint(root.files, ==, 9);
		g_assert_cmpint(stat(f->tar, &st), ==, 0);
		g_assert_cmpuint(root.bytes, ==, st.st_size);
		assert_listed(f, "bin/program", "-rwsr-xr-x 0/0 ");
		assert_listed(f, "its own", "-rw-r--r-- 1234/4321 ");
		assert_listed(f, "opaque/new", "-rw-r--r-- 0/0 ");
		assert_listed(f, "fifo", "prw-r--r-- 0/0 ");
		g_assert_null(listed(f, "gone"));
		g_assert_null(listed(f, ".wh.gone"));
		g_assert_null(listed(f, "opaque/old"));
	}
}

/* Whatever the caller's umask, others than root must get into the root. */
static void test_umask(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_auto(OciRoot) root = { NULL };
	mode_t before = umask(077);

	build(f, "layout", &root, &error);
	umask(before);
	g_assert_no_error(error);
	assert_listed(f, "", "drwxr-xr-x 0/0 ");
	assert_listed(f, "opaque/", "drwxr-xr-x 0/0 ");
}

/* What is made, and how it is refused. */
static const struct {
	const char *name, *make, *says;
} bad[] = {
	{ "text", "echo this is no archive >text", "is no archive, or a damaged one" },
	{ "empty", ": >empty", "is no archive, or a damaged one" },
	{ "other.tar", "tar -cf other.tar files", "but not of an OCI image" },
	{ "cut.tar", "head -c $(($(stat -c %s oci.tar) / 2)) oci.tar >cut.tar",
	  "is no archive, or a damaged one: tar: Unexp" },
	{ "cut.tgz", "gzip -c oci.tar | head -c 1000 >cut.tgz", "gzip: stdin: unexpected end" },
	{ "no-blobs.tar", "tar -cf no-blobs.tar -C layout oci-layout index.json", "skopeo cannot" },
	{ "no-index.tar", "tar -cf no-index.tar -C layout oci-layout blobs",
	  "it has no index.json" },
	{ "no-index", "cp -r layout no-index; rm no-index/index.json", "it has no index.json" },
	{ "link", "cp -r layout link; ln -sf /etc/passwd link/index.json",
	  "no OCI image: cannot open index.json" },
	{ "damaged", "cp -r layout damaged; for i in damaged/blobs/sha256/*; do echo >>$i; done",
	  "skopeo cannot unpack it" },
	{ "bad-layer",
	  "cp -r layout bad-layer; cd bad-layer/blobs/sha256; truncate -s -20 $(ls -S | head -n 1)",
	  "igest did not match" },
	{ "two", "cp -r layout two; umoci new --image two:other", "has 2 images (one, other)" },
	{ "two.tar", "cp -r layout x; umoci new --image x:other; tar -cf two.tar -C x .",
	  "has 2 images (one, other)" },
	{ "arm", "cp -r layout arm; umoci config --image arm:one --architecture arm64",
	  "is for linux/arm64, and guests are linux/amd64" },
	{ "arm.tar",
	  "cp -r layout y; umoci config --image y:one --architecture arm64; skopeo "
	  "--insecure-policy copy -q oci:y docker-archive:arm.tar >/dev/null",
	  "is for linux/arm64, and guests are linux/amd64" },
	{ "docker.tar.cut",
	  "tar -cf docker.tar.cut -C files bin && tar -xf docker.tar manifest.json "
	  "&& tar -rf docker.tar.cut manifest.json",
	  "skopeo cannot unpack it" },
};

static void test_bad(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_auto(OciRoot) root = { NULL };

		shell(f, bad[i].make);
		g_assert_false(build(f, bad[i].name, &root, &error));
		g_test_message("%s", error->message);
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, bad[i].name));
		g_assert_nonnull(strstr(error->message, bad[i].says));
		g_assert_null(strchr(error->message, '\n'));
		g_assert_null(root.env);
	}
}

static void test_missing(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const struct {
		const char *links, *says;
	} cases[] = {
		{ "skopeo",
		  "umoci is missing, which a root from an OCI image needs; as root, type: "
		  "apt install umoci" },
		{ "umoci", "type: apt install skopeo" },
		{ "true", "skopeo and umoci are missing" },
	};
	g_autofree char *before = g_strdup(g_getenv("PATH"));
	g_autofree char *bin = g_build_filename(f->dir, "path", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *make = g_strdup_printf(
			"rm -rf path; mkdir path; ln -s $(command -v %s) path/", cases[i].links);
		g_autoptr(GError) error = NULL;
		g_auto(OciRoot) root = { NULL };

		shell(f, make);
		g_assert_true(g_setenv("PATH", bin, TRUE));
		g_assert_false(build(f, "layout", &root, &error));
		g_assert_true(g_setenv("PATH", before, TRUE));
		g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
		g_assert_nonnull(strstr(error->message, cases[i].says));
	}
}

static void test_cancelled(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *path = g_build_filename(f->dir, "layout", NULL);
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	g_autoptr(GError) error = NULL;
	g_auto(OciRoot) root = { NULL };

	g_cancellable_cancel(cancel);
	g_assert_false(ociroot_build(path, f->tar, NULL, NULL, cancel, &root, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_INTERRUPTED);
}

#define ADD(name, function) g_test_add("/oci/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/oci/index/chosen", test_chosen);
	g_test_add_func("/oci/index/refused", test_refused);
	if (!userns_check("a case's root", NULL, &error)) {
		g_test_message("images are not unpacked: %s", error->message);
		return g_test_run();
	}
	ADD("kinds", test_kinds);
	ADD("umask", test_umask);
	ADD("bad", test_bad);
	ADD("missing", test_missing);
	ADD("cancelled", test_cancelled);
	return g_test_run();
}
