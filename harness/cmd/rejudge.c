/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox rejudge: a run's evidence under today's rules; nothing is built or booted. */
#include "cmd/cmd.h"
#include "cmd/pastrun.h"
#include "kernel/buildlog.h"
#include "record/run.h"
#include "step/evidence.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define RECORD_MAX ((gsize)256 << 20)

/* As given; strings point into argv. */
typedef struct {
	WhichRun which;
	bool json;
} Options;

enum { KEY_JSON = 256 };

static const struct argp_option table[] = {
	{ "json", KEY_JSON, NULL, 0, "print the verdicts of then and now as JSON", 1 },
	{ 0 },
};

/* One run, looked at again. */
typedef struct {
	const char *folder;
	Case *testcase; /* NULL for --exec */
	GPtrArray *steps;
	GPtrArray *again; /* StepResult, of each step; VERDICT_NONE where it cannot be said */
	guint changed;
	guint unknown;
} Look;

static void result_free(StepResult *result)
{
	step_result_clear(result);
	g_free(result);
}

static void look_clear(Look *look)
{
	case_free(look->testcase);
	g_clear_pointer(&look->steps, g_ptr_array_unref);
	g_clear_pointer(&look->again, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static error_t parse(int key, char *value, struct argp_state *state)
{
	Options *options = state->input;

	(void)value;
	switch (key) {
	case KEY_JSON:
		options->json = true;
		break;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->which;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The case as it is today; a run over kernels has one. */
static bool load_case(const char *folder, Case **ret_case, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "run.json", NULL);
	g_autofree char *text = NULL;
	g_autofree char *where = NULL;
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autoptr(GError) local = NULL;
	JsonReader *shop;
	guint n = 0;

	if (!fs_read(path, RECORD_MAX, &text, NULL, &local))
		return error_usage(error, "%s is no folder of a run: %s", folder, local->message);
	json = json_parse(text, path, BOX_ERROR_USAGE, error);
	if (!json)
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader);
	shop = json_object(reader, "workshop");
	if (shop) {
		JsonReader **cases = json_objects(shop, "cases", &n);

		where = n ? json_string(cases[0], "folder") : NULL;
	}
	if (!json_reader_end(reader, error))
		return false;
	return !where || case_load(where, ret_case, error);
}

/* A kernel that was not built, or not run: the table's say, and whether it was the host's doing. */
static void judge_unbooted(const Look *look, const StepRecord *step, StepResult *result)
{
	g_autofree char *path = g_build_filename(look->folder, step->folder, "build.log", NULL);
	g_autofree char *log = NULL;
	g_autofree char *trouble = NULL;
	bool failed = step->result.outcome == OUTCOME_NO_BUILD ||
		      step->result.outcome == OUTCOME_NO_CONFIG;

	if (failed && fs_read(path, RECORD_MAX, &log, NULL, NULL))
		trouble = buildlog_host_trouble(log);
	result->outcome = step->result.outcome;
	result->verdict = trouble ? VERDICT_NONE
				  : verdict_of(look->testcase ? look->testcase->judge : JUDGE_CASE,
					       step->result.outcome, false);
	result->reason = trouble ? g_strdup_printf("trouble on this host: %s", trouble)
				 : g_strdup(step->result.reason);
}

/* The folder of the boot that a case's verdict came from; "" where none ran. */
static char *boot_folder(const Look *look, const StepRecord *step)
{
	const char *evidence = step->result.evidence ? step->result.evidence : "";
	g_autofree char *boot =
		look->testcase->command[0] ? g_path_get_dirname(evidence) : g_strdup(evidence);
	const char *from = step->result.same_as ? step->result.same_as : step->folder;

	return g_build_filename(look->folder, from, g_str_equal(boot, ".") ? "" : boot, NULL);
}

static void judge_step(Look *look, const StepRecord *step)
{
	StepResult *result = g_new0(StepResult, 1);
	g_autoptr(GError) local = NULL;
	bool ran = look->testcase && (step->result.booted || step->result.same_as);

	if (!ran) {
		judge_unbooted(look, step, result);
	} else {
		g_autofree char *folder = boot_folder(look, step);

		if (!evidence_judge_again(folder, look->testcase, result, &local))
			result->reason = g_strdup(local->message);
	}
	look->unknown += result->verdict == VERDICT_NONE;
	look->changed += result->verdict != VERDICT_NONE && result->verdict != step->result.verdict;
	g_ptr_array_add(look->again, result);
}

static bool look_at(const char *folder, Look *look, GError **error)
{
	g_autofree char *damage = NULL;

	look->folder = folder;
	look->again = g_ptr_array_new_with_free_func((GDestroyNotify)result_free);
	if (!load_case(folder, &look->testcase, error) ||
	    !run_read_steps(folder, &look->steps, &damage, error))
		return false;
	for (guint i = 0; i < look->steps->len; i++)
		judge_step(look, look->steps->pdata[i]);
	return true;
}

static const char *word_now(const StepResult *now)
{
	return now->verdict == VERDICT_NONE ? "unknown" : verdict_name(now->verdict);
}

static void print_json(const Look *look)
{
	g_autoptr(Json) json = json_new_object();
	Json *list = NULL;
	g_autofree char *text = NULL;

	json_add_string(json, "schema", "bisectbox.rejudge/1");
	json_add_int(json, "changed", look->changed);
	json_add_int(json, "unknown", look->unknown);
	list = json_add(json, "steps", json_new_array());
	for (guint i = 0; i < look->steps->len; i++) {
		const StepRecord *step = look->steps->pdata[i];
		const StepResult *now = look->again->pdata[i];
		Json *one = json_append(list, json_new_object());

		json_add_int(one, "step", step->number);
		json_add_string(one, "revision", step->revision);
		json_add_string(one, "then", verdict_name(step->result.verdict));
		json_add_string(one, "now",
				now->verdict == VERDICT_NONE ? NULL : verdict_name(now->verdict));
		json_add_string(one, "reason_then", step->result.reason);
		json_add_string(one, "reason_now", now->reason);
	}
	text = json_text(json, false);
	puts(text);
}

static void print_text(const Look *look)
{
	for (guint i = 0; i < look->steps->len; i++) {
		const StepRecord *step = look->steps->pdata[i];
		const StepResult *now = look->again->pdata[i];
		bool same = now->verdict == step->result.verdict;
		g_autofree char *why = text_clean(now->reason, 0);

		printf("step %u: %.12s  %s%s%s%s%s\n", step->number, step->revision,
		       verdict_name(step->result.verdict), same ? "" : " -> ",
		       same ? "" : word_now(now), same || !now->reason ? "" : ": ",
		       same ? "" : why);
	}
	printf("%u of %u verdicts would be another%s\n", look->changed, look->steps->len,
	       look->changed ? ": the run's answer may be, too" : "");
	if (look->unknown)
		printf("%u cannot be said again\n", look->unknown);
}

int cmd_rejudge(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &which_run_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[RUN]",
		.doc = "Judge the steps of a run again, from what they left: consoles, answers, "
		       "outputs, build logs; by today's rules and today's case. Builds and boots "
		       "nothing, changes nothing. RUN is a folder or the name that `list` shows, "
		       "without it the newest.\v"
		       "Exit status: 0 all verdicts are the same, 1 some would be others, 125 some "
		       "cannot be said again.",
	};
	Options options = { 0 };
	g_auto(Look) look = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = NULL;

	(void)cancel;
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &options, NULL);
	folder = pastrun_folder(&options.which, &error);
	if (!folder || !look_at(folder, &look, &error))
		return cmd_error(error);
	if (options.json)
		print_json(&look);
	else
		print_text(&look);
	return look.changed ? EXIT_BAD : look.unknown ? EXIT_UNTESTABLE : EXIT_GOOD;
}
