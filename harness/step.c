/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One kernel's way through checkout, build and boots. */
#include "step.h"

#include "boot.h"
#include "kernel/footstore.h"
#include "kernel/version.h"
#include "reuse.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define LOG_MAX ((gsize)64 << 20)

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

/* Once; @ret_kernel says what came of it. */
static bool build_kernel(Workshop *shop, const KernelSpec *spec, const char *folder,
			 GCancellable *cancel, Kernel *ret_kernel, StepResult *results,
			 GError **error)
{
	g_autoptr(GPtrArray) misses = NULL;

	if (!any_left(shop, results))
		return true;
	if (!reuse_chain(spec->build, spec->chain->key, error) ||
	    !kernel_configure(spec, cancel, ret_kernel, &misses, error) ||
	    !copy_config(spec->build, folder, error))
		return false;
	if (misses)
		note_misses(shop, misses, results);
	return !misses || !any_left(shop, results) || kernel_make(spec, cancel, ret_kernel, error);
}

/* Keeps what the build read, for later runs too. Of a failed one nobody knows what it would have.
 */
static bool note_footprint(Workshop *shop, const Fixed *fixed, Footprint *footprint, bool built,
			   GError **error)
{
	g_autoptr(Footprint) own = footprint;
	RepoId id;

	if (shop->chain) /* of a compiler that this revision does not get otherwise */
		return true;
	if (!built) {
		footprint_free(own);
		own = footprint_new_failed(toolchains_arch(shop->chains));
	} else {
		for (guint i = 0; i < fixed->used->len; i++)
			for (char **path = ((Fixup *)fixed->used->pdata[i])->paths; *path; path++)
				footprint_add(own, *path);
		if (!repo_tree_id(shop->repo, &fixed->revision, &id, error) ||
		    !footstore_save(shop->footprints, id.hex, own, error))
			return false;
	}
	return !shop->relevance ||
	       relevance_add(shop->relevance, &fixed->revision, g_steal_pointer(&own), error);
}

/* As it is with the fixups of now. */
static bool build_fixed(Workshop *shop, const Fixed *fixed, const KernelSpec *spec,
			const char *folder, GCancellable *cancel, Kernel *ret_kernel,
			StepResult *results, Footprint **ret_footprint, GError **error)
{
	g_autoptr(Footprint) footprint = NULL;
	bool built;

	tell(shop, "checkout");
	if (!worktree_checkout(shop->tree, &fixed->id, cancel, NULL, error))
		return false;
	tell(shop, "build");
	if (!reuse_begin(shop->repo, spec->build, &fixed->id, NULL, error) ||
	    !build_kernel(shop, spec, folder, cancel, ret_kernel, results, error))
		return false;
	built = ret_kernel->image != NULL;
	if (!footprint_read(spec->tree, spec->build, spec->arch, &footprint,
			    built ? error : NULL) &&
	    built)
		return false;
	if (!reuse_end(shop->repo, spec->build, &fixed->id, footprint, error))
		return false;
	*ret_footprint = g_steal_pointer(&footprint);
	return true;
}

/* Whether there is something that mends a build that has failed. */
static bool mend(Workshop *shop, const Version *version, const KernelSpec *spec,
		 const Kernel *kernel, Fixed *fixed, bool *ret_more, GError **error)
{
	g_autofree char *log = NULL;

	*ret_more = false;
	return kernel->end == KERNEL_BUILT || !version->parts ||
	       (fs_read(spec->log, LOG_MAX, &log, NULL, error) &&
		fixing_more(shop->fixing, shop->tree, spec->chain, version, log, fixed, ret_more,
			    error));
}

static bool build_revision(Workshop *shop, const Version *version, const KernelSpec *spec,
			   const char *folder, GCancellable *cancel, Fixed *fixed,
			   Kernel *ret_kernel, StepResult *results, GError **error)
{
	g_autoptr(Footprint) footprint = NULL;
	bool more = true;

	while (more) {
		g_clear_pointer(&footprint, footprint_free);
		kernel_clear(ret_kernel);
		*ret_kernel = (Kernel){ 0 };
		if (!build_fixed(shop, fixed, spec, folder, cancel, ret_kernel, results, &footprint,
				 error) ||
		    !mend(shop, version, spec, ret_kernel, fixed, &more, error))
			return false;
	}
	return note_footprint(shop, fixed, g_steal_pointer(&footprint), ret_kernel->image != NULL,
			      error);
}

/* The compiler that its version asks for. */
static bool choose_chain(const Workshop *shop, const Version *version, const Toolchain **ret_chain,
			 GError **error)
{
	*ret_chain = shop->chain;
	return shop->chain ||
	       toolchains_choose(shop->chains, version->parts ? version : NULL, ret_chain, error);
}

/* From the repository: the work tree holds another revision still. */
static bool read_version(const Workshop *shop, const RepoId *revision, Version *ret_version,
			 GError **error)
{
	WorktreeFile file = { .path = "Makefile" };

	if (!worktree_file(shop->tree, revision, &file, error))
		return false;
	if (file.data)
		kernel_makefile_version(file.data, ret_version);
	g_free(file.data);
	return true;
}

bool step_chain(Workshop *shop, const RepoId *revision, const Toolchain **ret_chain, GError **error)
{
	Version version = { .parts = 0 };

	return read_version(shop, revision, &version, error) &&
	       choose_chain(shop, &version, ret_chain, error);
}

