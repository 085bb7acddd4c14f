/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report/: a run in every format. */
#include "pastfixture.h"
#include "report/formats.h"
#include "report/mail_internal.h"
#include "report/rangemap.h"

/* ---- the range ---- */

static void test_map(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autoptr(RangeMap) map = NULL;
	g_autoptr(GPtrArray) rows = NULL;
	guint shown = 0, left_out = 0;

	(void)data;
	make_run(f, 1000, true);
	past = read_run(f);
	g_assert_true(range_map_read(past, &map, NULL));
	g_assert_cmpuint(map->spots->len, ==, 1000);
	for (guint i = 0; i < map->spots->len; i++) {
		const Spot *spot = range_map_spot(map, i);

		g_assert_cmpint(spot->culprit, ==, i == f->culprit);
		if (spot->step)
			continue;
		g_assert_cmpint(spot->state, ==,
				i % 3 == 0        ? SPOT_NEVER
				: i >= f->culprit ? SPOT_NEW
						  : SPOT_OLD);
	}
	rows = range_map_rows(map, 50);
	for (guint i = 0; i < rows->len; i++) {
		const RangeRow *row = rows->pdata[i];

		shown++;
		for (guint state = 0; state < SPOT_COUNT; state++)
			left_out += row->folded[state];
		for (guint j = 0; j < row->parents->len; j++)
			g_assert_cmpuint(g_array_index(row->parents, guint, j), >, i);
		/* On a line with short side branches each shown commit has one below it. */
		g_assert_cmpuint(row->parents->len, ==, i + 1 < rows->len);
	}
	g_assert_cmpuint(shown + left_out, ==, 1000);
	g_assert_cmpuint(shown, <, 30);
	g_assert_cmpuint(range_map_spot(map, ((RangeRow *)rows->pdata[0])->spot)->commit->id[39],
			 ==, "0123456789abcdef"[1000 % 16]);
}

/* ---- formats ---- */

/* Nothing that the guest, or a commit's author, wrote is markup. */
static void test_html(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *html = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	g_assert_true(report_html(past, &html, NULL));
	g_assert_true(g_utf8_validate(html, -1, NULL));
	g_assert_cmpuint(count(html, "<script"), ==, 0);
	g_assert_cmpuint(count(html, "</script"), ==, 0);
	g_assert_cmpuint(count(html, "<!--"), ==, 0);
	g_assert_cmpuint(count(html, "<b>"), ==, 0);
	g_assert_cmpuint(count(html, "<i>"), ==, 0);
	g_assert_null(strchr(html, '\033'));
	g_assert_null(strchr(html, '\007'));
	g_assert_null(strstr(html, "http://"));
	g_assert_null(strstr(html, "https://"));
	g_assert_nonnull(strstr(html, "&lt;script&gt;alert(1)"));
	g_assert_nonnull(strstr(html, "<ins>oops</ins>"));
	g_assert_nonnull(strstr(html, "<del>fine</del>"));
	g_assert_nonnull(strstr(html, "297 equal lines"));
	g_assert_nonnull(strstr(html, "mends it"));
	/* Each summary, table, section and list that is opened is closed. */
	g_assert_cmpuint(count(html, "<details"), ==, count(html, "</details>"));
	g_assert_cmpuint(count(html, "<table"), ==, count(html, "</table>"));
	g_assert_cmpuint(count(html, "<section"), ==, count(html, "</section>"));
	g_assert_cmpuint(count(html, "<svg"), ==, count(html, "</svg>"));
	g_assert_cmpuint(count(html, "<main"), ==, 1);
}

static void test_html_large(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *html = NULL;

	(void)data;
	make_run(f, 10000, true);
	past = read_run(f);
	g_assert_true(report_html(past, &html, NULL));
	g_test_message("10,000 commits: %zu bytes", strlen(html));
	g_assert_cmpuint(strlen(html), <, 3u << 20);
	g_assert_cmpuint(count(html, "<tr><td class=\"id mono\">"), >=, 10000);
}

static void test_junit(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *xml = NULL;
	g_autoptr(GMarkupParseContext) parser = NULL;
	static const GMarkupParser nothing = { 0 };
	GError *error = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	xml = report_junit(past);
	parser = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_markup_parse_context_parse(parser, strchr(xml, '\n') + 1, -1, &error);
	g_assert_no_error(error);
	g_assert_null(strchr(xml, '\033'));
	g_assert_null(strchr(xml, '\001'));
	g_assert_cmpuint(count(xml, "<testcase "), ==, past->result->steps->len + 1);
	g_assert_cmpuint(count(xml, "<skipped "), ==, 1);
	g_assert_nonnull(strstr(xml, "timestamp=\"2024-01-02T03:04:05\""));
}

