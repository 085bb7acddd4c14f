/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One kernel's way through checkout, build and boots. */
#include "step.h"

#include "boot.h"
#include "kernel/compiler.h"
#include "kernel/footstore.h"
#include "kernel/orphans.h"
#include "kernel/version.h"
#include "reuse.h"
#include "step_configure.h"
#include "stock.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

static void tell(const Workshop *shop, const char *phase)
{
	if (shop->phase)
		shop->phase(phase, shop->user);
}

/* ---- the kernel ---- */

static void set_skip(const Case *testcase, StepResult *result, Outcome outcome, char *reason)
{
	result->outcome = outcome;
	result->verdict = verdict_of(testcase->judge, outcome, false);
	result->reason = reason;
}

/* What there is to say of all cases where there is no kernel. */
static void no_kernel(const Workshop *shop, const Kernel *kernel, StepResult *results)
{
	Outcome outcome = kernel->end == KERNEL_NO_CONFIG ? OUTCOME_NO_CONFIG : OUTCOME_NO_BUILD;

	for (guint i = 0; i < shop->cases->len; i++)
		if (results[i].verdict == VERDICT_NONE)
			set_skip(shop->cases->pdata[i], &results[i], outcome,
				 g_strdup(kernel->reason));
}

/* Cases that make no sense on this kernel. */
static void note_unfit(const Workshop *shop, const Version *version, StepResult *results)
{
	for (guint i = 0; i < shop->cases->len; i++) {
		char *why = case_unfit(shop->cases->pdata[i], KERNEL_ARCH, version);

		if (why)
			set_skip(shop->cases->pdata[i], &results[i], OUTCOME_UNFIT, why);
	}
}

/* Cases whose symbols did not come out as they must. */
static void note_misses(const Workshop *shop, const GPtrArray *misses, StepResult *results)
{
	g_autofree char *all = kconfig_misses_text(misses, shop->common);

	for (guint i = 0; i < shop->cases->len; i++) {
		const Case *testcase = shop->cases->pdata[i];
		g_autofree char *own =
			kconfig_misses_text(misses, (const char *const *)testcase->kconfig);

		if (results[i].verdict == VERDICT_NONE && (all || own))
			set_skip(testcase, &results[i], OUTCOME_NO_CONFIG,
				 g_strdup(all ? all : own));
	}
}

static bool any_left(const Workshop *shop, const StepResult *results)
{
	for (guint i = 0; i < shop->cases->len; i++)
		if (results[i].verdict == VERDICT_NONE)
			return true;
	return false;
}

static bool copy_config(const char *build, const char *folder, GError **error)
{
	g_autofree char *from = g_build_filename(build, ".config", NULL);
	g_autofree char *to = g_build_filename(folder, "config", NULL);

	return !g_file_test(from, G_FILE_TEST_EXISTS) || fs_copy(from, to, error);
}

/* One line that a person should know of the kernel, beside whatever became of it. */
static void add_note(const Workshop *shop, StepResult *results, const char *note)
{
	for (guint i = 0; note && i < shop->cases->len; i++) {
		char *before = results[i].note;

		results[i].note = before ? g_strconcat(before, "; ", note, NULL) : g_strdup(note);
		g_free(before);
	}
}

/* @ret_complete: all symbols came out as asked, for whatever case. */
static bool build_kernel(Workshop *shop, const KernelSpec *spec, const char *folder,
			 GCancellable *cancel, Kernel *ret_kernel, StepResult *results,
			 bool *ret_complete, GError **error)
{
	g_autoptr(GPtrArray) misses = NULL;
	Version version;

	*ret_complete = false;
	if (kernel_tree_version(spec->tree, &version))
		note_unfit(shop, &version, results);
	if (!any_left(shop, results))
		return true;
	if (!kernel_configure(spec, cancel, ret_kernel, &misses, error) ||
	    !copy_config(spec->build, folder, error))
		return false;
	*ret_complete = misses && misses->len == 0;
	if (misses)
		note_misses(shop, misses, results);
	if (misses && any_left(shop, results) && !kernel_make(spec, cancel, ret_kernel, error))
		return false;
	if (ret_kernel->end != KERNEL_BUILT)
		no_kernel(shop, ret_kernel, results);
	return true;
}

/* Keeps what the build read, for later runs too. Of a failed one nobody knows what it would have.
 */
static bool note_footprint(Workshop *shop, const RepoId *revision, Footprint *footprint, bool built,
			   GError **error)
{
	g_autoptr(Footprint) own = footprint;
	RepoId id;

	if (!built) {
		footprint_free(own);
		own = footprint_new_failed(KERNEL_SRCARCH);
	} else if (!repo_tree_id(shop->repo, revision, &id, error) ||
		   !footstore_save(shop->footprints, id.hex, own, error)) {
		return false;
	}
	return !shop->relevance ||
	       relevance_add(shop->relevance, revision, g_steal_pointer(&own), error);
}

