/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest images: a recipe (images/NAME.json) becomes a root by mmdebstrap and a disk by
 * libguestfs, once; cached by the hash of all that goes in. libguestfs lives here only.
 */
#pragma once

#include "machine/accel.h"

#include <gio/gio.h>
#include <stdbool.h>

/* images/NAME.json; described in images/README.md. Release with recipe_free(). */
typedef struct {
	char *name;
	char *title;
	char *suite;	 /* of mmdebstrap: "bookworm" */
	char *variant;	 /* mmdebstrap's --variant */
	char **packages; /* NULL-terminated */
	char *filesystem; /* "ext2" */
	guint size_mib;	 /* of the disk; sparse */
	char *hash;	 /* of the recipe as it stands, hex */
} Recipe;

/** recipe_load() - by name from images/, or a path with a slash in it; strict; BOX_ERROR_USAGE naming file and field */
bool recipe_load(const char *name, Recipe **ret_recipe, GError **error);
void recipe_free(Recipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipe, recipe_free)
/** recipe_names() - all recipes that are shipped; free with g_strfreev() */
char **recipe_names(void);

/* A disk ready to boot; release with image_free(). */
typedef struct {
	char *path;   /* absolute */
	char *format; /* "raw" or "qcow2" */
	char *hash;   /* SHA-256 of the disk's content: part of a verdict's key */
} Image;

void image_free(Image *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

/* Tells what image_ensure() is doing: a phase, and a line of detail that may be NULL. */
typedef void (*ImageProgress)(const char *phase, const char *detail, void *user);

/**
 * image_find() - the cached disk of a recipe with this agent
 * Return: false with *ret_image NULL and no error where it has not been built.
 */
bool image_find(const Recipe *recipe, const char *agent, Image **ret_image, GError **error);

/**
 * image_ensure() - the disk of a recipe, built where it is not in the cache
 * @agent:    path of the agent's static binary, put at PROTOCOL_AGENT
 * @accel:    what libguestfs' appliance runs on
 * @progress: or NULL
 * @cancel:   or NULL
 * @error:    BOX_ERROR_HOST: mmdebstrap or libguestfs failed or is missing, no space, no sources
 *
 * The host's own apt sources are used, whatever they are. Works as an ordinary user where the
 * host lets one (subuid entries). Two processes at once: the second waits for the first.
 * A killed build leaves nothing that a later one takes for an image.
 */
bool image_ensure(const Recipe *recipe, const char *agent, Accel accel, ImageProgress progress,
		  void *user, GCancellable *cancel, Image **ret_image, GError **error);

/** image_check() - whether libguestfs works here: really launches the appliance (doctor) */
bool image_check(Accel accel, GError **error);
