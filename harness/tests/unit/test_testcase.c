/* SPDX-License-Identifier: GPL-2.0-or-later */
/* testcase/: case.json read strictly, from real folders. */
#include "casefixture.h"

#include "util/error.h"

#include <string.h>

static void test_all_fields(Fixture *f, gconstpointer data)
{
	g_autofree char *config = g_build_filename(f->folder, "mine.config", NULL);
	g_autoptr(Case) c = NULL;

	(void)data;
	c = load(f, "{" HEAD ", \"report\": \"r\", \"judge\": \"crash\", \"untestable\": \"u\","
		    "\"kconfig\": [\"audit\", \"mine.config\"],"
		    "\"container\": true, \"command\": [\"/case/run\", \"x y\"],"
		    "\"capabilities\": [\"docker-default\", \"CAP_SYSLOG\"],"
		    "\"namespaces\": [\"mount\", \"cgroup\"], \"files\": [\"run\", \"data\"],"
		    "\"culprit\": [\"33faba7fa7f2 audit: x\"], \"fix\": [\"0123456789abcdef s\"],"
		    "\"architectures\": [\"x86_64\"],"
		    "\"kernels\": {\"from\": \"4.15\", \"to\": \"6.2\"},"
		    "\"mounts\": [{\"destination\": \"/mnt\", \"type\": \"tmpfs\"}],"
		    "\"controls\": {\"pass\": [\"true\"], \"fail\": [\"./run\", \"x\"]},"
		    "\"exit_codes\": \"ltp\","
		    "\"timeout_s\": 7, \"mem_mib\": 1024, \"cpus\": 2, \"append\": \"audit=1 x\"}");
	g_assert_cmpstr(c->name, ==, "mine");
	g_assert_cmpstr(c->folder, ==, f->folder);
	g_assert_cmpstr(c->title, ==, "t");
	g_assert_cmpstr(c->report, ==, "r");
	g_assert_cmpint(c->judge, ==, JUDGE_CRASH);
	g_assert_cmpstr(c->kconfig[0], ==, "container");
	g_assert_cmpstr(c->kconfig[1], ==, "audit");
	g_assert_cmpstr(c->kconfig[2], ==, config);
	g_assert_null(c->kconfig[3]);
	g_assert_true(c->container);
	g_assert_cmpstr(c->command[1], ==, "x y");
	g_assert_cmpstr(c->capabilities[1], ==, "CAP_SYSLOG");
	g_assert_cmpstr(c->namespaces[1], ==, "cgroup");
	g_assert_cmpstr(c->files[1], ==, "data");
	g_assert_cmpstr(c->culprit[0], ==, "33faba7fa7f2 audit: x");
	g_assert_cmpstr(c->fix[0], ==, "0123456789abcdef s");
	g_assert_cmpstr(c->architectures[0], ==, "x86_64");
	g_assert_cmpuint(c->from.part[1], ==, 15);
	g_assert_cmpuint(c->to.part[0], ==, 6);
	g_assert_cmpuint(c->mounts->len, ==, 1);
	g_assert_cmpstr(((CaseMount *)c->mounts->pdata[0])->source, ==, "tmpfs");
	g_assert_cmpstr(c->control_pass[0], ==, "true");
	g_assert_cmpstr(c->control_fail[1], ==, "x");
	g_assert_cmpint(c->codes, ==, CODES_LTP);
	g_assert_cmpuint(c->timeout_s, ==, 7);
	g_assert_cmpuint(c->mem_mib, ==, 1024);
	g_assert_cmpuint(c->cpus, ==, 2);
	g_assert_cmpstr(c->append, ==, "audit=1 x");
	g_assert_cmpstr(c->untestable, ==, "u");
	g_assert_cmpuint(strlen(c->hash), ==, 64);
}

static void test_defaults(Fixture *f, gconstpointer data)
{
	static const char *const docker[] = { "pid", "network", "ipc", "uts", "mount", NULL };
	static const char *const capabilities[] = { "docker-default", NULL };
	g_autoptr(Case) c = load(f, "{" HEAD ", " RUN "}");
	g_autoptr(Case) guest = load(f, "{" HEAD ", " RUN ", \"container\": false}");
	g_autoptr(Case) boot = load(f, "{" HEAD ", \"judge\": \"boot\"}");

	(void)data;
	g_assert_cmpint(c->judge, ==, JUDGE_CASE);
	g_assert_true(c->container);
	g_assert_true(g_strv_equal((const char *const *)c->namespaces, docker));
	g_assert_true(g_strv_equal((const char *const *)c->capabilities, capabilities));
	g_assert_cmpuint(c->timeout_s, ==, 60);
	g_assert_cmpuint(c->mem_mib, ==, 0);
	g_assert_cmpuint(c->cpus, ==, 0);
	g_assert_cmpstr(c->append, ==, "");
	g_assert_null(c->report);
	g_assert_null(c->untestable);
	g_assert_cmpstr(c->kconfig[0], ==, "container");
	g_assert_false(guest->container);
	g_assert_null(guest->kconfig[0]);
	g_assert_null(guest->capabilities[0]);
	g_assert_null(guest->namespaces[0]);
	g_assert_false(boot->container);
	g_assert_null(boot->command[0]);
}

