/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.json of `bisectbox run`, written and read again: what a run needs to be gone on with. */
#pragma once

#include "cmd/run_options.h"
#include "record/run.h"
#include "step/workshop.h"

/**
 * struct RunRecord - a run that was begun; release with run_record_free()
 * @folder:   absolute
 * @run:      held by this process alone, or NULL
 * @command, @cwd: the words and the folder that they were given in
 * @exact:    @command is what was given, byte for byte
 * @question: what was asked, commits by their ids
 * @asked:    a hash over that and all else that steps follow from
 * @told:     verdicts of a bisection by hand that it went on from, as session_told() has them
 * @depends:  what verdicts hang on besides the revision, each "WHAT: VALUE"
 * @status:   of its result: "found", "inconclusive", "failed"; NULL where there is none
 */
typedef struct {
	char *folder;
	Run *run;
	char **command;
	char *cwd;
	bool exact;
	Question question;
	char *asked;
	char **told;
	char **depends;
	char *status;
} RunRecord;

void run_record_free(RunRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunRecord, run_record_free)

/**
 * run_record_asked() - a hash over all that steps follow from, but for what verdicts hang on;
 * g_free()
 * @testcase: name of the case; NULL with --exec
 *
 * An option that changes what is asked next belongs in here.
 */
char *run_record_asked(const RunOptions *options, const char *testcase, const Question *question,
		       const Repo *repo, const char *const *told);
/** run_record_depends() - of a workshop, or of no kernels at all where @shop is NULL; g_strfreev()
 */
char **run_record_depends(const Workshop *shop);
/** run_record_describe() - put that into run.json */
void run_record_describe(Json *json, const char *asked, const char *const *told,
			 const char *const *depends);

/** run_record_finished() - whether there is nothing left of it to do */
bool run_record_finished(const RunRecord *record);
/** run_record_read() - BOX_ERROR_USAGE where the folder is no run of `bisectbox run` */
bool run_record_read(const char *folder, RunRecord **ret_record, GError **error);
/** run_record_take() - have it for this process; *ret_busy where another process works on it */
bool run_record_take(RunRecord *record, bool *ret_busy, GError **error);
/**
 * run_record_find() - the newest run of a results folder that is not finished and that nobody works
 * on; it is this process's then
 * @asked: only one of this question; or NULL
 *
 * Return: NULL where there is none.
 */
RunRecord *run_record_find(const char *results, const char *asked);
/** run_record_changed() - the first thing that verdicts hang on that is not what it was, in one
 * line, or NULL; g_free() */
char *run_record_changed(const RunRecord *record, const char *const *depends);
/** run_record_check() - whether it can be gone on with: BOX_ERROR_USAGE says why not, and what to
 * do
 */
bool run_record_check(const RunRecord *record, const char *asked, const char *const *depends,
		      GError **error);
