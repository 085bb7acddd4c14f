/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search simulate SHAPE SEARCHES: bisectbox's searches beside git's over made-up answers. SHAPE:
 *        linear:N; kernel:N, made; or a repository, its last ten thousand commits or so
 * search speed REPO BAD GOOD: read a range, choose first, choose later; CPU times and memory
 * search choose REPO BAD GOOD [PATH]: the first two of it only, to be timed from outside
 * search export N: a made history for `git fast-import`
 */
#include "repo/repo.h"
#include "search/candidates.h"
#include "search/search.h"
#include "search/weigh.h"

#include "tests/unit/simulate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONFIDENCE 0.99
#define RANGE 10000
#define SHORT 1000

/* A history to search in: the first node given is good, all candidates are below bad. */
typedef struct {
	Graph *graph;
	RepoRange *range;
	Node bad;
	Node good;
	GArray *candidates; /* Node */
} History;

/* How often good answers bad, and bad answers good; told to the search or not. */
typedef struct {
	double fp, fn;
	bool told;
} Lies;

typedef struct {
	const History *history;
	GRand *rand;
	const guint8 *truth;
	Lies lies;
} Play;

/* What came out of many searches. */
typedef struct {
	guint right;
	guint wrong; /* a commit that is not the culprit was named */
	guint64 tests;
	double seconds;
} Score;

static void fail(const GError *error)
{
	fprintf(stderr, "search: %s\n", error->message);
	exit(1);
}

static RepoRange *read_range(Repo *repo, const char *bad, const char *good, const char *path)
{
	const char *paths[] = { path, NULL };
	g_autoptr(GError) error = NULL;
	RepoRange *range = NULL;
	RepoId ids[2];
	RepoRangeSpec spec = { .goods = &ids[1], .n_goods = 1, .paths = path ? paths : NULL };

	if (!repo_resolve(repo, bad, &ids[0], &error) || !repo_resolve(repo, good, &ids[1], &error))
		fail(error);
	spec.bad = ids[0];
	if (!repo_range(repo, &spec, &range, &error))
		fail(error);
	return range;
}

/* Back along first parents until the range has RANGE commits. */
static RepoRange *read_last(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Repo) repo = NULL;

	if (!repo_open(path, &repo, &error))
		fail(error);
	for (guint back = 200;; back += back / 4) {
		g_autofree char *good = g_strdup_printf("HEAD~%u", back);
		RepoRange *range = read_range(repo, "HEAD", good, NULL);

		if (range->commits >= RANGE * 9 / 10)
			return range;
		repo_range_free(range);
	}
}

static void history_open(History *history, const char *shape)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	g_autofree guint8 *held = NULL;
	g_autofree guint8 *state = NULL;
	guint size;

	if (g_str_has_prefix(shape, "linear:")) {
		history->graph = simulate_linear((guint)atoi(shape + 7) + 1);
	} else if (g_str_has_prefix(shape, "kernel:")) {
		history->graph = simulate_kernel(rand, (guint)atoi(shape + 7) + 1);
	} else {
		history->range = read_last(shape);
		history->graph = history->range->graph;
		history->good = g_array_index(history->range->goods, Node, 0);
	}
	size = graph_size(history->graph);
	history->bad = history->range ? history->range->bad : size - 1;
	history->candidates = g_array_new(FALSE, FALSE, sizeof(Node));
	held = g_malloc0(size);
	state = g_malloc0(size);
	held[history->good] = VERDICT_GOOD;
	candidates_find(history->graph, history->bad, held, state, NULL);
	for (Node node = 0; node < size; node++)
		if (weigh_is_candidate(state[node]))
			g_array_append_val(history->candidates, node);
}

static Verdict answer(const Play *play, Node node)
{
	double bad = play->truth[node] ? 1 - play->lies.fn : play->lies.fp;

	return g_rand_double(play->rand) < bad ? VERDICT_BAD : VERDICT_GOOD;
}

/* Return: the culprit that was named, or NODE_NONE. */
static Node run_bisectbox(const Play *play, const SearchDoubt *doubt, bool trust_ends,
			  guint64 *tests)
{
	const History *history = play->history;
	g_autoptr(Search) search =
		search_new(history->graph, history->bad, &history->good, 1, trust_ends, NULL);

	search_set_doubt(search, doubt);
	for (;;) {
		Node node = NODE_NONE;
		SearchAsk ask = search_next(search, &node, NULL);

		if (ask != SEARCH_TEST && ask != SEARCH_CONFIRM)
			return ask == SEARCH_FOUND ? node : NODE_NONE;
		++*tests;
		search_answer(search, node, answer(play, node), ask == SEARCH_CONFIRM);
	}
}

/* Halving as git does, each revision run so often: the majority where both sides lie, else one bad
 * run is enough. */