/* What is wrong, and what the error must have besides the file's name. */
static const struct {
	const char *json, *says;
} malformed[] = {
	{ "", "not valid JSON" },
	{ "[]", "must be an object" },
	{ "{" HEAD ", " RUN ", }", "case.json:1: not valid JSON" },
	{ "{" HEAD ", " RUN ", \"bad\": \"c\"}", "\"bad\" is there twice" },
	{ "{" HEAD ", " RUN ", \"timeout\": 3}", "\"timeout\" is not known" },
	{ "{\"about\": \"a\", \"good\": \"g\", \"bad\": \"b\", " RUN "}", "\"title\" is missing" },
	{ "{\"title\": \"\", \"about\": \"a\", \"good\": \"g\", \"bad\": \"b\", " RUN "}",
	  "\"title\" must be one line" },
	{ "{\"title\": \"t\\nu\", \"about\": \"a\", \"good\": \"g\", \"bad\": \"b\", " RUN "}",
	  "\"title\" must be one line" },
	{ "{\"title\": 1, \"about\": \"a\", \"good\": \"g\", \"bad\": \"b\", " RUN "}",
	  "\"title\" must be a string" },
	{ "{\"title\": \"t\", \"about\": \"a\", \"bad\": \"b\", " RUN "}", "\"good\" is missing" },
	{ "{" HEAD ", " RUN ", \"report\": null}", "\"report\" must be a string" },
	{ "{" HEAD ", " RUN ", \"judge\": \"Case\"}",
	  "\"judge\" must be one of \"case\", \"boot\", \"crash\"" },
	{ "{" HEAD "}", "\"command\" is missing" },
	{ "{" HEAD ", \"command\": []}", "\"command\" must be a list of strings" },
	{ "{" HEAD ", \"command\": [\"\"]}", "\"command\" must be a list of strings" },
	{ "{" HEAD ", \"command\": \"su\"}", "\"command\" must be an array of strings" },
	{ "{" HEAD ", \"command\": [\"su\", 1]}", "\"command\" must be an array of strings" },
	{ "{" HEAD ", \"judge\": \"boot\", \"command\": [\"su\"]}",
	  "\"command\" must not be there" },
	{ "{" HEAD ", \"command\": [\"./run\"]}",
	  "\"command\" runs \"run\", which is not in \"files\"" },
	{ "{" HEAD ", \"command\": [\"/case/run\"]}", "which is not in \"files\"" },
	{ "{" HEAD ", \"command\": [\"./run\"], \"files\": [\"../\"]}", "must be the plain name" },
	{ "{" HEAD ", \"command\": [\"/case/\"], \"files\": [\"data\"]}",
	  "which is not in \"files\"" },
	{ "{" HEAD ", \"command\": [\"./\"], \"files\": [\"data\"]}", "which is not in \"files\"" },
	{ "{" HEAD ", \"command\": [\"./data\"], \"files\": [\"data\"]}",
	  "not executable: chmod +x" },
	{ "{" HEAD ", " RUN ", \"container\": \"yes\"}", "\"container\" must be true or false" },
	{ "{" HEAD ", \"judge\": \"boot\", \"container\": true}", "\"container\" must be false" },
	{ "{" HEAD ", " RUN ", \"kconfig\": [\"nosuch\"]}", "\"kconfig\" has \"nosuch\"" },
	{ "{" HEAD ", " RUN ", \"kconfig\": [\"../kconfigs/audit\"]}", "\"kconfig\" has \"../" },
	{ "{" HEAD ", " RUN ", \"kconfig\": [\"other.config\"]}",
	  "\"kconfig\" has \"other.config\"" },
	{ "{" HEAD ", " RUN ", \"capabilities\": [\"audit_write\"]}",
	  "\"capabilities\" has \"audit_write\"" },
	{ "{" HEAD ", " RUN ", \"capabilities\": \"docker-default\"}",
	  "must be an array of strings" },
	{ "{" HEAD ", " RUN ", \"container\": false, \"capabilities\": []}",
	  "\"capabilities\" must not be there without a container" },
	{ "{" HEAD ", " RUN ", \"container\": false, \"namespaces\": [\"pid\"]}",
	  "\"namespaces\" must not be there without a container" },
	{ "{" HEAD ", " RUN ", \"namespaces\": [\"mount\", \"net\"]}",
	  "\"namespaces\" has \"net\": must be of pid, network" },
	{ "{" HEAD ", " RUN ", \"namespaces\": [\"pid\"]}", "\"namespaces\" must have \"mount\"" },
	{ "{" HEAD ", " RUN ", \"trace\": [\"ltrace\"]}",
	  "\"trace\" has \"ltrace\": must be \"strace\", \"dmesg\", \"ftrace:" },
	{ "{" HEAD ", " RUN ", \"trace\": [\"ftrace:function:\"]}",
	  "\"trace\" has \"ftrace:function:\": must" },
	{ "{" HEAD ", " RUN ", \"trace\": [\"ftrace:irqsoff:sys_mkdir\"]}",
	  "\"trace\" has \"ftrace:irqsoff:sys_mkdir\": must" },
	{ "{" HEAD ", " RUN ", \"trace\": [\"ftrace:function:a b\"]}", "\"trace\" has \"ftrace" },
	{ "{" HEAD ", " RUN ", \"trace\": [\"ftrace:function:a\", \"ftrace:function_graph:b\"]}",
	  "has one tracer at a time" },
	{ "{" HEAD ", \"judge\": \"boot\", \"trace\": [\"dmesg\"]}",
	  "\"trace\" must not be there without a" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\"none\"]}",
	  "\"files\" has \"none\": there is no" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\"../mine\"]}",
	  "\"files\" has \"../mine\"" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\".\"]}", "\"files\" has \".\"" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\"\"]}", "\"files\" has \"\"" },
	{ "{" HEAD ", " RUN ", \"rootfs\": [\"x\"]}", "\"rootfs\" must be a string" },
	{ "{" HEAD ", " RUN ", \"rootfs\": \"\"}",
	  "\"rootfs\" must be the path of an OCI archive" },
	{ "{" HEAD ", " RUN ", \"rootfs\": \"x.tar\"}", "\"rootfs\" has \"x.tar\": there is no /" },
	{ "{" HEAD ", " RUN ", \"rootfs\": \"../mine\"}", "the folder is no OCI layout" },
	{ "{" HEAD ", " RUN ", \"rootfs\": \"/dev/null\"}", "neither a file nor a folder" },
	{ "{" HEAD ", " RUN ", \"container\": false, \"rootfs\": \"data\"}",
	  "\"rootfs\" must not be there without a container" },
	{ "{" HEAD ", \"judge\": \"boot\", \"rootfs\": \"data\"}",
	  "\"rootfs\" must not be there without a container" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\"../other/none\"]}",
	  "\"files\" has \"../other/none\": there is no" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\"../../x/y\"]}",
	  "\"files\" has \"../../x/y\": must be" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\"../x/.y\"]}",
	  "\"files\" has \"../x/.y\": must be" },
	{ "{" HEAD ", " RUN ", \"files\": [\"run\"]}", "\"files\" is there twice" },
	{ "{" HEAD ", \"command\": [\"su\"], \"files\": [\"data\", \"../mine/data\"]}",
	  "\"files\" has \"data\" and \"../mine/data\"" },
	{ "{" HEAD ", " RUN ",\n\"controls\": {\"pass\": [\"true\"]}}",
	  "case.json:2: field \"controls\": field \"fail\" must be" },
	{ "{" HEAD ", " RUN ", \"controls\": {\"pass\": [\"true\"], \"fail\": [\"./no\"]}}",
	  "field \"fail\" runs \"no\", which is not in \"files\"" },
	{ "{" HEAD ", \"judge\": \"boot\", \"controls\": {\"pass\": [\"a\"], \"fail\": [\"b\"]}}",
	  "\"controls\" must not be there" },
	{ "{" HEAD ", " RUN ", \"culprit\": [\"33faba7 too short\"]}",
	  "\"culprit\" has \"33faba7" },
	{ "{" HEAD ", " RUN ", \"fix\": [\"33faba7fa7f2\"]}", "\"fix\" has \"33faba7fa7f2\"" },
	{ "{" HEAD ", " RUN ", \"architectures\": [\"vax\"]}", "\"architectures\" has \"vax\"" },
	{ "{" HEAD ", " RUN ", \"kernels\": {\"from\": \"new\"}}",
	  "field \"from\" must be a kernel version" },
	{ "{" HEAD ", " RUN ", \"kernels\": {\"from\": \"6.2\", \"to\": \"4.1\"}}",
	  "field \"to\" must not be before" },
	{ "{" HEAD ", " RUN ", \"kernels\": {\"since\": \"6.2\"}}",
	  "field \"since\" is not known" },
	{ "{" HEAD ", " RUN ", \"mounts\": [{\"destination\": \"mnt\", \"type\": \"tmpfs\"}]}",
	  "field \"mounts[0]\": field \"destination\" must be an absolute path" },
	{ "{" HEAD ", " RUN ",\n\"mounts\": [\n{\"destination\": \"/mnt\",\n\"type\": \"bind\"}]}",
	  "case.json:4: field \"mounts[0]\": field \"type\" must be" },
	{ "{" HEAD ", " RUN
	  ", \"mounts\": [{\"destination\": \"/a\", \"type\": \"x\", \"options\": "
	  "[\"rbind\"]}]}",
	  "field \"options\" has \"rbind\"" },
	{ "{" HEAD ", " RUN ", \"exit_codes\": \"autotools\"}", "\"exit_codes\" must be one of" },
	{ "{" HEAD ", " RUN ", \"timeout_s\": 0}",
	  "\"timeout_s\" must be an integer from 1 to 3600" },
	{ "{" HEAD ", " RUN ", \"timeout_s\": 1.5}", "\"timeout_s\" must be an integer" },
	{ "{" HEAD ", " RUN ", \"timeout_s\": \"5\"}", "\"timeout_s\" must be an integer" },
	{ "{" HEAD ", " RUN ", \"mem_mib\": 63}",
	  "\"mem_mib\" must be an integer from 64 to 65536" },
	{ "{" HEAD ", " RUN ", \"cpus\": 65}", "\"cpus\" must be an integer from 1 to 64" },
	{ "{" HEAD ", " RUN ", \"append\": [\"x\"]}", "\"append\" must be a string" },
	{ "{" HEAD ", " RUN ", \"append\": \"a\\nb\"}", "\"append\" must be printable" },
	{ "{" HEAD ", " RUN ", \"append\": \"a init=/bin/sh\"}",
	  "\"append\" must not set \"init=\"" },
	{ "{" HEAD ", " RUN ", \"append\": \"rw\"}", "\"append\" must not set \"rw\"" },
	{ "{" HEAD ", " RUN ", \"append\": \"bisectbox.token=0\"}", "must not set \"bisectbox.\"" },
};

