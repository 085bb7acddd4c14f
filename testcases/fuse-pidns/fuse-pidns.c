/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a pid namespace gone when its init is killed, whatever its FUSE file systems do?
 *
 * A task that exits flushes its open files, and a FUSE daemon in the same dying namespace never
 * answers: the kernel waits for that answer, and the namespace's init for the task, for ever.
 * 6.3 did not wait, 6.6 does again ("fuse: in fuse_flush only wait if someone wants the return
 * code" and its revert). Two ways that hang each time: a daemon that has a file of its own mount
 * open, and a client that exits while it holds a descriptor of /dev/fuse above that of the file,
 * so that the connection stays. What hangs is described, then freed by aborting the connection.
 */
#include "common/fuse.h"
#include "common/verdict.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOP "/tmp/fuse-case"
#define DEVICE TOP "/dev-fuse"
#define CONTROL TOP "/control"

#define CASE_WAIT_MS 5000 /* some ten ms where all is well, under emulation too */
#define CONTROL_WAIT_MS 1500
#define START_WAIT_MS 10000
#define ABORT_WAIT_MS 3000

enum { FUSE_MAJOR = 10, FUSE_MINOR = 229, HIGH_FD = 100 };

typedef enum { WAY_SELF, WAY_CLIENT, WAY_ANSWERED, WAY_NO_DEVICE, WAY_NO_FUSE } Way;

static const struct {
	const char *name; /* of files */
	const char *what;
	const char *last_event; /* then its init is killed */
} ways[] = {
	[WAY_SELF] = { "self", "a FUSE daemon with a file of its own mount open", "opened" },
	[WAY_CLIENT] = { "client", "a client that exits with a FUSE file open", "flush" },
	[WAY_ANSWERED] = { "answered", "a client whose flush is answered", "flush" },
	[WAY_NO_DEVICE] = { "no-device", "a client without a descriptor of /dev/fuse", "flush" },
	[WAY_NO_FUSE] = { "no-fuse", "a process that has nothing to do with FUSE", "opened" },
};

/* A pid namespace of ours. */
typedef struct {
	Way way;
	pid_t init;
	int events;     /* what its processes say, a line each */
	char said[512]; /* the last of it, where it is not ready */
	bool gone;
} Space;

/* ---- in the namespace ---- */

static void tell(int events, const char *line)
{
	if (write(events, line, strlen(line)) < 0)
		_exit(1);
}

static _Noreturn void tell_failure(int events, const char *what)
{
	char line[128];

	snprintf(line, sizeof(line), "failed: %s: %s\n", what, error_name(errno));
	tell(events, line);
	_exit(1);
}

static void *serve_in_thread(void *daemon)
{
	fuse_serve(daemon);
	return NULL;
}

static _Noreturn void be_client(Way way, const char *file, int events)
{
	if (open(file, O_RDONLY) < 0)
		tell_failure(events, "open a file on FUSE");
	tell(events, "opened\n");
	if (way == WAY_NO_DEVICE)
		close(HIGH_FD);
	if (way == WAY_SELF)
		for (;;)
			pause();
	_exit(0); /* and is stuck in this, or not */
}

/* The descriptor is a high one: what a task has open is closed in the order of descriptors. */
static void mount_fuse(const char *folder, int events)
{
	char options[128];
	int fd = open(DEVICE, O_RDWR);

	if (fd < 0)
		tell_failure(events, errno == ENODEV || errno == ENXIO
					     ? "this kernel has no FUSE: open /dev/fuse"
					     : "open /dev/fuse");
	dup2(fd, HIGH_FD);
	close(fd);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", HIGH_FD);
	if (mkdir(folder, 0755) < 0 || mount("fuse", folder, "fuse", 0, options) < 0)
		tell_failure(events, "mount FUSE");
}

static _Noreturn void be_init(Way way, int events)
{
	FuseDaemon daemon = { .device = HIGH_FD,
			      .events = events,
			      .answer_flush = way == WAY_ANSWERED };
	char folder[64], file[80];
	pthread_t thread;

	snprintf(folder, sizeof(folder), TOP "/%s", ways[way].name);
	snprintf(file, sizeof(file), "%s/file", folder);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		tell_failure(events, "make mounts private");
	if (way != WAY_NO_FUSE)
		mount_fuse(folder, events);
	if (fork() == 0) {
		if (way == WAY_NO_FUSE) {
			tell(events, "opened\n");
		} else if (way == WAY_SELF) {
			if (pthread_create(&thread, NULL, serve_in_thread, &daemon) != 0)
				tell_failure(events, "make a thread");
			be_client(way, file, events);
		} else {
			fuse_serve(&daemon);
		}
		for (;;)
			pause();
	}
	if (way != WAY_SELF && way != WAY_NO_FUSE && fork() == 0)
		be_client(way, file, events);
	close(HIGH_FD);
	for (;;)
		pause();
}

/* ---- outside of it ---- */

/* Return: false when it cannot be had; what was said last tells why. */
static bool space_wait(Space *space)
{
	const int64_t deadline = clock_ms() + START_WAIT_MS;
	size_t len = 0;

	space->said[0] = '\0';
	while (!strstr(space->said, ways[space->way].last_event)) {
		struct pollfd polled = { .fd = space->events, .events = POLLIN };
		int64_t left = deadline - clock_ms();
		ssize_t n;

		if (strchr(space->said, ':') || len + 1 == sizeof(space->said) || left <= 0 ||
		    poll(&polled, 1, (int)left) <= 0)
			return false;
		n = read(space->events, space->said + len, sizeof(space->said) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		space->said[len] = '\0';
	}
	return true;
}

/* Makes one and waits until it is ready to die. Return: false, with what was said. */
static bool space_start(Space *space, Way way)
{
	int events[2];
	const char *failed;

	*space = (Space){ .way = way };
	if (pipe2(events, O_CLOEXEC) < 0)
		say_at_last(UNTESTABLE, "no pipe: %s", error_name(errno));
	fflush(NULL);
	space->init =
		(pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID | CLONE_NEWNS, NULL, 0, 0, 0);
	if (space->init < 0)
		say_at_last(UNTESTABLE, "no pid namespace: clone: %s", error_name(errno));
	if (space->init == 0)
		be_init(way, events[1]);
	close(events[1]);
	space->events = events[0];
	if (space_wait(space))
		return true;
	failed = strstr(space->said, "failed: ");
	snprintf(space->said, sizeof(space->said), "%s",
		 failed ? strtok(strdupa(failed + strlen("failed: ")), "\n") : "not ready in time");
	return false;
}

/* Calls @act for each process whose parent is @parent, and for @parent itself. */
static void each_process(pid_t parent, void (*act)(pid_t, void *), void *data)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		char path[300], line[256] = "";
		pid_t pid = (pid_t)atoi(entry->d_name), found = 0;
		FILE *status;

		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		status = pid > 0 ? fopen(path, "re") : NULL;
		while (status && fgets(line, sizeof(line), status))
			if (sscanf(line, "PPid: %d", &found) == 1)
				break;
		if (status)
			fclose(status);
		if (pid == parent || (status && found == parent))
			act(pid, data);
	}
	if (proc)
		closedir(proc);
}

