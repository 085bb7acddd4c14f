/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console scanner: lines, what they mean, and the agent's own lines among them. */
#include "verdict/console.h"

#include "guest/protocol.h"
#include "util/error.h"

#include <string.h>

#define LINE_MAX_BYTES 4096
#define ANSWERS_MAX 256

struct Console {
	char *mark;      /* "bisectbox: TOKEN " */
	char *boot_mark; /* of the boot's token, where that is another */
	bool only_agent; /* what is fed is not the console */
	GRegex *signature;
	GString *line;
	guint64 bytes;
	guint lines;
	bool agent;
	bool done;
	bool waits;
	bool fatal;
	char *agent_trouble;
	char *signature_line;
	unsigned troubles;
	char *trouble_lines[16]; /* by bit of ConsoleTrouble */
	GPtrArray *answers;
	GHashTable *started; /* names of cases */
};

/*
 * What the kernel says when it is in trouble; the first that fits counts. Texts from
 * kernel/panic.c, arch/x86/kernel/{traps,dumpstack,early_printk}.c, arch/x86/mm/{fault,extable}.c,
 * arch/arm64/{kernel/traps,mm/fault}.c, mm/{page_alloc,memory,oom_kill}.c, kernel/sched/core.c,
 * kernel/{hung_task,watchdog,watchdog_hld,workqueue}.c, kernel/rcu/{tree_stall,tree_exp,tasks}.h,
 * kernel/locking/{lockdep,spinlock_debug}.c, lib/ubsan.c, mm/{kasan,kfence,kmsan}/report.c,
 * kernel/kcsan/report.c and init/do_mounts.c over the years; tests/fixtures/consoles has one of
 * each.
 */
static const struct {
	const char *text;
	unsigned kind;
	bool at_start; /* of the message, its timestamp left out */
} patterns[] = {
	{ "Kernel panic - not syncing", CONSOLE_PANIC, true },
	{ "BUG: KASAN:", CONSOLE_SANITIZER, true },
	{ "KASAN: ", CONSOLE_SANITIZER, true },
	{ "BUG: KFENCE:", CONSOLE_SANITIZER, true },
	{ "BUG: KCSAN:", CONSOLE_SANITIZER, true },
	{ "BUG: KMSAN:", CONSOLE_SANITIZER, true },
	{ "UBSAN:", CONSOLE_SANITIZER, true },
	{ "Internal error: UBSAN", CONSOLE_SANITIZER, true },
	{ "BUG: soft lockup - CPU#", CONSOLE_LOCKUP, false },
	{ "BUG: workqueue lockup - pool", CONSOLE_LOCKUP, true },
	{ "BUG: spinlock lockup", CONSOLE_LOCKUP, true },
	{ "Watchdog detected hard LOCKUP", CONSOLE_LOCKUP, false },
	/* x86 */
	{ "BUG: unable to handle", CONSOLE_OOPS, true },
	{ "BUG: kernel NULL pointer", CONSOLE_OOPS, true },
	{ "kernel BUG at ", CONSOLE_OOPS, true },
	{ "Kernel BUG at ", CONSOLE_OOPS, true }, /* without DEBUG_BUGVERBOSE */
	{ "Oops: ", CONSOLE_OOPS, true },
	{ "general protection fault", CONSOLE_OOPS, true },
	{ "double fault: ", CONSOLE_OOPS, true },
	{ "divide error: ", CONSOLE_OOPS, true },
	{ "invalid opcode: ", CONSOLE_OOPS, true },
	{ "int3: ", CONSOLE_OOPS, true },
	{ "stack segment: ", CONSOLE_OOPS, true },
	{ "alignment check: ", CONSOLE_OOPS, true },
	{ "bounds: ", CONSOLE_OOPS, true },
	{ "PANIC: ", CONSOLE_OOPS, true },
	{ "traps: PANIC: double fault", CONSOLE_OOPS, true },
	{ "stack guard page was hit at ", CONSOLE_OOPS, false },
	{ "kernel stack overflow (double-fault)", CONSOLE_OOPS, true },
	/* arm64, and x86 before 2.6.25 */
	{ "Unable to handle kernel ", CONSOLE_OOPS, true },
	{ "Internal error: ", CONSOLE_OOPS, true },
	{ "Insufficient stack space to handle exception!", CONSOLE_OOPS, true },
	{ "SError Interrupt on CPU", CONSOLE_OOPS, true },
	{ "Bad mode in ", CONSOLE_OOPS, true },
	/* wherever */
	{ "BUG: scheduling while atomic", CONSOLE_OOPS, true },
	{ "BUG: Bad page", CONSOLE_OOPS, true },
	{ "BUG: sleeping function called", CONSOLE_WARNING, true },
	{ "WARNING: CPU: ", CONSOLE_WARNING, true },
	{ "WARNING: at ", CONSOLE_WARNING, true },
	{ "possible circular locking dependency", CONSOLE_LOCKDEP, false },
	{ "possible recursive locking detected", CONSOLE_LOCKDEP, false },
	{ "possible irq lock inversion", CONSOLE_LOCKDEP, false },
	{ "irq lock inversion dependency detected", CONSOLE_LOCKDEP, false },
	{ "-safe -> ", CONSOLE_LOCKDEP, false }, /* "HARDIRQ-safe -> HARDIRQ-unsafe lock order" */
	{ "inconsistent lock state", CONSOLE_LOCKDEP, false },
	{ "bad unlock balance detected", CONSOLE_LOCKDEP, false },
	{ "lock held when returning to user", CONSOLE_LOCKDEP, false },
	{ "still has locks held", CONSOLE_LOCKDEP, false },
	{ "lock held at task exit time", CONSOLE_LOCKDEP, false },
	{ "held lock freed!", CONSOLE_LOCKDEP, false },
	{ "BUG: Invalid wait context", CONSOLE_LOCKDEP, false },
	{ "suspicious RCU usage", CONSOLE_LOCKDEP, false },
	{ "INFO: trying to register non-static key", CONSOLE_LOCKDEP, true },
	{ " blocked for more than ", CONSOLE_HUNG_TASK, false },
	{ "self-detected stall on CPU", CONSOLE_RCU_STALL, false },
	{ "detected stalls on ", CONSOLE_RCU_STALL, false },
	{ "detected stall on CPU", CONSOLE_RCU_STALL, false },
	{ "detected expedited stalls on ", CONSOLE_RCU_STALL, false },
	{ " kthread starved for ", CONSOLE_RCU_STALL, false },
	{ " invoked oom-killer", CONSOLE_OOM, false },
	{ "Out of memory: Kill", CONSOLE_OOM, false },
	{ "emory cgroup out of memory: Kill", CONSOLE_OOM, false },
	/* whatever else it calls so goes on, as a rule */
	{ "BUG: ", CONSOLE_WARNING, true },
};

