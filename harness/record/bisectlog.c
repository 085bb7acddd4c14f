/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run in git's own words: writing it. */
#include "record/bisectlog.h"

#include "util/text.h"

#include <string.h>

static void entry_free(BisectEntry *entry)
{
	if (!entry)
		return;
	g_free(entry->word);
	g_free(entry->revision);
	g_free(entry->subject);
	g_free(entry);
}

static BisectEntry *entry_new(const char *word, const char *revision, const char *subject)
{
	BisectEntry *entry = g_new0(BisectEntry, 1);
	g_autofree char *line = g_strdelimit(g_strdup(subject ? subject : ""), "\r\n", ' ');

	entry->word = g_strdup(word);
	entry->revision = g_strdup(revision);
	/* A subject is a comment's rest, and shown: no line of its own, no control characters */
	entry->subject = subject ? text_clean(line, 0) : NULL;
	return entry;
}

BisectLog *bisect_log_new(const Terms *terms)
{
	BisectLog *log = g_new0(BisectLog, 1);

	if (terms)
		log->terms = terms_copy(terms);
	log->goods = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
	log->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
	log->paths = g_new0(char *, 1);
	return log;
}

void bisect_log_free(BisectLog *log)
{
	if (!log)
		return;
	terms_clear(&log->terms);
	entry_free(log->bad);
	g_ptr_array_unref(log->goods);
	g_ptr_array_unref(log->entries);
	g_strfreev(log->paths);
	g_free(log->end);
	g_free(log);
}

void bisect_log_add(BisectLog *log, const char *word, const char *revision, const char *subject)
{
	g_ptr_array_add(log->entries, entry_new(word, revision, subject));
}

void bisect_log_start(BisectLog *log, const char *bad, const char *subject)
{
	entry_free(log->bad);
	log->bad = entry_new(log->terms.new_name, bad, subject);
}

void bisect_log_start_good(BisectLog *log, const char *good, const char *subject)
{
	g_ptr_array_add(log->goods, entry_new(log->terms.old_name, good, subject));
}

static void add_comment(GString *text, const char *word, const BisectEntry *entry)
{
	g_autofree char *revision = text_clean(entry->revision, 0);

	g_string_append_printf(text, "# %s: [%s] %s\n", word, revision,
			       entry->subject ? entry->subject : "");
}

static void add_word(GString *text, const char *word)
{
	g_autofree char *quoted = g_shell_quote(word);

	g_string_append_printf(text, " %s", quoted);
}

/* As git writes them, bare, unless a shell would not read the revision as one word: ":/some text".
 */
static void add_verdict(GString *text, const char *word, const char *revision)
{
	bool bare = revision[0] != '\0';

	for (const char *at = revision; bare && *at; at++)
		bare = g_ascii_isalnum(*at) || strchr("-_./^~@{}:+", *at);
	g_string_append_printf(text, "git bisect %s", word);
	if (bare)
		g_string_append_printf(text, " %s", revision);
	else
		add_word(text, revision);
	g_string_append_c(text, '\n');
}

static void add_start(GString *text, const BisectLog *log)
{
	g_autofree char *old_term = g_strconcat("--term-old=", log->terms.old_name, NULL);
	g_autofree char *new_term = g_strconcat("--term-new=", log->terms.new_name, NULL);

	if (log->bad)
		add_comment(text, log->terms.new_name, log->bad);
	for (guint i = 0; i < log->goods->len; i++)
		add_comment(text, log->terms.old_name, log->goods->pdata[i]);
	g_string_append(text, "git bisect start");
	if (!terms_are_default(&log->terms)) {
		add_word(text, old_term);
		add_word(text, new_term);
	}
	if (log->first_parent)
		add_word(text, "--first-parent");
	if (log->bad)
		add_word(text, log->bad->revision);
	for (guint i = 0; log->bad && i < log->goods->len; i++)
		add_word(text, ((BisectEntry *)log->goods->pdata[i])->revision);
	if (log->paths[0])
		add_word(text, "--");
	for (guint i = 0; log->paths[i]; i++)
		add_word(text, log->paths[i]);
	g_string_append_c(text, '\n');
	/* Goods without a bad cannot stand in the first line. */
	for (guint i = 0; !log->bad && i < log->goods->len; i++)
		add_verdict(text, log->terms.old_name,
			    ((BisectEntry *)log->goods->pdata[i])->revision);
}

char *bisect_log_text(const BisectLog *log)
{
	GString *text = g_string_new(NULL);

	add_start(text, log);
	for (guint i = 0; i < log->entries->len; i++) {
		const BisectEntry *entry = log->entries->pdata[i];

		add_comment(text, entry->word, entry);
		add_verdict(text, entry->word, entry->revision);
	}
	if (log->end) {
		g_autofree char *end = text_clean(log->end, 0);

		g_string_append_printf(text, "# %s\n", end);
	}
	return g_string_free(text, FALSE);
}
