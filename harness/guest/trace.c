/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strace, tracefs and the kernel's log. */
#include "guest/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <unistd.h>

#define TRACEFS "/run/bisectbox/tracing"
#define BEGINS "bisectbox: the traced case begins"
#define TRACE_MAX 4096    /* bytes of the bundle's trace */
#define LOG_MAX (4 << 20) /* bytes of the kernel's log */
#define ATTACH_MS 5000

enum { SYSLOG_READ_ALL = 3 };

static void note(Trace *trace, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(Trace *trace, const char *format, ...)
{
	size_t len = strlen(trace->notes);
	va_list args;

	va_start(args, format);
	vsnprintf(trace->notes + len, sizeof(trace->notes) - len, format, args);
	va_end(args);
	len = strlen(trace->notes);
	snprintf(trace->notes + len, sizeof(trace->notes) - len, "\n");
}

static bool poke_file(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	bool ok = fd >= 0 && write_all(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return ok;
}

/* A file of tracefs. */
static bool poke(const Trace *trace, const char *name, int flags, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", trace->folder, name);
	return poke_file(path, flags, text);
}

/* ---- the kernel's tracers ---- */

/* tracefs since 4.1, before that a folder of debugfs. */
static bool mount_tracefs(Trace *trace)
{
	Reason reason = { "" };

	if (!make_dir(TRACEFS, &reason))
		return false;
	if (mount("tracefs", TRACEFS, "tracefs", 0, NULL) == 0) {
		strcpy(trace->folder, TRACEFS);
		return true;
	}
	if (mount("debugfs", TRACEFS, "debugfs", 0, NULL) < 0 ||
	    access(TRACEFS "/tracing/current_tracer", F_OK) < 0)
		return false;
	strcpy(trace->folder, TRACEFS "/tracing");
	return true;
}

/*
 * Whether a function of the kernel's is the one that was asked for. The compiler appends what it
 * did to it (".isra.0"); a system call is called otherwise each few years: 4.17 has __x64_sys_X,
 * before that SyS_X was what sys_X meant.
 */
static bool is_function(const char *wanted, const char *name, size_t len)
{
	static const char *const calls[] = { "__x64_sys_", "__arm64_sys_", "__se_sys_", "SyS_" };
	size_t plain = strcspn(name, ".") < len ? strcspn(name, ".") : len;
	size_t tail;

	if (plain == strlen(wanted) && strncmp(name, wanted, plain) == 0)
		return true;
	if (len == strlen(wanted) && strncmp(name, wanted, len) == 0)
		return true;
	if (strncmp(wanted, "sys_", 4) != 0)
		return false;
	tail = strlen(wanted) - 4;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		size_t head = strlen(calls[i]);

		if (len == head + tail && strncmp(name, calls[i], head) == 0 &&
		    strncmp(name + head, wanted + 4, tail) == 0)
			return true;
	}
	return false;
}

/* Has the tracer look at all functions that are meant by a name; how many. */
static unsigned choose_functions(const Trace *trace, const char *wanted)
{
	const bool graph = strcmp(trace->tracer, "function_graph") == 0;
	char path[PATH_MAX + 64], line[512];
	unsigned n = 0;
	FILE *list;

	snprintf(path, sizeof(path), "%s/available_filter_functions", trace->folder);
	list = fopen(path, "re");
	while (list && fgets(line, sizeof(line), list)) {
		size_t len = strcspn(line, " \t\n");

		line[len] = '\0';
		if (is_function(wanted, line, len) &&
		    poke(trace, graph ? "set_graph_function" : "set_ftrace_filter", O_APPEND, line))
			n++;
	}
	if (list)
		fclose(list);
	return n;
}

static void ready_ftrace(Trace *trace, const char *name)
{
	char tracer[32];
	const char *wanted = strchr(name + strlen("ftrace:"), ':');
	size_t len = wanted ? (size_t)(wanted - name) - strlen("ftrace:") : 0;
	unsigned n;

	if (len == 0 || len >= sizeof(tracer))
		return;
	memcpy(tracer, name + strlen("ftrace:"), len);
	tracer[len] = '\0';
	if (!trace->folder[0] && !mount_tracefs(trace)) {
		note(trace, "%s: this kernel has no tracefs (fragment ftrace)", name);
		return;
	}
	strcpy(trace->tracer, tracer);
	n = choose_functions(trace, wanted + 1);
	trace->functions += n;
	if (n == 0)
		note(trace,
		     "%s: this kernel has no such function that can be traced (inlined, or of "
		     "another version)",
		     name);
}

/* Without a function that is chosen, all of them would be traced. */
static void start_ftrace(Trace *trace, pid_t pid)
{
	char path[PATH_MAX + 64], text[16];

	if (trace->functions == 0)
		return;
	snprintf(text, sizeof(text), "%d", (int)pid);
	snprintf(path, sizeof(path), "%s/trace_pipe", trace->folder);
	poke(trace, "tracing_on", 0, "0");
	if (!poke(trace, "current_tracer", 0, trace->tracer) ||
	    !poke(trace, "set_ftrace_pid", 0, text)) {
		note(trace, "ftrace: this kernel cannot use the tracer %s: %s", trace->tracer,
		     strerror(errno));
		return;
	}
	poke(trace, "buffer_percent", 0, "0");            /* since 5.0: read at once */
	poke(trace, "trace_options", 0, "function-fork"); /* since 4.12: its children, too */
	poke(trace, "trace_options", 0, "funcgraph-proc");
	poke(trace, "trace_options", 0, "funcgraph-abstime");
	trace->ftrace_out = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (trace->ftrace_out < 0 || !poke(trace, "tracing_on", 0, "1"))
		note(trace, "ftrace: cannot read what it says: %s", strerror(errno));
}

void trace_stop(Trace *trace)
{
	if (trace->ftrace_out >= 0)
		poke(trace, "tracing_on", 0, "0");
}

/* ---- strace ---- */

static _Noreturn void become_strace(pid_t pid, int out)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	dup2(out, STDERR_FILENO); /* where it writes without -o */
	execlp("strace", "strace", "-f", "-tt", "-T", "-yy", "-s", "128", "-p", number, NULL);
	fprintf(stderr, "the image has no strace: %s\n", strerror(errno));
	_exit(127);
}

