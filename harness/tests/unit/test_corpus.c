/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scanner on the logs of tests/fixtures/consoles: all that is expected of each, and no more. */
#include "util/fs.h"
#include "util/paths.h"
#include "verdict/console.h"
#include "verdict/judge.h"

#include <string.h>

#define FOLDER "harness/tests/fixtures/consoles"

static const struct {
	const char *name;
	unsigned kind;
} kinds[] = {
	{ "panic", CONSOLE_PANIC },         { "oops", CONSOLE_OOPS },
	{ "warning", CONSOLE_WARNING },     { "lockdep", CONSOLE_LOCKDEP },
	{ "hung-task", CONSOLE_HUNG_TASK }, { "rcu-stall", CONSOLE_RCU_STALL },
	{ "lockup", CONSOLE_LOCKUP },       { "oom", CONSOLE_OOM },
	{ "sanitizer", CONSOLE_SANITIZER },
};

/* "oops+panic": the kinds of a line that is the first of its own, as one set. */
static unsigned kinds_of(const char *words, bool *ret_dead)
{
	g_auto(GStrv) list = g_strsplit(words, "+", -1);
	unsigned set = 0;

	*ret_dead = false;
	for (char **word = list; *word; word++) {
		unsigned kind = 0;

		for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
			if (g_str_equal(*word, kinds[i].name))
				kind = kinds[i].kind;
		*ret_dead |= g_str_equal(*word, "dead");
		if (!kind && !g_str_equal(*word, "dead") && !g_str_equal(*word, "-"))
			g_error("no such kind: %s", *word);
		set |= kind;
	}
	return set;
}

static Console *scan(const char *name)
{
	g_autofree char *leaf = g_strconcat(FOLDER "/", name, ".log", NULL);
	g_autofree char *path = paths_data(leaf);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	Console *console = console_new("0123456789abcdef0123456789abcdef", NULL, NULL);
	gsize len = 0;

	fs_read(path, 4 << 20, &text, &len, &error);
	g_assert_no_error(error);
	/* in small pieces, as a guest prints it */
	for (gsize at = 0; at < len; at += 100)
		console_feed(console, text + at, MIN(100, len - at));
	console_end(console);
	return console;
}

static void check(const char *name, const char *words, const char *line)
{
	g_autoptr(Console) console = scan(name);
	unsigned expected, found = console_troubles(console);
	const char *first = console_trouble_line(console, G_MAXUINT);
	bool dead;

	expected = kinds_of(words, &dead);
	if (found != expected)
		g_error("%s: found %x, expected %x (%s); first: %s", name, found, expected, words,
			first ? first : "none");
	if (console_fatal(console) != dead)
		g_error("%s: is %sdead", name, dead ? "not " : "");
	if (line && (!first || !g_str_has_prefix(first, line)))
		g_error("%s: first line '%s', expected '%s'", name, first ? first : "none", line);
}

/* Every log is in the table: one that nobody expects anything of tests nothing. */
static void check_all_there(GHashTable *seen, const char *folder)
{
	g_autofree char *leaf = g_build_filename(FOLDER, folder, NULL);
	g_autofree char *path = paths_data(leaf);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *file;
	guint n = 0;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *name = g_strndup(file, strcspn(file, "."));
		g_autofree char *stem = g_strndup(file, strlen(file) - strlen(".log"));
		g_autofree char *key = g_strconcat(folder, "/", stem, NULL);

		g_assert_true(g_str_has_suffix(file, ".log"));
		if (!g_hash_table_contains(seen, key))
			g_error("%s is not in %s/expected", key, FOLDER);
		n++;
	}
	g_assert_cmpuint(n, >, 15);
}

static void test_corpus(void)
{
	g_autofree char *path = paths_data(FOLDER "/expected");
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;

	fs_read(path, 1 << 20, &text, NULL, &error);
	g_assert_no_error(error);
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) fields = NULL;

		if (!**line || **line == '#')
			continue;
		fields = g_strsplit(*line, " ", 3);
		g_assert_cmpuint(g_strv_length(fields), >=, 2);
		check(fields[0], fields[1], fields[2]);
		g_hash_table_add(seen, g_strdup(fields[0]));
	}
	check_all_there(seen, "written");
	check_all_there(seen, "recorded");
}

/* Nothing at all is a kind of its own, which the outcome has. */
static void test_silence(void)
{
	const JudgedCase boot = { "boot", JUDGE_BOOT, CODES_BISECT, false };
	g_autoptr(Console) silent = scan("written/silence");
	g_autoptr(Console) healthy = scan("recorded/healthy");

	g_assert_cmpint(outcome_of(silent, ENDED_TIMEOUT, &boot), ==, OUTCOME_SILENT);
	g_assert_cmpint(outcome_of(healthy, ENDED_TIMEOUT, &boot), ==, OUTCOME_BOOT_HANG);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/corpus/logs", test_corpus);
	g_test_add_func("/corpus/silence", test_silence);
	return g_test_run();
}
