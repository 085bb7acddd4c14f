/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libguestfs' appliance, with a thread beside it that can end it at any time. */
#include "image/appliance.h"

#include "util/error.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* An appliance whose disk finds no room on the host stands still for ever. */
#define TIMEOUT_S 1800
#define WATCH_US ((gint64)100 * 1000)

struct Appliance {
	guestfs_h *handle;
	char *folder;
	GCancellable *cancel;
	sigset_t pipe;   /* SIGPIPE alone */
	sigset_t before; /* signals that were blocked when we came */
	GThread *watcher;
	GMutex mutex;
	GCond changed;
	gint64 deadline; /* of the monotonic clock, us */
	bool over;       /* the watcher may go home */
	bool late;
};

/* What libguestfs always tells QEMU, with the NULs around it; a wrapper around QEMU has it as well.
 */
static const char QEMU_WORD[] = "\0-nodefaults";

/* Whether a process is our child, and by its command line QEMU with a drive in our folder.
 * mmdebstrap may work there, too: it has mounts to take away and must not be killed. */
static bool is_ours(const Appliance *appliance, const char *pid)
{
	g_autofree char *stat_path = g_build_filename("/proc", pid, "stat", NULL);
	g_autofree char *cmdline_path = g_build_filename("/proc", pid, "cmdline", NULL);
	g_autofree char *stat = NULL;
	g_autofree char *cmdline = NULL;
	gsize len = 0;
	const char *name_end;

	/* after the name in brackets: state, parent */
	if (!g_file_get_contents(stat_path, &stat, NULL, NULL) ||
	    !(name_end = strrchr(stat, ')')) || strlen(name_end) < strlen(") S 1") ||
	    g_ascii_strtoll(name_end + strlen(") S "), NULL, 10) != getpid() ||
	    !g_file_get_contents(cmdline_path, &cmdline, &len, NULL))
		return false;
	return memmem(cmdline, len, QEMU_WORD, sizeof(QEMU_WORD)) &&
	       memmem(cmdline, len, appliance->folder, strlen(appliance->folder));
}

/*
 * Ends QEMU. libguestfs tells its process only once the appliance is up, which is too late for
 * who has pressed Ctrl-C. supermin, before it, is waited for: it works in the cache, takes
 * seconds, and would leave its temporary files behind.
 */
static void kill_qemu(const Appliance *appliance)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;

	while (proc && (name = g_dir_read_name(proc)))
		if (g_ascii_isdigit(*name) && is_ours(appliance, name))
			kill((pid_t)g_ascii_strtoll(name, NULL, 10), SIGKILL);
}

/* libguestfs' calls cannot be called off from another thread; without QEMU they fail. */
static void *watch(void *data)
{
	Appliance *appliance = data;

	g_mutex_lock(&appliance->mutex);
	while (!appliance->over) {
		appliance->late = g_get_monotonic_time() >= appliance->deadline;
		if (appliance->late || g_cancellable_is_cancelled(appliance->cancel))
			kill_qemu(appliance);
		g_cond_wait_until(&appliance->changed, &appliance->mutex,
				  g_get_monotonic_time() + WATCH_US);
	}
	g_mutex_unlock(&appliance->mutex);
	return NULL;
}

/* libguestfs writes to QEMU, which may be gone: that is an error of a call, not our death. */
static void block_sigpipe(Appliance *appliance)
{
	sigemptyset(&appliance->pipe);
	sigaddset(&appliance->pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &appliance->pipe, &appliance->before);
}

static void restore_sigpipe(Appliance *appliance)
{
	const struct timespec now = { 0 };

	if (sigismember(&appliance->before, SIGPIPE))
		return;
	while (sigtimedwait(&appliance->pipe, NULL, &now) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &appliance->before, NULL);
}

/* supermin takes the newest kernel in /boot that has its modules; it must be able to read it. */
bool appliance_check(GError **error)
{
	glob_t found = { 0 };
	bool usable = g_getenv("SUPERMIN_KERNEL") || g_getenv("LIBGUESTFS_PATH");
	g_autofree char *unreadable = NULL;

	if (usable)
		return true;
	glob("/boot/vmlinu[xz]-*", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && !usable; i++) {
		const char *path = found.gl_pathv[i];
		g_autofree char *modules =
			g_build_filename("/lib/modules", strchr(path, '-') + 1, NULL);

		if (!g_file_test(modules, G_FILE_TEST_IS_DIR))
			continue;
		usable = access(path, R_OK) == 0;
		if (!usable && !unreadable)
			unreadable = g_strdup(path);
	}
	globfree(&found);
	if (usable)
		return true;
	if (unreadable)
		return error_host(error,
				  "libguestfs cannot read this host's kernel %s; as root, type: "
				  "chmod 0644 %s",
				  unreadable, unreadable);
	return error_host(error, "libguestfs finds no kernel with modules in /boot; as root, type: "
				 "apt install linux-image-cloud-amd64");
}

