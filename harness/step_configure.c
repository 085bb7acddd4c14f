/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuring a revision to see whether it is a kernel that was tested. */
#include "step_configure.h"

#include "boot.h"
#include "util/fs.h"

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
	all = g_strdup_printf("kernel %s\nimage %s\nroot %s\ncase %s\nagent %s\nmachine %s\nsize "
			      "%u %u\nappend %s %s\n"
			      "signature %s\n",
			      kernel->hash, shop->image->hash, root ? root->hash : "",
			      testcase->hash, shop->agent, machine, guest.cpus, guest.mem_mib,
			      testcase->append, shop->append ? shop->append : "",
			      shop->signature ? shop->signature : "");
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
}

/* The image is needed no more: every case has its verdict of this kernel. */
static bool all_known(const Workshop *shop, const Kernel *kernel)
{
	for (guint i = 0; i < shop->cases->len; i++) {
		g_autofree char *key = step_key(shop, shop->cases->pdata[i], kernel);

		if (!g_hash_table_contains(shop->known, key))
			return false;
	}
	return true;
}

bool step_configure(Workshop *shop, const RepoId *revision, const KernelSpec *spec,
		    GCancellable *cancel, char **ret_hash, Footprint **ret_footprint,
		    GError **error)
{
	g_autoptr(GPtrArray) misses = NULL;
	g_autoptr(Footprint) footprint = NULL;
	g_auto(Kernel) kernel = { 0 };
	bool settled = false;

	*ret_hash = NULL;
	if (!shop->configured || !configured_near(shop->configured, revision))
		return true;
	if (!fs_remove_tree(spec->build, error) ||
	    !kernel_configure(spec, cancel, &kernel, &misses, error) ||
	    (misses && !misses->len && !kernel_settle(spec, cancel, &settled, error)))
		return false;
	if (settled && !configured_find(shop->configured, revision, spec->build, &kernel.hash,
					&footprint, error))
		return false;
	if (!kernel.hash || !all_known(shop, &kernel))
		return true;
	*ret_hash = g_steal_pointer(&kernel.hash);
	*ret_footprint = g_steal_pointer(&footprint);
	return true;
}
