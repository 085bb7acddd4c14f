/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two consoles side by side, and text as markup. */
#include "report/formats.h"
#include "report/linediff.h"
#include "util/text.h"

static char **random_lines(GRand *rand)
{
	guint n = (guint)g_rand_int_range(rand, 0, 30);
	char **lines = g_new0(char *, n + 1);

	for (guint i = 0; i < n; i++)
		lines[i] = g_strdup_printf("%c", 'a' + g_rand_int_range(rand, 0, 4));
	return lines;
}

static guint common(char **a, char **b)
{
	guint n = g_strv_length(a), m = g_strv_length(b);
	g_autofree guint *best = g_new0(guint, (n + 1) * (m + 1));

	for (guint i = 1; i <= n; i++)
		for (guint j = 1; j <= m; j++)
			best[i * (m + 1) + j] = g_str_equal(a[i - 1], b[j - 1])
							? best[(i - 1) * (m + 1) + j - 1] + 1
							: MAX(best[(i - 1) * (m + 1) + j],
							      best[i * (m + 1) + j - 1]);
	return best[n * (m + 1) + m];
}

/* Every line of both, in order, once; as many of them shared as can be. */
static void test_diff(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	for (guint round = 0; round < 500; round++) {
		g_auto(GStrv) a = random_lines(rand);
		g_auto(GStrv) b = random_lines(rand);
		g_autoptr(GArray) pairs = line_diff((const char *const *)a, (const char *const *)b);
		guint left = 0, right = 0, same = 0;

		for (guint i = 0; i < pairs->len; i++) {
			const LinePair *pair = &g_array_index(pairs, LinePair, i);

			if (pair->same)
				g_assert_cmpstr(a[pair->left], ==, b[pair->right]);
			if (pair->left != G_MAXUINT) {
				g_assert_cmpuint(pair->left, ==, left);
				left++;
			}
			if (pair->right != G_MAXUINT) {
				g_assert_cmpuint(pair->right, ==, right);
				right++;
			}
			same += pair->same;
		}
		g_assert_cmpuint(left, ==, g_strv_length(a));
		g_assert_cmpuint(right, ==, g_strv_length(b));
		g_assert_cmpuint(same, ==, common(a, b));
	}
}

static void test_console_key(void)
{
	static const struct {
		const char *line, *key;
	} rows[] = {
		{ "[    1.234567] audit: type=1100", " audit: type=1100" },
		{ "<6>[    1.234567] x", " x" },
		{ "at 0xffffffff81000000 now", "at # now" },
		{ "5188.17 BogoMIPS", "# BogoMIPS" },
		{ "id 0123456789abcdef end", "id # end" },
		{ "uid 1000 deadbeef", "uid 1000 deadbeef" },
		{ "lpj=8379652 ns 12345678x", "lpj=# ns 12345678x" },
		{ "[not a time] x", "[not a time] x" },
		{ "[", "[" },
		{ "<6", "<6" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *key = line_console_key(rows[i].line);

		g_assert_cmpstr(key, ==, rows[i].key);
	}
}

static void test_markup(void)
{
	static const char bytes[] = "a<b>&\"'\r\n\t\000\033\377\357\277\277z";
	g_autofree char *got = text_markup(bytes, sizeof(bytes) - 1);

	g_assert_cmpstr(got, ==,
			"a&lt;b&gt;&amp;&quot;&#39;\n\t\357\277\275\357\277\275\357\277\275"
			"\357\277\275z");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/linediff/diff", test_diff);
	g_test_add_func("/linediff/console-key", test_console_key);
	g_test_add_func("/linediff/markup", test_markup);
	return g_test_run();
}
