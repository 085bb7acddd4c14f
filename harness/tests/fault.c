/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trouble for a running bisectbox, at a place of one's choosing: LD_PRELOAD this, and set
 *   BISECTBOX_FAULT=ACTION:CALL:N[+]:PATTERN  at the Nth such call (N+: from then on) whose path
 *                                             has PATTERN in it
 *   BISECTBOX_CLOCK=SECONDS:N                 from the Nth look on, the time of day is off by so
 * much BISECTBOX_FAULT_COUNT=FILE                takes how many calls matched, when the program
 * exits ACTION: kill (before the call), after (kill after it), half (kill half way through a
 * write), power (kill, and the keeper first), none, or an error: ENOSPC, EIO, EMFILE, EAGAIN,
 * ENOMEM, EROFS. CALL: write, fdatasync, fsync, rename, open, mkdir, fork, or any of them.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef enum { ACT_NONE, ACT_KILL, ACT_AFTER, ACT_HALF, ACT_POWER, ACT_FAIL } Act;

static struct {
	bool on;
	Act act;
	int error;
	char call[16];
	char pattern[256];
	unsigned long at;
	bool lasting;
	unsigned long seen;
	long clock_off;
	unsigned long clock_at, clock_seen;
	pthread_mutex_t lock;
} fault = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int error_named(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = { { "ENOSPC", ENOSPC }, { "EIO", EIO },       { "EMFILE", EMFILE },
		       { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EROFS", EROFS } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].error;
	return 0;
}

static void wrong(const char *what)
{
	dprintf(2, "fault: %s is no fault\n", what);
	_exit(99);
}

static void read_fault(const char *text)
{
	static const char *const acts[] = { "none", "kill", "after", "half", "power" };
	char act[16], count[32];
	int n = sscanf(text, "%15[^:]:%15[^:]:%31[^:]:%255s", act, fault.call, count,
		       fault.pattern);

	if (n < 3)
		wrong(text);
	fault.error = error_named(act);
	fault.act = ACT_FAIL;
	for (unsigned i = 0; i < 5 && !fault.error; i++)
		if (strcmp(acts[i], act) == 0)
			fault.act = (Act)i;
	if (fault.act == ACT_FAIL && !fault.error)
		wrong(text);
	fault.at = strtoul(count, NULL, 10);
	fault.lasting = strchr(count, '+') != NULL;
}

/* Only bisectbox itself: neither its keeper, which only forks, nor what it runs. */
__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("BISECTBOX_FAULT"), *clock = getenv("BISECTBOX_CLOCK");

	fault.on = strcmp(program_invocation_short_name, "bisectbox") == 0 &&
		   getenv("BISECTBOX_KEEPER");
	if (!fault.on)
		return;
	if (text && *text)
		read_fault(text);
	if (clock && *clock && sscanf(clock, "%ld:%lu", &fault.clock_off, &fault.clock_at) != 2)
		wrong(clock);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("BISECTBOX_FAULT_COUNT");
	FILE *file = fault.on && path ? fopen(path, "we") : NULL;

	fault.on = false;
	if (!file)
		return;
	fprintf(file, "%lu\n", fault.seen);
	fclose(file);
}

static void __attribute__((noreturn)) die(void)
{
	if (fault.act == ACT_POWER)
		kill(getppid(), SIGKILL);
	raise(SIGKILL);
	abort();
}

/* Return: whether this call is the one. */
static bool meets(const char *call, const char *path)
{
	bool met;

	if (!fault.on || !fault.call[0] ||
	    (strcmp(fault.call, "any") != 0 && strcmp(fault.call, call) != 0) ||
	    (fault.pattern[0] && (!path || !strstr(path, fault.pattern))))
		return false;
	pthread_mutex_lock(&fault.lock);
	fault.seen++;
	met = fault.seen == fault.at || (fault.lasting && fault.seen > fault.at);
	pthread_mutex_unlock(&fault.lock);
	if (met && (fault.act == ACT_KILL || fault.act == ACT_POWER))
		die();
	return met && fault.act != ACT_NONE;
}

static bool meets_fd(const char *call, int fd)
{
	char link[64], path[4096];
	ssize_t len;

	if (!fault.on)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	return meets(call, path);
}

/* After a call that was met and made: the kill that waited for it, or its result. */
static void after(bool met)
{
	if (met && fault.act == ACT_AFTER)
		die();
}

#define FAILS(met)                                                                                 \
	do {                                                                                       \
		if ((met) && fault.act == ACT_FAIL) {                                              \
			errno = fault.error;                                                       \
			return -1;                                                                 \
		}                                                                                  \
	} while (0)

ssize_t write(int fd, const void *data, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = next("write");
	bool met = meets_fd("write", fd);
	ssize_t n;

	FAILS(met);
	n = real(fd, data, met && fault.act == ACT_HALF ? len / 2 : len);
	if (met && fault.act == ACT_HALF)
		die();
	after(met);
	return n;
}

int fdatasync(int fd)
{
	int (*real)(int) = next("fdatasync");
	bool met = meets_fd("fdatasync", fd);
	int status;

	FAILS(met);
	status = real(fd);
	after(met);
	return status;
}

int fsync(int fd)
{
	int (*real)(int) = next("fsync");
	bool met = meets_fd("fsync", fd);
	int status;

	FAILS(met);
	status = real(fd);
	after(met);
	return status;
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *) = next("rename");
	bool met = meets("rename", to);
	int status;

	FAILS(met);
	status = real(from, to);
	after(met);
	return status;
}

