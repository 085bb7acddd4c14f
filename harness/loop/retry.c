/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Once more, where the host was in trouble. */
#include "loop/retry.h"

#include "util/error.h"

#define TRIES 2

static bool write_down(const Retry *retry, const GError *trouble, GError **error)
{
	g_autoptr(Json) line = json_new_object();

	retry->describe(line, retry->user);
	json_add_string(line, "trouble", trouble->message);
	return run_journal(retry->run, line, error);
}

static void tell(const Retry *retry, const GError *trouble)
{
	g_autofree char *text =
		g_strdup_printf("trouble on this host, trying again: %s", trouble->message);

	if (retry->note)
		retry->note(text, retry->note_user);
}

bool retry_work(const Retry *retry, GError **error)
{
	for (guint tries = 1;; tries++) {
		g_autoptr(GError) local = NULL;
		bool of_host;

		if (retry->work(retry->user, &local))
			return true;
		retry->clear(retry->user);
		of_host = error_exit_code(local) == EXIT_HOST;
		if (of_host && !write_down(retry, local, error))
			return false;
		if (!of_host || tries == TRIES) {
			g_propagate_error(error, g_steal_pointer(&local));
			return false;
		}
		tell(retry, local);
	}
}
