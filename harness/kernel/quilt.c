/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a series file and the heads of patches. */
#include "kernel/quilt.h"

#include "util/error.h"

#include <stdio.h>
#include <string.h>

#define STRIP_MAX 9

/* ---- the series ---- */

static void patch_clear(gpointer data)
{
	g_free(((QuiltPatch *)data)->name);
}

static bool is_beneath(const char *name)
{
	g_auto(GStrv) parts = g_strsplit(name, "/", -1);

	for (char **part = parts; *part; part++)
		if (!**part || g_str_equal(*part, ".."))
			return false;
	return *name != '\0';
}

static bool take_option(QuiltPatch *patch, const char *word)
{
	if (g_str_equal(word, "-R")) {
		patch->reverse = true;
		return true;
	}
	if (!g_str_has_prefix(word, "-p") || !g_ascii_isdigit(word[2]) || word[3])
		return false;
	patch->strip = (guint)(word[2] - '0');
	return patch->strip <= STRIP_MAX;
}

static bool is_there(const GArray *patches, const char *name)
{
	for (guint i = 0; i < patches->len; i++)
		if (g_str_equal(g_array_index(patches, QuiltPatch, i).name, name))
			return true;
	return false;
}

static bool add_line(GArray *patches, const char *line, guint number, const char *file,
		     GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t\r", -1);
	QuiltPatch patch = { .strip = 1, .line = number };
	const char *name = NULL;

	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		if (!name)
			name = *word;
		else if (!take_option(&patch, *word))
			return error_usage(error,
					   "%s:%u: \"%s\" is no option of a patch: -pN or -R", file,
					   number, *word);
	}
	if (!name)
		return true;
	if (!is_beneath(name))
		return error_usage(error, "%s:%u: %s is outside the folder of the series", file,
				   number, name);
	if (is_there(patches, name))
		return error_usage(error, "%s:%u: %s is named a second time", file, number, name);
	g_array_append_val(patches, patch);
	g_array_index(patches, QuiltPatch, patches->len - 1).name = g_strdup(name);
	return true;
}

bool quilt_series(const char *text, const char *file, GArray **ret_patches, GError **error)
{
	g_autoptr(GArray) patches = g_array_new(FALSE, FALSE, sizeof(QuiltPatch));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	g_array_set_clear_func(patches, patch_clear);
	for (guint i = 0; lines[i]; i++) {
		char *comment = strchr(lines[i], '#');

		/* A '#' in a name is part of it: quilt wants a blank before a comment. */
		while (comment && comment > lines[i] && !g_ascii_isspace(comment[-1]))
			comment = strchr(comment + 1, '#');
		if (comment)
			*comment = '\0';
		if (!add_line(patches, lines[i], i + 1, file, error))
			return false;
	}
	if (!patches->len)
		return error_usage(error, "%s names no patch", file);
	*ret_patches = g_steal_pointer(&patches);
	return true;
}

/* ---- words of mails ---- */

static int hex_pair(const char *at)
{
	int high = g_ascii_xdigit_value(at[0]);
	int low = high < 0 ? -1 : g_ascii_xdigit_value(at[1]);

	return low < 0 ? -1 : high * 16 + low;
}

/* RFC 2047's Q: "_" is a blank, "=XX" a byte. */
static char *decode_q(const char *text, gsize *ret_len)
{
	GString *bytes = g_string_new(NULL);

	for (; *text; text++) {
		int byte = *text == '=' ? hex_pair(text + 1) : -1;

		g_string_append_c(bytes, byte >= 0 ? (char)byte : *text == '_' ? ' ' : *text);
		text += byte >= 0 ? 2 : 0;
	}
	*ret_len = bytes->len;
	return g_string_free(bytes, FALSE);
}

/* What is no text is no decoded word: it stays as it was. */
static bool is_words(const char *text)
{
	for (const char *at = text; *at; at++)
		if (g_ascii_iscntrl(*at) && *at != '\t')
			return false;
	return true;
}

static gboolean decode_word(const GMatchInfo *match, GString *out, gpointer user)
{
	g_autofree char *whole = g_match_info_fetch(match, 0);
	g_autofree char *charset = g_match_info_fetch(match, 1);
	g_autofree char *how = g_match_info_fetch(match, 2);
	g_autofree char *text = g_match_info_fetch(match, 3);
	g_autofree char *bytes = NULL;
	g_autofree char *utf8 = NULL;
	gsize len = 0;

	(void)user;
	bytes = g_ascii_strcasecmp(how, "b") == 0 ? (char *)g_base64_decode(text, &len)
						  : decode_q(text, &len);
	utf8 = g_convert(bytes, (gssize)len, "UTF-8", charset, NULL, NULL, NULL);
	g_string_append(out, utf8 && is_words(utf8) ? utf8 : whole);
	return FALSE;
}