int mkdir(const char *path, mode_t mode)
{
	int (*real)(const char *, mode_t) = next("mkdir");
	bool met = meets("mkdir", path);
	int status;

	FAILS(met);
	status = real(path, mode);
	after(met);
	return status;
}

static int open_as(const char *name, const char *path, int flags, mode_t mode)
{
	int (*real)(const char *, int, ...) = next(name);
	bool met = meets("open", path);
	int fd;

	FAILS(met);
	fd = real(path, flags, mode);
	after(met);
	return fd;
}

#define OPEN(name)                                                                                 \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		mode_t mode = 0;                                                                   \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, flags);                                                             \
		if (flags & (O_CREAT | __O_TMPFILE))                                               \
			mode = va_arg(args, mode_t);                                               \
		va_end(args);                                                                      \
		return open_as(#name, path, flags, mode);                                          \
	}
OPEN(open)
OPEN(open64)

static int openat_as(const char *name, int dir, const char *path, int flags, mode_t mode)
{
	int (*real)(int, const char *, int, ...) = next(name);
	char link[64], whole[8192];
	ssize_t len = 0;
	bool met;
	int fd;

	if (dir != AT_FDCWD && path[0] != '/') {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
		len = readlink(link, whole, sizeof(whole) / 2);
	}
	snprintf(whole + (len > 0 ? len : 0), sizeof(whole) / 2, "/%s", path);
	met = meets("open", whole);
	FAILS(met);
	fd = real(dir, path, flags, mode);
	after(met);
	return fd;
}

#define OPENAT(name)                                                                               \
	int name(int dir, const char *path, int flags, ...)                                        \
	{                                                                                          \
		mode_t mode = 0;                                                                   \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, flags);                                                             \
		if (flags & (O_CREAT | __O_TMPFILE))                                               \
			mode = va_arg(args, mode_t);                                               \
		va_end(args);                                                                      \
		return openat_as(#name, dir, path, flags, mode);                                   \
	}
OPENAT(openat)
OPENAT(openat64)

pid_t fork(void)
{
	pid_t (*real)(void) = next("fork");
	bool met = meets("fork", NULL);
	pid_t pid;

	FAILS(met);
	pid = real();
	if (pid != 0)
		after(met);
	return pid;
}

static long clock_off(void)
{
	if (!fault.on || !fault.clock_at || ++fault.clock_seen < fault.clock_at)
		return 0;
	return fault.clock_off;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *) = next("clock_gettime");
	int status = real(id, now);

	if (status == 0 && id == CLOCK_REALTIME)
		now->tv_sec += clock_off();
	return status;
}

time_t time(time_t *ret)
{
	time_t (*real)(time_t *) = next("time");
	time_t now = real(NULL) + clock_off();

	if (ret)
		*ret = now;
	return now;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	int (*real)(struct timeval *, void *) = next("gettimeofday");
	int status = real(now, zone);

	if (status == 0)
		now->tv_sec += clock_off();
	return status;
}
