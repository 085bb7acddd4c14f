/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of a mail: what is in them can begin no other one. */
#include "report/mail_internal.h"

#include "util/text.h"

#include <string.h>

/* RFC 2047: an encoded word has 75 characters at most, twelve of them for what is around it. */
#define ENCODED_MAX 45

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((guchar)*text >= 0x80)
			return false;
	return true;
}

/* A piece of whole characters that still fits one encoded word. */
static gsize piece_of(const char *text)
{
	const char *end = text;

	while (*end && g_utf8_next_char(end) - text <= ENCODED_MAX)
		end = g_utf8_next_char(end);
	return (gsize)(end - text);
}

char *mail_words(const char *text)
{
	g_autofree char *clean = text_clean(text, 0);
	GString *words;

	if (is_ascii(clean))
		return g_steal_pointer(&clean);
	words = g_string_new(NULL);
	for (const char *at = clean; *at;) {
		gsize n = piece_of(at);
		g_autofree char *encoded = g_base64_encode((const guchar *)at, n);

		g_string_append_printf(words, "%s=?UTF-8?B?%s?=", words->len ? "\n " : "", encoded);
		at += n;
	}
	return g_string_free(words, FALSE);
}

/* A name with characters that mean something in a header is quoted. */
static char *name_of(const char *name)
{
	static const char odd[] = "()<>[]:;@\\,.\"";
	GString *quoted;

	if (!is_ascii(name))
		return mail_words(name);
	if (!strpbrk(name, odd))
		return g_strdup(name);
	quoted = g_string_new("\"");
	for (const char *c = name; *c; c++) {
		if (*c == '"' || *c == '\\')
			g_string_append_c(quoted, '\\');
		g_string_append_c(quoted, *c);
	}
	g_string_append_c(quoted, '"');
	return g_string_free(quoted, FALSE);
}

char *mail_only_address(const char *text)
{
	const char *open = strrchr(text, '<');
	const char *close = open ? strchr(open, '>') : NULL;
	g_autofree char *mail = NULL;

	if (close)
		mail = g_strndup(open + 1, (gsize)(close - open - 1));
	else
		mail = g_strndup(text, strcspn(text, " ("));
	/* Whatever is not a plain address could be anything. */
	if (!strchr(mail, '@') || strpbrk(mail, " \t<>(),;:\"\\") || !is_ascii(mail))
		return NULL;
	return g_ascii_strdown(mail, -1);
}

char *mail_address(const char *text)
{
	g_autofree char *clean = text_clean(text, 300);
	g_autofree char *mail = mail_only_address(clean);
	const char *open = strrchr(clean, '<');
	g_autofree char *name = open ? g_strndup(clean, (gsize)(open - clean)) : g_strdup("");
	g_autofree char *shown = NULL;
	gsize len;

	if (!mail)
		return NULL;
	g_strstrip(name);
	len = strlen(name);
	if (len > 1 && name[0] == '"' && name[len - 1] == '"') {
		name[len - 1] = '\0';
		memmove(name, name + 1, len - 1);
	}
	if (!*name)
		return g_steal_pointer(&mail);
	shown = name_of(name);
	return g_strdup_printf("%s <%s>", shown, mail);
}
