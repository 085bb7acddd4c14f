/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the workshop share: workshop.c, and in it workshop_image.c and
 * workshop_describe.c. */
#pragma once

#include "image/source.h"
#include "revision/tools.h"
#include "step/spares.h"
#include "step/workshop.h"
#include "util/rundir.h"

/* A workshop and what it owns. */
typedef struct {
	Workshop shop; /* first: workshop_close() gets its address */
	GPtrArray *cases;
	char **common;
	Kconfig *kconfig;
	Machine *machine;
	ImageSource *source; /* of the image */
	Image *image;
	GPtrArray *roots;
	GPtrArray *disks;
	Worktree *tree;
	char *signature;
	char *config;
	char *append;
	char *agent;
	Tools tools;
	RunDir *home; /* for libvirt's state, whose sockets want a short path, and the share */
	char *share;
	char *ccache;
	char *footprints;
	char *builds;
	Stock *stock;
	Spares *spares;
	bool no_cache;
	bool gdb;
	char *accel_why;
	Accel accel;   /* of this host: libguestfs' appliance, and guests of its architecture */
	bool unproven; /* KVM is what was chosen, and no guest has been seen on it */
	char *board;
	char *cpu_model;
	char **qemu_args;
} Owner;

/** workshop_notice() - tells @spec's user what is being made ready */
void workshop_notice(const WorkshopSpec *spec, const char *what, const char *detail);

/**
 * workshop_get_image() - makes @owner's image, the roots that cases have of their own, and the
 * agent's hash
 * @error: BOX_ERROR_USAGE: another architecture, no crun for a case; BOX_ERROR_HOST; interrupted
 */
bool workshop_get_image(const WorkshopSpec *spec, Owner *owner, GCancellable *cancel,
			GError **error);
