/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A quilt series (quilt(1), Debian's `debian/patches`): which patches, and what the head of each
 * says (DEP-3, or a mail as git format-patch writes it). Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct QuiltPatch - a line of a series file
 * @name:    relative to the folder of the series
 * @strip:   patch -pN
 * @reverse: patch -R
 * @line:    in the file, from 1
 */
typedef struct {
	char *name;
	guint strip;
	bool reverse;
	guint line;
} QuiltPatch;

/**
 * quilt_series() - read a series file
 * @text:    of it
 * @file:    what errors call it
 * @ret_patches: of QuiltPatch, in order; g_array_unref()
 * @error:   BOX_ERROR_USAGE: no patch in it, an option that is none of -pN and -R, a name twice or
 *           out of the folder: file and line
 */
bool quilt_series(const char *text, const char *file, GArray **ret_patches, GError **error);

/**
 * struct QuiltHead - what a patch says of itself; release with quilt_head_clear()
 * @author, @email: NULL where nobody is named
 * @time, @offset: seconds since 1970, minutes east; @time 0 where there is no date
 * @subject: one line; NULL where there is none
 * @body:    the rest of its words, without mail fields; may be ""
 * @fields:  DEP-3's Origin, Bug, Bug-*, Forwarded, Applied-Upstream, as "Field: value" lines; may
 *           be ""
 */
typedef struct {
	char *author;
	char *email;
	gint64 time;
	int offset;
	char *subject;
	char *body;
	char *fields;
} QuiltHead;

void quilt_head_clear(QuiltHead *head);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QuiltHead, quilt_head_clear)

/** quilt_head() - read what comes before the first change in a patch; bytes that are no UTF-8 are
 * taken as Latin-1 */
void quilt_head(const char *text, QuiltHead *ret_head);

/** quilt_message() - a commit's message: subject (else @name), body, fields, "Patch: NAME";
 * g_free()
 */
char *quilt_message(const QuiltHead *head, const char *name);

/** quilt_date() - "Tue, 21 Jul 2015 10:00:00 +0200", or "2015-07-21"; false for neither */
bool quilt_date(const char *text, gint64 *ret_time, int *ret_offset);

/** quilt_decode() - RFC 2047: "=?UTF-8?q?Andr=C3=A9?=" in a mail's field; what cannot be decoded
 * stays as it is; UTF-8; g_free() */
char *quilt_decode(const char *text);
