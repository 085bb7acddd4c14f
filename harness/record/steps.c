/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's finished steps, from its journal. */
#include "record/journal.h"
#include "record/run.h"

#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define SECONDS_MAX 1e9

static gint64 read_ms(JsonReader *reader, const char *field)
{
	double seconds = json_double_or(reader, field, 0, SECONDS_MAX, 0);

	return (gint64)(seconds * 1000 + 0.5);
}

static void read_result(JsonReader *reader, StepResult *result)
{
	static const char *const verdicts[] = { "none", "good", "bad", "skip", NULL };
	g_autofree char *outcome = json_string(reader, "outcome");

	result->verdict = (Verdict)json_choice_or(reader, "verdict", verdicts, VERDICT_NONE);
	if (outcome && !outcome_parse(outcome, &result->outcome))
		json_reader_fail(reader, "outcome", "is none that is known: %s", outcome);
	if (result->verdict == VERDICT_NONE)
		json_reader_fail(reader, "verdict", "is missing");
	result->reason = json_string_or_null(reader, "reason");
	result->kernel = json_string_or_null(reader, "kernel");
	result->key = json_string_or_null(reader, "key");
	result->same_as = json_string_or_null(reader, "same_as");
	result->evidence = json_string_or_null(reader, "evidence");
	result->note = json_string_or_null(reader, "note");
	result->compiler = json_string_or_null(reader, "compiler");
	if (!json_is_null(reader, "fixups"))
		result->fixups = json_strings(reader, "fixups");
	result->built = json_bool_or(reader, "built", false);
	result->cached = json_bool_or(reader, "cached", false);
	result->other_kernel = json_bool_or(reader, "other_kernel", false);
	result->booted = json_bool_or(reader, "booted", false);
	result->build_ms = read_ms(reader, "build_s");
	result->boot_ms = read_ms(reader, "boot_s");
}

/* Return: the step; NULL without an error for a line about something else. */
static StepRecord *read_step(const char *line, const char *name, GError **error)
{
	g_autoptr(StepRecord) step = g_new0(StepRecord, 1);
	g_autoptr(Json) json = json_parse(line, name, BOX_ERROR_HOST, error);
	g_autoptr(JsonReader) reader = NULL;
	g_autofree char *why = NULL;

	if (!json)
		return NULL;
	reader = json_reader_new(json, name, BOX_ERROR_HOST);
	json_reader_allow_unknown(reader);
	if (!json_has(reader, "verdict"))
		return NULL;
	step->number = (guint)json_int_or(reader, "step", 1, G_MAXINT, 0);
	step->revision = json_string(reader, "revision");
	step->subject = json_string_or(reader, "subject", "");
	step->word = json_string(reader, "term");
	step->folder = json_string(reader, "folder");
	why = json_string(reader, "why");
	step->why = g_intern_string(why);
	step->patches = json_strings(reader, "patches");
	step->clean = json_bool_or(reader, "clean", false);
	step->wall_ms = read_ms(reader, "wall_s");
	read_result(reader, &step->result);
	return json_reader_end(reader, error) ? g_steal_pointer(&step) : NULL;
}

bool run_read_steps(const char *folder, GPtrArray **ret_steps, char **ret_damage, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "journal.jsonl", NULL);
	g_autoptr(GPtrArray) steps =
		g_ptr_array_new_with_free_func((GDestroyNotify)step_record_free);
	g_autoptr(Journal) journal = NULL;
	guint last = 0;

	if (!journal_read(path, true, &journal, error))
		return false;
	for (guint i = 0; i < journal->lines->len; i++) {
		guint number = g_array_index(journal->numbers, guint, i);
		g_autofree char *name = g_strdup_printf("%s:%u", path, number);
		g_autoptr(GError) local = NULL;
		StepRecord *step = read_step(journal->lines->pdata[i], name, &local);

		if (local) {
			g_propagate_error(error, g_steal_pointer(&local));
			return false;
		}
		if (!step)
			continue;
		if (step->number <= last) {
			step_record_free(step);
			return error_host(error, "%s: this step was done before", name);
		}
		last = step->number;
		g_ptr_array_add(steps, step);
	}
	*ret_damage = journal_damage_text(journal);
	*ret_steps = g_steal_pointer(&steps);
	return true;
}

bool run_clear_steps(Run *run, guint last, GError **error)
{
	g_autofree char *steps = g_build_filename(run_folder(run), "steps", NULL);
	g_autoptr(GDir) dir = g_dir_open(steps, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(steps, name, NULL);

		if (g_ascii_strtoull(name, NULL, 10) > last && !fs_remove_tree(path, error))
			return false;
	}
	return fs_mkdir(steps, error);
}
