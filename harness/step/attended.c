/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest for a person: booted and watched in a thread of its own. */
#include "step/attended.h"

#include "step/boot_image.h"
#include "step/boot_internal.h"
#include "util/error.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A person who is there may stop a panic from becoming the end: only a debugger sees more then. */
#define STAY_WORDS "nokaslr panic=0"
/* A day, of which no second passes while a debugger stops the guest. */
#define UNLIMITED_S 86400

struct Attended {
	AttendedSpec spec;
	Workshop *shop;
	GPtrArray *cases;
	Boot boot;
	GuestSpec guest;
	BootImage image;
	GThread *thread;
	GCancellable *stop;
	int ready; /* eventfd */
	int over;  /* eventfd */
	char *folder;
	char *first;
	char *token;
	char *kernel;
	char *cmdline;
	char *console;
	char *port;
	char *gdb;
	char *person;
	GError *error; /* of the thread; read after its end */
	GMutex lock;   /* of what follows, and of the console */
	bool waits;
	bool dead;
};

static void attended_free(Attended *attended)
{
	if (!attended)
		return;
	g_mutex_clear(&attended->lock);
	g_clear_object(&attended->stop);
	g_clear_pointer(&attended->cases, g_ptr_array_unref);
	console_free(attended->boot.console);
	boot_image_close(&attended->image);
	if (attended->ready >= 0)
		close(attended->ready);
	if (attended->over >= 0)
		close(attended->over);
	g_free(attended->folder);
	g_free(attended->first);
	g_free(attended->token);
	g_free(attended->kernel);
	g_free(attended->cmdline);
	g_free(attended->console);
	g_free(attended->port);
	g_free(attended->gdb);
	g_free(attended->person);
	g_clear_error(&attended->error);
	g_free(attended);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attended, attended_free)

static void wake(int fd)
{
	const guint64 one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}

/* ---- in the guest's thread ---- */

static bool new_console(Attended *attended, GError **error)
{
	Console *console = console_new(attended->token, attended->shop->signature, error);

	if (!console)
		return false;
	console_greet(console, attended->first);
	if (attended->boot.console) {
		/* what was said once for all rounds */
		g_autofree char *reached = g_strdup_printf(
			PROTOCOL_MARK "%s agent " PROTOCOL_VERSION "\n", attended->first);

		console_feed(console, reached, strlen(reached));
		console_free(attended->boot.console);
	}
	attended->boot.console = console;
	return true;
}

/* The cases have run: what they say, and a clean sheet for the next time. */
static void take_round(Attended *attended)
{
	const guint n = attended->cases->len;
	g_autofree StepResult *results = g_new0(StepResult, n);

	if (boot_check_share(&attended->boot, NULL) &&
	    boot_take_results(&attended->boot, results, NULL) && attended->spec.results)
		attended->spec.results(results, attended->spec.user);
	for (guint i = 0; i < n; i++)
		step_result_clear(&results[i]);
	new_console(attended, NULL);
}

/*
 * The line by which the kernel, or an agent that has not got there, said that nothing more can
 * come; NULL while it can.
 */
static const char *last_words(const Console *console, bool waits)
{
	const char *line = console_trouble_line(console, CONSOLE_PANIC);

	if (!waits && console_agent_trouble(console))
		return console_agent_trouble(console);
	if (console_fatal(console))
		return line ? line : "the kernel is dead";
	return NULL;
}

static bool on_console(const char *data, gsize len, void *user)
{
	Attended *attended = user;
	Workshop *shop = attended->shop;
	const char *last;

	/* a person's shell has the terminal then */
	if (shop->on_console && !(attended->waits && attended->spec.shell))
		shop->on_console(data, len, shop->user);
	g_mutex_lock(&attended->lock);
	console_feed(attended->boot.console, data, len);
	attended->waits |= console_waits(attended->boot.console);
	last = last_words(attended->boot.console, attended->waits);
	if (last && !attended->dead && attended->waits && attended->spec.trouble)
		attended->spec.trouble(last, attended->spec.user);
	attended->dead |= last != NULL;
	if (attended->waits || attended->dead)
		wake(attended->ready);
	if (console_done(attended->boot.console))
		take_round(attended);
	g_mutex_unlock(&attended->lock);
	return attended->dead && !attended->spec.debug;
}

static void *run_guest(void *data)
{
	Attended *attended = data;

	guest_run(attended->shop->machine, &attended->guest, attended->stop, &attended->boot.end,
		  &attended->boot.ms, &attended->error);
	wake(attended->over);
	return NULL;
}

/* ---- for the caller ---- */

static Attended *attended_new(Workshop *shop, const AttendedSpec *spec)
{
	Attended *attended = g_new0(Attended, 1);

	g_mutex_init(&attended->lock);
	attended->spec = *spec;
	attended->shop = shop;
	attended->stop = g_cancellable_new();
	attended->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	attended->over = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	attended->cases = g_ptr_array_new();
	g_ptr_array_extend(attended->cases, (GPtrArray *)spec->cases, NULL, NULL);
	attended->folder = g_strdup(spec->folder);
	attended->kernel = g_strdup(spec->kernel);
	attended->first = boot_token();
	attended->token = boot_token();
	attended->console = g_build_filename(spec->folder, "console.log", NULL);
	attended->port = g_build_filename(spec->folder, ATTENDED_PORT, NULL);
	attended->gdb = spec->debug ? g_build_filename(spec->folder, ATTENDED_GDB, NULL) : NULL;
	attended->person = spec->shell ? g_strdup_printf(PROTOCOL_SHELL "%s\n", spec->shell)
				       : g_strdup(PROTOCOL_HOLD "\n");
	attended->boot = (Boot){ .shop = shop,
				 .cases = attended->cases,
				 .folder = attended->folder,
				 .person = attended->person,
				 .bundle = CASE_BUNDLE_SHELL,
				 .timeout_s = UNLIMITED_S,
				 .tokens = { attended->first, attended->token } };
	return attended;
}