static Node run_git(const Play *play, guint runs, guint64 *tests)
{
	const Graph *graph = play->history->graph;
	g_autofree guint8 *held = g_malloc0(graph_size(graph));
	g_autofree guint8 *state = g_malloc0(graph_size(graph));
	guint enough = play->lies.fp > 0 ? runs / 2 + 1 : 1;

	held[play->history->good] = VERDICT_GOOD;
	for (;;) {
		guint bad = 0;
		Node node;

		candidates_find(graph, play->history->bad, held, state, NULL);
		node = weigh_choose(graph, state, NULL, NULL);
		if (node == NODE_NONE)
			break;
		*tests += runs;
		for (guint i = 0; i < runs; i++)
			bad += answer(play, node) == VERDICT_BAD;
		held[node] = bad >= enough ? VERDICT_BAD : VERDICT_GOOD;
	}
	for (Node node = 0; node < graph_size(graph); node++)
		if (weigh_is_candidate(state[node]))
			return node;
	return NODE_NONE;
}

static double entropy(double p)
{
	return p <= 0 || p >= 1 ? 0 : -p * log2(p) - (1 - p) * log2(1 - p);
}

/* Capacity of a test in bits: the best share of bad revisions, by golden section. */
static double capacity(const Lies *lies)
{
	double lo = 0, hi = 1;

	for (int i = 0; i < 100; i++) {
		double at[2] = { lo + (hi - lo) / 3, hi - (hi - lo) / 3 };
		double bits[2];

		for (int k = 0; k < 2; k++)
			bits[k] = entropy(at[k] * (1 - lies->fn) + (1 - at[k]) * lies->fp) -
				  at[k] * entropy(lies->fn) - (1 - at[k]) * entropy(lies->fp);
		if (bits[0] < bits[1])
			lo = at[0];
		else
			hi = at[1];
	}
	return entropy(lo * (1 - lies->fn) + (1 - lo) * lies->fp) - lo * entropy(lies->fn) -
	       (1 - lo) * entropy(lies->fp);
}

/* Fano: whoever is right with CONFIDENCE has learned so many bits. */
static double bound(const Lies *lies, guint candidates)
{
	double delta = 1 - CONFIDENCE;
	double bits = (1 - delta) * log2(candidates) - entropy(delta);

	return MAX(bits, 0) / capacity(lies);
}

enum { OURS, BY_DEFAULT, GIT, GIT_THRICE, WAYS };

static void play_all(Play *play, Score *scores)
{
	const GArray *candidates = play->history->candidates;
	Node culprit = g_array_index(candidates, Node,
				     g_rand_int_range(play->rand, 0, (gint)candidates->len));
	g_autofree guint8 *truth = simulate_truth(play->history->graph, culprit);
	SearchDoubt doubt = { .always = true, .confidence = CONFIDENCE };
	SearchDoubt by_default = { .confidence = CONFIDENCE };

	by_default.noise = noise_init(0.01, NOISE_UNKNOWN, 0.3);
	doubt.noise = play->lies.told ? noise_init(play->lies.fp, play->lies.fn, 0)
				      : noise_init(0, NOISE_UNKNOWN, 0.3);
	play->truth = truth;
	for (int way = 0; way < WAYS; way++) {
		gint64 start = g_get_monotonic_time();
		guint64 *tests = &scores[way].tests;
		Node named;

		/* Nobody would leave that unsaid; on long histories it takes hours to show it. */
		if (way == BY_DEFAULT && play->lies.fp > 0 && candidates->len > SHORT)
			continue;
		named = way == OURS         ? run_bisectbox(play, &doubt, true, tests)
			: way == BY_DEFAULT ? run_bisectbox(play, &by_default, false, tests)
			: way == GIT        ? run_git(play, 1, tests)
					    : run_git(play, 3, tests);

		scores[way].right += named == culprit;
		scores[way].wrong += named != culprit && named != NODE_NONE;
		scores[way].seconds += (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
	}
}

static void simulate(const char *shape, guint searches)
{
	static const Lies all[] = { { 0, 0, true },     { 0.05, 0.05, true }, { 0.1, 0.1, true },
				    { 0.2, 0.2, true }, { 0, 0.2, false },    { 0, 0.5, false },
				    { 0, 0.8, false } };
	History history = { 0 };

	history_open(&history, shape);
	printf("  %s: %u candidates, %u searches; %% right, %% wrong, mean tests\n",
	       history.range ? "real history" : shape, history.candidates->len, searches);
	printf("    %-22s %19s %19s %19s %19s %7s %9s\n", "answers", "bisectbox", "by default",
	       "git bisect", "git, 3 runs", "bound", "a choice");
	for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(7 + i);
		Play play = { .history = &history, .rand = rand, .lies = all[i] };
		Score scores[WAYS] = { { 0 } };
		g_autofree char *what =
			all[i].told ? g_strdup_printf("%g %% wrong, both", all[i].fp * 100)
				    : g_strdup_printf("bad shows in %g %%", 100 - all[i].fn * 100);

		for (guint k = 0; k < searches; k++)
			play_all(&play, scores);
		printf("    %-22s", what);
		for (int way = 0; way < WAYS; way++)
			if (scores[way].tests == 0)
				printf(" %19s", "-");
			else
				printf(" %6.1f %5.1f %6.1f", scores[way].right * 100.0 / searches,
				       scores[way].wrong * 100.0 / searches,
				       (double)scores[way].tests / searches);
		printf(" %7.1f %6.2f ms\n", bound(&all[i], history.candidates->len),
		       scores[OURS].seconds * 1000 / (double)scores[OURS].tests);
		fflush(stdout);
	}
}