char *quilt_decode(const char *text)
{
	/* blanks between two such words are none of the text */
	g_autoptr(GRegex) gap = g_regex_new("(\\?=)\\s+(?==\\?)", 0, 0, NULL);
	g_autoptr(GRegex) word =
		g_regex_new("=\\?([A-Za-z0-9_-]+)\\?([bBqQ])\\?([^? ]*)\\?=", 0, 0, NULL);
	g_autofree char *joined = g_regex_replace(gap, text, -1, 0, "\\1", 0, NULL);

	return g_regex_replace_eval(word, joined, -1, 0, 0, decode_word, NULL, NULL);
}

static guint month_of(const char *name)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (guint i = 0; i < G_N_ELEMENTS(months); i++)
		if (g_ascii_strncasecmp(months[i], name, 3) == 0)
			return i + 1;
	return 0;
}

static bool seconds_of(int year, guint month, int day, const int clock[3], gint64 *ret_time)
{
	g_autoptr(GDateTime) date =
		g_date_time_new_utc(year, (int)month, day, clock[0], clock[1], clock[2]);

	if (!date)
		return false;
	*ret_time = g_date_time_to_unix(date);
	return true;
}

bool quilt_date(const char *text, gint64 *ret_time, int *ret_offset)
{
	const char *comma = strchr(text, ',');
	const char *rest = comma ? comma + 1 : text;
	char month[16], sign = '+';
	int day, year, clock[3] = { 0 }, zone = 0;
	guint number;

	/* NOLINTBEGIN(cert-err34-c): too large a number makes no date */
	if (sscanf(rest, "%4d-%2u-%2d", &year, &number, &day) == 3 && year > 31) {
		*ret_offset = 0;
		return seconds_of(year, number, day, clock, ret_time);
	}
	if (sscanf(rest, " %2d %15s %4d %2d:%2d:%2d %c%4d", &day, month, &year, &clock[0],
		   &clock[1], &clock[2], &sign, &zone) < 5)
		return false;
	/* NOLINTEND(cert-err34-c) */
	if ((sign != '+' && sign != '-') || zone < 0)
		zone = 0;
	*ret_offset = (zone / 100 * 60 + zone % 100) * (sign == '-' ? -1 : 1);
	if (!month_of(month) || !seconds_of(year, month_of(month), day, clock, ret_time))
		return false;
	*ret_time -= (gint64)*ret_offset * 60;
	return true;
}

/* ---- the head of a patch ---- */

void quilt_head_clear(QuiltHead *head)
{
	g_clear_pointer(&head->author, g_free);
	g_clear_pointer(&head->email, g_free);
	g_clear_pointer(&head->subject, g_free);
	g_clear_pointer(&head->body, g_free);
	g_clear_pointer(&head->fields, g_free);
}

static bool is_change(const char *line)
{
	static const char *const signs[] = { "--- ", "+++ ", "diff ", "Index: ", "GIT binary " };

	for (guint i = 0; i < G_N_ELEMENTS(signs); i++)
		if (g_str_has_prefix(line, signs[i]))
			return true;
	return false;
}

/* The lines before the first change, as UTF-8. */
static char **head_lines(const char *text)
{
	g_autoptr(GString) head = g_string_new(NULL);
	g_autofree char *utf8 = NULL;

	while (*text && !is_change(text)) {
		gsize len = strcspn(text, "\n");

		g_string_append_len(head, text, (gssize)len);
		g_string_append_c(head, '\n');
		text += len + (text[len] == '\n');
	}
	utf8 = g_utf8_validate(head->str, (gssize)head->len, NULL)
		       ? g_strdup(head->str)
		       : g_convert(head->str, (gssize)head->len, "UTF-8", "ISO-8859-1", NULL, NULL,
				   NULL);
	return g_strsplit(utf8 ? utf8 : "", "\n", -1);
}

/* "Field: value" with DEP-3's and mail's letters; the value begins at *ret_value. */
static bool is_field(const char *line, const char **ret_value)
{
	gsize n = 0;

	while (g_ascii_isalnum(line[n]) || line[n] == '-')
		n++;
	if (n == 0 || line[n] != ':' || (line[n + 1] && !g_ascii_isspace(line[n + 1])))
		return false;
	*ret_value = line + n + 1 + strspn(line + n + 1, " \t");
	return true;
}

