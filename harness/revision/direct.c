/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a revision's files to the key of its look-ups. */
#include "revision/direct.h"

#include "kernel/lookups.h"
#include "repo/files.h"

static bool on_folder(const char *folder, void *user)
{
	(void)user;
	return lookups_enters(folder);
}

static void on_file(const char *path, const RepoId *id, bool odd, void *user)
{
	lookups_add(user, path, id->hex, odd);
}

bool direct_key(Repo *repo, const RepoId *commit, char **ret_key, GError **error)
{
	g_autoptr(Lookups) lookups = lookups_new();
	const RepoFilesEvents events = { .enter = on_folder, .file = on_file, .user = lookups };

	if (!repo_files(repo, commit, &events, error))
		return false;
	*ret_key = lookups_key(lookups);
	return true;
}
