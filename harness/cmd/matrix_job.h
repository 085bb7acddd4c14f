/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands have in common that fill a matrix (test, series, backport, config): their
 * words, what they make ready, what they tell. */
#pragma once

#include "cmd/guest_options.h"
#include "record/matrix.h"
#include "record/run.h"

/**
 * struct MatrixJob - first member of each such command's own; strings point into argv
 * @cases:     const char *, as given
 * @signature: --crash, or NULL
 * @repo_path: --repo, or NULL
 * @live, @repo, @shop: once they are open
 */
typedef struct {
	GPtrArray *cases;
	const char *signature;
	const char *repo_path;
	GuestOptions guest;
	Live *live;
	Repo *repo;
	Workshop *shop;
} MatrixJob;

/* A child of each such command's argp; its input is a MatrixJob. */
extern const struct argp matrix_job_argp;

void matrix_job_init(MatrixJob *job);
void matrix_job_clear(MatrixJob *job);

/** matrix_job_need_case() - ends the program where no case was named */
void matrix_job_need_case(const MatrixJob *job, const struct argp_state *state);

/** matrix_job_repo() - open the repository: the one of --repo, or the one around here */
bool matrix_job_repo(MatrixJob *job, GError **error);

/**
 * matrix_job_open() - get the workshop ready; "all" stands for every shipped case that the words
 * given are enough for
 * @no_builds: all kernels are given
 */
bool matrix_job_open(MatrixJob *job, bool no_builds, GCancellable *cancel, GError **error);

/**
 * matrix_job_run() - the folder that the rows go into
 * @what:     the command
 * @question: newrun_question() and what rows follow from besides workshop and repository; borrowed
 */
bool matrix_job_run(MatrixJob *job, const char *what, Json *question, Run **ret_run,
		    GError **error);

/** matrix_job_begin_row() - a kernel is next; @left: about how many more are, 0 for unknown */
void matrix_job_begin_row(const MatrixJob *job, const MatrixRow *row, guint left);
/** matrix_job_end_row() - it is done: what there is to note of it, and @line (taken over), which is
 * printed but for --json */
void matrix_job_end_row(const MatrixJob *job, const MatrixRow *row, char *line);
/** matrix_job_note() - one line, as of MatrixEvents; @user: a MatrixJob */
void matrix_job_note(const char *text, void *user);
/** matrix_job_print() - text (taken over) on stdout, but for --json */
void matrix_job_print(const MatrixJob *job, char *text);

/* What a command does with its words; the exit status, or -1 and @error. */
typedef int (*MatrixWork)(MatrixJob *job, int argc, char **argv, GCancellable *cancel,
			  GError **error);

/** matrix_job_main() - parse, work, say what went wrong; the exit status */
int matrix_job_main(MatrixJob *job, const struct argp *argp, int argc, char **argv, MatrixWork work,
		    GCancellable *cancel);