/* ---- a revision's kernel: from the cache, or built and into it ---- */

/* Believes the kernel, or sees that incremental builds cannot be believed. */
static bool compare_builds(Workshop *shop, const StockWish *wish, const Kernel *kernel,
			   StepResult *results, GError **error)
{
	g_autofree char *folder = NULL;
	g_autofree char *other = NULL;
	g_autofree char *note = NULL;

	if (!kernel->image || !kconfig_reproducible(wish->files.config))
		return true;
	if (!stock_compare(shop->stock, wish, kernel->hash, &other, error))
		return false;
	if (!other)
		return true;
	note = g_strdup_printf("its clean build is another kernel than its incremental one "
			       "(%.12s): that build folder was thrown away, and from here on all "
			       "builds are clean",
			       other);
	add_note(shop, results, note);
	folder = reuse_folder(worktree_home(shop->tree), stock_setup(shop->stock));
	return fs_remove_tree(folder, error);
}

static bool take_cached(Workshop *shop, const StockWish *wish, Kernel *ret_kernel,
			StepResult *results, bool *ret_taken, GError **error)
{
	g_auto(StockKernel) found = { 0 };
	g_autofree char *note = NULL;
	Version version;

	*ret_taken = stock_take(shop->stock, wish, &found, &note);
	add_note(shop, results, note);
	if (!*ret_taken)
		return true;
	if (kernel_image_version(wish->files.image, &version, NULL, NULL))
		note_unfit(shop, &version, results);
	*ret_kernel = (Kernel){ .end = KERNEL_BUILT,
				.image = g_strdup(wish->files.image),
				.hash = g_steal_pointer(&found.hash) };
	for (guint i = 0; i < shop->cases->len; i++)
		results[i].cached = true;
	return note_footprint(shop, wish->revision, g_steal_pointer(&found.footprint), true,
			      error) &&
	       compare_builds(shop, wish, ret_kernel, results, error);
}

static void keep_kernel(Workshop *shop, const StockWish *wish, const Kernel *kernel,
			const Footprint *footprint, StepResult *results)
{
	g_autofree char *note = NULL;

	stock_put(shop->stock, wish, kernel->hash, footprint, &note);
	add_note(shop, results, note);
}

/* Where only Kconfig files differ from a kernel of this run: the configure step alone. */
static bool only_configure(Workshop *shop, const RepoId *revision, const KernelSpec *spec,
			   const char *folder, GCancellable *cancel, Kernel *ret_kernel,
			   bool *ret_taken, GError **error)
{
	g_autofree char *build = g_build_filename(worktree_home(shop->tree), "configure", NULL);
	Footprint *footprint = NULL;
	KernelSpec own = *spec;

	own.build = build;
	if (!step_configure(shop, revision, &own, cancel, &ret_kernel->hash, &footprint, error))
		return false;
	*ret_taken = ret_kernel->hash != NULL;
	return !*ret_taken || (copy_config(build, folder, error) &&
			       note_footprint(shop, revision, footprint, true, error));
}

/* @wish: what was not in the cache; its image is where it would have gone. An empty folder alone
 * makes no clean build: ccache's direct mode is fooled as make is. */
static bool build_revision(Workshop *shop, const StockWish *wish, KernelSpec *spec,
			   const char *folder, GCancellable *cancel, Kernel *ret_kernel,
			   StepResult *results, GError **error)
{
	const ReuseSpec reuse = { .repo = shop->repo,
				  .tree = spec->tree,
				  .build = spec->build,
				  .revision = wish->revision,
				  .compiler = wish->compiler };
	StockWish built = *wish;
	Footprint *footprint = NULL;
	bool complete, empty, shadowed;

	if (!reuse_begin(&reuse, &empty, &shadowed, NULL, error))
		return false;
	built.clean = empty && spec->exact;
	spec->exact |= shadowed || !empty; /* costs next to nothing where little is compiled */
	if (!build_kernel(shop, spec, folder, cancel, ret_kernel, results, &complete, error))
		return false;
	built.files.image = ret_kernel->image;
	if (!footprint_read(spec->tree, spec->build, KERNEL_SRCARCH, &footprint,
			    ret_kernel->image ? error : NULL) &&
	    ret_kernel->image)
		return false;
	if (!reuse_end(&reuse, footprint, error) ||
	    (ret_kernel->image && shop->configured &&
	     !configured_note(shop->configured, wish->revision, spec->build, footprint,
			      ret_kernel->hash, error)) ||
	    !compare_builds(shop, &built, ret_kernel, results, error)) {
		footprint_free(footprint);
		return false;
	}
	if (ret_kernel->image && complete)
		keep_kernel(shop, &built, ret_kernel, footprint, results);
	return note_footprint(shop, wish->revision, footprint, ret_kernel->image != NULL, error);
}

