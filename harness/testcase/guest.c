/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What case.json says about the guest: its machine, and its network. */
#include "testcase/internal.h"

#include <string.h>

enum {
	MEM_MIN_MIB = 64,
	MEM_MAX_MIB = 65536,
	CPUS_MAX = 64,
	TAP_MAX = 15, /* IFNAMSIZ less its NUL */
};

static char *read_word(JsonReader *reader, const char *field, const char *more, gsize max,
		       const char *example)
{
	char *word = json_string_or(reader, field, NULL);
	const char *c = word;

	while (c && (g_ascii_isalnum(*c) || (*c && strchr(more, *c))))
		c++;
	if (word && (!*word || *c || strlen(word) > max || *word == '-' || *word == '.'))
		json_reader_fail(reader, field, "must be a name such as \"%s\"", example);
	return word;
}

static void read_network(JsonReader *reader, Case *testcase)
{
	static const char *const networks[] = { "none", "user", NULL };

	testcase->user_network = json_choice_or(reader, "network", networks, 0) == 1;
	testcase->tap = read_word(reader, "tap", "-_.", TAP_MAX, "tap0");
	if (testcase->tap && json_has(reader, "network"))
		json_reader_fail(reader, "tap", "must not be there with a \"network\": it is one");
}

void case_read_guest(JsonReader *reader, Case *testcase)
{
	testcase->mem_mib = (unsigned)json_int_or(reader, "mem_mib", MEM_MIN_MIB, MEM_MAX_MIB, 0);
	testcase->cpus = (unsigned)json_int_or(reader, "cpus", 1, CPUS_MAX, 0);
	testcase->machine = read_word(reader, "machine", "-.", 64, "q35");
	testcase->cpu_model = read_word(reader, "cpu_model", "-_.", 64, "Haswell");
	read_network(reader, testcase);
}

bool case_has_network(const Case *testcase)
{
	return testcase->user_network || testcase->tap;
}
