/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libvirt tells of guests, and how they are stopped and cleaned up behind the caller. */
#include "guest/protocol.h"
#include "machine/domain.h"
#include "machine/internal.h"
#include "util/error.h"

#include <libvirt/virterror.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARK_PATIENCE_S 5
#define DESTROY_TRIES 3
/* From a destroy that says "done" or "no such domain" to the event that it is gone. */
#define STOPPED_PATIENCE_S 10
#define LOG_TAIL 4096

typedef struct {
	Guest *guest;
	void (*work)(Guest *guest);
} Job;

static Fate fate_of(int event, int detail)
{
	switch (event) {
	case VIR_DOMAIN_EVENT_SHUTDOWN:
		/* measured: poweroff, reset and panic=-1 say GUEST; a SIGTERM to QEMU says HOST */
		return detail == VIR_DOMAIN_EVENT_SHUTDOWN_HOST ? FATE_ENDED : FATE_WENT;
	case VIR_DOMAIN_EVENT_STOPPED:
		/* measured: SIGKILL, SIGSEGV, SIGABRT say FAILED, with no SHUTDOWN before it */
		return detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN    ? FATE_WENT
		       : detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED ? FATE_ENDED
								      : FATE_DIED;
	case VIR_DOMAIN_EVENT_CRASHED:
		return FATE_WENT;
	case VIR_DOMAIN_EVENT_SUSPENDED:
		return FATE_PAUSED;
	default:
		return FATE_RUNNING;
	}
}