/* No line of a guest's is one of the protocol's. */
static void test_ktap(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *ktap = NULL;
	g_auto(GStrv) lines = NULL;
	guint n = 0;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	ktap = report_ktap(past);
	lines = g_strsplit(ktap, "\n", -1);
	for (char **line = lines; *line; line++) {
		const char *text = *line + strspn(*line, " ");

		if (g_str_has_prefix(text, "ok ") || g_str_has_prefix(text, "not ok ")) {
			const char *hash = strchr(text, '#');

			n++;
			g_assert_true(!hash || g_str_has_prefix(hash, "# SKIP "));
		} else {
			g_assert_true(!*text || *text == '#' || g_str_has_prefix(text, "KTAP") ||
				      g_str_has_prefix(text, "1.."));
		}
	}
	g_assert_cmpuint(n, ==, past->result->steps->len + 2);
	g_assert_null(strstr(ktap, "forged #"));
}

static void test_mail(Fixture *f, gconstpointer data)
{
	static const char *const people[] = { "Paul <paul@example.org> (maintainer:AUDIT)",
					      "evil\nBcc: x@y <JOSE@example.org>", "not an address",
					      NULL };
	static const char *const none[] = { NULL };
	const MailFacts facts = { people, NULL, none, "v6.0", "v6.1", true };
	g_autoptr(Past) past = NULL;
	g_autofree char *mail = NULL;
	g_autofree char *id = NULL;
	g_autofree char *line = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	id = id_of(f->culprit);
	line = g_strdup_printf("\n#regzbot introduced: %s\n", id);
	g_assert_true(report_mail(past, &facts, &mail, NULL));
	g_assert_true(g_str_has_prefix(mail, "Subject: [REGRESSION] audit: <i>break</i> it\nTo: "
					     "=?UTF-8?B?"));
	g_assert_nonnull(strstr(mail, "?= <jose@example.org>\n"));
	g_assert_cmpuint(count(mail, "jose@example.org"), ==, 1);
	g_assert_nonnull(strstr(mail, "Cc: Paul <paul@example.org>,\n\tregressions@lists.linux.dev"
				      ",\n\tstable@vger.kernel.org\n"));
	g_assert_nonnull(strstr(mail, line));
	g_assert_cmpuint(count(mail, "#regzbot"), ==, 1);
	g_assert_nonnull(strstr(mail, "1 time bad"));
	g_assert_nonnull(strstr(mail, "mends it"));
	g_assert_nonnull(strstr(mail, "  CONFIG_AUDIT=y\n"));
	g_assert_null(strstr(mail, "CONFIG_X"));
	g_assert_nonnull(strstr(mail, "  +oops\n"));
	g_assert_null(strstr(mail, "\nBcc:"));
	g_assert_null(strchr(mail, '\033'));
	g_assert_nonnull(strstr(mail, "v6.1 ("));
}

static void test_mail_headers(void)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "A B <a@b.org>", "A B <a@b.org>" },
		{ "A. B, jr <a@b.org> (reviewer:X)", "\"A. B, jr\" <a@b.org>" },
		{ "\"A. B\" <a@b.org>", "\"A. B\" <a@b.org>" },
		{ "list@b.org (open list)", "list@b.org" },
		{ "A <a b@c.org>", NULL },
		{ "A <nothing>", NULL },
		{ "", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = mail_address(rows[i].text);

		g_assert_cmpstr(got, ==, rows[i].expected);
	}
}

static void test_kcidb(Fixture *f, gconstpointer data)
{
	g_autoptr(Past) past = NULL;
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	(void)data;
	make_run(f, 60, true);
	past = read_run(f);
	g_assert_true(report_kcidb(past, "my_ci", &text, NULL));
	g_assert_null(strstr(text, "null"));
	g_assert_nonnull(strstr(text, "\"major\":\t5"));
	g_assert_cmpuint(count(text, "\"path\":\t\"bisectbox.audit\""), ==,
			 past->result->steps->len);
	g_assert_cmpuint(count(text, "\"issue_id\":\t\"my_ci:"), ==, past->result->steps->len - 1);
	g_assert_cmpuint(count(text, "\"status\":\t\"FAIL\""), >, 3);
	g_assert_false(report_kcidb(past, "My CI", &text, &error));
	g_assert_cmpint(error_exit_code(error), ==, EXIT_USAGE);
}

#define ADD(name, function) g_test_add("/reports/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("map", test_map);
	ADD("html", test_html);
	ADD("html-large", test_html_large);
	ADD("junit", test_junit);
	ADD("ktap", test_ktap);
	ADD("mail", test_mail);
	ADD("kcidb", test_kcidb);
	g_test_add_func("/reports/mail-headers", test_mail_headers);
	return g_test_run();
}
