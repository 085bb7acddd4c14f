/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be tested next, for people and scripts. */
#include "cmd/show.h"

#include "report/report.h"
#include "util/error.h"
#include "util/text.h"

#include <stdio.h>

static const char *reason_text(const char *why)
{
	static const struct {
		const char *why, *text;
	} texts[] = {
		{ "base", "a merge base must be tested" },
		{ "parent", "parent of the suspect, so far only assumed" },
		{ "end", "an end of the range" },
		{ "mask", "looking for what masked it" },
		{ "expose", "looking for what exposed it again" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		if (g_str_equal(why, texts[i].why))
			return texts[i].text;
	return NULL;
}

static char *subject_of(Repo *repo, const RepoId *id)
{
	g_auto(RepoCommit) commit = { 0 };

	return repo_commit(repo, id, &commit, NULL) ? text_clean(commit.subject, 0) : g_strdup("");
}

static guint candidates_of(Inquiry *inquiry)
{
	Search *search = inquiry_search(inquiry, NULL);

	return search ? search_candidates(search) : 0;
}

void show_next(Inquiry *inquiry, Repo *repo, const Terms *terms, const InquiryStep *step,
	       const char *path, bool json)
{
	g_autofree char *subject = subject_of(repo, &step->id);
	guint candidates = candidates_of(inquiry);
	const char *reason = reason_text(step->why);

	if (json) {
		g_autoptr(Json) object = json_new_object();
		g_autofree char *text = NULL;

		json_add_string(object, "schema", "bisectbox.next/1");
		json_add_string(object, "revision", step->id.hex);
		json_add_string(object, "subject", subject);
		json_add_string(object, "why", step->why);
		json_add_int(object, "candidates", candidates);
		json_add_int(object, "steps_left", step->left);
		json_add_string(object, "term_old", terms->old_name);
		json_add_string(object, "term_new", terms->new_name);
		json_add_string(object, "path", path);
		text = json_text(object, false);
		puts(text);
		return;
	}
	printf("%s %s\n", step->id.hex, subject);
	printf("%s%s%u candidate%s, about %u more step%s after this one\n", reason ? reason : "",
	       reason ? "; " : "", candidates, text_s(candidates), step->left, text_s(step->left));
	if (path)
		printf("checked out in %s\n", path);
}

void show_ranking(Inquiry *inquiry, bool json)
{
	RepoRange *range = NULL;
	Search *search = inquiry_search(inquiry, &range);
	g_autoptr(GArray) ranks = search ? search_ranking(search) : NULL;
	g_autoptr(Json) list = json_new_array();

	for (guint i = 0; ranks && i < ranks->len; i++) {
		const SearchRank *rank = &g_array_index(ranks, SearchRank, i);
		const char *id = g_array_index(range->ids, RepoId, rank->node).hex;

		if (json) {
			Json *one = json_append(list, json_new_object());

			json_add_string(one, "revision", id);
			json_add_int(one, "dist", rank->distance);
		} else {
			printf("%s (dist=%u)\n", id, rank->distance);
		}
	}
	if (json) {
		g_autofree char *text = json_text(list, false);

		puts(text);
	}
}

void show_together(Inquiry *inquiry, unsigned n, bool json)
{
	RepoRange *range = NULL;
	Search *search = inquiry_search(inquiry, &range);
	g_autoptr(GArray) nodes = search ? search_together(search, n) : NULL;
	g_autoptr(Json) list = json_new_array();

	for (guint i = 0; nodes && i < nodes->len; i++) {
		Node node = g_array_index(nodes, Node, i);
		const char *id = g_array_index(range->ids, RepoId, node).hex;

		if (json)
			json_append_string(list, id);
		else
			puts(id);
	}
	if (json) {
		g_autofree char *text = json_text(list, false);

		puts(text);
	}
}

static int show_answer(Session *session, bool json, GError **error)
{
	g_autoptr(RunResult) result = NULL;
	g_autofree char *text = NULL;

	if (!session_finish(session, &result, error))
		return EXIT_HOST;
	if (json) {
		g_autoptr(Json) object = report_json(result, session_folder(session));

		text = json_text(object, false);
		puts(text);
	} else {
		text = report_answer(result);
		printf("%s", text);
	}
	return result->status == RUN_FOUND ? EXIT_GOOD : EXIT_INCONCLUSIVE;
}

int show_session(Session *session, bool json, GCancellable *cancel, GError **error)
{
	g_autofree char *missing = session_missing(session);
	g_autofree char *path = NULL;
	InquiryStep step;
	bool asked, done;

	if (missing) {
		fprintf(stderr, "waiting for %s\n", missing);
		return EXIT_GOOD;
	}
	if (!session_next(session, &step, &asked, &done, error))
		return EXIT_HOST;
	for (;;) {
		g_autofree char *line = inquiry_news(session_inquiry(session));

		if (!line)
			break;
		fprintf(stderr, "%s\n", line);
	}
	if (done)
		return show_answer(session, json, error);
	if (!session_checkout(session, &step.id, cancel, &path, error))
		return EXIT_HOST;
	show_next(session_inquiry(session), session_repo(session), session_terms(session), &step,
		  path, json);
	return EXIT_GOOD;
}
