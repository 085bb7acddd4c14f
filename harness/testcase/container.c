/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What case.json says about the container. */
#include "testcase/internal.h"

#include <string.h>

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

const char *const *case_docker_capabilities(void)
{
	return docker_capabilities;
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

static void read_capabilities(JsonReader *reader, Case *testcase)
{
	static const char *const set[] = { CASE_DOCKER_CAPABILITIES, NULL };

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
}

static void read_namespaces(JsonReader *reader, Case *testcase)
{
	const char *docker_namespaces[DOCKER_NAMESPACES + 1] = { NULL };

	/* with a network of the guest's, the container is on it, as by docker's --network host */
	for (gsize i = 0, n = 0; i < DOCKER_NAMESPACES; i++)
		if (!case_has_network(testcase) || !g_str_equal(namespaces[i], "network"))
			docker_namespaces[n++] = namespaces[i];
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

static void mount_free(CaseMount *mount)
{
	g_free(mount->destination);
	g_free(mount->type);
	g_free(mount->source);
	g_strfreev(mount->options);
	g_free(mount);
}

static CaseMount *read_mount(JsonReader *reader)
{
	CaseMount *mount = g_new0(CaseMount, 1);

	mount->destination = json_string(reader, "destination");
	mount->type = json_string(reader, "type");
	mount->source = json_string_or(reader, "source", mount->type ? mount->type : "");
	mount->options = json_strings(reader, "options");
	if (mount->destination && mount->destination[0] != '/')
		json_reader_fail(reader, "destination", "must be an absolute path");
	if (mount->type && (!*mount->type || g_str_equal(mount->type, "bind")))
		json_reader_fail(reader, "type",
				 "must be a file system of the kernel's, such as \"tmpfs\"");
	for (char **option = mount->options; *option; option++)
		if (g_str_equal(*option, "bind") || g_str_equal(*option, "rbind"))
			json_reader_fail(reader, "options",
					 "has \"%s\": a case's files are in /case", *option);
	return mount;
}

static void read_mounts(JsonReader *reader, Case *testcase)
{
	guint n = 0;
	JsonReader **list = json_objects(reader, "mounts", &n);

	testcase->mounts = g_ptr_array_new_with_free_func((GDestroyNotify)mount_free);
	if (n > 0 && !testcase->container)
		json_reader_fail(reader, "mounts", "must not be there without a container");
	for (guint i = 0; i < n; i++)
		g_ptr_array_add(testcase->mounts, read_mount(list[i]));
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

void case_read_container(JsonReader *reader, Case *testcase)
{
	read_capabilities(reader, testcase);
	read_namespaces(reader, testcase);
	read_rootfs(reader, testcase);
	read_mounts(reader, testcase);
}
