/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of `bisectbox test` on the HTML page. */
#include "report/html_internal.h"

#include "report/report.h"
#include "util/text.h"

static SpotState state_of(const MatrixCell *cell)
{
	static const SpotState states[] = { [VERDICT_NONE] = SPOT_OPEN,
					    [VERDICT_GOOD] = SPOT_OLD,
					    [VERDICT_BAD] = SPOT_NEW,
					    [VERDICT_SKIP] = SPOT_SKIP };

	return states[cell->result.verdict];
}

static const char *word_of(const MatrixCell *cell)
{
	static const char *const words[] = { [VERDICT_NONE] = "trouble of the host",
					     [VERDICT_GOOD] = "good",
					     [VERDICT_BAD] = "bad",
					     [VERDICT_SKIP] = "untestable" };

	return words[cell->result.verdict];
}

static void add_cell(HtmlPage *page, const MatrixRow *row, guint i)
{
	const MatrixCell *cell = &row->cells[i];

	html_add(page, "<td class=\"%s\"><a class=\"%s\" href=\"#cell-%u-%u\">%s</a>",
		 html_class(state_of(cell)), html_class(state_of(cell)), row->number, i + 1,
		 word_of(cell));
	if (page->past->matrix->repeat > 1)
		html_add(page, " %u good, %u bad, %u untestable", cell->good, cell->bad,
			 cell->skip);
}

static void add_table(HtmlPage *page, const Matrix *matrix)
{
	html_add(page,
		 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"kernels and "
		 "cases\"><table><thead><tr><th>kernel");
	for (char **name = matrix->cases; *name; name++)
		html_add(page, "<th>%s", *name);
	html_add(page, "<th class=\"n\">build s<th class=\"n\">all s</thead>\n");
	for (guint i = 0; i < matrix->rows->len; i++) {
		const MatrixRow *row = matrix->rows->pdata[i];
		gint64 build = row->n_cells ? row->cells[0].result.build_ms : 0;

		html_add(page, "<tr><th>%s", row->name);
		if (row->subject)
			html_add(page, "<br>%s", row->subject);
		for (guint j = 0; j < row->n_cells; j++)
			add_cell(page, row, j);
		html_add(page, "<td class=\"n\">%.1f<td class=\"n\">%.1f\n", (double)build / 1000,
			 (double)row->wall_ms / 1000);
	}
	html_add(page, "</table></div>\n");
}

static char *folder_of(const MatrixRow *row, const MatrixCell *cell)
{
	return g_build_filename(row->folder, cell->try_dir ? cell->try_dir : "", NULL);
}

/* A kernel on which the same case is good. */
static const MatrixRow *find_good(const Matrix *matrix, guint i)
{
	for (guint at = 0; at < matrix->rows->len; at++) {
		const MatrixRow *row = matrix->rows->pdata[at];

		if (i < row->n_cells && row->cells[i].result.verdict == VERDICT_GOOD)
			return row;
	}
	return NULL;
}

static void add_evidence(HtmlPage *page, const Matrix *matrix, const MatrixRow *row, guint i)
{
	const MatrixCell *cell = &row->cells[i];
	g_autofree char *folder = folder_of(row, cell);
	const HtmlSide side = { folder, &cell->result };
	const MatrixRow *good = find_good(matrix, i);
	g_autofree char *of_good = good ? folder_of(good, &good->cells[i]) : NULL;
	const HtmlSide good_side = { of_good, good ? &good->cells[i].result : NULL };

	html_add(page,
		 "<details id=\"cell-%u-%u\"><summary>%s, %s: <span class=\"%s\">%s</span>"
		 "</summary>\n",
		 row->number, i + 1, row->name, matrix->cases[i], html_class(state_of(cell)),
		 word_of(cell));
	html_result(page, &cell->result);
	if (cell->result.verdict == VERDICT_GOOD) {
		html_evidence(page, &side, NULL, false);
	} else {
		if (good)
			html_add(page, "<p class=\"dim\">Beside %s, where it is good.</p>\n",
				 good->name);
		html_evidence(page, good ? &good_side : NULL, &side, false);
	}
	html_add(page, "</details>\n");
}

void html_matrix(HtmlPage *page)
{
	const Matrix *matrix = page->past->matrix;
	g_autofree char *answer = past_answer(page->past);
	g_autofree char *took = report_duration(matrix->wall_ms);

	html_add(page,
		 "<nav aria-label=\"parts of the page\"><ul><li><a href=\"#answer\">Answer</a></li>"
		 "<li><a href=\"#h-evidence\">Evidence</a></li><li><a href=\"#h-again\">Reproduce"
		 "</a></li></ul></nav>\n<main>\n<section id=\"answer\" class=\"answer%s\" "
		 "aria-labelledby=\"h-answer\"><h2 id=\"h-answer\">The answer</h2>\n<p "
		 "class=\"big\">%s</p>\n",
		 matrix->trouble ? " unsure" : "", answer);
	add_table(page, matrix);
	html_add(page, "<p>%u kernel%s in %s.</p></section>\n", matrix->rows->len,
		 text_s(matrix->rows->len), took);
	html_add(page, "<section aria-labelledby=\"h-evidence\"><h2 id=\"h-evidence\">Evidence"
		       "</h2>\n");
	for (guint i = 0; i < matrix->rows->len; i++) {
		const MatrixRow *row = matrix->rows->pdata[i];

		for (guint j = 0; j < row->n_cells; j++)
			add_evidence(page, matrix, row, j);
	}
	html_add(page, "</section>\n");
}
