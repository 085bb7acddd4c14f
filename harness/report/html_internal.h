/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the parts of the HTML page only. */
#pragma once

#include "report/rangemap.h"

/* Bytes of evidence that a page carries: what is over it stays in the run's folder. */
#define HTML_EVIDENCE_MAX (2u << 20)

typedef struct {
	const Past *past;
	const RangeMap *map;
	GString *out;
	gsize evidence; /* bytes so far */
} HtmlPage;

/** html_text() - add text, escaped */
void html_text(HtmlPage *page, const char *text);
/** html_add() - add markup with text in it: every %s of @format is escaped */
void html_add(HtmlPage *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** html_word() - what the run calls a state: "good", "bad", "untestable" ...; borrowed */
const char *html_word(const HtmlPage *page, SpotState state);
/** html_step_state() - of a verdict */
SpotState html_step_state(const HtmlPage *page, const StepRecord *step);
/** html_class() - the state's class in the style sheet; static */
const char *html_class(SpotState state);

/** html_graph() - the range as a picture, and a map of all its commits */
void html_graph(HtmlPage *page);
/** html_commits() - all commits of the range as a table */
void html_commits(HtmlPage *page);
/* Where a verdict comes from. */
typedef struct {
	const char *folder; /* relative to the run's */
	const StepResult *result;
} HtmlSide;

/** html_evidence() - what one kernel left beside what another did, either NULL for none; @open:
 * folds are open */
void html_evidence(HtmlPage *page, const HtmlSide *old_side, const HtmlSide *new_side, bool open);
/** html_result() - a verdict's facts, as a list */
void html_result(HtmlPage *page, const StepResult *result);
/** html_matrix() - the table of `bisectbox test`, and what its cells rest on */
void html_matrix(HtmlPage *page);
/** html_steps() - the steps of a run: a table with their times, then what each left */
void html_steps(HtmlPage *page);
/** html_deciding() - what the culprit left beside what its parent did */
void html_deciding(HtmlPage *page);

/** html_style() - the style sheet; static */
const char *html_style(void);
