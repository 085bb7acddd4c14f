/* SPDX-License-Identifier: GPL-2.0-or-later */
/* testcase/: the bundle that a case is run from. */
#include "casefixture.h"

#include "guest/protocol.h"
#include "util/error.h"
#include "util/json.h"

#include <string.h>

/* config.json as written; read by a reader of each object, since it is only looked into. */
typedef struct {
	Json *json;
	JsonReader *all, *process, *root, *linux_part;
} Config;

static Config bundle_config(Fixture *f, const Case *testcase, const char *const *env)
{
	g_autofree char *in = g_build_filename(f->dir, "in", NULL);
	g_autofree char *path = g_build_filename(in, testcase->name, "config.json", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	Config config = { NULL };

	case_write_bundle(testcase, in, CASE_BUNDLE_PLAIN, env, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	config.json = json_parse(text, path, BOX_ERROR_HOST, &error);
	g_assert_no_error(error);
	config.all = json_reader_new(config.json, path, BOX_ERROR_HOST);
	config.process = json_object(config.all, "process");
	config.root = json_object(config.all, "root");
	config.linux_part = json_object(config.all, "linux");
	return config;
}

static void config_clear(Config *config)
{
	json_reader_free(config->all);
	json_free(config->json);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Config, config_clear)

static void assert_string(JsonReader *reader, const char *field, const char *is)
{
	g_autofree char *text = json_string(reader, field);

	g_assert_cmpstr(text, ==, is);
}

static void assert_joined(JsonReader *reader, const char *field, const char *is)
{
	g_auto(GStrv) words = json_strings(reader, field);
	g_autofree char *text = g_strjoinv(" ", words);

	g_assert_cmpstr(text, ==, is);
}

/* The same, of one field of each object in an array. */
static char **column(JsonReader *reader, const char *list, const char *field)
{
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();
	JsonReader **objects = json_objects(reader, list, NULL);

	for (; *objects; objects++) {
		g_autofree char *word = json_string(*objects, field);

		g_strv_builder_add(words, word);
	}
	return g_strv_builder_end(words);
}

static void assert_namespaces(const Config *config, const char *is)
{
	g_auto(GStrv) types = column(config->linux_part, "namespaces", "type");
	g_autofree char *text = g_strjoinv(" ", types);

	g_assert_cmpstr(text, ==, is);
}

static void assert_capabilities(const Config *config, const char *is)
{
	JsonReader *sets = json_object(config->process, "capabilities");

	assert_joined(sets, "bounding", is);
	assert_joined(sets, "effective", is);
	assert_joined(sets, "permitted", is);
	g_assert_true(json_reader_end(sets, NULL)); /* no inheritable, no ambient ones */
}

static void test_bundle(Fixture *f, gconstpointer data)
{
	static const char *const docker =
		"CAP_AUDIT_WRITE CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL "
		"CAP_MKNOD CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SETFCAP CAP_SETGID CAP_SETPCAP "
		"CAP_SETUID CAP_SYS_CHROOT";
	g_autofree char *run = g_build_filename(f->dir, "in", "mine", "case", "run", NULL);
	g_autofree char *unlisted = g_build_filename(f->dir, "in", "mine", "case", "data", NULL);
	g_autoptr(Case) c = load(f, "{" HEAD ", \"command\": [\"./run\", \"it's\", \"\\u00e9\"],"
				    "\"files\": [\"run\"]}");
	g_auto(Config) config = bundle_config(f, c, NULL);
	g_auto(GStrv) masked = json_strings(config.linux_part, "maskedPaths");
	g_auto(GStrv) mounts = column(config.all, "mounts", "destination");

	(void)data;
	assert_string(config.all, "ociVersion", "1.0.2");
	assert_joined(config.process, "args",
		      PROTOCOL_AGENT " " PROTOCOL_START " init 0 0 ./run it's \xc3\xa9");
	assert_string(config.process, "cwd", "/case");
	g_assert_false(json_bool_or(config.process, "terminal", true));
	assert_capabilities(&config, docker);
	assert_string(config.root, "path", PROTOCOL_ROOT);
	g_assert_true(json_bool_or(config.root, "readonly", false));
	assert_namespaces(&config, "pid network ipc uts mount");
	/* the first has the token, the last hides the share */
	g_assert_true(g_strv_contains((const char *const *)masked, "/proc/cmdline"));
	g_assert_true(g_strv_contains((const char *const *)mounts, "/case"));
	g_assert_true(g_strv_contains((const char *const *)mounts, "/evidence"));
	g_assert_true(g_strv_contains((const char *const *)mounts, "/run"));
	g_assert_false(json_has(config.linux_part, "resources"));
	g_assert_true(g_file_test(run, G_FILE_TEST_IS_EXECUTABLE));
	g_assert_false(g_file_test(unlisted, G_FILE_TEST_EXISTS));
}

static void test_bundle_whole(Fixture *f, gconstpointer data)
{
	g_autofree char *sibling = g_build_filename(f->dir, "other", NULL);
	g_autofree char *tool = g_build_filename(f->dir, "in", "mine", "case", "tool", NULL);
	g_autoptr(Case) c = NULL;

	(void)data;
	g_assert_cmpint(g_mkdir(sibling, 0755), ==, 0);
	put(sibling, "tool", "#!/bin/sh\n", 0755);
	c = load(f, "{" HEAD ", \"command\": [\"./tool\"], \"files\": [\"../other/tool\"],"
		    "\"mounts\": [{\"destination\": \"/mnt\", \"type\": \"tmpfs\"}],"
		    "\"exit_codes\": \"kselftest\","
		    "\"controls\": {\"pass\": [\"./tool\", \"p\"], \"fail\": [\"false\"]}}");
	g_auto(Config) config = bundle_config(f, c, NULL);
	g_auto(GStrv) mounts = column(config.all, "mounts", "destination");

	assert_joined(config.process, "args",
		      PROTOCOL_AGENT " " PROTOCOL_START " child 2 ./tool p 1 false ./tool");
	g_assert_cmpstr(mounts[g_strv_length(mounts) - 1], ==, "/mnt");
	g_assert_true(g_file_test(tool, G_FILE_TEST_IS_EXECUTABLE));
}

static void test_bundle_own(Fixture *f, gconstpointer data)
{
	g_autoptr(Case) c = load(f, "{" HEAD ", \"command\": [\"su\"], \"capabilities\": [],"
				    "\"namespaces\": [\"mount\"]}");
	g_auto(Config) config = bundle_config(f, c, NULL);

	(void)data;
	assert_capabilities(&config, "");
	assert_namespaces(&config, "mount");
	/* a name for the host needs a namespace of its own for it */
	g_assert_false(json_has(config.all, "hostname"));
}

/* A root of its own, and what its image sets, over what every container gets. */
static void test_bundle_rootfs(Fixture *f, gconstpointer data)
{
	static const char *const env[] = { "PATH=/opt/x:/bin", "A=b=c", "EMPTY=", NULL };
	g_autoptr(Case) c = load(f, "{" HEAD ", \"command\": [\"su\"], \"rootfs\": \"data\"}");
	g_auto(Config) config = bundle_config(f, c, env);
	g_auto(GStrv) words = json_strings(config.process, "env");
	g_autoptr(Case) plain_case = load(f, "{" HEAD ", \"command\": [\"su\"]}");
	g_auto(Config) plain = bundle_config(f, plain_case, NULL);

	(void)data;
	assert_string(config.root, "path", PROTOCOL_OWN_ROOT);
	g_assert_true(json_bool_or(config.root, "readonly", false));
	g_assert_cmpuint(g_strv_length(words), ==, 5);
	g_assert_cmpstr(g_environ_getenv(words, "PATH"), ==, "/opt/x:/bin");
	g_assert_cmpstr(g_environ_getenv(words, "A"), ==, "b=c");
	g_assert_cmpstr(g_environ_getenv(words, "EMPTY"), ==, "");
	g_assert_cmpstr(g_environ_getenv(words, "HOME"), ==, "/root");
	g_assert_cmpstr(g_environ_getenv(words, "LC_ALL"), ==, "C");
	assert_joined(plain.process, "env",
		      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
		      "HOME=/root LC_ALL=C");
}

static void test_bundle_guest(Fixture *f, gconstpointer data)
{
	g_autofree char *in = g_build_filename(f->dir, "in", NULL);
	g_autofree char *path = g_build_filename(in, "mine", "command", NULL);
	g_autofree char *config = g_build_filename(in, "mine", "config.json", NULL);
	g_autofree char *tree = g_build_filename(f->folder, "tree", NULL);
	g_autofree char *copy = g_build_filename(in, "mine", "case", "tree", "leaf", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Case) c = NULL;
	gsize len;

	(void)data;
	g_assert_cmpint(g_mkdir(tree, 0755), ==, 0);
	put(tree, "leaf", "l", 0644);
	c = load(f, "{" HEAD ", \"container\": false, \"command\": [\"sh\", \"\", \"a b\"],"
		    "\"files\": [\"tree\"]}");
	case_write_bundle(c, in, CASE_BUNDLE_PLAIN, NULL, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(path, &text, &len, NULL));
	g_assert_cmpmem(text, len,
			"init\0"
			"0\0"
			"0\0sh\0\0a b",
			17);
	g_assert_false(g_file_test(config, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(copy, G_FILE_TEST_IS_REGULAR));
}

/* What a traced case, and a person's shell, are started from; and the fragment that tracing wants.
 */
static void test_bundle_other(Fixture *f, gconstpointer data)
{
	static const char traces[] = "strace\nftrace:function_graph:sys_mkdir\n";
	g_autofree char *in = g_build_filename(f->dir, "in", NULL);
	g_autofree char *trace = g_build_filename(in, "mine", "trace", NULL);
	g_autofree char *shell = g_build_filename(in, "mine", "shell.json", NULL);
	g_autofree char *config = g_build_filename(in, "mine", "config.json", NULL);
	g_autofree char *text = NULL;
	g_autofree char *usual = NULL;
	g_autofree char *persons = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Case) c = load(f, "{" HEAD ", " RUN ", \"trace\": [\"strace\", "
				    "\"ftrace:function_graph:sys_mkdir\"]}");

	(void)data;
	g_assert_true(g_strv_contains((const char *const *)c->kconfig, "ftrace"));
	case_write_bundle(c, in, CASE_BUNDLE_PLAIN, NULL, &error);
	g_assert_no_error(error);
	g_assert_false(g_file_test(trace, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(shell, G_FILE_TEST_EXISTS));
	case_write_bundle(c, in, CASE_BUNDLE_TRACED | CASE_BUNDLE_SHELL, NULL, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(trace, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, traces);
	g_assert_true(g_file_get_contents(config, &usual, NULL, NULL));
	g_assert_nonnull(
		strstr(usual, "\"" PROTOCOL_START "\", \"" PROTOCOL_TRACED "\", \"init\""));
	g_assert_true(g_file_get_contents(shell, &persons, NULL, NULL));
	g_assert_nonnull(strstr(persons, "\"" PROTOCOL_AGENT "\", \"" PROTOCOL_START_SHELL "\"]"));
	g_assert_nonnull(strstr(persons, "\"terminal\":\ttrue"));
}

static void test_bundle_nothing(Fixture *f, gconstpointer data)
{
	g_autofree char *in = g_build_filename(f->dir, "in", "boot", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Case) c = NULL;

	(void)data;
	case_load("boot", &c, &error);
	g_assert_no_error(error);
	g_assert_true(case_write_bundle(c, f->dir, CASE_BUNDLE_PLAIN, NULL, &error));
	g_assert_false(g_file_test(in, G_FILE_TEST_EXISTS));
}

/* A folder that cannot be written to is the host's trouble, not the user's question. */
static void test_bundle_nowhere(Fixture *f, gconstpointer data)
{
	g_autofree char *in = g_build_filename(f->folder, "data", "in", NULL);
	g_autoptr(Case) c = load(f, "{" HEAD ", " RUN "}");
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(case_write_bundle(c, in, CASE_BUNDLE_PLAIN, NULL, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_HOST);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/bundle/container", test_bundle);
	ADD("/bundle/rootfs", test_bundle_rootfs);
	ADD("/bundle/whole", test_bundle_whole);
	ADD("/bundle/own-set", test_bundle_own);
	ADD("/bundle/guest", test_bundle_guest);
	ADD("/bundle/other", test_bundle_other);
	ADD("/bundle/no-command", test_bundle_nothing);
	ADD("/bundle/nowhere", test_bundle_nowhere);
	return g_test_run();
}
