/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a new process to the case's command: crun or the guest's own root, controls, exec. */
#include "guest/start.h"

#include "guest/root.h"
#include "guest/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_MAX 65536 /* bytes of the bundle's command */
#define LOG_MAX 65536     /* bytes of crun's log */
#define ID_MAX (PROTOCOL_NAME_MAX + 16)

/* What a case's controls must end with: the bisect convention, whatever the case's own is. */
enum {
	CONTROL_PASSES = 0,
	CONTROL_FAILS = 1,
};

/* crun's own words: the last line of its log, without the time that it begins with. */
void start_crun_reason(const char *bundle, Reason *reason)
{
	char path[PATH_MAX], *text, *save = NULL;

	set_path(path, "%s/crun.log", bundle);
	text = read_text(path, LOG_MAX, NULL);
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *colon = strstr(line, "Z: ");

		snprintf(reason->text, sizeof(reason->text), "%s", colon ? colon + 3 : line);
	}
	free(text);
}

static _Noreturn void starter_fail(const Reason *reason)
{
	write_all(READY_FD, reason->text, strlen(reason->text));
	_exit(127);
}

/* A command as a child of its own process group, stdout going to stderr; returns its status. */
static int run_control(char **argv, Reason *reason)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0) {
		fail(reason, "cannot fork");
		starter_fail(reason);
	}
	if (pid == 0) {
		setpgid(0, 0);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	return status;
}

/*
 * Takes a control's words from the front of @argv and runs it. One that answers wrongly is told
 * to the agent, and the case does not run.
 */
static char **check_control(char **argv, const char *name, int expected)
{
	long n = argv[0] ? strtol(argv[0], NULL, 10) : 0;
	char **command = argv + 1, *next;
	Reason reason = { CONTROL };
	size_t at = strlen(CONTROL);
	int status;

	if (n <= 0)
		return argv[0] ? argv + 1 : argv;
	for (long i = 0; i < n; i++)
		if (!command[i]) {
			snprintf(reason.text, sizeof(reason.text), "the case's words are cut off");
			starter_fail(&reason);
		}
	next = command[n];
	command[n] = NULL;
	status = run_control(command, &reason);
	command[n] = next;
	if (WIFEXITED(status) && WEXITSTATUS(status) == expected)
		return command + n;
	snprintf(reason.text + at, sizeof(reason.text) - at,
		 "the control that must %s ended with %s%d, not %d", name,
		 WIFEXITED(status) ? "" : "signal ",
		 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), expected);
	starter_fail(&reason);
}

/* Stays PID 1 in front of the command, and ends as it does. */
static _Noreturn void stay_in_front(pid_t command)
{
	for (;;) {
		int status = 0;
		pid_t pid = wait(&status);

		if (pid == command)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		if (pid < 0 && errno != EINTR)
			_exit(127);
	}
}

_Noreturn void start_command(char **argv)
{
	Reason reason = { 0 };
	bool traced = argv[0] && strcmp(argv[0], PROTOCOL_TRACED) == 0, child;
	char answer;
	pid_t pid;

	fcntl(READY_FD, F_SETFD, FD_CLOEXEC);
	argv += traced;
	child = argv[0] && strcmp(argv[0], PROTOCOL_AS_CHILD) == 0;
	argv += argv[0] != NULL;
	argv = check_control(argv, "pass", CONTROL_PASSES);
	argv = check_control(argv, "fail", CONTROL_FAILS);
	if (traced &&
	    (!write_all(READY_FD, TRACED, strlen(TRACED)) || read(READY_FD, &answer, 1) != 1))
		_exit(127);
	if (!argv[0]) {
		snprintf(reason.text, sizeof(reason.text), "the case has no command");
		starter_fail(&reason);
	}
	if (!write_all(READY_FD, STARTED, strlen(STARTED)))
		_exit(127);
	pid = child ? fork() : 0;
	if (pid > 0)
		stay_in_front(pid);
	if (pid == 0)
		execvp(argv[0], argv);
	fail(&reason, "cannot run %s", argv[0]);
	starter_fail(&reason);
}

/* A guest case's words for the starter, each ended by a NUL. */
static char **read_command(const char *path)
{
	size_t len = 0, n = 0;
	char *text = read_text(path, COMMAND_MAX, &len);
	char **argv;

	if (len == 0)
		errno = text ? EINVAL : errno;
	argv = len > 0 ? calloc(len + 1, sizeof(*argv)) : NULL;
	for (size_t at = 0; argv && at < len; at += strlen(text + at) + 1)
		argv[n++] = text + at;
	return argv;
}