static void answer_free(Answer *answer)
{
	g_free(answer->name);
	g_free(answer->reason);
	g_free(answer);
}

Console *console_new(const char *token, const char *signature, GError **error)
{
	g_autoptr(GError) local = NULL;
	g_autoptr(GRegex) regex = NULL;
	Console *console;

	if (signature) {
		regex = g_regex_new(signature, G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, &local);
		if (!regex) {
			error_usage(error, "\"%s\" is no regular expression: %s", signature,
				    local->message);
			return NULL;
		}
	}
	console = g_new0(Console, 1);
	console->mark = g_strdup_printf(PROTOCOL_MARK "%s ", token);
	console->signature = g_steal_pointer(&regex);
	console->line = g_string_new(NULL);
	console->answers = g_ptr_array_new_with_free_func((GDestroyNotify)answer_free);
	console->started = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return console;
}

void console_free(Console *console)
{
	if (!console)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(console->trouble_lines); i++)
		g_free(console->trouble_lines[i]);
	g_clear_pointer(&console->signature, g_regex_unref);
	g_ptr_array_unref(console->answers);
	g_hash_table_unref(console->started);
	g_string_free(console->line, TRUE);
	g_free(console->agent_trouble);
	g_free(console->signature_line);
	g_free(console->mark);
	g_free(console->boot_mark);
	g_free(console);
}

void console_greet(Console *console, const char *boot_token)
{
	g_free(console->boot_mark);
	console->boot_mark = g_strdup_printf(PROTOCOL_MARK "%s ", boot_token);
}

/* A number at the start of @text, up to its end or a space; -1 where there is none. */
static gint64 number_at(const char *text, gint64 max)
{
	gsize len = strspn(text, "0123456789");
	g_autofree char *digits = g_strndup(text, len);
	gint64 value = -1;

	if (text[len] != '\0' && text[len] != ' ')
		return -1;
	return g_ascii_string_to_signed(digits, 10, 0, max, &value, NULL) ? value : -1;
}

