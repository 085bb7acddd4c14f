/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keeper: parent of the program, and of all that the program leaves behind. */
#include "machine/keeper.h"

#include <libvirt/libvirt.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is left gets this long between SIGTERM and SIGKILL. */
#define GRACE_MS 2000
#define TICK_MS 10

/* Says to the program that it is kept already; its value is the keeper's pid. */
#define MARK "BISECTBOX_KEEPER"
#define LOG_NAME "LIBVIRT_LOG_OUTPUTS"
#define LOG_QUIET "3:file:/dev/null"
#define ARGS_MAX (2 << 20)

static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

/* Read a small file of /proc; the length without the NUL that is added, 0 where it is gone. */
static size_t proc_read(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, size - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static pid_t proc_parent(pid_t pid)
{
	char stat[512];
	const char *after;

	if (!proc_read(pid, "stat", stat, sizeof(stat)))
		return 0;
	/* the name before it may hold anything, parentheses too; then one letter of state */
	after = strrchr(stat, ')');
	return after && strlen(after) > 4 ? (pid_t)strtol(after + 4, NULL, 10) : 0;
}

/*
 * With --connect qemu:///session the library may have started the user's libvirt daemon, and
 * the user guests in it since: these are not ours to end. Ours are called bb1, bb2 (embedded
 * driver) and bisectbox-1-1 (a daemon's).
 */
static bool proc_is_foreign(pid_t pid)
{
	static const char *const daemons[] = { "libvirtd", "virtqemud", "virtlogd", "virtlockd" };
	char buf[4096], comm[32];
	size_t len, at, i;
	const char *guest = NULL;

	if (proc_read(pid, "comm", comm, sizeof(comm))) {
		comm[strcspn(comm, "\n")] = '\0';
		for (i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
			if (strcmp(comm, daemons[i]) == 0)
				return true;
		}
	}
	len = proc_read(pid, "cmdline", buf, sizeof(buf));
	for (at = 0; at < len; at += strlen(buf + at) + 1) {
		if (strncmp(buf + at, "guest=", 6) == 0) {
			guest = buf + at + 6;
			break;
		}
	}
	return guest && strncmp(guest, "bisectbox-", 10) != 0 &&
	       !(strncmp(guest, "bb", 2) == 0 && isdigit((unsigned char)guest[2]));
}

/* Send a signal to every child that is ours to end; how many there are. */
static unsigned keeper_kill(int sig)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	unsigned n = 0;

	if (!proc)
		return 0;
	while ((entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || proc_parent(pid) != getpid() || proc_is_foreign(pid))
			continue;
		kill(pid, sig);
		n++;
	}
	closedir(proc);
	return n;
}

static void keeper_reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/*
 * End what the program left. Whatever dies hands its own children to us, so it goes round
 * until there are none.
 */
static void keeper_clear(void)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	int ms;

	keeper_reap();
	for (ms = 0; ms < 2 * GRACE_MS; ms += TICK_MS) {
		/* a signal to each newcomer, and to the deaf again, but not a hundred a second */
		int sig = ms >= GRACE_MS ? SIGKILL : ms % 500 == 0 ? SIGTERM : 0;

		if (keeper_kill(sig) == 0)
			return;
		nanosleep(&tick, NULL);
		keeper_reap();
	}
}

static void __attribute__((noreturn)) keeper_exit(int status)
{
	struct rlimit none = { 0, 0 };
	sigset_t set;

	if (WIFSIGNALED(status)) {
		/* the program has dumped its core already, if at all */
		setrlimit(RLIMIT_CORE, &none);
		signal(WTERMSIG(status), SIG_DFL);
		sigemptyset(&set);
		sigaddset(&set, WTERMSIG(status));
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(WTERMSIG(status));
		_exit(128 + WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

/* Reap until the program has ended; its wait status. */
static int keeper_wait(pid_t program, const sigset_t *set)
{
	siginfo_t info;
	int status;
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == program)
				return status;
		}
		if (pid < 0 && errno == ECHILD)
			return 128 << 8; /* cannot be: the program is a child until it is reaped */
		if (sigwaitinfo(set, &info) < 0)
			continue;
		/* what the terminal sends goes to the program too; what kill(1) sends does not */
		if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
			kill(program, info.si_signo);
	}
}

/* The arguments as they were given, each with its NUL; NULL where /proc is not there. */
static char *own_arguments(size_t *ret_len)
{
	char *text = malloc(ARGS_MAX + 1);
	FILE *file = fopen("/proc/self/cmdline", "re");
	size_t len = 0;

	if (file && text)
		len = fread(text, 1, ARGS_MAX, file);
	if (file)
		fclose(file);
	if (!text || len == 0 || len == ARGS_MAX) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	*ret_len = len;
	return text;
}

static char **split_arguments(char *text, size_t len)
{
	char **argv = calloc(len + 1, sizeof(*argv));
	size_t n = 0;

	for (size_t at = 0; argv && at < len; at += strlen(text + at) + 1)
		argv[n++] = text + at;
	return argv;
}

/*
 * libvirt reads where its log goes when it is initialised, and libguestfs does that before
 * main(): for the setting to be in time, the program starts once more. Where that cannot be,
 * it goes on as it is, and the log goes to stderr.
 */
static void program_restart(pid_t keeper)
{
	char path[4096], mark[16];
	ssize_t path_len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	size_t len = 0;
	char *text = own_arguments(&len);
	char **argv = text ? split_arguments(text, len) : NULL;

	if (path_len > 0 && argv) {
		path[path_len] = '\0';
		snprintf(mark, sizeof(mark), "%d", (int)keeper);
		setenv(MARK, mark, 1);
		/* who set it wants to see it */
		setenv(LOG_NAME, LOG_QUIET, 0);
		execv(path, argv);
		unsetenv(MARK);
	}
	free(argv);
	free(text);
}

/* Whether this is the program, started once more; then the settings are gone for its children. */
static bool program_is_kept(void)
{
	const char *mark = getenv(MARK), *log = getenv(LOG_NAME);
	bool kept = mark && strtol(mark, NULL, 10) == getppid();

	unsetenv(MARK);
	if (kept && log && strcmp(log, LOG_QUIET) == 0) {
		/* where libguestfs has not done it, it is done here while the setting stands */
		virInitialize();
		unsetenv(LOG_NAME);
	}
	return kept;
}

void keeper_start(void)
{
	sigset_t set, old;
	pid_t program, keeper = getpid();
	int status, null;
	size_t i;

	if (program_is_kept() || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return;
	/* where whoever started us ignores it, neither we nor the program would learn of an end */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, &old);
	program = fork();
	if (program < 0) {
		/* no keeper then: the program works without, only slower */
		prctl(PR_SET_CHILD_SUBREAPER, 0);
		sigprocmask(SIG_SETMASK, &old, NULL);
		return;
	}
	if (program == 0) {
		/* a killed keeper is the program's cue to end in good order */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != keeper)
			raise(SIGTERM);
		sigprocmask(SIG_SETMASK, &old, NULL);
		program_restart(keeper);
		return;
	}
	/* who reads our output must see its end when the program ends */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (i = 0; null >= 0 && i < 3; i++)
		dup2(null, (int)i);
	prctl(PR_SET_NAME, "bisectbox-keep");
	status = keeper_wait(program, &set);
	keeper_clear();
	keeper_exit(status);
}
