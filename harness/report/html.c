/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as one HTML page: the answer first, then the range, the evidence, the steps, and how to do
 * it again. */
#include "report/formats.h"

#include "report/html_internal.h"
#include "report/report.h"
#include "util/text.h"

#include <stdarg.h>
#include <string.h>

void html_text(HtmlPage *page, const char *text)
{
	g_autofree char *markup = text_markup(text, -1);

	g_string_append(page->out, markup);
}

/* One of printf's conversions, from its "%" to its letter. */
static void add_value(HtmlPage *page, const char *spec, va_list *args)
{
	char letter = spec[strlen(spec) - 1];

	switch (letter) {
	case 's': {
		const char *text = va_arg(*args, const char *);
		const char *dot = strchr(spec, '.');
		guint64 max = dot ? g_ascii_strtoull(dot + 1, NULL, 10) : 0;
		g_autofree char *cut = dot ? g_strndup(text, max) : NULL;

		html_text(page, cut ? cut : text);
		break;
	}
	case 'u':
		g_string_append_printf(page->out, "%u", va_arg(*args, guint));
		break;
	case 'd':
		g_string_append_printf(page->out, "%d", va_arg(*args, int));
		break;
	case 'f': {
		char number[G_ASCII_DTOSTR_BUF_SIZE];

		g_string_append(page->out, g_ascii_formatd(number, sizeof(number), spec,
							   va_arg(*args, double)));
		break;
	}
	default:
		g_string_append_c(page->out, '%');
	}
}

void html_add(HtmlPage *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (const char *c = format; *c; c++) {
		g_autofree char *spec = NULL;
		gsize n;

		if (*c != '%') {
			g_string_append_c(page->out, *c);
			continue;
		}
		n = strspn(c + 1, ".0123456789") + 2;
		spec = g_strndup(c, n);
		add_value(page, spec, &args);
		c += n - 1;
	}
	va_end(args);
}

const char *html_word(const HtmlPage *page, SpotState state)
{
	static const char *const words[SPOT_COUNT] = { "not known", NULL, NULL, "untestable",
						       "never mattered" };

	if (state == SPOT_OLD)
		return page->past->terms.old_name;
	return state == SPOT_NEW ? page->past->terms.new_name : words[state];
}

const char *html_class(SpotState state)
{
	static const char *const classes[SPOT_COUNT] = { "open", "old", "new", "skip", "never" };

	return classes[state];
}

SpotState html_step_state(const HtmlPage *page, const StepRecord *step)
{
	switch (terms_state(&page->past->terms, step->result.verdict)) {
	case VERDICT_GOOD:
		return SPOT_OLD;
	case VERDICT_BAD:
		return SPOT_NEW;
	default:
		return SPOT_SKIP;
	}
}

static void add_pair(HtmlPage *page, const char *name, const char *value)
{
	if (value && *value)
		html_add(page, "<dt>%s<dd>%s\n", name, value);
}

void html_result(HtmlPage *page, const StepResult *result)
{
	g_autofree char *fixups = result->fixups ? g_strjoinv(", ", result->fixups) : NULL;

	html_add(page, "<dl>");
	add_pair(page, "outcome", outcome_text(result->outcome));
	add_pair(page, "reason", result->reason);
	add_pair(page, "note", result->note);
	add_pair(page, "compiler", result->compiler);
	add_pair(page, "fixups", fixups);
	add_pair(page, "kernel", result->kernel);
	add_pair(page, "same kernel as", result->same_as);
	html_add(page, "</dl>\n");
}

/* ---- the answer ---- */

static void add_commit(HtmlPage *page, const char *what, const CommitRecord *commit)
{
	if (commit->id)
		html_add(page, "<dt>%s<dd><code>%s</code> %s\n", what, commit->id, commit->subject);
}

