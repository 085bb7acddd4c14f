/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of one run. */
#include "loop/driver.h"

#include "loop/retry.h"
#include "util/error.h"

#include <string.h>

typedef struct {
	const DriverSpec *spec;
	GCancellable *cancel;
	RunResult *result;
} Driver;

static void note(const Driver *driver, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void note(const Driver *driver, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	if (!driver->spec->events.note)
		return;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	driver->spec->events.note(text, driver->spec->events.user);
}

/* A step's test, as retry_work() wants it. */
typedef struct {
	const Driver *driver;
	const InquiryStep *next;
	StepRecord *step;
	const char *folder;
} Test;

static bool test(void *user, GError **error)
{
	const Test *self = user;
	const Driver *driver = self->driver;

	return driver->spec->test(self->next, self->folder, driver->cancel, &self->step->result,
				  driver->spec->user, error);
}

static void clear_test(void *user)
{
	StepResult *result = &((const Test *)user)->step->result;

	step_result_clear(result);
	*result = (StepResult){ 0 };
}

static void describe_test(Json *line, void *user)
{
	const StepRecord *step = ((const Test *)user)->step;

	json_add_int(line, "step", step->number);
	json_add_string(line, "revision", step->revision);
}

/* Tests once, and once more where the host was in trouble. */
static bool try_test(const Driver *driver, const InquiryStep *next, StepRecord *step,
		     GError **error)
{
	const DriverSpec *spec = driver->spec;
	g_autofree char *folder = g_build_filename(run_folder(spec->run), step->folder, NULL);
	Test self = { driver, next, step, folder };
	const Retry retry = { spec->run,         test,  clear_test,       describe_test,
			      spec->events.note, &self, spec->events.user };

	if (retry_work(&retry, error))
		return true;
	g_prefix_error(error, "step %u, %.12s: ", step->number, step->revision);
	return false;
}

static bool write_bisect_log(const Driver *driver, GError **error)
{
	g_autofree char *text = inquiry_log(driver->spec->inquiry, driver->result);

	return run_write_text(driver->spec->run, "bisect.log", text, error);
}

/* After a resumed run's steps, of which a damaged journal may have lost some. */
static guint next_number(const GPtrArray *steps)
{
	return steps->len ? ((const StepRecord *)steps->pdata[steps->len - 1])->number + 1 : 1;
}

static char **patches_of(const InquiryStep *next)
{
	char **ids = next->patches ? g_new0(char *, next->patches->len + 1) : NULL;

	for (guint i = 0; ids && i < next->patches->len; i++)
		ids[i] = g_strdup(g_array_index(next->patches, RepoId, i).hex);
	return ids;
}

/* One step: test, record; the record is on the disk before anything is decided. */
static bool record_step(Driver *driver, const InquiryStep *next, const StepRecord **ret_step,
			GError **error)
{
	const DriverSpec *spec = driver->spec;
	g_autoptr(StepRecord) step = g_new0(StepRecord, 1);
	g_auto(RepoCommit) commit = { 0 };
	gint64 start = g_get_monotonic_time();

	if (driver->cancel && g_cancellable_is_cancelled(driver->cancel))
		return error_interrupted(error);
	if (!repo_commit(spec->repo, next->patches ? &next->of : &next->id, &commit, error))
		return false;
	step->number = next_number(driver->result->steps);
	step->revision = g_strdup(commit.id.hex);
	step->patches = patches_of(next);
	step->subject = g_strdup(commit.subject);
	step->why = next->why;
	step->clean = next->clean;
	step->folder = run_step_folder(spec->run, step->number, step->revision, error);
	if (!step->folder)
		return false;
	if (spec->events.begin)
		spec->events.begin(step, next->left, spec->events.user);
	if (!try_test(driver, next, step, error))
		return false;
	step->word = g_strdup(terms_word(&driver->result->terms, step->result.verdict));
	step->wall_ms = (g_get_monotonic_time() - start) / 1000;
	if (!run_journal_step(spec->run, step, error))
		return false;
	if (spec->events.end)
		spec->events.end(step, spec->events.user);
	*ret_step = step;
	g_ptr_array_add(driver->result->steps, g_steal_pointer(&step));
	return true;
}

void driver_answer(const DriverSpec *spec, const StepRecord *step, const RepoId *id)
{
	Verdict state = terms_state(&spec->result->terms, step->result.verdict);

	if (step->result.other_kernel)
		inquiry_answer_other(spec->inquiry, id, state);
	else
		inquiry_answer(spec->inquiry, id, state, step->clean);
	/* neither the cache nor a clean build says what an incremental one takes */
	if (!step->clean && !step->result.cached)
		inquiry_took(spec->inquiry, id, (double)step->wall_ms / 1000);
}

static bool do_step(Driver *driver, const InquiryStep *next, GError **error)
{
	const DriverSpec *spec = driver->spec;
	const StepRecord *step;

	if (!record_step(driver, next, &step, error))
		return false;
	driver_answer(spec, step, &next->id);
	return write_bisect_log(driver, error);
}

bool driver_aside(const DriverSpec *spec, const InquiryStep *next, GCancellable *cancel,
		  const StepRecord **ret_step, GError **error)
{
	Driver driver = { .spec = spec, .cancel = cancel, .result = spec->result };
	gint64 start = g_get_monotonic_time();
	bool ok = record_step(&driver, next, ret_step, error);

	spec->result->wall_ms += (g_get_monotonic_time() - start) / 1000;
	return ok;
}

static void tell_news(const Driver *driver)
{
	for (;;) {
		g_autofree char *line = inquiry_news(driver->spec->inquiry);

		if (!line)
			return;
		note(driver, "%s", line);
	}
}

/* Asks, tests and answers until there is nothing left to ask. */
static bool loop(Driver *driver, GError **error)
{
	for (;;) {
		InquiryStep next;
		bool done;
		bool ok = inquiry_next(driver->spec->inquiry, &next, &done, error);

		tell_news(driver);
		if (!ok || done)
			return ok;
		if (next.tag)
			note(driver, "looking for a %s revision: tag %s",
			     terms_word(&driver->result->terms,
					terms_state(&driver->result->terms, VERDICT_GOOD)),
			     next.tag);
		if (!do_step(driver, &next, error))
			return false;
	}
}

/* The step that the reason is about has the evidence, and more to say where it was untestable. */
static void add_evidence(RunResult *result)
{
	for (guint i = result->steps->len; i-- > 0 && result->reason_about;) {
		const StepRecord *step = result->steps->pdata[i];

		if (!g_str_equal(step->revision, result->reason_about))
			continue;
		g_free(result->evidence);
		result->evidence = g_strdup(step->folder);
		if (step->result.verdict == VERDICT_SKIP && step->result.reason) {
			char *longer =
				g_strdup_printf("%s: %s", result->reason, step->result.reason);

			g_free(result->reason);
			result->reason = longer;
		}
		return;
	}
}

bool driver_run(const DriverSpec *spec, GCancellable *cancel, GError **error)
{
	Driver driver = { .spec = spec, .cancel = cancel, .result = spec->result };
	gint64 start = g_get_monotonic_time();
	bool ok = loop(&driver, error) && inquiry_report(spec->inquiry, spec->result, error) &&
		  write_bisect_log(&driver, error);

	spec->result->wall_ms += (g_get_monotonic_time() - start) / 1000;
	if (ok) {
		add_evidence(spec->result);
	} else {
		/* What is certain by now stays so: a culprit whose masking was still looked for. */
		inquiry_report(spec->inquiry, spec->result, NULL);
		spec->result->status = RUN_FAILED;
		g_free(spec->result->reason);
		spec->result->reason = error && *error ? g_strdup((*error)->message) : NULL;
	}
	return ok;
}
