/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The noisy search. Like search.c it keeps the answers and works out anew what to do; only the
 * posterior is carried along, which takes an answer by addition.
 */
#include "search/noisy_internal.h"

#include "search/candidates.h"
#include "search/near.h"
#include "search/price.h"
#include "search/weigh.h"

#include <math.h>
#include <string.h>

/* A test that says less than this many bits is not worth asking for. */
#define LEAST_WORTH 1e-6
/* A bad end that has passed so often never showed it: at 95 %, r is below 6 %. */
#define NEVER_SHOWN 50

/*
 * Evidence that a revision is bad. Where one state shows at a rate that is not known, and now and
 * then the other one answers wrongly, no number of answers of one kind alone need ever be beyond
 * doubt: so many are.
 */
static double evidence_of(const NoisySearch *noisy, Samples samples, Samples others)
{
	const Noise *noise = &noisy->spec.noise;
	double evidence = noise_evidence(noise, samples, others);

	if (noise->fp < 0 && !samples.good && samples.bad >= NEVER_SHOWN)
		return MAX(evidence, noisy->beyond);
	if (noise->fn < 0 && !samples.bad && samples.good >= NEVER_SHOWN)
		return MIN(evidence, -noisy->beyond);
	return evidence;
}

NoisySearch *noisy_new(const NoisySpec *spec)
{
	NoisySearch *noisy = g_new0(NoisySearch, 1);
	guint size = graph_size(spec->graph);
	bool unknown = spec->noise.fn < 0 || spec->noise.fp < 0;

	noisy->spec = *spec;
	if (spec->oracle)
		noisy->oracle = *spec->oracle;
	noisy->goods = g_array_new(FALSE, FALSE, sizeof(Node));
	g_array_append_vals(noisy->goods, spec->goods, spec->n_goods);
	noisy->bases = g_array_new(FALSE, FALSE, sizeof(Node));
	if (spec->n_bases)
		g_array_append_vals(noisy->bases, spec->bases, spec->n_bases);
	if (spec->prior)
		noisy->prior = g_memdup2(spec->prior, size * sizeof(*spec->prior));
	/* The posterior is right on average over the rates of its prior, not at each of them. */
	noisy->delta = (1 - spec->confidence) / (unknown ? 2 : 1);
	noisy->beyond = log((1 - noisy->delta) / noisy->delta);
	noisy->ledger = ledger_new(spec->graph, spec->oracle);
	noisy->state = g_malloc0(size);
	noisy->wanted = g_malloc0(size);
	return noisy;
}

void noisy_free(NoisySearch *noisy)
{
	if (!noisy)
		return;
	g_array_unref(noisy->goods);
	g_free(noisy->prior);
	ledger_free(noisy->ledger);
	posterior_free(noisy->posterior);
	posterior_free(noisy->guided);
	g_array_unref(noisy->bases);
	g_free(noisy->state);
	g_free(noisy->wanted);
	g_free(noisy);
}

static void decide_on(NoisySearch *noisy, SearchAsk ask, Node node, SearchWhy why)
{
	Samples known = { 0 };

	if (node != NODE_NONE)
		known = ledger_own(noisy->ledger, node);
	/* Where other builds were found to lie, only clean ones are asked. */
	if (ask == SEARCH_TEST && ledger_clean_only(noisy->ledger, node))
		ask = SEARCH_CONFIRM;
	noisy->ask = ask;
	noisy->node = node;
	noisy->why = ask == SEARCH_TEST && known.bad + known.good > 0 ? REASON_AGAIN : why;
}

static void contradict(NoisySearch *noisy, SearchTrouble trouble)
{
	noisy->trouble = trouble;
	decide_on(noisy, SEARCH_CONTRADICTION, NODE_NONE, REASON_NARROW);
}

/* The end that shows the rate that is not known, where there is one. */
static Node rate_end(const NoisySearch *noisy)
{
	return noisy->spec.noise.fp < 0 ? g_array_index(noisy->goods, Node, 0) : noisy->spec.bad;
}

/* Its answers, for judging another revision. */
static Samples rate_of_ends(const NoisySearch *noisy, Node about)
{
	Node end = rate_end(noisy);
	Samples none = { 0 };

	return end == about ? none : ledger_all(noisy->ledger, end);
}

