/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The range as a picture: tested commits on lanes as git log draws them, and all of them as a map
 * of cells. */
#include "report/html_internal.h"

#include "util/text.h"

#include <string.h>

#define SHOW_ALL 80 /* commits that are drawn one by one */
#define ROW 24
#define LANE 18
#define LEFT 14
#define SUBJECT_SHOWN 64
#define CELL 8
#define CELLS_A_ROW 100

/* ---- shapes: each state has one of its own, besides its colour ---- */

static void add_shape(HtmlPage *page, SpotState state, bool seen, int x, int y)
{
	const char *class_name = seen ? "s seen" : "s";

	switch (state) {
	case SPOT_OLD:
		html_add(page, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"6\"/>", class_name, x,
			 y);
		break;
	case SPOT_NEW:
		html_add(page, "<path class=\"%s\" d=\"M%d %dl7 7-7 7-7-7z\"/>", class_name, x,
			 y - 7);
		break;
	case SPOT_SKIP:
		html_add(page, "<path class=\"%s\" d=\"M%d %dl7 12h-14z\"/>", class_name, x, y - 7);
		break;
	case SPOT_NEVER:
		html_add(page, "<circle class=\"s\" cx=\"%d\" cy=\"%d\" r=\"3\"/>", x, y);
		break;
	default:
		html_add(page, "<rect class=\"s\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\"/>",
			 x - 5, y - 5);
	}
}

static void add_key(HtmlPage *page, SpotState state, bool seen, const char *text)
{
	html_add(page, "<li><svg class=\"%s\" width=\"18\" height=\"18\" aria-hidden=\"true\">",
		 html_class(state));
	add_shape(page, state, seen, 9, 9);
	html_add(page, "</svg>%s</li>\n", text);
}

static void add_legend(HtmlPage *page)
{
	const Terms *terms = &page->past->terms;
	g_autofree char *old_seen = g_strdup_printf("%s, tested", terms->old_name);
	g_autofree char *old_told = g_strdup_printf("%s, follows from that", terms->old_name);
	g_autofree char *new_seen = g_strdup_printf("%s, tested", terms->new_name);
	g_autofree char *new_told = g_strdup_printf("%s, follows from that", terms->new_name);

	html_add(page, "<ul class=\"legend\">\n");
	add_key(page, SPOT_OLD, true, old_seen);
	add_key(page, SPOT_OLD, false, old_told);
	add_key(page, SPOT_NEW, true, new_seen);
	add_key(page, SPOT_NEW, false, new_told);
	add_key(page, SPOT_SKIP, true, "untestable");
	add_key(page, SPOT_NEVER, false,
		"never mattered: changes nothing that the kernel is built from");
	add_key(page, SPOT_OPEN, false, "not known");
	html_add(page, "</ul>\n");
}

/* ---- lanes ---- */

/* Which lane waits for which row; G_MAXUINT for a free one. */
typedef struct {
	GArray *waits; /* guint */
	guint most;
} Lanes;

static guint take_lane(Lanes *lanes, guint row)
{
	guint none = G_MAXUINT;

	for (guint i = 0; i < lanes->waits->len; i++)
		if (g_array_index(lanes->waits, guint, i) == row)
			return i;
	for (guint i = 0; i < lanes->waits->len; i++)
		if (g_array_index(lanes->waits, guint, i) == none) {
			g_array_index(lanes->waits, guint, i) = row;
			return i;
		}
	g_array_append_val(lanes->waits, row);
	lanes->most = MAX(lanes->most, lanes->waits->len);
	return lanes->waits->len - 1;
}

/* A row's lane is free again, and its first parent gets it where nobody waits for that yet. */
static void pass_lane(Lanes *lanes, guint lane, const RangeRow *row)
{
	g_array_index(lanes->waits, guint, lane) = G_MAXUINT;
	for (guint i = 0; i < row->parents->len; i++) {
		guint parent = g_array_index(row->parents, guint, i);
		bool waits = false;

		for (guint j = 0; j < lanes->waits->len; j++)
			waits |= g_array_index(lanes->waits, guint, j) == parent;
		if (!waits && g_array_index(lanes->waits, guint, lane) == G_MAXUINT)
			g_array_index(lanes->waits, guint, lane) = parent;
		else
			take_lane(lanes, parent);
	}
}

