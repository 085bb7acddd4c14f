/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All commits of a run's range. */
#include "cmd/run_survey.h"

#include "record/range.h"

/* A graph of more would be of no use to anybody who looks at it. */
#define COMMITS_MAX 50000

/* ---- how they hang together ---- */

/* Candidates, what connects them, and the ends below. */
static guint8 *mark_shown(RepoRange *range)
{
	guint n = graph_size(range->graph);
	guint8 *shown = g_malloc0(n + 1);

	graph_mark_ancestors(range->graph, range->bad, shown, 1);
	for (guint i = 0; i < range->goods->len; i++)
		graph_mark_ancestors(range->graph, g_array_index(range->goods, Node, i), shown, 0);
	return shown;
}

static char **parents_of(RepoRange *range, Node node, const guint8 *shown)
{
	g_autoptr(GPtrArray) parents = g_ptr_array_new();
	guint n;
	const Node *edges = graph_edges(range->graph, node, &n);

	for (guint i = 0; i < n; i++)
		if (shown[edges[i]])
			g_ptr_array_add(parents,
					g_strdup(g_array_index(range->ids, RepoId, edges[i]).hex));
	g_ptr_array_add(parents, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&parents), FALSE);
}

static bool add_commit(RepoRange *range, Repo *repo, Node node, const guint8 *shown, GString *lines,
		       GError **error)
{
	const RepoId *id = &g_array_index(range->ids, RepoId, node);
	g_autoptr(Json) json = NULL;
	g_autofree char *line = NULL;
	RangeCommit *commit = g_new0(RangeCommit, 1);
	bool ok = repo_subject(repo, id, &commit->subject, error);

	commit->id = g_strdup(id->hex);
	commit->outside = shown[node] > 1 || graph_is_passage(range->graph, node);
	commit->parents = shown[node] > 1 ? g_new0(char *, 1) : parents_of(range, node, shown);
	json = range_commit_json(commit);
	line = json_text(json, false);
	g_string_append_printf(lines, "%s\n", line);
	range_commit_free(commit);
	return ok;
}

static bool write_range(RepoRange *range, Repo *repo, Run *run, Live *live, GError **error)
{
	g_autofree guint8 *shown = mark_shown(range);
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GError) local = NULL;
	guint n = graph_size(range->graph);

	if (range->commits > COMMITS_MAX)
		return true;
	for (guint i = 0; i < range->goods->len; i++)
		shown[g_array_index(range->goods, Node, i)] = 2;
	for (Node node = 0; node < n; node++) {
		if (!shown[node] || add_commit(range, repo, node, shown, lines, &local))
			continue;
		live_event(live, "no range.jsonl: %s", local->message);
		return true;
	}
	return run_write_text(run, "range.jsonl", lines->str, error);
}

/* ---- which of them could matter ---- */

typedef struct {
	RunResult *result;
	GString *lines;
} Survey;

static void survey(const RelevanceCommit *commit, void *user)
{
	Survey *all = user;
	g_autoptr(Json) json = relevance_commit_json(commit);
	g_autofree char *line = json_text(json, false);

	g_string_append_printf(all->lines, "%s\n", line);
	all->result->relevant += commit->matters;
}

static bool write_relevance(RepoRange *range, Relevance *relevance, Run *run, RunResult *result,
			    Live *live, GError **error)
{
	g_autoptr(GString) lines = g_string_new(NULL);
	Survey all = { result, lines };
	g_autoptr(GError) local = NULL;

	if (!relevance || !relevance_built(relevance))
		return true;
	if (!relevance_range(relevance, range, survey, &all, &local)) {
		live_event(live, "no relevance.jsonl: %s", local->message);
		result->relevant = 0;
		return true;
	}
	result->weighed = true;
	return run_write_text(run, "relevance.jsonl", lines->str, error);
}

bool run_survey(Inquiry *inquiry, Repo *repo, Relevance *relevance, Run *run, RunResult *result,
		Live *live, GError **error)
{
	RepoRange *range = NULL;

	return !inquiry_search(inquiry, &range) ||
	       (write_range(range, repo, run, live, error) &&
		write_relevance(range, relevance, run, result, live, error));
}
