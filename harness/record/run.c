/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of one run. */
#include "record/run.h"

#include "record/journal.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_MAX ((gsize)16 << 20)

struct Run {
	char *folder;
	char *journal_path;
	int journal;
};

static bool cannot(Run *run, const char *what, GError **error)
{
	int saved = errno;

	if (saved == ENOSPC || saved == EDQUOT)
		return error_host(error, "cannot %s %s: no space left: free some and run again",
				  what, run->journal_path);
	return error_host(error, "cannot %s %s: %s", what, run->journal_path, g_strerror(saved));
}

static char *safe_name(const char *text)
{
	return g_strcanon(g_strdup(text), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '-');
}

/* Makes the folder under the first free name. */
static char *make_folder(const char *results, const char *what, GError **error)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *stamp = g_date_time_format(now, "%Y%m%d-%H%M%S");
	g_autofree char *name = safe_name(what);

	for (guint n = 1; n < 1000; n++) {
		g_autofree char *suffix = n > 1 ? g_strdup_printf("-%u", n) : g_strdup("");
		g_autofree char *leaf = g_strconcat(stamp, "-", name, suffix, NULL);
		g_autofree char *path = g_build_filename(results, leaf, NULL);

		if (g_mkdir(path, 0755) == 0)
			return g_steal_pointer(&path);
		if (errno != EEXIST) {
			error_host(error,
				   "cannot make a run's folder in %s: %s; choose another "
				   "with --results DIR",
				   results, g_strerror(errno));
			return NULL;
		}
	}
	error_host(error, "cannot make a run's folder in %s: too many of this second", results);
	return NULL;
}

bool run_lock(Run *run, bool wait, bool *ret_busy, GError **error)
{
	*ret_busy = false;
	while (flock(run->journal, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno == EINTR)
			continue;
		*ret_busy = errno == EWOULDBLOCK;
		return *ret_busy || cannot(run, "lock", error);
	}
	return true;
}

