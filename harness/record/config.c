/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `bisectbox config` found out. */
#include "record/config.h"

const char *config_end_name(ConfigEnd end)
{
	static const char *const names[] = {
		[CONFIG_FOUND] = "found",
		[CONFIG_GOOD_BAD] = "good-is-bad",
		[CONFIG_GOOD_UNTESTABLE] = "good-untestable",
		[CONFIG_BAD_GOOD] = "bad-is-good",
		[CONFIG_BAD_UNTESTABLE] = "bad-untestable",
		[CONFIG_UNSTEADY] = "unsteady",
		[CONFIG_TROUBLE] = "trouble",
	};

	return names[end];
}

static void change_free(ConfigChange *change)
{
	g_free(change->name);
	g_free(change->from);
	g_free(change->to);
	g_free(change);
}

ConfigAnswer *config_answer_new(void)
{
	ConfigAnswer *answer = g_new0(ConfigAnswer, 1);

	answer->end = CONFIG_TROUBLE;
	answer->notes = g_ptr_array_new_with_free_func(g_free);
	return answer;
}

void config_answer_free(ConfigAnswer *answer)
{
	if (!answer)
		return;
	g_free(answer->revision);
	g_free(answer->subject);
	g_free(answer->good);
	g_free(answer->bad);
	g_ptr_array_unref(answer->notes);
	g_clear_pointer(&answer->changes, g_ptr_array_unref);
	g_clear_pointer(&answer->matrix, matrix_free);
	g_free(answer);
}

void config_answer_add(ConfigAnswer *answer, const char *name, const char *from, const char *to,
		       const MatrixRow *without)
{
	ConfigChange *change = g_new0(ConfigChange, 1);

	*change = (ConfigChange){ g_strdup(name), g_strdup(from), g_strdup(to), without };
	if (!answer->changes)
		answer->changes = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
	g_ptr_array_add(answer->changes, change);
}

static void add_changes(Json *json, const ConfigAnswer *answer)
{
	Json *list = json_add(json, "changes", json_new_array());

	for (guint i = 0; answer->changes && i < answer->changes->len; i++) {
		const ConfigChange *change = answer->changes->pdata[i];
		Json *one = json_append(list, json_new_object());

		json_add_string(one, "symbol", change->name);
		json_add_string(one, "from", change->from);
		json_add_string(one, "to", change->to);
		json_add_string(one, "without", change->without ? change->without->folder : NULL);
	}
}

/* In a word and in a line, for lists of runs. */
static void add_answer(Json *json, const ConfigAnswer *answer)
{
	const char *trouble = answer->matrix->trouble;
	g_autoptr(GString) line = g_string_new(NULL);

	for (guint i = 0; answer->changes && i < answer->changes->len; i++) {
		const ConfigChange *change = answer->changes->pdata[i];

		g_string_append_printf(line, "%sCONFIG_%s: %s -> %s", i ? ", " : "", change->name,
				       change->from, change->to);
	}
	json_add_string(json, "state", trouble ? "failed" : config_end_name(answer->end));
	json_add_string(json, "answer", trouble ? trouble : line->str);
}

Json *config_answer_json(const ConfigAnswer *answer, const char *folder)
{
	Json *json = json_new_object();
	const Matrix *matrix = answer->matrix;
	Json *list;

	json_add_string(json, "schema", "bisectbox.config/1");
	json_add_string(json, "end", config_end_name(answer->end));
	add_answer(json, answer);
	json_add_string(json, "trouble", matrix->trouble);
	json_add_string(json, "revision", answer->revision);
	json_add_string(json, "subject", answer->subject);
	json_add_bool(json, "minimize", answer->minimize);
	json_add_string(json, "good", answer->good);
	json_add_string(json, "bad", answer->bad);
	json_add_int(json, "differ", answer->differ);
	add_changes(json, answer);
	json_add_string(json, "found", answer->found ? answer->found->folder : NULL);
	json_add_string(json, "taken_back", answer->back ? verdict_name(answer->back) : NULL);
	json_add_bool(json, "confirmed", answer->confirmed);
	json_add_int(json, "untestable", answer->untestable);
	list = json_add(json, "notes", json_new_array());
	for (guint i = 0; i < answer->notes->len; i++)
		json_append_string(list, answer->notes->pdata[i]);
	json_add_strings(json, "cases", (const char *const *)matrix->cases);
	list = json_add(json, "kernels", json_new_array());
	for (guint i = 0; i < matrix->rows->len; i++)
		json_append(list, matrix_row_json(matrix, matrix->rows->pdata[i]));
	json_add_double(json, "wall_s", (double)matrix->wall_ms / 1000);
	json_add_string(json, "results", folder);
	return json;
}
