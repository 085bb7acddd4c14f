/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a build looks for without naming them in a .cmd file; of this room only. */
#pragma once

#include <glib.h>

/**
 * make_globs_text() - what a makefile picks up by $(wildcard ...), or by a shell's look around, and
 * the sources that it names: a recipe leaves no .cmd file unless it is written for that
 * @text:   of the makefile; borrowed
 * @folder: where it is, relative to the source tree; "" for the top
 * @globs:  set of char *; gets fnmatch(3) patterns of paths below the source tree
 *
 * A part that only make knows becomes "*". A pattern of such parts alone is left out: it is about
 * targets; so is a name with such a part in it. A command that finds or lists files may find all
 * sources below the folder.
 */
void make_globs_text(const char *text, const char *folder, GHashTable *globs);

/** make_globs_read() - the same of all makefiles in a folder of the source tree, and what they
 * include */
void make_globs_read(const char *tree, const char *folder, GHashTable *globs);

/**
 * has_include_text() - headers that a source asks for by __has_include()
 * @names: set of char *; gets base names
 * @globs: gets all headers where the name is no literal
 */
void has_include_text(const char *text, GHashTable *names, GHashTable *globs);
