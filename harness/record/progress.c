/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run is doing now. */
#include "record/progress.h"

#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"

#include <glib/gstdio.h>
#include <string.h>

#define STATUS_MAX (1 << 16)

void progress_clear(Progress *progress)
{
	g_clear_pointer(&progress->revision, g_free);
	g_clear_pointer(&progress->subject, g_free);
	g_clear_pointer(&progress->why, g_free);
	g_clear_pointer(&progress->phase, g_free);
}

static char *status_path(const char *folder)
{
	return g_build_filename(folder, "status.json", NULL);
}

void progress_write(const char *folder, const Progress *progress)
{
	g_autofree char *path = status_path(folder);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = json_new_object();

	json_add_string(json, "schema", "bisectbox.status/1");
	json_add_int(json, "pid", progress->pid);
	json_add_int(json, "step", progress->step);
	json_add_string(json, "revision", progress->revision);
	json_add_string(json, "subject", progress->subject);
	json_add_string(json, "why", progress->why);
	json_add_int(json, "left", progress->left);
	json_add_string(json, "phase", progress->phase);
	json_add_int(json, "began_s", progress->began_s);
	json_add_int(json, "phase_s", progress->phase_s);
	text = json_text(json, false);
	g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL);
}

void progress_remove(const char *folder)
{
	g_autofree char *path = status_path(folder);

	g_unlink(path);
}

bool progress_read(const char *folder, Progress *ret_progress)
{
	g_autofree char *path = status_path(folder);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_auto(Progress) progress = { 0 };

	if (!fs_read(path, STATUS_MAX, &text, NULL, NULL) ||
	    !(json = json_parse(text, path, BOX_ERROR_HOST, NULL)))
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_HOST);
	json_reader_allow_unknown(reader);
	progress.pid = json_int_or(reader, "pid", 1, G_MAXINT32, 1);
	progress.step = (guint)json_int_or(reader, "step", 1, G_MAXINT, 1);
	progress.revision = json_string(reader, "revision");
	progress.subject = json_string_or(reader, "subject", "");
	progress.why = json_string_or_null(reader, "why");
	progress.left = (guint)json_int_or(reader, "left", 0, G_MAXINT, 0);
	progress.phase = json_string_or_null(reader, "phase");
	progress.began_s = json_int_or(reader, "began_s", 0, G_MAXINT64 >> 11, 0);
	progress.phase_s = json_int_or(reader, "phase_s", 0, G_MAXINT64 >> 11, 0);
	if (!json_reader_end(reader, NULL))
		return false;
	*ret_progress = progress;
	memset(&progress, 0, sizeof(progress));
	return true;
}
