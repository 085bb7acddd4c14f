/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox show: a run again, or what one of its steps left. */
#include "cmd/cmd.h"
#include "cmd/pastrun.h"
#include "report/report.h"
#include "util/error.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX ((gsize)1 << 20)
#define LINES_SHOWN 40

/* As given; strings point into argv. */
typedef struct {
	WhichRun which;
	const char *step;
} Options;

static error_t parse(int key, char *value, struct argp_state *state)
{
	Options *options = state->input;

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = &options->which;
	else if (key != ARGP_KEY_ARG || !options->which.word)
		return ARGP_ERR_UNKNOWN;
	else if (!options->step)
		options->step = value;
	else
		argp_failure(state, EXIT_USAGE, 0, "\"%s\": unexpected word; see --help", value);
	return 0;
}

/* A number alone is a step of the newest run: runs' names go on after their date. */
static void sort_words(Options *options)
{
	if (options->which.word && !options->step && strlen(options->which.word) < 7 &&
	    options->which.word[strspn(options->which.word, "0123456789")] == '\0') {
		options->step = options->which.word;
		options->which.word = NULL;
	}
}

/* ---- one step ---- */

static void print_file(const Past *past, const char *folder, const char *name)
{
	bool is_cut = false;
	g_autofree char *text = past_file(past, folder, name, FILE_MAX, NULL, &is_cut);
	g_auto(GStrv) lines = NULL;
	guint n, first;

	if (!text || !*text)
		return;
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	n = g_strv_length(lines);
	first = n > LINES_SHOWN ? n - LINES_SHOWN : 0;
	printf("\n%s/%s/%s", past->folder, folder, name);
	if (first || is_cut)
		printf(": the last %u lines%s", n - first, is_cut ? " of its first MiB" : "");
	printf("\n");
	for (guint i = first; i < n; i++) {
		g_autofree char *line = text_clean(g_strchomp(lines[i]), 0);

		printf("    %s\n", line);
	}
}

static void print_field(const char *name, const char *value)
{
	g_autofree char *clean = text_clean(value, 0);

	if (value)
		printf("  %-9s%s\n", name, clean);
}

static void print_result(const StepResult *result)
{
	g_autofree char *fixups = result->fixups ? g_strjoinv(", ", result->fixups) : NULL;
	g_autofree char *build = report_duration(result->build_ms);
	g_autofree char *boot = report_duration(result->boot_ms);

	print_field("outcome", outcome_name(result->outcome));
	print_field("reason", result->reason);
	print_field("note", result->note);
	print_field("compiler", result->compiler);
	print_field("fixups", fixups && *fixups ? fixups : NULL);
	print_field("kernel", result->kernel);
	print_field("same as", result->same_as);
	printf("  %-9s%s build%s, %s guest\n", "time", build,
	       result->cached ? " (from the kernel cache)" : "", boot);
}

/* What a step left, or the one whose verdict it took over. */
static void print_evidence(const Past *past, const char *folder, const StepResult *result)
{
	g_autofree char *boot = NULL;
	g_autofree char *place = NULL;

	past_places(past, folder, result, &boot, &place);
	if (result->verdict == VERDICT_SKIP && !result->booted)
		print_file(past, folder, "build.log");
	print_file(past, boot, "console.log");
	print_file(past, place, "stdout");
	print_file(past, place, "stderr");
}

static void print_step(const Past *past, const StepRecord *step)
{
	g_autofree char *subject = text_clean(step->subject, 0);
	g_autofree char *patches = step->patches ? g_strjoinv(" ", step->patches) : NULL;

	printf("step %u of %s\n\n  %-9s%s\n  %-9s%s\n", step->number, past->name, "commit",
	       step->revision, "subject", subject);
	print_field("verdict", step->word);
	print_field("why", step->why);
	print_field("with", patches && *patches ? patches : NULL);
	print_field("build", step->clean ? "from an empty folder" : NULL);
	print_result(&step->result);
	print_evidence(past, step->folder, &step->result);
}

static void print_row(const Past *past, const MatrixRow *row)
{
	g_autofree char *name = text_clean(row->name, 0);

	printf("kernel %u of %s: %s\n", row->number, past->name, name);
	for (guint i = 0; i < row->n_cells; i++) {
		const MatrixCell *cell = &row->cells[i];
		g_autofree char *folder =
			g_build_filename(row->folder, cell->try_dir ? cell->try_dir : "", NULL);

		printf("\n  %-9s%s\n", "case", past->matrix->cases[i]);
		print_field("verdict", verdict_name(cell->result.verdict));
		print_result(&cell->result);
		print_evidence(past, folder, &cell->result);
	}
}

/* A step by its number, or the last one about a revision. */
static const StepRecord *find_step(const Past *past, const char *word)
{
	guint64 number = 0;
	bool is_number = strlen(word) < 7 &&
			 g_ascii_string_to_unsigned(word, 10, 1, G_MAXUINT, &number, NULL);

	for (guint i = past->result->steps->len; i-- > 0;) {
		const StepRecord *step = past->result->steps->pdata[i];

		if (is_number ? step->number == number : g_str_has_prefix(step->revision, word))
			return step;
	}
	return NULL;
}

static bool show_step(const Past *past, const char *word, GError **error)
{
	guint64 number = 0;
	guint n = past->matrix ? past->matrix->rows->len : past->result->steps->len;

	if (past->matrix) {
		if (g_ascii_string_to_unsigned(word, 10, 1, n, &number, NULL)) {
			print_row(past, past->matrix->rows->pdata[number - 1]);
			return true;
		}
	} else if (strlen(word) > 0) {
		const StepRecord *step = find_step(past, word);

		if (step) {
			print_step(past, step);
			return true;
		}
	}
	return error_usage(error, "%s has no step \"%s\": it has %u", past->folder, word, n);
}

/* ---- the whole ---- */

static void show_whole(const Past *past)
{
	g_autofree char *command = past_command(past);
	g_autofree char *clean = text_clean(command, 0);
	g_autofree char *text = pastrun_text(past);

	printf("%s: %s\n%s\n\n%s", past->name, past_state_name(past), clean, text);
	if (past->damage)
		printf("  journal.jsonl: %s: damaged, and left out\n", past->damage);
}

int cmd_show(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &which_run_argp }, { 0 } };
	static const struct argp argp = {
		.parser = parse,
		.children = children,
		.args_doc = "[RUN] [STEP]",
		.doc = "Show a run as it was reported, also one that is going on or was "
		       "interrupted; or one step of it, with the ends of its console and outputs. "
		       "RUN is a folder or the name that `list` shows, without it the newest; STEP "
		       "a number, or a revision's id.",
	};
	Options options = { 0 };
	g_autoptr(Past) past = NULL;
	g_autoptr(GError) error = NULL;

	(void)cancel;
	cmd_parse(&argp, PARSE_USUAL, argc, argv, &options, NULL);
	sort_words(&options);
	if (!pastrun_read(&options.which, &past, &error))
		return cmd_error(error);
	if (!options.step)
		show_whole(past);
	else if (!show_step(past, options.step, &error))
		return cmd_error(error);
	return EXIT_GOOD;
}