static void add_culprit(HtmlPage *page, const RunResult *result)
{
	const CommitRecord *culprit = &result->culprit;
	g_autofree char *files = g_strjoinv("\n", culprit->files);

	html_add(page,
		 "<p>The first %s commit:</p>\n<p class=\"big\">%s</p>\n<dl><dt>commit<dd><code>%s"
		 "</code>\n",
		 result->terms.new_name, culprit->subject, culprit->id);
	add_pair(page, "author", culprit->author);
	add_pair(page, "date", culprit->date);
	html_add(page, "<dt>files<dd><code>");
	for (char **file = culprit->files; *file && file < culprit->files + 40; file++)
		html_add(page, "%s<br>", *file);
	if (g_strv_length(culprit->files) > 40)
		html_add(page, "and %u more", g_strv_length(culprit->files) - 40);
	html_add(page, "</code></dl>\n");
}

static void add_list(HtmlPage *page, const char *title, const GPtrArray *list)
{
	if (!list->len)
		return;
	html_add(page, "<p>%s</p>\n<ul>\n", title);
	for (guint i = 0; i < list->len; i++)
		html_add(page, "<li>%s</li>\n", (const char *)list->pdata[i]);
	html_add(page, "</ul>\n");
}

static void add_certainty(HtmlPage *page, const RunResult *result)
{
	if (!result->leaders->len)
		return;
	html_add(page,
		 "<p>Answers contradicted each other or may be wrong: %u tests, %u of them odd; %s "
		 "shows in %.0f %% of runs.</p>\n<table><thead><tr><th class=\"n\">probability"
		 "<th>commit</thead>\n",
		 result->tests, result->odd, result->terms.new_name, result->rate * 100);
	for (guint i = 0; i < result->leaders->len; i++) {
		const LeaderRecord *leader = result->leaders->pdata[i];

		html_add(page, "<tr><td class=\"n\">%.4f %%<td><code>%.12s</code> %s\n",
			 leader->probability * 100, leader->id, leader->subject);
	}
	html_add(page, "</table>\n");
}

static void add_beside(HtmlPage *page, const RunResult *result)
{
	if (result->finding)
		html_add(page, "<p>Also found: %s</p>\n", result->finding);
	html_add(page, "<dl>");
	add_commit(page, "masked by", &result->masked_by);
	add_commit(page, "exposed at", &result->exposed_at);
	add_commit(page, "exposed by", &result->exposed_by);
	add_commit(page, "brought by", &result->brought_by);
	add_commit(page, "one side", &result->pair[0]);
	add_commit(page, "other side", &result->pair[1]);
	html_add(page, "</dl>\n");
}

static void add_answer(HtmlPage *page, const RunResult *result)
{
	g_autofree char *revert = report_revert(result);

	html_add(page,
		 "<section id=\"answer\" class=\"answer%s\" aria-labelledby=\"h-answer\">"
		 "<h2 id=\"h-answer\">The answer</h2>\n",
		 result->culprit.id ? "" : " unsure");
	if (result->culprit.id)
		add_culprit(page, result);
	if (result->status != RUN_FOUND)
		html_add(page, "<p class=\"big\">%s: %s</p>\n",
			 result->status == RUN_FAILED ? "Failed" : "Inconclusive",
			 result->reason ? result->reason : "");
	add_list(page, "It is one of these:", result->suspects);
	add_list(page, "Proven with these later fixes applied, on both sides:", result->patches);
	add_certainty(page, result);
	add_beside(page, result);
	if (revert)
		html_add(page, "<p>%s</p>\n", revert);
	html_add(page, "</section>\n");
}

static void add_summary(HtmlPage *page, const RunResult *result)
{
	g_autofree char *took = report_duration(result->wall_ms);

	html_add(page, "<p>%u step%s in %s", result->steps->len, text_s(result->steps->len), took);
	if (result->commits)
		html_add(page, " over %u commit%s", result->commits, text_s(result->commits));
	if (result->weighed)
		html_add(page, "; %u of them could matter to the kernels that were built",
			 result->relevant);
	html_add(page, ".</p>\n");
	if (page->past->damage)
		html_add(page, "<p>journal.jsonl: %s: damaged, and left out.</p>\n",
			 page->past->damage);
}

/* ---- how to do it again ---- */

static void add_words(HtmlPage *page, const char *word)
{
	g_autofree char *quoted = g_shell_quote(word);

	html_add(page, " %s", quoted);
}

