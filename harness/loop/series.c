/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A series: a matrix whose rows are compared with their parents. */
#include "loop/series.h"

#include "kernel/warnings.h"
#include "util/fs.h"

#include <string.h>

#define LOG_MAX ((gsize)64 << 20)
#define COMPARED_MAX 8 /* rows that one is compared with, besides its parents */

/* The commits as the matrix wants them, and what is known of each. */
typedef struct {
	const SeriesSpec *spec;
	Series *series;
	GArray *ids;       /* RepoId; the base first */
	GPtrArray *texts;  /* char *: subjects, in the same order */
	GHashTable *index; /* hex -> number + 1 */
} Loop;

void series_commits(const RepoRange *range, GArray **ret_ids)
{
	g_autofree guint8 *marks = g_malloc0(graph_size(range->graph) + 1);
	GArray *ids = g_array_new(FALSE, FALSE, sizeof(RepoId));

	graph_mark_ancestors(range->graph, range->bad, marks, 1);
	for (guint i = 0; i < range->goods->len; i++)
		graph_mark_ancestors(range->graph, g_array_index(range->goods, Node, i), marks, 0);
	for (Node node = 0; node < graph_size(range->graph); node++)
		if (marks[node] && !graph_is_passage(range->graph, node))
			g_array_append_val(ids, g_array_index(range->ids, RepoId, node));
	*ret_ids = ids;
}

/* ---- one row ---- */

static SeriesRow *row_at(const Loop *loop, guint i)
{
	return loop->series->rows->pdata[i];
}

static const RepoId *id_at(const Loop *loop, guint i)
{
	return &g_array_index(loop->ids, RepoId, i);
}

/* Which of its parents were looked at; what comes from beside the base counts as on it. */
static void add_parents(const Loop *loop, guint number, SeriesRow *row)
{
	g_autoptr(GArray) parents = NULL;
	bool cut;
	guint base = 0;

	if (number == 0)
		return;
	if (repo_parents(loop->spec->repo, id_at(loop, number), &parents, &cut, NULL))
		for (guint i = 0; i < parents->len && !(i && loop->spec->first_parent); i++) {
			const char *hex = g_array_index(parents, RepoId, i).hex;
			gpointer known = g_hash_table_lookup(loop->index, hex);
			guint at = GPOINTER_TO_UINT(known) - 1;

			if (known && at < number)
				g_array_append_val(row->parents, at);
		}
	if (!row->parents->len)
		g_array_append_val(row->parents, base);
}

static bool is_same(const Loop *loop, guint i, guint number)
{
	const SeriesRow *other = row_at(loop, i);

	return other->same_as < 0 && other->row->cells[0].result.kernel &&
	       relevance_same(loop->spec->shop->relevance, id_at(loop, i), id_at(loop, number));
}

/* Its parents' kernels first: most commits that are like one are like these. */
static int find_same(const Loop *loop, const SeriesRow *row, guint number)
{
	guint compared = 0;

	for (guint i = 0; i < row->parents->len; i++) {
		guint at = g_array_index(row->parents, guint, i);
		const SeriesRow *parent = row_at(loop, at);

		at = parent->same_as >= 0 ? (guint)parent->same_as : at;
		if (is_same(loop, at, number))
			return (int)at;
	}
	for (guint i = number; i-- > 0 && compared < COMPARED_MAX;) {
		if (row_at(loop, i)->same_as >= 0)
			continue;
		compared++;
		if (is_same(loop, i, number))
			return (int)i;
	}
	return -1;
}

static void copy_cells(const MatrixRow *from, MatrixRow *to)
{
	for (guint i = 0; i < to->n_cells; i++) {
		StepResult copy = step_result_copy(&from->cells[i].result);

		g_free(copy.same_as);
		copy.same_as = g_strdup(from->folder);
		copy.built = copy.cached = copy.booted = false;
		copy.build_ms = copy.boot_ms = 0;
		matrix_add_try(&to->cells[i], &copy, "");
	}
}

static bool is_known(const MatrixKernel *kernel, MatrixRow *row, void *user)
{
	Loop *loop = user;
	guint number = row->number - 1;
	SeriesRow *own = series_add(loop->series, row);
	g_auto(RelevanceCommit) look = { 0 };

	(void)kernel;
	add_parents(loop, number, own);
	own->same_as = number ? find_same(loop, own, number) : -1;
	if (own->same_as < 0)
		return false;
	if (relevance_look(loop->spec->shop->relevance, id_at(loop, number), &look, NULL)) {
		own->path = g_strdup(look.matters ? NULL : look.path);
		own->why = look.matters ? NULL : look.why;
	}
	copy_cells(row_at(loop, (guint)own->same_as)->row, row);
	return true;
}

