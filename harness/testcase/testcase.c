/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads testcases/NAME/case.json, strictly: what is not understood is an error, not a guess. */
#include "testcase/testcase.h"

#include "guest/protocol.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/paths.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

#define CASE_JSON_MAX 65536 /* bytes of case.json */
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

enum {
	TIMEOUT_DEFAULT_S = 60,
	TIMEOUT_MAX_S = 3600,
	MEM_MIN_MIB = 64,
	MEM_MAX_MIB = 65536,
	CPUS_MAX = 64,
};

/* Docker's default set: what `docker run` gives to root. */
static const char *const docker_capabilities[] = {
	"CAP_AUDIT_WRITE", "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",     "CAP_FSETID",
	"CAP_KILL",        "CAP_MKNOD",   "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",    "CAP_SETFCAP",
	"CAP_SETGID",      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT", NULL,
};

static const char *const other_capabilities[] = {
	"CAP_AUDIT_CONTROL",
	"CAP_AUDIT_READ",
	"CAP_BLOCK_SUSPEND",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
	"CAP_DAC_READ_SEARCH",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_LEASE",
	"CAP_LINUX_IMMUTABLE",
	"CAP_MAC_ADMIN",
	"CAP_MAC_OVERRIDE",
	"CAP_NET_ADMIN",
	"CAP_NET_BROADCAST",
	"CAP_PERFMON",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_MODULE",
	"CAP_SYS_NICE",
	"CAP_SYS_PACCT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	NULL,
};

/* The first five are Docker's default. */
static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", "cgroup", NULL };
#define DOCKER_NAMESPACES 5

void case_free(Case *testcase)
{
	if (!testcase)
		return;
	g_free(testcase->name);
	g_free(testcase->folder);
	g_free(testcase->title);
	g_free(testcase->about);
	g_free(testcase->report);
	g_strfreev(testcase->kconfig);
	g_strfreev(testcase->command);
	g_strfreev(testcase->capabilities);
	g_strfreev(testcase->namespaces);
	g_free(testcase->rootfs);
	g_strfreev(testcase->files);
	g_free(testcase->append);
	g_free(testcase->good);
	g_free(testcase->bad);
	g_free(testcase->untestable);
	g_free(testcase->hash);
	g_free(testcase);
}

static bool name_is_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= PROTOCOL_NAME_MAX && name[0] != '-' &&
	       strspn(name, NAME_CHARS) == len;
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

		if (name_is_good(name) && g_file_test(json, G_FILE_TEST_IS_REGULAR))
			g_ptr_array_add(names, g_strdup(name));
	}
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

