/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The eras of gcc, from the kernel's own history. */
#include "kernel/era.h"

#include <glib.h>

/*
 * The oldest gcc that a tree takes, from its Documentation/process/changes.rst, and the newest
 * that it has a header for (include/linux/compiler-gccN.h). Each row holds from its version on.
 */
static const struct {
	Version since;
	unsigned oldest;
	unsigned newest;
} eras[] = {
	{ { { 2, 6, 0 }, 2 }, 3, 4 },
	{ { { 3, 18, 0 }, 2 }, 3, 5 }, /* 71458cfc782e: compiler-gcc5.h */
	{ { { 4, 2, 0 }, 2 }, 3, 0 },  /* cb984d101b30: one header for all */
	{ { { 4, 19, 0 }, 2 }, 4, 0 }, /* cafa0010cd51: 4.6 */
	{ { { 5, 15, 0 }, 2 }, 5, 0 }, /* 76ae847497bc: 5.1 */
	{ { { 6, 16, 0 }, 2 }, 8, 0 }, /* 118c40b7b503: 8.1 */
};

bool era_fits(const Version *version, unsigned gcc)
{
	for (guint i = G_N_ELEMENTS(eras); i-- > 0;)
		if (version_compare(version, &eras[i].since) >= 0)
			return gcc >= eras[i].oldest && (!eras[i].newest || gcc <= eras[i].newest);
	return true;
}