/* What follows a case's name, as guest/protocol.h has it. */
static bool read_answer(const char *text, Answer *answer)
{
	const char *ms = strstr(text, " ms ");
	gint64 status = -1, took = ms ? number_at(ms + strlen(" ms "), G_MAXUINT) : -1;

	if (g_str_has_prefix(text, "exit "))
		status = number_at(text + strlen("exit "), 255);
	if (status >= 0 && took >= 0) {
		answer->kind = ANSWER_EXIT;
		answer->exit_status = (int)status;
	} else if (g_str_has_prefix(text, "timeout ms ") && took >= 0) {
		answer->kind = ANSWER_TIMEOUT;
	} else if (g_str_has_prefix(text, "broken ")) {
		answer->kind = ANSWER_BROKEN;
		answer->reason = g_strdup(text + strlen("broken "));
	} else if (g_str_has_prefix(text, "control ")) {
		answer->kind = ANSWER_CONTROL;
		answer->reason = g_strdup(text + strlen("control "));
	} else {
		return false;
	}
	answer->ms = took >= 0 ? (unsigned)took : 0;
	return true;
}

static void take_answer(Console *console, const char *text)
{
	const char *space = strchr(text, ' ');
	Answer answer = { 0 };

	if (!space || console->answers->len >= ANSWERS_MAX || !read_answer(space + 1, &answer))
		return;
	answer.name = g_strndup(text, (gsize)(space - text));
	/* of a case that was not started nobody can know how it ended */
	if (!console_started(console, answer.name)) {
		g_free(answer.name);
		g_free(answer.reason);
		return;
	}
	g_ptr_array_add(console->answers, g_memdup2(&answer, sizeof(answer)));
}

/* What the boot's token is good for: anybody in the guest may get to know it. */
static void take_greeting(Console *console, const char *text)
{
	if (g_str_has_prefix(text, "agent "))
		console->agent = true;
	else if (g_str_has_prefix(text, "trouble ") && !console->agent_trouble)
		console->agent_trouble = g_strdup(text + strlen("trouble "));
}

static void take_agent_line(Console *console, const char *text)
{
	/* all is said: where the guest is stopped after that is chance */
	if (console->done && !console->only_agent)
		return;
	if (g_str_has_prefix(text, "start ") && g_hash_table_size(console->started) < ANSWERS_MAX)
		g_hash_table_add(console->started, g_strdup(text + strlen("start ")));
	else if (g_str_has_prefix(text, "answer "))
		take_answer(console, text + strlen("answer "));
	else if (g_str_equal(text, "done"))
		console->done = true;
	else if (g_str_equal(text, "waits"))
		console->waits = true;
	else
		take_greeting(console, text);
}

/* A time such as "[    1.234567] "; what follows it, or NULL where there is none. */
static const char *behind_time(const char *text)
{
	const char *c = text + 1 + strspn(text + 1, " ");
	gsize seconds = strspn(c, "0123456789");

	if (*text != '[' || !seconds || c[seconds] != '.')
		return NULL;
	c += seconds + 1;
	c += strspn(c, "0123456789");
	return *c == ']' ? c + 1 + strspn(c + 1, " ") : NULL;
}

/* Who printed it: "[ T123] " or "[ C0] ", by CONFIG_PRINTK_CALLER. */
static const char *behind_caller(const char *text)
{
	gsize len = *text == '[' ? strspn(text + 1, " 0123456789TC") : 0;

	return len && text[len + 1] == ']' ? text + len + 2 + strspn(text + len + 2, " ") : text;
}

/* The message of a kernel's line, also where it stands behind what a program has begun to print. */
static const char *find_message(const char *line)
{
	for (const char *c = strchr(line, '['); c; c = strchr(c + 1, '[')) {
		const char *message = behind_time(c);

		if (message)
			return behind_caller(message);
	}
	return behind_caller(line);
}

static void note_trouble(Console *console, unsigned kind, const char *line)
{
	guint bit = (guint)g_bit_nth_lsf(kind, -1);

	console->troubles |= kind;
	if (!console->trouble_lines[bit])
		console->trouble_lines[bit] = g_strdup(line);
}

