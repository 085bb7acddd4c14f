/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One kernel's way through checkout and build: compiler and fixups chosen, taken from the cache
 * where it is there, else configured and made; and all that is learned from that kept.
 */
#include "step/step_internal.h"

#include "image/initramfs.h"
#include "kernel/compiler.h"
#include "kernel/footstore.h"
#include "kernel/version.h"
#include "kernel/warnings.h"
#include "revision/direct.h"
#include "revision/reuse.h"
#include "revision/reuse_tree.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define LOG_MAX ((gsize)64 << 20)

/* One revision, from the wish to the kernel. */
typedef struct {
	Workshop *shop;
	const char *folder;
	GCancellable *cancel;
	KernelSpec *spec;
	Version version; /* of its Makefile; no parts where it says none */
	Fixed fixed;
	char *compiler; /* compiler_key() */
	char *image;    /* where one from the cache goes */
	char *config;
	char *lookups; /* direct_key() */
	bool clean;    /* must come out of an empty folder */
	bool empty;    /* so each build begins in one */
	bool fresh;    /* will be booted, whatever is known */
	bool complete; /* all symbols came out as asked, for whatever case */
	Kernel *kernel;
	StepResult *results;
} Making;

static void making_clear(Making *making)
{
	fixed_clear(&making->fixed);
	g_clear_pointer(&making->compiler, g_free);
	g_clear_pointer(&making->image, g_free);
	g_clear_pointer(&making->config, g_free);
	g_clear_pointer(&making->lookups, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Making, making_clear)

static void tell(const Workshop *shop, const char *phase)
{
	if (shop->phase)
		shop->phase(phase, shop->user);
}

/* ---- one build ---- */

char *step_folder(const Workshop *shop, const char *home)
{
	return reuse_folder(home, shop->builds ? shop->builds : stock_setup(shop->stock));
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

	*ret_complete = false;
	if (!kernel_configure(spec, cancel, ret_kernel, &misses, error) ||
	    !copy_config(spec->build, folder, error))
		return false;
	*ret_complete = misses && misses->len == 0;
	if (misses)
		step_note_misses(shop, misses, results);
	return !misses || !step_any_left(shop, results) ||
	       kernel_make(spec, cancel, ret_kernel, error);
}

/* A fixup's files were read as they are not in the revision. */
static void add_fixups(Footprint *footprint, const Fixed *fixed)
{
	for (guint i = 0; i < fixed->used->len; i++)
		for (char **path = ((const Fixup *)fixed->used->pdata[i])->paths; *path; path++)
			footprint_add(footprint, *path);
}

/* Keeps what the build read, for later runs too. Of a failed one (NULL) nobody knows what it would
 * have. */
static bool note_footprint(const Making *making, Footprint *footprint, GError **error)
{
	const Workshop *shop = making->shop;
	const RepoId *revision = &making->fixed.revision;
	g_autoptr(Footprint) own = footprint;
	RepoId id;

	if (shop->chain) /* of a compiler that this revision does not get otherwise */
		return true;
	if (!own) {
		own = footprint_new_failed(making->spec->arch);
	} else {
		add_fixups(own, &making->fixed);
		if (!repo_tree_id(shop->repo, revision, &id, error) ||
		    !footstore_save(shop->footprints, id.hex, own, error))
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
	bool first = !stock_distrusts(shop->stock);

	/* the step that takes what was built ahead compares it, and says so */
	if (shop->ahead || !kernel->image || !kconfig_reproducible(wish->files.config))
		return true;
	if (!stock_compare(shop->stock, wish, kernel->hash, &other, error))
		return false;
	if (!other)
		return true;
	note = g_strdup_printf("its clean build is another kernel than its incremental one "
			       "(%.12s)%s",
			       other,
			       first ? ": that build folder was thrown away, and from here on all "
				       "builds are clean"
				     : "");
	add_note(shop, results, note);
	for (guint i = 0; i < shop->cases->len; i++)
		results[i].other_kernel = true;
	folder = step_folder(shop, worktree_home(shop->tree));
	return fs_remove_tree(folder, error);
}

static StockWish wish_of(const Making *making)
{
	return (StockWish){ .repo = making->shop->repo,
			    .revision = &making->fixed.id,
			    .compiler = making->compiler,
			    .clean = making->clean,
			    .files = { making->image, making->config, making->spec->log } };
}

static bool take_cached(Making *making, bool *ret_taken, GError **error)
{
	Workshop *shop = making->shop;
	const StockWish wish = wish_of(making);
	g_auto(StockKernel) found = { 0 };
	g_autofree char *note = NULL;

	*ret_taken = stock_take(shop->stock, &wish, &found, &note);
	add_note(shop, making->results, note);
	if (!*ret_taken)
		return true;
	*making->kernel = (Kernel){ .end = KERNEL_BUILT,
				    .image = g_strdup(making->image),
				    .hash = g_steal_pointer(&found.hash) };
	for (guint i = 0; i < shop->cases->len; i++)
		making->results[i].cached = true;
	return note_footprint(making, g_steal_pointer(&found.footprint), error) &&
	       compare_builds(shop, &wish, making->kernel, making->results, error);
}

static void keep_kernel(Making *making, const StockWish *wish, const Footprint *footprint)
{
	g_autofree char *note = NULL;

	stock_put(making->shop->stock, wish, making->kernel->hash, footprint, &note);
	add_note(making->shop, making->results, note);
}

/* For later runs, which need not have built what it is equal to. */
static void keep_configured(const Making *making, const char *build, const char *hash,
			    const Footprint *footprint)
{
	g_autofree char *config = g_build_filename(build, ".config", NULL);
	g_autofree char *note = NULL;
	StockWish wish = wish_of(making);

	wish.files.config = config;
	stock_put_known(making->shop->stock, &wish, hash, footprint, &note);
	add_note(making->shop, making->results, note);
}

/* Where only Kconfig files differ from a kernel of this run: the configure step alone, in a folder
 * of its own. */
static bool only_configure(Making *making, bool *ret_taken, GError **error)
{
	Workshop *shop = making->shop;
	const RepoId *revision = &making->fixed.revision;
	g_autofree char *build = g_build_filename(worktree_home(shop->tree), "configure", NULL);
	g_autoptr(GPtrArray) misses = NULL;
	g_autoptr(Footprint) footprint = NULL;
	g_auto(Kernel) kernel = { 0 };
	KernelSpec spec = *making->spec;
	bool settled = false;

	*ret_taken = false;
	if (making->clean || making->fresh || making->fixed.used->len || shop->chain ||
	    !shop->configured || !configured_near(shop->configured, revision))
		return true;
	spec.build = build;
	if (!fs_remove_tree(build, error) ||
	    !kernel_configure(&spec, making->cancel, &kernel, &misses, error) ||
	    (misses && !misses->len && !kernel_settle(&spec, making->cancel, &settled, error)))
		return false;
	if (settled &&
	    !configured_find(shop->configured, revision, build, &kernel.hash, &footprint, error))
		return false;
	if (!kernel.hash || !step_all_known(shop, &kernel))
		return true;
	*ret_taken = true;
	keep_configured(making, build, kernel.hash, footprint);
	*making->kernel = kernel;
	kernel = (Kernel){ 0 };
	return copy_config(build, making->folder, error) &&
	       note_footprint(making, g_steal_pointer(&footprint), error);
}

/* Also of a build that has failed: what it compiled is not compiled again. */
static bool settle_warnings(const KernelSpec *spec, bool empty, GError **error)
{
	g_autofree char *folder = g_path_get_basename(spec->tree);

	return !g_file_test(spec->log, G_FILE_TEST_EXISTS) ||
	       warnings_settle(spec->build, spec->log, folder, empty, error);
}

/* Lets ccache go by headers alone among builds whose look-ups end at the same places. */
static bool allow_direct(Making *making, GError **error)
{
	g_clear_pointer(&making->lookups, g_free);
	if (!direct_key(making->shop->repo, &making->fixed.id, &making->lookups, error))
		return false;
	making->spec->lookups = making->lookups;
	return true;
}

/* In the build folder, as the source is with the fixups of now. */
static bool build_here(Making *making, Footprint **ret_footprint, GError **error)
{
	const Workshop *shop = making->shop;
	const KernelSpec *spec = making->spec;
	const ReuseSpec reuse = { shop->repo, spec->tree, spec->build, &making->fixed.id,
				  making->compiler };
	StockWish wish = wish_of(making);
	g_autoptr(Footprint) footprint = NULL;
	const Kernel *kernel = making->kernel;

	if (!allow_direct(making, error) || !reuse_begin(&reuse, &wish.clean, NULL, error) ||
	    !build_kernel(making->shop, spec, making->folder, making->cancel, making->kernel,
			  making->results, &making->complete, error) ||
	    !settle_warnings(spec, wish.clean, error))
		return false;
	wish.files.image = kernel->image;
	if (!footprint_read(spec->tree, spec->build, spec->arch, &footprint,
			    kernel->image ? error : NULL) &&
	    kernel->image)
		return false;
	if (footprint)
		add_fixups(footprint, &making->fixed);
	if (!reuse_end(&reuse, footprint, error) ||
	    !compare_builds(making->shop, &wish, kernel, making->results, error))
		return false;
	if (kernel->image && making->complete)
		keep_kernel(making, &wish, footprint);
	*ret_footprint = g_steal_pointer(&footprint);
	return true;
}

static bool note_configured(const Making *making, const Footprint *footprint, GError **error)
{
	const Workshop *shop = making->shop;

	return !making->kernel->image || !shop->configured || making->fixed.used->len ||
	       shop->chain ||
	       configured_note(shop->configured, &making->fixed.revision, making->spec->build,
			       footprint, making->kernel->hash, error);
}

/* With the fixups of now. Return: true also where it does not build. */
static bool make_fixed(Making *making, GError **error)
{
	Workshop *shop = making->shop;
	g_autoptr(Footprint) footprint = NULL;
	bool taken;

	if (!take_cached(making, &taken, error))
		return false;
	if (taken)
		return true;
	tell(shop, "checkout");
	if (!worktree_checkout(shop->tree, &making->fixed.id, making->cancel, NULL, error))
		return false;
	tell(shop, "build");
	if (!only_configure(making, &taken, error))
		return false;
	if (taken)
		return true;
	if (!build_here(making, &footprint, error) || !note_configured(making, footprint, error))
		return false;
	if (!making->kernel->image)
		g_clear_pointer(&footprint, footprint_free);
	return note_footprint(making, g_steal_pointer(&footprint), error);
}

/* Whether there is something that mends a build that has failed. */
static bool mend(Making *making, bool *ret_more, GError **error)
{
	const KernelSpec *spec = making->spec;
	g_autofree char *log = NULL;

	*ret_more = false;
	return making->kernel->end == KERNEL_BUILT || !making->version.parts ||
	       (fs_read(spec->log, LOG_MAX, &log, NULL, error) &&
		fixing_more(making->shop->fixing, making->shop->tree, spec->chain, &making->version,
			    log, &making->fixed, ret_more, error));
}

/* What the build said that has failed stays beside the log of the one to come. */
static bool begin_again(const Making *making, guint tries, GError **error)
{
	const char *log = making->spec->log;
	g_autofree char *before = g_strdup_printf("%s.%u", log, tries);

	if (g_rename(log, before) < 0)
		return error_host(error, "cannot rename %s: %s", log, g_strerror(errno));
	return !making->empty || fs_remove_tree(making->spec->build, error);
}

static bool make_revision(Making *making, const RepoId *revision, GError **error)
{
	Workshop *shop = making->shop;
	char *why = NULL;
	bool more = true;
	guint tries = 0;

	if (!step_version(shop, revision, &making->version, error) ||
	    !step_chain_for(shop, &making->version, &making->spec->chain, error) ||
	    !compiler_key(making->spec->chain, &making->compiler, error) ||
	    !fixing_begin(shop->fixing, shop->tree, revision, making->spec->chain, &making->fixed,
			  &why, error))
		return false;
	if (making->version.parts)
		step_note_unfit(shop, &making->version, making->results);
	if (why) {
		*making->kernel = (Kernel){ .end = KERNEL_NO_BUILD, .reason = why };
		return note_footprint(making, NULL, error);
	}
	while (more && step_any_left(shop, making->results)) {
		kernel_clear(making->kernel);
		*making->kernel = (Kernel){ 0 };
		if (!make_fixed(making, error) || !mend(making, &more, error))
			return false;
		if (more && !begin_again(making, ++tries, error))
			return false;
	}
	return true;
}

/* A source tree is only read: what would mend it is named. */
static bool add_hint(Making *making, GError **error)
{
	Kernel *kernel = making->kernel;
	g_autofree char *log = NULL;
	const char *name;
	char *longer;

	if (kernel->end == KERNEL_BUILT || !making->version.parts)
		return true;
	if (!fs_read(making->spec->log, LOG_MAX, &log, NULL, error))
		return false;
	name = fixing_hint(making->shop->fixing, &making->version, log);
	if (name) {
		longer = g_strdup_printf("%s (fixup %s is for that, and a --tree is only read: "
					 "give a revision of a git repository)",
					 kernel->reason, name);
		g_free(kernel->reason);
		kernel->reason = longer;
	}
	return true;
}

static bool make_tree(Making *making, GError **error)
{
	const KernelSpec *spec = making->spec;
	g_autofree char *note = NULL;

	tell(making->shop, "build");
	if (kernel_tree_version(spec->tree, &making->version))
		step_note_unfit(making->shop, &making->version, making->results);
	if (!step_chain_for(making->shop, &making->version, &making->spec->chain, error))
		return false;
	return !step_any_left(making->shop, making->results) ||
	       (compiler_key(spec->chain, &making->compiler, error) &&
		reuse_tree_begin(spec->tree, spec->build, making->compiler, &note, NULL, error) &&
		build_kernel(making->shop, spec, making->folder, making->cancel, making->kernel,
			     making->results, &making->complete, error) &&
		add_hint(making, error) && reuse_tree_end(spec->build, note, error));
}

static void note_build(const Making *making)
{
	for (guint i = 0; i < making->shop->cases->len; i++) {
		making->results[i].compiler = g_strdup(making->spec->chain->text);
		making->results[i].fixups = fixed_names(&making->fixed);
	}
}

static char *build_folder(const Workshop *shop, const StepSource *source, bool *ret_clean)
{
	bool of_tree = source->kind == SOURCE_TREE;
	const char *home = of_tree ? source->home : worktree_home(shop->tree);

	*ret_clean |= !of_tree && stock_distrusts(shop->stock);
	return *ret_clean ? g_build_filename(home, "clean", NULL) : step_folder(shop, home);
}

static bool make_kernel(Workshop *shop, const StepSource *source, StepFlags flags,
			const char *folder, GCancellable *cancel, Kernel *ret_kernel,
			StepResult *results, GError **error)
{
	bool of_tree = source->kind == SOURCE_TREE, empty = flags & STEP_CLEAN;
	g_autofree char *build = build_folder(shop, source, &empty);
	g_autofree char *log = g_build_filename(folder, "build.log", NULL);
	KernelSpec spec = {
		.tree = of_tree ? source->path : worktree_path(shop->tree),
		.build = build,
		.kconfig = shop->kconfig,
		.config = shop->config,
		.jobs = shop->jobs,
		.log = log,
		.ccache = shop->ccache,
		.arch = toolchains_arch(shop->chains),
	};
	g_auto(Making) making = { .shop = shop,
				  .folder = folder,
				  .cancel = cancel,
				  .spec = &spec,
				  .config = g_build_filename(folder, "config", NULL),
				  .clean = flags & STEP_CLEAN,
				  .empty = empty,
				  .fresh = flags & STEP_FRESH,
				  .kernel = ret_kernel,
				  .results = results };

	if (empty && !fs_remove_tree(build, error))
		return false;
	if (!of_tree)
		making.image = g_build_filename(worktree_home(shop->tree), "bzImage", NULL);
	if (of_tree ? !make_tree(&making, error) : !make_revision(&making, source->revision, error))
		return false;
	if (shop->gdb && ret_kernel->end == KERNEL_BUILT && !kernel_gdb(&spec, cancel, error))
		return false;
	note_build(&making);
	if (ret_kernel->end != KERNEL_BUILT)
		step_no_kernel(shop, ret_kernel, results);
	return true;
}

/* What loads the modules that image and cases want, and is the kernel's as long as it is booted. */
static bool make_initrd(const Workshop *shop, const char *modules, Kernel *kernel, GError **error)
{
	g_autoptr(GPtrArray) wanted = kconfig_modules(shop->kconfig);
	g_autofree char *program = g_strconcat(shop->arch->built, "agent", NULL);
	g_autofree char *agent = paths_built(program);

	kernel->initrd = g_strconcat(shop->share, ".cpio", NULL);
	return initramfs_build(modules, wanted, agent, kernel->initrd, &kernel->initrd_hash, error);
}

static bool given_kernel(const Workshop *shop, const StepSource *source, Kernel *ret_kernel,
			 StepResult *results, GError **error)
{
	g_auto(Kernel) kernel = { .end = KERNEL_BUILT, .image = g_strdup(source->path) };
	Version version;

	if (!kernel_image_version(source->path, shop->arch, &version, NULL, error) ||
	    !fs_sha256(source->path, &kernel.hash, error) ||
	    (source->modules && !make_initrd(shop, source->modules, &kernel, error)))
		return false;
	step_note_unfit(shop, &version, results);
	*ret_kernel = kernel;
	kernel = (Kernel){ 0 };
	return true;
}

bool step_build(Workshop *shop, const StepSource *source, StepFlags flags, const char *folder,
		GCancellable *cancel, Kernel *ret_kernel, StepResult *results, GError **error)
{
	g_auto(Kernel) kernel = { 0 };
	gint64 start = g_get_monotonic_time();

	if (source->kind == SOURCE_KERNEL
		    ? !given_kernel(shop, source, &kernel, results, error)
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
