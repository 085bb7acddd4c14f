/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For commands that look at a search without testing anything. */
#pragma once

#include "cmd/session.h"

/* As given; strings point into argv. */
typedef struct {
	SearchOptions search;
	GPtrArray *words; /* const char * */
	bool limits;      /* the command takes search's options */
	bool all;
	bool json;
} LookOptions;

/* A question in words, or the bisection by hand that is going on; and where it stands. */
typedef struct {
	LookOptions options;
	Repo *repo;
	Session *session;
	Question question;
	InquirySpec spec;
	Inquiry *own;
	Inquiry *inquiry; /* borrowed: own, or the session's */
	const Terms *terms;
} Look;

void look_clear(Look *look);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

enum { LOOK_ALL = 256, LOOK_JSON };

/** look_parse() - argp's parser with a LookOptions as its input: LOOK_ALL, LOOK_JSON, words, and
 * search_options_argp where it is a child */
error_t look_parse(int key, char *value, struct argp_state *state);
/** look_options() - parse a command's words; ends the program for wrong ones */
LookOptions look_options(const struct argp *argp, int argc, char **argv);
/** look_at() - the ends that the words give, taken as they are, or the bisection by hand */
bool look_at(Look *look, GError **error);