/* Return: whether the bad end asks for something, or stops the search. */
static bool check_bad(NoisySearch *noisy)
{
	Node bad = noisy->spec.bad;
	Samples samples = ledger_all(noisy->ledger, bad);
	bool unknown = noisy->spec.noise.fn < 0;
	double evidence = evidence_of(noisy, samples, rate_of_ends(noisy, bad));

	if (ledger_skipped(noisy->ledger, bad)) {
		contradict(noisy, TROUBLE_BAD_UNTESTABLE);
		return true;
	}
	if (noisy->spec.trust_rate && noisy->spec.trust_ends)
		return false;
	/* The rate has to be seen also where the end is trusted. */
	if (unknown ? samples.bad >= NOISY_SHOWN
		    : noisy->spec.trust_ends || evidence >= noisy->beyond)
		return false;
	if (unknown ? !samples.bad && samples.good >= NEVER_SHOWN : evidence <= -noisy->beyond) {
		contradict(noisy, TROUBLE_BAD_IS_GOOD);
		return true;
	}
	decide_on(noisy, SEARCH_TEST, bad, REASON_END);
	return true;
}

static bool check_good(NoisySearch *noisy, Node good)
{
	Samples samples = ledger_all(noisy->ledger, good);
	double evidence = evidence_of(noisy, samples, rate_of_ends(noisy, good));
	/* As the bad end where it is that one that shows the rate. */
	bool shows = noisy->spec.noise.fp < 0 && good == rate_end(noisy);

	if (shows ? noisy->spec.trust_rate && noisy->spec.trust_ends : noisy->spec.trust_ends)
		return false;
	if (ledger_skipped(noisy->ledger, good)) {
		contradict(noisy, TROUBLE_GOOD_UNTESTABLE);
		return true;
	}
	if (shows ? samples.good >= NOISY_SHOWN : evidence <= -noisy->beyond)
		return false;
	if (shows ? !samples.good && samples.bad >= NEVER_SHOWN : evidence >= noisy->beyond) {
		contradict(noisy, TROUBLE_GOOD_IS_BAD);
		return true;
	}
	decide_on(noisy, SEARCH_TEST, good, REASON_END);
	return true;
}

/* The culprit is at @bad or below, where this search does not look. */
static void send_elsewhere(NoisySearch *noisy, Node bad, Node suspect)
{
	guint8 *held = g_malloc0(graph_size(noisy->spec.graph));

	for (guint i = 0; i < noisy->goods->len; i++)
		held[g_array_index(noisy->goods, Node, i)] = VERDICT_GOOD;
	noisy->elsewhere =
		(SearchElsewhere){ bad, candidates_good_above(noisy->spec.graph, bad, held),
				   suspect };
	g_free(held);
	decide_on(noisy, SEARCH_ELSEWHERE, NODE_NONE, REASON_NARROW);
}

/* One that cannot be tested counts as good, as in search.h. */
static bool check_base(NoisySearch *noisy, Node base)
{
	double evidence =
		evidence_of(noisy, ledger_all(noisy->ledger, base), rate_of_ends(noisy, base));

	if (ledger_skipped(noisy->ledger, base) || evidence <= -noisy->beyond)
		return false;
	if (evidence >= noisy->beyond)
		send_elsewhere(noisy, base, NODE_NONE);
	else
		decide_on(noisy, SEARCH_TEST, base, REASON_BASE);
	return true;
}

static bool check_ends(NoisySearch *noisy)
{
	bool good_first = noisy->spec.noise.fp < 0;

	if (!good_first && check_bad(noisy))
		return true;
	for (guint i = 0; i < noisy->goods->len; i++)
		if (check_good(noisy, g_array_index(noisy->goods, Node, i)))
			return true;
	if (good_first && check_bad(noisy))
		return true;
	for (guint i = 0; i < noisy->bases->len; i++)
		if (check_base(noisy, g_array_index(noisy->bases, Node, i)))
			return true;
	return false;
}

static Samples less(Samples all, Samples some)
{
	return (Samples){ all.bad - MIN(some.bad, all.bad), all.good - MIN(some.good, all.good) };
}

