/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of the commits of a range, and which of them a picture shows. */
#include "report/rangemap.h"

#include <string.h>

static void spot_clear(gpointer data)
{
	g_free(((Spot *)data)->parents);
}

static RangeMap *map_new(GPtrArray *commits)
{
	RangeMap *map = g_new0(RangeMap, 1);

	map->commits = commits;
	map->spots = g_array_sized_new(FALSE, TRUE, sizeof(Spot), commits->len);
	g_array_set_clear_func(map->spots, spot_clear);
	return map;
}

void range_map_free(RangeMap *map)
{
	if (!map)
		return;
	g_array_unref(map->spots);
	g_ptr_array_unref(map->commits);
	g_free(map);
}

const Spot *range_map_spot(const RangeMap *map, guint index)
{
	return &g_array_index(map->spots, Spot, index);
}

static Spot *at(RangeMap *map, guint index)
{
	return &g_array_index(map->spots, Spot, index);
}

/* ids to indexes plus one, so that 0 is none; keys are borrowed. */
static GHashTable *place_spots(RangeMap *map)
{
	GHashTable *places = g_hash_table_new(g_str_hash, g_str_equal);

	g_array_set_size(map->spots, map->commits->len);
	for (guint i = 0; i < map->commits->len; i++) {
		const RangeCommit *commit = map->commits->pdata[i];
		Spot *spot = at(map, i);

		spot->commit = commit;
		spot->n_parents = g_strv_length(commit->parents);
		spot->parents = g_new0(guint, spot->n_parents + 1);
		for (guint j = 0; j < spot->n_parents; j++)
			spot->parents[j] =
				GPOINTER_TO_UINT(g_hash_table_lookup(places, commit->parents[j])) -
				1;
		g_hash_table_insert(places, commit->id, GUINT_TO_POINTER(i + 1));
	}
	return places;
}

static Spot *find(RangeMap *map, GHashTable *places, const char *id)
{
	guint place = id ? GPOINTER_TO_UINT(g_hash_table_lookup(places, id)) : 0;

	return place ? at(map, place - 1) : NULL;
}

/* The last verdict counts, a skip only where there is no other. */
static void take_steps(RangeMap *map, GHashTable *places, const RunResult *result)
{
	for (guint i = 0; i < result->steps->len; i++) {
		const StepRecord *step = result->steps->pdata[i];
		Spot *spot = find(map, places, step->revision);
		bool patched = step->patches && step->patches[0];
		Verdict state = terms_state(&result->terms, step->result.verdict);

		if (!spot || (patched && spot->step))
			continue;
		if (state == VERDICT_SKIP && spot->step)
			continue;
		spot->step = step;
		spot->state = state == VERDICT_GOOD  ? SPOT_OLD
			      : state == VERDICT_BAD ? SPOT_NEW
						     : SPOT_SKIP;
	}
}

static void take_marks(RangeMap *map, GHashTable *places, const RunResult *result)
{
	const struct {
		const CommitRecord *commit;
		const char *mark;
	} marks[] = {
		{ &result->masked_by, "masked it" },
		{ &result->exposed_at, "exposed it" },
		{ &result->exposed_by, "exposed it" },
		{ &result->brought_by, "brought it in" },
		{ &result->pair[0], "does not go together" },
		{ &result->pair[1], "does not go together" },
	};
	Spot *culprit = find(map, places, result->culprit.id);

	if (culprit)
		culprit->culprit = true;
	for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
		Spot *spot = find(map, places, marks[i].commit->id);

		if (spot)
			spot->mark = marks[i].mark;
	}
	for (guint i = 0; i < result->suspects->len; i++) {
		g_autofree char *id = g_strndup(result->suspects->pdata[i], 40);
		Spot *spot = find(map, places, id);

		if (spot)
			spot->mark = "suspect";
	}
}

/* What has the culprit is new; without one, what descends from something new. What something old
 * descends from is old, and all else too where the culprit is known. */
static void infer(RangeMap *map, bool found)
{
	guint n = map->spots->len;
	g_autofree bool *is_new = g_new0(bool, n + 1);
	g_autofree bool *is_old = g_new0(bool, n + 1);

	for (guint i = 0; i < n; i++) {
		const Spot *spot = at(map, i);

		is_new[i] = found ? spot->culprit : spot->step && spot->state == SPOT_NEW;
		for (guint j = 0; j < spot->n_parents && !is_new[i]; j++)
			is_new[i] = is_new[spot->parents[j]];
	}
	for (guint i = n; i-- > 0;) {
		const Spot *spot = at(map, i);

		is_old[i] |= spot->step && spot->state == SPOT_OLD;
		for (guint j = 0; j < spot->n_parents && is_old[i]; j++)
			is_old[spot->parents[j]] = true;
	}
	for (guint i = 0; i < n; i++) {
		Spot *spot = at(map, i);

		if (spot->step)
			continue;
		if (spot->commit->known && !spot->commit->fact.matters)
			spot->state = SPOT_NEVER;
		else if (g_strcmp0(spot->mark, "suspect") == 0)
			spot->state = SPOT_OPEN;
		else if (is_new[i])
			spot->state = SPOT_NEW;
		else if (is_old[i] || found || (spot->commit->outside && !spot->n_parents))
			spot->state = SPOT_OLD;
	}
}

bool range_map_read(const Past *past, RangeMap **ret_map, GError **error)
{
	GPtrArray *commits;
	g_autoptr(RangeMap) map = NULL;
	g_autoptr(GHashTable) places = NULL;

	if (!range_read(past->folder, &commits, error))
		return false;
	map = map_new(commits);
	places = place_spots(map);
	take_steps(map, places, past->result);
	take_marks(map, places, past->result);
	infer(map, past->result->culprit.id != NULL);
	*ret_map = g_steal_pointer(&map);
	return true;
}