static void take_kernel_line(Console *console, const char *line)
{
	const char *message = find_message(line);

	/* the last word of a kernel that waits; or that is to start again after some seconds */
	if (strstr(message, "end Kernel panic") ||
	    ((console->troubles & CONSOLE_PANIC) && g_str_has_prefix(message, "Rebooting in ")))
		console->fatal = true;
	for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
		bool found = patterns[i].at_start ? g_str_has_prefix(message, patterns[i].text)
						  : strstr(message, patterns[i].text) != NULL;

		if (found) {
			note_trouble(console, patterns[i].kind, message);
			return;
		}
	}
}

/* Guests print what they like: what is kept for people holds no control character. */
static void strip_controls(GString *line)
{
	for (gsize i = 0; i < line->len; i++) {
		guchar c = (guchar)line->str[i];

		if (c == '\t')
			line->str[i] = ' ';
		else if (c < ' ' || c == 0x7f)
			line->str[i] = '?';
	}
}

static void take_line(Console *console)
{
	GString *line = console->line;

	while (line->len && line->str[line->len - 1] == '\r')
		g_string_truncate(line, line->len - 1);
	strip_controls(line);
	console->lines += line->len > 0 && !console->only_agent;
	if (console->signature && !console->only_agent && !console->signature_line &&
	    g_regex_match(console->signature, line->str, 0, NULL))
		console->signature_line = g_strdup(line->str);
	if (g_str_has_prefix(line->str, console->mark))
		take_agent_line(console, line->str + strlen(console->mark));
	else if (console->boot_mark && g_str_has_prefix(line->str, console->boot_mark))
		take_greeting(console, line->str + strlen(console->boot_mark));
	else if (!console->only_agent)
		take_kernel_line(console, line->str);
	g_string_truncate(line, 0);
}

void console_feed(Console *console, const char *data, gsize len)
{
	console->bytes += len;
	while (len) {
		const char *newline = memchr(data, '\n', len);
		gsize part = newline ? (gsize)(newline - data) : len;
		gsize room = LINE_MAX_BYTES - MIN(console->line->len, LINE_MAX_BYTES);

		g_string_append_len(console->line, data, (gssize)MIN(part, room));
		if (!newline)
			return;
		take_line(console);
		data += part + 1;
		len -= part + 1;
	}
}

void console_end(Console *console)
{
	if (console->line->len)
		take_line(console);
}

void console_feed_answers(Console *console, const char *data, gsize len)
{
	guint64 bytes = console->bytes;

	console_end(console);
	console->only_agent = true;
	console_feed(console, data, len);
	console_end(console);
	console->only_agent = false;
	console->bytes = bytes;
}

guint64 console_bytes(const Console *console)
{
	return console->bytes;
}

guint console_lines(const Console *console)
{
	return console->lines;
}

bool console_agent_reached(const Console *console)
{
	return console->agent;
}

bool console_done(const Console *console)
{
	return console->done;
}

bool console_waits(const Console *console)
{
	return console->waits;
}

const char *console_agent_trouble(const Console *console)
{
	return console->agent_trouble;
}

unsigned console_troubles(const Console *console)
{
	return console->troubles;
}

const char *console_trouble_line(const Console *console, unsigned kinds)
{
	for (guint bit = 0; bit < G_N_ELEMENTS(console->trouble_lines); bit++)
		if ((kinds & (1U << bit)) && console->trouble_lines[bit])
			return console->trouble_lines[bit];
	return NULL;
}

bool console_fatal(const Console *console)
{
	return console->fatal;
}

const char *console_signature_line(const Console *console)
{
	return console->signature_line;
}

bool console_started(const Console *console, const char *name)
{
	return g_hash_table_contains(console->started, name);
}

static bool same_answer(const Answer *a, const Answer *b)
{
	return a->kind == b->kind && a->exit_status == b->exit_status;
}

/* The first answer for a case; *ret_differ says whether another one contradicts it. */
static const Answer *find_answer(const Console *console, const char *name, bool *ret_differ)
{
	const Answer *first = NULL;

	*ret_differ = false;
	for (guint i = 0; i < console->answers->len; i++) {
		const Answer *answer = console->answers->pdata[i];

		if (!g_str_equal(answer->name, name))
			continue;
		if (first && !same_answer(first, answer))
			*ret_differ = true;
		if (!first)
			first = answer;
	}
	return first;
}

const Answer *console_answer(const Console *console, const char *name)
{
	bool differ;
	const Answer *answer = find_answer(console, name, &differ);

	return differ ? NULL : answer;
}

bool console_contradicts(const Console *console, const char *name)
{
	bool differ;

	find_answer(console, name, &differ);
	return differ;
}
