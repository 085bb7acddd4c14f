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
#define WATCH_US (100 * 1000)

struct Appliance {
	guestfs_h *handle;
	GCancellable *cancel;
	GThread *watcher;
	GMutex mutex;
	GCond changed;
	pid_t pid; /* of QEMU, 0 until it is known */
	bool over; /* the watcher may go home */
	bool late;
};

/* libguestfs' calls cannot be called off from another thread; ending QEMU makes them fail. */
static void *watch(void *data)
{
	Appliance *appliance = data;
	gint64 deadline = g_get_monotonic_time() + TIMEOUT_S * G_USEC_PER_SEC;

	g_mutex_lock(&appliance->mutex);
	while (!appliance->over) {
		bool late = g_get_monotonic_time() >= deadline;

		if (appliance->pid && (late || g_cancellable_is_cancelled(appliance->cancel))) {
			appliance->late = late;
			kill(appliance->pid, SIGKILL);
		}
		g_cond_wait_until(&appliance->changed, &appliance->mutex,
				  g_get_monotonic_time() + WATCH_US);
	}
	g_mutex_unlock(&appliance->mutex);
	return NULL;
}

/* The first bytes on the appliance's console tell that QEMU runs, long before the start is done. */
static void on_event(guestfs_h *handle, void *opaque, uint64_t event,
		     int event_handle G_GNUC_UNUSED, int flags G_GNUC_UNUSED,
		     const char *buf G_GNUC_UNUSED, size_t buf_len G_GNUC_UNUSED,
		     const uint64_t *array G_GNUC_UNUSED, size_t array_len G_GNUC_UNUSED)
{
	Appliance *appliance = opaque;
	int pid = event == GUESTFS_EVENT_SUBPROCESS_QUIT ? 0 : guestfs_get_pid(handle);

	g_mutex_lock(&appliance->mutex);
	appliance->pid = pid > 0 ? pid : 0;
	g_mutex_unlock(&appliance->mutex);
}

/* supermin takes the newest kernel in /boot that has its modules; it must be able to read it. */
static bool check_kernel(GError **error)
{
	glob_t found = {0};
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
	const uint64_t events = GUESTFS_EVENT_APPLIANCE | GUESTFS_EVENT_LAUNCH_DONE |
				GUESTFS_EVENT_PROGRESS | GUESTFS_EVENT_SUBPROCESS_QUIT;
	char tcg[] = "force_tcg";
	char *settings[] = {accel == ACCEL_KVM ? NULL : tcg, NULL};
	guestfs_h *g = guestfs_create();

	g_mutex_init(&appliance->mutex);
	g_cond_init(&appliance->changed);
	g_set_object(&appliance->cancel, cancel);
	appliance->handle = g;
	if (!g) {
		error_host(error, "cannot set up libguestfs: %s", g_strerror(errno));
		return NULL;
	}
	/* errors are fetched, not printed */
	guestfs_set_error_handler(g, NULL, NULL);
	if (guestfs_set_backend(g, "direct") < 0 || guestfs_set_backend_settings(g, settings) < 0 ||
	    guestfs_set_cachedir(g, cache) < 0 || guestfs_set_tmpdir(g, folder) < 0 ||
	    guestfs_set_pgroup(g, 1) < 0 ||
	    guestfs_set_event_callback(g, on_event, events, 0, appliance) < 0) {
		appliance_fail(appliance, "set up libguestfs", error);
		return NULL;
	}
	if (!check_qemu(g, error) || !check_kernel(error))
		return NULL;
	appliance->watcher = g_thread_new("appliance", watch, appliance);
	return g_steal_pointer(&appliance);
}

guestfs_h *appliance_handle(const Appliance *appliance)
{
	return appliance->handle;
}

bool appliance_fail(Appliance *appliance, const char *what, GError **error)
{
	const char *why = guestfs_last_error(appliance->handle);
	g_autofree char *line = g_strndup(why ? why : "no reason", strcspn(why ? why : "", "\n"));

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
	if (appliance->handle) {
		guestfs_set_event_callback(appliance->handle, NULL, 0, 0, NULL);
		guestfs_close(appliance->handle);
	}
	g_clear_object(&appliance->cancel);
	g_mutex_clear(&appliance->mutex);
	g_cond_clear(&appliance->changed);
	g_free(appliance);
}
