/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command's options, read from its argp tables. */
#include "cmd/options.h"

#include <string.h>

/* argp gives an entry without a group that of the entry before it, a heading the next one. */
static int group_of(const struct argp_option *entry, int last)
{
	if (entry->group)
		return entry->group;
	return entry->name || entry->key ? last : last + 1;
}

static void add_table(Options *list, const struct argp_option *table)
{
	Option named = { .group = 0 };
	int group = 0;

	for (const struct argp_option *entry = table; entry; entry++) {
		if (!entry->name && !entry->key && !entry->doc && !entry->group)
			return;
		group = group_of(entry, group);
		if (!entry->name) {
			const OptionGroup heading = { group, entry->doc };

			if (entry->doc)
				g_array_append_val(list->groups, heading);
			continue;
		}
		if (!(entry->flags & OPTION_ALIAS))
			named = (Option){ group, entry->key, NULL, entry->arg, entry->doc, false };
		named.name = entry->name;
		named.hidden = entry->flags & OPTION_HIDDEN;
		g_array_append_val(list->options, named);
	}
}

static void add_argp(Options *list, const struct argp *argp)
{
	add_table(list, argp->options);
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		add_argp(list, child->argp);
}

/* Negative groups come last, as in --help. */
static gint compare_groups(gconstpointer a, gconstpointer b)
{
	int one = ((const Option *)a)->group, two = ((const Option *)b)->group;

	if ((one < 0) != (two < 0))
		return one < 0 ? 1 : -1;
	return one - two;
}

Options *options_list(const struct argp *argp)
{
	Options *list = g_new0(Options, 1);

	list->options = g_array_new(FALSE, FALSE, sizeof(Option));
	list->groups = g_array_new(FALSE, FALSE, sizeof(OptionGroup));
	add_argp(list, argp);
	g_array_sort(list->options, compare_groups);
	return list;
}

void options_free(Options *options)
{
	if (!options)
		return;
	g_array_unref(options->options);
	g_array_unref(options->groups);
	g_free(options);
}

const Option *options_find(const Options *options, const char *name, gsize len)
{
	const Option *found = NULL;
	guint n = 0;

	for (guint i = 0; i < options->options->len; i++) {
		const Option *option = &g_array_index(options->options, Option, i);

		if (strncmp(option->name, name, len) != 0)
			continue;
		if (option->name[len] == '\0')
			return option;
		found = option;
		n++;
	}
	return n == 1 ? found : NULL;
}

static const Option *find_letter(const Options *options, char letter)
{
	for (guint i = 0; i < options->options->len; i++) {
		const Option *option = &g_array_index(options->options, Option, i);

		if (option->key == letter)
			return option;
	}
	return NULL;
}

char *options_heading(const Options *options, int group)
{
	for (guint i = 0; i < options->groups->len; i++) {
		const OptionGroup *heading = &g_array_index(options->groups, OptionGroup, i);
		gsize len = strlen(heading->text);

		if (heading->group == group)
			return g_strndup(heading->text,
					 g_str_has_suffix(heading->text, ":") ? len - 1 : len);
	}
	return NULL;
}

/* Gives an option its value where the word has it, else waits for the next word. */
static void take(Words *words, const Option *option, const char *value)
{
	const OptionGiven given = { option, option->value ? value : NULL };

	if (option->value && !value)
		words->pending = option;
	else
		g_array_append_val(words->given, given);
}

static void take_long(Words *words, const Options *options, const char *word)
{
	const char *equals = strchr(word, '=');
	const Option *option =
		options_find(options, word, equals ? (gsize)(equals - word) : strlen(word));

	if (option)
		take(words, option, equals ? equals + 1 : NULL);
}

/* "-vj4": switches, and perhaps one with the rest as its value. */
static void take_short(Words *words, const Options *options, const char *letters)
{
	for (const char *letter = letters; *letter; letter++) {
		const Option *option = find_letter(options, *letter);

		if (!option)
			return;
		take(words, option, letter[1] ? letter + 1 : NULL);
		if (option->value)
			return;
	}
}

Words words_read(const Options *options, char *const *list)
{
	Words words = { .given = g_array_new(FALSE, FALSE, sizeof(OptionGiven)),
			.plain = g_ptr_array_new() };

	for (char *const *word = list; *word; word++) {
		const Option *waiting = g_steal_pointer(&words.pending);

		if (waiting)
			take(&words, waiting, *word);
		else if (words.dashes || (*word)[0] != '-' || (*word)[1] == '\0')
			g_ptr_array_add(words.plain, *word);
		else if (g_str_equal(*word, "--"))
			words.dashes = true;
		else if ((*word)[1] == '-')
			take_long(&words, options, *word + 2);
		else
			take_short(&words, options, *word + 1);
	}
	return words;
}

void words_clear(Words *words)
{
	g_clear_pointer(&words->given, g_array_unref);
	g_clear_pointer(&words->plain, g_ptr_array_unref);
}

const char *words_value(const Words *words, const char *name)
{
	const char *value = NULL;

	for (guint i = 0; i < words->given->len; i++) {
		const OptionGiven *given = &g_array_index(words->given, OptionGiven, i);

		if (g_str_equal(given->option->name, name))
			value = given->value;
	}
	return value;
}

bool words_have(const Words *words, const char *name)
{
	for (guint i = 0; i < words->given->len; i++)
		if (g_str_equal(g_array_index(words->given, OptionGiven, i).option->name, name))
			return true;
	return false;
}
