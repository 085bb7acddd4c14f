/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels from the cache and into it, and whether incremental builds can be believed. */
#include "revision/stock.h"

#include "revision/relevance.h"

#include <string.h>

#define COMPARED_MAX 64 /* entries whose tree is another one */

struct Stock {
	char *folder;
	guint64 limit;
	char *setup;
	GMutex lock;
	GHashTable
		*seen;   /* compiler and tree (char *) -> hash of the incremental kernel (char *) */
	GHashTable *had; /* trees, and compilers and trees (char *); NULL: nobody has asked */
	bool distrust;
};

Stock *stock_new(const StockSpec *spec)
{
	Stock *stock = g_new0(Stock, 1);

	stock->folder = g_strdup(spec->cache.folder);
	stock->limit = spec->cache.limit;
	stock->setup = g_strdup(spec->setup);
	g_mutex_init(&stock->lock);
	stock->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return stock;
}

void stock_free(Stock *stock)
{
	if (!stock)
		return;
	g_free(stock->folder);
	g_free(stock->setup);
	g_mutex_clear(&stock->lock);
	g_hash_table_unref(stock->seen);
	g_clear_pointer(&stock->had, g_hash_table_unref);
	g_free(stock);
}

const char *stock_setup(const Stock *stock)
{
	return stock->setup;
}

bool stock_distrusts(Stock *stock)
{
	bool distrust;

	g_mutex_lock(&stock->lock);
	distrust = stock->distrust;
	g_mutex_unlock(&stock->lock);
	return distrust;
}

void stock_distrust(Stock *stock)
{
	g_mutex_lock(&stock->lock);
	stock->distrust = true;
	g_mutex_unlock(&stock->lock);
}

void stock_kernel_clear(StockKernel *kernel)
{
	g_clear_pointer(&kernel->hash, g_free);
	g_clear_pointer(&kernel->footprint, footprint_free);
	g_clear_pointer(&kernel->revision, g_free);
}

static void note_trouble(char **ret_note, const char *what, const char *why)
{
	if (!*ret_note)
		*ret_note = g_strdup_printf("%s: %s", what, why);
}

/* ---- taking ---- */

/* A search through the cache for one wish. */
typedef struct {
	const Stock *stock;
	const StockWish *wish;
	RepoId tree;
	bool distrust;
	StockKernel *kernel;
	char **note;
} Search;

static bool fits(const Search *search, const KernelEntry *entry)
{
	return g_str_equal(entry->compiler, search->wish->compiler) &&
	       (entry->clean || !(search->wish->clean || search->distrust));
}

/* Copies an entry out. A damaged one is as none. */
static bool take(const Search *search, const KernelEntry *entry)
{
	const char *folder = search->stock->folder;
	g_autoptr(Footprint) footprint = kcache_footprint(folder, entry);
	g_autoptr(GError) error = NULL;
	g_autofree char *damage = NULL;
	bool taken = false;

	if (!kcache_take(folder, entry, &search->wish->files, &taken, &damage, &error))
		note_trouble(search->note, "the kernel cache cannot be used", error->message);
	if (damage)
		note_trouble(search->note, "a kernel in the cache was damaged and is built again",
			     damage);
	if (!taken || !footprint)
		return false;
	*search->kernel = (StockKernel){ .hash = g_strdup(entry->hash),
					 .footprint = g_steal_pointer(&footprint),
					 .revision = g_strdup(entry->revision) };
	return true;
}

static bool take_own(const Search *search, const GPtrArray *entries)
{
	for (guint i = 0; i < entries->len; i++) {
		const KernelEntry *entry = entries->pdata[i];

		if (g_str_equal(entry->tree, search->tree.hex) && fits(search, entry) &&
		    take(search, entry))
			return true;
	}
	return false;
}

/* Of another tree, which is the same kernel. */
static bool take_equal(const Search *search, const GPtrArray *entries)
{
	g_autoptr(Relevance) relevance = relevance_new(search->wish->repo);
	guint compared = 0;

	for (guint i = 0; i < entries->len && compared < COMPARED_MAX; i++) {
		const KernelEntry *entry = entries->pdata[i];
		Footprint *footprint;
		RepoId tree;

		if (!fits(search, entry) || g_str_equal(entry->tree, search->tree.hex) ||
		    g_strlcpy(tree.hex, entry->tree, sizeof(tree.hex)) != REPO_ID_LEN)
			continue;
		footprint = kcache_footprint(search->stock->folder, entry);
		if (!footprint)
			continue;
		compared++;
		relevance_add_tree(relevance, &tree, footprint);
		if (relevance_same_tree(relevance, &tree, &search->tree) && take(search, entry))
			return true;
	}
	return false;
}

static GPtrArray *list(const Search *search)
{
	const Stock *stock = search->stock;
	guint damaged = 0;
	GPtrArray *entries = kcache_list(stock->folder, stock->setup, &damaged);

	if (damaged) {
		note_trouble(search->note, "a kernel in the cache was damaged and is built again",
			     "its record cannot be read");
		kcache_sweep(stock->folder, NULL);
	}
	return entries;
}