static char *build_folder(const Workshop *shop, const StepSource *source, StepFlags flags)
{
	bool of_tree = source->kind == SOURCE_TREE;
	const char *home = of_tree ? source->home : worktree_home(shop->tree);

	if (flags & STEP_CLEAN || (!of_tree && stock_distrusts(shop->stock)))
		return g_build_filename(home, "clean", NULL);
	return reuse_folder(home, stock_setup(shop->stock));
}

static bool make_revision(Workshop *shop, const StepSource *source, StepFlags flags,
			  KernelSpec *spec, const char *folder, GCancellable *cancel,
			  Kernel *ret_kernel, StepResult *results, GError **error)
{
	g_autofree char *image = g_build_filename(worktree_home(shop->tree), "bzImage", NULL);
	g_autofree char *config = g_build_filename(folder, "config", NULL);
	g_autofree char *compiler = NULL;
	StockWish wish = { .repo = shop->repo,
			   .revision = source->revision,
			   .clean = flags & STEP_CLEAN,
			   .files = { image, config, spec->log } };
	bool taken;

	if (!compiler_key(shop->compiler, &compiler, error))
		return false;
	wish.compiler = compiler;
	if (!take_cached(shop, &wish, ret_kernel, results, &taken, error))
		return false;
	if (taken)
		return true;
	tell(shop, "checkout");
	if (!worktree_checkout(shop->tree, source->revision, cancel, NULL, error))
		return false;
	tell(shop, "build");
	if (flags == STEP_USUAL && !only_configure(shop, source->revision, spec, folder, cancel,
						   ret_kernel, &taken, error))
		return false;
	return taken ||
	       build_revision(shop, &wish, spec, folder, cancel, ret_kernel, results, error);
}

static bool make_kernel(Workshop *shop, const StepSource *source, StepFlags flags,
			const char *folder, GCancellable *cancel, Kernel *ret_kernel,
			StepResult *results, GError **error)
{
	bool of_tree = source->kind == SOURCE_TREE, complete, clean;
	g_autofree char *build = build_folder(shop, source, flags);
	g_autofree char *log = g_build_filename(folder, "build.log", NULL);
	KernelSpec spec = {
		.tree = of_tree ? source->path : worktree_path(shop->tree),
		.build = build,
		.kconfig = shop->kconfig,
		.config = shop->config,
		.jobs = shop->jobs,
		.log = log,
		.ccache = shop->ccache,
	};

	clean = g_str_has_suffix(build, "/clean");
	spec.exact = clean;
	orphans_end(build); /* the work tree is ours, so nobody else may build there */
	if (clean && !fs_remove_tree(build, error))
		return false;
	if (!of_tree)
		return make_revision(shop, source, flags, &spec, folder, cancel, ret_kernel,
				     results, error);
	tell(shop, "build");
	return build_kernel(shop, &spec, folder, cancel, ret_kernel, results, &complete, error);
}

static bool given_kernel(const Workshop *shop, const char *path, Kernel *ret_kernel,
			 StepResult *results, GError **error)
{
	g_autofree char *hash = NULL;
	Version version;

	if (!kernel_image_version(path, &version, NULL, error) || !fs_sha256(path, &hash, error))
		return false;
	note_unfit(shop, &version, results);
	*ret_kernel = (Kernel){ .end = KERNEL_BUILT,
				.image = g_strdup(path),
				.hash = g_steal_pointer(&hash) };
	return true;
}

bool step_build(Workshop *shop, const StepSource *source, StepFlags flags, const char *folder,
		GCancellable *cancel, Kernel *ret_kernel, StepResult *results, GError **error)
{
	g_auto(Kernel) kernel = { 0 };
	gint64 start = g_get_monotonic_time();

	if (source->kind == SOURCE_KERNEL
		    ? !given_kernel(shop, source->path, &kernel, results, error)
		    : !make_kernel(shop, source, flags, folder, cancel, &kernel, results, error))
		return false;
	for (guint i = 0; i < shop->cases->len; i++) {
		results[i].built =
			source->kind != SOURCE_KERNEL && kernel.image != NULL && !results[i].cached;
		results[i].build_ms = (g_get_monotonic_time() - start) / 1000;
		results[i].kernel = g_strdup(kernel.hash);
	}
	*ret_kernel = kernel;
	kernel = (Kernel){ 0 };
	return true;
}

/* ---- the boots ---- */