char *case_file(const Case *testcase, const char *file)
{
	g_autofree char *own = g_build_filename(testcase->folder, file, NULL);
	g_autofree char *built = g_build_filename("testcases", testcase->name, file, NULL);

	return g_file_test(own, G_FILE_TEST_EXISTS) ? g_steal_pointer(&own) : paths_built(built);
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

static void read_files(JsonReader *reader, Case *testcase)
{
	testcase->files = json_strings(reader, "files");
	for (char **file = testcase->files; *file; file++) {
		g_autofree char *path = NULL;

		if (!**file || **file == '.' || strchr(*file, '/')) {
			json_reader_fail(reader, "files",
					 "has \"%s\": must be the plain name of a file or a folder "
					 "(no slash, no leading dot)",
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

/* A program of the case's own must be among its files and executable: crun finds out too late. */
static void check_program(JsonReader *reader, const Case *testcase)
{
	const char *program = testcase->command[0];
	g_auto(GStrv) parts = NULL;
	g_autofree char *path = NULL;

	if (g_str_has_prefix(program, "./"))
		program += 2;
	else if (g_str_has_prefix(program, "/case/"))
		program += strlen("/case/");
	else
		return;
	parts = g_strsplit(program, "/", 2);
	path = case_file(testcase, program);
	if (!g_strv_contains((const char *const *)testcase->files, parts[0]))
		json_reader_fail(reader, "command", "runs \"%s\", which is not in \"files\"",
				 program);
	else if (!g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
		json_reader_fail(reader, "command", "runs %s, which is not executable: chmod +x it",
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

/* Names from a list; @otherwise where the field is missing. */
static char **read_names(JsonReader *reader, const Case *testcase, const char *field,
			 const char *const *otherwise)
{
	if (json_has(reader, field) && !testcase->container) {
		json_reader_fail(reader, field, "must not be there without a container");
		return json_strings(reader, field);
	}
	if (!testcase->container)
		return g_new0(char *, 1);
	return json_has(reader, field) ? json_strings(reader, field)
				       : g_strdupv((char **)(gpointer)otherwise);
}

static void read_container(JsonReader *reader, Case *testcase)
{
	static const char *const set[] = { CASE_DOCKER_CAPABILITIES, NULL };
	const char *docker_namespaces[DOCKER_NAMESPACES + 1] = { NULL };

	memcpy(docker_namespaces, namespaces, sizeof(namespaces[0]) * DOCKER_NAMESPACES);
	testcase->capabilities = read_names(reader, testcase, "capabilities", set);
	for (char **name = testcase->capabilities; *name; name++)
		if (!g_str_equal(*name, CASE_DOCKER_CAPABILITIES) &&
		    !g_strv_contains(docker_capabilities, *name) &&
		    !g_strv_contains(other_capabilities, *name))
			json_reader_fail(
				reader, "capabilities",
				"has \"%s\": must be \"CAP_...\" as in capabilities(7), or "
				"\"" CASE_DOCKER_CAPABILITIES "\"",
				*name);
	testcase->namespaces = read_names(reader, testcase, "namespaces", docker_namespaces);
	for (char **name = testcase->namespaces; *name; name++)
		if (!g_strv_contains(namespaces, *name)) {
			g_autofree char *known = g_strjoinv(", ", (char **)(gpointer)namespaces);

			json_reader_fail(reader, "namespaces", "has \"%s\": must be of %s", *name,
					 known);
		}
	if (testcase->container &&
	    !g_strv_contains((const char *const *)testcase->namespaces, "mount"))
		json_reader_fail(reader, "namespaces", "must have \"mount\"");
}

/* What an archive holds is seen when it is unpacked; that there is one, here. */
static void read_rootfs(JsonReader *reader, Case *testcase)
{
	g_autofree char *given = json_string_or(reader, "rootfs", NULL);
	g_autofree char *layout = NULL;

	if (!given)
		return;
	if (!testcase->container) {
		json_reader_fail(reader, "rootfs", "must not be there without a container");
		return;
	}
	if (!*given) {
		json_reader_fail(reader, "rootfs",
				 "must be the path of an OCI archive or of an OCI layout folder");
		return;
	}
	testcase->rootfs = g_canonicalize_filename(given, testcase->folder);
	layout = g_build_filename(testcase->rootfs, "oci-layout", NULL);
	if (!g_file_test(testcase->rootfs, G_FILE_TEST_EXISTS))
		json_reader_fail(reader, "rootfs", "has \"%s\": there is no %s", given,
				 testcase->rootfs);
	else if (g_file_test(testcase->rootfs, G_FILE_TEST_IS_DIR) &&
		 !g_file_test(layout, G_FILE_TEST_IS_REGULAR))
		json_reader_fail(reader, "rootfs",
				 "has \"%s\": the folder is no OCI layout, it has no oci-layout",
				 given);
	else if (!g_file_test(testcase->rootfs, G_FILE_TEST_IS_DIR) &&
		 !g_file_test(testcase->rootfs, G_FILE_TEST_IS_REGULAR))
		json_reader_fail(reader, "rootfs", "has \"%s\": neither a file nor a folder",
				 given);
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

	testcase->title = read_line(reader, "title");
	testcase->about = json_string(reader, "about");
	testcase->report = json_string_or(reader, "report", NULL);
	testcase->judge = judge_of[json_choice_or(reader, "judge", judges, 0)];
	read_command(reader, testcase);
	read_kconfig(reader, testcase);
	read_files(reader, testcase);
	if (testcase->command[0])
		check_program(reader, testcase);
	read_container(reader, testcase);
	read_rootfs(reader, testcase);
	testcase->timeout_s =
		(unsigned)json_int_or(reader, "timeout_s", 1, TIMEOUT_MAX_S, TIMEOUT_DEFAULT_S);
	testcase->mem_mib = (unsigned)json_int_or(reader, "mem_mib", MEM_MIN_MIB, MEM_MAX_MIB, 0);
	testcase->cpus = (unsigned)json_int_or(reader, "cpus", 1, CPUS_MAX, 0);
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
	if (!name_is_good(base))
		return error_usage(
			error,
			"the case's folder %s must be named with lower-case letters, digits "
			"and dashes, at most %d of them",
			folder, PROTOCOL_NAME_MAX);
	*ret_folder = g_steal_pointer(&folder);
	return true;
}

bool case_load(const char *name, Case **ret_case, GError **error)
{
	g_autoptr(Case) testcase = g_new0(Case, 1);
	g_autofree char *path = NULL, *text = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autoptr(Json) json = NULL;

	if (!find_folder(name, &testcase->folder, error))
		return false;
	testcase->name = g_path_get_basename(testcase->folder);
	path = g_build_filename(testcase->folder, "case.json", NULL);
	if (!fs_read(path, CASE_JSON_MAX, &text, NULL, error))
		return false;
	json = json_parse(text, path, BOX_ERROR_USAGE, error);
	if (!json)
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_USAGE);
	if (!read_fields(reader, testcase, error) || !hash_case(testcase, path, error))
		return false;
	*ret_case = g_steal_pointer(&testcase);
	return true;
}

const char *const *case_docker_capabilities(void)
{
	return docker_capabilities;
}
