/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's folder, looked at later: the question and how far it is. */
#include "record/past.h"

#include "record/past_internal.h"
#include "record/run.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define RECORD_MAX ((gsize)256 << 20)

void past_free(Past *past)
{
	if (!past)
		return;
	g_free(past->folder);
	g_free(past->name);
	g_free(past->verb);
	g_free(past->version);
	g_free(past->date);
	g_strfreev(past->command);
	g_free(past->cwd);
	g_free(past->repository);
	g_free(past->exec);
	g_strfreev(past->cases);
	g_free(past->image);
	g_free(past->machine);
	g_free(past->accelerator);
	g_free(past->compiler);
	g_free(past->append);
	g_strfreev(past->goods);
	g_strfreev(past->bads);
	g_strfreev(past->skips);
	g_strfreev(past->paths);
	terms_clear(&past->terms);
	run_result_free(past->result);
	matrix_free(past->matrix);
	g_free(past->word);
	g_free(past->answer);
	g_free(past->damage);
	g_free(past);
}

bool past_json(const Past *past, const char *name, Json **ret_json, GError **error)
{
	g_autofree char *path = g_build_filename(past->folder, name, NULL);
	g_autofree char *text = NULL;

	if (!fs_read(path, RECORD_MAX, &text, NULL, error))
		return false;
	*ret_json = json_parse(text, path, BOX_ERROR_USAGE, error);
	return *ret_json || (g_prefix_error(error, "damaged: "), false);
}

static void read_workshop(JsonReader *reader, Past *past)
{
	JsonReader *shop = json_object_or_null(reader, "workshop");
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	JsonReader **cases;
	guint n = 0;

	if (shop) {
		cases = json_objects(shop, "cases", &n);
		for (guint i = 0; i < n; i++) {
			g_autofree char *name = json_string_or(cases[i], "name", "");

			g_strv_builder_add(names, name ? name : "");
		}
		past->image = json_string_or_null(shop, "image");
		past->machine = json_string_or_null(shop, "machine");
		past->accelerator = json_string_or_null(shop, "accelerator");
		past->compiler = json_string_or_null(shop, "compiler");
		past->append = json_string_or_null(shop, "append");
	}
	past->cases = g_strv_builder_end(names);
}

static void read_terms(JsonReader *reader, Past *past)
{
	JsonReader *terms = json_object_or_null(reader, "terms");
	bool fix = json_bool_or(reader, "find_fix", false);

	past->terms.old_name = terms ? json_string(terms, "old")
				     : json_string_or(reader, "term_old", fix ? "broken" : "good");
	past->terms.new_name = terms ? json_string(terms, "new")
				     : json_string_or(reader, "term_new", fix ? "fixed" : "bad");
	past->terms.find_fix = fix;
}

/* The first word is the program and its command: "bisectbox test". */
static char *verb_of(const Past *past)
{
	const char *blank =
		past->command && past->command[0] ? strrchr(past->command[0], ' ') : NULL;

	switch (past->kind) {
	case PAST_BY_HAND:
		return g_strdup("by-hand");
	case PAST_RUN:
		return g_strdup("run");
	case PAST_MATRIX:
		break;
	}
	return g_strdup(blank ? blank + 1 : "test");
}

static bool read_question(Past *past, const Json *json, const char *schema, GError **error)
{
	g_autofree char *name = g_build_filename(past->folder, "run.json", NULL);
	g_autoptr(JsonReader) reader = json_reader_new(json, name, BOX_ERROR_USAGE);

	json_reader_allow_unknown(reader);
	/* all but by hand share a schema: only a run has ends */
	past->kind = g_str_equal(schema, "bisectbox.session/1") ? PAST_BY_HAND
		     : json_has(reader, "asked")                ? PAST_RUN
								: PAST_MATRIX;
	past->version = json_string_or_null(reader, "version");
	past->date = json_string_or_null(reader, "date");
	past->command = json_strings(reader, "command");
	past->verb = verb_of(past);
	past->cwd = json_string_or_null(reader, "cwd");
	past->exact = json_bool_or(reader, "exact", false);
	past->repository = json_string_or_null(reader, "repository");
	past->exec = json_string_or_null(reader, "exec");
	past->goods = json_strings(reader, "good");
	past->bads = json_strings(reader, "bad");
	past->skips = json_strings(reader, "skip");
	past->first_parent = json_bool_or(reader, "first_parent", false);
	past->paths = json_strings(reader, "paths");
	read_terms(reader, past);
	read_workshop(reader, past);
	return json_reader_end(reader, error);
}

static char *schema_of(const Json *json)
{
	g_autoptr(JsonReader) reader = json_reader_new(json, "run.json", BOX_ERROR_USAGE);

	json_reader_allow_unknown(reader);
	return json_string_or_null(reader, "schema");
}

/* What makes a folder a run's: a run.json of ours. */
static bool open_folder(const char *folder, Past *past, GError **error)
{
	g_autoptr(GError) local = NULL;
	g_autoptr(Json) json = NULL;
	g_autofree char *schema = NULL;

	past->folder = g_canonicalize_filename(folder, NULL);
	past->name = g_path_get_basename(past->folder);
	if (!past_json(past, "run.json", &json, &local))
		return error_usage(error, "%s is no folder of a run: %s", folder, local->message);
	schema = schema_of(json);
	if (g_strcmp0(schema, "bisectbox.question/1") != 0 &&
	    g_strcmp0(schema, "bisectbox.session/1") != 0)
		return error_usage(error, "%s is no folder of a run: its run.json is %s", folder,
				   schema ? schema : "something else");
	return read_question(past, json, schema, error);
}

