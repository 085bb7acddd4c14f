/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An OCI image's root. skopeo takes all kinds of archives and checks what is in them, umoci knows
 * whiteouts and owners, and tar carries the result to where libguestfs takes it from. What is
 * unpacked may be anybody's: it is kept where nobody but the caller gets.
 */
#include "image/ociroot.h"

#include "image/ociindex.h"
#include "image/scratch.h"
#include "image/userns.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"
#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIMEOUT_S 3600
#define INDEX_MAX (4 << 20) /* bytes of index.json */
/* Of the image's own size: its layers once more, and unpacked. The rest is seen when it is met. */
#define SPACE_TIMES 3
#define SPACE_LEAST ((guint64)64 << 20)

/* One image on its way; programs run in @home and have relative paths, which no `:` can spoil. */
typedef struct {
	const char *path;
	char *home;
	char **env;
	GCancellable *cancel;
} Work;

static void work_clear(Work *work)
{
	g_free(work->home);
	g_strfreev(work->env);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

void ociroot_clear(OciRoot *root)
{
	g_clear_pointer(&root->env, g_strfreev);
}

bool ociroot_check(GError **error)
{
	g_autofree char *skopeo = g_find_program_in_path("skopeo");
	g_autofree char *umoci = g_find_program_in_path("umoci");

	if (skopeo && umoci)
		return true;
	return error_host(error,
			  "%s missing, which a root from an OCI image needs; as root, type: apt "
			  "install %s",
			  skopeo  ? "umoci is"
			  : umoci ? "skopeo is"
				  : "skopeo and umoci are",
			  skopeo  ? "umoci"
			  : umoci ? "skopeo"
				  : "skopeo umoci");
}

/* ---- running programs ---- */

/* What of a program's last words is for people: skopeo logs them, umoci and tar decorate. */
static char *last_words(const char *text)
{
	g_autofree char *line = text_last_line(text);
	char *start = line ? strstr(line, "msg=\"") : NULL;
	char *end = start ? strrchr(start, '"') : NULL;
	g_autofree char *plain = NULL;

	if (!line)
		return g_strdup("it does not say why");
	if (start && end > start + strlen("msg=\"")) {
		*end = '\0';
		plain = g_strcompress(start + strlen("msg=\""));
		return text_clean(plain, 500);
	}
	start = line;
	if (g_str_has_prefix(start, "\xe2\xa8\xaf ")) /* umoci's cross */
		start += strlen("\xe2\xa8\xaf ");
	return text_clean(start, 500);
}

static bool is_full(const char *text)
{
	g_autofree char *lower = g_ascii_strdown(text, -1);

	return strstr(lower, "no space left") || strstr(lower, "quota exceeded");
}

static bool run(const Work *work, const char *const *argv, void (*on_line)(const char *, void *),
		void *user, ProcessEnd *ret_end, GError **error)
{
	ProcessSpec spec = {
		.argv = argv,
		.cwd = work->home,
		.env = (const char *const *)work->env,
		.timeout_s = TIMEOUT_S,
		.on_line = on_line,
		.user = user,
	};

	if (!process_run(&spec, work->cancel, ret_end, error))
		return false;
	if (ret_end->timed_out || ret_end->signal)
		return error_host(error, "%s: %s was ended %s", work->path, argv[0],
				  ret_end->timed_out ? "after an hour"
						     : g_strsignal(ret_end->signal));
	if (ret_end->status != 0 && is_full(ret_end->err))
		return error_host(
			error,
			"no room to unpack %s: a file system is full (of %s, of $TMPDIR, or "
			"of the cache, which BISECTBOX_CACHE moves)",
			work->path, work->home);
	return true;
}

/* A program that fails because of what it was given. */
static bool check(const Work *work, const char *const *argv, const char *name, GError **error)
{
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *words = NULL;

	if (!run(work, argv, NULL, NULL, &end, error))
		return false;
	if (end.status == 0)
		return true;
	words = last_words(end.err);
	return error_usage(error, "%s: %s cannot unpack it: %s", work->path, name, words);
}

/* ---- what it is ---- */

/* Names in an archive that say what it is. */
typedef struct {
	bool is_oci;
	bool is_docker;
} Listing;

static void on_name(const char *line, void *user)
{
	Listing *listing = user;

	if (g_str_has_prefix(line, "./"))
		line += 2;
	listing->is_oci |= g_str_equal(line, "oci-layout");
	listing->is_docker |= g_str_equal(line, "manifest.json");
}

static bool list_archive(const Work *work, Listing *ret_listing, GError **error)
{
	/* without seeking: over the end of a damaged archive it would go unseen */
	const char *argv[] = { "tar", "--list", "--no-seek", "--file=archive", NULL };
	g_auto(ProcessEnd) end = { 0 };

	if (!run(work, argv, on_name, ret_listing, &end, error))
		return false;
	if (end.status != 0) {
		/* the first line says what was met, the last only that there was something */
		char *first = g_strchug(end.err);

		first[strcspn(first, "\n")] = '\0';
		g_autofree char *words = last_words(first);
		return error_usage(error, "%s is no archive, or a damaged one: %s", work->path,
				   words);
	}
	if (ret_listing->is_oci || ret_listing->is_docker)
		return true;
	return error_usage(
		error,
		"%s is an archive, but not of an OCI image, or cut short: it has neither "
		"oci-layout (as from skopeo or podman) nor manifest.json (as from docker save)",
		work->path);
}

/* ---- into one layout ---- */

static bool make_link(const Work *work, const char *target, const char *name, GError **error)
{
	g_autofree char *link = g_build_filename(work->home, name, NULL);

	return symlink(target, link) == 0 ||
	       error_host(error, "cannot make %s: %s", link, g_strerror(errno));
}

static bool write_file(const Work *work, const char *name, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(work->home, name, NULL);

	return fs_write(path, text, -1, error);
}

/* A layout "one" that has, of the layout @folder, the image that is meant. */
static bool choose_image(const Work *work, const char *folder, GError **error)
{
	g_autofree char *one = g_build_filename(work->home, "one", NULL);
	g_autofree char *blobs = g_build_filename(folder, "blobs", NULL);
	g_autofree char *text = NULL;
	g_autofree char *chosen = NULL;
	g_autoptr(GError) local = NULL;
	bool cut = false;

	if (!fs_read_beneath(folder, "index.json", INDEX_MAX, &text, NULL, &cut, &local) || cut)
		return error_usage(error, "%s is no OCI image: %s", work->path,
				   g_error_matches(local, G_FILE_ERROR, G_FILE_ERROR_NOENT)
					   ? "it has no index.json"
				   : local ? local->message
					   : "its index.json is too long");
	return ociindex_choose(text, work->path, &chosen, error) && fs_mkdir(one, error) &&
	       write_file(work, "one/oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", error) &&
	       write_file(work, "one/index.json", chosen, error) &&
	       make_link(work, blobs, "one/blobs", error);
}

/* The archive's files in "content". */
static bool extract(const Work *work, GError **error)
{
	const char *argv[] = { "tar",
			       "--extract",
			       "--file=archive",
			       "--directory=content",
			       "--no-same-owner",
			       "--no-same-permissions",
			       NULL };
	g_autofree char *content = g_build_filename(work->home, "content", NULL);

	return fs_mkdir(content, error) && check(work, argv, "tar", error);
}

/* Whether a tar is not packed: its first block says so. */
static bool is_plain(const char *path)
{
	static const char magic[] = "ustar";
	char head[512] = "";
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(head, 1, sizeof(head), file) : 0;

	if (file)
		fclose(file);
	return n == sizeof(head) && memcmp(head + 257, magic, strlen(magic)) == 0;
}

/* skopeo does not unpack what `docker save | gzip` gives: it gets it as a plain tar. */
static bool find_docker_source(const Work *work, const char **ret_source, GError **error)
{
	const char *argv[] = {
		"tar", "--create", "--file=plain", "--directory=content", ".", NULL
	};
	bool plain = is_plain(work->path);

	*ret_source = plain ? "docker-archive:archive" : "docker-archive:plain";
	return plain || (extract(work, error) && check(work, argv, "tar", error));
}

/* What skopeo is to copy from. */
static bool find_source(const Work *work, const char **ret_source, GError **error)
{
	g_autofree char *content = g_build_filename(work->home, "content", NULL);
	Listing listing = { false, false };

	*ret_source = "oci:one";
	if (g_file_test(work->path, G_FILE_TEST_IS_DIR))
		return choose_image(work, work->path, error);
	if (!make_link(work, work->path, "archive", error) || !list_archive(work, &listing, error))
		return false;
	if (!listing.is_oci)
		return find_docker_source(work, ret_source, error);
	return extract(work, error) && choose_image(work, content, error);
}

/* The image as "image" in the layout "layout", in the form that umoci takes. */
static bool copy_image(const Work *work, GError **error)
{
	const char *source = NULL;

	if (!find_source(work, &source, error))
		return false;

	const char *argv[] = {
		"skopeo", "--insecure-policy", "--override-os",
		OCI_OS,   "--override-arch",   OCI_ARCHITECTURE,
		"copy",   "--quiet",           "--dest-compress-format=gzip", /* umoci's only one */
		source,   "oci:layout:image",  NULL
	};
	return check(work, argv, "skopeo", error);
}

/* ---- its configuration, and its root ---- */

static bool read_config(const Work *work, OciRoot *root, GError **error)
{
	const char *argv[] = { "skopeo", "inspect", "--config", "oci:layout:image", NULL };
	g_autofree char *name = g_strdup_printf("%s: the image's configuration", work->path);
	g_auto(ProcessEnd) end = { 0 };
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;
	JsonReader *config;

	if (!run(work, argv, NULL, NULL, &end, error))
		return false;
	if (end.status != 0) {
		g_autofree char *words = last_words(end.err);
		return error_usage(error, "%s: skopeo cannot read it: %s", work->path, words);
	}
	json = json_parse(end.out, name, BOX_ERROR_USAGE, error);
	if (!json)
		return false;
	reader = json_reader_new(json, name, BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader);
	g_autofree char *os = json_string_or(reader, "os", OCI_OS);
	g_autofree char *architecture = json_string_or(reader, "architecture", OCI_ARCHITECTURE);
	config = json_object(reader, "config");
	root->env = config ? json_strings(config, "Env") : g_new0(char *, 1);
	for (char **variable = root->env; *variable; variable++)
		if (!strchr(*variable, '=') || **variable == '=')
			json_reader_fail(reader, "Env", "has \"%s\": must be NAME=value",
					 *variable);
	if (!json_reader_end(reader, error))
		return false;
	if (!g_str_equal(os, OCI_OS) || !g_str_equal(architecture, OCI_ARCHITECTURE))
		return error_usage(error,
				   "%s is for %s/%s, and guests are " OCI_OS "/" OCI_ARCHITECTURE,
				   work->path, os, architecture);
	return true;
}

static void count_line(const char *line, void *user)
{
	(void)line;
	++*(guint64 *)user;
}

/* In the namespace in which it was unpacked, so that owners are what they are in the image. */
static bool pack_root(const Work *work, const char *tar, OciRoot *root, GError **error)
{
	g_autofree char *file = g_strconcat("--file=", tar, NULL);
	const char *pack[] = { "tar",
			       "--create",
			       "--verbose",
			       "--force-local",
			       "--quoting-style=escape",
			       "--sort=name",
			       "--numeric-owner",
			       "--xattrs",
			       "--xattrs-include=*",
			       "--directory=root",
			       file,
			       ".",
			       NULL };
	g_auto(GStrv) argv = userns_argv(pack);
	g_auto(ProcessEnd) end = { 0 };
	struct stat st;

	if (!run(work, (const char *const *)argv, count_line, &root->files, &end, error))
		return false;
	if (end.status != 0) {
		g_autofree char *words = last_words(end.err);
		return error_host(error, "cannot pack the root of %s: %s", work->path, words);
	}
	if (stat(tar, &st) < 0)
		return error_host(error, "cannot find %s: %s", tar, g_strerror(errno));
	root->bytes = (guint64)st.st_size;
	return true;
}

static bool unpack_root(const Work *work, GError **error)
{
	static const char *const unpack[] = { "umoci",        "raw",  "unpack", "--image",
					      "layout:image", "root", NULL };
	g_auto(GStrv) argv = userns_argv(unpack);

	return check(work, (const char *const *)argv, "umoci", error);
}

/* Bytes of a file, or of the files below a folder. */
static guint64 size_of(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;
	struct stat st;
	guint64 sum = lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? (guint64)st.st_size : 0;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		if (!g_file_test(child, G_FILE_TEST_IS_SYMLINK))
			sum += size_of(child);
	}
	return sum;
}

