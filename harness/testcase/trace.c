/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What case.json says about looking closer at a bad outcome. */
#include "testcase/internal.h"

#include "guest/protocol.h"

#include <string.h>

#define SYMBOL_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
#define SYMBOL_MAX 128

/* Of "ftrace:TRACER:FUNCTION" the length of what is before the function; 0: it is none. */
static gsize tracer_len(const char *name)
{
	static const char *const tracers[] = { TRACE_FUNCTION, TRACE_GRAPH };

	for (gsize i = 0; i < G_N_ELEMENTS(tracers); i++) {
		gsize len = strlen(tracers[i]);
		gsize symbol = strlen(name) - MIN(len, strlen(name));

		if (g_str_has_prefix(name, tracers[i]) && symbol > 0 && symbol <= SYMBOL_MAX &&
		    strspn(name + len, SYMBOL_CHARS) == symbol)
			return len;
	}
	return 0;
}

/* The kernel has one tracer at a time. */
static void check_tracers(JsonReader *reader, const Case *testcase)
{
	const char *first = NULL;

	for (char **name = testcase->trace; *name; name++) {
		gsize len = tracer_len(*name);

		if (!len)
			continue;
		if (first && strncmp(first, *name, len) != 0)
			json_reader_fail(reader, "trace",
					 "has \"%s\" and \"%s\": a kernel has one tracer at a "
					 "time",
					 first, *name);
		first = first ? first : *name;
	}
}

void case_read_trace(JsonReader *reader, Case *testcase)
{
	testcase->trace = json_strings(reader, "trace");
	if (testcase->trace[0] && !testcase->command[0])
		json_reader_fail(reader, "trace", "must not be there without a \"command\"");
	for (char **name = testcase->trace; *name; name++)
		if (!g_str_equal(*name, TRACE_STRACE) && !g_str_equal(*name, TRACE_DMESG) &&
		    !tracer_len(*name))
			json_reader_fail(reader, "trace",
					 "has \"%s\": must be \"" TRACE_STRACE "\", \"" TRACE_DMESG
					 "\", \"" TRACE_GRAPH "FUNCTION\" or \"" TRACE_FUNCTION
					 "FUNCTION\"",
					 *name);
	check_tracers(reader, testcase);
}

bool case_wants_ftrace(const Case *testcase)
{
	for (char **name = testcase->trace; *name; name++)
		if (tracer_len(*name))
			return true;
	return false;
}