bool stock_take(Stock *stock, const StockWish *wish, StockKernel *ret_kernel, char **ret_note)
{
	Search search = { .stock = stock,
			  .wish = wish,
			  .distrust = stock_distrusts(stock),
			  .kernel = ret_kernel,
			  .note = ret_note };
	g_autoptr(GPtrArray) entries = NULL;

	*ret_note = NULL;
	if (!stock->folder || !repo_tree_id(wish->repo, wish->revision, &search.tree, NULL))
		return false;
	entries = list(&search);
	/* A clean build is there to see what nothing else has: no rule stands in for it. */
	return take_own(&search, entries) || (!wish->clean && take_equal(&search, entries));
}

/* ---- looking ---- */

static char *had_key(const char *compiler, const char *tree)
{
	return g_strconcat(compiler ? compiler : "", " ", tree, NULL);
}

static GHashTable *look(const Stock *stock)
{
	GHashTable *had = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) entries = NULL;

	if (!stock->folder)
		return had;
	entries = kcache_list(stock->folder, stock->setup, NULL);
	for (guint i = 0; i < entries->len; i++) {
		const KernelEntry *entry = entries->pdata[i];

		g_hash_table_add(had, had_key(NULL, entry->tree));
		g_hash_table_add(had, had_key(entry->compiler, entry->tree));
	}
	return had;
}

bool stock_had(Stock *stock, Repo *repo, const RepoId *revision, const char *compiler)
{
	g_autofree char *key = NULL;
	bool had;
	RepoId tree;

	g_mutex_lock(&stock->lock);
	if (!stock->had)
		stock->had = look(stock);
	had = g_hash_table_size(stock->had) && repo_tree_id(repo, revision, &tree, NULL);
	if (had) {
		key = had_key(compiler, tree.hex);
		had = g_hash_table_contains(stock->had, key);
	}
	g_mutex_unlock(&stock->lock);
	return had;
}

/* ---- putting ---- */

void stock_put(Stock *stock, const StockWish *wish, const char *hash, const Footprint *footprint,
	       char **ret_note)
{
	const KernelCache cache = { stock->folder, stock->limit };
	g_autoptr(GError) error = NULL;
	KernelEntry entry = { .setup = stock->setup,
			      .compiler = (char *)wish->compiler,
			      .revision = (char *)wish->revision->hex,
			      .clean = wish->clean,
			      .hash = (char *)hash };
	RepoId tree;

	*ret_note = NULL;
	if (!stock->folder || (!wish->clean && stock_distrusts(stock)))
		return;
	if (repo_tree_id(wish->repo, wish->revision, &tree, &error)) {
		entry.tree = tree.hex;
		kcache_put(&cache, &entry, &wish->files, footprint, &error);
	}
	if (error)
		note_trouble(ret_note, "the kernel is not kept in the cache", error->message);
}

void stock_put_known(Stock *stock, const StockWish *wish, const char *hash,
		     const Footprint *footprint, char **ret_note)
{
	g_autoptr(GPtrArray) entries = NULL;

	*ret_note = NULL;
	if (!stock->folder)
		return;
	entries = kcache_list(stock->folder, stock->setup, NULL);
	for (guint i = 0; i < entries->len; i++) {
		const KernelEntry *entry = entries->pdata[i];
		g_autofree char *image = NULL;
		StockWish known = *wish;

		if (!g_str_equal(entry->hash, hash) ||
		    !g_str_equal(entry->compiler, wish->compiler))
			continue;
		image = g_build_filename(stock->folder, entry->name, "bzImage", NULL);
		known.files.image = image;
		stock_put(stock, &known, hash, footprint, ret_note);
		return;
	}
}

/* ---- watching ---- */

static bool is_unclean(const KernelEntry *entry, void *user)
{
	const Stock *stock = user;

	return !entry->clean && g_str_equal(entry->setup, stock->setup);
}

/* The hash of the incremental kernel of the same tree, of this run or of an earlier one. */
static char *incremental(const Stock *stock, const char *key, const StockWish *wish,
			 const RepoId *tree)
{
	const char *hash = g_hash_table_lookup(stock->seen, key);
	g_autoptr(GPtrArray) entries = NULL;

	if (hash || !stock->folder)
		return g_strdup(hash);
	entries = kcache_list(stock->folder, stock->setup, NULL);
	for (guint i = 0; i < entries->len; i++) {
		const KernelEntry *entry = entries->pdata[i];

		if (!entry->clean && g_str_equal(entry->tree, tree->hex) &&
		    g_str_equal(entry->compiler, wish->compiler))
			return g_strdup(entry->hash);
	}
	return NULL;
}

bool stock_compare(Stock *stock, const StockWish *wish, const char *hash, char **ret_other,
		   GError **error)
{
	g_autofree char *other = NULL;
	g_autofree char *key = NULL;
	RepoId tree;

	*ret_other = NULL;
	if (!repo_tree_id(wish->repo, wish->revision, &tree, error))
		return false;
	key = g_strconcat(wish->compiler, " ", tree.hex, NULL);
	g_mutex_lock(&stock->lock);
	if (wish->clean)
		other = incremental(stock, key, wish, &tree);
	else
		g_hash_table_replace(stock->seen, g_strdup(key), g_strdup(hash));
	if (other && !g_str_equal(other, hash)) {
		stock->distrust = true;
		g_hash_table_remove(stock->seen, key); /* said once */
		if (stock->folder)
			kcache_remove(stock->folder, is_unclean, stock, NULL, NULL);
		*ret_other = g_steal_pointer(&other);
	}
	g_mutex_unlock(&stock->lock);
	return true;
}