/* One that was killed leaves its name taken. */
static void container_id(const Job *job, char id[ID_MAX])
{
	snprintf(id, ID_MAX, job->round > 1 ? "%s.%u" : "%s", job->name, job->round);
}

/* Becomes crun, or the case's own process; @config: the container's. Returns where that fails. */
static void become_case(const Job *job, const char *bundle, const char *config, Reason *reason)
{
	char id[ID_MAX];
	/* no cgroup: the agent ends by itself what a case leaves, and fewer kernels fail it */
	const char *crun[] = { "crun",
			       "--cgroup-manager=disabled",
			       "--log=crun.log",
			       "run",
			       "--no-new-keyring",
			       "--preserve-fds=1",
			       "--config",
			       config,
			       id,
			       NULL };
	char **argv;

	container_id(job, id);
	if (chdir(bundle) < 0) {
		fail(reason, "cannot go to %s", bundle);
	} else if (job->container) {
		execvp(crun[0], (char **)crun);
		fail(reason, "cannot run crun");
	} else if (!(argv = read_command("command"))) {
		fail(reason, "cannot read the case's command");
	} else if (root_enter(bundle, reason)) {
		start_command(argv);
	}
}

_Noreturn void start_case(const Job *job, const char *bundle, const int fds[3])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ready = fcntl(fds[2], F_DUPFD_CLOEXEC, 10);
	Reason reason = { "" };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (job->service) /* the agent's own is not for cases */
		write_text(RUN_OOM_SCORE, "0", 1, &reason);
	reason.text[0] = '\0';
	dup2(null, STDIN_FILENO);
	dup2(fds[0], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	dup2(ready, READY_FD);
	become_case(job, bundle, "config.json", &reason);
	write_all(READY_FD, reason.text, strlen(reason.text));
	_exit(127);
}

/* ---- for a person ---- */

/* A shell on this terminal where the case would run. */
static _Noreturn void enter_case(const Job *job, const char *bundle)
{
	Reason reason = { "" };

	if (job->container)
		become_case(job, bundle, "shell.json", &reason);
	else if (root_enter(bundle, &reason))
		shell_become();
	fprintf(stderr, "%s\n", reason.text);
	_exit(127);
}

/* PID 1 of a container takes no Ctrl-C. */
static void kill_container(const char *id)
{
	if (fork() == 0) {
		execlp("crun", "crun", "kill", id, "KILL", NULL);
		_exit(127);
	}
}

/* Until the child ends: its wait status. Ctrl-C ends all of the case. */
static int wait_attended(pid_t pid, const char *id)
{
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		pid_t gone;
		int number;

		while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
			if (gone == pid)
				return status;
		if (sigwait(&set, &number) == 0 && number == SIGINT && id)
			kill_container(id);
	}
}

static _Noreturn void attended_child(const Job *job, const char *bundle, int ready)
{
	int copy = fcntl(ready, F_DUPFD_CLOEXEC, 10);
	Reason reason = { "" };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(copy, READY_FD);
	become_case(job, bundle, "config.json", &reason);
	write_all(READY_FD, reason.text, strlen(reason.text));
	_exit(127);
}

static int run_for_person(const Job *job, const char *bundle)
{
	char id[ID_MAX];
	Reason said = { "" };
	int ready[2], status;
	sigset_t set;
	ssize_t n;
	pid_t pid;

	container_id(job, id);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		perror("case-run");
		return 127;
	}
	if (pid == 0)
		attended_child(job, bundle, ready[1]);
	status = wait_attended(pid, job->container ? id : NULL);
	fcntl(ready[0], F_SETFL, O_NONBLOCK);
	n = read(ready[0], said.text, sizeof(said.text) - 1);
	said.text[n > 0 ? n : 0] = '\0';
	if (strcmp(said.text, STARTED) != 0) {
		if (!said.text[0])
			start_crun_reason(bundle, &said);
		fprintf(stderr, "the case did not run: %s\n", said.text);
		return 127;
	}
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	fprintf(stderr, "the case ended with %d\n", status);
	return status;
}

int start_attended(const Job *job, const char *bundle, bool enter)
{
	if (enter)
		enter_case(job, bundle);
	return run_for_person(job, bundle);
}
