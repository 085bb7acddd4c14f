/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between a good and a bad configuration: what to test comes from search/minimize.h. */
#include "loop/configs.h"

#include "kernel/configdiff.h"
#include "search/minimize.h"
#include "step/workshop.h"
#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define FILE_MAX ((gsize)8 << 20)
#define NOW "now.config" /* in the run's folder: what is being configured */

/* A configuration that was built and tested. */
typedef struct {
	char *text;        /* complete */
	GHashTable *delta; /* against the good one */
	const MatrixRow *row;
} Tried;

typedef struct {
	const ConfigsSpec *spec;
	ConfigAnswer *answer;
	MatrixLoop *matrix;
	ConfigFile *good; /* complete, as this tree has them */
	ConfigFile *bad;
	GArray *diffs;    /* ConfigDiff, of these */
	GPtrArray *tried; /* Tried */
	char *now;        /* path of NOW */
	char *log;
	GCancellable *cancel;
} Loop;

static void tried_free(Tried *tried)
{
	g_free(tried->text);
	g_hash_table_unref(tried->delta);
	g_free(tried);
}

static void loop_clear(Loop *loop)
{
	g_clear_pointer(&loop->good, config_file_free);
	g_clear_pointer(&loop->bad, config_file_free);
	g_clear_pointer(&loop->diffs, g_array_unref);
	g_clear_pointer(&loop->tried, g_ptr_array_unref);
	g_clear_pointer(&loop->now, g_free);
	g_clear_pointer(&loop->log, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Loop, loop_clear)

static Verdict row_verdict(const MatrixRow *row)
{
	return row->cells[0].result.verdict;
}

/* ---- one configuration ---- */

/* What it comes out as in this tree. */
static bool complete(const Loop *loop, const char *path, bool sparse, char **ret_text,
		     GError **error)
{
	const ConfigsSpec *spec = loop->spec;
	g_autofree char *config = NULL;

	return step_configure(spec->shop, spec->revision, path, sparse, loop->log, loop->cancel,
			      &config, error) &&
	       fs_read(config, FILE_MAX, ret_text, NULL, error);
}

static bool build_and_test(Loop *loop, const char *text, const char *name, StepFlags flags,
			   const MatrixRow **ret_row, GError **error)
{
	const ConfigsSpec *spec = loop->spec;
	const MatrixKernel kernel = {
		.source = { .kind = SOURCE_REVISION, .revision = spec->revision },
		.name = name,
		.revision = spec->revision->hex,
		.subject = loop->answer->subject,
	};

	if (!fs_write(loop->now, text, -1, error) ||
	    !workshop_reconfigure(spec->shop, loop->now, error) ||
	    !matrix_test(loop->matrix, &kernel, flags, ret_row, error))
		return false;
	loop->answer->untestable += row_verdict(*ret_row) == VERDICT_SKIP;
	return true;
}

static const Tried *find(const Loop *loop, const char *text)
{
	for (guint i = 0; i < loop->tried->len; i++) {
		const Tried *tried = loop->tried->pdata[i];

		if (g_str_equal(tried->text, text))
			return tried;
	}
	return NULL;
}

/* Takes over @text. */
static bool test_text(Loop *loop, char *text, const char *name, const MatrixRow **ret_row,
		      GError **error)
{
	g_autofree char *own = text;
	const Tried *known = find(loop, own);
	g_autoptr(ConfigFile) file = NULL;
	Tried *tried;

	if (known) {
		*ret_row = known->row;
		return true;
	}
	if (!build_and_test(loop, own, name, STEP_USUAL, ret_row, error))
		return false;
	tried = g_new0(Tried, 1);
	file = config_file_parse(own);
	*tried = (Tried){ g_steal_pointer(&own), config_delta(loop->good, file), *ret_row };
	g_ptr_array_add(loop->tried, tried);
	return true;
}

/* ---- sets of symbols ---- */

/* More changes than bad ones are bad, fewer than good ones good. */
static bool infer(const Loop *loop, const char *text, bool *ret_bad)
{
	g_autoptr(ConfigFile) file = config_file_parse(text);
	g_autoptr(GHashTable) delta = config_delta(loop->good, file);

	for (guint i = 0; i < loop->tried->len; i++) {
		const Tried *tried = loop->tried->pdata[i];
		Verdict verdict = row_verdict(tried->row);

		*ret_bad = verdict == VERDICT_BAD;
		if ((verdict == VERDICT_BAD && config_delta_within(tried->delta, delta)) ||
		    (verdict == VERDICT_GOOD && config_delta_within(delta, tried->delta)))
			return true;
	}
	return false;
}

static bool set_text(const Loop *loop, const bool *set, char **ret_text, GError **error)
{
	g_autofree char *text =
		config_change(loop->spec->good ? loop->good : NULL, loop->diffs, set);

	return fs_write(loop->now, text, -1, error) &&
	       complete(loop, loop->now, !loop->spec->good, ret_text, error);
}

static char *set_name(const Loop *loop, const bool *set)
{
	guint n = 0;

	for (guint i = 0; i < loop->diffs->len; i++)
		n += set[i];
	return g_strdup_printf("%u of %u symbols", n, loop->diffs->len);
}

/* As minimize() asks. */
static bool ask(const bool *set, bool settle, bool *ret_bad, void *user, GError **error)
{
	Loop *loop = user;
	g_autofree char *name = set_name(loop, set);
	g_autofree char *text = NULL;
	const MatrixRow *row;

	if (!set_text(loop, set, &text, error))
		return false;
	if (!settle && !find(loop, text) && infer(loop, text, ret_bad))
		return true;
	if (!test_text(loop, g_steal_pointer(&text), name, &row, error))
		return false;
	*ret_bad = row_verdict(row) == VERDICT_BAD;
	return true;
}

/* ---- the two ends ---- */

static void note_version(const Loop *loop, const char *path, const ConfigFile *given,
			 const ConfigFile *complete)
{
	const char *of = config_file_version(given);
	const char *here = config_file_version(complete);

	if (of && here && !g_str_equal(of, here))
		g_ptr_array_add(loop->answer->notes,
				g_strdup_printf("%s is of Linux %s, and this tree is %s: symbols "
						"that this one does not know are left out, those "
						"that are new have their defaults",
						path, of, here));
}

/* What is kept of an earlier part of the run must be what it would be now. */
static bool keep(const Loop *loop, const char *name, const char *path, const char *text,
		 GError **error)
{
	const char *folder = run_folder(loop->spec->run);
	g_autofree char *file = g_build_filename(folder, name, NULL);
	g_autofree char *then = NULL;

	if (!g_file_test(file, G_FILE_TEST_EXISTS))
		return run_write_text(loop->spec->run, name, text, error);
	return fs_read(file, FILE_MAX, &then, NULL, error) &&
	       (g_str_equal(then, text) ||
		error_usage(error,
			    "%s cannot be gone on with: %s comes out of kconfig otherwise than "
			    "then; give the command again",
			    folder, path ? path : "the smallest kernel"));
}

static bool check_given(const char *path, ConfigFile **ret_given, GError **error)
{
	if (!config_file_read(path, ret_given, error))
		return false;
	if (!config_file_symbols(*ret_given)->len)
		return error_usage(error, "%s is no .config: it has no line CONFIG_SYMBOL=VALUE",
				   path);
	return true;
}

/* One of the two; @path NULL: the smallest one. What it comes out as is kept in the run's folder.
 */
static bool open_end(Loop *loop, const char *path, const char *name, ConfigFile **ret_file,
		     GError **error)
{
	g_autoptr(ConfigFile) given = NULL;
	g_autofree char *text = NULL;

	if ((path && !check_given(path, &given, error)) ||
	    !complete(loop, path, false, &text, error) || !keep(loop, name, path, text, error))
		return false;
	*ret_file = config_file_parse(text);
	if (given)
		note_version(loop, path, given, *ret_file);
	return true;
}

static void note(const Loop *loop, const char *text)
{
	const ConfigsEvents *events = &loop->spec->events;

	if (events->note)
		events->note(text, events->user);
}

static bool open_ends(Loop *loop, GError **error)
{
	const ConfigsSpec *spec = loop->spec;
	ConfigAnswer *answer = loop->answer;

	if (!open_end(loop, spec->good, "good.config", &loop->good, error) ||
	    !open_end(loop, spec->bad, "bad.config", &loop->bad, error))
		return false;
	loop->diffs = config_diff(loop->good, loop->bad);
	answer->differ = loop->diffs->len;
	for (guint i = 0; i < answer->notes->len; i++)
		note(loop, answer->notes->pdata[i]);
	if (!answer->differ)
		return error_usage(error,
				   "%s comes out of this tree's kconfig as %s does, with what the "
				   "case needs laid over both: there is nothing between them",
				   spec->bad, spec->good ? spec->good : "the smallest kernel");
	return true;
}

/* Whether there is something between them; else answer->end says what is wrong. */
static bool test_ends(Loop *loop, const bool *none, const bool *all, bool *ret_go, GError **error)
{
	ConfigAnswer *answer = loop->answer;
	g_autofree char *good = NULL;
	g_autofree char *bad = NULL;
	const MatrixRow *row;

	*ret_go = false;
	if (!set_text(loop, none, &good, error) ||
	    !test_text(loop, g_steal_pointer(&good), answer->minimize ? "smallest" : "good", &row,
		       error))
		return false;
	answer->end = row_verdict(row) == VERDICT_BAD ? CONFIG_GOOD_BAD : CONFIG_GOOD_UNTESTABLE;
	answer->found = row_verdict(row) == VERDICT_BAD ? row : NULL;
	if (row_verdict(row) == VERDICT_BAD ||
	    (row_verdict(row) == VERDICT_SKIP && !answer->minimize))
		return true;
	if (!set_text(loop, all, &bad, error) ||
	    !test_text(loop, g_steal_pointer(&bad), "bad", &row, error))
		return false;
	answer->end = row_verdict(row) == VERDICT_GOOD ? CONFIG_BAD_GOOD : CONFIG_BAD_UNTESTABLE;
	*ret_go = row_verdict(row) == VERDICT_BAD;
	return true;
}

/* ---- the answer ---- */

static bool row_without(Loop *loop, bool *set, guint i, const MatrixRow **ret_row, GError **error)
{
	g_autofree char *text = NULL;
	bool ok;

	set[i] = false;
	ok = set_text(loop, set, &text, error);
	set[i] = true;
	*ret_row = NULL;
	if (ok && find(loop, text))
		*ret_row = find(loop, text)->row;
	return ok;
}

static bool tell_changes(Loop *loop, bool *set, GError **error)
{
	for (guint i = 0; i < loop->diffs->len; i++) {
		const ConfigDiff *diff = &g_array_index(loop->diffs, ConfigDiff, i);
		const MatrixRow *row;

		if (!set[i])
			continue;
		if (!row_without(loop, set, i, &row, error))
			return false;
		config_answer_add(loop->answer, diff->name, diff->from, diff->to, row);
	}
	return true;
}

/* The answer as a configuration, and as lines that --kconfig takes. */
static bool keep_found(const Loop *loop, const char *text, GError **error)
{
	g_autoptr(GString) lines = g_string_new(NULL);
	const GPtrArray *changes = loop->answer->changes;

	for (guint i = 0; i < changes->len; i++) {
		const ConfigChange *change = changes->pdata[i];
		g_autofree char *line = config_line(change->name, change->to);

		g_string_append(lines, line);
	}
	return run_write_text(loop->spec->run, "found.config", text, error) &&
	       run_write_text(loop->spec->run, "found.fragment", lines->str, error);
}

/* Both sides of the answer's last symbol, from empty folders. */
static bool confirm(Loop *loop, bool *set, const char *text, guint last, GError **error)
{
	ConfigAnswer *answer = loop->answer;
	g_autofree char *without = NULL;
	const MatrixRow *row;
	bool ok;

	if (!build_and_test(loop, text, "found, clean build", STEP_CLEAN, &row, error))
		return false;
	answer->confirmed = row_verdict(row) == VERDICT_BAD;
	set[last] = false;
	ok = set_text(loop, set, &without, error);
	set[last] = true;
	if (!ok || !build_and_test(loop, without, "one less, clean build", STEP_CLEAN, &row, error))
		return false;
	answer->confirmed &= row_verdict(row) != VERDICT_BAD;
	answer->end = answer->confirmed ? CONFIG_FOUND : CONFIG_UNSTEADY;
	return true;
}

/* The bad configuration without the answer's symbols. */
static bool take_back(Loop *loop, const bool *set, GError **error)
{
	g_autoptr(GArray) back = config_diff(loop->bad, loop->good);
	g_autofree bool *which = g_new0(bool, back->len);
	g_autofree char *text = NULL;
	g_autofree char *whole = NULL;
	const MatrixRow *row;

	for (guint i = 0; i < back->len; i++)
		for (guint j = 0; j < loop->diffs->len; j++)
			which[i] |= set[j] &&
				    g_str_equal(g_array_index(back, ConfigDiff, i).name,
						g_array_index(loop->diffs, ConfigDiff, j).name);
	text = config_change(loop->bad, back, which);
	if (!fs_write(loop->now, text, -1, error) ||
	    !complete(loop, loop->now, false, &whole, error) ||
	    !test_text(loop, g_steal_pointer(&whole), "bad, these taken back", &row, error))
		return false;
	loop->answer->back = row_verdict(row);
	return true;
}

static bool conclude(Loop *loop, bool *set, GError **error)
{
	g_autofree char *text = NULL;
	guint last = 0;

	for (guint i = 0; i < loop->diffs->len; i++)
		last = set[i] ? i : last;
	if (!set_text(loop, set, &text, error) || !tell_changes(loop, set, error) ||
	    !keep_found(loop, text, error))
		return false;
	loop->answer->found = find(loop, text)->row;
	return (loop->answer->minimize || take_back(loop, set, error)) &&
	       confirm(loop, set, text, last, error);
}

static bool search(Loop *loop, GError **error)
{
	guint n;
	g_autofree bool *none = NULL;
	g_autofree bool *all = NULL;
	g_autofree bool *set = NULL;
	bool go;

	if (!open_ends(loop, error))
		return false;
	n = loop->diffs->len;
	none = g_new0(bool, n);
	set = g_new0(bool, n);
	all = g_new(bool, n);
	for (guint i = 0; i < n; i++)
		all[i] = true;
	if (!test_ends(loop, none, all, &go, error))
		return false;
	if (!go)
		return true;
	loop->answer->end = CONFIG_TROUBLE; /* as long as there is no answer */
	return minimize(n, ask, loop, set, error) && conclude(loop, set, error);
}

/* ---- events ---- */

/* The first search halves what is between; later ones are shorter. */
static guint tests_left(const Loop *loop)
{
	guint wanted = 5 + (guint)ceil(log2(MAX(loop->answer->differ, 1)));

	return wanted > loop->tried->len + 1 ? wanted - loop->tried->len - 1 : 1;
}

static void on_begin(const MatrixRow *row, void *user)
{
	const Loop *loop = user;
	const ConfigsEvents *events = &loop->spec->events;

	if (events->begin)
		events->begin(row, tests_left(loop), events->user);
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	const ConfigsEvents *events = &((Loop *)user)->spec->events;

	if (events->end)
		events->end(matrix, row, events->user);
}

static void on_note(const char *text, void *user)
{
	note(user, text);
}

bool configs_run(const ConfigsSpec *spec, GCancellable *cancel, ConfigAnswer **ret_answer,
		 GError **error)
{
	const char *folder = run_folder(spec->run);
	g_autoptr(GError) local = NULL;
	g_auto(Loop) loop = { .spec = spec, .answer = config_answer_new(), .cancel = cancel };
	const MatrixEvents events = {
		.begin = on_begin, .end = on_end, .note = on_note, .user = &loop
	};
	bool ok;

	loop.tried = g_ptr_array_new_with_free_func((GDestroyNotify)tried_free);
	loop.now = g_build_filename(folder, NOW, NULL);
	loop.log = g_build_filename(folder, "configure.log", NULL);
	loop.answer->revision = g_strdup(spec->revision->hex);
	loop.answer->minimize = !spec->good;
	loop.answer->good = g_strdup(spec->good);
	loop.answer->bad = g_strdup(spec->bad);
	loop.matrix = matrix_begin(spec->shop, spec->repeat, spec->run, &events, cancel);
	ok = repo_subject(spec->shop->repo, spec->revision, &loop.answer->subject, &local) &&
	     search(&loop, &local);
	loop.answer->matrix = matrix_end(loop.matrix, local);
	g_unlink(loop.now);
	*ret_answer = loop.answer;
	if (!ok)
		g_propagate_error(error, g_steal_pointer(&local));
	return ok;
}
