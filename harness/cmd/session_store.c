/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a bisection by hand is kept: a run's folder, and a file in the cache that names it. */
#include "cmd/session_internal.h"

#include "cmd/cmd.h"
#include "record/journal.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "bisectbox.session/1"
#define POINTER_MAX (1 << 16)
#define RECORDS_MAX (64 << 20)

static const char *const states[] = { "none", "old", "new", "skip", NULL };

static char *pointer_of(const Repo *repo)
{
	g_autofree char *key =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, repo_path(repo), -1);
	g_autofree char *folder = paths_cache("sessions");

	key[16] = '\0';
	return g_build_filename(folder, key, NULL);
}

static Session *new_session(Repo *repo)
{
	Session *session = g_new0(Session, 1);

	session->repo = repo;
	session->given = g_array_new(FALSE, FALSE, sizeof(Given));
	session->question.goods = g_array_new(FALSE, TRUE, sizeof(RepoId));
	session->question.skips = g_array_new(FALSE, TRUE, sizeof(RepoId));
	session->pointer = pointer_of(repo);
	return session;
}

static bool write_question(Session *session, int argc, char **argv, GError **error)
{
	const Question *question = &session->question;
	g_autoptr(Json) json = json_new_object();

	cmd_describe(json, SCHEMA, argc, argv);
	json_add_string(json, "repository", repo_path(session->repo));
	json_add_string(json, "term_old", question->terms.old_name);
	json_add_string(json, "term_new", question->terms.new_name);
	json_add_bool(json, "find_fix", question->terms.find_fix);
	json_add_bool(json, "first_parent", question->first_parent);
	json_add_strings(json, "paths", (const char *const *)question->paths);
	json_add_bool(json, "checkout", session->checkout);
	return run_write(session->run, "run.json", json, error);
}

bool session_keep(const Session *session, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(session->pointer);

	return fs_mkdir(folder, error) &&
	       fs_write(session->pointer, run_folder(session->run), -1, error);
}

static bool write_log(Session *session, GError **error)
{
	g_autofree char *text = session_log(session);

	return run_write_text(session->run, "bisect.log", text, error);
}

bool session_start(Repo *repo, const char *results, const Terms *terms, bool first_parent,
		   const char *const *paths, bool checkout, int argc, char **argv,
		   Session **ret_session, GError **error)
{
	g_autoptr(Session) session = new_session(repo);
	g_autofree char *standard = paths_results();

	session->question.terms = terms_copy(terms);
	session->question.first_parent = first_parent;
	session->question.paths = g_strdupv((char **)paths);
	session->checkout = checkout;
	if (!run_create(results ? results : standard, "by-hand", &session->run, error) ||
	    !write_question(session, argc, argv, error) || !write_log(session, error))
		return false;
	*ret_session = g_steal_pointer(&session);
	return true;
}

bool session_rename(Session **session, const char *old_name, const char *new_name, int argc,
		    char **argv, GError **error)
{
	Session *was = *session;
	const Question *question = &was->question;
	g_autofree char *results = g_path_get_dirname(run_folder(was->run));
	g_autoptr(Session) now = NULL;
	g_auto(Terms) terms = { 0 };

	if (was->given->len || !terms_are_default(&question->terms))
		return error_usage(error, "this bisection knows %s, %s and skip",
				   question->terms.old_name, question->terms.new_name);
	if (!terms_init(&terms, old_name, new_name, false, error) ||
	    !session_start(was->repo, results, &terms, question->first_parent,
			   (const char *const *)question->paths, was->checkout, argc, argv, &now,
			   error) ||
	    !session_keep(now, error))
		return false;
	session_drop(was);
	session_free(was);
	*session = g_steal_pointer(&now);
	return true;
}

static bool read_question(Session *session, GError **error)
{
	g_autofree char *path = g_build_filename(run_folder(session->run), "run.json", NULL);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autofree char *old_name = NULL;
	g_autofree char *new_name = NULL;
	bool find_fix;

	if (!fs_read(path, RECORDS_MAX, &text, NULL, error) ||
	    !(json = json_parse(text, path, BOX_ERROR_USAGE, error)))
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader); /* cmd_describe()'s */
	old_name = json_string(reader, "term_old");
	new_name = json_string(reader, "term_new");
	find_fix = json_bool_or(reader, "find_fix", false);
	session->question.first_parent = json_bool_or(reader, "first_parent", false);
	session->question.paths = json_strings(reader, "paths");
	session->checkout = json_bool_or(reader, "checkout", false);
	return json_reader_end(reader, error) &&
	       terms_init(&session->question.terms, old_name, new_name, find_fix, error);
}

