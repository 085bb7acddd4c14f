/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One kernel's way through checkout, build and boots. */
#include "step/step_internal.h"

#include "step/boot.h"
#include "step/spares.h"
#include "util/fs.h"

#include <string.h>

bool step_any_left(const Workshop *shop, const StepResult *results)
{
	for (guint i = 0; i < shop->cases->len; i++)
		if (results[i].verdict == VERDICT_NONE)
			return true;
	return false;
}

/* One hash over all that a case's verdict depends on. */
char *step_key(const Workshop *shop, const Case *testcase, const Kernel *kernel)
{
	g_autoptr(GPtrArray) alone = g_ptr_array_new();
	const Image *root = boot_root(shop, testcase);
	GuestSpec guest;
	g_autofree char *machine = NULL;
	g_autofree char *all = NULL;

	g_ptr_array_add(alone, (gpointer)testcase);
	guest = boot_spec(shop, alone, kernel->image);
	machine = machine_describe(shop->machine, &guest);
	all = g_strdup_printf(
		"kernel %s%s%s\nimage %s\nroot %s\ncase %s\nagent %s\nmachine %s\nsize "
		"%u %u\nappend %s %s\n"
		"signature %s\n",
		kernel->hash, kernel->initrd_hash ? "\ninitrd " : "",
		kernel->initrd_hash ? kernel->initrd_hash : "", shop->image->hash,
		root ? root->hash : "", testcase->hash, shop->agent, machine, guest.cpus,
		guest.mem_mib, testcase->append, shop->append ? shop->append : "",
		shop->signature ? shop->signature : "");
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
}

bool step_all_known(const Workshop *shop, const Kernel *kernel)
{
	if (!shop->machine) /* nothing is booted, so nothing is known */
		return false;
	for (guint i = 0; i < shop->cases->len; i++) {
		g_autofree char *key = step_key(shop, shop->cases->pdata[i], kernel);

		if (!g_hash_table_contains(shop->known, key))
			return false;
	}
	return true;
}

/* What is about the build is this step's own. */
static void take_build(StepResult *to, StepResult *from)
{
	g_free(to->compiler);
	g_strfreev(to->fixups);
	g_free(to->note);
	to->compiler = g_steal_pointer(&from->compiler);
	to->fixups = g_steal_pointer(&from->fixups);
	to->note = g_steal_pointer(&from->note);
	to->built = from->built;
	to->cached = from->cached;
	to->other_kernel = from->other_kernel;
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

void step_take_boot(StepResult *from, StepResult *to)
{
	take_build(from, to);
	step_result_clear(to);
	*to = *from;
	*from = (StepResult){ 0 };
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
	from->kernel = g_strdup(kernel->hash);
	from->key = step_key(shop, testcase, kernel); /* KVM may have been given up meanwhile */
	from->evidence = testcase->command[0] ? g_build_filename(where, testcase->name, NULL)
					      : g_strdup(where);
	step_take_boot(from, to);
	remember(shop, to, folder);
}

/* Several guests say the same of one kernel, for all the questions about it that are to come. */
static bool boot_spares(Workshop *shop, const Kernel *kernel, const char *folder,
			GCancellable *cancel, StepResult *results, GError **error)
{
	g_autofree char *key = step_key(shop, shop->cases->pdata[0], kernel);

	if (!spares_boot(shop->spares, shop, key, kernel, folder, cancel, results, error))
		return false;
	for (guint i = 0; i < shop->cases->len; i++)
		if (results[i].verdict != VERDICT_NONE)
			remember(shop, &results[i], folder);
	return true;
}

/* A bad outcome looked at closer, where the case asks for that; once for each kernel. */
static bool trace_bad(Workshop *shop, const Kernel *kernel, const Case *testcase, const char *path,
		      const StepResult *result, GCancellable *cancel, GError **error)
{
	if (result->verdict != VERDICT_BAD || !testcase->trace[0] ||
	    !g_hash_table_add(shop->traced, g_strdup(result->key)))
		return true;
	return boot_trace(shop, testcase, kernel->image, path, cancel, error);
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
		StepResult *result = &results[g_array_index(indices, guint, i)];

		if (ok)
			merge(shop, kernel, group->pdata[i], where, folder, &found[i], result);
		step_result_clear(&found[i]);
		ok = ok && trace_bad(shop, kernel, group->pdata[i], path, result, cancel, error);
	}
	return ok;
}

bool step_boot(Workshop *shop, const Kernel *kernel, StepFlags flags, const char *folder,
	       GCancellable *cancel, StepResult *results, GError **error)
{
	shop->initrd = kernel->initrd;
	for (guint i = 0; i < shop->cases->len && !(flags & STEP_FRESH); i++) {
		g_autofree char *key = NULL;

		if (results[i].verdict != VERDICT_NONE)
			continue;
		key = step_key(shop, shop->cases->pdata[i], kernel);
		take_known(shop, key, &results[i]);
	}
	/* the first guest of all by itself, where it is also to tell whether KVM works */
	if (shop->spares && !shop->kvm_unproven && step_any_left(shop, results))
		return boot_spares(shop, kernel, folder, cancel, results, error);
	for (guint n = 1; step_any_left(shop, results); n++) {
		g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(guint));
		g_autoptr(GPtrArray) group = next_group(shop, results, indices);
		g_autofree char *where = n == 1 ? g_strdup("") : g_strdup_printf("boot-%u", n);

		if (!boot_group(shop, kernel, group, indices, folder, where, cancel, results,
				error))
			return false;
	}
	return true;
}

bool step_done(const Workshop *shop, StepFlags flags, GError **error)
{
	g_autofree char *build = NULL;

	if (!(flags & STEP_CLEAN))
		return true;
	build = g_build_filename(worktree_home(shop->tree), "clean", NULL);
	return fs_remove_tree(build, error);
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
	return step_done(shop, flags, error);
}
