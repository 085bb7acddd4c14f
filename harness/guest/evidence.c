/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying a case's evidence to the share, once and again. */
#include "guest/evidence.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_evidence(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len <= PROTOCOL_NAME_MAX &&
	       strspn(entry->d_name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._-") == len;
}

/* Whether a file is to be copied now; it is noted as copied. */
static bool take(Evidence *kept, EvidenceWhich which, const char *name, const struct stat *st)
{
	unsigned i = 0;

	while (i < kept->n && strcmp(kept->files[i].name, name) != 0)
		i++;
	if (i == PROTOCOL_EVIDENCE_FILES)
		return false;
	if (i < kept->n && which == EVIDENCE_CHANGED && kept->files[i].size == st->st_size &&
	    memcmp(&kept->files[i].changed, &st->st_mtim, sizeof(st->st_mtim)) == 0)
		return false;
	if (i == kept->n) {
		strcpy(kept->files[i].name, name);
		kept->n++;
	}
	kept->files[i].size = st->st_size;
	kept->files[i].changed = st->st_mtim;
	return true;
}

bool evidence_keep(Evidence *kept, EvidenceWhich which, const char *bundle, const char *out,
		   Reason *reason)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct dirent **entries = NULL;
	bool ok = true;
	int n;

	set_path(from, "%s/evidence", bundle);
	n = scandir(from, &entries, is_evidence, alphasort);
	for (int i = 0; i < n; i++) {
		struct stat st;

		set_path(from, "%s/evidence/%s", bundle, entries[i]->d_name);
		set_path(to, "%s/evidence", out);
		if (ok && lstat(from, &st) == 0 && S_ISREG(st.st_mode) &&
		    take(kept, which, entries[i]->d_name, &st)) {
			ok = make_dir(to, reason);
			set_path(to, "%s/evidence/%s", out, entries[i]->d_name);
			ok = ok && copy_file(from, to, PROTOCOL_OUTPUT_MAX, reason);
		}
		free(entries[i]);
	}
	free(entries);
	far_sync(kept->far);
	return ok;
}