static bool read_line(Session *session, const char *line, const char *name, GError **error)
{
	g_autoptr(Json) json = json_parse(line, name, BOX_ERROR_USAGE, error);
	g_autoptr(JsonReader) reader = NULL;
	g_autofree char *revision = NULL;
	g_autofree char *why = NULL;
	Given given = { { "" }, VERDICT_NONE, false, false };

	if (!json)
		return false;
	reader = json_reader_new(json, name, BOX_ERROR_USAGE);
	json_int_or(reader, "step", 1, G_MAXINT, 1);
	revision = json_string(reader, "revision");
	g_free(json_string_or(reader, "subject", NULL));
	g_free(json_string_or(reader, "term", NULL));
	why = json_string(reader, "why");
	given.state = (Verdict)json_choice_or(reader, "state", states, VERDICT_NONE);
	if (!json_reader_end(reader, error))
		return false;
	g_strlcpy(given.id.hex, revision, sizeof(given.id.hex));
	given.end = g_str_equal(why, "end");
	given.along = given.state == VERDICT_SKIP && g_str_equal(why, "hand");
	session_fold(session, &given);
	return true;
}

/* What a person said is not asked again: a line that is lost is an error. */
static bool read_journal(Session *session, GError **error)
{
	g_autofree char *path = g_build_filename(run_folder(session->run), "journal.jsonl", NULL);
	g_autoptr(Journal) journal = NULL;

	if (!run_mend(session->run, error) || !journal_read(path, false, &journal, error))
		return false;
	if (journal->damaged->len)
		return error_usage(error,
				   "%s:%u: damaged, so that a verdict is missing: begin again from "
				   "`bisectbox replay` of the bisect.log beside it",
				   path, g_array_index(journal->damaged, guint, 0));
	for (guint i = 0; i < journal->lines->len; i++) {
		g_autofree char *name =
			g_strdup_printf("%s:%u", path, g_array_index(journal->numbers, guint, i));

		if (!read_line(session, journal->lines->pdata[i], name, error))
			return false;
	}
	return true;
}

bool session_load(Repo *repo, Session **ret_session, GError **error)
{
	g_autoptr(Session) session = new_session(repo);
	g_autofree char *folder = NULL;

	if (!fs_read(session->pointer, POINTER_MAX, &folder, NULL, NULL) ||
	    !g_file_test(folder, G_FILE_TEST_IS_DIR))
		return error_usage(error,
				   "no bisection by hand is going on in %s: begin one with "
				   "`bisectbox start`",
				   repo_path(repo));
	if (!run_open(folder, &session->run, error) || !read_question(session, error) ||
	    !read_journal(session, error) || !session_rebuild(session, error)) {
		g_prefix_error(error, "cannot go on with the bisection by hand in %s: ", folder);
		return false;
	}
	*ret_session = g_steal_pointer(&session);
	return true;
}

void session_drop(Session *session)
{
	fs_remove_tree(run_folder(session->run), NULL);
}

bool session_forget(Session *session, GError **error)
{
	if (unlink(session->pointer) == 0 || errno == ENOENT)
		return true;
	return error_host(error, "cannot remove %s: %s", session->pointer, g_strerror(errno));
}

static char *subject_of(Session *session, const RepoId *id)
{
	g_auto(RepoCommit) commit = { 0 };

	return repo_commit(session->repo, id, &commit, NULL) ? g_steal_pointer(&commit.subject)
							     : g_strdup("");
}

char *session_log(Session *session)
{
	const Question *question = &session->question;
	g_autoptr(BisectLog) log = bisect_log_new(&question->terms);

	log->first_parent = question->first_parent;
	g_strfreev(log->paths);
	log->paths = g_strdupv(question->paths);
	for (guint i = 0; i < session->given->len; i++) {
		const Given *given = &g_array_index(session->given, Given, i);
		g_autofree char *subject = subject_of(session, &given->id);

		bisect_log_add(log, session_word(session, given->state), given->id.hex, subject);
	}
	return bisect_log_text(log);
}

static Json *line_of(Session *session, const Given *given, guint number, const char *why)
{
	Json *line = json_new_object();
	g_autofree char *subject = subject_of(session, &given->id);

	json_add_int(line, "step", number);
	json_add_string(line, "revision", given->id.hex);
	json_add_string(line, "subject", subject);
	json_add_string(line, "why", why);
	json_add_string(line, "state", states[given->state]);
	json_add_string(line, "term", session_word(session, given->state));
	return line;
}

bool session_record(Session *session, guint first, const char *why, GError **error)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)json_free);

	for (guint i = first; i < session->given->len; i++)
		g_ptr_array_add(lines, line_of(session, &g_array_index(session->given, Given, i),
					       i + 1, why));
	return lines->len == 0 ||
	       (run_journal_all(session->run, lines, error) && write_log(session, error));
}
