/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes what the agent needs to run a case: the case's files, and for a container config.json
 * of the OCI runtime specification, which follows Docker's defaults.
 */
#include "testcase/internal.h"

#include "guest/protocol.h"
#include "util/fs.h"

#include <string.h>

#define PATH_ENV "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What a container sees of the guest's /proc and /sys: Docker's lists, and the boot's token. */
static const char *const masked[] = {
	"/proc/acpi",          "/proc/asound",
	"/proc/bootconfig",    "/proc/cmdline",
	"/proc/kcore",         "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug",
	"/proc/scsi",          "/proc/timer_list",
	"/proc/timer_stats",   "/sys/devices/virtual/powercap",
	"/sys/firmware",       NULL,
};
static const char *const readonly[] = { "/proc/bus",           "/proc/fs", "/proc/irq", "/proc/sys",
					"/proc/sysrq-trigger", NULL };

/*
 * In order. The root is read-only; what programs write to is memory, and ends with the guest.
 * Relative sources are in the bundle.
 */
static const struct {
	const char *where, *type, *source, *options;
} mounts[] = {
	{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
	{ "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
	{ "/dev/pts", "devpts", "devpts",
	  "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k" },
	{ "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
	{ "/run", "tmpfs", "tmpfs", "nosuid,nodev,mode=755" },
	{ "/tmp", "tmpfs", "tmpfs", "nosuid,nodev,mode=1777" },
	{ "/var/log", "tmpfs", "tmpfs", "nosuid,nodev,mode=755" },
	{ "/var/tmp", "tmpfs", "tmpfs", "nosuid,nodev,mode=1777" },
	{ "/case", "bind", "case", "bind,ro" },
	{ "/evidence", "bind", "evidence", "bind,rw" },
};

static void add_words(GPtrArray *words, char **command)
{
	g_ptr_array_add(words, g_strdup_printf("%u", g_strv_length(command)));
	for (char **word = command; *word; word++)
		g_ptr_array_add(words, g_strdup(*word));
}

/* What the starter is told: guest/protocol.h. */
static char **starter_words(const Case *testcase, unsigned kind)
{
	GPtrArray *words = g_ptr_array_new();

	if (kind & CASE_BUNDLE_TRACED)
		g_ptr_array_add(words, g_strdup(PROTOCOL_TRACED));
	/* LTP's tests take a parent with PID 1 for a sign that the real one has died */
	g_ptr_array_add(words, g_strdup(testcase->codes == CODES_BISECT ? PROTOCOL_AS_INIT
									: PROTOCOL_AS_CHILD));
	add_words(words, testcase->control_pass);
	add_words(words, testcase->control_fail);
	for (char **word = testcase->command; *word; word++)
		g_ptr_array_add(words, g_strdup(*word));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

/* What every container gets, and over that what the OCI image of its root has. */
static void add_env(Json *process, const char *const *env)
{
	static const char *const all[] = { PATH_ENV, "HOME=/root", "LC_ALL=C", NULL };
	g_auto(GStrv) list = g_strdupv((char **)(gpointer)all);

	for (; env && *env; env++) {
		g_autofree char *name = g_strndup(*env, strcspn(*env, "="));

		list = g_environ_setenv(list, name, strchr(*env, '=') + 1, TRUE);
	}
	json_add_strings(process, "env", (const char *const *)list);
}

/* What the container is for: its starter's words, or those of a shell on a terminal. */
static void add_args(Json *process, const Case *testcase, unsigned kind)
{
	Json *args = json_add(process, "args", json_new_array());
	g_auto(GStrv) words = starter_words(testcase, kind);
	const bool shell = kind & CASE_BUNDLE_SHELL;

	json_add_bool(process, "terminal", shell);
	json_append_string(args, PROTOCOL_AGENT);
	json_append_string(args, shell ? PROTOCOL_START_SHELL : PROTOCOL_START);
	for (char **word = words; *word && !shell; word++)
		json_append_string(args, *word);
}

static void add_process(Json *config, const Case *testcase, const char *const *env, unsigned kind)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };
	Json *process = json_add(config, "process", json_new_object());
	Json *user = json_add(process, "user", json_new_object());
	Json *capabilities = json_add(process, "capabilities", json_new_object());
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	json_add_int(user, "uid", 0);
	json_add_int(user, "gid", 0);
	add_args(process, testcase, kind);
	add_env(process, env);
	json_add_string(process, "cwd", "/case");
	for (char **name = testcase->capabilities; *name; name++) {
		const char *const *docker = case_docker_capabilities();

		if (!g_str_equal(*name, CASE_DOCKER_CAPABILITIES))
			g_ptr_array_add(names, *name);
		else
			for (; *docker; docker++)
				g_ptr_array_add(names, (gpointer)*docker);
	}
	g_ptr_array_add(names, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(sets); i++)
		json_add_strings(capabilities, sets[i], (const char *const *)names->pdata);
	json_add_bool(process, "noNewPrivileges", false);
}

static void add_mount(Json *list, const char *destination, const char *type, const char *source,
		      char **options)
{
	Json *mount = json_append(list, json_new_object());

	json_add_string(mount, "destination", destination);
	json_add_string(mount, "type", type);
	json_add_string(mount, "source", source);
	json_add_strings(mount, "options", (const char *const *)options);
}

static void add_mounts(Json *config, const Case *testcase)
{
	Json *list = json_add(config, "mounts", json_new_array());

	for (gsize i = 0; i < G_N_ELEMENTS(mounts); i++) {
		g_auto(GStrv) options = g_strsplit(mounts[i].options, ",", -1);

		add_mount(list, mounts[i].where, mounts[i].type, mounts[i].source, options);
	}
	for (guint i = 0; i < testcase->mounts->len; i++) {
		const CaseMount *own = testcase->mounts->pdata[i];

		add_mount(list, own->destination, own->type, own->source, own->options);
	}
}

/*
 * No cgroup rules: they need CGROUP_BPF, and without it crun fails every container. The agent
 * ends all that a case has started by itself.
 */
static void add_linux(Json *config, const Case *testcase)
{
	Json *linux_part = json_add(config, "linux", json_new_object());
	Json *list = json_add(linux_part, "namespaces", json_new_array());

	for (char **name = testcase->namespaces; *name; name++)
		json_add_string(json_append(list, json_new_object()), "type", *name);
	json_add_strings(linux_part, "maskedPaths", masked);
	json_add_strings(linux_part, "readonlyPaths", readonly);
}

static char *config_text(const Case *testcase, const char *const *env, unsigned kind)
{
	g_autoptr(Json) config = json_new_object();
	Json *root, *annotations;

	json_add_string(config, "ociVersion", "1.0.2");
	add_process(config, testcase, env, kind);
	root = json_add(config, "root", json_new_object());
	json_add_string(root, "path", testcase->rootfs ? PROTOCOL_OWN_ROOT : PROTOCOL_ROOT);
	json_add_bool(root, "readonly", true);
	if (g_strv_contains((const char *const *)testcase->namespaces, "uts"))
		json_add_string(config, "hostname", testcase->name);
	add_mounts(config, testcase);
	add_linux(config, testcase);
	/* else crun looks for /proc/self/setgroups, which kernels before 3.19 do not have */
	annotations = json_add(config, "annotations", json_new_object());
	json_add_string(annotations, "run.oci.keep_original_groups", "1");
	return json_text(config, true);
}

static bool write_config(const Case *testcase, const char *bundle, const char *name, unsigned kind,
			 const char *const *env, GError **error)
{
	g_autofree char *path = g_build_filename(bundle, name, NULL);
	g_autofree char *text = config_text(testcase, env, kind);

	return fs_put(path, text, -1, error);
}

static bool write_configs(const Case *testcase, const char *bundle, unsigned kind,
			  const char *const *env, GError **error)
{
	return write_config(testcase, bundle, "config.json", kind & CASE_BUNDLE_TRACED, env,
			    error) &&
	       (!(kind & CASE_BUNDLE_SHELL) ||
		write_config(testcase, bundle, "shell.json", kind, env, error));
}

static bool write_command(const Case *testcase, const char *bundle, unsigned kind, GError **error)
{
	g_autofree char *path = g_build_filename(bundle, "command", NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	g_auto(GStrv) words = starter_words(testcase, kind);

	for (char **word = words; *word; word++)
		g_string_append_len(text, *word, (gssize)strlen(*word) + 1);
	return fs_put(path, text->str, (gssize)text->len, error);
}

static bool write_trace(const Case *testcase, const char *bundle, GError **error)
{
	g_autofree char *path = g_build_filename(bundle, "trace", NULL);
	g_autofree char *lines = g_strjoinv("\n", testcase->trace);
	g_autofree char *text = g_strconcat(lines, "\n", NULL);

	return fs_put(path, text, -1, error);
}

static bool copy_files(const Case *testcase, const char *folder, GError **error)
{
	for (char **file = testcase->files; *file; file++) {
		g_autofree char *from = case_file(testcase, *file);
		g_autofree char *to = g_build_filename(folder, case_file_name(*file), NULL);

		if (g_file_test(from, G_FILE_TEST_IS_DIR) ? !fs_copy_tree(from, to, error)
							  : !fs_copy(from, to, error))
			return false;
	}
	return true;
}

bool case_write_bundle(const Case *testcase, const char *in, unsigned kind, const char *const *env,
		       GError **error)
{
	g_autofree char *bundle = g_build_filename(in, testcase->name, NULL);
	g_autofree char *files = g_build_filename(bundle, "case", NULL);

	if (!testcase->command[0])
		return true;
	return fs_mkdir(files, error) && copy_files(testcase, files, error) &&
	       (!(kind & CASE_BUNDLE_TRACED) || write_trace(testcase, bundle, error)) &&
	       (testcase->container ? write_configs(testcase, bundle, kind, env, error)
				    : write_command(testcase, bundle, kind, error));
}
