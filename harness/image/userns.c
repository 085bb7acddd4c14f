/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User namespaces by util-linux' unshare(1), and what to type where there can be none. */
#include "image/userns.h"

#include "util/error.h"
#include "util/process.h"
#include "util/text.h"

#include <string.h>
#include <unistd.h>

/* The first id that no user's range in /etc/subuid or /etc/subgid reaches. */
static guint64 free_subids(void)
{
	static const char *const files[] = { "/etc/subuid", "/etc/subgid" };
	guint64 first = 100000;

	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *text = NULL;
		g_auto(GStrv) lines = NULL;

		g_file_get_contents(files[i], &text, NULL, NULL);
		lines = g_strsplit(text ? text : "", "\n", -1);
		for (char **line = lines; *line; line++) {
			g_auto(GStrv) fields = g_strsplit(*line, ":", 3);

			if (g_strv_length(fields) == 3)
				first = MAX(first, g_ascii_strtoull(fields[1], NULL, 10) +
							   g_ascii_strtoull(fields[2], NULL, 10));
		}
	}
	return first;
}

bool userns_explain(const char *what, const char *why, const char *other, GError **error)
{
	const char *user = g_get_user_name();

	if (strstr(why, "subuid") || strstr(why, "subgid")) {
		g_autofree char *range = g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT,
							 free_subids(), free_subids() + 65535);

		return error_host(error,
				  "cannot build %s as user %s: no subordinate user ids; as root, "
				  "type: usermod --add-subuids %s --add-subgids %s %s",
				  what, user, range, range, user);
	}
	if (strstr(why, "uidmap") || strstr(why, "gidmap"))
		return error_host(error,
				  "cannot build %s as user %s: newuidmap is missing; as root, "
				  "type: apt install uidmap",
				  what, user);
	return error_host(error,
			  "cannot build %s as user %s: this host lets users make no user "
			  "namespaces (%s)%s%s",
			  what, user, why, other ? "; as root, type: apt install " : "",
			  other ? other : "");
}

char **userns_argv(const char *const *argv)
{
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();

	if (geteuid() != 0)
		g_strv_builder_add_many(words, "unshare", "--map-root-user", "--map-auto", "--",
					NULL);
	g_strv_builder_addv(words, (const char **)argv);
	return g_strv_builder_end(words);
}

bool userns_check(const char *what, GCancellable *cancel, GError **error)
{
	static const char *const program[] = { "true", NULL };
	g_auto(GStrv) argv = userns_argv(program);
	ProcessSpec spec = { .argv = (const char *const *)argv, .timeout_s = 60 };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *why = NULL;

	if (geteuid() == 0)
		return true;
	if (!process_run(&spec, cancel, &end, error))
		return false;
	if (end.status == 0)
		return true;
	why = text_last_line(end.err);
	return userns_explain(what, why ? why : "unshare does not say why", NULL, error);
}