/* Resident memory in KiB, of this process. */
static long memory(const char *field)
{
	g_autofree char *text = NULL;
	const char *at;

	if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
		return 0;
	at = strstr(text, field);
	return at ? atol(at + strlen(field)) : 0;
}

/* CPU time of this process in microseconds: other programs do not count. */
static gint64 now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (gint64)at.tv_sec * G_USEC_PER_SEC + at.tv_nsec / 1000;
}

static void choose(const char *path, const char *bad, const char *good, const char *limit)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Repo) repo = NULL;
	g_autoptr(RepoRange) range = NULL;
	g_autoptr(Search) search = NULL;
	Node node = NODE_NONE;

	if (!repo_open(path, &repo, &error))
		fail(error);
	range = read_range(repo, bad, good, limit);
	search = search_new(range->graph, range->bad,
			    (const Node *)(const void *)range->goods->data, 1, true, NULL);
	search_next(search, &node, NULL);
	if (node == NODE_NONE)
		exit(1);
}

/* Machine-readable: ms to read, ms to choose first, ms of a later choice, bytes per commit, ms of a
 * noisy choice. */
static void speed(const char *path, const char *bad, const char *good)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Repo) repo = NULL;
	gint64 times[5] = { now() };
	g_autoptr(RepoRange) range = NULL;
	g_autoptr(Search) search = NULL;
	g_autoptr(Search) noisy = NULL;
	SearchDoubt doubt = { .always = true, .confidence = CONFIDENCE };
	Node node = NODE_NONE;
	long before = memory("VmRSS:");
	long after;
	guint later = 0;

	doubt.noise = noise_init(0.1, 0.1, 0);
	if (!repo_open(path, &repo, &error))
		fail(error);
	range = read_range(repo, bad, good, NULL);
	times[1] = now();
	search = search_new(range->graph, range->bad,
			    (const Node *)(const void *)range->goods->data, 1, true, NULL);
	search_next(search, &node, NULL);
	times[2] = now();
	after = memory("VmHWM:");
	while (later < 10) {
		search_answer(search, node, later++ % 3 ? VERDICT_BAD : VERDICT_GOOD, false);
		if (search_next(search, &node, NULL) != SEARCH_TEST)
			break;
	}
	times[3] = now();
	noisy = search_new(range->graph, range->bad, (const Node *)(const void *)range->goods->data,
			   1, true, NULL);
	search_set_doubt(noisy, &doubt);
	for (guint i = 0; i < 10; i++) {
		search_next(noisy, &node, NULL);
		search_answer(noisy, node, i % 3 ? VERDICT_BAD : VERDICT_GOOD, false);
	}
	times[4] = now();
	printf("%.1f %.1f %.2f %.0f %.2f %u\n", (double)(times[1] - times[0]) / 1000,
	       (double)(times[2] - times[1]) / 1000, (double)(times[3] - times[2]) / 1000 / later,
	       (double)(after - before) * 1024 / graph_size(range->graph),
	       (double)(times[4] - times[3]) / 1000 / 10, range->commits);
}

#define FILES 50

/* Every commit changes one file; a merge has of each file what is newer, as merges do. */
static void export_history(guint n)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	g_autoptr(Graph) graph = simulate_kernel(rand, n);
	g_autofree Node(*files)[FILES] = g_malloc0(n * sizeof(*files));

	for (Node node = 0; node < graph_size(graph); node++) {
		guint count;
		const Node *parents = graph_parents(graph, node, &count);

		printf("commit refs/heads/main\nmark :%u\n", node + 1);
		printf("committer A U Thor <a@example.org> %u +0000\ndata 0\n",
		       1100000000 + node * 60);
		for (guint i = 0; i < count; i++) {
			printf("%s :%u\n", i == 0 ? "from" : "merge", parents[i] + 1);
			for (guint file = 0; file < FILES; file++)
				files[node][file] = MAX(files[node][file], files[parents[i]][file]);
		}
		if (count < 2)
			files[node][node % FILES] = node;
		for (guint file = 0; file < FILES; file++)
			if (count == 0 || files[node][file] != files[parents[0]][file])
				printf("M 100644 inline d%u/f%u\ndata %d\n%08u\n", file % 10, file,
				       8, files[node][file]);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && g_str_equal(argv[1], "simulate"))
		simulate(argv[2], (guint)atoi(argv[3]));
	else if (argc == 5 && g_str_equal(argv[1], "speed"))
		speed(argv[2], argv[3], argv[4]);
	else if ((argc == 5 || argc == 6) && g_str_equal(argv[1], "choose"))
		choose(argv[2], argv[3], argv[4], argv[5]);
	else if (argc == 3 && g_str_equal(argv[1], "export"))
		export_history((guint)atoi(argv[2]));
	else
		return fprintf(stderr,
			       "usage: search simulate SHAPE SEARCHES | speed REPO BAD GOOD | "
			       "choose REPO BAD GOOD [PATH] | export N\n"),
		       2;
	return 0;
}