static bool check_qemu(guestfs_h *handle, GError **error)
{
	g_autofree char *qemu = guestfs_get_hv(handle);

	if (qemu && access(qemu, X_OK) == 0)
		return true;
	return error_host(error,
			  "libguestfs cannot run %s; as root, type: apt install qemu-system-x86",
			  qemu ? qemu : "QEMU");
}

Appliance *appliance_new(Accel accel, const char *cache, const char *folder, GCancellable *cancel,
			 GError **error)
{
	g_autoptr(Appliance) appliance = g_new0(Appliance, 1);
	char tcg[] = "force_tcg";
	char *settings[] = { accel == ACCEL_KVM ? NULL : tcg, NULL };
	guestfs_h *g = guestfs_create();

	block_sigpipe(appliance);
	g_mutex_init(&appliance->mutex);
	g_cond_init(&appliance->changed);
	g_set_object(&appliance->cancel, cancel);
	appliance->folder = g_strdup(folder);
	appliance->handle = g;
	if (!g) {
		error_host(error, "cannot set up libguestfs: %s", g_strerror(errno));
		return NULL;
	}
	/* errors are fetched, not printed */
	guestfs_set_error_handler(g, NULL, NULL);
	if (guestfs_set_backend(g, "direct") < 0 || guestfs_set_backend_settings(g, settings) < 0 ||
	    guestfs_set_cachedir(g, cache) < 0 || guestfs_set_tmpdir(g, folder) < 0 ||
	    guestfs_set_pgroup(g, 1) < 0) {
		appliance_fail(appliance, "set up libguestfs", error);
		return NULL;
	}
	if (!check_qemu(g, error) || !appliance_check(error))
		return NULL;
	appliance_wake(appliance);
	appliance->watcher = g_thread_new("appliance", watch, appliance);
	return g_steal_pointer(&appliance);
}

static void set_deadline(Appliance *appliance, gint64 deadline)
{
	g_mutex_lock(&appliance->mutex);
	appliance->deadline = deadline;
	g_mutex_unlock(&appliance->mutex);
}

void appliance_rest(Appliance *appliance)
{
	set_deadline(appliance, G_MAXINT64);
}

void appliance_wake(Appliance *appliance)
{
	set_deadline(appliance, g_get_monotonic_time() + (gint64)TIMEOUT_S * G_USEC_PER_SEC);
}

guestfs_h *appliance_handle(const Appliance *appliance)
{
	return appliance->handle;
}

bool appliance_fail(Appliance *appliance, const char *what, GError **error)
{
	const char *why = guestfs_last_error(appliance->handle);
	g_autofree char *line = g_strdup(why ? why : "it does not say why");

	/* the first line, without its full stop */
	line[strcspn(line, "\n")] = '\0';
	if (g_str_has_suffix(line, "."))
		line[strlen(line) - 1] = '\0';
	if (g_cancellable_is_cancelled(appliance->cancel))
		return error_interrupted(error);
	if (appliance->late)
		return error_host(
			error,
			"cannot %s: libguestfs' appliance did not end within %d s; is there "
			"room on the disk?",
			what, TIMEOUT_S);
	return error_host(error, "cannot %s: libguestfs: %s", what, line);
}

bool appliance_start(Appliance *appliance, GError **error)
{
	if (g_cancellable_is_cancelled(appliance->cancel))
		return error_interrupted(error);
	if (guestfs_launch(appliance->handle) == 0)
		return true;
	appliance_fail(appliance, "start the appliance", error);
	if (error && g_error_matches(*error, BOX_ERROR, BOX_ERROR_HOST)) {
		g_autofree char *message = g_steal_pointer(&(*error)->message);

		(*error)->message =
			g_strconcat(message, "; `libguestfs-test-tool` says more", NULL);
	}
	return false;
}

bool appliance_stop(Appliance *appliance, GError **error)
{
	return guestfs_shutdown(appliance->handle) == 0 ||
	       appliance_fail(appliance, "stop the appliance", error);
}

void appliance_free(Appliance *appliance)
{
	if (!appliance)
		return;
	if (appliance->watcher) {
		g_mutex_lock(&appliance->mutex);
		appliance->over = true;
		g_cond_signal(&appliance->changed);
		g_mutex_unlock(&appliance->mutex);
		g_thread_join(appliance->watcher);
	}
	if (appliance->handle)
		guestfs_close(appliance->handle);
	restore_sigpipe(appliance);
	g_free(appliance->folder);
	g_clear_object(&appliance->cancel);
	g_mutex_clear(&appliance->mutex);
	g_cond_clear(&appliance->changed);
	g_free(appliance);
}