/* An equal kernel's verdict, where this run has one; the build stays this step's. */
static void take_known(const Workshop *shop, const char *key, StepResult *result)
{
	const StepResult *known = g_hash_table_lookup(shop->known, key);
	StepResult copy;

	if (!known)
		return;
	copy = step_result_copy(known);
	copy.booted = false;
	copy.boot_ms = 0;
	copy.built = result->built;
	copy.cached = result->cached;
	copy.build_ms = result->build_ms;
	g_free(copy.note);
	copy.note = g_strdup(result->note);
	step_result_clear(result);
	*result = copy;
}

static void remember(const Workshop *shop, const StepResult *result, const char *folder)
{
	StepResult *copy = g_new(StepResult, 1);
	g_autofree char *leaf = g_path_get_basename(folder);

	*copy = step_result_copy(result);
	g_free(copy->same_as);
	copy->same_as = g_build_filename("steps", leaf, NULL);
	g_hash_table_replace(shop->known, copy->key, copy);
}

/* The cases without a verdict whose words for the kernel go together, in one guest. */
static GPtrArray *next_group(const Workshop *shop, const StepResult *results, GArray *indices)
{
	GPtrArray *group = g_ptr_array_new();

	for (guint i = 0; i < shop->cases->len; i++) {
		const Case *testcase = shop->cases->pdata[i];

		if (results[i].verdict != VERDICT_NONE || !boot_agrees(group, testcase))
			continue;
		g_ptr_array_add(group, (gpointer)testcase);
		g_array_append_val(indices, i);
	}
	return group;
}

/* Takes over what a boot found out. */
static void merge(const Workshop *shop, const Kernel *kernel, const Case *testcase,
		  const char *where, const char *folder, StepResult *from, StepResult *to)
{
	if (from->verdict == VERDICT_NONE)
		return;
	from->built = to->built;
	from->cached = to->cached;
	from->note = g_strdup(to->note);
	from->build_ms = to->build_ms;
	from->kernel = g_strdup(kernel->hash);
	from->key = step_key(shop, testcase, kernel); /* KVM may have been given up meanwhile */
	from->evidence = testcase->command[0] ? g_build_filename(where, testcase->name, NULL)
					      : g_strdup(where);
	step_result_clear(to);
	*to = *from;
	*from = (StepResult){ 0 };
	remember(shop, to, folder);
}

static bool boot_group(Workshop *shop, const Kernel *kernel, const GPtrArray *group,
		       const GArray *indices, const char *folder, const char *where,
		       GCancellable *cancel, StepResult *results, GError **error)
{
	g_autofree char *path = g_build_filename(folder, where, NULL);
	g_autofree StepResult *found = g_new0(StepResult, group->len);
	bool ok = fs_mkdir(path, error) &&
		  boot_cases(shop, group, kernel->image, path, cancel, found, error);

	for (guint i = 0; i < group->len; i++) {
		if (ok)
			merge(shop, kernel, group->pdata[i], where, folder, &found[i],
			      &results[g_array_index(indices, guint, i)]);
		step_result_clear(&found[i]);
	}
	return ok;
}

bool step_boot(Workshop *shop, const Kernel *kernel, StepFlags flags, const char *folder,
	       GCancellable *cancel, StepResult *results, GError **error)
{
	for (guint i = 0; i < shop->cases->len && !(flags & STEP_FRESH); i++) {
		g_autofree char *key = NULL;

		if (results[i].verdict != VERDICT_NONE)
			continue;
		key = step_key(shop, shop->cases->pdata[i], kernel);
		take_known(shop, key, &results[i]);
	}
	for (guint n = 1; any_left(shop, results); n++) {
		g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(guint));
		g_autoptr(GPtrArray) group = next_group(shop, results, indices);
		g_autofree char *where = n == 1 ? g_strdup("") : g_strdup_printf("boot-%u", n);

		if (!boot_group(shop, kernel, group, indices, folder, where, cancel, results,
				error))
			return false;
	}
	return true;
}

bool step_run(Workshop *shop, const RepoId *revision, StepFlags flags, const char *folder,
	      GCancellable *cancel, StepResult *ret_results, GError **error)
{
	const StepSource source = { .kind = SOURCE_REVISION, .revision = revision };
	g_auto(Kernel) kernel = { 0 };

	if (!step_build(shop, &source, flags, folder, cancel, &kernel, ret_results, error))
		return false;
	if (shop->before_boot)
		shop->before_boot(shop->boot_user);
	if (!step_boot(shop, &kernel, flags, folder, cancel, ret_results, error))
		return false;
	if (flags & STEP_CLEAN) { /* gigabytes that nothing needs any more */
		g_autofree char *build = g_build_filename(worktree_home(shop->tree), "clean", NULL);

		return fs_remove_tree(build, error);
	}
	return true;
}