static void test_malformed(Fixture *f, gconstpointer data)
{
	g_autofree char *path = g_build_filename(f->folder, "case.json", NULL);

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(malformed); i++) {
		g_autoptr(GError) error = NULL;
		Case *testcase = NULL;

		put(f->folder, "case.json", malformed[i].json, 0644);
		g_test_message("%s", malformed[i].json);
		g_assert_false(case_load(f->folder, &testcase, &error));
		g_assert_null(testcase);
		g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
		g_test_message("%s", error->message);
		g_assert_true(g_str_has_prefix(error->message, path));
		g_assert_nonnull(strstr(error->message, malformed[i].says));
		g_assert_null(strchr(error->message, '\n'));
	}
}

static void assert_unknown(const char *name, const char *says)
{
	g_autoptr(GError) error = NULL;
	Case *testcase = NULL;

	g_assert_false(case_load(name, &testcase, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, says));
}

static void test_unknown(Fixture *f, gconstpointer data)
{
	g_autofree char *odd = g_build_filename(f->dir, "Odd_Name", NULL);

	(void)data;
	assert_unknown("nosuch", "no case \"nosuch\": there are abort, audit, audit-nocap, boot, ");
	assert_unknown("", "no case \"\"");
	assert_unknown("./nosuch", "there is no case.json");
	assert_unknown(f->folder, "there is no case.json");
	g_assert_cmpint(g_mkdir(odd, 0755), ==, 0);
	put(odd, "case.json", "{" HEAD ", \"judge\": \"boot\"}", 0644);
	assert_unknown(odd, "must be named with lower-case letters");
}

