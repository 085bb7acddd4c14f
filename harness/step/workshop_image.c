/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks that a run's guests boot: the image, and the roots that cases have of their own. */
#include "image/oci.h"
#include "step/workshop_internal.h"
#include "util/error.h"
#include "util/fs.h"

/* A disk being made, and what the notices call it. */
typedef struct {
	const WorkshopSpec *spec;
	const char *kind;
	const char *name;
} Making;

static void image_progress(const char *phase, const char *detail, void *user)
{
	const Making *making = user;
	g_autofree char *what = g_strdup_printf("%s %s: %s", making->kind, making->name, phase);

	workshop_notice(making->spec, what, detail);
}

/* Said as soon as it is known: a guest without crun could only say that the case is broken. */
static bool check_crun(const GPtrArray *cases, const char *image, bool lacks, GError **error)
{
	for (guint i = 0; i < cases->len && lacks; i++) {
		const Case *testcase = cases->pdata[i];

		if (testcase->container && testcase->command[0])
			return error_usage(error,
					   "case %s runs in a container, and image %s has no crun: "
					   "add it to the recipe's packages",
					   testcase->name, image);
	}
	return true;
}

/* Where the trial's KVM does not carry libguestfs' appliance, TCG does. */
static bool wants_tcg(const WorkshopSpec *spec, const Owner *owner, const GError *error)
{
	return spec->accel == ACCEL_AUTO && owner->accel == ACCEL_KVM &&
	       error_exit_code(error) == EXIT_HOST;
}

static bool ensure_image(const WorkshopSpec *spec, Owner *owner, const char *agent,
			 GCancellable *cancel, GError **error)
{
	g_autoptr(GError) local = NULL;
	Making making = { spec, "image", owner->source->name };

	if (image_source_ensure(owner->source, agent, owner->accel, image_progress, &making, cancel,
				&owner->image, &local))
		return true;
	if (wants_tcg(spec, owner, local))
		return image_source_ensure(owner->source, agent, ACCEL_TCG, image_progress, &making,
					   cancel, &owner->image, error);
	g_propagate_error(error, g_steal_pointer(&local));
	return false;
}

static bool ensure_root(const WorkshopSpec *spec, Owner *owner, const Case *testcase,
			const char *agent, GCancellable *cancel, Image **ret_root, GError **error)
{
	g_autoptr(GError) local = NULL;
	Making making = { spec, "root of case", testcase->name };
	bool fine;

	if (owner->shop.arch != arch_usual())
		return error_usage(error,
				   "case %s has a root of its own: these are for %s guests only",
				   testcase->name, arch_usual()->name);
	fine = oci_ensure(testcase->rootfs, agent, owner->accel, image_progress, &making, cancel,
			  ret_root, &local);

	if (!fine && wants_tcg(spec, owner, local)) {
		g_clear_error(&local);
		fine = oci_ensure(testcase->rootfs, agent, ACCEL_TCG, image_progress, &making,
				  cancel, ret_root, &local);
	}
	if (!fine)
		g_propagate_prefixed_error(error, g_steal_pointer(&local),
					   "case %s: ", testcase->name);
	return fine;
}

/* The cases' own roots; two cases may have the same. */
static bool get_roots(const WorkshopSpec *spec, Owner *owner, const char *agent,
		      GCancellable *cancel, GError **error)
{
	owner->roots = g_ptr_array_new_with_free_func((GDestroyNotify)image_free);
	owner->disks = g_ptr_array_new();
	for (guint i = 0; i < owner->cases->len; i++) {
		const Case *testcase = owner->cases->pdata[i];
		Image *root = NULL;

		if (testcase->rootfs &&
		    !ensure_root(spec, owner, testcase, agent, cancel, &root, error))
			return false;
		g_ptr_array_add(owner->roots, root);
		if (root &&
		    !g_ptr_array_find_with_equal_func(owner->disks, root->path, g_str_equal, NULL))
			g_ptr_array_add(owner->disks, root->path);
	}
	if (owner->disks->len > GUEST_DISKS_MAX)
		return error_usage(error,
				   "%u cases have a root of their own: %d at most go together",
				   owner->disks->len, GUEST_DISKS_MAX);
	g_ptr_array_add(owner->disks, NULL);
	return true;
}

/* An imported disk is for this host's own. */
static bool check_image_arch(const ImageSource *source, const Arch *arch, GError **error)
{
	const Arch *own = source->recipe ? source->recipe->arch : arch_usual();

	return own == arch ||
	       error_usage(error,
			   "image %s is for %s guests, and these are %s: give --image of "
			   "another, or --arch %s",
			   source->name, own->name, arch->name, own->name);
}

bool workshop_get_image(const WorkshopSpec *spec, Owner *owner, GCancellable *cancel,
			GError **error)
{
	g_autofree char *agent = image_source_agent(owner->source);

	if (!check_image_arch(owner->source, owner->shop.arch, error) ||
	    !check_crun(owner->cases, owner->source->name, image_source_lacks_crun(owner->source),
			error))
		return false;
	if (!fs_sha256(agent, &owner->agent, error)) {
		g_prefix_error(error, "the guests' agent is not there; run make: ");
		return false;
	}
	return get_roots(spec, owner, agent, cancel, error) &&
	       ensure_image(spec, owner, agent, cancel, error) &&
	       check_crun(owner->cases, owner->source->name, !owner->image->crun, error);
}
