/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words about where to look, that every command has which searches: ends, skips, limits. */
#pragma once

#include "inquiry/inquiry.h"
#include "util/json.h"

#include <argp.h>
#include <stdbool.h>

/* As given; strings point into argv. */
typedef struct {
	const char *repo;
	GPtrArray *goods; /* const char * */
	GPtrArray *bads;  /* const char * */
	GPtrArray *skips; /* const char *: REV or A..B */
	GPtrArray *paths; /* const char *, NULL-terminated */
	const char *term_old;
	const char *term_new;
	bool find_fix;
	bool first_parent;
} SearchOptions;

/* A child of each such command's argp; its input is a SearchOptions. Takes the words after "--" as
 * paths: the command's own parser must not. */
extern const struct argp search_options_argp;

void search_options_init(SearchOptions *options);
void search_options_clear(SearchOptions *options);

/**
 * struct Question - the words, resolved; release with question_clear()
 * @bad:   the end with the new state, the case's good one with --find-fix
 * @goods: RepoId: the ends with the old state; may be empty
 * @skips: RepoId
 * @paths: from the top of the repository, NULL-terminated
 */
typedef struct {
	Terms terms;
	RepoId bad;
	GArray *goods;
	GArray *skips;
	char **paths;
	bool first_parent;
} Question;

/** question_ask() - resolve the words; BOX_ERROR_USAGE names the wrong one */
bool question_ask(const SearchOptions *options, Repo *repo, Question *ret_question, GError **error);
void question_clear(Question *question);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

/** question_spec() - as an inquiry takes it; borrows @question and @repo */
InquirySpec question_spec(const Question *question, Repo *repo);
/** question_paths() - words of `-- PATH...`, given in the current folder, from the top of the
 * repository; g_strfreev() */
char **question_paths(Repo *repo, const char *const *words);
/** question_describe() - its part of run.json */
void question_describe(const Question *question, Json *json);
/** question_read() - that part, read again: the commits are those that the words meant then; what
 * is wrong with it is told by json_reader_end() */
void question_read(JsonReader *reader, Question *ret_question);
