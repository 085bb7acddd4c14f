/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox status: what a run that another process works on is doing. */
#include "cmd/cmd.h"
#include "cmd/pastrun.h"
#include "record/progress.h"
#include "record/run.h"
#include "report/report.h"
#include "util/error.h"
#include "util/text.h"

#include <stdio.h>

/* Of thousands of runs, those that are going on are hardly further back. */
#define LOOK_BACK 200

/* As given; strings point into argv. */
typedef struct {
	WhichRun which;
	bool json;
} Options;

enum { KEY_JSON = 256 };

static const struct argp_option table[] = {
	{ "json", KEY_JSON, NULL, 0, "one JSON object a run and line", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	Options *options = state->input;

	(void)value;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->which;
		break;
	case KEY_JSON:
		options->json = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static char *for_how_long(gint64 since_s)
{
	return report_duration(MAX(g_get_real_time() / 1000 - since_s * 1000, 0));
}

/* How many steps are done, and how long they took; of a test, nothing. */
static guint done_steps(const Past *past, gint64 *ret_ms)
{
	g_autoptr(GPtrArray) steps = NULL;
	g_autofree char *damage = NULL;

	*ret_ms = 0;
	if (past->kind != PAST_RUN || !run_read_steps(past->folder, &steps, &damage, NULL))
		return 0;
	for (guint i = 0; i < steps->len; i++)
		*ret_ms += ((const StepRecord *)steps->pdata[i])->wall_ms;
	return steps->len;
}

static void print_now(const Progress *now)
{
	g_autofree char *subject = text_clean(now->subject, 50);
	g_autofree char *revision = text_clean(now->revision, 0);
	g_autofree char *step = for_how_long(now->began_s);
	g_autofree char *phase = for_how_long(now->phase_s);
	g_autofree char *clean = text_clean(now->phase, 0);

	printf("  step %u: %.12s %s\n  ", now->step, revision, subject);
	if (now->phase)
		printf("%s, for %s; ", clean, phase);
	printf("this step for %s", step);
	if (now->left)
		printf("; about %u more after it", now->left);
	printf(" (process %" G_GINT64_FORMAT ")\n", now->pid);
}

static void print_text(const Past *past)
{
	g_autofree char *question = past_question(past);
	g_autofree char *asked = text_clean(question, 0);
	g_autofree char *answer = past_answer(past);
	g_autofree char *told = text_clean(answer, 0);
	g_auto(Progress) now = { 0 };
	gint64 took;
	guint n = done_steps(past, &took);
	g_autofree char *time = report_duration(took);

	printf("%s: %s, %s\n", past->name, past_state_name(past), asked);
	if (past->state == PAST_GOING && progress_read(past->folder, &now))
		print_now(&now);
	else if (past->state == PAST_GOING)
		printf("  between two steps, or about to end\n");
	if (past->kind == PAST_RUN)
		printf("  %u step%s done in %s\n", n, text_s(n), time);
	if (*told)
		printf("  %s\n", told);
	if (past->state == PAST_INTERRUPTED && past->kind == PAST_RUN)
		printf("  `bisectbox resume %s` goes on with it\n", past->folder);
}

static void print_json(const Past *past)
{
	g_autoptr(Json) json = json_new_object();
	g_auto(Progress) now = { 0 };
	bool is_known = past->state == PAST_GOING && progress_read(past->folder, &now);
	gint64 took;
	guint n = done_steps(past, &took);
	g_autofree char *text = NULL;

	json_add_string(json, "schema", "bisectbox.status/1");
	json_add_string(json, "name", past->name);
	json_add_string(json, "folder", past->folder);
	json_add_string(json, "state", past_state_name(past));
	json_add_int(json, "steps_done", n);
	json_add_double(json, "steps_s", (double)took / 1000);
	json_add_string(json, "revision", is_known ? now.revision : NULL);
	json_add_string(json, "phase", is_known ? now.phase : NULL);
	if (is_known) {
		json_add_int(json, "pid", now.pid);
		json_add_int(json, "step", now.step);
		json_add_int(json, "left", now.left);
		json_add_string(json, "subject", now.subject);
		json_add_string(json, "why", now.why);
		json_add_int(json, "began_s", now.began_s);
		json_add_int(json, "phase_s", now.phase_s);
	}
	text = json_text(json, false);
	puts(text);
}

static bool print_one(const char *folder, const Options *options, bool only_going, guint *n,
		      GError **error)
{
	g_autoptr(Past) past = NULL;

	if (!past_read_brief(folder, &past, error))
		return false;
	if (only_going && past->state != PAST_GOING)
		return true;
	++*n;
	if (options->json)
		print_json(past);
	else
		print_text(past);
	return true;
}

static void print_going(const Options *options)
{
	g_autofree char *results = pastrun_results(&options->which);
	g_autoptr(GPtrArray) names = past_names(results);
	guint n = 0;

	for (guint i = 0; i < MIN(names->len, LOOK_BACK); i++) {
		g_autofree char *folder = g_build_filename(results, names->pdata[i], NULL);

		print_one(folder, options, true, &n, NULL);
	}
	if (!n)
		fprintf(stderr, "no run is going on in %s\n", results);
}

int cmd_status(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &which_run_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[RUN]",
		.doc = "Say what the runs that are going on are doing: step, revision, phase, for "
		       "how long, how many steps are left. With RUN, a folder or the name that "
		       "`list` shows: how far that one is.",
	};
	Options options = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = NULL;
	guint n = 0;

	(void)cancel;
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &options, NULL);
	if (!options.which.word) {
		print_going(&options);
		return EXIT_GOOD;
	}
	folder = pastrun_folder(&options.which, &error);
	if (!folder || !print_one(folder, &options, false, &n, &error))
		return cmd_error(error);
	return EXIT_GOOD;
}