bool run_create(const char *results, const char *what, Run **ret_run, GError **error)
{
	g_autofree char *absolute = g_canonicalize_filename(results, NULL);
	g_autoptr(Run) run = g_new0(Run, 1);
	g_autofree char *steps = NULL;
	bool busy;

	run->journal = -1;
	if (!fs_mkdir(absolute, error)) {
		g_prefix_error(error, "results go elsewhere with --results DIR: ");
		return false;
	}
	run->folder = make_folder(absolute, what, error);
	if (!run->folder)
		return false;
	steps = g_build_filename(run->folder, "steps", NULL);
	if (!fs_mkdir(steps, error))
		return false;
	run->journal_path = g_build_filename(run->folder, "journal.jsonl", NULL);
	run->journal =
		open(run->journal_path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	if (run->journal < 0)
		return error_host(error, "cannot make %s: %s", run->journal_path,
				  g_strerror(errno));
	/* Whoever looks for unfinished runs lets go of it as soon as it sees that it is empty. */
	if (!run_lock(run, true, &busy, error) || !fs_sync(run->folder, error) ||
	    !fs_sync(absolute, error))
		return false;
	*ret_run = g_steal_pointer(&run);
	return true;
}

/* Half a line, which was being written when the host went down, was never answered: it goes. */
bool run_mend(Run *run, GError **error)
{
	g_autofree char *text = NULL;
	gsize len;

	if (!fs_read(run->journal_path, G_MAXINT, &text, &len, error))
		return false;
	if (len > 0 && text[len - 1] != '\n') {
		const char *last = strrchr(text, '\n');

		if (ftruncate(run->journal, last ? last + 1 - text : 0) < 0)
			return error_host(error, "cannot mend %s: %s", run->journal_path,
					  g_strerror(errno));
	}
	return true;
}

bool run_open(const char *folder, Run **ret_run, GError **error)
{
	g_autoptr(Run) run = g_new0(Run, 1);

	run->folder = g_canonicalize_filename(folder, NULL);
	run->journal_path = g_build_filename(folder, "journal.jsonl", NULL);
	/* what it says is run again, as whoever goes on with it */
	if (!rights_check_owner("the run", run->folder, error))
		return false;
	run->journal = open(run->journal_path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (run->journal < 0)
		return error_host(error, "cannot open %s: %s", run->journal_path,
				  g_strerror(errno));
	*ret_run = g_steal_pointer(&run);
	return true;
}

void run_close(Run *run)
{
	if (!run)
		return;
	if (run->journal >= 0)
		close(run->journal);
	g_free(run->folder);
	g_free(run->journal_path);
	g_free(run);
}

const char *run_folder(const Run *run)
{
	return run->folder;
}

bool run_write_text(Run *run, const char *name, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(run->folder, name, NULL);

	return fs_write(path, text, -1, error);
}

bool run_write(Run *run, const char *name, const Json *json, GError **error)
{
	g_autofree char *text = json_text(json, true);
	g_autofree char *line = g_strconcat(text, "\n", NULL);

	return run_write_text(run, name, line, error);
}

/* What could not be written whole goes again: a line after half a line would be lost with it. */
bool run_journal_all(Run *run, const GPtrArray *lines, GError **error)
{
	g_autoptr(GString) whole = g_string_new(NULL);
	struct stat before;

	for (guint i = 0; i < lines->len; i++) {
		g_autofree char *text = journal_line(lines->pdata[i]);

		g_string_append(whole, text);
		g_string_append_c(whole, '\n');
	}
	if (fstat(run->journal, &before) < 0)
		return cannot(run, "look at", error);
	if (fs_write_all(run->journal, whole->str, whole->len) && fdatasync(run->journal) == 0)
		return true;
	cannot(run, "write", error);
	(void)!ftruncate(run->journal, before.st_size);
	return false;
}

bool run_journal(Run *run, const Json *line, GError **error)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new();

	g_ptr_array_add(lines, (Json *)line);
	return run_journal_all(run, lines, error);
}

static char *step_leaf(guint number, const char *revision)
{
	return g_strdup_printf("steps/%03u-%.12s", number, revision);
}

Json *run_step_done(Run *run, guint number, const char *revision, char **ret_folder)
{
	g_autofree char *leaf = step_leaf(number, revision);
	g_autofree char *path = g_build_filename(run->folder, leaf, "step.json", NULL);
	g_autofree char *text = NULL;
	Json *json;

	if (!g_file_test(path, G_FILE_TEST_EXISTS) || !fs_read(path, STEP_MAX, &text, NULL, NULL))
		return NULL;
	json = json_parse(text, path, BOX_ERROR_USAGE, NULL);
	if (json && ret_folder)
		*ret_folder = g_steal_pointer(&leaf);
	return json;
}

char *run_step_folder(Run *run, guint number, const char *revision, GError **error)
{
	g_autofree char *leaf = step_leaf(number, revision);
	g_autofree char *path = g_build_filename(run->folder, leaf, NULL);

	return fs_remove_tree(path, error) && fs_mkdir(path, error) ? g_steal_pointer(&leaf) : NULL;
}

Json *step_record_json(const StepRecord *step)
{
	const StepResult *result = &step->result;
	Json *json = json_new_object();

	json_add_int(json, "step", step->number);
	json_add_string(json, "revision", step->revision);
	json_add_string(json, "subject", step->subject);
	json_add_string(json, "why", step->why);
	json_add_strings(json, "patches", (const char *const *)step->patches);
	json_add_string(json, "verdict", verdict_name(result->verdict));
	json_add_string(json, "term", step->word);
	json_add_string(json, "outcome", outcome_name(result->outcome));
	json_add_string(json, "reason", result->reason);
	json_add_bool(json, "clean", step->clean);
	json_add_bool(json, "built", result->built);
	json_add_bool(json, "cached", result->cached);
	json_add_bool(json, "other_kernel", result->other_kernel);
	json_add_bool(json, "booted", result->booted);
	json_add_double(json, "wall_s", (double)step->wall_ms / 1000);
	json_add_double(json, "build_s", (double)result->build_ms / 1000);
	json_add_double(json, "boot_s", (double)result->boot_ms / 1000);
	json_add_string(json, "kernel", result->kernel);
	json_add_string(json, "compiler", result->compiler);
	json_add_strings(json, "fixups", (const char *const *)result->fixups);
	json_add_string(json, "key", result->key);
	json_add_string(json, "same_as", result->same_as);
	json_add_string(json, "folder", step->folder);
	json_add_string(json, "evidence", result->evidence);
	json_add_string(json, "note", result->note);
	return json;
}

/* What others wrote: a verdict without its evidence could not be judged again. */
static bool sync_evidence(Run *run, const StepRecord *step, GError **error)
{
	static const char *const names[] = { "console.log", "build.log", "config" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(run->folder, step->folder, names[i], NULL);

		if (g_file_test(path, G_FILE_TEST_IS_REGULAR) && !fs_sync(path, error))
			return false;
	}
	return true;
}

bool run_journal_step(Run *run, const StepRecord *step, GError **error)
{
	g_autoptr(Json) json = step_record_json(step);
	g_autofree char *name = g_build_filename(step->folder, "step.json", NULL);

	return sync_evidence(run, step, error) && run_write(run, name, json, error) &&
	       run_journal(run, json, error);
}
