/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two steps left, side by side. */
#include "report/html_internal.h"

#include "report/linediff.h"
#include "util/text.h"

#include <string.h>

#define READ_MAX ((gsize)1 << 20)
#define LINES_MAX 2000 /* of each file that are compared: its last ones */
#define ROWS_MAX 250   /* of a table */
#define CONTEXT 3      /* equal lines that are shown around what differs */
#define LINE_SHOWN 400 /* characters */

typedef struct {
	char **lines; /* NULL-terminated */
	char **keys;  /* what is compared */
	bool cut;
} Text;

static void text_clear(Text *text)
{
	g_strfreev(text->lines);
	g_strfreev(text->keys);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Text, text_clear)

/* The last lines of a file; no lines where there is none. */
static bool read_text(const Past *past, const char *place, const char *name, bool console,
		      Text *ret_text)
{
	gsize len = 0;
	bool cut = false;
	g_autofree char *data = place ? past_file(past, place, name, READ_MAX, &len, &cut) : NULL;
	g_autofree char *valid = data ? g_utf8_make_valid(data, (gssize)len) : NULL;
	g_auto(GStrv) all = g_strsplit(valid ? g_strchomp(valid) : "", "\n", -1);
	guint n = g_strv_length(all);
	guint first = n > LINES_MAX ? n - LINES_MAX : 0;

	ret_text->lines = g_strdupv(all + first);
	ret_text->keys = g_new0(char *, n - first + 1);
	ret_text->cut = cut || first;
	for (guint i = 0; i < n - first; i++) {
		g_strchomp(ret_text->lines[i]);
		ret_text->keys[i] = console ? line_console_key(ret_text->lines[i])
					    : g_strdup(ret_text->lines[i]);
	}
	return data != NULL;
}

static void add_line(HtmlPage *page, char **lines, guint index, const char *class_name,
		     const char *element)
{
	g_autofree char *clean = index == G_MAXUINT ? NULL : text_clean(lines[index], LINE_SHOWN);

	if (index == G_MAXUINT)
		html_add(page, "<td>");
	else if (class_name && element)
		html_add(page, "<td class=\"%s\"><%s>%s</%s>", class_name, element, clean, element);
	else if (class_name)
		html_add(page, "<td class=\"%s\">%s", class_name, clean);
	else
		html_add(page, "<td>%s", clean);
}

static void add_pair(HtmlPage *page, const Text *left, const Text *right, const LinePair *pair)
{
	html_add(page, "<tr>");
	add_line(page, left->lines, pair->left, pair->same ? NULL : "l", pair->same ? NULL : "del");
	/* On a narrow page equal lines are shown once. */
	add_line(page, right->lines, pair->right, pair->same ? "q" : "r",
		 pair->same ? NULL : "ins");
	html_add(page, "\n");
}

static void add_gap(HtmlPage *page, guint n)
{
	if (n)
		html_add(page, "<tr class=\"gap\"><td colspan=\"2\">%u equal line%s\n", n,
			 text_s(n));
}

/* Which pairs are shown: what differs, and a little around it. */
static bool *choose(const GArray *pairs)
{
	bool *shown = g_new0(bool, pairs->len + 1);

	for (guint i = 0; i < pairs->len; i++) {
		guint from = i > CONTEXT ? i - CONTEXT : 0;

		if (g_array_index(pairs, LinePair, i).same)
			continue;
		for (guint j = from; j <= i + CONTEXT && j < pairs->len; j++)
			shown[j] = true;
	}
	return shown;
}

static void add_table(HtmlPage *page, const Text *left, const Text *right, const GArray *pairs)
{
	g_autofree bool *shown = choose(pairs);
	const Terms *terms = &page->past->terms;
	guint gap = 0, rows = 0, at;

	html_add(page, "<table class=\"diff\"><thead><tr><th>%s<th>%s</thead><tbody>\n",
		 terms->old_name, terms->new_name);
	for (at = 0; at < pairs->len && rows < ROWS_MAX; at++) {
		if (!shown[at]) {
			gap++;
			continue;
		}
		add_gap(page, gap);
		gap = 0;
		rows++;
		add_pair(page, left, right, &g_array_index(pairs, LinePair, at));
	}
	add_gap(page, gap);
	if (at < pairs->len)
		html_add(page, "<tr class=\"gap\"><td colspan=\"2\">%u more lines: see the files\n",
			 pairs->len - at);
	html_add(page, "</tbody></table>\n");
}

