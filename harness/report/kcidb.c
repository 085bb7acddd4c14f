/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as KCIDB's I/O data, version 5.3 (kcidb_io/schema/v05_03.py of kernelci/kcidb-io): no
 * property is ever null, ids begin with the origin. */
#include "report/formats.h"

#include "util/error.h"
#include "util/json.h"
#include "util/stamp.h"
#include "util/text.h"

#include <string.h>

#define MAJOR 5
#define MINOR 3
#define EXCERPT_MAX 16384 /* characters of log_excerpt */
#define READ_MAX ((gsize)1 << 20)
#define ARCHITECTURE "x86_64"
#define ID_DIGITS 12

typedef struct {
	const Past *past;
	const char *origin;
	char *run;             /* what all ids of this run have in common */
	GHashTable *checkouts; /* ids that are there */
	Json *data, *checkout_list, *builds, *tests, *issues, *incidents;
} Kcidb;

/* ORIGIN:RUN-WORDS; g_free() */
static char *make_id(const Kcidb *kcidb, const char *format, ...) G_GNUC_PRINTF(2, 3);
static char *make_id(const Kcidb *kcidb, const char *format, ...)
{
	g_autofree char *words = NULL;
	va_list args;

	va_start(args, format);
	words = g_strdup_vprintf(format, args);
	va_end(args);
	return g_strdup_printf("%s:%s-%s", kcidb->origin, kcidb->run, words);
}

/* What is not known is left out. */
static void add_known(Json *json, const char *field, const char *value)
{
	g_autofree char *clean = text_clean(value, 0);

	if (value && *clean)
		json_add_string(json, field, clean);
}

static Json *new_object(const Kcidb *kcidb, Json *list, const char *id)
{
	Json *json = json_append(list, json_new_object());

	json_add_string(json, "id", id);
	json_add_string(json, "origin", kcidb->origin);
	return json;
}

