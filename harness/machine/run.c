/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot, from the start of QEMU to the moment that its end is known. */
#include "machine/domain.h"
#include "machine/far.h"
#include "machine/intake.h"
#include "machine/internal.h"
#include "machine/sharesize.h"
#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A console line costs one write a character; so often it is looked at, no more. */
#define CONSOLE_PAUSE_MS 10
/* Without a notification (none left on this host), and for the share. */
#define LOOK_MS 200
/* Less than this left on a disk and what the guest wrote may be cut: that is no verdict. */
#define SPACE_MIN (8 << 20)
/* The first start on a new host takes libvirt some seconds; a hang of it must not be ours. */
#define START_PATIENCE_S 120
/* What QEMU may take for itself; measured: 1.7 GiB of addresses with four processors. */
#define OWN_MEMORY_MIB 8192
#define OWN_SECONDS 300
/* For what is on its way from another host. */
#define DRAIN_QUIET_MS 200
#define DRAIN_MAX_MS 5000

typedef struct {
	Machine *machine;
	const GuestSpec *spec;
	GCancellable *cancel;
	Guest *guest;
	Intake intake;
	Heard heard;
	Far far;
	guint64 share_before; /* bytes */
	guint64 image_before; /* of its file, on the disk */
	gint64 began;         /* CLOCK_MONOTONIC, microseconds */
	gint64 deadline;
	gint64 next_share;
	bool over;
	GuestEnd end;
} Run;