/* Its own folder in the scratch folder, which all may enter. */
static bool open_work(Work *work, const Scratch *scratch, GError **error)
{
	work->home = g_build_filename(scratch_path(scratch), "private", NULL);
	if (mkdir(work->home, 0700) < 0)
		return error_host(error, "cannot make %s: %s", work->home, g_strerror(errno));
	work->env = g_environ_setenv(g_get_environ(), "TMPDIR", work->home, TRUE);
	work->env = g_environ_setenv(work->env, "XDG_DATA_HOME", work->home, TRUE);
	work->env = g_environ_setenv(work->env, "LC_ALL", "C", TRUE);
	return true;
}

bool ociroot_build(const char *path, const char *tar, ImageProgress progress, void *user,
		   GCancellable *cancel, OciRoot *ret_root, GError **error)
{
	g_autoptr(Scratch) scratch = NULL;
	g_auto(Work) work = { .path = path, .cancel = cancel };
	g_auto(OciRoot) root = { 0 };

	if (!ociroot_check(error) || !userns_check("a case's root", cancel, error))
		return false;
	if (progress)
		progress("unpack", path, user);
	scratch = scratch_new(SPACE_LEAST + SPACE_TIMES * size_of(path), cancel, error);
	if (!scratch || !open_work(&work, scratch, error) || !copy_image(&work, error) ||
	    !read_config(&work, &root, error) || !unpack_root(&work, error) ||
	    !pack_root(&work, tar, &root, error))
		return false;
	*ret_root = root;
	root = (OciRoot){ 0 };
	return true;
}