static guint count_changed(const GArray *pairs)
{
	guint n = 0;

	for (guint i = 0; i < pairs->len; i++)
		n += !g_array_index(pairs, LinePair, i).same;
	return n;
}

/* One file of both; of one alone where the other has none. */
static void add_file(HtmlPage *page, const char *name, const char *old_place, const char *new_place,
		     bool console, bool open)
{
	g_auto(Text) left = { 0 };
	g_auto(Text) right = { 0 };
	bool has_left = read_text(page->past, old_place, name, console, &left);
	bool has_right = read_text(page->past, new_place, name, console, &right);
	g_autoptr(GArray) pairs = NULL;
	gsize before = page->out->len;
	guint changed;

	if ((!has_left && !has_right) || (!*left.lines && !*right.lines))
		return;
	if (page->evidence > HTML_EVIDENCE_MAX) {
		html_add(page,
			 "<p>%s: left out, the page would be too large; it is in <code>%s"
			 "</code></p>\n",
			 name, new_place ? new_place : old_place);
		return;
	}
	pairs = line_diff((const char *const *)left.keys, (const char *const *)right.keys);
	changed = count_changed(pairs);
	html_add(page, "<details%s><summary>%s: ", open && changed ? " open" : "", name);
	if (changed)
		html_add(page, "%u of %u lines differ", changed, pairs->len);
	else
		html_add(page, "the same%s", console ? ", but for times and addresses" : "");
	html_add(page, "%s</summary>\n", left.cut || right.cut ? " (the ends of the files)" : "");
	if (changed)
		add_table(page, &left, &right, pairs);
	html_add(page, "<p class=\"dim\">");
	if (has_left)
		html_add(page, "<code>%s/%s</code> ", old_place, name);
	if (has_right)
		html_add(page, "<code>%s/%s</code>", new_place, name);
	html_add(page, "</p></details>\n");
	page->evidence += page->out->len - before;
}

/* A build that failed has nothing else to show; there is nothing to compare it with. */
static void add_build_log(HtmlPage *page, const HtmlSide *step)
{
	g_auto(Text) log = { 0 };
	guint n, first;

	if (!read_text(page->past, step->folder, "build.log", false, &log))
		return;
	n = g_strv_length(log.lines);
	first = n > 40 ? n - 40 : 0;
	html_add(page, "<details><summary>build.log: its last %u lines</summary>\n<pre>",
		 n - first);
	for (guint i = first; i < n; i++) {
		g_autofree char *clean = text_clean(log.lines[i], LINE_SHOWN);

		html_add(page, "%s\n", clean);
	}
	html_add(page, "</pre></details>\n");
}

void html_evidence(HtmlPage *page, const HtmlSide *old_side, const HtmlSide *new_side, bool open)
{
	const HtmlSide *sides[] = { old_side, new_side };
	char *boots[2] = { NULL };
	char *cases[2] = { NULL };

	for (guint i = 0; i < 2; i++)
		if (sides[i])
			past_places(page->past, sides[i]->folder, sides[i]->result, &boots[i],
				    &cases[i]);
	for (guint i = 0; i < 2; i++)
		if (sides[i] && sides[i]->result->verdict == VERDICT_SKIP &&
		    !sides[i]->result->booted)
			add_build_log(page, sides[i]);
	add_file(page, "stdout", cases[0], cases[1], false, open);
	add_file(page, "stderr", cases[0], cases[1], false, open);
	add_file(page, "console.log", boots[0], boots[1], true, open);
	for (guint i = 0; i < 2; i++) {
		g_free(boots[i]);
		g_free(cases[i]);
	}
}