static void run_clear(Run *run)
{
	intake_clear(&run->intake);
	guest_unref(run->guest);
	far_clear(&run->far);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static void run_end(Run *run, GuestEnd end)
{
	run->over = true;
	run->end = end;
}

static bool space_check(const char *path, GError **error)
{
	guint64 left;

	if (!fs_free_bytes(path, &left, error))
		return false;
	if (left < SPACE_MIN)
		return error_host(error,
				  "no space left on the file system of %s (%" G_GUINT64_FORMAT
				  " KiB): make room there",
				  path, left >> 10);
	return true;
}

/* A full disk looks like a silent guest or a failed case, so it is looked for on purpose. */
static bool run_check_space(const Run *run, GError **error)
{
	return space_check(run->spec->console, error) &&
	       (!run->spec->share || space_check(run->spec->share, error)) &&
	       (!run->spec->image_max || space_check(run->spec->image, error));
}

static bool file_check(const char *what, const char *path, GError **error)
{
	if (access(path, R_OK) < 0)
		return error_host(error, "cannot read the %s %s: %s", what, path,
				  g_strerror(errno));
	return true;
}

static guint64 file_used(const char *path)
{
	struct stat st;

	return path && stat(path, &st) == 0 ? (guint64)st.st_blocks * 512 : 0;
}

/* Whether the share can keep what the guest does to owners and modes in user xattrs. */
static bool share_keeps_xattrs(const char *path)
{
	const char *name = "user.bisectbox";

	if (setxattr(path, name, "1", 1, 0) < 0)
		return false;
	removexattr(path, name);
	return true;
}

/* Libvirt has its own idea of how long QEMU may take; people and we have another. */
static bool run_wait_start(Run *run, GError **error)
{
	struct pollfd fds[2] = {
		{ .fd = run->guest->wake, .events = POLLIN },
		{ .fd = run->cancel ? g_cancellable_get_fd(run->cancel) : -1, .events = POLLIN },
	};
	gint64 until = run->began + START_PATIENCE_S * G_TIME_SPAN_SECOND;
	bool started;

	while (!(started = guest_is_started(run->guest)) &&
	       !g_cancellable_is_cancelled(run->cancel) && g_get_monotonic_time() < until) {
		poll(fds, G_N_ELEMENTS(fds), 1000);
		guest_settle(run->guest);
	}
	if (fds[1].fd >= 0)
		g_cancellable_release_fd(run->cancel);
	if (!started && g_cancellable_is_cancelled(run->cancel))
		return error_interrupted(error);
	if (!started)
		return error_host(error,
				  "QEMU did not start within %d s: the host is overloaded, or "
				  "libvirt hangs",
				  START_PATIENCE_S);
	if (!run->guest->domain)
		/* libvirt says of a device that is not there that it is not, but not which */
		return error_host(error, "cannot start the guest%s%s: libvirt says: %s",
				  run->spec->tap ? " with tap device " : "",
				  run->spec->tap ? run->spec->tap : "", run->guest->refusal);
	return true;
}

/*
 * What QEMU may take beyond what the guest's size and time say: its own code, TCG's translations
 * and threads; and a processor of its own for each of the guest's, and two for itself.
 */
static void run_bound(const Run *run)
{
	const GuestSpec *spec = run->spec;
	rlim_t memory = ((rlim_t)spec->mem_mib + OWN_MEMORY_MIB) << 20;
	rlim_t seconds = spec->timeout_ms ? (spec->timeout_ms / 1000 + OWN_SECONDS) *
						    ((rlim_t)spec->cpus + 2)
					  : RLIM_INFINITY;

	run->guest->memory = (struct rlimit){ memory, memory };
	run->guest->time = (struct rlimit){ seconds, seconds };
}

static bool run_check_files(const Run *run, GError **error)
{
	const GuestSpec *spec = run->spec;

	return file_check("kernel", spec->kernel, error) &&
	       (!spec->initrd || file_check("initramfs", spec->initrd, error)) &&
	       (!spec->image || file_check("image", spec->image, error)) &&
	       (!spec->share || file_check("share", spec->share, error));
}

/* The domain, of this host or of another, that gets its files first. */
static bool run_make_domain(Run *run, char **ret_xml, GError **error)
{
	Machine *machine = run->machine;
	const GuestSpec *spec = run->spec;
	DomainHost host = { .emulator = machine->emulator,
			    .arch = machine->arch,
			    .accel = machine->accel,
			    .flags = machine->domain_flags };

	if (machine->host) {
		if (!far_prepare(machine, spec, run->cancel, &run->far, error))
			return false;
		spec = &run->far.spec;
	} else if (spec->share && share_keeps_xattrs(spec->share)) {
		host.flags |= DOMAIN_SHARE_MAPPED;
	}
	run->guest = guest_new(machine, error);
	if (!run->guest)
		return false;
	run->guest->debugged = spec->gdb != NULL;
	host.name = run->guest->name;
	run_bound(run);
	return domain_xml(&host, spec, ret_xml, error);
}

static bool run_start(Run *run, GError **error)
{
	const GuestSpec *spec = run->spec;
	g_autofree char *xml = NULL;
	gint64 now;

	if (!run_check_files(run, error) || !machine_reopen(run->machine, run->cancel, error) ||
	    !intake_open(&run->intake, run->machine, error) || !run_check_space(run, error))
		return false;
	if (spec->share)
		run->share_before = share_size(spec->share, G_MAXUINT64);
	run->image_before = file_used(spec->image);
	if (!run_make_domain(run, &xml, error))
		return false;
	/* bringing files to another host is no time of the guest's */
	run->began = run->intake.began = g_get_monotonic_time();
	guest_start(run->guest, g_steal_pointer(&xml), g_steal_pointer(&run->far.job));
	if (!run_wait_start(run, error))
		return false;
	if (spec->on_running)
		spec->on_running(spec->user);
	/* QEMU's own start is the host's time, not the guest's */
	now = g_get_monotonic_time();
	run->deadline =
		spec->timeout_ms ? now + spec->timeout_ms * G_GINT64_CONSTANT(1000) : G_MAXINT64;
	run->next_share = now + LOOK_MS * G_GINT64_CONSTANT(1000);
	return true;
}

static bool fate_error(const Run *run, Fate fate, GError **error)
{
	g_autofree char *line = guest_log_line(run->guest);
	const char *said = line ? line : "";
	const char *sep = line ? ": " : "";

	switch (fate) {
	case FATE_ENDED:
		return error_host(error,
				  "the guest was ended from outside%s%s: leave QEMU alone "
				  "while bisectbox runs",
				  sep, said);
	case FATE_PAUSED:
		return error_host(error,
				  "QEMU paused the guest%s%s: an I/O error on the image %s, "
				  "or somebody suspended it",
				  sep, said, run->spec->image ? run->spec->image : "(none)");
	case FATE_LOST:
		return error_host(error, "the connection to libvirt's daemon broke: see whether it "
					 "runs");
	default:
		return error_host(error,
				  "QEMU died under the guest%s%s: killed %s, out "
				  "of memory (see the host's dmesg), or crashed",
				  sep, said,
				  run->spec->gdb ? "by the debugger or from outside"
						 : "from outside");
	}
}

static bool run_share_floods(Run *run)
{
	guint64 max = run->share_before + run->spec->share_max;
	gint64 from = g_get_monotonic_time();
	bool floods;

	if (!run->spec->share)
		return false;
	if (max < run->share_before)
		max = G_MAXUINT64;
	floods = share_size(run->spec->share, max) > max;
	/* a share that takes long to count is counted less often: at most a tenth of the time */
	run->next_share = g_get_monotonic_time() + MAX(LOOK_MS * G_GINT64_CONSTANT(1000),
						       10 * (g_get_monotonic_time() - from));
	return floods;
}

static bool run_image_floods(const Run *run)
{
	return run->spec->image_max &&
	       file_used(run->spec->image) > run->image_before + run->spec->image_max;
}

/* One look at everything; sets run->over where the guest's end is known. */
static bool run_look(Run *run, GError **error)
{
	gint64 now = g_get_monotonic_time();
	Fate fate;

	/* asked first: what the console holds then is all that there will be */
	guest_settle(run->guest);
	fate = guest_fate(run->guest);
	if (!intake_take(&run->intake, run->guest, &run->heard, error))
		return false;
	if (fate != FATE_RUNNING && fate != FATE_WENT)
		return fate_error(run, fate, error);
	if (fate == FATE_WENT || now >= run->next_share) {
		if (!run_check_space(run, error))
			return false;
		if (run_share_floods(run)) {
			run_end(run, GUEST_SHARE_FLOOD);
			return true;
		}
		if (run_image_floods(run)) {
			run_end(run, GUEST_IMAGE_FLOOD);
			return true;
		}
	}
	if (run->heard.flood)
		run_end(run, GUEST_CONSOLE_FLOOD);
	else if (fate == FATE_WENT)
		run_end(run, GUEST_WENT);
	else if (run->heard.enough)
		run_end(run, GUEST_STOPPED);
	else if (g_cancellable_is_cancelled(run->cancel))
		return error_interrupted(error);
	else if (now >= run->deadline)
		run_end(run, GUEST_TIMEOUT);
	return true;
}

/* @n_consoles: of @fds, at their end, are of consoles */
static void run_wait(Run *run, struct pollfd *fds, guint n, guint n_consoles)
{
	gint64 now = g_get_monotonic_time();
	gint64 until = MIN(run->deadline, run->spec->share ? run->next_share : G_MAXINT64);
	gint64 ms = CLAMP((until - now + 999) / 1000, 0, LOOK_MS);
	guint others = n - n_consoles;

	if (poll(fds, n, (int)ms) <= 0)
		return;
	for (guint i = 0; i < others; i++)
		if (fds[i].revents)
			return;
	/* more is about to come; whatever else happens still wakes us */
	poll(fds, others, CONSOLE_PAUSE_MS);
}

static bool run_loop(Run *run, GError **error)
{
	struct pollfd fds[2 + CONSOLE_SOURCES] = {
		{ .fd = run->guest->wake, .events = POLLIN },
		{ .fd = run->cancel ? g_cancellable_get_fd(run->cancel) : -1, .events = POLLIN },
	};
	guint n_consoles = intake_poll(&run->intake, fds + 2);
	bool ok;

	while ((ok = run_look(run, error)) && !run->over)
		run_wait(run, fds, 2 + n_consoles, n_consoles);
	if (fds[1].fd >= 0)
		g_cancellable_release_fd(run->cancel);
	return ok;
}

/*
 * From another host what was said is still on its way. A guest that is done has been told that
 * its results are here; of one that is not, whatever comes before it has been quiet for a moment.
 */
static bool run_drain(Run *run, GError **error)
{
	gint64 until = g_get_monotonic_time() + DRAIN_MAX_MS * G_GINT64_CONSTANT(1000);
	struct pollfd fd = { .fd = run->guest->wake, .events = POLLIN };
	bool quiet = false;

	while (!quiet && !run->intake.acknowledged && !run->intake.silent && !run->heard.flood &&
	       g_get_monotonic_time() < until) {
		quiet = poll(&fd, 1, DRAIN_QUIET_MS) <= 0;
		guest_settle(run->guest);
		if (!intake_take(&run->intake, run->guest, &run->heard, error))
			return false;
	}
	return true;
}

/* The guest writes nothing more after this; whatever it wrote has been handed over. */
static bool run_stop(Run *run, GError **error)
{
	bool ok = true;

	if (run->machine->host)
		ok = run_drain(run, error);
	else if (!(run->over && run->end == GUEST_WENT) && !guest_park(run->guest))
		ok = error_host(error, "QEMU does not answer: the guest could not be judged");
	if (ok)
		ok = intake_take(&run->intake, run->guest, &run->heard, error);
	return intake_end(&run->intake, &run->heard, ok ? error : NULL) && ok;
}

bool guest_run(Machine *machine, const GuestSpec *spec, GCancellable *cancel, GuestEnd *ret_end,
	       unsigned *ret_ms, GError **error)
{
	g_auto(Run) run = { .machine = machine,
			    .spec = spec,
			    .cancel = cancel,
			    .intake = INTAKE_INIT,
			    .began = g_get_monotonic_time() };
	bool ok;

	run.intake.spec = spec;
	run.intake.began = run.began;
	if (g_cancellable_is_cancelled(cancel))
		return error_interrupted(error);
	if (!run_start(&run, error)) {
		if (run.guest)
			guest_discard(g_steal_pointer(&run.guest));
		return false;
	}
	ok = run_loop(&run, error);
	/* after an error the first one is told */
	ok = run_stop(&run, ok ? error : NULL) && ok;
	guest_discard(g_steal_pointer(&run.guest));
	if (!ok)
		return false;
	*ret_end = run.end;
	if (ret_ms)
		*ret_ms = (unsigned)((g_get_monotonic_time() - run.began) / 1000);
	return true;
}
