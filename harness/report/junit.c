/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as JUnit's XML: elements and attributes in the order that Jenkins' schema wants. */
#include "report/formats.h"

#include "report/suite.h"
#include "util/text.h"

#include <string.h>

static void add_attribute(GString *xml, const char *name, const char *value)
{
	g_autofree char *markup = text_markup(value, -1);

	g_string_append_printf(xml, " %s=\"%s\"", name, markup);
}

static void add_seconds(GString *xml, gint64 ms)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	add_attribute(xml, "time",
		      g_ascii_formatd(number, sizeof(number), "%.3f", (double)ms / 1000));
}

static void add_text(GString *xml, const char *element, const char *text)
{
	g_autofree char *markup = text_markup(text, -1);

	if (text)
		g_string_append_printf(xml, "<%s>%s</%s>\n", element, markup, element);
}

static void add_state(GString *xml, const SuiteTest *test)
{
	static const char *const elements[] = { NULL, "failure", "skipped", "error" };
	const char *element = elements[test->state];

	if (!element)
		return;
	g_string_append_printf(xml, "<%s", element);
	add_attribute(xml, "message", test->reason ? test->reason : test->word);
	if (test->state != SUITE_SKIP)
		add_attribute(xml, "type", test->word);
	g_string_append(xml, "/>\n");
}

static void add_test(GString *xml, const char *class_name, const SuiteTest *test)
{
	g_string_append(xml, "<testcase");
	add_attribute(xml, "name", test->name);
	add_attribute(xml, "classname", class_name);
	add_seconds(xml, test->ms);
	g_string_append(xml, ">\n");
	add_state(xml, test);
	add_text(xml, "system-out", test->out);
	add_text(xml, "system-err", test->err);
	g_string_append(xml, "</testcase>\n");
}

static void add_property(GString *xml, const char *name, const char *value)
{
	if (!value)
		return;
	g_string_append(xml, "<property");
	add_attribute(xml, "name", name);
	add_attribute(xml, "value", value);
	g_string_append(xml, "/>\n");
}

static void add_properties(GString *xml, const Past *past)
{
	g_string_append(xml, "<properties>\n");
	add_property(xml, "state", past_state_name(past));
	add_property(xml, "folder", past->folder);
	add_property(xml, "culprit", past->result ? past->result->culprit.id : NULL);
	add_property(xml, "culprit.subject", past->result ? past->result->culprit.subject : NULL);
	add_property(xml, "machine", past->machine);
	add_property(xml, "compiler", past->compiler);
	add_property(xml, "bisectbox", past->version);
	g_string_append(xml, "</properties>\n");
}

/* A dot would be the end of a package's name. */
static char *class_of(const Suite *suite)
{
	g_autofree char *name = g_strconcat("bisectbox.", suite->name, NULL);

	g_strdelimit(name + strlen("bisectbox."), ".", '_');
	return g_steal_pointer(&name);
}

/* The schema's time has no zone. */
static void add_timestamp(GString *xml, const Past *past)
{
	g_autoptr(GDateTime) date =
		past->date ? g_date_time_new_from_iso8601(past->date, NULL) : NULL;
	g_autoptr(GDateTime) utc = date ? g_date_time_to_utc(date) : NULL;
	g_autofree char *text = utc ? g_date_time_format(utc, "%Y-%m-%dT%H:%M:%S") : NULL;

	if (text)
		add_attribute(xml, "timestamp", text);
}

static void add_suite(GString *xml, const Past *past, const Suite *suite, guint number)
{
	g_autofree char *class_name = class_of(suite);

	g_string_append_printf(xml, "<testsuite id=\"%u\"", number);
	add_attribute(xml, "name", suite->name);
	g_string_append_printf(xml, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"",
			       suite->tests->len, suite_count(suite, SUITE_FAIL),
			       suite_count(suite, SUITE_ERROR), suite_count(suite, SUITE_SKIP));
	add_seconds(xml, suite->ms);
	add_timestamp(xml, past);
	g_string_append(xml, ">\n");
	add_properties(xml, past);
	for (guint i = 0; i < suite->tests->len; i++)
		add_test(xml, class_name, suite->tests->pdata[i]);
	g_string_append(xml, "</testsuite>\n");
}

char *report_junit(const Past *past)
{
	g_autoptr(GPtrArray) suites = suites_of(past);
	GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	guint counts[SUITE_ERROR + 1] = { 0 };
	guint n = 0;

	for (guint i = 0; i < suites->len; i++) {
		n += ((const Suite *)suites->pdata[i])->tests->len;
		for (SuiteState state = SUITE_PASS; state <= SUITE_ERROR; state++)
			counts[state] += suite_count(suites->pdata[i], state);
	}
	add_attribute(xml, "name", "bisectbox");
	g_string_append_printf(xml, " tests=\"%u\" failures=\"%u\" errors=\"%u\"", n,
			       counts[SUITE_FAIL], counts[SUITE_ERROR]);
	add_seconds(xml, past->result ? past->result->wall_ms : past->matrix->wall_ms);
	g_string_append(xml, ">\n");
	for (guint i = 0; i < suites->len; i++)
		add_suite(xml, past, suites->pdata[i], i);
	g_string_append(xml, "</testsuites>\n");
	return g_string_free(xml, FALSE);
}