static void test_hash(Fixture *f, gconstpointer data)
{
	const char *json = "{" HEAD ", " RUN ", \"kconfig\": [\"mine.config\"]}";
	g_autoptr(Case) first = load(f, json);
	g_autoptr(Case) again = load(f, json);
	g_autoptr(Case) other = NULL, fragment = NULL, text = NULL, unlisted = NULL;

	(void)data;
	g_assert_cmpstr(first->hash, ==, again->hash);
	put(f->folder, "data", "2\n", 0644); /* not in "files" */
	unlisted = load(f, json);
	g_assert_cmpstr(unlisted->hash, ==, first->hash);
	put(f->folder, "run", "#!/bin/sh\nexit 1\n", 0755);
	other = load(f, json);
	g_assert_cmpstr(other->hash, !=, first->hash);
	put(f->folder, "mine.config", "AUDIT=n\n", 0644);
	fragment = load(f, json);
	g_assert_cmpstr(fragment->hash, !=, other->hash);
	text = load(f, "{" HEAD ", " RUN ", \"kconfig\": [\"mine.config\"], \"cpus\": 2}");
	g_assert_cmpstr(text->hash, !=, fragment->hash);
}

/* Of an OCI image, only that there is one is looked at here; what is in it counts. */
static void test_rootfs(Fixture *f, gconstpointer data)
{
	const char *json = "{" HEAD ", " RUN ", \"rootfs\": \"../image\"}";
	g_autofree char *image = g_build_filename(f->dir, "image", NULL);
	g_autofree char *absolute =
		g_strdup_printf("{" HEAD ", " RUN ", \"rootfs\": \"%s\"}", image);
	g_autoptr(Case) none = load(f, "{" HEAD ", " RUN "}");
	g_autoptr(Case) folder = NULL, index = NULL, archive = NULL, other = NULL, same = NULL;

	(void)data;
	g_assert_null(none->rootfs);
	g_assert_cmpint(g_mkdir(image, 0755), ==, 0);
	put(image, "oci-layout", "{}", 0644);
	folder = load(f, json);
	g_assert_cmpstr(folder->rootfs, ==, image);
	put(image, "index.json", "{}", 0644);
	index = load(f, json);
	g_assert_cmpstr(index->hash, !=, folder->hash);
	g_assert_true(fs_remove_tree(image, NULL));
	put(f->dir, "image", "archive", 0644);
	archive = load(f, json);
	g_assert_cmpstr(archive->hash, !=, index->hash);
	same = load(f, absolute);
	g_assert_cmpstr(same->rootfs, ==, image);
	put(f->dir, "image", "another", 0644);
	other = load(f, json);
	g_assert_cmpstr(other->hash, !=, archive->hash);
}