static bool make_revision(Workshop *shop, const RepoId *revision, KernelSpec *spec,
			  const char *folder, GCancellable *cancel, Fixed *fixed,
			  Kernel *ret_kernel, StepResult *results, GError **error)
{
	g_autofree char *why = NULL;
	Version version = { .parts = 0 };

	if (!read_version(shop, revision, &version, error) ||
	    !choose_chain(shop, &version, &spec->chain, error) ||
	    !fixing_begin(shop->fixing, shop->tree, revision, spec->chain, fixed, &why, error))
		return false;
	if (version.parts)
		note_unfit(shop, &version, results);
	if (!why)
		return build_revision(shop, &version, spec, folder, cancel, fixed, ret_kernel,
				      results, error);
	*ret_kernel = (Kernel){ .end = KERNEL_NO_BUILD, .reason = g_steal_pointer(&why) };
	return note_footprint(shop, fixed, NULL, false, error);
}

static bool make_tree(Workshop *shop, KernelSpec *spec, const char *folder, GCancellable *cancel,
		      Kernel *ret_kernel, StepResult *results, GError **error)
{
	Version version = { .parts = 0 };

	if (kernel_tree_version(spec->tree, &version))
		note_unfit(shop, &version, results);
	tell(shop, "build");
	return choose_chain(shop, &version, &spec->chain, error) &&
	       build_kernel(shop, spec, folder, cancel, ret_kernel, results, error);
}

static void note_build(const Workshop *shop, const KernelSpec *spec, const Fixed *fixed,
		       StepResult *results)
{
	for (guint i = 0; i < shop->cases->len; i++) {
		results[i].compiler = g_strdup(spec->chain->text);
		results[i].fixups = fixed_names(fixed);
	}
}

static bool make_kernel(Workshop *shop, const StepSource *source, StepFlags flags,
			const char *folder, GCancellable *cancel, Kernel *ret_kernel,
			StepResult *results, GError **error)
{
	bool clean = flags & STEP_CLEAN, of_tree = source->kind == SOURCE_TREE;
	g_autofree char *build =
		g_build_filename(of_tree ? source->home : worktree_home(shop->tree),
				 clean ? "build-clean" : "build", NULL);
	g_autofree char *log = g_build_filename(folder, "build.log", NULL);
	g_auto(Fixed) fixed = { 0 };
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

	if (clean && !fs_remove_tree(build, error))
		return false;
	if (of_tree ? !make_tree(shop, &spec, folder, cancel, ret_kernel, results, error)
		    : !make_revision(shop, source->revision, &spec, folder, cancel, &fixed,
				     ret_kernel, results, error))
		return false;
	note_build(shop, &spec, &fixed, results);
	if (ret_kernel->end != KERNEL_BUILT)
		no_kernel(shop, ret_kernel, results);
	return true;
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
		results[i].built = source->kind != SOURCE_KERNEL && kernel.image != NULL;
		results[i].build_ms = (g_get_monotonic_time() - start) / 1000;
		results[i].kernel = g_strdup(kernel.hash);
	}
	*ret_kernel = kernel;
	kernel = (Kernel){ 0 };
	return true;
}

/* ---- the boots ---- */

/* One hash over all that a case's verdict depends on. */
static char *make_key(const Workshop *shop, const Case *testcase, const Kernel *kernel)
{
	g_autoptr(GPtrArray) alone = g_ptr_array_new();
	const Image *root = boot_root(shop, testcase);
	GuestSpec guest;
	g_autofree char *machine = NULL;
	g_autofree char *all = NULL;

	g_ptr_array_add(alone, (gpointer)testcase);
	guest = boot_spec(shop, alone, kernel->image);
	machine = machine_describe(shop->machine, &guest);
	all = g_strdup_printf("kernel %s\nimage %s\nroot %s\ncase %s\nagent %s\nmachine %s\nsize "
			      "%u %u\nappend %s %s\n"
			      "signature %s\n",
			      kernel->hash, shop->image->hash, root ? root->hash : "",
			      testcase->hash, shop->agent, machine, guest.cpus, guest.mem_mib,
			      testcase->append, shop->append ? shop->append : "",
			      shop->signature ? shop->signature : "");
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
}

/* What is known of a build goes with the verdict of its boot. */
static void take_build(StepResult *to, StepResult *from)
{
	g_free(to->compiler);
	g_strfreev(to->fixups);
	to->compiler = g_steal_pointer(&from->compiler);
	to->fixups = g_steal_pointer(&from->fixups);
	to->built = from->built;
	to->build_ms = from->build_ms;
}

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
	take_build(&copy, result);
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
	take_build(from, to);
	from->kernel = g_strdup(kernel->hash);
	from->key = make_key(shop, testcase, kernel); /* KVM may have been given up meanwhile */
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
		key = make_key(shop, shop->cases->pdata[i], kernel);
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

	if (!step_build(shop, &source, flags, folder, cancel, &kernel, ret_results, error) ||
	    !step_boot(shop, &kernel, flags, folder, cancel, ret_results, error))
		return false;
	if (flags & STEP_CLEAN) { /* gigabytes that nothing needs any more */
		g_autofree char *build =
			g_build_filename(worktree_home(shop->tree), "build-clean", NULL);

		return fs_remove_tree(build, error);
	}
	return true;
}