static bool look_at_state(Past *past, GError **error)
{
	g_autofree char *journal = g_build_filename(past->folder, "journal.jsonl", NULL);
	g_autofree char *result = g_build_filename(past->folder, "result.json", NULL);

	if (!g_file_test(journal, G_FILE_TEST_IS_REGULAR))
		return error_usage(error, "%s is no folder of a run, or damaged: there is no %s",
				   past->folder, "journal.jsonl");
	if (past->kind != PAST_BY_HAND && fs_locked(journal))
		past->state = PAST_GOING;
	else if (g_file_test(result, G_FILE_TEST_EXISTS))
		past->state = PAST_FINISHED;
	else
		past->state = PAST_INTERRUPTED;
	return true;
}

bool past_read_brief(const char *folder, Past **ret_past, GError **error)
{
	g_autoptr(Past) past = g_new0(Past, 1);

	if (!open_folder(folder, past, error) || !look_at_state(past, error) ||
	    !past_read_result(past, error))
		return false;
	*ret_past = g_steal_pointer(&past);
	return true;
}

/* What it took so far. */
static void add_up(RunResult *result)
{
	result->wall_ms = 0;
	for (guint i = 0; i < result->steps->len; i++)
		result->wall_ms += ((const StepRecord *)result->steps->pdata[i])->wall_ms;
}

bool past_read(const char *folder, Past **ret_past, GError **error)
{
	g_autoptr(Past) past = NULL;

	if (!past_read_brief(folder, &past, error))
		return false;
	if (past->kind == PAST_RUN) {
		g_autoptr(GPtrArray) steps = NULL;

		if (!run_read_steps(past->folder, &steps, &past->damage, error))
			return false;
		g_ptr_array_unref(past->result->steps);
		past->result->steps = g_steal_pointer(&steps);
		if (past->state != PAST_FINISHED)
			add_up(past->result);
	}
	*ret_past = g_steal_pointer(&past);
	return true;
}

static gint later_first(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)b, *(const char *const *)a);
}

GPtrArray *past_names(const char *results)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(results, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_ascii_isdigit(name[0]))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, later_first);
	return names;
}

const char *past_state_name(const Past *past)
{
	if (past->state == PAST_GOING)
		return "going";
	if (past->state == PAST_INTERRUPTED)
		return past->kind == PAST_BY_HAND ? "open" : "interrupted";
	if (past->result)
		return run_status_name(past->result->status);
	if (past->matrix->trouble)
		return "failed";
	if (past->word)
		return past->word;
	return matrix_verdict(past->matrix) == VERDICT_SKIP
		       ? "untestable"
		       : verdict_name(matrix_verdict(past->matrix));
}

char *past_question(const Past *past)
{
	if (past->kind == PAST_BY_HAND)
		return g_strdup("by hand");
	return past->exec ? g_strdup(past->exec) : g_strjoinv(" ", past->cases);
}

/* Words of plain characters need no quotes. */
static void add_word(GString *text, const char *word)
{
	static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_./=:,+@%^~";
	g_autofree char *quoted = NULL;

	if (text->len)
		g_string_append_c(text, ' ');
	if (*word && word[strspn(word, plain)] == '\0') {
		g_string_append(text, word);
		return;
	}
	quoted = g_shell_quote(word);
	g_string_append(text, quoted);
}

char *past_command(const Past *past)
{
	GString *text = g_string_new(past->command[0]);

	for (guint i = 1; past->command[0] && past->command[i]; i++)
		add_word(text, past->command[i]);
	return g_string_free(text, FALSE);
}

static char *test_answer(const Matrix *matrix)
{
	guint good = 0, bad = 0, skip = 0;

	if (matrix->trouble)
		return g_strdup(matrix->trouble);
	for (guint i = 0; i < matrix->rows->len; i++) {
		const MatrixRow *row = matrix->rows->pdata[i];

		for (guint j = 0; j < row->n_cells; j++) {
			good += row->cells[j].result.verdict == VERDICT_GOOD;
			bad += row->cells[j].result.verdict == VERDICT_BAD;
			skip += row->cells[j].result.verdict == VERDICT_SKIP;
		}
	}
	return g_strdup_printf("%u good, %u bad, %u untestable", good, bad, skip);
}

char *past_answer(const Past *past)
{
	if (past->state != PAST_FINISHED)
		return g_strdup("");
	if (past->answer)
		return g_strdup(past->answer);
	if (past->matrix)
		return test_answer(past->matrix);
	if (past->result->culprit.id)
		return g_strdup_printf("%.12s %s", past->result->culprit.id,
				       past->result->culprit.subject);
	return g_strdup(past->result->reason ? past->result->reason : "");
}

char *past_file(const Past *past, const char *step, const char *name, gsize max, gsize *ret_len,
		bool *ret_cut)
{
	g_autofree char *folder = g_build_filename(past->folder, step, NULL);
	char *data = NULL;

	return fs_read_beneath(folder, name, max, &data, ret_len, ret_cut, NULL) ? data : NULL;
}

void past_places(const Past *past, const char *folder, const StepResult *result, char **ret_boot,
		 char **ret_case)
{
	const char *of = result->same_as ? result->same_as : folder;
	const char *evidence = result->evidence && *result->evidence ? result->evidence : NULL;
	char *place = evidence ? g_build_filename(of, evidence, NULL) : g_strdup(of);
	g_autofree char *console = g_build_filename(past->folder, place, "console.log", NULL);

	/* A case without a command has no folder of its own. */
	*ret_boot = evidence && !g_file_test(console, G_FILE_TEST_EXISTS)
			    ? g_path_get_dirname(place)
			    : g_strdup(place);
	*ret_case = place;
}
