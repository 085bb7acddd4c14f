/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers, and classes of same kernels. */
#include "search/ledger.h"

#define NO_CLASS G_MAXUINT

typedef struct {
	Samples any;
	Samples clean; /* those of any that are from clean builds */
	bool skipped;
	bool skip_known; /* by a person, or a clean build */
	bool asked;
	bool clean_only;
	guint class;    /* its class's place in classes */
	guint compared; /* how many classes it has been compared with */
} Entry;

struct Ledger {
	guint size;
	SearchOracle oracle;
	Entry *entries;
	GArray *asked;      /* Node */
	GPtrArray *classes; /* GArray of Node; the first is one that was asked */
};

Ledger *ledger_new(const Graph *graph, const SearchOracle *oracle)
{
	Ledger *ledger = g_new0(Ledger, 1);

	ledger->size = graph_size(graph);
	if (oracle)
		ledger->oracle = *oracle;
	ledger->entries = g_new0(Entry, ledger->size);
	for (Node node = 0; node < ledger->size; node++)
		ledger->entries[node].class = NO_CLASS;
	ledger->asked = g_array_new(FALSE, FALSE, sizeof(Node));
	ledger->classes = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	return ledger;
}

void ledger_free(Ledger *ledger)
{
	if (!ledger)
		return;
	g_free(ledger->entries);
	g_array_unref(ledger->asked);
	g_ptr_array_unref(ledger->classes);
	g_free(ledger);
}

static void join_class(Ledger *ledger, Node node, guint class)
{
	ledger->entries[node].class = class;
	g_array_append_val((GArray *)ledger->classes->pdata[class], node);
}

static bool same(const Ledger *ledger, Node node, guint class)
{
	const GArray *members = ledger->classes->pdata[class];

	return ledger->oracle.graph_same &&
	       ledger->oracle.graph_same(node, g_array_index(members, Node, 0),
					 ledger->oracle.user);
}

/* The class that a node belongs to, where there is one. Return: whether it has joined one. */
static bool find_class(Ledger *ledger, Node node)
{
	Entry *entry = &ledger->entries[node];

	while (entry->class == NO_CLASS && entry->compared < ledger->classes->len) {
		guint class = entry->compared++;

		if (same(ledger, node, class))
			join_class(ledger, node, class);
	}
	return entry->class != NO_CLASS;
}

bool ledger_answer(Ledger *ledger, Node node, Verdict verdict, bool clean)
{
	Entry *entry = &ledger->entries[node];
	bool grown = entry->class == NO_CLASS;

	if (verdict == VERDICT_NONE || (entry->clean_only && !clean))
		return false;
	if (!entry->asked)
		g_array_append_val(ledger->asked, node);
	entry->asked = true;
	if (!find_class(ledger, node)) {
		g_ptr_array_add(ledger->classes, g_array_new(FALSE, FALSE, sizeof(Node)));
		join_class(ledger, node, ledger->classes->len - 1);
		grown = false;
	}
	entry->skipped = verdict == VERDICT_SKIP;
	entry->skip_known = entry->skipped && clean;
	entry->any.bad += verdict == VERDICT_BAD;
	entry->any.good += verdict == VERDICT_GOOD;
	entry->clean.bad += clean && verdict == VERDICT_BAD;
	entry->clean.good += clean && verdict == VERDICT_GOOD;
	return grown;
}

Samples ledger_drop_unclean(Ledger *ledger, Node node)
{
	Entry *entry = &ledger->entries[node];
	Samples dropped = { entry->any.bad - entry->clean.bad,
			    entry->any.good - entry->clean.good };

	entry->any = entry->clean;
	entry->clean_only = true;
	return dropped;
}

bool ledger_clean_only(const Ledger *ledger, Node node)
{
	return ledger->entries[node].clean_only;
}

bool ledger_pool(Ledger *ledger, const guint8 *wanted)
{
	bool grown = false;

	if (!ledger->oracle.graph_same)
		return false;
	for (Node node = 0; node < ledger->size; node++)
		if (wanted[node] && ledger->entries[node].class == NO_CLASS)
			grown = find_class(ledger, node) || grown;
	return grown;
}

const GPtrArray *ledger_classes(const Ledger *ledger)
{
	return ledger->classes;
}

Samples ledger_own(const Ledger *ledger, Node node)
{
	return ledger->entries[node].any;
}

const GArray *ledger_same(const Ledger *ledger, Node node)
{
	guint class = ledger->entries[node].class;

	return class == NO_CLASS ? NULL : ledger->classes->pdata[class];
}

/* Sum over the class; Samples by which of the two. */
static Samples sum(const Ledger *ledger, Node node, bool clean)
{
	Samples all = { 0 };
	const GArray *members = ledger_same(ledger, node);

	for (guint i = 0; members && i < members->len; i++) {
		const Entry *entry = &ledger->entries[g_array_index(members, Node, i)];
		const Samples *samples = clean ? &entry->clean : &entry->any;

		all.bad += samples->bad;
		all.good += samples->good;
	}
	return all;
}

Samples ledger_all(const Ledger *ledger, Node node)
{
	return sum(ledger, node, false);
}

Samples ledger_clean(const Ledger *ledger, Node node)
{
	return sum(ledger, node, true);
}

bool ledger_skipped(const Ledger *ledger, Node node)
{
	const GArray *members = ledger_same(ledger, node);

	for (guint i = 0; members && i < members->len; i++)
		if (ledger->entries[g_array_index(members, Node, i)].skipped)
			return true;
	return false;
}

bool ledger_skip_is_known(const Ledger *ledger, Node node)
{
	const GArray *members = ledger_same(ledger, node);

	for (guint i = 0; members && i < members->len; i++) {
		const Entry *entry = &ledger->entries[g_array_index(members, Node, i)];

		if (entry->skipped && !entry->skip_known)
			return false;
	}
	return ledger_skipped(ledger, node);
}

const GArray *ledger_asked(const Ledger *ledger)
{
	return ledger->asked;
}