static void copy_text(FILE *out, const char *folder, const char *name)
{
	char path[300], buffer[8192];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fprintf(out, "%s:\n", path);
	file = fopen(path, "re");
	if (!file) {
		fprintf(out, "(%s)\n", error_name(errno));
		return;
	}
	n = fread(buffer, 1, sizeof(buffer), file);
	fprintf(out, "%.*s%s", (int)n, buffer, n > 0 && buffer[n - 1] == '\n' ? "" : "\n");
	fclose(file);
}

/* Each of its threads: where it is stuck, and which signals it has not seen. */
static void describe(pid_t pid, void *out)
{
	char path[64], thread[330];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(thread, sizeof(thread), "%s/%s", path, entry->d_name);
		copy_text(out, thread, "stack");
		copy_text(out, thread, "wchan");
		copy_text(out, thread, "status");
	}
	if (tasks)
		closedir(tasks);
}

/* The guest has no other connections than ours. */
static int abort_connections(FILE *out)
{
	DIR *folder = NULL;
	struct dirent *entry;
	int n = 0;

	if (mkdir(CONTROL, 0755) == 0 && mount("fusectl", CONTROL, "fusectl", 0, NULL) == 0)
		folder = opendir(CONTROL);
	while (folder && (entry = readdir(folder))) {
		char path[300];
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), CONTROL "/%s", entry->d_name);
		copy_text(out, path, "waiting");
		strcat(path, "/abort");
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "1", 1) == 1)
			n++;
		if (fd >= 0)
			close(fd);
	}
	if (folder)
		closedir(folder);
	umount2(CONTROL, MNT_DETACH);
	rmdir(CONTROL);
	return n;
}

/*
 * Kills them all; what is not gone in time is described, in files of evidence where @keep says
 * so. Return: how many are not.
 */
static unsigned judge(Space *spaces, unsigned n, int64_t wait_ms, FILE *out, bool keep)
{
	const int64_t begin = clock_ms();
	unsigned stuck = 0;
	int status;

	for (unsigned i = 0; i < n; i++)
		kill(spaces[i].init, SIGKILL);
	for (unsigned i = 0; i < n; i++) {
		Space *space = &spaces[i];
		char name[32];
		FILE *file = out;

		space->gone = wait_until(space->init, begin + wait_ms, &status);
		fprintf(out, "the pid namespace of %s: %s after %d ms\n", ways[space->way].what,
			space->gone ? "gone" : "still there", (int)(clock_ms() - begin));
		if (space->gone)
			continue;
		stuck++;
		snprintf(name, sizeof(name), "stuck-%s", ways[space->way].name);
		if (keep)
			file = evidence_open(name);
		each_process(space->init, describe, file);
		if (keep)
			evidence_close(file);
	}
	return stuck;
}

