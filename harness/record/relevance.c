/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a commit of the range could change of the kernel, as records have it. */
#include "record/relevance.h"

void relevance_commit_clear(RelevanceCommit *commit)
{
	g_clear_pointer(&commit->id, g_free);
	g_clear_pointer(&commit->subject, g_free);
	g_clear_pointer(&commit->path, g_free);
	g_clear_pointer(&commit->same_as, g_free);
}

Json *relevance_commit_json(const RelevanceCommit *commit)
{
	Json *json = json_new_object();

	json_add_string(json, "commit", commit->id);
	json_add_string(json, "subject", commit->subject);
	json_add_bool(json, "matters", commit->matters);
	json_add_string(json, "file", commit->path);
	json_add_string(json, "why", commit->why);
	if (!commit->matters)
		json_add_int(json, "files", commit->files);
	json_add_string(json, "same_as", commit->same_as);
	return json;
}