static void add_again(HtmlPage *page)
{
	const Past *past = page->past;
	g_autofree char *command = past_command(past);

	html_add(page, "<section aria-labelledby=\"h-again\"><h2 id=\"h-again\">How to reproduce"
		       "</h2>\n<p>The same again:</p>\n<pre>");
	if (past->cwd) {
		html_add(page, "cd");
		add_words(page, past->cwd);
		html_add(page, "\n");
	}
	html_add(page, "%s</pre>\n", command);
	if (past->result && past->result->culprit.id && past->cases[0]) {
		html_add(page, "<p>The culprit and its parent alone:</p>\n<pre>bisectbox test");
		for (char **name = past->cases; *name; name++) {
			html_add(page, " --case");
			add_words(page, *name);
		}
		html_add(page, " --repo");
		add_words(page, past->repository ? past->repository : ".");
		html_add(page, " %s %s^</pre>\n", past->result->culprit.id,
			 past->result->culprit.id);
	}
	if (past->result)
		html_add(page,
			 "<p>git's own view of the search: <code>git bisect replay %s/"
			 "bisect.log</code></p>\n",
			 past->folder);
	html_add(page, "<dl>");
	add_pair(page, "repository", past->repository);
	add_pair(page, "image", past->image);
	add_pair(page, "machine", past->machine);
	add_pair(page, "runs on", past->accelerator);
	add_pair(page, "compiler", past->compiler);
	add_pair(page, "command line", past->append);
	add_pair(page, "bisectbox", past->version);
	add_pair(page, "begun", past->date);
	add_pair(page, "records", past->folder);
	html_add(page, "</dl></section>\n");
}

/* ---- the page ---- */

static void add_head(HtmlPage *page)
{
	g_autofree char *question = past_question(page->past);
	g_autofree char *shown = text_clean(question, 80);

	html_add(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'unsafe-inline'\">\n<meta name=\"viewport\" "
		       "content=\"width=device-width, initial-scale=1\">\n<meta "
		       "name=\"color-scheme\" content=\"light dark\">\n");
	html_add(page, "<title>bisectbox: %s: %s</title>\n<style>", shown,
		 past_state_name(page->past));
	g_string_append(page->out, html_style());
	html_add(page,
		 "</style></head>\n<body><a class=\"skip-link\" href=\"#answer\">to the "
		 "answer</a>\n<header><p class=\"dim\">bisectbox, %s</p><h1>%s</h1></header>\n",
		 page->past->name, shown);
}

static void add_run(HtmlPage *page)
{
	html_add(page,
		 "<nav aria-label=\"parts of the page\"><ul><li><a href=\"#answer\">Answer</a></li>"
		 "<li><a href=\"#h-range\">Range</a></li><li><a href=\"#h-evidence\">Evidence</a>"
		 "</li><li><a href=\"#h-steps\">Steps and times</a></li><li><a href=\"#h-again\">"
		 "Reproduce</a></li></ul></nav>\n<main>\n");
	add_answer(page, page->past->result);
	add_summary(page, page->past->result);
	html_add(page, "<section aria-labelledby=\"h-range\"><h2 id=\"h-range\">The range</h2>\n");
	html_graph(page);
	html_commits(page);
	html_add(page, "</section>\n<section aria-labelledby=\"h-evidence\"><h2 "
		       "id=\"h-evidence\">Evidence</h2>\n");
	html_deciding(page);
	html_add(page, "</section>\n<section aria-labelledby=\"h-steps\"><h2 id=\"h-steps\">Steps "
		       "and times</h2>\n");
	html_steps(page);
	html_add(page, "</section>\n");
}

bool report_html(const Past *past, char **ret_html, GError **error)
{
	g_autoptr(RangeMap) map = NULL;
	HtmlPage page = { .past = past };

	if (past->result && !range_map_read(past, &map, error))
		return false;
	page.map = map;
	page.out = g_string_new(NULL);
	add_head(&page);
	if (past->result)
		add_run(&page);
	else
		html_matrix(&page);
	add_again(&page);
	html_add(&page, "</main></body></html>\n");
	*ret_html = g_string_free(page.out, FALSE);
	return true;
}
