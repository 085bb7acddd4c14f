/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a bisect log: lines of shell words behind "git bisect". Nothing in it is ever run. */
#include "record/bisectlog.h"

#include "util/error.h"

#include <string.h>

typedef struct {
	BisectLog *log;
	const char *name;
	guint line;
	bool started;
	char *terms[2]; /* old, new; as given so far */
} Reader;

static void reader_clear(Reader *reader)
{
	bisect_log_free(reader->log);
	g_free(reader->terms[0]);
	g_free(reader->terms[1]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

static bool wrong(const Reader *reader, GError **error, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
static bool wrong(const Reader *reader, GError **error, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	return error_usage(error, "%s:%u: %s", reader->name, reader->line, what);
}

/* --term-old=X, --term-old X, and git's other spellings. Return: words taken, 0 for none of them.
 */
static guint take_term(Reader *reader, char **words)
{
	static const struct {
		const char *option;
		guint which;
	} options[] = {
		{ "--term-old", 0 }, { "--term-good", 0 }, { "--term-new", 1 }, { "--term-bad", 1 }
	};

	for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
		gsize len = strlen(options[i].option);
		const char *value = NULL;

		if (strncmp(words[0], options[i].option, len) != 0)
			continue;
		if (words[0][len] == '=')
			value = words[0] + len + 1;
		else if (words[0][len] == '\0')
			value = words[1];
		if (!value)
			continue;
		g_free(reader->terms[options[i].which]);
		reader->terms[options[i].which] = g_strdup(value);
		return words[0][len] == '=' ? 1 : 2;
	}
	return 0;
}

static bool set_terms(Reader *reader, GError **error)
{
	g_autoptr(GError) local = NULL;
	Terms terms;

	if (!terms_init(&terms, reader->terms[0], reader->terms[1], false, &local))
		return wrong(reader, error, "%s", local->message);
	terms_clear(&reader->log->terms);
	reader->log->terms = terms;
	return true;
}

static bool take_start(Reader *reader, char **words, GError **error)
{
	BisectLog *log = reader->log;
	guint at = 0;

	if (reader->started)
		return wrong(reader, error, "a second \"git bisect start\"");
	reader->started = true;
	for (; words[at] && words[at][0] == '-' && !g_str_equal(words[at], "--");) {
		guint n = take_term(reader, words + at);

		if (n == 0 && g_str_equal(words[at], "--first-parent"))
			log->first_parent = true;
		else if (n == 0 && !g_str_equal(words[at], "--no-checkout"))
			return wrong(reader, error, "unknown option \"%s\"", words[at]);
		at += MAX(n, 1);
	}
	if (!set_terms(reader, error))
		return false;
	for (; words[at] && !g_str_equal(words[at], "--"); at++) {
		if (!log->bad)
			bisect_log_start(log, words[at], NULL);
		else
			bisect_log_start_good(log, words[at], NULL);
	}
	log->dashes = words[at] != NULL;
	if (log->dashes) {
		g_strfreev(log->paths);
		log->paths = g_strdupv(words + at + 1);
	}
	return true;
}

static bool is_term(const Reader *reader, const char *word)
{
	const Terms *terms = &reader->log->terms;

	return g_str_equal(word, terms->old_name) || g_str_equal(word, terms->new_name) ||
	       g_str_equal(word, "skip");
}

/* git takes good/bad and old/new for each other as long as none of them is named otherwise. */
static bool adopt_old_new(Reader *reader, const char *word, GError **error)
{
	bool is_word = g_str_equal(word, "old") || g_str_equal(word, "new");

	if (!is_word || reader->terms[0] || reader->terms[1] || reader->log->entries->len > 0)
		return true;
	reader->terms[0] = g_strdup("old");
	reader->terms[1] = g_strdup("new");
	return set_terms(reader, error);
}

static bool take_verdict(Reader *reader, char **words, GError **error)
{
	BisectEntry *entry;

	if (!reader->started)
		return wrong(reader, error, "\"git bisect %s\" before \"git bisect start\"",
			     words[0]);
	if (!adopt_old_new(reader, words[0], error))
		return false;
	if (!is_term(reader, words[0]))
		return wrong(reader, error, "\"git bisect %s\": neither %s, %s nor skip", words[0],
			     reader->log->terms.old_name, reader->log->terms.new_name);
	if (!words[1] || words[2])
		return wrong(reader, error, "\"git bisect %s\": one revision is expected",
			     words[0]);
	bisect_log_add(reader->log, words[0], words[1], NULL);
	entry = reader->log->entries->pdata[reader->log->entries->len - 1];
	entry->line = reader->line;
	return true;
}

static bool take_line(Reader *reader, char *line, GError **error)
{
	g_auto(GStrv) words = NULL;
	guint at;

	g_strstrip(line);
	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (!g_utf8_validate(line, -1, NULL) || !g_shell_parse_argv(line, NULL, &words, NULL))
		return wrong(reader, error, "damaged: \"%.40s\"", line);
	at = g_str_equal(words[0], "git-bisect") ? 1 : 2;
	if (at == 2 && (!g_str_equal(words[0], "git") || g_strcmp0(words[1], "bisect") != 0))
		return wrong(reader, error, "\"%.40s\" is no line of a bisect log", line);
	if (!words[at])
		return wrong(reader, error, "damaged: \"%.40s\"", line);
	if (g_str_equal(words[at], "start"))
		return take_start(reader, words + at + 1, error);
	if (g_str_equal(words[at], "terms"))
		return true;
	return take_verdict(reader, words + at, error);
}

BisectLog *bisect_log_parse(const char *text, const char *name, GError **error)
{
	g_auto(Reader) reader = { .log = bisect_log_new(NULL), .name = name };
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		reader.line = i + 1;
		if (!take_line(&reader, lines[i], error))
			return NULL;
	}
	if (!reader.started) {
		error_usage(error, "%s: no \"git bisect start\" in it: is it a bisect log?", name);
		return NULL;
	}
	return g_steal_pointer(&reader.log);
}