static bool is_traced(pid_t pid)
{
	char path[64], *text;
	const char *line;
	bool traced = false;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	text = read_text(path, TRACE_MAX * 2, NULL);
	line = text ? strstr(text, "\nTracerPid:") : NULL;
	if (line)
		traced = strtol(line + strlen("\nTracerPid:"), NULL, 10) > 0;
	free(text);
	return traced;
}

static void start_strace(Trace *trace, pid_t pid)
{
	int out[2];

	if (!trace->strace || pipe2(out, O_CLOEXEC) < 0)
		return;
	trace->strace_pid = fork();
	if (trace->strace_pid == 0)
		become_strace(pid, out[1]);
	close(out[1]);
	trace->strace_out = out[0];
	for (int ms = 0; ms < ATTACH_MS && !is_traced(pid); ms += 10)
		usleep(10000);
	if (!is_traced(pid))
		note(trace, "strace: it did not get at the case; trace-strace may say why");
}

/* ---- all of it ---- */

void trace_load(Trace *trace, const char *bundle)
{
	char path[PATH_MAX], *text, *save = NULL;

	*trace = (Trace){ .strace_out = -1, .ftrace_out = -1 };
	set_path(path, "%s/trace", bundle);
	text = read_text(path, TRACE_MAX, NULL);
	trace->any = text != NULL;
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strcmp(line, TRACE_STRACE) == 0)
			trace->strace = true;
		else if (strcmp(line, TRACE_DMESG) == 0)
			trace->dmesg = true;
		else
			ready_ftrace(trace, line);
	}
	free(text);
	if (!trace->dmesg)
		return;
	/* what the kernel says of processes that die by a signal */
	poke_file("/proc/sys/kernel/print-fatal-signals", 0, "1");
	poke_file("/proc/sys/debug/exception-trace", 0, "1");
	poke_file("/dev/kmsg", 0, BEGINS "\n");
}

void trace_attach(Trace *trace, pid_t pid)
{
	start_ftrace(trace, pid);
	start_strace(trace, pid);
}

static void keep_file(const char *out, const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];
	Reason reason = { "" };

	set_path(path, "%s/evidence", out);
	make_dir(path, &reason);
	set_path(path, "%s/evidence/%s", out, name);
	write_text(path, text, len, &reason);
}

void trace_keep(const Trace *trace, const char *out)
{
	char *text = trace->dmesg ? malloc(LOG_MAX + 1) : NULL;
	int n = text ? klogctl(SYSLOG_READ_ALL, text, LOG_MAX) : -1;
	char *begins;

	if (n > 0) {
		text[n] = '\0';
		begins = strstr(text, BEGINS);
		/* of a log that has gone round since then all is of the case */
		begins = begins ? begins + strcspn(begins, "\n") : text;
		begins += *begins == '\n';
		keep_file(out, "trace-dmesg", begins, strlen(begins));
	}
	free(text);
	if (trace->notes[0])
		keep_file(out, "trace-notes", trace->notes, strlen(trace->notes));
}
