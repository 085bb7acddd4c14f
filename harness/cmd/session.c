/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bisection by hand: the verdicts, and what follows from them. */
#include "cmd/session_internal.h"

#include "report/report.h"
#include "util/error.h"
#include "util/paths.h"

#include <string.h>

#define ALONG "along" /* a skip that goes with those beside it */

void session_free(Session *session)
{
	if (!session)
		return;
	inquiry_free(session->inquiry);
	question_clear(&session->question);
	g_clear_pointer(&session->given, g_array_unref);
	run_close(session->run);
	g_free(session->pointer);
	g_free(session);
}

const char *session_folder(const Session *session)
{
	return run_folder(session->run);
}

const Terms *session_terms(const Session *session)
{
	return &session->question.terms;
}

const char *const *session_paths(const Session *session)
{
	return (const char *const *)session->question.paths;
}

Repo *session_repo(const Session *session)
{
	return session->repo;
}

Inquiry *session_inquiry(Session *session)
{
	return session->inquiry;
}

char *session_missing(const Session *session)
{
	const Terms *terms = &session->question.terms;

	if (session->has_bad && session->question.goods->len)
		return NULL;
	if (session->has_bad || session->question.goods->len)
		return g_strdup_printf("a %s revision",
				       session->has_bad ? terms->old_name : terms->new_name);
	return g_strdup_printf("a %s and a %s revision", terms->old_name, terms->new_name);
}

void session_fold(Session *session, const Given *given)
{
	g_array_append_val(session->given, *given);
	if (!given->end)
		return;
	if (given->state == VERDICT_BAD) {
		session->question.bad = given->id;
		session->has_bad = true;
	} else if (given->state == VERDICT_GOOD) {
		g_array_append_val(session->question.goods, given->id);
	}
}

void session_hand_on(const Given *given, bool clean, Inquiry *inquiry)
{
	if (given->along)
		inquiry_skip(inquiry, &given->id);
	else
		inquiry_answer(inquiry, &given->id, given->state, clean);
}

/* All verdicts of a person count as clean: nobody is asked twice. */
bool session_rebuild(Session *session, GError **error)
{
	g_clear_pointer(&session->inquiry, inquiry_free);
	if (!session->has_bad || !session->question.goods->len)
		return true;
	session->spec = question_spec(&session->question, session->repo);
	session->spec.trust_ends = true;
	session->spec.offer_repair = true;
	if (!inquiry_new(&session->spec, &session->inquiry, error))
		return false;
	for (guint i = 0; i < session->given->len; i++)
		session_hand_on(&g_array_index(session->given, Given, i), true, session->inquiry);
	return true;
}

static Verdict state_of(const Session *session, const char *word)
{
	if (g_str_equal(word, session->question.terms.old_name))
		return VERDICT_GOOD;
	return g_str_equal(word, session->question.terms.new_name) ? VERDICT_BAD : VERDICT_SKIP;
}

const char *session_word(const Session *session, Verdict state)
{
	return terms_word(&session->question.terms, terms_state(&session->question.terms, state));
}

/* Return: false with an error where it contradicts; *ret_known where it is said again. */
static bool check_again(const Session *session, const RepoId *id, Verdict state, bool *ret_known,
			GError **error)
{
	*ret_known = false;
	for (guint i = 0; i < session->given->len; i++) {
		const Given *given = &g_array_index(session->given, Given, i);

		if (strcmp(given->id.hex, id->hex) != 0)
			continue;
		if (given->state == state) {
			*ret_known = true;
			return true;
		}
		return error_usage(error,
				   "%.12s is %s already, it cannot be %s too: to take a verdict "
				   "back, `bisectbox log > FILE`, edit FILE, `bisectbox replay "
				   "FILE`",
				   id->hex, session_word(session, given->state),
				   session_word(session, state));
	}
	return true;
}

/* Whether a verdict is about an end of the range, and why it is given. */
static bool classify(Session *session, Given *given, const char **ret_why, GError **error)
{
	InquiryStep step;
	bool asked = false;
	bool done = false;

	*ret_why = "hand";
	if (session->inquiry && !session_next(session, &step, &asked, &done, error))
		return false;
	if (asked && strcmp(step.id.hex, given->id.hex) == 0)
		*ret_why = step.why;
	else if (given->state != VERDICT_SKIP &&
		 (!session->inquiry || !inquiry_is_main(session->inquiry, &given->id)))
		given->end = true;
	if (given->end)
		*ret_why = "end";
	given->along = given->state == VERDICT_SKIP && g_str_equal(*ret_why, "hand");
	return true;
}

/* What a new end does to the range is known before it is recorded. */
static bool try_end(Session *session, const Given *given, GError **error)
{
	RepoId bad = session->question.bad;
	bool has_bad = session->has_bad;
	guint n_goods = session->question.goods->len;
	guint n_given = session->given->len;

	session_fold(session, given);
	if (session_rebuild(session, error))
		return true;
	session->question.bad = bad;
	session->has_bad = has_bad;
	g_array_set_size(session->question.goods, n_goods);
	g_array_set_size(session->given, n_given);
	session_rebuild(session, NULL);
	return false;
}

