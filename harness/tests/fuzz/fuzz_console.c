/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console scanner: any bytes, in pieces of any size, mean the same. The first byte of the input
 * is the size of the pieces. */
#include "fuzz.h"

#include "verdict/console.h"

#define TOKEN "00112233445566778899aabbccddeeff"

static Console *scan(const char *data, size_t size, size_t piece)
{
	Console *console = console_new(TOKEN, "KASAN: [a-z]+", NULL);

	for (size_t at = 0; at < size; at += piece)
		console_feed(console, data + at, MIN(piece, size - at));
	console_end(console);
	return console;
}

static void check_line(const char *a, const char *b)
{
	g_assert_cmpstr(a, ==, b);
	for (; a && *a; a++)
		g_assert_true((guchar)*a >= ' ' && *a != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	g_autoptr(Console) whole = NULL;
	g_autoptr(Console) pieces = NULL;
	const Answer *a, *b;

	if (!size)
		return 0;
	whole = scan(bytes, size - 1, size);
	pieces = scan(bytes, size - 1, data[0] + 1U);
	g_assert_cmpuint(console_bytes(whole), ==, size - 1);
	g_assert_cmpuint(console_lines(whole), ==, console_lines(pieces));
	g_assert_true(console_agent_reached(whole) == console_agent_reached(pieces));
	g_assert_true(console_done(whole) == console_done(pieces));
	g_assert_true(console_fatal(whole) == console_fatal(pieces));
	g_assert_cmpuint(console_troubles(whole), ==, console_troubles(pieces));
	for (guint bit = 0; bit < 16; bit++)
		check_line(console_trouble_line(whole, 1U << bit),
			   console_trouble_line(pieces, 1U << bit));
	check_line(console_agent_trouble(whole), console_agent_trouble(pieces));
	check_line(console_signature_line(whole), console_signature_line(pieces));
	a = console_answer(whole, "c");
	b = console_answer(pieces, "c");
	g_assert_true(!a == !b);
	if (a) {
		check_line(a->reason, b->reason);
		g_assert_cmpint(a->kind, ==, b->kind);
		g_assert_true(a->exit_status >= 0 && a->exit_status <= 255);
	}
	return 0;
}