/*
 * The clean build's own word. Return: whether it is what it must be; else a decision was made, or,
 * with @ret_changed, answers were taken back.
 */
static bool clean_holds(NoisySearch *noisy, Node node, bool bad, Samples others, bool *ret_changed)
{
	Samples clean = ledger_clean(noisy->ledger, node);
	bool among = bad == (noisy->spec.noise.fp >= 0);
	double evidence = evidence_of(noisy, clean, among ? less(others, clean) : others);

	if (clean.bad + clean.good > 0) {
		if (bad ? evidence > 0 : evidence < 0)
			return true;
		if ((bad ? evidence <= -noisy->beyond : evidence >= noisy->beyond) &&
		    noisy_drop(noisy, node)) {
			*ret_changed = true;
			return false;
		}
	}
	decide_on(noisy, SEARCH_CONFIRM, node, REASON_CONFIRM);
	return false;
}

/* What came out of looking at the likeliest culprit. */
typedef enum {
	CERTIFIED,
	DECIDED,
	LOOK_AGAIN, /* the candidates or their answers have changed */
} Look;

/* A parent that is no candidate: only assumed good so far. */
static Look check_outside(NoisySearch *noisy, Node culprit, Node parent, Samples others)
{
	Samples own = ledger_all(noisy->ledger, parent);
	double evidence =
		evidence_of(noisy, own, noisy->spec.noise.fp < 0 ? less(others, own) : others);

	if (evidence <= -noisy->beyond)
		return CERTIFIED;
	if (evidence < noisy->beyond)
		decide_on(noisy, SEARCH_TEST, parent, REASON_PARENT);
	else
		send_elsewhere(noisy, parent, culprit);
	return DECIDED;
}

static Look check_parents(NoisySearch *noisy, Node culprit, Samples others)
{
	guint n;
	const Node *parents = graph_parents(noisy->spec.graph, culprit, &n);

	for (guint i = 0; i < n; i++) {
		Samples samples = ledger_all(noisy->ledger, parents[i]);
		Look look = CERTIFIED;

		if (ledger_skipped(noisy->ledger, parents[i])) {
			decide_on(noisy, SEARCH_SUSPECTS, NODE_NONE, REASON_NARROW);
			return DECIDED;
		}
		if (!weigh_is_candidate(noisy->state[parents[i]])) {
			look = check_outside(noisy, culprit, parents[i], others);
		} else if (samples.bad + samples.good == 0) {
			decide_on(noisy, SEARCH_TEST, parents[i], REASON_PARENT);
			look = DECIDED;
		}
		if (look != CERTIFIED)
			return look;
	}
	return CERTIFIED;
}

static Look certify(NoisySearch *noisy, Node culprit)
{
	Samples own = ledger_all(noisy->ledger, culprit);
	/* They say how often the state shows whose rate is not known. */
	Samples others = noisy->spec.noise.fp < 0 ? posterior_of_good(noisy->posterior, culprit)
						  : posterior_of_bad(noisy->posterior, culprit);
	guint n;
	const Node *parents = graph_parents(noisy->spec.graph, culprit, &n);
	bool changed = false;
	Look look;

	if (own.bad + own.good == 0) {
		decide_on(noisy,
			  ledger_skipped(noisy->ledger, culprit) ? SEARCH_SUSPECTS : SEARCH_TEST,
			  culprit, REASON_NARROW);
		return DECIDED;
	}
	look = check_parents(noisy, culprit, others);
	if (look != CERTIFIED)
		return look;
	if (!clean_holds(noisy, culprit, true, others, &changed))
		return changed ? LOOK_AGAIN : DECIDED;
	for (guint i = 0; i < n; i++)
		if (!clean_holds(noisy, parents[i], false, others, &changed))
			return changed ? LOOK_AGAIN : DECIDED;
	decide_on(noisy, SEARCH_FOUND, culprit, REASON_CONFIRM);
	return DECIDED;
}