static void guest_wake(Guest *guest)
{
	guint64 one = 1;

	if (write(guest->wake, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}

static int guest_on_event(virConnectPtr conn, virDomainPtr domain, int event, int detail,
			  void *user)
{
	Machine *machine = user;
	Guest *guest;

	(void)conn;
	g_mutex_lock(&machine->lock);
	guest = g_hash_table_lookup(machine->guests, virDomainGetName(domain));
	if (guest) {
		/* one that is started with its processors stopped is told to be suspended, too; and
		 * a debugger may do so */
		guest->runs |= event == VIR_DOMAIN_EVENT_RESUMED;
		if (guest->fate == FATE_RUNNING && !guest->quiet &&
		    ((guest->runs && !guest->debugged) || event != VIR_DOMAIN_EVENT_SUSPENDED))
			guest->fate = fate_of(event, detail);
		if (event == VIR_DOMAIN_EVENT_STOPPED) {
			guest->stopped = true;
			g_cond_broadcast(&machine->changed);
		}
		guest_wake(guest);
	}
	g_mutex_unlock(&machine->lock);
	return 0;
}

void guest_on_close(virConnectPtr conn, int reason, void *user)
{
	Machine *machine = user;
	GHashTableIter iter;
	gpointer value;

	(void)conn;
	if (reason == VIR_CONNECT_CLOSE_REASON_CLIENT)
		return;
	g_mutex_lock(&machine->lock);
	machine->lost = true;
	g_hash_table_iter_init(&iter, machine->guests);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Guest *guest = value;

		if (guest->fate == FATE_RUNNING && !guest->quiet)
			guest->fate = FATE_LOST;
		guest->stopped = true;
		guest_wake(guest);
	}
	g_cond_broadcast(&machine->changed);
	g_mutex_unlock(&machine->lock);
}

bool guest_listen(Machine *machine, GError **error)
{
	machine->lifecycle =
		virConnectDomainEventRegisterAny(machine->conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
						 VIR_DOMAIN_EVENT_CALLBACK(guest_on_event),
						 g_atomic_rc_box_acquire(machine), machine_unref);
	if (machine->lifecycle < 0) {
		machine_unref(machine);
		return machine_fail(error, "cannot listen to guests");
	}
	if (!machine->uri)
		return true;
	if (virConnectRegisterCloseCallback(machine->conn, guest_on_close,
					    g_atomic_rc_box_acquire(machine), machine_unref) < 0) {
		machine_unref(machine);
		return machine_fail(error, "cannot watch the connection");
	}
	return true;
}

/* A daemon has guests of others; the embedded driver's are all ours, and its sockets short. */
static char *guest_name(const Machine *machine, unsigned n)
{
	if (!machine->uri)
		return g_strdup_printf("bb%u", n);
	if (!machine->host)
		return g_strdup_printf("bisectbox-%d-%u", getpid(), n);
	/* other hosts have processes of the same number */
	return g_strdup_printf("bisectbox-%s-%d-%u", machine_host_word(), getpid(), n);
}

Guest *guest_new(Machine *machine, GError **error)
{
	g_autoptr(Guest) guest = g_atomic_rc_box_new0(Guest);
	unsigned n = 0;

	guest->machine = machine;
	guest->runs = !machine->host;
	guest->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (guest->wake < 0) {
		error_host(error, "cannot start a guest: %s", g_strerror(errno));
		return NULL;
	}
	g_mutex_lock(&machine->lock);
	if (machine->conn && virConnectRef(machine->conn) == 0)
		guest->conn = machine->conn;
	/* names come again once they are free: a daemon keeps a log file for each */
	do {
		g_free(guest->name);
		guest->name = guest_name(machine, ++n);
	} while (g_hash_table_contains(machine->guests, guest->name));
	if (machine->lost || !guest->conn)
		guest->fate = FATE_LOST;
	g_hash_table_insert(machine->guests, guest->name, guest);
	g_mutex_unlock(&machine->lock);
	return g_steal_pointer(&guest);
}

static char *guest_log_path(const Guest *guest)
{
	g_autofree char *name = g_strconcat(guest->name, ".log", NULL);

	return g_build_filename(guest->machine->home, "log", "qemu", name, NULL);
}

static void guest_close_streams(Guest *guest)
{
	for (guint i = 0; i < CONSOLE_SOURCES; i++)
		stream_close(g_steal_pointer(&guest->consoles[i]));
	stream_close(g_steal_pointer(&guest->channel));
}

static void guest_clear(Guest *guest)
{
	g_autofree char *log = guest->name && guest->machine->home ? guest_log_path(guest) : NULL;

	guest_close_streams(guest);
	if (guest->domain)
		virDomainFree(guest->domain);
	if (guest->conn)
		virConnectClose(guest->conn);
	/* while the name is still its own */
	if (log)
		g_unlink(log);
	if (guest->name) {
		g_mutex_lock(&guest->machine->lock);
		g_hash_table_remove(guest->machine->guests, guest->name);
		g_cond_broadcast(&guest->machine->changed);
		g_mutex_unlock(&guest->machine->lock);
	}
	g_free(guest->xml);
	g_free(guest->job);
	g_free(guest->refusal);
	if (guest->wake >= 0)
		close(guest->wake);
	g_free(guest->name);
}

void guest_unref(Guest *guest)
{
	if (guest)
		g_atomic_rc_box_release_full(guest, (GDestroyNotify)guest_clear);
}

void guest_settle(Guest *guest)
{
	guint64 count;

	if (read(guest->wake, &count, sizeof(count)) < 0)
		return; /* there was none */
}

bool guest_is_started(Guest *guest)
{
	bool started;

	g_mutex_lock(&guest->machine->lock);
	started = guest->started;
	g_mutex_unlock(&guest->machine->lock);
	return started;
}

Fate guest_fate(Guest *guest)
{
	Fate fate;

	g_mutex_lock(&guest->machine->lock);
	fate = guest->fate;
	g_mutex_unlock(&guest->machine->lock);
	return fate;
}

void guest_job(gpointer data, gpointer user)
{
	g_autofree Job *job = data;
	sigset_t all, old;

	(void)user;
	/* the program's signals are for the program's threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	job->work(job->guest);
	guest_unref(job->guest);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* Takes the reference. */
static void guest_push(Guest *guest, void (*work)(Guest *guest))
{
	Job *job = g_new0(Job, 1);

	job->guest = guest;
	job->work = work;
	g_thread_pool_push(guest->machine->cleaners, job, NULL);
	/* cppcheck-suppress memleak ; the pool's worker, guest_job(), frees it */
}

static void guest_discard_work(Guest *guest);

/*
 * What QEMU's own options do not bound. Its socket it makes for its group, too: nobody gets to it
 * in a run's folder, nor is it for anybody. Its memory and its processor's time have a limit that
 * holds when we are stopped, or killed with our keeper.
 */
static void guest_confine(const Guest *guest, virDomainPtr domain)
{
	g_autofree char *leaf =
		g_strdup_printf("domain-%u-%s", virDomainGetID(domain), guest->name);
	g_autofree char *socket =
		g_build_filename(guest->machine->home, "lib", "qemu", leaf, "monitor.sock", NULL);
	g_autofree char *file = g_strconcat(guest->name, ".pid", NULL);
	g_autofree char *path = g_build_filename(guest->machine->home, "run", "qemu", file, NULL);
	g_autofree char *text = NULL;
	pid_t pid;

	chmod(socket, 0600);
	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	pid = (pid_t)g_ascii_strtoll(text, NULL, 10);
	if (pid > 1) {
		prlimit(pid, RLIMIT_AS, &guest->memory, NULL);
		prlimit(pid, RLIMIT_CPU, &guest->time, NULL);
	}
}

/* A console of a guest on another host, or its channel. */
static bool guest_open_stream(Guest *guest, virDomainPtr domain, const char *name, bool channel,
			      Stream **ret_stream)
{
	Stream *stream = stream_new(guest->conn, guest->wake);

	if (!stream)
		return false;
	*ret_stream = stream;
	return (channel ? virDomainOpenChannel(domain, name, stream_raw(stream), 0)
			: virDomainOpenConsole(domain, name, stream_raw(stream), 0)) == 0;
}

/* Before it runs, so that no word of it is missed. */
static bool guest_open_streams(Guest *guest, virDomainPtr domain)
{
	static const char *const names[CONSOLE_SOURCES] = { DOMAIN_SERIAL_ALIAS,
							    DOMAIN_VIRTIO_ALIAS };

	for (guint i = 0; i < CONSOLE_SOURCES; i++)
		if (!guest_open_stream(guest, domain, names[i], false, &guest->consoles[i]))
			return false;
	if (guest->job &&
	    (!guest_open_stream(guest, domain, PROTOCOL_CHANNEL, true, &guest->channel) ||
	     !stream_send(guest->channel, guest->job, strlen(guest->job))))
		return false;
	for (guint i = 0; i < CONSOLE_SOURCES; i++)
		if (!stream_listen(guest->consoles[i]))
			return false;
	return (!guest->channel || stream_listen(guest->channel)) && virDomainResume(domain) == 0;
}

static void guest_start_work(Guest *guest)
{
	Machine *machine = guest->machine;
	/* a daemon's guests end with the connection; the embedded driver does not know that */
	unsigned flags = (machine->uri ? VIR_DOMAIN_START_AUTODESTROY : 0) |
			 (machine->host ? VIR_DOMAIN_START_PAUSED : 0);
	virDomainPtr domain =
		guest->conn ? virDomainCreateXML(guest->conn, guest->xml, flags) : NULL;
	char *refusal = domain        ? NULL
			: guest->conn ? machine_said()
				      : g_strdup("the connection broke");
	bool given_up;

	if (domain && machine->home)
		guest_confine(guest, domain);
	if (domain && machine->host && !guest_open_streams(guest, domain)) {
		refusal = machine_said();
		virDomainDestroy(domain);
		virDomainFree(domain);
		domain = NULL;
	}
	g_mutex_lock(&machine->lock);
	guest->domain = domain;
	guest->refusal = refusal;
	guest->started = true;
	given_up = guest->given_up;
	guest_wake(guest);
	g_mutex_unlock(&machine->lock);
	if (given_up && domain)
		guest_discard_work(guest);
}

void guest_start(Guest *guest, char *xml, char *job)
{
	guest->xml = xml;
	guest->job = job;
	guest_push(g_atomic_rc_box_acquire(guest), guest_start_work);
}

static void guest_park_work(Guest *guest)
{
	Machine *machine = guest->machine;

	/* it may have gone meanwhile: as good */
	virDomainSuspend(guest->domain);
	g_mutex_lock(&machine->lock);
	guest->parked = true;
	g_cond_broadcast(&machine->changed);
	g_mutex_unlock(&machine->lock);
}

bool guest_park(Guest *guest)
{
	Machine *machine = guest->machine;
	gint64 until = g_get_monotonic_time() + PARK_PATIENCE_S * G_TIME_SPAN_SECOND;
	bool parked;

	g_mutex_lock(&machine->lock);
	guest->quiet = true;
	g_mutex_unlock(&machine->lock);
	/* libvirt waits for QEMU's answer without an end, so it does that in another thread */
	guest_push(g_atomic_rc_box_acquire(guest), guest_park_work);
	g_mutex_lock(&machine->lock);
	while (!guest->parked && g_cond_wait_until(&machine->changed, &machine->lock, until))
		;
	parked = guest->parked;
	g_mutex_unlock(&machine->lock);
	return parked;
}

static void guest_discard_work(Guest *guest)
{
	Machine *machine = guest->machine;
	gint64 until;
	int tries;

	/* first: libvirtd 9.0 may lock up where a domain ends with a console still open */
	guest_close_streams(guest);
	for (tries = 0; tries < DESTROY_TRIES; tries++) {
		/* it mostly ends by itself meanwhile, and then there is no such domain */
		if (virDomainDestroy(guest->domain) == 0 ||
		    virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ||
		    virGetLastErrorCode() == VIR_ERR_OPERATION_INVALID)
			break;
	}
	until = g_get_monotonic_time() + STOPPED_PATIENCE_S * G_TIME_SPAN_SECOND;
	g_mutex_lock(&machine->lock);
	while (!guest->stopped && g_cond_wait_until(&machine->changed, &machine->lock, until))
		;
	g_mutex_unlock(&machine->lock);
}

void guest_discard(Guest *guest)
{
	bool there;

	g_mutex_lock(&guest->machine->lock);
	guest->quiet = true;
	guest->given_up = true;
	there = guest->started && guest->domain;
	g_mutex_unlock(&guest->machine->lock);
	if (there)
		guest_push(guest, guest_discard_work);
	else
		guest_unref(guest);
}

char *guest_log_line(const Guest *guest)
{
	g_autofree char *path = guest->machine->home ? guest_log_path(guest) : NULL;
	g_autofree char *text = NULL;
	g_autofree char *mark = g_strconcat(guest->machine->arch->emulator, ": ", NULL);
	g_auto(GStrv) lines = NULL;
	char *found = NULL;
	guint i;

	if (!path || !g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	for (i = 0; lines[i]; i++) {
		const char *said = strstr(lines[i], mark);

		/* its own lines have its name behind the time; the command line has a path there */
		if (said && g_ascii_isdigit(lines[i][0])) {
			g_free(found);
			found = g_utf8_make_valid(said, (gssize)MIN(strlen(said), LOG_TAIL));
		}
	}
	return found;
}