/* Each row's lane; g_free() */
static guint *lay_out(const GPtrArray *rows, guint *ret_lanes)
{
	Lanes lanes = { .waits = g_array_new(FALSE, FALSE, sizeof(guint)) };
	guint *lane = g_new0(guint, rows->len + 1);

	for (guint i = 0; i < rows->len; i++) {
		lane[i] = take_lane(&lanes, i);
		pass_lane(&lanes, lane[i], rows->pdata[i]);
	}
	*ret_lanes = lanes.most;
	g_array_unref(lanes.waits);
	return lane;
}

static guint folded(const RangeRow *row)
{
	guint n = 0;

	for (guint state = 0; state < SPOT_COUNT; state++)
		n += row->folded[state];
	return n;
}

/* "12 more: 9 good, 3 never mattered"; g_free() */
static char *folded_text(const HtmlPage *page, const RangeRow *row)
{
	GString *text = g_string_new(NULL);
	const char *gap = ": ";

	g_string_append_printf(text, "%u more", folded(row));
	for (guint state = 0; state < SPOT_COUNT; state++) {
		if (!row->folded[state])
			continue;
		g_string_append_printf(text, "%s%u %s", gap, row->folded[state],
				       html_word(page, state));
		gap = ", ";
	}
	return g_string_free(text, FALSE);
}

static int x_of(guint lane)
{
	return LEFT + (int)lane * LANE;
}

/* Where each row is, in pixels: what is folded takes a line of its own; g_free() */
static int *places_of(const GPtrArray *rows, int *ret_height)
{
	int *y = g_new0(int, rows->len + 1);
	int at = ROW;

	for (guint i = 0; i < rows->len; i++) {
		y[i] = at;
		at += folded(rows->pdata[i]) ? 2 * ROW : ROW;
	}
	*ret_height = at;
	return y;
}

static void add_edges(HtmlPage *page, const GPtrArray *rows, const guint *lane, const int *y)
{
	for (guint i = 0; i < rows->len; i++) {
		const RangeRow *row = rows->pdata[i];

		for (guint j = 0; j < row->parents->len; j++) {
			guint parent = g_array_index(row->parents, guint, j);
			int from = x_of(lane[i]), to = x_of(lane[parent]);

			/* To the other lane at once, then straight down. */
			html_add(page, "<path class=\"e%s\" d=\"M%d %d", folded(row) ? " f" : "",
				 from, y[i]);
			if (lane[i] < lane[parent])
				html_add(page, "L%d %dV%d\"/>\n", to, y[i] + ROW, y[parent]);
			else
				html_add(page, "V%dL%d %d\"/>\n", y[parent] - ROW, to, y[parent]);
		}
	}
}

static void add_label(HtmlPage *page, const Spot *spot, int x, int y)
{
	g_autofree char *subject = text_clean(spot->commit->subject, SUBJECT_SHOWN);

	html_add(page, "<text x=\"%d\" y=\"%d\"%s>%.12s ", x, y + 4,
		 spot->culprit ? " class=\"b\"" : "", spot->commit->id);
	if (spot->culprit)
		html_add(page, "the first %s commit: ", page->past->terms.new_name);
	else if (spot->mark)
		html_add(page, "%s: ", spot->mark);
	html_add(page, "<tspan class=\"t\">%s</tspan>", subject);
	html_add(page, "</text>");
}

static void add_node(HtmlPage *page, const RangeRow *row, guint lane, int x, int y)
{
	const Spot *spot = range_map_spot(page->map, row->spot);

	html_add(page, "<g class=\"%s\">", html_class(spot->state));
	if (spot->step)
		html_add(page, "<a href=\"#step-%u\" aria-label=\"step %u: %.12s is %s\">",
			 spot->step->number, spot->step->number, spot->commit->id,
			 html_word(page, spot->state));
	html_add(page, "<title>%.12s: %s%s</title>", spot->commit->id, html_word(page, spot->state),
		 spot->step ? ", tested" : "");
	if (spot->culprit)
		html_add(page, "<circle class=\"ring\" cx=\"%d\" cy=\"%d\" r=\"11\"/>", x_of(lane),
			 y);
	add_shape(page, spot->state, spot->step != NULL, x_of(lane), y);
	if (spot->step)
		html_add(page, "</a>");
	html_add(page, "</g>");
	add_label(page, spot, x, y);
	if (folded(row)) {
		g_autofree char *text = folded_text(page, row);

		html_add(page, "<text class=\"t\" x=\"%d\" y=\"%d\">\342\213\256 %s</text>", x,
			 y + ROW + 4, text);
	}
	html_add(page, "\n");
}

