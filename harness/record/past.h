/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as its folder has it: for whoever looks at it later, or while another process works on it.
 * Reads only. */
#pragma once

#include "record/matrix.h"
#include "record/result.h"

/* Which command made the folder. */
typedef enum {
	PAST_RUN,     /* bisectbox run */
	PAST_MATRIX,  /* bisectbox test, series, backport, config */
	PAST_BY_HAND, /* bisectbox start */
} PastKind;

/* How far it is. */
typedef enum {
	PAST_GOING,       /* a process works on it now */
	PAST_INTERRUPTED, /* begun, and nobody works on it: killed; by hand: waiting for a person */
	PAST_FINISHED,    /* it has its result, which may be a failure */
} PastState;

/**
 * struct Past - release with past_free()
 * @folder, @name: absolute; its last part
 * @verb:       "run", "test" ...: the command that made it
 * @version, @date, @command, @cwd: of what made it, as run.json has them; NULL where it has not
 * @exact:      @command and @cwd are what was given, byte for byte
 * @repository: path of a git folder, or NULL
 * @exec:       the command of `run --exec`, or NULL
 * @cases:      names of cases; empty with @exec and by hand
 * @image, @machine, @accelerator, @compiler, @append: what kernels ran on; or NULL
 * @goods, @bads, @skips: ids, as asked
 * @first_parent, @paths: how the range was limited
 * @terms:      what the states are called
 * @result:     PAST_RUN, PAST_BY_HAND: what was found out, so far; its steps with past_read() only
 * @matrix:     PAST_MATRIX: likewise
 * @word, @answer: its state in a word and its answer in a line, of commands that write them; or
 *              NULL
 * @damage:     lines of the journal that cannot be believed ("lines 3 and 4"), or NULL
 */
typedef struct {
	char *folder;
	char *name;
	PastKind kind;
	PastState state;
	char *verb;
	char *version;
	char *date;
	char **command;
	char *cwd;
	bool exact;
	char *repository;
	char *exec;
	char **cases;
	char *image;
	char *machine;
	char *accelerator;
	char *compiler;
	char *append;
	char **goods;
	char **bads;
	char **skips;
	bool first_parent;
	char **paths;
	Terms terms;
	RunResult *result;
	Matrix *matrix;
	char *word;
	char *answer;
	char *damage;
} Past;

/**
 * past_read() - all of a run: question, steps, answer
 * @error: BOX_ERROR_USAGE, in one line: no folder of a run, or damaged, and where
 */
bool past_read(const char *folder, Past **ret_past, GError **error);
/** past_read_brief() - the same without the steps: fast enough for thousands of runs */
bool past_read_brief(const char *folder, Past **ret_past, GError **error);
void past_free(Past *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Past, past_free)

/** past_names() - names of what look like runs in a results folder, newest first;
 * g_ptr_array_unref() */
GPtrArray *past_names(const char *results);
/** past_state_name() - "going", "interrupted", or the result's word ("found", "bad"); borrowed */
const char *past_state_name(const Past *past);
/** past_question() - what was asked, in a few words: the cases or the command; g_free() */
char *past_question(const Past *past);
/** past_command() - the words that it was begun with, as a shell takes them; g_free() */
char *past_command(const Past *past);
/** past_answer() - what came out, in one line, or ""; control characters as they came; g_free() */
char *past_answer(const Past *past);
/** past_file() - a file of a step, at most @max bytes of it and no symlink followed; NULL where it
 * is not there; g_free()
 * @step: folder of the step, relative to the run's; @ret_cut: whether there was more, or NULL */
char *past_file(const Past *past, const char *step, const char *name, gsize max, gsize *ret_len,
		bool *ret_cut);

/**
 * past_places() - where the evidence of a verdict is, relative to the run's folder
 * @folder:   of the step
 * @ret_boot: has console.log and dmesg; g_free()
 * @ret_case: has stdout and stderr; the same where there is no folder of the case; g_free()
 *
 * Of a verdict that was taken over from an equal kernel: where that one's is.
 */
void past_places(const Past *past, const char *folder, const StepResult *result, char **ret_boot,
		 char **ret_case);
