/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listens to what builds a root: mmdebstrap, or our own scripts, which speak like it. */
#pragma once

#include "image/image.h"

/**
 * struct Listener - hands on the lines that say what begins ("I: extracting archives..."), keeps
 * the first error ("E: ..."; later ones only say that there was one) and what was said before it
 * @progress, @user: as in image_ensure(); set by the caller
 */
typedef struct {
	ImageProgress progress;
	void *user;
	char *error;
	char *before;
} Listener;

void listener_clear(Listener *listener);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listener, listener_clear)

/** listener_line() - the next line; a ProcessSpec's on_line with the listener as its user */
void listener_line(const char *line, void *user);

/** listener_blames_recipe() - whether it failed by what the recipe asks for, and not by this host
 */
bool listener_blames_recipe(const Listener *listener);

/** listener_why() - why it failed, for people; free with g_free() */
char *listener_why(const Listener *listener);
