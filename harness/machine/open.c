/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connecting to libvirt: the embedded driver, a daemon of this host, or one of another. */
#include "machine/internal.h"
#include "util/error.h"

#include <libvirt/virterror.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ssh and a daemon that starts at the first connection; a host that does not answer is no wait. */
#define OPEN_PATIENCE_S 60
/* A connection that is dead is noticed after so many questions without an answer. */
#define ALIVE_INTERVAL_S 5
#define ALIVE_COUNT 5

static bool uri_fail(const char *uri, GError **error)
{
	return error_usage(error,
			   "'%s' is not a libvirt URI of QEMU: give qemu:///session, "
			   "qemu:///system, qemu+ssh://HOST/system or qemu+ssh://HOST/session, or "
			   "leave --connect out",
			   uri);
}

bool open_check(const char *uri, GError **error)
{
	g_autoptr(GUri) parsed = g_uri_parse(uri, G_URI_FLAGS_NONE, NULL);
	const char *scheme = parsed ? g_uri_get_scheme(parsed) : "";

	if (!g_str_equal(scheme, "qemu") && !g_str_has_prefix(scheme, "qemu+"))
		return uri_fail(uri, error);
	if (strcmp(g_uri_get_path(parsed), "/embed") == 0)
		return error_usage(error, "the embedded driver needs no URI: leave --connect out");
	return g_str_equal(g_uri_get_path(parsed), "/session") ||
	       g_str_equal(g_uri_get_path(parsed), "/system") || uri_fail(uri, error);
}

char *open_host(const char *uri)
{
	g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;
	const char *host = parsed ? g_uri_get_host(parsed) : NULL;

	return host && *host ? g_strdup(host) : NULL;
}

/* One virConnectOpen(); reference counted, since its thread may outlast our patience. */
typedef struct {
	char *uri;
	GMutex lock;
	GCond changed;
	virConnectPtr conn;
	char *said;
	int code;
	bool done;
	bool given_up;
} Opening;

static void opening_clear(Opening *opening)
{
	g_mutex_clear(&opening->lock);
	g_cond_clear(&opening->changed);
	g_free(opening->uri);
	g_free(opening->said);
}

static void opening_unref(Opening *opening)
{
	g_atomic_rc_box_release_full(opening, (GDestroyNotify)opening_clear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Opening, opening_unref)

static gpointer opening_run(gpointer data)
{
	g_autoptr(Opening) opening = data;
	virConnectPtr conn = virConnectOpen(opening->uri);
	char *said = conn ? NULL : machine_said();
	int code = conn ? 0 : virGetLastErrorCode();
	bool given_up;

	g_mutex_lock(&opening->lock);
	given_up = opening->given_up;
	opening->conn = conn;
	opening->said = said;
	opening->code = code;
	opening->done = true;
	g_cond_broadcast(&opening->changed);
	g_mutex_unlock(&opening->lock);
	if (given_up && conn)
		virConnectClose(conn);
	return NULL;
}

/* Waits for it; false where it was not to be. */
static bool opening_wait(Opening *opening, GCancellable *cancel)
{
	gint64 until = g_get_monotonic_time() + OPEN_PATIENCE_S * G_TIME_SPAN_SECOND;
	bool done;

	g_mutex_lock(&opening->lock);
	while (!opening->done && !g_cancellable_is_cancelled(cancel) &&
	       g_get_monotonic_time() < until)
		g_cond_wait_until(&opening->changed, &opening->lock,
				  g_get_monotonic_time() + G_TIME_SPAN_SECOND / 10);
	done = opening->done;
	opening->given_up = !done;
	g_mutex_unlock(&opening->lock);
	return done;
}

static bool embedded_fail(const Opening *opening, const char *home, GError **error)
{
	if (opening->code == VIR_ERR_NO_CONNECT || opening->code == VIR_ERR_NO_SUPPORT ||
	    strstr(opening->said, "connection-driver"))
		return error_host(error, "libvirt's QEMU driver is not installed: install the "
					 "Debian package libvirt-daemon-driver-qemu");
	if (strstr(opening->said, "driver.pid"))
		return error_host(error,
				  "the guests' folder %s is in use by another bisectbox: wait for "
				  "it to end",
				  home);
	if (geteuid() == 0 && !getpwnam("libvirt-qemu"))
		return error_host(error,
				  "libvirt's QEMU driver does not start (%s): as root it needs the "
				  "user libvirt-qemu, install the Debian package "
				  "libvirt-daemon-system",
				  opening->said);
	return error_host(error, "libvirt's QEMU driver does not start: libvirt says: %s",
			  opening->said);
}

static bool opening_fail(const Opening *opening, const char *uri, const char *home, GError **error)
{
	g_autofree char *host = open_host(uri);

	if (!uri)
		return embedded_fail(opening, home, error);
	if (host)
		return error_host(error,
				  "cannot connect to %s: libvirt says: %s; try `virsh -c %s list`",
				  uri, opening->said, uri);
	return error_host(error, "cannot connect to %s: libvirt says: %s", uri, opening->said);
}

bool open_connection(const char *uri, const char *home, GCancellable *cancel,
		     virConnectPtr *ret_conn, GError **error)
{
	g_autoptr(Opening) opening = g_atomic_rc_box_new0(Opening);
	g_autofree char *host = open_host(uri);
	sigset_t all, old;

	g_mutex_init(&opening->lock);
	g_cond_init(&opening->changed);
	if (uri) {
		opening->uri = g_strdup(uri);
	} else {
		g_autofree char *escaped = g_uri_escape_string(home, "/", FALSE);

		opening->uri = g_strdup_printf("qemu:///embed?root=%s", escaped);
	}
	/* the program's signals are for the program's threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	g_thread_unref(g_thread_new("libvirt-open", opening_run, g_atomic_rc_box_acquire(opening)));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!opening_wait(opening, cancel)) {
		if (g_cancellable_is_cancelled(cancel))
			return error_interrupted(error);
		return error_host(error, "cannot connect to %s: no answer within %d s",
				  uri ? uri : "libvirt's embedded driver", OPEN_PATIENCE_S);
	}
	if (!opening->conn)
		return opening_fail(opening, uri, home, error);
	if (host)
		virConnectSetKeepAlive(opening->conn, ALIVE_INTERVAL_S, ALIVE_COUNT);
	*ret_conn = opening->conn;
	return true;
}