/* ---- the picture ---- */

static void row_free(RangeRow *row)
{
	g_array_unref(row->parents);
	g_free(row);
}

/* What a person looks for: what was tested, the ends, the answer and what is before it. */
static bool *choose(const RangeMap *map, guint all)
{
	guint n = map->spots->len;
	bool *shown = g_new0(bool, n + 1);

	for (guint i = 0; i < n; i++) {
		const Spot *spot = range_map_spot(map, i);

		shown[i] |= n <= all || spot->step || spot->culprit || spot->mark || i == n - 1 ||
			    (spot->commit->outside && !spot->n_parents);
		for (guint j = 0; j < spot->n_parents && spot->culprit; j++)
			shown[spot->parents[j]] = true;
	}
	return shown;
}

/* Sets of shown commits, one bit each. */
typedef struct {
	guint words;
	guint64 *bits;
} Sets;

static guint64 *set_of(const Sets *sets, guint index)
{
	return sets->bits + (gsize)index * sets->words;
}

static bool has(const guint64 *set, guint bit)
{
	return set[bit / 64] >> (bit % 64) & 1;
}

/*
 * Which shown commits each one reaches with nothing shown in between; of these only those that no
 * other of them reaches. Rows are numbered oldest first here.
 */
typedef struct {
	const RangeMap *map;
	const bool *shown;
	guint *number; /* of shown spots: their row */
	guint n_rows;
	Sets near;  /* of every spot */
	Sets below; /* of every row: all shown that it descends from */
} Folding;

static void fold_spot(Folding *fold, guint index)
{
	const Spot *spot = range_map_spot(fold->map, index);
	guint64 *near = set_of(&fold->near, index);

	for (guint i = 0; i < spot->n_parents; i++) {
		guint parent = spot->parents[i];
		const guint64 *of = set_of(&fold->near, parent);

		if (fold->shown[parent]) {
			near[fold->number[parent] / 64] |= G_GUINT64_CONSTANT(1)
							   << (fold->number[parent] % 64);
			continue;
		}
		for (guint word = 0; word < fold->near.words; word++)
			near[word] |= of[word];
	}
}

static RangeRow *make_row(Folding *fold, guint index)
{
	RangeRow *row = g_new0(RangeRow, 1);
	guint number = fold->number[index];
	const guint64 *near = set_of(&fold->near, index);
	guint64 *below = set_of(&fold->below, number);

	row->spot = index;
	row->parents = g_array_new(FALSE, FALSE, sizeof(guint));
	/* The youngest first: what it reaches is no parent of this one. */
	for (guint i = number; i-- > 0;) {
		const guint64 *further = set_of(&fold->below, i);

		if (!has(near, i) || has(below, i))
			continue;
		g_array_append_val(row->parents, i);
		for (guint word = 0; word < fold->below.words; word++)
			below[word] |= further[word];
		below[i / 64] |= G_GUINT64_CONSTANT(1) << (i % 64);
	}
	return row;
}

/* What is left out is counted with the oldest shown commit that has it. */
static void count_folded(const Folding *fold, GPtrArray *rows)
{
	guint n = fold->map->spots->len;
	g_autofree guint *owner = g_new(guint, n + 1);

	for (guint i = 0; i < n; i++)
		owner[i] = G_MAXUINT;
	for (guint i = n; i-- > 0;) {
		const Spot *spot = range_map_spot(fold->map, i);
		guint mine = fold->shown[i] ? fold->number[i] : owner[i];

		if (!fold->shown[i] && mine != G_MAXUINT)
			((RangeRow *)rows->pdata[mine])->folded[spot->state]++;
		for (guint j = 0; j < spot->n_parents; j++)
			owner[spot->parents[j]] = MIN(owner[spot->parents[j]], mine);
	}
}

/* Newest first, and parents by the rows' new places. */
static GPtrArray *turn_round(GPtrArray *rows)
{
	guint n = rows->len;
	GPtrArray *turned = g_ptr_array_new_with_free_func((GDestroyNotify)row_free);

	for (guint i = n; i-- > 0;) {
		RangeRow *row = rows->pdata[i];

		for (guint j = 0; j < row->parents->len; j++)
			g_array_index(row->parents, guint, j) =
				n - 1 - g_array_index(row->parents, guint, j);
		g_ptr_array_add(turned, row);
	}
	return turned;
}

GPtrArray *range_map_rows(const RangeMap *map, guint all)
{
	guint n = map->spots->len;
	g_autofree bool *shown = choose(map, all);
	g_autofree guint *number = g_new0(guint, n + 1);
	g_autoptr(GPtrArray) rows = g_ptr_array_new();
	Folding fold = { .map = map, .shown = shown, .number = number };

	for (guint i = 0; i < n; i++)
		if (shown[i])
			number[i] = fold.n_rows++;
	fold.near.words = fold.below.words = fold.n_rows / 64 + 1;
	fold.near.bits = g_new0(guint64, (gsize)(n + 1) * fold.near.words);
	fold.below.bits = g_new0(guint64, (gsize)(fold.n_rows + 1) * fold.below.words);
	for (guint i = 0; i < n; i++) {
		fold_spot(&fold, i);
		if (shown[i])
			g_ptr_array_add(rows, make_row(&fold, i));
	}
	count_folded(&fold, rows);
	g_free(fold.near.bits);
	g_free(fold.below.bits);
	return turn_round(rows);
}
