/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live line. A thread redraws it each half second, so that a long build shows its time. */
#include "cmd/live.h"

#include "cmd/cmd.h"
#include "cmd/forecast.h"
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
	bool terminal; /* whose cursor can be moved */
	bool colour;
	bool verbose;
	bool stop;
	bool drawn;
	char *text;   /* what the live line says, without the time */
	gint64 since; /* when it began, monotonic microseconds */
	char *step;   /* "step 4"; NULL between steps */
	guint left;   /* steps after it */
	gint64 ms;    /* from its beginning to the end of the run, or FORECAST_UNKNOWN */
	Forecast *forecast;
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

/* "step 4 (about 3 left, 5 min)"; g_free() */
static char *step_text(const Live *live, gint64 elapsed_ms)
{
	g_autofree char *time =
		live->ms == FORECAST_UNKNOWN ? NULL : forecast_text(MAX(live->ms - elapsed_ms, 0));

	if (live->left)
		return g_strdup_printf("%s (about %u left%s%s)", live->step, live->left,
				       time ? ", " : "", time ? time : "");
	if (time)
		return g_strdup_printf("%s (about %s left)", live->step, time);
	return g_strdup(live->step);
}

/* With the lock held. */
static void draw(Live *live)
{
	gint64 elapsed_ms = (g_get_monotonic_time() - live->since) / 1000;
	g_autofree char *took = NULL;
	g_autofree char *step = NULL;
	g_autofree char *line = NULL;
	g_autofree char *clean = NULL;
	g_autofree char *fitting = NULL;
	g_autofree char *shown = NULL;

	if (!live->terminal || !live->text)
		return;
	took = report_duration(elapsed_ms / 1000 * 1000);
	step = live->step ? step_text(live, elapsed_ms) : g_strdup("");
	line = g_strdup_printf("%s  %s%s%s%s%s", took, live->phase ? live->phase : "",
			       live->phase ? "  " : "", step, live->step ? "  " : "", live->text);
	clean = text_clean(line, 0);
	/* a character in the last column would wrap on some terminals */
	fitting = text_fit(clean, columns() - 1);
	shown = text_local(fitting);
	fprintf(stderr, "\r\033[K%s", shown);
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
	live->terminal =
		isatty(STDERR_FILENO) && g_getenv("TERM") && !g_str_equal(g_getenv("TERM"), "dumb");
	live->colour = live->terminal && (!g_getenv("NO_COLOR") || !*g_getenv("NO_COLOR"));
	live->verbose = verbose;
	live->ms = FORECAST_UNKNOWN;
	live->forecast = forecast_new();
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
	g_free(live->step);
	g_free(live->phase);
	g_free(live->last_notice);
	forecast_free(live->forecast);
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
	cmd_print(stderr, clean);
	fputc('\n', stderr);
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
	g_clear_pointer(&live->step, g_free);
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
	g_autofree char *with = patches_text(step);
	g_autofree char *text = g_strdup_printf("%.12s%s  %s", step->revision, with, step->subject);

	g_mutex_lock(&live->lock);
	record_begin(live, step, left);
	set_text(live, g_steal_pointer(&text));
	live->step = g_strdup_printf("step %u", step->number);
	live->left = left;
	live->ms = forecast_left(live->forecast, step, left);
	if (live->terminal) {
		draw(live);
	} else {
		g_autofree char *what = step_text(live, 0);
		g_autofree char *line = g_strdup_printf("%s  %s", what, live->text);

		put_line(live, line);
	}
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

/* With the lock held: the line of a step's end, its verdict in colour. */
static void put_verdict(Live *live, const StepRecord *step, const char *before, const char *after)
{
	static const char *const colours[] = {
		[VERDICT_GOOD] = "32", [VERDICT_BAD] = "31", [VERDICT_SKIP] = "33"
	};
	guint verdict = step->result.verdict;
	const char *code = verdict < G_N_ELEMENTS(colours) ? colours[verdict] : NULL;
	const bool colour = live->colour && code;
	g_autofree char *clean_before = text_clean(before, 0);
	g_autofree char *clean_word = text_clean(step->word, 0);
	g_autofree char *clean_after = text_clean(after, 0);
	g_autofree char *line = g_strdup_printf(
		"%s%s%s%s%s%s%s\n", clean_before, colour ? "\033[" : "", colour ? code : "",
		colour ? "m" : "", clean_word, colour ? "\033[m" : "", clean_after);

	erase(live);
	cmd_print(stderr, line);
	draw(live);
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
	g_autofree char *before =
		g_strdup_printf("step %u: %.12s%s is ", step->number, step->revision, with);
	g_autofree char *after =
		g_strdup_printf("%s, %s%s%s", why, took, step->clean ? ", clean build" : "",
				result->cached ? ", from the kernel cache" : "");

	g_mutex_lock(&live->lock);
	forecast_add(live->forecast, step);
	g_clear_pointer(&live->text, g_free);
	g_clear_pointer(&live->step, g_free);
	g_clear_pointer(&live->phase, g_free);
	put_verdict(live, step, before, after);
	if (result->note) {
		g_autofree char *note = g_strdup_printf("  %s", result->note);

		put_line(live, note);
	}
	g_mutex_unlock(&live->lock);
}

void live_took(Live *live, const StepRecord *step)
{
	g_mutex_lock(&live->lock);
	forecast_add(live->forecast, step);
	g_mutex_unlock(&live->lock);
}

void live_pause(Live *live)
{
	g_mutex_lock(&live->lock);
	erase(live);
	g_clear_pointer(&live->text, g_free);
	g_clear_pointer(&live->step, g_free);
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
