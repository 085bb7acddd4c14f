/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run needs to be gone on with: its words, its commits, and what its verdicts hang on. */
#include "cmd/run_record.h"

#include "step/boot.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define SCHEMA "bisectbox.question/1"
#define RECORD_MAX ((gsize)256 << 20)
/* Of thousands of old runs, the unfinished one is hardly further back. */
#define LOOK_BACK 200

void run_record_free(RunRecord *record)
{
	if (!record)
		return;
	run_close(record->run);
	g_free(record->folder);
	g_strfreev(record->command);
	g_free(record->cwd);
	question_clear(&record->question);
	g_free(record->asked);
	g_strfreev(record->told);
	g_strfreev(record->depends);
	g_free(record->status);
	g_free(record);
}

char *run_record_asked(const RunOptions *options, const char *testcase, const Question *question,
		       const Repo *repo, const char *const *told)
{
	g_autoptr(Json) json = json_new_object();
	g_autofree char *text = NULL;

	json_add_string(json, "repository", repo_path(repo));
	question_describe(question, json);
	json_add_strings(json, "told", told);
	json_add_string(json, "exec", options->exec);
	json_add_string(json, "case", testcase);
	json_add_string(json, "crash", options->signature);
	json_add_bool(json, "trust_ends", options->trust_ends);
	json_add_bool(json, "touched", options->touched);
	json_add_bool(json, "repair", options->repair);
	json_add_bool(json, "noise", options->doubt.noise);
	json_add_double(json, "fp", options->doubt.fp);
	json_add_double(json, "fn", options->doubt.fn);
	json_add_int(json, "repeat", options->doubt.repeat);
	json_add_double(json, "confidence", options->doubt.confidence);
	text = json_text(json, false);
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

/* Without what runs it: a run may itself change from KVM to TCG. */
static char *machine_kind(const Workshop *shop)
{
	GuestSpec guest = boot_spec(shop, shop->cases, NULL);
	g_autofree char *text = machine_describe(shop->machine, &guest);
	g_auto(GStrv) parts = g_strsplit(text, ", ", -1);
	g_autoptr(GStrvBuilder) kept = g_strv_builder_new();
	g_auto(GStrv) list = NULL;

	for (char **part = parts; *part; part++)
		if (!g_str_equal(*part, accel_name(ACCEL_KVM)) &&
		    !g_str_equal(*part, accel_name(ACCEL_TCG)) &&
		    !g_str_equal(*part, "CPU host-passthrough") &&
		    !g_str_equal(*part, "CPU maximum"))
			g_strv_builder_add(kept, *part);
	list = g_strv_builder_end(kept);
	return g_strjoinv(", ", list);
}

static void add(GStrvBuilder *list, const char *what, const char *value)
{
	g_autofree char *line = g_strdup_printf("%s: %s", what, value ? value : "none");

	g_strv_builder_add(list, line);
}

char **run_record_depends(const Workshop *shop)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	g_autofree char *machine = NULL;
	g_autofree char *build = NULL;

	if (!shop)
		return g_strv_builder_end(list);
	for (guint i = 0; i < shop->cases->len; i++) {
		const Case *testcase = shop->cases->pdata[i];
		const Image *root = shop->roots->pdata[i];
		g_autofree char *name = g_strdup_printf("the case %s", testcase->name);
		g_autofree char *disk = g_strdup_printf("the root of case %s", testcase->name);

		add(list, name, testcase->hash);
		add(list, disk, root ? root->hash : NULL);
	}
	machine = machine_kind(shop);
	build = shop->footprints ? g_path_get_basename(shop->footprints) : NULL;
	add(list, "the image", shop->image->hash);
	add(list, "the guests' agent", shop->agent);
	add(list, "the kernel's configuration, compiler or fixups", build);
	add(list, "the machine", machine);
	add(list, "the kernel's command line", shop->append);
	return g_strv_builder_end(list);
}

void run_record_describe(Json *json, const char *asked, const char *const *told,
			 const char *const *depends)
{
	json_add_string(json, "asked", asked);
	json_add_strings(json, "told", told);
	json_add_strings(json, "depends", depends);
}

bool run_record_finished(const RunRecord *record)
{
	return record->status && !g_str_equal(record->status, run_status_name(RUN_FAILED));
}

