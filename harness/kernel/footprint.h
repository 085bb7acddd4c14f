/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a build read of its source tree, and so which other trees build the same kernel.
 * harness/docs/FOOTPRINT.md has the rule and why it is right.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Footprint Footprint;

/**
 * footprint_read() - collect a build folder's footprint
 * @tree:  source folder that it was built from, as it was then
 * @build: build folder (make O=)
 * @arch:  SRCARCH of the build: its folder below arch/ ("x86")
 * @error: BOX_ERROR_HOST: the folder cannot be read, or holds no build
 */
bool footprint_read(const char *tree, const char *build, const char *arch,
		    Footprint **ret_footprint, GError **error);

/** footprint_new_failed() - of a build that failed: nobody knows what it would have read */
Footprint *footprint_new_failed(const char *arch);
void footprint_free(Footprint *footprint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Footprint, footprint_free)

/** footprint_add() - count a file as read: one that was changed before the build (a fixup's) */
void footprint_add(Footprint *footprint, const char *path);

/** footprint_failed() - whether it is of a build that failed */
bool footprint_failed(const Footprint *footprint);
/** footprint_files() - the files that the build named, relative to the source tree, sorted, of
 * char *; borrowed */
const GPtrArray *footprint_files(const Footprint *footprint);

/** footprint_share() - the share of what the build made, 0 to 1, that depends on a path: about so
 * much of it is made again where that changes */
double footprint_share(const Footprint *footprint, const char *path);

/** footprint_hides() - whether a new file could be found in place of one that an object was made
 * from, which make does not notice: one of the files that the build named has its name */
bool footprint_hides(const Footprint *footprint, const char *path);

/** footprint_version() - of the stored form, and of what is collected; static */
const char *footprint_version(void);
/** footprint_text() - as stored: sorted lines, with a checksum; g_free() */
char *footprint_text(const Footprint *footprint);
/**
 * footprint_parse() - the other way round
 * @error: BOX_ERROR_HOST: cut short, changed, or of another version
 */
bool footprint_parse(const char *text, Footprint **ret_footprint, GError **error);

/** enum FootprintChange - how a path of another tree differs from the built one; with
 * @FOOTPRINT_ODD where it is a symlink or a submodule in one of them */
typedef enum {
	FOOTPRINT_CHANGED,
	FOOTPRINT_ADDED,   /* the built tree has no such path */
	FOOTPRINT_REMOVED, /* the other tree has no such path */
	FOOTPRINT_ODD = 4,
} FootprintChange;

/** enum FootprintWhy - what a difference means for the kernel; up to @FOOTPRINT_UNREAD it is
 * ignorable */
typedef enum {
	FOOTPRINT_APART,  /* documentation, samples, another architecture */
	FOOTPRINT_UNREAD, /* a C or assembler source that the build did not read */
	FOOTPRINT_READ,   /* the build read it */
	FOOTPRINT_KIND,   /* of a kind that builds read without saying so */
	FOOTPRINT_SHADOW, /* new, and could be found in place of what was read */
	FOOTPRINT_GLOB,   /* picked up by a wildcard in a makefile */
	FOOTPRINT_BROKEN, /* the build failed: it may have been about to read it */
} FootprintWhy;

/**
 * footprint_judge() - what it means for the kernel that a path differs; pure
 * @path: relative to the source tree
 * @change: FootprintChange
 */
FootprintWhy footprint_judge(const Footprint *footprint, const char *path, guint change);

/** footprint_ignores() - whether a difference certainly cannot change the kernel */
static inline bool footprint_ignores(FootprintWhy why)
{
	return why <= FOOTPRINT_UNREAD;
}

/** footprint_why() - in a few words, to be read after @path, which was judged so; static */
const char *footprint_why(FootprintWhy why, const char *path);