static char **places(const GPtrArray *warnings)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	g_autofree char *last = NULL;

	for (guint i = 0; i < warnings->len; i++) {
		const Warning *warning = warnings->pdata[i];
		g_autofree char *place = g_strconcat(warning->file, "\n", warning->text, NULL);

		if (g_strcmp0(place, last) == 0)
			continue;
		g_strv_builder_add(list, place);
		g_free(last);
		last = g_steal_pointer(&place);
	}
	return g_strv_builder_end(list);
}

/* NULL where the log has not all of them. */
static char **read_warnings(const Loop *loop, const MatrixRow *row)
{
	g_autofree char *path =
		g_build_filename(run_folder(loop->spec->run), row->folder, "build.log", NULL);
	g_autofree char *folder = g_path_get_basename(worktree_path(loop->spec->shop->tree));
	g_autofree char *log = NULL;
	g_autoptr(GPtrArray) warnings = NULL;
	bool whole;

	if (!fs_read(path, LOG_MAX, &log, NULL, NULL))
		return NULL;
	warnings = warnings_read(log, folder, &whole);
	return whole ? places(warnings) : NULL;
}

static void take_warnings(const Loop *loop, SeriesRow *row)
{
	const StepResult *result = &row->row->cells[0].result;
	bool equal = row->same_as >= 0;
	guint from = equal ? (guint)row->same_as : 0;

	if (!result->kernel)
		return;
	if (!equal && (result->built || result->cached)) {
		row->warnings = read_warnings(loop, row->row);
		return;
	}
	if (!equal && row->parents->len) /* configuring has shown that it is one of this run */
		from = g_array_index(row->parents, guint, 0);
	row->warnings = g_strdupv(row_at(loop, from)->warnings);
}

static void on_begin(const MatrixRow *row, void *user)
{
	const SeriesEvents *events = &((Loop *)user)->spec->events;

	if (events->begin)
		events->begin(row, events->user);
}

static void on_end(const Matrix *matrix, const MatrixRow *row, void *user)
{
	Loop *loop = user;
	const SeriesEvents *events = &loop->spec->events;
	SeriesRow *own = row_at(loop, row->number - 1);

	loop->series->matrix = (Matrix *)matrix; /* its owner hands it over at the end */
	take_warnings(loop, own);
	if (events->end)
		events->end(loop->series, own, events->user);
}

static void on_note(const char *text, void *user)
{
	const SeriesEvents *events = &((Loop *)user)->spec->events;

	if (events->note)
		events->note(text, events->user);
}

/* ---- all of them ---- */

static void add_id(Loop *loop, const RepoId *id)
{
	g_array_append_vals(loop->ids, id, 1);
	g_hash_table_insert(loop->index, g_strdup(id->hex), GUINT_TO_POINTER(loop->ids->len));
}

static bool add_kernel(const Loop *loop, guint i, GArray *kernels, GError **error)
{
	const RepoId *id = id_at(loop, i);
	MatrixKernel kernel = { .source = { .kind = SOURCE_REVISION, .revision = id },
				.name = id->hex,
				.revision = id->hex };
	char *subject = NULL;

	if (!repo_subject(loop->spec->repo, id, &subject, error))
		return false;
	g_ptr_array_add(loop->texts, subject);
	kernel.subject = subject;
	g_array_append_val(kernels, kernel);
	return true;
}

bool series_run(const SeriesSpec *spec, GCancellable *cancel, Series **ret_series, GError **error)
{
	g_autoptr(Series) series = series_new();
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(RepoId));
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GArray) kernels = g_array_new(FALSE, FALSE, sizeof(MatrixKernel));
	Loop loop = { spec, series, ids, texts, index };
	const MatrixEvents events = {
		.begin = on_begin, .end = on_end, .known = is_known, .note = on_note, .user = &loop
	};
	bool ok;

	series->first_parent = spec->first_parent;
	series->builds_only = !spec->repeat;
	add_id(&loop, spec->base);
	for (guint i = 0; i < spec->commits->len; i++)
		add_id(&loop, &g_array_index(spec->commits, RepoId, i));
	for (guint i = 0; i < ids->len; i++)
		if (!add_kernel(&loop, i, kernels, error))
			return false;
	ok = matrix_run(spec->shop, kernels, spec->repeat, spec->run, &events, cancel,
			&series->matrix, error);
	series_judge(series);
	*ret_series = g_steal_pointer(&series);
	return ok;
}
