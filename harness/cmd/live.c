/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live line. A thread redraws it each half second, so that a long build shows its time. */
#include "cmd/live.h"

#include "record/progress.h"
#include "report/report.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_US (G_USEC_PER_SEC / 2)

struct Live {
	GMutex lock;
	GCond stop_cond;
	GThread *thread;
	bool terminal;
	bool verbose;
	bool stop;
	bool drawn;
	char *text;   /* what the live line says, without the time */
	gint64 since; /* when it began, monotonic microseconds */
	char *phase;
	char *last_notice;
	GString *console;
	char *folder;      /* whose status.json is kept, or NULL */
	Progress progress; /* what it says */
};

static guint columns(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
		return size.ws_col;
	return 80;
}

/* With the lock held. */
static void erase(Live *live)
{
	if (live->drawn)
		fputs("\r\033[K", stderr);
	live->drawn = false;
}

/* With the lock held. */
static void draw(Live *live)
{
	g_autofree char *took = NULL;
	g_autofree char *line = NULL;
	g_autofree char *clean = NULL;

	if (!live->terminal || !live->text)
		return;
	took = report_duration((g_get_monotonic_time() - live->since) / 1000 / 1000 * 1000);
	line = g_strdup_printf("%s  %s%s%s", took, live->phase ? live->phase : "",
			       live->phase ? "  " : "", live->text);
	clean = text_clean(line, (glong)columns() - 5);
	fprintf(stderr, "\r\033[K%s", clean);
	fflush(stderr);
	live->drawn = true;
}

static void *redraw(void *data)
{
	Live *live = data;

	g_mutex_lock(&live->lock);
	while (!live->stop) {
		draw(live);
		g_cond_wait_until(&live->stop_cond, &live->lock,
				  g_get_monotonic_time() + REDRAW_US);
	}
	g_mutex_unlock(&live->lock);
	return NULL;
}

Live *live_new(bool verbose)
{
	Live *live = g_new0(Live, 1);

	g_mutex_init(&live->lock);
	g_cond_init(&live->stop_cond);
	live->terminal = isatty(STDERR_FILENO) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
	live->verbose = verbose;
	live->console = g_string_new(NULL);
	if (live->terminal)
		live->thread = g_thread_new("live", redraw, live);
	return live;
}

void live_free(Live *live)
{
	if (!live)
		return;
	g_mutex_lock(&live->lock);
	live->stop = true;
	erase(live);
	g_cond_signal(&live->stop_cond);
	g_mutex_unlock(&live->lock);
	if (live->thread)
		g_thread_join(live->thread);
	g_mutex_clear(&live->lock);
	g_cond_clear(&live->stop_cond);
	g_string_free(live->console, TRUE);
	if (live->folder)
		progress_remove(live->folder);
	g_free(live->folder);
	progress_clear(&live->progress);
	g_free(live->text);
	g_free(live->phase);
	g_free(live->last_notice);
	g_free(live);
}

void live_record(Live *live, const char *folder)
{
	g_free(live->folder);
	live->folder = g_strdup(folder);
	/* What a process that was killed has left says nothing of now. */
	progress_remove(folder);
}

/* A step of which nothing is known yet but what it is about. */
static void record_begin(Live *live, const StepRecord *step, guint left)
{
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;

	if (!live->folder)
		return;
	progress_clear(&live->progress);
	live->progress = (Progress){ .pid = getpid(),
				     .step = step->number,
				     .revision = g_strdup(step->revision),
				     .subject = g_strdup(step->subject),
				     .why = g_strdup(step->why),
				     .left = left,
				     .began_s = now,
				     .phase_s = now };
	progress_write(live->folder, &live->progress);
}

static void record_phase(Live *live, const char *phase)
{
	if (!live->folder || !live->progress.revision)
		return;
	g_free(live->progress.phase);
	live->progress.phase = g_strdup(phase);
	live->progress.phase_s = g_get_real_time() / G_USEC_PER_SEC;
	progress_write(live->folder, &live->progress);
}

/* With the lock held: a line that stays, above the live one. */
static void put_line(Live *live, const char *text)
{
	g_autofree char *clean = text_clean(text, 0);

	erase(live);
	fprintf(stderr, "%s\n", clean);
	draw(live);
}

