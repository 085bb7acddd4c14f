/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox replay: a bisect log, git's or ours, becomes a bisection by hand. */
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "cmd/show.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define LOG_MAX (64 << 20)

enum { KEY_REPO = LOOK_JSON + 1 };

/* A verdict of the log, its revision found. */
typedef struct {
	const char *word;
	RepoId id;
} Verdicted;

static bool read_log(const char *name, BisectLog **ret_log, GError **error)
{
	g_autofree char *inside = g_build_filename(name, "bisect.log", NULL);
	const char *path = g_file_test(name, G_FILE_TEST_IS_DIR) ? inside : name;
	g_autofree char *text = NULL;
	g_autoptr(GError) local = NULL;

	if (!fs_read(path, LOG_MAX, &text, NULL, &local))
		return error_usage(error, "%s", local->message);
	*ret_log = bisect_log_parse(text, path, error);
	return *ret_log != NULL;
}

static bool find(Repo *repo, const BisectEntry *entry, const char *name, GArray *found,
		 GError **error)
{
	Verdicted verdict = { entry->word, { "" } };

	if (!repo_resolve(repo, entry->revision, &verdict.id, error)) {
		if (entry->line)
			g_prefix_error(error, "%s:%u: ", name, entry->line);
		else
			g_prefix_error(error, "%s: ", name);
		return false;
	}
	for (guint i = 0; i < found->len; i++) {
		const Verdicted *old = &g_array_index(found, Verdicted, i);

		if (strcmp(old->id.hex, verdict.id.hex) == 0 &&
		    strcmp(old->word, verdict.word) != 0)
			return error_usage(error, "%s:%u: %.12s is %s, but was %s before", name,
					   entry->line, verdict.id.hex, verdict.word, old->word);
	}
	g_array_append_val(found, verdict);
	return true;
}

/* Without a "--", what is no revision begins the paths, as in git. */
static void split_paths(Repo *repo, BisectLog *log)
{
	guint keep = 0;
	RepoId id;

	while (!log->dashes && keep < log->goods->len &&
	       repo_resolve(repo, ((BisectEntry *)log->goods->pdata[keep])->revision, &id, NULL))
		keep++;
	if (log->dashes || keep == log->goods->len)
		return;
	g_strfreev(log->paths);
	log->paths = g_new0(char *, log->goods->len - keep + 1);
	for (guint i = keep; i < log->goods->len; i++)
		log->paths[i - keep] = g_strdup(((BisectEntry *)log->goods->pdata[i])->revision);
	g_ptr_array_set_size(log->goods, (gint)keep);
}

/* Everything that can be wrong is found before anything is begun. */
static bool find_all(Repo *repo, BisectLog *log, const char *name, GArray *found, GError **error)
{
	if (log->bad && !find(repo, log->bad, name, found, error))
		return false;
	split_paths(repo, log);
	for (guint i = 0; i < log->goods->len; i++)
		if (!find(repo, log->goods->pdata[i], name, found, error))
			return false;
	for (guint i = 0; i < log->entries->len; i++)
		if (!find(repo, log->entries->pdata[i], name, found, error))
			return false;
	return true;
}

static bool replay(Repo *repo, const char *name, int argc, char **argv, Session **ret_session,
		   GError **error)
{
	g_autoptr(BisectLog) log = NULL;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Verdicted));
	g_autoptr(Session) session = NULL;

	if (!read_log(name, &log, error) || !find_all(repo, log, name, found, error) ||
	    !session_start(repo, NULL, &log->terms, log->first_parent,
			   (const char *const *)log->paths, false, argc, argv, &session, error))
		return false;
	for (guint i = 0; i < found->len; i++) {
		const Verdicted *verdict = &g_array_index(found, Verdicted, i);

		if (!session_give(session, &verdict->id, verdict->word, error)) {
			g_prefix_error(error, "%s: %s %.12s: ", name, verdict->word,
				       verdict->id.hex);
			session_drop(session);
			return false;
		}
	}
	if (!session_keep(session, error))
		return false;
	*ret_session = g_steal_pointer(&session);
	return true;
}

static const struct argp_option table[] = {
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 1 },
	{ "json", LOOK_JSON, NULL, 0, "print what is next as JSON", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	LookOptions *options = state->input;

	if (key != KEY_REPO)
		return look_parse(key, value, state);
	options->search.repo = value;
	return 0;
}

int cmd_replay(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "FILE|RUN",
		.doc = "Begin a bisection by hand with the verdicts of a bisect log: what `git "
		       "bisect "
		       "log` or `bisectbox log` printed, or a run's folder.\v"
		       "Then go on by hand, or with `bisectbox run --continue`.",
	};
	g_auto(Look) look = { .options = look_options(&argp, argc, argv) };
	g_autoptr(GError) error = NULL;
	int status;

	if (look.options.words->len != 1)
		return cmd_usage_error("one FILE is expected: a bisect log");
	if (!repo_open(look.options.search.repo, &look.repo, &error) ||
	    !replay(look.repo, look.options.words->pdata[0], argc, argv, &look.session, &error))
		return cmd_error(error);
	status = show_session(look.session, look.options.json, cancel, &error);
	return error ? cmd_error(error) : status;
}
