/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the name of an image stands for: a recipe, or a disk that was imported. */
#pragma once

#include "image/image.h"
#include "image/imported.h"

/**
 * struct ImageSource - image_source_free()
 * @name:     of either
 * @recipe:   or NULL
 * @imported: or NULL
 * @kconfig:  fragments that a kernel needs to boot from it; NULL-terminated
 */
typedef struct {
	char *name;
	Recipe *recipe;
	Imported *imported;
	char **kconfig;
} ImageSource;

/**
 * image_source_load() - look a name up
 * @name:  of a shipped recipe, a path of a recipe (anything with a slash in it), or of an imported
 *         disk
 * @error: BOX_ERROR_USAGE: unknown (lists what there is), or what is wrong with the recipe;
 *         BOX_ERROR_HOST: an imported disk is damaged
 */
bool image_source_load(const char *name, ImageSource **ret_source, GError **error);
void image_source_free(ImageSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageSource, image_source_free)

/** image_source_agent() - path of the agent that goes into it, of its architecture; g_free() */
char *image_source_agent(const ImageSource *source);

/** image_source_ensure() - image_ensure(), or imported_ensure() */
bool image_source_ensure(const ImageSource *source, const char *agent, Accel accel,
			 ImageProgress progress, void *user, GCancellable *cancel,
			 Image **ret_image, GError **error);

/** image_source_find() - the disk as it is now, built or not; NULL in @ret_image where it is not */
bool image_source_find(const ImageSource *source, const char *agent, Image **ret_image,
		       GError **error);

/** image_source_lacks_crun() - whether it is known before the disk is built that it has no crun */
bool image_source_lacks_crun(const ImageSource *source);
