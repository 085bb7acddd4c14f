/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the footprint share. */
#pragma once

#include "kernel/footprint.h"

struct Footprint {
	char *arch;
	bool failed;
	GPtrArray *files;  /* sorted */
	GPtrArray *names;  /* sorted; of what is no file of the tree */
	GPtrArray *globs;  /* sorted */
	GPtrArray *nears;  /* sorted; folders that are apart elsewhere, and not here */
	GHashTable *read;  /* the files, as a set */
	GHashTable *uses;  /* path -> guint, of how many made files, where that is several */
	guint made;        /* how many files were made from what is listed */
	GHashTable *bases; /* base names of files and names, in lower case */
	GHashTable *stems; /* those up to their first dot */
	GHashTable *exact; /* the globs that match one path alone */
	GPtrArray *wide;   /* the others */
};

/** footprint_new() - one without anything in it */
Footprint *footprint_new(const char *arch, bool failed);
/** footprint_finish() - its lists are complete: make what is looked up in */
void footprint_finish(Footprint *footprint);
