/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a commit's message says of other commits: that it is one of them, reverts or fixes them.
 * Pure. */
#pragma once

#include <glib.h>

/** picked_ids() - the commits that it is a copy of: "commit X upstream.", "[ Upstream commit X ]",
 * "(cherry picked from commit X)", "(backported from commit X)"; lower-case hex, 12 digits or more;
 * NULL-terminated; g_strfreev() */
char **picked_ids(const char *message);

/** picked_reverts() - the commits that it takes back: "This reverts commit X", also by the name
 * that X has upstream; as picked_ids() */
char **picked_reverts(const char *message);

/** picked_fixes() - those that its Fixes: trailers name, 8 digits or more; as picked_ids() */
char **picked_fixes(const char *message);

/** picked_match() - whether two ids, of which one may be shortened, are one */
gboolean picked_match(const char *a, const char *b);