/* A path's parts have letters, digits, "_" and "-". */
static char *path_of(const char *name)
{
	g_autofree char *part =
		g_strcanon(g_strdup(name), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-", '-');

	return g_strconcat("bisectbox.", *part ? part : "case", NULL);
}

/* The end of a log. */
static void add_excerpt(const Kcidb *kcidb, Json *json, const char *place, const char *name)
{
	gsize len = 0;
	g_autofree char *data = past_file(kcidb->past, place, name, READ_MAX, &len, NULL);
	GString *plain = data ? stamp_strip(data, len) : NULL;
	g_autofree char *valid = plain ? g_utf8_make_valid(plain->str, (gssize)plain->len) : NULL;
	glong n = valid ? g_utf8_strlen(valid, -1) : 0;

	if (plain)
		g_string_free(plain, TRUE);
	if (n)
		json_add_string(json, "log_excerpt",
				g_utf8_offset_to_pointer(valid, MAX(n - EXCERPT_MAX, 0)));
}

/* Several steps may be about one revision: it is one checkout. @id: is added once */
static void add_checkout(Kcidb *kcidb, const char *id, const char *revision, const char *subject)
{
	Json *json;

	if (!g_hash_table_add(kcidb->checkouts, g_strdup(id)))
		return;
	json = new_object(kcidb, kcidb->checkout_list, id);
	if (revision && strlen(revision) == 40)
		json_add_string(json, "git_commit_hash", revision);
	add_known(json, "comment", subject);
	add_known(json, "start_time", kcidb->past->date);
	json_add_bool(json, "valid", true);
}

static const char *build_status(const StepResult *result)
{
	if (result->outcome == OUTCOME_NO_BUILD)
		return "FAIL";
	return result->outcome == OUTCOME_NO_CONFIG || result->outcome == OUTCOME_UNFIT ? "SKIP"
											: "PASS";
}

static void add_build(Kcidb *kcidb, const char *id, const char *checkout, const char *folder,
		      const StepResult *result)
{
	Json *json = new_object(kcidb, kcidb->builds, id);
	Json *misc;

	json_add_string(json, "checkout_id", checkout);
	/* What a command of --exec builds, if anything, is not known. */
	if (!kcidb->past->exec) {
		json_add_string(json, "architecture", ARCHITECTURE);
		json_add_string(json, "status", build_status(result));
		json_add_double(json, "duration", (double)result->build_ms / 1000);
	}
	add_known(json, "compiler", result->compiler);
	if (result->outcome == OUTCOME_NO_BUILD)
		add_excerpt(kcidb, json, folder, "build.log");
	misc = json_add(json, "misc", json_new_object());
	json_add_bool(misc, "from_cache", result->cached);
	add_known(misc, "sha256", result->kernel);
	if (result->fixups && result->fixups[0])
		json_add_strings(misc, "fixups", (const char *const *)result->fixups);
}

static const char *test_status(const StepResult *result)
{
	if (result->verdict == VERDICT_GOOD)
		return "PASS";
	if (result->verdict == VERDICT_BAD)
		return "FAIL";
	if (result->verdict == VERDICT_NONE)
		return "MISS";
	return result->outcome == OUTCOME_SKIPPED || result->outcome == OUTCOME_UNFIT ||
			       result->outcome == OUTCOME_NO_BUILD ||
			       result->outcome == OUTCOME_NO_CONFIG
		       ? "SKIP"
		       : "ERROR";
}

static Json *add_test(Kcidb *kcidb, const char *id, const char *build, const char *name,
		      const char *folder, const StepResult *result)
{
	Json *json = new_object(kcidb, kcidb->tests, id);
	g_autofree char *path = path_of(name);
	g_autofree char *boot = NULL;
	g_autofree char *place = NULL;
	Json *misc;

	json_add_string(json, "build_id", build);
	json_add_string(json, "path", path);
	json_add_string(json, "status", test_status(result));
	add_known(json, "comment", result->reason);
	if (!kcidb->past->exec)
		json_add_double(json, "duration", (double)result->boot_ms / 1000);
	if (kcidb->past->machine)
		add_known(json_add(json, "environment", json_new_object()), "comment",
			  kcidb->past->machine);
	past_places(kcidb->past, folder, result, &boot, &place);
	if (result->verdict != VERDICT_GOOD)
		add_excerpt(kcidb, json, boot, kcidb->past->exec ? "stdout" : "console.log");
	misc = json_add(json, "misc", json_new_object());
	json_add_string(misc, "outcome", outcome_name(result->outcome));
	json_add_string(misc, "folder", folder);
	return misc;
}

/* ---- a run ---- */

static void add_incident(Kcidb *kcidb, const StepRecord *step, const char *issue, const char *test)
{
	const RunResult *result = kcidb->past->result;
	Verdict state = terms_state(&result->terms, step->result.verdict);
	g_autofree char *id = make_id(kcidb, "incident-%u", step->number);
	Json *json;

	if (!result->culprit.id || state == VERDICT_SKIP)
		return;
	json = new_object(kcidb, kcidb->incidents, id);
	json_add_string(json, "issue_id", issue);
	json_add_int(json, "issue_version", 1);
	json_add_string(json, "test_id", test);
	json_add_bool(json, "present", state == VERDICT_BAD);
}

/* Made in memory: nobody else has that commit. */
static bool is_own(const StepRecord *step)
{
	return g_str_equal(step->why, "revert") || g_str_equal(step->why, "pair");
}

static void add_step(Kcidb *kcidb, const StepRecord *step, const char *issue)
{
	const Past *past = kcidb->past;
	bool is_patched = step->patches && step->patches[0];
	g_autofree char *patches = is_patched ? g_strjoinv("+", step->patches) : NULL;
	g_autofree char *checkout = is_patched ? make_id(kcidb, "%s+%s", step->revision, patches)
					       : make_id(kcidb, "%s", step->revision);
	g_autofree char *build = make_id(kcidb, "build-%u", step->number);
	g_autofree char *test = make_id(kcidb, "test-%u", step->number);
	Json *misc;

	add_checkout(kcidb, checkout, is_own(step) ? NULL : step->revision, step->subject);
	add_build(kcidb, build, checkout, step->folder, &step->result);
	misc = add_test(kcidb, test, build, past->exec || !past->cases[0] ? "exec" : past->cases[0],
			step->folder, &step->result);
	json_add_string(misc, "why", step->why);
	add_incident(kcidb, step, issue, test);
}

/* A fix that was looked for is no issue of the code's. */
static void add_issue(Kcidb *kcidb, const char *id)
{
	const RunResult *result = kcidb->past->result;
	g_autofree char *comment = NULL;
	Json *json, *culprit, *misc;

	if (!result->culprit.id)
		return;
	comment = g_strdup_printf("first %s commit: %s %s", result->terms.new_name,
				  result->culprit.id, result->culprit.subject);
	json = new_object(kcidb, kcidb->issues, id);
	json_add_int(json, "version", 1);
	add_known(json, "comment", comment);
	culprit = json_add(json, "culprit", json_new_object());
	json_add_bool(culprit, "code", !result->terms.find_fix);
	json_add_bool(culprit, "tool", false);
	json_add_bool(culprit, "harness", false);
	misc = json_add(json, "misc", json_new_object());
	json_add_string(misc, "commit", result->culprit.id);
	add_known(misc, "author", result->culprit.author);
}

static void add_run(Kcidb *kcidb)
{
	const RunResult *result = kcidb->past->result;
	g_autofree char *issue = make_id(kcidb, "issue");

	for (guint i = 0; i < result->steps->len; i++)
		add_step(kcidb, result->steps->pdata[i], issue);
	add_issue(kcidb, issue);
}

/* ---- a table ---- */

static void add_row(Kcidb *kcidb, const MatrixRow *row)
{
	const Matrix *matrix = kcidb->past->matrix;
	g_autofree char *checkout = row->revision ? make_id(kcidb, "%s", row->revision)
						  : make_id(kcidb, "kernel-%u", row->number);
	g_autofree char *build = make_id(kcidb, "build-%u", row->number);
	g_autofree char *about =
		g_strdup_printf("%s %s", row->name, row->subject ? row->subject : "");

	if (!row->n_cells)
		return;
	add_checkout(kcidb, checkout, row->revision, about);
	add_build(kcidb, build, checkout, row->folder, &row->cells[0].result);
	for (guint i = 0; i < row->n_cells; i++) {
		const MatrixCell *cell = &row->cells[i];
		g_autofree char *id = make_id(kcidb, "test-%u-%u", row->number, i + 1);
		g_autofree char *folder =
			g_build_filename(row->folder, cell->try_dir ? cell->try_dir : "", NULL);

		add_test(kcidb, id, build, matrix->cases[i], folder, &cell->result);
	}
}

/* ---- all of it ---- */

static bool check(const Past *past, const char *origin, GError **error)
{
	if (!*origin || origin[strspn(origin, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return error_usage(error,
				   "--origin %s: lower-case letters, digits and _ are expected",
				   origin);
	return past->kind != PAST_BY_HAND ||
	       error_usage(error, "%s: a bisection by hand has no tests to report", past->folder);
}

static Kcidb begin(const Past *past, const char *origin)
{
	Kcidb kcidb = { .past = past, .origin = origin };
	g_autofree char *all =
		g_strdup_printf("%s\n%s", past->folder, past->date ? past->date : "");
	Json *version;

	kcidb.run = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
	kcidb.run[ID_DIGITS] = '\0';
	kcidb.checkouts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	kcidb.data = json_new_object();
	version = json_add(kcidb.data, "version", json_new_object());
	json_add_int(version, "major", MAJOR);
	json_add_int(version, "minor", MINOR);
	kcidb.checkout_list = json_add(kcidb.data, "checkouts", json_new_array());
	kcidb.builds = json_add(kcidb.data, "builds", json_new_array());
	kcidb.tests = json_add(kcidb.data, "tests", json_new_array());
	kcidb.issues = json_add(kcidb.data, "issues", json_new_array());
	kcidb.incidents = json_add(kcidb.data, "incidents", json_new_array());
	return kcidb;
}

bool report_kcidb(const Past *past, const char *origin, char **ret_json, GError **error)
{
	g_autofree char *text = NULL;
	Kcidb kcidb;

	if (!check(past, origin, error))
		return false;
	kcidb = begin(past, origin);
	if (past->result)
		add_run(&kcidb);
	for (guint i = 0; past->matrix && i < past->matrix->rows->len; i++)
		add_row(&kcidb, past->matrix->rows->pdata[i]);
	text = json_text(kcidb.data, true);
	*ret_json = g_strconcat(text, "\n", NULL);
	json_free(kcidb.data);
	g_hash_table_unref(kcidb.checkouts);
	g_free(kcidb.run);
	return true;
}
