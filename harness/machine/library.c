/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt's own set-up, once for the process, and the embedded driver's home. */
#include "machine/library.h"
#include "machine/internal.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <libvirt/virterror.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* The longest that libvirt puts behind the home, with five digits for its and our number. */
#define SOCKET_TAIL "/lib/qemu/domain-99999-bb99999/monitor.sock"

/* libvirt prints errors to stderr unless it is given somebody else to tell. */
static void library_on_error(void *user, virErrorPtr error)
{
	(void)user;
	(void)error;
}

static gpointer library_loop(gpointer data)
{
	for (;;) {
		if (virEventRunDefaultImpl() < 0)
			g_usleep(1000);
	}
	return data;
}

static gpointer library_init(gpointer data)
{
	sigset_t all, old;

	(void)data;
	virSetErrorFunc(NULL, library_on_error);
	if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
		return g_strdup(virGetLastErrorMessage());
	/* the program's signals are for the program's threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	g_thread_unref(g_thread_new("libvirt-events", library_loop, NULL));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return NULL;
}

bool library_start(GError **error)
{
	/* libvirt's event loop and settings are the process's, and so is this */
	static GOnce once = G_ONCE_INIT;
	const char *said = g_once(&once, library_init, NULL);

	return !said || error_host(error, "libvirt does not start: %s", said);
}

char *library_find_qemu(const Arch *arch, GError **error)
{
	char *path = g_find_program_in_path(arch->emulator);

	if (!path)
		error_host(error, "%s is not installed: install the Debian package %s",
			   arch->emulator, arch->package);
	return path;
}

/* One home for what libvirt learns about QEMU, a link to it in each run's. */
static bool library_link_cache(const char *home, GError **error)
{
	g_autofree char *link_path = g_build_filename(home, "cache", NULL);
	g_autofree char *kept = paths_cache("libvirt");
	g_autofree char *target = g_canonicalize_filename(kept, NULL);

	if (!fs_mkdir(target, error))
		return false;
	if (symlink(target, link_path) < 0 && errno != EEXIST)
		return error_host(error, "cannot make %s: %s", link_path, g_strerror(errno));
	return true;
}

bool library_prepare_home(const char *home, GError **error)
{
	static const char settings[] =
		/* no virtlogd, which would stay behind */
		"stdio_handler = \"file\"\n"
		/* the owners of the user's files are not libvirt's to change */
		"dynamic_ownership = 0\n"
		"remember_owner = 0\n"
		/* what needs root, and what root's run does not need */
		"security_driver = \"none\"\n"
		"namespaces = [ ]\n"
		"cgroup_controllers = [ ]\n"
		"hugetlbfs_mount = [ ]\n";
	g_autofree char *etc = g_build_filename(home, "etc", NULL);
	g_autofree char *conf = g_build_filename(etc, "qemu.conf", NULL);
	g_autofree char *text = NULL;
	const gsize room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - sizeof(SOCKET_TAIL);

	if (home[0] != '/')
		return error_usage(error, "the guests' folder '%s' is not an absolute path", home);
	if (strlen(home) > room)
		return error_usage(error,
				   "the guests' folder %s is too long a path for sockets (%zu "
				   "bytes, at most %zu): set BISECTBOX_CACHE to a shorter one",
				   home, strlen(home), room);
	text = g_strconcat(settings, geteuid() == 0 ? "user = \"+0\"\ngroup = \"+0\"\n" : "", NULL);
	return fs_mkdir(etc, error) && fs_write(conf, text, -1, error) &&
	       library_link_cache(home, error);
}

void library_clear_logs(const char *home)
{
	g_autofree char *logs = g_build_filename(home, "log", "qemu", NULL);
	g_autoptr(GDir) dir = g_dir_open(logs, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(logs, name, NULL);

		unlink(path);
	}
}