bool session_give(Session *session, const RepoId *id, const char *word, GError **error)
{
	Given given = { *id, state_of(session, word), false, false };
	const char *why;
	bool known;

	if (!check_again(session, id, given.state, &known, error))
		return false;
	if (known)
		return true;
	if (!classify(session, &given, &why, error))
		return false;
	if (given.end) {
		if (!try_end(session, &given, error))
			return false;
	} else {
		session_fold(session, &given);
		if (session->inquiry)
			session_hand_on(&given, true, session->inquiry);
	}
	return session_record(session, session->given->len - 1, why, error);
}

/* What is known has its verdict; what is no candidate would say nothing. */
bool session_skip(Session *session, const GArray *ids, GError **error)
{
	guint first = session->given->len;

	for (guint i = 0; i < ids->len; i++) {
		Given given = { g_array_index(ids, RepoId, i), VERDICT_SKIP, false, true };
		bool known;

		if (session->inquiry && !inquiry_is_main(session->inquiry, &given.id))
			continue;
		if (!check_again(session, &given.id, VERDICT_SKIP, &known, NULL) || known)
			continue;
		session_fold(session, &given);
		if (session->inquiry)
			session_hand_on(&given, true, session->inquiry);
	}
	return session_record(session, first, "hand", error);
}

bool session_next(Session *session, InquiryStep *ret_step, bool *ret_asked, bool *ret_done,
		  GError **error)
{
	*ret_asked = false;
	*ret_done = false;
	if (!session->inquiry)
		return true;
	if (!inquiry_next(session->inquiry, ret_step, ret_done, error))
		return false;
	*ret_asked = !*ret_done;
	return true;
}

bool session_finish(Session *session, RunResult **ret_result, GError **error)
{
	g_autoptr(RunResult) result = run_result_new(&session->question.terms);
	g_autoptr(Json) json = NULL;

	if (!inquiry_report(session->inquiry, result, error))
		return false;
	json = report_json(result, session_folder(session));
	if (!run_write(session->run, "result.json", json, error))
		return false;
	*ret_result = g_steal_pointer(&result);
	return true;
}

bool session_checkout(Session *session, const RepoId *id, GCancellable *cancel, char **ret_path,
		      GError **error)
{
	g_autofree char *trees = paths_cache("by-hand");
	g_autoptr(Worktree) tree = NULL;

	*ret_path = NULL;
	if (!session->checkout)
		return true;
	if (!worktree_open(session->repo, trees, WORKTREE_KEEP_UNTRACKED | WORKTREE_KEEP_ALL, &tree,
			   error) ||
	    !worktree_checkout(tree, id, cancel, NULL, error))
		return false;
	*ret_path = g_strdup(worktree_path(tree));
	return true;
}

bool session_question(Session *session, const SearchOptions *options, Question *ret_question,
		      GError **error)
{
	g_autofree char *missing = session_missing(session);
	const Question *own = &session->question;
	g_auto(Question) question = { .terms = terms_copy(&own->terms),
				      .bad = own->bad,
				      .goods = g_array_copy(own->goods),
				      .skips = g_array_new(FALSE, TRUE, sizeof(RepoId)),
				      .paths = g_strdupv(own->paths),
				      .first_parent = own->first_parent };

	if (missing && (!session->has_bad || own->goods->len))
		return error_usage(error, "--continue: %s is missing: name it with `bisectbox %s`",
				   missing, own->terms.new_name);
	for (guint i = 0; i < options->skips->len; i++)
		if (!repo_list(session->repo, options->skips->pdata[i], question.skips, error))
			return false;
	*ret_question = question;
	memset(&question, 0, sizeof(question));
	return true;
}

char **session_told(const Session *session)
{
	g_autoptr(GStrvBuilder) told = g_strv_builder_new();

	for (guint i = 0; i < session->given->len; i++) {
		const Given *given = &g_array_index(session->given, Given, i);
		g_autofree char *line = g_strdup_printf(
			"%s %s", given->along ? ALONG : verdict_name(given->state), given->id.hex);

		g_strv_builder_add(told, line);
	}
	return g_strv_builder_end(told);
}

bool session_tell(const char *const *told, Inquiry *inquiry, RunResult *result, GError **error)
{
	for (; *told; told++) {
		const char *space = strchr(*told, ' ');
		g_autofree char *word = g_strndup(*told, space ? (gsize)(space - *told) : 0);
		Given given = { { "" }, VERDICT_SKIP, false, g_str_equal(word, ALONG) };

		if (g_str_equal(word, "good"))
			given.state = VERDICT_GOOD;
		else if (g_str_equal(word, "bad"))
			given.state = VERDICT_BAD;
		else if (!given.along && !g_str_equal(word, "skip"))
			return error_usage(error, "\"%s\" is no verdict of a bisection by hand",
					   *told);
		g_strlcpy(given.id.hex, space + 1, sizeof(given.id.hex));
		session_hand_on(&given, false, inquiry);
		if (given.state == VERDICT_SKIP)
			g_ptr_array_add(result->skips, g_strdup(given.id.hex));
	}
	return true;
}
