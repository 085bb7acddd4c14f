/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a run's folder and its repository to a mail. */
#include "cmd/report_mail.h"

#include "kernel/version.h"
#include "report/formats.h"
#include "revision/maintainers.h"
#include "util/error.h"

#include <string.h>

/* What the repository says; all owned. */
typedef struct {
	char **maintainers;
	char *why_none;
	char **signers;
	char *old_version;
	char *new_version;
	bool stable;
} People;

static void people_clear(People *people)
{
	g_strfreev(people->maintainers);
	g_free(people->why_none);
	g_strfreev(people->signers);
	g_free(people->old_version);
	g_free(people->new_version);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(People, people_clear)

static bool id_of(const char *hex, RepoId *ret_id)
{
	return hex && g_strlcpy(ret_id->hex, hex, sizeof(ret_id->hex)) == REPO_ID_LEN;
}

static char **read_signers(const char *message)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	g_auto(GStrv) lines = g_strsplit(message, "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_ascii_strncasecmp(*line, "Signed-off-by:", 14) == 0)
			g_strv_builder_add(list, g_strstrip(*line + 14));
	return g_strv_builder_end(list);
}

/* A kernel's version, or NULL where the tree is none's. @ret_stable: it is of a stable series. */
static char *version_of(Repo *repo, const char *hex, bool *ret_stable)
{
	g_autofree char *text = NULL;
	Version version = { 0 };
	RepoId id;
	gsize len;

	*ret_stable = false;
	if (!id_of(hex, &id) || !repo_file(repo, &id, "Makefile", &text, &len, NULL) || !text ||
	    !kernel_makefile_version(text, &version))
		return NULL;
	*ret_stable = version.part[2] > 0;
	return version.part[2] ? g_strdup_printf("v%u.%u.%u", version.part[0], version.part[1],
						 version.part[2])
			       : g_strdup_printf("v%u.%u", version.part[0], version.part[1]);
}

static bool ask_repository(const Past *past, Repo *repo, GCancellable *cancel, People *people,
			   GError **error)
{
	g_auto(RepoCommit) commit = { 0 };
	bool was_stable;
	RepoId tip, culprit;

	people->old_version = version_of(repo, past->goods[0], &was_stable);
	people->new_version = version_of(repo, past->bads[0], &people->stable);
	if (!id_of(past->result->culprit.id, &culprit) || !id_of(past->bads[0], &tip))
		return true;
	if (!repo_commit(repo, &culprit, &commit, error))
		return false;
	people->signers = read_signers(commit.message);
	return maintainers_find(repo, &tip, &culprit, cancel, &people->maintainers,
				&people->why_none, error);
}

bool report_mail_of(const Past *past, GCancellable *cancel, char **ret_mail, GError **error)
{
	static const char *const none[] = { NULL };
	g_auto(People) people = { 0 };
	g_autoptr(Repo) repo = NULL;
	g_autoptr(GError) local = NULL;
	MailFacts facts;

	if (past->result && past->repository) {
		bool ok = repo_open(past->repository, &repo, &local) &&
			  ask_repository(past, repo, cancel, &people, &local);

		if (!ok && error_exit_code(local) == EXIT_INTERRUPTED) {
			g_propagate_error(error, g_steal_pointer(&local));
			return false;
		}
		if (!ok)
			people.why_none = g_strdup(local->message);
	}
	facts = (MailFacts){
		.maintainers = people.maintainers ? (const char *const *)people.maintainers : none,
		.why_none = people.why_none,
		.signers = people.signers ? (const char *const *)people.signers : none,
		.old_version = people.old_version,
		.new_version = people.new_version,
		.stable = people.stable,
	};
	return report_mail(past, &facts, ret_mail, error);
}
