/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads testcases/NAME/case.json, strictly: what is not understood is an error, not a guess. */
#include "testcase/internal.h"

#include "guest/protocol.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

#define CASE_JSON_MAX 65536 /* bytes of case.json */
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

enum {
	TIMEOUT_DEFAULT_S = 60,
	TIMEOUT_MAX_S = 3600,
	COMMIT_MIN = 12,
	COMMIT_MAX = 40,
};

static const char *const architectures[] = { "x86_64",  "aarch64", "arm",    "i686", "ppc64le",
					     "riscv64", "s390x",   "mips64", NULL };

void case_free(Case *testcase)
{
	if (!testcase)
		return;
	g_free(testcase->name);
	g_free(testcase->folder);
	g_free(testcase->title);
	g_free(testcase->about);
	g_free(testcase->report);
	g_strfreev(testcase->culprit);
	g_strfreev(testcase->fix);
	g_strfreev(testcase->architectures);
	g_strfreev(testcase->kconfig);
	g_strfreev(testcase->command);
	g_strfreev(testcase->capabilities);
	g_strfreev(testcase->namespaces);
	g_free(testcase->rootfs);
	g_clear_pointer(&testcase->mounts, g_ptr_array_unref);
	g_strfreev(testcase->files);
	g_strfreev(testcase->control_pass);
	g_strfreev(testcase->control_fail);
	g_free(testcase->machine);
	g_free(testcase->cpu_model);
	g_free(testcase->tap);
	g_free(testcase->append);
	g_strfreev(testcase->trace);
	g_free(testcase->good);
	g_free(testcase->bad);
	g_free(testcase->untestable);
	g_free(testcase->hash);
	g_free(testcase);
}

bool case_name_is_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= PROTOCOL_NAME_MAX && name[0] != '-' &&
	       strspn(name, NAME_CHARS) == len;
}

