/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One revision's kernel, for a person who wants to look at it. */
#include "cmd/person.h"

#include "cmd/cmd.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/text.h"

#include <stdio.h>

enum {
	KEY_CASE = 256,
	KEY_REPO,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to look at:", 1 },
	{ "case", KEY_CASE, "CASE|FOLDER", 0, "what is to run there, on the kernel that it needs",
	  1 },
	{ "repo", KEY_REPO, "PATH", 0, "the git repository (default: the one around here)", 1 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	Person *person = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &person->guest;
		break;
	case KEY_CASE:
		person->testcase = value;
		break;
	case KEY_REPO:
		person->repo_path = value;
		break;
	case ARGP_KEY_ARG:
		if (person->revision)
			argp_failure(state, EXIT_USAGE, 0, "\"%s\": unexpected word", value);
		person->revision = value;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = { { .argp = &guest_options_person_argp }, { 0 } };
const struct argp person_argp = { .options = table, .parser = parse, .children = children };

void person_init(Person *person)
{
	*person = (Person){ .repo_path = "." };
	guest_options_init(&person->guest);
}

void person_clear(Person *person)
{
	g_clear_pointer(&person->live, live_free);
	kernel_clear(&person->kernel);
	g_clear_pointer(&person->shop, workshop_close);
	g_clear_pointer(&person->repo, repo_close);
	g_clear_pointer(&person->folder, g_free);
	g_clear_pointer(&person->about, g_free);
	guest_options_clear(&person->guest);
}

static bool find_revision(Person *person, GError **error)
{
	g_auto(RepoCommit) commit = { 0 };
	const char *name = person->revision ? person->revision : "HEAD";

	if (!repo_open(person->repo_path, &person->repo, error) ||
	    !repo_resolve(person->repo, name, &person->id, error) ||
	    !repo_commit(person->repo, &person->id, &commit, error))
		return false;
	person->about = g_strdup_printf("%.12s  %s", person->id.hex, commit.subject);
	return true;
}

bool person_build(Person *person, GCancellable *cancel, char **ret_why, GError **error)
{
	const char *cases[] = { person->testcase ? person->testcase : "boot", NULL };
	const StepSource source = { .kind = SOURCE_REVISION, .revision = &person->id };
	g_auto(StepResult) result = { 0 };
	g_autofree char *run = NULL;
	StepRecord step = { .number = 1 };

	if (!find_revision(person, error) ||
	    !guest_options_open(&person->guest, cases, NULL, person->repo, false, person->live,
				cancel, &person->shop, error))
		return false;
	step.revision = person->id.hex;
	step.subject = person->about + strlen("123456789012  ");
	live_begin(person->live, &step, 0);
	run = g_path_get_dirname(person->shop->share);
	person->folder = g_build_filename(run, PERSON_FOLDER, NULL);
	if (!fs_mkdir(person->folder, error) ||
	    !step_build(person->shop, &source, STEP_FRESH, person->folder, cancel, &person->kernel,
			&result, error))
		return false;
	if (result.note)
		live_event(person->live, "%s", result.note);
	if (!person->kernel.image || result.verdict != VERDICT_NONE)
		*ret_why = g_strdup(result.reason);
	return true;
}

int person_unable(Person *person, const char *why)
{
	g_autofree char *clean = text_clean(why, 0);

	g_clear_pointer(&person->live, live_free);
	fprintf(stderr, "bisectbox: %.12s: %s\n", person->id.hex, clean);
	return EXIT_UNTESTABLE;
}