static void assert_unfit(const Case *testcase, const char *arch, const char *kernel,
			 const char *says)
{
	g_autofree char *why = NULL;
	Version version = { .parts = 0 };

	g_assert_true(!kernel || version_parse(kernel, &version));
	why = case_unfit(testcase, arch, kernel ? &version : NULL);
	g_assert_cmpint(why != NULL, ==, says != NULL);
	g_assert_true(!says || strstr(why, says));
}

static void test_unfit(Fixture *f, gconstpointer data)
{
	g_autoptr(Case) any = load(f, "{" HEAD ", " RUN "}");
	g_autoptr(Case) c = load(f, "{" HEAD ", " RUN ", \"architectures\": [\"x86_64\"],"
				    "\"kernels\": {\"from\": \"4.15\", \"to\": \"6.2\"}}");

	(void)data;
	assert_unfit(any, "s390x", "2.6.32", NULL);
	assert_unfit(c, "x86_64", "4.15-rc1", NULL);
	assert_unfit(c, "x86_64", "6.2.16", NULL);
	assert_unfit(c, "x86_64", NULL, NULL);
	assert_unfit(c, "x86_64", "4.14.300", "for Linux 4.15 and later, this is 4.14");
	assert_unfit(c, "x86_64", "6.3-rc1", "for Linux up to 6.2, this is 6.3");
	assert_unfit(c, "aarch64", "6.1", "for x86_64, the kernel for aarch64");
}

/* The cases that we ship load, and their programs are built. */
static void test_shipped(void)
{
	static const char *const expected[] = { "abort",      "audit",   "audit-nocap",
						"boot",       "crash",   "cgroup-device",
						"fuse-pidns", "overlay", "overlay-ext4",
						NULL };
	g_auto(GStrv) names = case_names();

	for (const char *const *name = expected; *name; name++)
		g_assert_true(g_strv_contains((const char *const *)names, *name));
	for (char **name = names; *name; name++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Case) testcase = NULL;

		case_load(*name, &testcase, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(testcase->name, ==, *name);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/testcase/all-fields", test_all_fields);
	ADD("/testcase/defaults", test_defaults);
	ADD("/testcase/malformed", test_malformed);
	ADD("/testcase/unknown", test_unknown);
	ADD("/testcase/unfit", test_unfit);
	ADD("/testcase/hash", test_hash);
	ADD("/testcase/rootfs", test_rootfs);
	g_test_add_func("/testcase/shipped", test_shipped);
	return g_test_run();
}