static bool read_json(const char *folder, const char *name, Json **ret_json, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *text = NULL;

	if (!fs_read(path, RECORD_MAX, &text, NULL, error))
		return false;
	*ret_json = json_parse(text, path, BOX_ERROR_USAGE, error);
	return *ret_json != NULL;
}

/* A result that cannot be read is none. */
static char *read_status(const char *folder)
{
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;

	if (!read_json(folder, "result.json", &json, NULL))
		return NULL;
	reader = json_reader_new(json, "result.json", BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader);
	return json_string_or_null(reader, "status");
}

bool run_record_read(const char *folder, RunRecord **ret_record, GError **error)
{
	g_autoptr(RunRecord) record = g_new0(RunRecord, 1);
	g_autoptr(GError) local = NULL;
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autofree char *schema = NULL;

	record->folder = g_canonicalize_filename(folder, NULL);
	if (!read_json(record->folder, "run.json", &json, &local))
		return error_usage(error, "%s is no folder of a run: %s", folder, local->message);
	reader = json_reader_new(json, "run.json", BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader);
	schema = json_string_or_null(reader, "schema");
	if (g_strcmp0(schema, SCHEMA) != 0 || !json_has(reader, "asked"))
		return error_usage(error,
				   "%s: only what `bisectbox run` began can be gone on with (this "
				   "is %s)",
				   folder, schema ? schema : "something else");
	record->command = json_strings(reader, "command");
	record->cwd = json_string(reader, "cwd");
	record->exact = json_bool_or(reader, "exact", false);
	record->asked = json_string(reader, "asked");
	record->told = json_strings(reader, "told");
	record->depends = json_strings(reader, "depends");
	question_read(reader, &record->question);
	record->status = read_status(record->folder);
	if (!json_reader_end(reader, error)) {
		g_prefix_error(error, "%s: ", folder);
		return false;
	}
	*ret_record = g_steal_pointer(&record);
	return true;
}

bool run_record_take(RunRecord *record, bool *ret_busy, GError **error)
{
	g_autoptr(Run) run = NULL;

	if (!run_open(record->folder, &run, error) || !run_lock(run, false, ret_busy, error))
		return false;
	if (*ret_busy)
		return true;
	/* It may have been finished between the reading and the locking. */
	g_free(record->status);
	record->status = read_status(record->folder);
	record->run = g_steal_pointer(&run);
	return true;
}

static gint later_first(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)b, *(const char *const *)a);
}

static GPtrArray *list_runs(const char *results)
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

RunRecord *run_record_find(const char *results, const char *asked)
{
	g_autoptr(GPtrArray) names = list_runs(results);

	for (guint i = 0; i < MIN(names->len, LOOK_BACK); i++) {
		g_autofree char *folder = g_build_filename(results, names->pdata[i], NULL);
		g_autoptr(RunRecord) record = NULL;
		bool busy = true;

		if (!run_record_read(folder, &record, NULL) || run_record_finished(record) ||
		    (asked && !g_str_equal(record->asked, asked)))
			continue;
		if (run_record_take(record, &busy, NULL) && !busy && !run_record_finished(record))
			return g_steal_pointer(&record);
	}
	return NULL;
}

char *run_record_changed(const RunRecord *record, const char *const *depends)
{
	guint n = g_strv_length(record->depends);

	if (n != g_strv_length((char **)depends))
		return g_strdup("what verdicts depend on is recorded otherwise");
	for (guint i = 0; i < n; i++) {
		const char *colon = strstr(depends[i], ": ");

		if (!g_str_equal(record->depends[i], depends[i]) && colon)
			return g_strdup_printf("%.*s is not what it was", (int)(colon - depends[i]),
					       depends[i]);
	}
	return NULL;
}

/* Words that mean something else by now, or another host: old verdicts may not fit new ones. */
bool run_record_check(const RunRecord *record, const char *asked, const char *const *depends,
		      GError **error)
{
	g_autofree char *changed = NULL;

	if (!g_str_equal(record->asked, asked))
		return error_usage(error,
				   "cannot go on with %s: its words mean another question by now: "
				   "`bisectbox run` with them begins anew",
				   record->folder);
	changed = run_record_changed(record, depends);
	if (!changed)
		return true;
	return error_usage(error,
			   "cannot go on with %s: %s, and old verdicts may not fit new ones: "
			   "`bisectbox run` with its words begins anew",
			   record->folder, changed);
}