static void add_picture(HtmlPage *page)
{
	g_autoptr(GPtrArray) rows = range_map_rows(page->map, SHOW_ALL);
	guint lanes = 0;
	g_autofree guint *lane = lay_out(rows, &lanes);
	int height = 0;
	g_autofree int *y = places_of(rows, &height);
	int x = x_of(lanes) + 4;
	int width = x + (SUBJECT_SHOWN + 40) * 9;

	html_add(page,
		 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"graph of the "
		 "range\"><svg width=\"%d\" height=\"%d\" role=\"group\" aria-label=\"graph of the "
		 "range, newest first\">\n",
		 width, height);
	add_edges(page, rows, lane, y);
	for (guint i = 0; i < rows->len; i++)
		add_node(page, rows->pdata[i], lane[i], x, y[i]);
	html_add(page, "</svg></div>\n");
}

/* ---- all commits as cells ---- */

static void add_cells(HtmlPage *page, SpotState state, bool seen)
{
	const GArray *spots = page->map->spots;
	guint n = spots->len;
	bool any = false;

	for (guint i = 0; i < n; i++) {
		const Spot *spot = range_map_spot(page->map, n - 1 - i);

		if (spot->state != state || (spot->step != NULL) != seen)
			continue;
		if (!any)
			html_add(page, "<path class=\"cell %s\" d=\"", html_class(state));
		any = true;
		/* What was tested fills its cell and more. */
		if (seen)
			html_add(page, "M%u %uh8v8h-8z", i % CELLS_A_ROW * CELL,
				 i / CELLS_A_ROW * CELL);
		else
			html_add(page, "M%u %uh4v4h-4z", i % CELLS_A_ROW * CELL + 2,
				 i / CELLS_A_ROW * CELL + 2);
	}
	if (any)
		html_add(page, "\"/>\n");
}

static void add_map(HtmlPage *page)
{
	guint n = page->map->spots->len;

	html_add(page,
		 "<h3>All %u commits, newest first</h3>\n<p class=\"dim\">A small square is a "
		 "commit "
		 "that was not tested, a large one that was.</p>\n<div class=\"wide\" "
		 "tabindex=\"0\" role=\"region\" aria-label=\"map of all commits\"><svg "
		 "width=\"%u\" height=\"%u\" role=\"img\" aria-label=\"map of all commits\">\n",
		 n, CELLS_A_ROW * CELL, (n / CELLS_A_ROW + 1) * CELL);
	for (SpotState state = 0; state < SPOT_COUNT; state++) {
		add_cells(page, state, false);
		add_cells(page, state, true);
	}
	html_add(page, "</svg></div>\n");
}

void html_graph(HtmlPage *page)
{
	guint n = page->map->spots->len;

	if (!n) {
		html_add(page, "<p>The run left no range.jsonl: it did not get as far as that, or "
			       "is of an older bisectbox.</p>\n");
		return;
	}
	add_legend(page);
	add_picture(page);
	if (n > SHOW_ALL)
		add_map(page);
}

void html_commits(HtmlPage *page)
{
	const GArray *spots = page->map->spots;

	if (!spots->len)
		return;
	html_add(page,
		 "<details><summary>All %u commits as a table</summary>\n<table class=\"stack\">"
		 "<thead><tr><th>commit<th>state<th>subject<th>why</thead>\n",
		 spots->len);
	for (guint i = spots->len; i-- > 0;) {
		const Spot *spot = range_map_spot(page->map, i);
		const RelevanceCommit *fact = &spot->commit->fact;

		html_add(page, "<tr><td class=\"id mono\">%.12s<td class=\"%s\">%s%s<td>%s<td>",
			 spot->commit->id, html_class(spot->state), html_word(page, spot->state),
			 spot->step ? ", tested" : "", spot->commit->subject);
		if (fact->path)
			html_add(page, "%s: %s", fact->path, fact->why ? fact->why : "");
		html_add(page, "\n");
	}
	html_add(page, "</table></details>\n");
}
