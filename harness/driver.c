/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of one run. */
#include "driver.h"

#include "util/error.h"

#include <string.h>

#define TRIES 2 /* of a step that meets host trouble */

typedef struct {
	const DriverSpec *spec;
	GCancellable *cancel;
	RunResult *result;
	RepoId bad;
	GArray *goods; /* RepoId */
	guint left;
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

static bool journal_trouble(const Driver *driver, const StepRecord *step, const char *message,
			    GError **error)
{
	g_autoptr(Json) line = json_new_object();

	json_add_int(line, "step", step->number);
	json_add_string(line, "revision", step->revision);
	json_add_string(line, "trouble", message);
	return run_journal(driver->spec->run, line, error);
}

/* Tests once, and once more where the host was in trouble. */
static bool try_test(const Driver *driver, const RepoId *revision, StepRecord *step, GError **error)
{
	const DriverSpec *spec = driver->spec;
	g_autofree char *folder = g_build_filename(run_folder(spec->run), step->folder, NULL);

	for (guint tries = 1;; tries++) {
		g_autoptr(GError) local = NULL;

		if (spec->test(revision, step->clean, folder, driver->cancel, &step->result,
			       spec->user, &local))
			return true;
		step_result_clear(&step->result);
		step->result = (StepResult){ 0 };
		if (error_exit_code(local) != EXIT_INTERRUPTED &&
		    !journal_trouble(driver, step, local->message, error))
			return false;
		if (error_exit_code(local) != EXIT_HOST || tries == TRIES) {
			g_propagate_prefixed_error(error, g_steal_pointer(&local),
						   "step %u, %.12s: ", step->number,
						   step->revision);
			return false;
		}
		note(driver, "trouble on this host, trying again: %s", local->message);
	}
}

static bool write_bisect_log(const Driver *driver, GError **error)
{
	g_autoptr(GPtrArray) goods = g_ptr_array_new();

	for (guint i = 0; i < driver->goods->len; i++)
		g_ptr_array_add(goods, g_array_index(driver->goods, RepoId, i).hex);
	g_ptr_array_add(goods, NULL);
	return run_write_bisect_log(driver->spec->run, driver->bad.hex,
				    (const char *const *)goods->pdata, driver->result, error);
}

/* One step: test, record; the record is on the disk before anything is decided. */
static bool do_step(Driver *driver, const RepoId *revision, const char *why, bool clean,
		    const StepRecord **ret_step, GError **error)
{
	const DriverSpec *spec = driver->spec;
	g_autoptr(StepRecord) step = g_new0(StepRecord, 1);
	g_auto(RepoCommit) commit = { 0 };
	gint64 start = g_get_monotonic_time();

	if (driver->cancel && g_cancellable_is_cancelled(driver->cancel))
		return error_interrupted(error);
	if (!repo_commit(spec->repo, revision, &commit, error))
		return false;
	step->number = driver->result->steps->len + 1;
	step->revision = g_strdup(revision->hex);
	step->subject = g_strdup(commit.subject);
	step->why = why;
	step->clean = clean;
	step->folder = run_step_folder(spec->run, step->number, revision->hex, error);
	if (!step->folder)
		return false;
	if (spec->events.begin)
		spec->events.begin(step, driver->left, spec->events.user);
	if (!try_test(driver, revision, step, error))
		return false;
	step->wall_ms = (g_get_monotonic_time() - start) / 1000;
	if (!run_journal_step(spec->run, step, error))
		return false;
	if (spec->events.end)
		spec->events.end(step, spec->events.user);
	*ret_step = step;
	g_ptr_array_add(driver->result->steps, g_steal_pointer(&step));
	return write_bisect_log(driver, error);
}

static void inconclusive(Driver *driver, const StepRecord *step, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
static void inconclusive(Driver *driver, const StepRecord *step, const char *format, ...)
{
	va_list args;

	driver->result->status = RUN_INCONCLUSIVE;
	g_free(driver->result->reason);
	va_start(args, format);
	driver->result->reason = g_strdup_vprintf(format, args);
	va_end(args);
	g_free(driver->result->evidence);
	driver->result->evidence = step ? g_strdup(step->folder) : NULL;
}

/* Whether an end answered as it must; else the run is inconclusive. */
static bool end_holds(Driver *driver, const StepRecord *step, Verdict expected)
{
	const char *name = expected == VERDICT_BAD ? "bad" : "good";

	if (step->result.verdict == expected)
		return true;
	if (step->result.verdict == VERDICT_SKIP)
		inconclusive(driver, step, "the %s end %.12s cannot be tested: %s", name,
			     step->revision, step->result.reason);
	else if (expected == VERDICT_BAD)
		inconclusive(
			driver, step,
			"the bad end %.12s is good: nothing to find in this range; check --bad",
			step->revision);
	else
		inconclusive(driver, step,
			     "the good end %.12s is bad: the regression is older; give an older "
			     "--good",
			     step->revision);
	return false;
}

/*
 * Without --good: steps back through the tags behind bad, the distance doubling each time,
 * until the case passes. A tag that is bad becomes the new bad end.
 */
static bool find_good(Driver *driver, bool *ret_found, GError **error)
{
	g_autoptr(GArray) tags = NULL;
	const StepRecord *step = NULL;
	guint at = 0, stride = 1;

	*ret_found = false;
	if (!repo_tags_behind(driver->spec->repo, &driver->bad, &tags, error))
		return false;
	if (!tags->len)
		return error_usage(error,
				   "no --good is given and no tag leads to %.12s: give "
				   "--good REV",
				   driver->bad.hex);
	if (!driver->spec->trust_ends) {
		if (!do_step(driver, &driver->bad, "end", false, &step, error))
			return false;
		if (!end_holds(driver, step, VERDICT_BAD))
			return true;
	}
	while (at < tags->len) {
		const RepoTag *tag = &g_array_index(tags, RepoTag, at);

		note(driver, "looking for a good revision: tag %s", tag->name);
		if (!do_step(driver, &tag->id, "tag", false, &step, error))
			return false;
		if (step->result.verdict == VERDICT_GOOD) {
			g_array_append_val(driver->goods, tag->id);
			*ret_found = true;
			return true;
		}
		if (step->result.verdict == VERDICT_BAD)
			driver->bad = tag->id;
		at = at == tags->len - 1 ? tags->len : MIN(at + stride, tags->len - 1);
		stride *= 2;
	}
	inconclusive(driver, step, "no tag behind %.12s is good, back to %s: give --good REV",
		     driver->bad.hex, g_array_index(tags, RepoTag, tags->len - 1).name);
	return true;
}

static const char *why_name(SearchWhy why)
{
	static const char *const names[] = {
		[REASON_END] = "end",
		[REASON_NARROW] = "narrow",
		[REASON_PARENT] = "parent",
		[REASON_CONFIRM] = "confirm",
		[REASON_AGAIN] = "again",
	};

	return names[why];
}

/* What earlier steps (the way back through the tags) said about nodes of the range. */
static void replay_steps(Driver *driver, const RepoRange *range, Search *search)
{
	for (guint i = 0; i < driver->result->steps->len; i++) {
		const StepRecord *step = driver->result->steps->pdata[i];
		RepoId id = { 0 };
		Node node;

		g_strlcpy(id.hex, step->revision, sizeof(id.hex));
		node = repo_range_find(range, &id);
		if (node != NODE_NONE)
			search_answer(search, node, step->result.verdict, step->clean);
	}
}

static char *name_of(Driver *driver, const RepoRange *range, Node node)
{
	const RepoId *id = &g_array_index(range->ids, RepoId, node);
	g_auto(RepoCommit) commit = { 0 };

	if (!repo_commit(driver->spec->repo, id, &commit, NULL))
		return g_strdup(id->hex);
	return g_strdup_printf("%s %s", id->hex, commit.subject);
}

static bool found(Driver *driver, const RepoRange *range, Node node, GError **error)
{
	g_auto(RepoCommit) commit = { 0 };
	CommitRecord *culprit = &driver->result->culprit;

	if (!repo_commit(driver->spec->repo, &g_array_index(range->ids, RepoId, node), &commit,
			 error))
		return false;
	culprit->id = g_strdup(commit.id.hex);
	culprit->subject = g_steal_pointer(&commit.subject);
	culprit->author = g_steal_pointer(&commit.author);
	culprit->date = g_steal_pointer(&commit.date);
	culprit->files = g_steal_pointer(&commit.files);
	driver->result->status = RUN_FOUND;
	return true;
}

static void suspects(Driver *driver, const RepoRange *range, Search *search)
{
	g_autoptr(GArray) nodes = search_suspects(search);

	for (guint i = 0; i < nodes->len; i++)
		g_ptr_array_add(driver->result->suspects,
				name_of(driver, range, g_array_index(nodes, Node, i)));
	inconclusive(driver, NULL, "untestable revisions hide the culprit: it is one of these %u",
		     nodes->len);
}

static void note_masked(Driver *driver, const RepoRange *range, Search *search)
{
	Node bad, good;

	if (driver->result->finding || !search_masked(search, &bad, &good))
		return;
	driver->result->finding = g_strdup_printf(
		"%.12s is bad although it is an ancestor of %.12s, which is good: the regression "
		"was masked there",
		g_array_index(range->ids, RepoId, bad).hex,
		g_array_index(range->ids, RepoId, good).hex);
	note(driver, "%s", driver->result->finding);
}

/* Asks, tests and answers until there is nothing left to ask. */
static bool search_loop(Driver *driver, const RepoRange *range, Search *search, GError **error)
{
	for (;;) {
		Node node = NODE_NONE;
		SearchWhy why = REASON_NARROW;
		SearchAsk ask = search_next(search, &node, &why);
		const StepRecord *step;

		switch (ask) {
		case SEARCH_FOUND:
			return found(driver, range, node, error);
		case SEARCH_SUSPECTS:
			suspects(driver, range, search);
			return true;
		case SEARCH_CONTRADICTION:
			inconclusive(driver, NULL, "%s", search_reason(search));
			return true;
		case SEARCH_TEST:
		case SEARCH_CONFIRM:
			break;
		}
		driver->left = search_steps_left(search);
		if (!do_step(driver, &g_array_index(range->ids, RepoId, node), why_name(why),
			     ask == SEARCH_CONFIRM, &step, error))
			return false;
		if (why == REASON_END &&
		    !end_holds(driver, step, node == range->bad ? VERDICT_BAD : VERDICT_GOOD))
			return true;
		search_answer(search, node, step->result.verdict, ask == SEARCH_CONFIRM);
		note_masked(driver, range, search);
	}
}

static bool read_range(Driver *driver, RepoRange **ret_range, GError **error)
{
	if (!repo_range(driver->spec->repo, &driver->bad, (const RepoId *)driver->goods->data,
			driver->goods->len, ret_range, error))
		return false;
	driver->result->commits = (*ret_range)->commits;
	note(driver, "%u commits could be the culprit", driver->result->commits);
	return true;
}

static bool run(Driver *driver, GError **error)
{
	g_autoptr(RepoRange) range = NULL;
	g_autoptr(Search) search = NULL;

	if (!driver->goods->len) {
		bool ok;

		if (!find_good(driver, &ok, error))
			return false;
		if (!ok)
			return true;
	}
	if (!read_range(driver, &range, error))
		return false;
	search = search_new(range->graph, range->bad, (const Node *)range->goods->data,
			    range->goods->len, driver->spec->trust_ends, NULL);
	replay_steps(driver, range, search);
	return search_loop(driver, range, search, error) && write_bisect_log(driver, error);
}

bool driver_run(const DriverSpec *spec, GCancellable *cancel, RunResult **ret_result,
		GError **error)
{
	g_autoptr(RunResult) result = run_result_new();
	g_autoptr(GArray) goods = g_array_copy(spec->goods);
	Driver driver = {
		.spec = spec, .cancel = cancel, .result = result, .bad = spec->bad, .goods = goods
	};
	gint64 start = g_get_monotonic_time();
	bool ok = run(&driver, error);

	result->wall_ms = (g_get_monotonic_time() - start) / 1000;
	if (!ok) {
		result->status = RUN_FAILED;
		result->reason = error && *error ? g_strdup((*error)->message) : NULL;
	}
	*ret_result = g_steal_pointer(&result);
	return ok;
}
