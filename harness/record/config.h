/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `bisectbox config` found out: which symbols turn the verdict. Plain data. */
#pragma once

#include "record/matrix.h"

/** enum ConfigEnd - what it came to */
typedef enum {
	CONFIG_FOUND,
	CONFIG_GOOD_BAD,        /* the good configuration, or the smallest one, is bad, too */
	CONFIG_GOOD_UNTESTABLE, /* the good configuration cannot be tested */
	CONFIG_BAD_GOOD,        /* the bad configuration is not bad */
	CONFIG_BAD_UNTESTABLE,  /* the bad configuration cannot be tested */
	CONFIG_UNSTEADY,        /* the clean builds say something else */
	CONFIG_TROUBLE,         /* of the host: not finished */
} ConfigEnd;

/** config_end_name() - "found" ..., for JSON; static */
const char *config_end_name(ConfigEnd end);

/**
 * struct ConfigChange - a symbol of the answer
 * @from, @to: its values in the good and in the bad configuration, "n" where it is not set
 * @without:   the row that has all of the answer but this one; borrowed from the matrix
 */
typedef struct {
	char *name;
	char *from;
	char *to;
	const MatrixRow *without;
} ConfigChange;

/**
 * struct ConfigAnswer - config_answer_free()
 * @revision, @subject: of the kernel
 * @minimize: compared with the smallest kernel that the case can run on, not with a good one
 * @good, @bad: paths as the user gave them; @good is NULL with @minimize
 * @notes:    char *: what the user should know of the two
 * @differ:   symbols that differ between the two in this tree
 * @changes:  ConfigChange: the smallest set; NULL as long as it is not known
 * @found:    the row that is bad with just these, or without any; borrowed, or NULL
 * @back:     what becomes of the bad configuration without them; VERDICT_NONE: not tried
 * @untestable: configurations met that could not be tested: they count as not bad
 * @confirmed: clean builds of the answer, and of it without its last symbol, say the same
 * @matrix:   a row a configuration that was built; owned
 */
typedef struct {
	ConfigEnd end;
	char *revision;
	char *subject;
	bool minimize;
	char *good;
	char *bad;
	GPtrArray *notes;
	guint differ;
	GPtrArray *changes;
	const MatrixRow *found;
	Verdict back;
	guint untestable;
	bool confirmed;
	Matrix *matrix;
} ConfigAnswer;

ConfigAnswer *config_answer_new(void);
void config_answer_free(ConfigAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfigAnswer, config_answer_free)

/** config_answer_add() - another symbol of the answer; strings are copied */
void config_answer_add(ConfigAnswer *answer, const char *name, const char *from, const char *to,
		       const MatrixRow *without);

/** config_answer_json() - schema bisectbox.config/1; json_free() */
Json *config_answer_json(const ConfigAnswer *answer, const char *folder);