bool case_name_error(const char *folder, GError **error)
{
	return error_usage(error,
			   "the case's folder %s must be named with lower-case letters, digits "
			   "and dashes, at most %d of them",
			   folder, PROTOCOL_NAME_MAX);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **case_names(void)
{
	g_autofree char *path = paths_data("testcases");
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *json = g_build_filename(path, name, "case.json", NULL);

		if (case_name_is_good(name) && g_file_test(json, G_FILE_TEST_IS_REGULAR))
			g_ptr_array_add(names, g_strdup(name));
	}
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

char *case_file(const Case *testcase, const char *file)
{
	g_autofree char *own = g_canonicalize_filename(file, testcase->folder);
	g_autofree char *programs =
		g_strconcat(testcase->arch->built, "testcases/", testcase->name, NULL);
	g_autofree char *built = paths_built(programs);

	return g_file_test(own, G_FILE_TEST_EXISTS) ? g_steal_pointer(&own)
						    : g_canonicalize_filename(file, built);
}

const char *case_file_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

char *case_unfit(const Case *testcase, const char *arch, const Version *version)
{
	const Version *from = &testcase->from, *to = &testcase->to;

	if (testcase->architectures[0] &&
	    !g_strv_contains((const char *const *)testcase->architectures, arch)) {
		g_autofree char *list = g_strjoinv(", ", testcase->architectures);

		return g_strdup_printf("the case is for %s, the kernel for %s", list, arch);
	}
	if (version && from->parts && version_compare(version, from) < 0)
		return g_strdup_printf("the case is for Linux %u.%u and later, this is %u.%u",
				       from->part[0], from->part[1], version->part[0],
				       version->part[1]);
	if (version && to->parts && version_compare(version, to) > 0)
		return g_strdup_printf("the case is for Linux up to %u.%u, this is %u.%u",
				       to->part[0], to->part[1], version->part[0],
				       version->part[1]);
	return NULL;
}

/* ---- what each field must be ---- */

static char *read_line(JsonReader *reader, const char *field)
{
	g_autofree char *text = json_string(reader, field);

	if (text && (!*text || strpbrk(text, "\r\n")))
		json_reader_fail(reader, field, "must be one line of text");
	return g_steal_pointer(&text);
}

static void read_kconfig(JsonReader *reader, Case *testcase)
{
	g_auto(GStrv) given = json_strings(reader, "kconfig");
	g_autoptr(GPtrArray) fragments = g_ptr_array_new_with_free_func(g_free);

	if (testcase->container && !g_strv_contains((const char *const *)given, "container"))
		g_ptr_array_add(fragments, g_strdup("container"));
	if (case_has_network(testcase) && !g_strv_contains((const char *const *)given, "network"))
		g_ptr_array_add(fragments, g_strdup("network"));
	if (case_wants_ftrace(testcase) && !g_strv_contains((const char *const *)given, "ftrace"))
		g_ptr_array_add(fragments, g_strdup("ftrace"));
	for (char **name = given; *name; name++) {
		bool own = g_str_has_suffix(*name, ".config");
		g_autofree char *shipped = g_strdup_printf("kconfigs/%s.config", *name);
		g_autofree char *path =
			own ? g_build_filename(testcase->folder, *name, NULL) : paths_data(shipped);

		if (strchr(*name, '/') || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
			json_reader_fail(
				reader, "kconfig",
				"has \"%s\": must be the name of a fragment in kconfigs/, or "
				"a NAME.config in the case's folder",
				*name);
		g_ptr_array_add(fragments, own ? g_steal_pointer(&path) : g_strdup(*name));
	}
	g_ptr_array_add(fragments, NULL);
	testcase->kconfig = (char **)g_ptr_array_free(g_steal_pointer(&fragments), FALSE);
}

/* A plain name, or ../CASE/NAME with two of them. */
static bool file_case_name_is_good(const char *file)
{
	g_auto(GStrv) parts = NULL;

	if (g_str_has_prefix(file, "../")) {
		parts = g_strsplit(file + strlen("../"), "/", 2);
		if (!parts[0] || !parts[1] || !case_name_is_good(parts[0]))
			return false;
		file = parts[1];
	}
	return *file && *file != '.' && !strchr(file, '/');
}

static void read_files(JsonReader *reader, Case *testcase)
{
	testcase->files = json_strings(reader, "files");
	for (char **file = testcase->files; *file; file++) {
		for (char **other = testcase->files; other < file; other++)
			if (g_str_equal(case_file_name(*file), case_file_name(*other)))
				json_reader_fail(reader, "files",
						 "has \"%s\" and \"%s\": both "
						 "would be the same file in /case",
						 *other, *file);
		g_autofree char *path = NULL;

		if (!file_case_name_is_good(*file)) {
			json_reader_fail(
				reader, "files",
				"has \"%s\": must be the plain name of a file or a folder (no "
				"slash, "
				"no leading dot), or \"../CASE/NAME\" for one of a case beside it",
				*file);
			return;
		}
		path = case_file(testcase, *file);
		if (!g_file_test(path, G_FILE_TEST_EXISTS))
			json_reader_fail(
				reader, "files",
				"has \"%s\": there is no such file in %s, nor was it built (%s)",
				*file, testcase->folder, path);
	}
}

/* Which of the case's files is /case/@name, or a folder that it is in; NULL for none. */
static const char *find_file(const Case *testcase, const char *name)
{
	g_auto(GStrv) parts = g_strsplit(name, "/", 2);

	/* of no name at all there are no parts */
	for (char **file = testcase->files; parts[0] && *file; file++)
		if (g_str_equal(case_file_name(*file), parts[0]))
			return *file;
	return NULL;
}

/* A program of the case's own must be among its files and executable: crun finds out too late. */
static void check_program(JsonReader *reader, const char *field, const Case *testcase,
			  const char *program)
{
	g_autofree char *top = NULL;
	g_autofree char *path = NULL;
	const char *file, *rest;

	if (g_str_has_prefix(program, "./"))
		program += 2;
	else if (g_str_has_prefix(program, "/case/"))
		program += strlen("/case/");
	else
		return;
	file = find_file(testcase, program);
	if (!file) {
		json_reader_fail(reader, field, "runs \"%s\", which is not in \"files\"", program);
		return;
	}
	rest = strchr(program, '/');
	top = case_file(testcase, file);
	path = rest ? g_strconcat(top, rest, NULL) : g_strdup(top);
	if (!g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
		json_reader_fail(reader, field, "runs %s, which is not executable: chmod +x it",
				 path);
}

static void read_command(JsonReader *reader, Case *testcase)
{
	bool given = json_has(reader, "command");

	testcase->command = json_strings(reader, "command");
	if (given && (!testcase->command[0] || !*testcase->command[0]))
		json_reader_fail(reader, "command",
				 "must be a list of strings, the program first (leave it out where "
				 "reaching the agent is all)");
	else if (given && testcase->judge == JUDGE_BOOT)
		json_reader_fail(
			reader, "command",
			"must not be there with \"judge\": \"boot\", which asks only whether "
			"the agent is reached");
	else if (!given && testcase->judge == JUDGE_CASE)
		json_reader_fail(reader, "command",
				 "is missing: must be a list of strings, the program first");
	testcase->container = json_bool_or(reader, "container", given);
	if (testcase->container && !given)
		json_reader_fail(reader, "container",
				 "must be false, or left out, without a \"command\"");
}

static char **read_control(JsonReader *reader, const char *field, const Case *testcase)
{
	char **command = reader ? json_strings(reader, field) : g_new0(char *, 1);

	if (reader && (!command[0] || !*command[0]))
		json_reader_fail(reader, field, "must be a list of strings, the program first");
	else if (command[0])
		check_program(reader, field, testcase, command[0]);
	return command;
}

/* Both or none: one alone would let a judge pass that always says the same. */
static void read_controls(JsonReader *reader, Case *testcase)
{
	JsonReader *controls = json_object(reader, "controls");

	if (controls && !testcase->command[0])
		json_reader_fail(reader, "controls", "must not be there without a \"command\"");
	testcase->control_pass = read_control(controls, "pass", testcase);
	testcase->control_fail = read_control(controls, "fail", testcase);
}

/* "ID SUBJECT", as git log --oneline has them. */
static char **read_commits(JsonReader *reader, const char *field)
{
	char **commits = json_strings(reader, field);

	for (char **commit = commits; *commit; commit++) {
		gsize len = strspn(*commit, "0123456789abcdef");

		if (len < COMMIT_MIN || len > COMMIT_MAX || (*commit)[len] != ' ' ||
		    strpbrk(*commit, "\r\n"))
			json_reader_fail(reader, field,
					 "has \"%s\": must be a commit's id, at least %d digits of "
					 "it, a space and its subject",
					 *commit, COMMIT_MIN);
	}
	return commits;
}

static void read_version(JsonReader *reader, const char *field, Version *ret_version)
{
	g_autofree char *text = json_string_or(reader, field, NULL);

	if (text && !version_parse(text, ret_version))
		json_reader_fail(reader, field, "must be a kernel version such as \"4.15\"");
}

static void read_kernels(JsonReader *reader, Case *testcase)
{
	JsonReader *kernels = json_object(reader, "kernels");

	testcase->architectures = json_strings(reader, "architectures");
	for (char **arch = testcase->architectures; *arch; arch++)
		if (!g_strv_contains(architectures, *arch)) {
			g_autofree char *known = g_strjoinv(", ", (char **)(gpointer)architectures);

			json_reader_fail(reader, "architectures", "has \"%s\": must be of %s",
					 *arch, known);
		}
	/* on others it is untestable, with whatever programs */
	if (testcase->architectures[0] &&
	    !g_strv_contains((const char *const *)testcase->architectures, testcase->arch->uname))
		testcase->arch = arch_usual();
	if (!kernels)
		return;
	read_version(kernels, "from", &testcase->from);
	read_version(kernels, "to", &testcase->to);
	if (testcase->from.parts && testcase->to.parts &&
	    version_compare(&testcase->from, &testcase->to) > 0)
		json_reader_fail(kernels, "to", "must not be before \"from\"");
}

/* Words for the kernel; those that bisectbox itself depends on are its own. */
static void read_append(JsonReader *reader, Case *testcase)
{
	static const char *const ours[] = { "init=", "rdinit=", "root=",  "console=",
					    "ro",    "rw",      "panic=", "bisectbox." };
	g_auto(GStrv) words = NULL;

	testcase->append = json_string_or(reader, "append", "");
	if (!testcase->append)
		return;
	for (const char *c = testcase->append; *c; c++)
		if (!g_ascii_isprint(*c) || *c == '"') {
			json_reader_fail(reader, "append",
					 "must be printable ASCII without quotes");
			return;
		}
	words = g_strsplit(testcase->append, " ", -1);
	for (char **word = words; *word; word++)
		for (gsize i = 0; i < G_N_ELEMENTS(ours); i++)
			if (g_str_has_suffix(ours[i], "=") || g_str_has_suffix(ours[i], ".")
				    ? g_str_has_prefix(*word, ours[i])
				    : g_str_equal(*word, ours[i]))
				json_reader_fail(reader, "append",
						 "must not set \"%s\": bisectbox does", ours[i]);
}

static bool read_fields(JsonReader *reader, Case *testcase, GError **error)
{
	static const char *const judges[] = { "case", "boot", "crash", NULL };
	static const Judge judge_of[] = { JUDGE_CASE, JUDGE_BOOT, JUDGE_CRASH };
	static const char *const codes[] = { "bisect", "kselftest", "ltp", NULL };
	static const ExitCodes codes_of[] = { CODES_BISECT, CODES_KSELFTEST, CODES_LTP };

	testcase->title = read_line(reader, "title");
	testcase->about = json_string(reader, "about");
	testcase->report = json_string_or(reader, "report", NULL);
	testcase->culprit = read_commits(reader, "culprit");
	testcase->fix = read_commits(reader, "fix");
	read_kernels(reader, testcase);
	testcase->judge = judge_of[json_choice_or(reader, "judge", judges, 0)];
	read_command(reader, testcase);
	case_read_guest(reader, testcase);
	case_read_trace(reader, testcase);
	read_kconfig(reader, testcase);
	read_files(reader, testcase);
	if (testcase->command[0])
		check_program(reader, "command", testcase, testcase->command[0]);
	read_controls(reader, testcase);
	testcase->codes = codes_of[json_choice_or(reader, "exit_codes", codes, 0)];
	case_read_container(reader, testcase);
	testcase->timeout_s =
		(unsigned)json_int_or(reader, "timeout_s", 1, TIMEOUT_MAX_S, TIMEOUT_DEFAULT_S);
	read_append(reader, testcase);
	testcase->good = json_string(reader, "good");
	testcase->bad = json_string(reader, "bad");
	testcase->untestable = json_string_or(reader, "untestable", NULL);
	return json_reader_end(reader, error);
}

/* ---- the hash ---- */

static bool add_file(GChecksum *sum, const char *name, const char *path, GError **error)
{
	g_autofree char *hex = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		return error_host(error, "cannot read %s: %s", path, g_strerror(errno));
	if (S_ISDIR(st.st_mode) ? !fs_sha256_tree(path, &hex, error)
				: !fs_sha256(path, &hex, error))
		return false;
	g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name) + 1);
	g_checksum_update(sum, (const guchar *)(st.st_mode & 0100 ? "x" : "-"), 1);
	g_checksum_update(sum, (const guchar *)hex, (gssize)strlen(hex));
	return true;
}

static bool hash_case(Case *testcase, const char *json, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	if (!add_file(sum, "case.json", json, error))
		return false;
	for (char **file = testcase->files; *file; file++) {
		g_autofree char *path = case_file(testcase, *file);

		if (!add_file(sum, *file, path, error))
			return false;
	}
	for (char **fragment = testcase->kconfig; *fragment; fragment++)
		if (g_path_is_absolute(*fragment)) {
			g_autofree char *name = g_path_get_basename(*fragment);

			if (!add_file(sum, name, *fragment, error))
				return false;
		}
	if (testcase->rootfs && !add_file(sum, "", testcase->rootfs, error))
		return false;
	testcase->hash = g_strdup(g_checksum_get_string(sum));
	return true;
}

/* ---- loading ---- */

static bool find_folder(const char *name, char **ret_folder, GError **error)
{
	g_autofree char *shipped = g_build_filename("testcases", name, NULL);
	g_autofree char *folder =
		strchr(name, '/') ? g_canonicalize_filename(name, NULL) : paths_data(shipped);
	g_autofree char *json = g_build_filename(folder, "case.json", NULL);
	g_autofree char *base = g_path_get_basename(folder);

	if (!g_file_test(json, G_FILE_TEST_IS_REGULAR)) {
		g_auto(GStrv) names = case_names();
		g_autofree char *known = g_strjoinv(", ", names);

		if (strchr(name, '/'))
			return error_usage(error, "no case in %s: there is no case.json", folder);
		return error_usage(error,
				   "no case \"%s\": there are %s (a folder of your own: ./%s)",
				   name, known, name);
	}
	if (!case_name_is_good(base))
		return case_name_error(folder, error);
	*ret_folder = g_steal_pointer(&folder);
	return true;
}

bool case_load(const char *name, Case **ret_case, GError **error)
{
	return case_load_for(name, arch_usual(), ret_case, error);
}

bool case_load_for(const char *name, const Arch *arch, Case **ret_case, GError **error)
{
	g_autoptr(Case) testcase = g_new0(Case, 1);
	g_autofree char *path = NULL, *text = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autoptr(Json) json = NULL;

	if (!find_folder(name, &testcase->folder, error))
		return false;
	testcase->arch = arch;
	testcase->name = g_path_get_basename(testcase->folder);
	path = g_build_filename(testcase->folder, "case.json", NULL);
	if (!fs_read(path, CASE_JSON_MAX, &text, NULL, error))
		return false;
	json = json_parse(text, path, BOX_ERROR_USAGE, error);
	if (!json)
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_USAGE);
	json_reader_set_text(reader, text);
	if (!read_fields(reader, testcase, error) || !hash_case(testcase, path, error))
		return false;
	*ret_case = g_steal_pointer(&testcase);
	return true;
}
