/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest on another host: what it needs is brought there first. Internal to this room. */
#pragma once

#include "machine/internal.h"

/**
 * struct Far - release with far_clear()
 * @spec: the guest as that host's libvirt is told: paths are of there
 * @job:  what its agent gets by the channel; or NULL
 */
typedef struct {
	Machine *machine;
	GuestSpec spec;
	char *job;
	char *kernel;
	char *initrd; /* or NULL */
	char *image;
	char *cmdline;
	char *inputs; /* path here of the disk that in/ has become */
	GPtrArray *disks;
} Far;

/** far_prepare() - bring kernel, image, disks and inputs; takes in/job out of the share */
bool far_prepare(Machine *machine, const GuestSpec *spec, GCancellable *cancel, Far *ret_far,
		 GError **error);
/** far_clear() - release, and remove the inputs there; fine on what was never prepared */
void far_clear(Far *far);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Far, far_clear)
