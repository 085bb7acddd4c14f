/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which lines two texts share. */
#include "report/linediff.h"
#include "util/stamp.h"

#include <string.h>

#define CELLS_MAX (4u << 20)
#define LONG_HEX 12   /* digits of a word that is a hash or a token */
#define LONG_NUMBER 7 /* digits of a count of something that a boot takes */

static void add(GArray *pairs, guint left, guint right, bool same)
{
	const LinePair pair = { left, right, same };

	g_array_append_val(pairs, pair);
}

/* What differs: line beside line as far as there are two. */
static void add_changed(GArray *pairs, guint left, guint left_end, guint right, guint right_end)
{
	while (left < left_end || right < right_end) {
		add(pairs, left < left_end ? left : G_MAXUINT,
		    right < right_end ? right : G_MAXUINT, false);
		left += left < left_end;
		right += right < right_end;
	}
}

/* The middle of two texts, and the lengths of the longest common rests. */
typedef struct {
	const char *const *left;
	const char *const *right;
	guint from;
	guint left_end;
	guint right_end;
	guint *rest; /* (n + 1) x (m + 1) */
} Middle;

static guint *rest_at(const Middle *middle, guint i, guint j)
{
	gsize width = middle->right_end - middle->from + 1;

	return &middle->rest[(i - middle->from) * width + (j - middle->from)];
}

static void measure(Middle *middle)
{
	for (guint i = middle->left_end; i-- > middle->from;)
		for (guint j = middle->right_end; j-- > middle->from;)
			*rest_at(middle, i, j) = g_str_equal(middle->left[i], middle->right[j])
							 ? *rest_at(middle, i + 1, j + 1) + 1
							 : MAX(*rest_at(middle, i + 1, j),
							       *rest_at(middle, i, j + 1));
}

static void pair_middle(const Middle *middle, GArray *pairs)
{
	guint i = middle->from;
	guint j = i;
	guint left = i, right = i; /* where what differs begins */

	while (i < middle->left_end && j < middle->right_end) {
		if (g_str_equal(middle->left[i], middle->right[j])) {
			add_changed(pairs, left, i, right, j);
			add(pairs, i++, j++, true);
			left = i;
			right = j;
		} else if (*rest_at(middle, i + 1, j) >= *rest_at(middle, i, j + 1)) {
			i++;
		} else {
			j++;
		}
	}
	add_changed(pairs, left, middle->left_end, right, middle->right_end);
}

GArray *line_diff(const char *const *left, const char *const *right)
{
	GArray *pairs = g_array_new(FALSE, FALSE, sizeof(LinePair));
	guint n = g_strv_length((char **)left), m = g_strv_length((char **)right);
	Middle middle = { left, right, 0, n, m, NULL };
	guint tail = 0;
	gsize cells;

	while (middle.from < n && middle.from < m &&
	       g_str_equal(left[middle.from], right[middle.from]))
		middle.from++;
	while (tail < n - middle.from && tail < m - middle.from &&
	       g_str_equal(left[n - tail - 1], right[m - tail - 1]))
		tail++;
	middle.left_end = n - tail;
	middle.right_end = m - tail;
	for (guint i = 0; i < middle.from; i++)
		add(pairs, i, i, true);
	cells = (gsize)(middle.left_end - middle.from + 1) * (middle.right_end - middle.from + 1);
	if (cells > CELLS_MAX) {
		add_changed(pairs, middle.from, middle.left_end, middle.from, middle.right_end);
	} else {
		middle.rest = g_new0(guint, cells);
		measure(&middle);
		pair_middle(&middle, pairs);
		g_free(middle.rest);
	}
	for (guint i = 0; i < tail; i++)
		add(pairs, middle.left_end + i, middle.right_end + i, true);
	return pairs;
}

static const char *skip_time(const char *line)
{
	const char *end = line;

	if (*end == '<' && g_ascii_isdigit(end[1]))
		end = strchr(end, '>') ? strchr(end, '>') + 1 : end;
	if (*end != '[')
		return line;
	end++;
	end += strspn(end, " 0123456789.");
	return *end == ']' ? end + 1 : line;
}

/* A number in base 16: an address, or a hash; "#" stands for it. */
static gsize hex_word(const char *c)
{
	bool prefixed = c[0] == '0' && c[1] == 'x';
	gsize n = strspn(c + (prefixed ? 2 : 0), "0123456789abcdefABCDEF");

	if (prefixed)
		return n ? n + 2 : 0;
	return n >= LONG_HEX && !g_ascii_isalnum(c[n]) ? n : 0;
}

static gsize long_number(const char *c)
{
	gsize n = strspn(c, "0123456789");
	gsize m = n && c[n] == '.' ? strspn(c + n + 1, "0123456789") : 0;

	if (n >= LONG_NUMBER && !g_ascii_isalnum(c[n]))
		return n;
	return m ? n + 1 + m : 0;
}

char *line_console_key(const char *line)
{
	GString *key = g_string_new(NULL);
	bool in_word = false;

	for (const char *c = skip_time(stamp_skip(line)); *c;) {
		gsize n = in_word ? 0 : hex_word(c);

		if (!n && !in_word)
			n = long_number(c);
		if (n) {
			g_string_append_c(key, '#');
			c += n;
			continue;
		}
		in_word = g_ascii_isalnum(*c);
		g_string_append_c(key, *c++);
	}
	return g_string_free(key, FALSE);
}