static bool prepare(Attended *attended, GCancellable *cancel, GError **error)
{
	Workshop *shop = attended->shop;
	GuestSpec *guest = &attended->guest;
	bool again = shop->kvm_unproven;

	if (attended->ready < 0 || attended->over < 0)
		return error_host(error, "cannot make an eventfd: %s", g_strerror(errno));
	if (!new_console(attended, error) || !boot_fill_share(&attended->boot, error))
		return false;
	attended->cmdline = boot_cmdline(&attended->boot, attended->spec.debug ? STAY_WORDS : NULL);
	*guest = boot_spec(shop, attended->cases, attended->kernel);
	guest->cmdline = attended->cmdline;
	guest->console = attended->console;
	guest->on_console = on_console;
	guest->user = attended;
	if (shop->phase)
		shop->phase("boot", shop->user);
	if (!boot_image_open(&attended->image, shop, guest, cancel, error) ||
	    !boot_prove_kvm(&attended->boot, *guest, cancel, error) ||
	    (again && !boot_image_open(&attended->image, shop, guest, cancel, error)))
		return false;
	guest->port = attended->port;
	guest->gdb = attended->gdb;
	guest->timeout_ms = 0;
	return true;
}

/* What kept the guest from getting there; NULL for nothing. */
static char *why_not(Attended *attended, unsigned seconds)
{
	const Console *console = attended->boot.console;
	const char *last, *line;
	char *why = NULL;

	g_mutex_lock(&attended->lock);
	last = last_words(console, attended->waits);
	line = console_trouble_line(console, ~0U);
	if (!attended->waits)
		why = last ? g_strdup(last)
			   : g_strdup_printf("the agent was not reached within %u s%s%s", seconds,
					     line ? ": " : "", line ? line : "");
	g_mutex_unlock(&attended->lock);
	return why;
}

typedef enum {
	READY_WAITS, /* or the kernel is dead */
	READY_OVER,
	READY_LATE,
	READY_CANCELLED,
} Ready;

static Ready wait_ready(const Attended *attended, unsigned seconds, GCancellable *cancel)
{
	struct pollfd fds[3] = {
		{ .fd = attended->ready, .events = POLLIN },
		{ .fd = attended->over, .events = POLLIN },
		{ .fd = cancel ? g_cancellable_get_fd(cancel) : -1, .events = POLLIN },
	};
	gint64 until = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;
	Ready what = READY_LATE;
	gint64 left;

	while (what == READY_LATE && (left = until - g_get_monotonic_time()) > 0) {
		if (poll(fds, G_N_ELEMENTS(fds), (int)(left / 1000) + 1) <= 0)
			continue;
		what = fds[0].revents ? READY_WAITS : fds[1].revents ? READY_OVER : READY_CANCELLED;
	}
	if (fds[2].fd >= 0)
		g_cancellable_release_fd(cancel);
	return what;
}

static bool give_up(Attended *attended, Ready what, GError **error)
{
	g_autoptr(Attended) own = attended;

	g_cancellable_cancel(own->stop);
	g_thread_join(own->thread);
	if (what == READY_CANCELLED)
		return error_interrupted(error);
	if (what == READY_OVER && own->error) {
		g_propagate_error(error, g_steal_pointer(&own->error));
		return false;
	}
	return true;
}

bool attended_start(Workshop *shop, const AttendedSpec *spec, GCancellable *cancel,
		    Attended **ret_attended, char **ret_why, GError **error)
{
	Attended *attended = attended_new(shop, spec);
	unsigned seconds = shop->timeout_s ? shop->timeout_s : shop->boot_s;
	Ready what;

	if (!prepare(attended, cancel, error)) {
		attended_free(attended);
		return false;
	}
	attended->thread = g_thread_new("guest", run_guest, attended);
	what = wait_ready(attended, seconds, cancel);
	*ret_why = why_not(attended, seconds);
	if (what == READY_CANCELLED || what == READY_OVER || (*ret_why && !spec->debug)) {
		if (give_up(attended, what, error))
			return true;
		g_clear_pointer(ret_why, g_free);
		return false;
	}
	*ret_attended = attended;
	return true;
}

int attended_over(const Attended *attended)
{
	return attended->over;
}

bool attended_end(Attended *attended, bool *ret_went, GError **error)
{
	g_autoptr(Attended) own = attended;
	struct pollfd over = { .fd = own->over, .events = POLLIN };
	bool went = poll(&over, 1, 0) > 0;

	g_cancellable_cancel(own->stop);
	g_thread_join(own->thread);
	if (ret_went)
		*ret_went = went;
	if (went && own->error) {
		g_propagate_error(error, g_steal_pointer(&own->error));
		return false;
	}
	return true;
}