static double *find_testable(const NoisySearch *noisy)
{
	guint size = graph_size(noisy->spec.graph);
	g_autofree guint8 *held = g_malloc0(size);
	double *testable = g_new(double, size);
	const GArray *asked = ledger_asked(noisy->ledger);

	held[noisy->spec.bad] = VERDICT_BAD;
	for (guint i = 0; i < noisy->goods->len; i++)
		held[g_array_index(noisy->goods, Node, i)] = VERDICT_GOOD;
	for (guint i = 0; i < asked->len; i++) {
		Node node = g_array_index(asked, Node, i);

		if (!ledger_skipped(noisy->ledger, node))
			held[node] = VERDICT_GOOD;
		else if (!ledger_skip_is_known(noisy->ledger, node))
			held[node] = VERDICT_SKIP;
	}
	near_testable(noisy->spec.graph, held, testable);
	return testable;
}

/* Return: whether any test still says something. */
static bool choose(NoisySearch *noisy, Posterior *posterior)
{
	guint n;
	const Node *nodes = posterior_nodes(posterior, &n);
	g_autofree double *worth = g_new(double, n);
	g_autofree double *testable = find_testable(noisy);
	g_autofree double *seconds = noisy->spec.cost ? g_new(double, n) : NULL;
	guint best;

	posterior_gains(posterior, worth);
	for (guint i = 0; i < n; i++) {
		worth[i] *= testable[nodes[i]];
		if (worth[i] < LEAST_WORTH || ledger_skipped(noisy->ledger, nodes[i]) ||
		    !weigh_is_candidate(noisy->state[nodes[i]]))
			worth[i] = 0;
		if (seconds)
			seconds[i] = noisy->spec.cost(nodes[i], noisy->spec.user);
	}
	best = price_choose(n, worth, seconds);
	if (best == G_MAXUINT)
		return false;
	decide_on(noisy, SEARCH_TEST, nodes[best], REASON_NARROW);
	return true;
}

/*
 * Towards the culprit by what is guessed, until that is sure; then by the answers alone, until
 * they are. Return: the likeliest, or NODE_NONE when decided.
 */
static Node lead(NoisySearch *noisy)
{
	double probability = 0;
	Node best;

	if (noisy->guided) {
		best = posterior_best(noisy->guided, &probability);
		if (best != NODE_NONE && probability < 1 - noisy->delta &&
		    choose(noisy, noisy->guided))
			return NODE_NONE;
	}
	best = posterior_best(noisy->posterior, &probability);
	if (best == NODE_NONE) {
		contradict(noisy, TROUBLE_NO_GOOD);
		return NODE_NONE;
	}
	if (probability >= 1 - noisy->delta)
		return best;
	if (!choose(noisy, noisy->posterior))
		decide_on(noisy, SEARCH_SUSPECTS, NODE_NONE, REASON_NARROW);
	return NODE_NONE;
}

void noisy_decide(NoisySearch *noisy)
{
	Look look = LOOK_AGAIN;

	if (noisy->decided)
		return;
	noisy->decided = true;
	noisy->trouble = TROUBLE_NONE;
	if (!noisy->posterior)
		noisy_learn(noisy);
	if (check_ends(noisy))
		return;
	while (look == LOOK_AGAIN) {
		Node best;

		noisy_pool(noisy);
		best = lead(noisy);
		if (best == NODE_NONE)
			return;
		look = certify(noisy, best);
	}
}

SearchAsk noisy_next(NoisySearch *noisy, Node *ret_node, SearchWhy *ret_why)
{
	noisy_decide(noisy);
	if (ret_node && noisy->node != NODE_NONE)
		*ret_node = noisy->node;
	if (ret_why)
		*ret_why = noisy->why;
	return noisy->ask;
}

void noisy_answer(NoisySearch *noisy, Node node, Verdict verdict, bool clean)
{
	Samples sample = { verdict == VERDICT_BAD, verdict == VERDICT_GOOD };

	noisy->grown = ledger_answer(noisy->ledger, node, verdict, clean) || noisy->grown;
	if (clean || !ledger_clean_only(noisy->ledger, node))
		noisy_add(noisy, node, sample, 1);
	noisy->decided = false;
}

void noisy_trust_ends(NoisySearch *noisy, bool trust_ends)
{
	noisy->spec.trust_ends = trust_ends;
	noisy->spec.trust_rate = false;
	noisy->decided = false;
}

void noisy_drop_unclean(NoisySearch *noisy, Node node)
{
	noisy_drop(noisy, node);
	noisy->decided = false;
}