void live_event(Live *live, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_mutex_lock(&live->lock);
	put_line(live, text);
	g_mutex_unlock(&live->lock);
}

/* With the lock held. */
static void set_text(Live *live, char *text)
{
	g_free(live->text);
	live->text = text;
	g_clear_pointer(&live->phase, g_free);
	live->since = g_get_monotonic_time();
	draw(live);
}

void live_notice(Live *live, const char *what, const char *detail)
{
	g_autofree char *whole =
		g_strdup_printf("%s%s%s", what, detail ? ": " : "", detail ? detail : "");

	g_mutex_lock(&live->lock);
	if (live->verbose || g_strcmp0(what, live->last_notice) != 0) {
		if (!live->terminal || live->verbose)
			put_line(live, whole);
		else
			set_text(live, g_strdup(whole));
		g_free(live->last_notice);
		live->last_notice = g_strdup(what);
	} else if (live->terminal) {
		g_free(live->text);
		live->text = g_strdup(whole);
	}
	g_mutex_unlock(&live->lock);
}

/* " with ID, ID applied", or nothing; g_free() */
static char *patches_text(const StepRecord *step)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; step->patches && step->patches[i]; i++)
		g_string_append_printf(text, "%s %.12s", i ? "," : " with", step->patches[i]);
	if (text->len)
		g_string_append(text, " applied");
	return g_string_free(text, FALSE);
}

void live_begin(Live *live, const StepRecord *step, guint left)
{
	g_autofree char *more = left ? g_strdup_printf(" (about %u left)", left) : g_strdup("");
	g_autofree char *with = patches_text(step);
	g_autofree char *text = g_strdup_printf("step %u%s  %.12s%s  %s", step->number, more,
						step->revision, with, step->subject);

	g_mutex_lock(&live->lock);
	record_begin(live, step, left);
	if (live->terminal)
		set_text(live, g_steal_pointer(&text));
	else
		put_line(live, text);
	g_mutex_unlock(&live->lock);
}

void live_phase(Live *live, const char *phase)
{
	g_mutex_lock(&live->lock);
	g_free(live->phase);
	live->phase = g_strdup(phase);
	record_phase(live, phase);
	if (live->verbose && !live->terminal) {
		g_autofree char *text = g_strdup_printf("  %s", phase);

		put_line(live, text);
	}
	draw(live);
	g_mutex_unlock(&live->lock);
}

void live_end(Live *live, const StepRecord *step)
{
	const StepResult *result = &step->result;
	g_autofree char *took = report_duration(step->wall_ms);
	g_autofree char *why = result->verdict == VERDICT_SKIP
				       ? g_strdup_printf(" (untestable: %s)", result->reason)
			       : result->verdict == VERDICT_BAD
				       ? g_strdup_printf(" (%s)", result->reason)
				       : g_strdup("");
	g_autofree char *with = patches_text(step);
	g_autofree char *text =
		g_strdup_printf("step %u: %.12s%s is %s%s, %s%s%s", step->number, step->revision,
				with, step->word, why, took, step->clean ? ", clean build" : "",
				result->cached ? ", from the kernel cache" : "");

	g_mutex_lock(&live->lock);
	g_clear_pointer(&live->text, g_free);
	g_clear_pointer(&live->phase, g_free);
	put_line(live, text);
	if (result->note) {
		g_autofree char *note = g_strdup_printf("  %s", result->note);

		put_line(live, note);
	}
	g_mutex_unlock(&live->lock);
}

void live_pause(Live *live)
{
	g_mutex_lock(&live->lock);
	erase(live);
	g_clear_pointer(&live->text, g_free);
	g_clear_pointer(&live->phase, g_free);
	g_mutex_unlock(&live->lock);
}

void live_console(Live *live, const char *data, gsize len)
{
	g_mutex_lock(&live->lock);
	for (gsize i = 0; i < len; i++) {
		if (data[i] == '\n') {
			put_line(live, live->console->str);
			g_string_truncate(live->console, 0);
		} else if (data[i] != '\r' && live->console->len < 1000) {
			g_string_append_c(live->console, data[i]);
		}
	}
	g_mutex_unlock(&live->lock);
}
