/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preparing a boot on another host. */
#include "machine/far.h"
#include "guest/protocol.h"
#include "machine/inputs.h"
#include "util/error.h"
#include "util/fs.h"

#include <glib/gstdio.h>
#include <string.h>

/*
 * A console that is a terminal there loses what it holds when QEMU ends: a kernel that panics stays
 * until its last words are here, and then is ended.
 */
#define PANIC_WORD "panic=5"

/* The job is not for the disk: the guest's root could read there what the agent takes away. */
static bool take_job(Far *far, const char *in, GError **error)
{
	g_autofree char *path = g_build_filename(in, "job", NULL);
	g_autofree char *text = NULL;
	gsize len = 0;

	if (!fs_read(path, PROTOCOL_JOB_MAX, &text, &len, error))
		return false;
	g_unlink(path);
	far->job = g_strdup_printf("job %" G_GSIZE_FORMAT "\n%s", len, text);
	return true;
}

static bool bring_inputs(Far *far, const char *share, GCancellable *cancel, GError **error)
{
	g_autofree char *in = g_build_filename(share, "in", NULL);
	g_autofree char *there = NULL;

	far->inputs = g_strconcat(share, ".inputs", NULL);
	if (!take_job(far, in, error) || !inputs_make(in, far->inputs, cancel, error) ||
	    !depot_find(far->machine->depot, far->inputs, cancel, &there, error))
		return false;
	g_ptr_array_add(far->disks, g_steal_pointer(&there));
	return true;
}

static bool bring_disks(Far *far, const GuestSpec *spec, GCancellable *cancel, GError **error)
{
	far->disks = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; spec->disks && spec->disks[i]; i++) {
		char *there = NULL;

		if (!depot_find(far->machine->depot, spec->disks[i], cancel, &there, error))
			return false;
		g_ptr_array_add(far->disks, there);
	}
	return true;
}

bool far_prepare(Machine *machine, const GuestSpec *spec, GCancellable *cancel, Far *ret_far,
		 GError **error)
{
	Far *far = ret_far;

	if (spec->image_max || spec->port || spec->gdb)
		return error_usage(error,
				   "a guest that writes to its disk, or has a person in it, runs "
				   "on this host only: leave --connect out");
	far->machine = machine;
	far->spec = *spec;
	if (!depot_find(machine->depot, spec->kernel, cancel, &far->kernel, error) ||
	    (spec->initrd &&
	     !depot_find(machine->depot, spec->initrd, cancel, &far->initrd, error)) ||
	    (spec->image && !depot_find(machine->depot, spec->image, cancel, &far->image, error)) ||
	    !bring_disks(far, spec, cancel, error))
		return false;
	if (spec->share) {
		guint n = far->disks->len;

		if (!bring_inputs(far, spec->share, cancel, error))
			return false;
		far->cmdline = g_strdup_printf("%s " PANIC_WORD " " PROTOCOL_FAR_ARG "vd%c",
					       spec->cmdline, (char)('b' + n));
	} else {
		far->cmdline = g_strdup_printf("%s " PANIC_WORD, spec->cmdline);
	}
	g_ptr_array_add(far->disks, NULL);
	far->spec.kernel = far->kernel;
	far->spec.initrd = far->initrd;
	far->spec.image = far->image;
	far->spec.cmdline = far->cmdline;
	far->spec.disks = (const char *const *)far->disks->pdata;
	return true;
}

void far_clear(Far *far)
{
	if (far->inputs) {
		depot_drop(far->machine->depot, far->inputs);
		g_unlink(far->inputs);
	}
	g_clear_pointer(&far->disks, g_ptr_array_unref);
	g_clear_pointer(&far->inputs, g_free);
	g_clear_pointer(&far->job, g_free);
	g_clear_pointer(&far->kernel, g_free);
	g_clear_pointer(&far->initrd, g_free);
	g_clear_pointer(&far->image, g_free);
	g_clear_pointer(&far->cmdline, g_free);
}