/* So that the container can end, and to see that FUSE is what it hung on. */
static void set_free(Space *spaces, unsigned n, FILE *out)
{
	const int64_t begin = clock_ms();
	int status;

	fprintf(out, "FUSE connections aborted: %d\n", abort_connections(out));
	for (unsigned i = 0; i < n; i++)
		if (!spaces[i].gone)
			fprintf(out, "the pid namespace of %s: %s %d ms after that\n",
				ways[spaces[i].way].what,
				wait_until(spaces[i].init, begin + ABORT_WAIT_MS, &status)
					? "gone"
					: "still there",
				(int)(clock_ms() - begin));
}

static void make_top(void)
{
	if ((mkdir(TOP, 0755) < 0 && errno != EEXIST) ||
	    mount("tmpfs", TOP, "tmpfs", 0, "mode=0755") < 0 ||
	    mknod(DEVICE, S_IFCHR | 0600, makedev(FUSE_MAJOR, FUSE_MINOR)) < 0)
		say_at_last(UNTESTABLE, "cannot make /dev/fuse: %s", error_name(errno));
}

static int run_case(void)
{
	Space spaces[2];
	FILE *out = evidence_open("namespaces");
	unsigned stuck;

	make_top();
	for (unsigned i = 0; i < 2; i++)
		if (!space_start(&spaces[i], i == 0 ? WAY_SELF : WAY_CLIENT)) {
			say(UNTESTABLE, "%s", spaces[i].said);
			if (judge(spaces, i + 1, CONTROL_WAIT_MS, stdout, false))
				set_free(spaces, i + 1, stdout);
			return UNTESTABLE;
		}
	stuck = judge(spaces, 2, CASE_WAIT_MS, out, true);
	if (stuck)
		set_free(spaces, 2, out);
	evidence_close(out);
	if (stuck)
		return say(BAD, "the pid namespace of %s was still there after %d s%s",
			   ways[spaces[spaces[0].gone].way].what, CASE_WAIT_MS / 1000,
			   stuck > 1 ? ", and the other too" : "");
	return say(GOOD, "both pid namespaces were gone in time");
}

/* Ways that must not hang; those with FUSE only where this kernel has it. */
static int run_pass(void)
{
	static const Way list[] = { WAY_NO_FUSE, WAY_ANSWERED, WAY_NO_DEVICE };
	Space space;

	make_top();
	for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (!space_start(&space, list[i])) {
			if (i == 0)
				return say(UNTESTABLE, "no process in a namespace");
			printf("no FUSE here: %s\n", space.said);
			break;
		}
		if (judge(&space, 1, CASE_WAIT_MS, stdout, false)) {
			set_free(&space, 1, stdout);
			return say(BAD, "the pid namespace of %s is not gone", ways[list[i]].what);
		}
	}
	return say(GOOD, "these pid namespaces are gone");
}

typedef struct {
	pid_t init, traced;
} Traced;

static void trace(pid_t pid, void *data)
{
	Traced *traced = data;

	if (pid != traced->init && ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		traced->traced = pid;
}

/*
 * A dead process stays until its tracer has asked after it, and its namespace with it: init
 * hangs in the same place, on every kernel.
 */
static int run_fail(void)
{
	Space space;
	Traced traced;
	int status;
	unsigned stuck;

	make_top();
	if (!space_start(&space, WAY_NO_FUSE))
		return say(UNTESTABLE, "no process in a namespace");
	traced = (Traced){ .init = space.init };
	each_process(space.init, trace, &traced);
	if (traced.traced == 0)
		return say(UNTESTABLE, "cannot trace a process: %s", error_name(errno));
	stuck = judge(&space, 1, CONTROL_WAIT_MS, stdout, false);
	waitpid(traced.traced, &status, __WALL);
	if (!wait_until(space.init, clock_ms() + CASE_WAIT_MS, &status) && stuck)
		return say(UNTESTABLE, "a namespace stays without any reason");
	return stuck ? say(BAD, "the pid namespace of a traced process is not gone")
		     : say(GOOD, "a namespace is gone though a process in it is not");
}

int main(int argc, char **argv)
{
	switch (run_of(argc, argv)) {
	case RUN_CONTROL_PASS:
		return run_pass();
	case RUN_CONTROL_FAIL:
		return run_fail();
	default:
		return run_case();
	}
}