static bool named(const char *line, const char *field)
{
	gsize n = strlen(field);

	return g_ascii_strncasecmp(line, field, n) == 0 && line[n] == ':';
}

static void take_person(QuiltHead *head, const char *value)
{
	g_autofree char *text = quilt_decode(value);
	char *open = strrchr(text, '<');
	char *close = open ? strchr(open, '>') : NULL;

	if (head->author)
		return;
	if (close) {
		*open = '\0';
		*close = '\0';
		head->email = g_strdup(open + 1);
	} else {
		head->email = g_strdup(strchr(text, '@') ? text : "");
	}
	/* what is left of half an address: git's signatures have none of these */
	g_strdelimit(text, "<>", ' ');
	g_strdelimit(head->email, "<>", ' ');
	g_strstrip(head->email);
	g_strstrip(text);
	if (*text == '"' && strlen(text) > 1 && g_str_has_suffix(text, "\"")) {
		text[strlen(text) - 1] = '\0';
		head->author = g_strdup(text + 1);
	} else {
		head->author = g_strdup(*text ? text : head->email);
	}
}

/* "[PATCH 2/3] " in front is none of the subject. */
static void take_subject(QuiltHead *head, const char *value)
{
	g_autofree char *text = quilt_decode(value);
	const char *start = text;

	while (g_ascii_strncasecmp(start, "[PATCH", 6) == 0 && strchr(start, ']')) {
		start = strchr(start, ']') + 1;
		start += strspn(start, " \t");
	}
	if (!head->subject && *start)
		head->subject = g_strdup(start);
}

/* Return: whether it is a field that says something here. */
static bool take_field(QuiltHead *head, const char *line, const char *value, GString *fields)
{
	if (named(line, "From") || named(line, "Author"))
		take_person(head, value);
	else if (named(line, "Subject") || named(line, "Description"))
		take_subject(head, value);
	else if (named(line, "Date") || (named(line, "Last-Update") && !head->time))
		quilt_date(value, &head->time, &head->offset);
	else if (named(line, "Origin") || named(line, "Forwarded") ||
		 named(line, "Applied-Upstream") || named(line, "Bug") ||
		 g_ascii_strncasecmp(line, "Bug-", 4) == 0)
		g_string_append_printf(fields, "%s\n", line);
	else
		return false;
	return true;
}

static bool is_description(const char *line)
{
	return named(line, "Description");
}

/* A field with what is folded into it; a description's further lines are the body (DEP-3). */
static guint take_folded(QuiltHead *head, char **lines, const char *value, GString *fields,
			 GString *body)
{
	g_autoptr(GString) whole = g_string_new(value);
	g_autoptr(GString) line = g_string_new_len(lines[0], value - lines[0]);
	bool folds = !is_description(lines[0]);
	guint n = 1;

	for (; lines[n] && (lines[n][0] == ' ' || lines[n][0] == '\t'); n++) {
		const char *rest = lines[n] + strspn(lines[n], " \t");

		if (folds)
			g_string_append_printf(whole, " %s", rest);
		else
			g_string_append_printf(body, "%s\n", g_str_equal(rest, ".") ? "" : rest);
	}
	g_string_append(line, whole->str);
	take_field(head, line->str, whole->str, fields);
	return n;
}

void quilt_head(const char *text, QuiltHead *ret_head)
{
	g_auto(GStrv) lines = head_lines(text);
	g_autoptr(GString) fields = g_string_new(NULL);
	g_autoptr(GString) body = g_string_new(NULL);
	QuiltHead head = { 0 };
	const char *value;
	guint i = 0;

	if (lines[0] && g_str_has_prefix(lines[0], "From ")) /* of an mbox */
		i++;
	while (lines[i] && is_field(lines[i], &value))
		i += take_folded(&head, lines + i, value, fields, body);
	for (; lines[i] && !g_str_equal(lines[i], "---"); i++) {
		if (!is_field(lines[i], &value) || !take_field(&head, lines[i], value, fields))
			g_string_append_printf(body, "%s\n", lines[i]);
	}
	head.body = g_strdup(g_strstrip(body->str));
	head.fields = g_strdup(fields->str);
	*ret_head = head;
}

char *quilt_message(const QuiltHead *head, const char *name)
{
	GString *message = g_string_new(NULL);

	g_string_append(message, head->subject ? head->subject : name);
	if (*head->body)
		g_string_append_printf(message, "\n\n%s", head->body);
	g_string_append_printf(message, "\n\nPatch: %s\n%s", name, head->fields);
	return g_string_free(message, FALSE);
}
