/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a run on the HTML page: which is compared with which, and how long they took. */
#include "report/html_internal.h"

#include "report/report.h"
#include "util/text.h"

#include <string.h>

#define BAR 160 /* pixels of the longest */

/* ---- what is compared ---- */

/* The last step of a state, of a revision where one is given. */
static const StepRecord *last_step(const HtmlPage *page, SpotState state, const char *id)
{
	const GPtrArray *steps = page->past->result->steps;

	for (guint i = steps->len; i-- > 0;) {
		const StepRecord *step = steps->pdata[i];

		if (html_step_state(page, step) == state &&
		    (!id || g_str_equal(step->revision, id)))
			return step;
	}
	return NULL;
}

/* What the culprit is compared with: its parent, else any that is as before. */
static const StepRecord *old_reference(const HtmlPage *page)
{
	const char *culprit = page->past->result->culprit.id;

	for (guint i = 0; culprit && i < page->map->spots->len; i++) {
		const Spot *spot = range_map_spot(page->map, i);

		for (guint j = 0; spot->culprit && j < spot->n_parents; j++) {
			const char *id = range_map_spot(page->map, spot->parents[j])->commit->id;
			const StepRecord *step = last_step(page, SPOT_OLD, id);

			if (step)
				return step;
		}
	}
	return last_step(page, SPOT_OLD, NULL);
}

static const StepRecord *new_reference(const HtmlPage *page)
{
	const char *culprit = page->past->result->culprit.id;
	const StepRecord *step = culprit ? last_step(page, SPOT_NEW, culprit) : NULL;

	return step ? step : last_step(page, SPOT_NEW, NULL);
}

static HtmlSide side_of(const StepRecord *step)
{
	return (HtmlSide){ step ? step->folder : NULL, step ? &step->result : NULL };
}

static void compare(HtmlPage *page, const StepRecord *old_step, const StepRecord *new_step,
		    bool open)
{
	HtmlSide sides[] = { side_of(old_step), side_of(new_step) };

	html_evidence(page, old_step ? &sides[0] : NULL, new_step ? &sides[1] : NULL, open);
}

static void name_side(HtmlPage *page, const StepRecord *step)
{
	html_add(page, "<span class=\"%s\">%s</span>: step %u, <code>%.12s</code> %s",
		 html_class(html_step_state(page, step)), step->word, step->number, step->revision,
		 step->subject);
}

void html_deciding(HtmlPage *page)
{
	const StepRecord *old_step = old_reference(page);
	const StepRecord *new_step = new_reference(page);

	if (!old_step && !new_step) {
		html_add(page, "<p>No step has an answer.</p>\n");
		return;
	}
	html_add(page, "<ul>");
	if (old_step) {
		html_add(page, "<li>");
		name_side(page, old_step);
		html_add(page, "</li>\n");
	}
	if (new_step) {
		html_add(page, "<li>");
		name_side(page, new_step);
		html_add(page, "<br>%s</li>\n",
			 new_step->result.reason ? new_step->result.reason : "");
	}
	html_add(page, "</ul>\n");
	compare(page, old_step, new_step, true);
}

/* ---- times ---- */

static gint64 longest(const GPtrArray *steps)
{
	gint64 most = 1;

	for (guint i = 0; i < steps->len; i++) {
		const StepResult *result = &((const StepRecord *)steps->pdata[i])->result;

		most = MAX(most, result->build_ms + result->boot_ms);
	}
	return most;
}

static void add_bar(HtmlPage *page, const StepResult *result, gint64 most)
{
	guint build = (guint)(result->build_ms * BAR / most);
	guint boot = (guint)(result->boot_ms * BAR / most);

	html_add(page,
		 "<svg width=\"%u\" height=\"12\" aria-hidden=\"true\"><g class=\"dim\"><rect "
		 "class=\"bar\" width=\"%u\" height=\"12\"/></g><g class=\"open\"><rect "
		 "class=\"bar\" x=\"%u\" width=\"%u\" height=\"12\"/></g></svg>",
		 (guint)BAR + 2, MAX(build, 1u), build, MAX(boot, 1u));
}

static void add_table(HtmlPage *page, const GPtrArray *steps)
{
	gint64 most = longest(steps);

	html_add(page,
		 "<p class=\"dim\">Bars: building, <span class=\"open\">then the guest</span>.</p>"
		 "\n<table class=\"stack\"><thead><tr><th class=\"n\">step<th>revision<th>verdict"
		 "<th>why<th class=\"n\">build s<th class=\"n\">guest s<th>time<th>subject"
		 "</thead>\n");
	for (guint i = 0; i < steps->len; i++) {
		const StepRecord *step = steps->pdata[i];

		html_add(page,
			 "<tr><td class=\"n\" data-h=\"step\"><a href=\"#step-%u\">%u</a><td "
			 "class=\"id mono\">%.12s<td class=\"%s\">%s<td>%s<td class=\"n\" "
			 "data-h=\"build s\">%.1f<td class=\"n\" data-h=\"guest s\">%.1f<td>",
			 step->number, step->number, step->revision,
			 html_class(html_step_state(page, step)), step->word, step->why,
			 (double)step->result.build_ms / 1000, (double)step->result.boot_ms / 1000);
		add_bar(page, &step->result, most);
		html_add(page, "<td>%s\n", step->subject);
	}
	html_add(page, "</table>\n");
}

/* ---- each step ---- */

static void add_patches(HtmlPage *page, const StepRecord *step)
{
	if (!step->patches || !step->patches[0])
		return;
	html_add(page, "<p>With these applied in memory:");
	for (char **id = step->patches; *id; id++)
		html_add(page, " <code>%.12s</code>", *id);
	html_add(page, "</p>\n");
}

static void add_step(HtmlPage *page, const StepRecord *step, const StepRecord *old_ref,
		     const StepRecord *new_ref)
{
	SpotState state = html_step_state(page, step);

	html_add(page,
		 "<details id=\"step-%u\"><summary>step %u: <code>%.12s</code> <span "
		 "class=\"%s\">%s</span> %s</summary>\n",
		 step->number, step->number, step->revision, html_class(state), step->word,
		 step->subject);
	html_result(page, &step->result);
	add_patches(page, step);
	html_add(page, "<p class=\"dim\">records: <code>%s/%s</code>%s</p>\n", page->past->folder,
		 step->folder, step->clean ? "; built in an empty folder" : "");
	if (state == SPOT_OLD)
		compare(page, step, new_ref, false);
	else
		compare(page, old_ref, step, false);
	html_add(page, "</details>\n");
}

void html_steps(HtmlPage *page)
{
	const GPtrArray *steps = page->past->result->steps;
	const StepRecord *old_ref = old_reference(page);
	const StepRecord *new_ref = new_reference(page);

	if (!steps->len) {
		html_add(page, "<p>No step was finished.</p>\n");
		return;
	}
	add_table(page, steps);
	html_add(page, "<h3>What each left, beside what it is compared with</h3>\n");
	for (guint i = 0; i < steps->len; i++)
		add_step(page, steps->pdata[i], old_ref, new_ref);
}
