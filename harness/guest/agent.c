/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: PID 1 of the guest. Mounts what a container needs, runs the cases that the host
 * asks for, hands their answers and evidence back and powers off. protocol.h is what it speaks.
 *
 * The kernel under it may be broken in any way and of any age: each step can fail and says so,
 * and no system call younger than Linux 3.0 is needed.
 */
#include "guest/protocol.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SHARE "/run/bisectbox/share"
#define BUNDLES "/run/bisectbox/bundles"
#define READY_FD 3        /* crun hands on descriptors from here */
#define KILL_WAIT_MS 1000 /* for killed processes to go; one stuck in the kernel never does */
#define COPY_DEPTH_MAX 8  /* folders in folders in a case's files */
#define COMMAND_MAX 65536 /* bytes of in/CASE/command */
#define PATH_ENV "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { SYSLOG_READ_ALL = 3, SYSLOG_SIZE_BUFFER = 10 };

typedef struct {
	int console; /* -1: none */
	char token[PROTOCOL_TOKEN_LEN + 1];
	char *answers; /* what goes into out/answer */
} Agent;

typedef struct {
	char name[PROTOCOL_NAME_MAX + 1];
	unsigned timeout_s;
	bool container;
} Job;

/* Why something did not work, in one line for a person. */
typedef struct {
	char text[512];
} Reason;

/* One stream of a case's output on its way to the share, cut at its bound. */
typedef struct {
	int from;
	int to;
	size_t left;
	int failed; /* errno of the first write that failed, else 0 */
} Stream;

/* How one run of a case went. */
typedef struct {
	bool timed_out;
	int status; /* of waitpid(2) for crun, or for a guest case's own process */
	unsigned ms;
	Reason ready;   /* what the starter said before it became the case */
	Reason failure; /* what came before the start, or an error on the share; else empty */
} Ending;

static bool fail(Reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void set_path(char path[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(Agent *agent, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds errno's meaning. */
static bool fail(Reason *reason, const char *format, ...)
{
	const char *error = strerror(errno);
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(reason->text, sizeof(reason->text), format, args);
	va_end(args);
	len = strlen(reason->text);
	snprintf(reason->text + len, sizeof(reason->text) - len, ": %s", error);
	return false;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static void keep_answer(Agent *agent, const char *line, size_t len)
{
	size_t old = agent->answers ? strlen(agent->answers) : 0;
	char *all = realloc(agent->answers, old + len + 1);

	if (!all)
		return;
	memcpy(all + old, line, len);
	all[old + len] = '\0';
	agent->answers = all;
}

/*
 * A line to the console, by one write, after a newline of its own: the kernel or a case may
 * have left half a line there. Answers are kept for the share too.
 */
static void say(Agent *agent, const char *format, ...)
{
	char line[1024];
	size_t head = (size_t)snprintf(line, sizeof(line), "\n" PROTOCOL_MARK "%s ", agent->token);
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(line + head, sizeof(line) - head - 1, format, args);
	va_end(args);
	len = strlen(line);
	for (size_t i = head; i < len; i++)
		if (iscntrl((unsigned char)line[i]))
			line[i] = ' ';
	line[len++] = '\n';
	if (agent->console >= 0)
		write_all(agent->console, line, len);

	if (strncmp(format, "answer ", 7) == 0)
		keep_answer(agent, line + 1, len - 1);
}

static _Noreturn void power_off(Agent *agent)
{
	if (agent->console >= 0)
		tcdrain(agent->console);
	sync();
	reboot(RB_POWER_OFF);
	reboot(RB_AUTOBOOT); /* a kernel that cannot power off; QEMU takes either for the end */
	for (;;)
		pause();
}

static _Noreturn void give_up(Agent *agent, const Reason *reason)
{
	say(agent, "trouble %s", reason->text);
	power_off(agent);
}

/* ---- files ---- */

static void set_path(char path[PATH_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
}

static bool make_dir(const char *path, Reason *reason)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail(reason, "cannot make %s", path);
	return true;
}

/* A small file as a string; NULL with errno. */
static char *read_text(const char *path, size_t max, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = malloc(max + 1);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0 || !text) {
		free(text);
		return NULL;
	}
	while (len < max && (n = read(fd, text + len, max - len)) > 0)
		len += (size_t)n;
	if (n < 0 || len == max) {
		errno = n < 0 ? errno : EFBIG;
		free(text);
		text = NULL;
	} else {
		text[len] = '\0';
	}
	close(fd);
	if (ret_len)
		*ret_len = len;
	return text;
}

static bool write_text(const char *path, const char *text, size_t len, Reason *reason)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && write_all(fd, text, len);

	if (fd >= 0 && close(fd) < 0)
		ok = false;
	return ok ? true : fail(reason, "cannot write %s", path);
}

/* At most @max bytes; where the source is a device or a pipe that a case made, it is left alone. */
static bool copy_file(const char *from, const char *to, off_t max, Reason *reason)
{
	static char buffer[128 * 1024];
	int in = open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool ok;
	int out;

	if (in < 0)
		return fail(reason, "cannot open %s", from);
	if (fstat(in, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(in);
		return true;
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 0755);
	ok = out >= 0;
	while (ok && max > 0) {
		ssize_t n =
		    read(in, buffer, max < (off_t)sizeof(buffer) ? (size_t)max : sizeof(buffer));

		if (n == 0)
			break;
		ok = n > 0 && write_all(out, buffer, (size_t)n);
		max -= n;
	}
	if (out >= 0 && close(out) < 0)
		ok = false;
	if (!ok)
		fail(reason, "cannot copy %s to %s", from, to);
	close(in);
	return ok;
}

/* A case's own files, from the share to memory: the container never touches 9p. */
static bool copy_tree(const char *from, const char *to, int depth, Reason *reason)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	bool ok = dir && make_dir(to, reason);

	if (!dir)
		return fail(reason, "cannot open %s", from);
	while (ok && (entry = readdir(dir))) {
		char source[PATH_MAX], target[PATH_MAX];
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		set_path(source, "%s/%s", from, entry->d_name);
		set_path(target, "%s/%s", to, entry->d_name);
		if (lstat(source, &st) < 0)
			ok = fail(reason, "cannot look at %s", source);
		else if (S_ISDIR(st.st_mode) && depth < COPY_DEPTH_MAX)
			ok = copy_tree(source, target, depth + 1, reason);
		else if (S_ISREG(st.st_mode))
			ok = copy_file(source, target, INT32_MAX, reason);
	}
	closedir(dir);
	return ok;
}

/* ---- what the guest looks like ---- */

static bool mount_on(const char *type, const char *target, unsigned long flags, const char *options,
		     Reason *reason)
{
	if (mount(type, target, type, flags, options) == 0 || errno == EBUSY)
		return true;
	return fail(reason, "cannot mount %s on %s", type, target);
}

static bool bind_on(const char *from, const char *to, unsigned long flags, Reason *reason)
{
	if (mount(from, to, NULL, MS_BIND | (flags & MS_REC), NULL) < 0)
		return fail(reason, "cannot bind %s to %s", from, to);
	if ((flags & MS_RDONLY) && mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | flags, NULL) < 0)
		return fail(reason, "cannot make %s read-only", to);
	return true;
}

/* The file systems that programs take for granted, on a read-only root. */
static void mount_all(Agent *agent)
{
	static const struct {
		const char *type, *target, *options;
		bool needed;
	} table[] = {
	    {"devtmpfs", "/dev", "mode=0755", true},
	    {"sysfs", "/sys", NULL, true},
	    {"tmpfs", "/run", "mode=0755", true},
	    {"tmpfs", "/tmp", "mode=1777", true},
	    {"devpts", "/dev/pts", "mode=0620,ptmxmode=0666", false},
	    {"tmpfs", "/dev/shm", "mode=1777", false},
	    {"cgroup2", "/sys/fs/cgroup", NULL, false},
	};
	Reason reason;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		mkdir(table[i].target,
		      0755); /* those on devtmpfs; elsewhere it is there or fails below */
		if (!mount_on(table[i].type, table[i].target, 0, table[i].options, &reason) &&
		    table[i].needed)
			give_up(agent, &reason);
	}
}

static void mount_share(Agent *agent)
{
	/* big packets are quick; old kernels know fewer options */
	static const char *const options[] = {
	    "trans=virtio,version=9p2000.L,cache=none,msize=262144",
	    "trans=virtio,version=9p2000.L,msize=65536",
	    "trans=virtio,version=9p2000.L",
	};
	Reason reason;

	if (!make_dir("/run/bisectbox", &reason) || !make_dir(SHARE, &reason) ||
	    !make_dir(BUNDLES, &reason))
		give_up(agent, &reason);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (mount(PROTOCOL_TAG, SHARE, "9p", MS_NOSUID | MS_NODEV, options[i]) == 0)
			return;
	fail(&reason, errno == ENODEV ? "this kernel has no 9p: cannot mount the share"
				      : "cannot mount the share (9p, tag " PROTOCOL_TAG ")");
	give_up(agent, &reason);
}

/*
 * The cases' root: a small tmpfs with the image's top folders bound into it, read-only, and
 * mount points that the image does not have. Bound one by one, so that nothing that is mounted
 * in the guest shows in it.
 */
static bool make_root(Reason *reason)
{
	static const char *const own[] = {"case", "evidence", "proc", "sys", "dev", "run", "tmp"};
	char path[PATH_MAX], source[PATH_MAX];
	struct dirent *entry;
	bool ok = true;
	DIR *dir;

	if (!make_dir(PROTOCOL_ROOT, reason) ||
	    !mount_on("tmpfs", PROTOCOL_ROOT, 0, "mode=0755,size=1m", reason))
		return false;
	for (size_t i = 0; ok && i < sizeof(own) / sizeof(own[0]); i++) {
		set_path(path, PROTOCOL_ROOT "/%s", own[i]);
		ok = make_dir(path, reason);
	}
	dir = opendir("/");
	while (ok && dir && (entry = readdir(dir))) {
		char link[PATH_MAX];
		struct stat st;
		ssize_t n;

		set_path(source, "/%s", entry->d_name);
		set_path(path, PROTOCOL_ROOT "/%s", entry->d_name);
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lost+found") == 0 ||
		    lstat(source, &st) < 0 || access(path, F_OK) == 0)
			continue;
		if (S_ISDIR(st.st_mode))
			ok = make_dir(path, reason) && bind_on(source, path, MS_RDONLY, reason);
		else if (S_ISLNK(st.st_mode) &&
			 (n = readlink(source, link, sizeof(link) - 1)) > 0) {
			link[n] = '\0';
			if (symlink(link, path) < 0)
				ok = fail(reason, "cannot make %s", path);
		}
	}
	if (dir)
		closedir(dir);
	return ok;
}

/* A guest case has the same folders as one in a container, and the share out of its sight. */
static bool enter_root(const char *bundle, Reason *reason)
{
	char path[PATH_MAX];

	if (unshare(CLONE_NEWNS) < 0)
		return fail(reason, "cannot unshare mounts");
	if (chdir(bundle) < 0)
		return fail(reason, "cannot go to %s", bundle);
	set_path(path, "%s/evidence", bundle);
	if (!bind_on("/proc", PROTOCOL_ROOT "/proc", MS_REC, reason) ||
	    !bind_on("/sys", PROTOCOL_ROOT "/sys", MS_REC, reason) ||
	    !bind_on("/dev", PROTOCOL_ROOT "/dev", MS_REC, reason) ||
	    !bind_on("/dev/null", PROTOCOL_ROOT "/proc/cmdline", 0, reason) ||
	    !mount_on("tmpfs", PROTOCOL_ROOT "/run", 0, "mode=0755", reason) ||
	    !mount_on("tmpfs", PROTOCOL_ROOT "/tmp", 0, "mode=1777", reason) ||
	    !bind_on("case", PROTOCOL_ROOT "/case", MS_RDONLY, reason) ||
	    !bind_on("evidence", PROTOCOL_ROOT "/evidence", 0, reason))
		return false;
	if (chdir(PROTOCOL_ROOT) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/case") < 0)
		return fail(reason, "cannot change to the case's root");
	return true;
}

/* ---- one case ---- */

/*
 * Becomes the case. What was said through READY_FD tells the agent that all before it worked:
 * an exit status alone cannot, since crun fails with 1 and so does a case.
 */
static _Noreturn void start_command(char **argv)
{
	Reason reason;

	fcntl(READY_FD, F_SETFD, FD_CLOEXEC);
	if (write(READY_FD, "started\n", 8) < 0 && errno != EBADF)
		_exit(127);
	execvp(argv[0], argv);
	fail(&reason, "cannot run %s", argv[0]);
	write_all(READY_FD, reason.text, strlen(reason.text));
	_exit(127);
}

/* The arguments of a guest case, each ended by a NUL. */
static char **read_command(const char *path)
{
	size_t len, n = 0;
	char *text = read_text(path, COMMAND_MAX, &len);
	char **argv = text ? calloc(len + 1, sizeof(*argv)) : NULL;

	if (!argv)
		return NULL;
	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		argv[n++] = text + at;
	return n > 0 ? argv : NULL;
}

static _Noreturn void run_child(const Job *job, const char *bundle, const int fds[3])
{
	const char *crun[] = {"crun",
			      "--cgroup-manager=disabled",
			      "--log=crun.log",
			      "run",
			      "--no-new-keyring",
			      "--preserve-fds=1",
			      job->name,
			      NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ready = fcntl(fds[2], F_DUPFD_CLOEXEC, 10);
	Reason reason = {""};
	char **argv = NULL;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(fds[0], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	dup2(ready, READY_FD);
	if (chdir(bundle) < 0)
		fail(&reason, "cannot go to %s", bundle);
	else if (job->container) {
		execvp(crun[0], (char **)crun);
		fail(&reason, "cannot run crun");
	} else if (!(argv = read_command("command"))) {
		fail(&reason, "cannot read the case's command");
	} else if (enter_root(bundle, &reason)) {
		start_command(argv);
	}
	write_all(READY_FD, reason.text, strlen(reason.text));
	_exit(127);
}

/* Returns false at the end of the stream. Output beyond the bound is read and dropped. */
static bool stream_pump(Stream *stream)
{
	static char buffer[64 * 1024];
	ssize_t n = read(stream->from, buffer, sizeof(buffer));
	size_t keep;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	keep = (size_t)n < stream->left ? (size_t)n : stream->left;
	if (!stream->failed && keep > 0 && !write_all(stream->to, buffer, keep))
		stream->failed = errno;
	stream->left -= keep;
	return true;
}

/* Everything but ourselves, in whatever namespace: a case leaves nothing behind. */
static void kill_all(void)
{
	const int64_t deadline = now_ms() + KILL_WAIT_MS;
	const struct timespec tick = {.tv_nsec = 50 * 1000000};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		pid_t pid;

		kill(-1, SIGKILL);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 || now_ms() > deadline)
			return;
		sigtimedwait(&child, NULL, &tick);
	}
}

/* Waits for the case, its output passing to the share as it comes. */
static void watch(const Job *job, pid_t pid, Stream streams[2], Ending *ending)
{
	const int64_t start = now_ms(), deadline = start + (int64_t)job->timeout_s * 1000;
	bool ended = false;
	sigset_t none;

	sigemptyset(&none);
	while (!ended && !ending->timed_out) {
		struct pollfd polls[2] = {{.fd = streams[0].from, .events = POLLIN},
					  {.fd = streams[1].from, .events = POLLIN}};
		int64_t left = deadline - now_ms();
		struct timespec wait = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
		pid_t gone;
		int status;

		if (left <= 0) {
			ending->timed_out = true;
			break;
		}
		if (ppoll(polls, 2, &wait, &none) > 0)
			for (int i = 0; i < 2; i++)
				if (polls[i].revents && !stream_pump(&streams[i])) {
					close(streams[i].from);
					streams[i].from = -1;
				}
		while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
			if (gone == pid) {
				ended = true;
				ending->status = status;
			}
	}
	ending->ms = (unsigned)(now_ms() - start);
	kill_all();
	for (int i = 0; i < 2; i++)
		if (streams[i].from >= 0) {
			fcntl(streams[i].from, F_SETFL, O_NONBLOCK);
			while (stream_pump(&streams[i]))
				;
			close(streams[i].from);
		}
}

/* Starts the case and sees it to its end. False where there was nothing to watch. */
static bool run_bundle(const Job *job, const char *bundle, const char *out, Ending *ending)
{
	static const char *const names[] = {"stdout", "stderr"};
	int pipes[3][2], fds[3];
	Stream streams[2];
	char path[PATH_MAX];
	bool ok = true;
	ssize_t n;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			return fail(&ending->failure, "cannot make a pipe");
		fds[i] = pipes[i][1];
	}
	for (int i = 0; i < 2; i++) {
		set_path(path, "%s/%s", out, names[i]);
		streams[i] = (Stream){.from = pipes[i][0], .left = PROTOCOL_OUTPUT_MAX};
		streams[i].to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (streams[i].to < 0)
			return fail(&ending->failure, "cannot make %s", path);
	}
	pid = fork();
	if (pid < 0)
		return fail(&ending->failure, "cannot fork");
	if (pid == 0)
		run_child(job, bundle, fds);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	watch(job, pid, streams, ending);

	fcntl(pipes[2][0], F_SETFL, O_NONBLOCK);
	n = read(pipes[2][0], ending->ready.text, sizeof(ending->ready.text) - 1);
	ending->ready.text[n > 0 ? n : 0] = '\0';
	close(pipes[2][0]);
	for (int i = 0; i < 2; i++) {
		if (close(streams[i].to) < 0 && !streams[i].failed)
			streams[i].failed = errno;
		errno = streams[i].failed;
		if (errno)
			ok = fail(&ending->failure, "cannot write the case's %s to the share",
				  names[i]);
	}
	return ok;
}

/* crun's own words: the last line of its log, without the time that it begins with. */
static void crun_reason(const char *bundle, Reason *reason)
{
	char path[PATH_MAX], *text, *save = NULL;

	set_path(path, "%s/crun.log", bundle);
	text = read_text(path, 65536, NULL);
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *colon = strstr(line, "Z: ");

		snprintf(reason->text, sizeof(reason->text), "%s", colon ? colon + 3 : line);
	}
	free(text);
}

/* The answer line. Only a case that was started, and was not killed, has an exit status. */
static void answer(Agent *agent, const Job *job, const char *bundle, const Ending *ending)
{
	static const char started[] = "started\n";
	const char *said = ending->ready.text;
	bool ran = strncmp(said, started, strlen(started)) == 0;
	Reason reason = {""};

	if (ran)
		said += strlen(started);
	if (*said) {
		say(agent, "answer %s broken %s", job->name, said);
	} else if (!ran) {
		crun_reason(bundle, &reason);
		say(agent, "answer %s broken not started%s%s%s", job->name,
		    ending->timed_out ? " in its time" : "", reason.text[0] ? ": " : "",
		    reason.text);
	} else if (ending->timed_out) {
		say(agent, "answer %s timeout ms %u", job->name, ending->ms);
	} else if (WIFEXITED(ending->status)) {
		say(agent, "answer %s exit %d ms %u", job->name, WEXITSTATUS(ending->status),
		    ending->ms);
	} else if (job->container) {
		say(agent, "answer %s broken crun was killed by signal %d", job->name,
		    WTERMSIG(ending->status));
	} else {
		say(agent, "answer %s exit %d ms %u", job->name, 128 + WTERMSIG(ending->status),
		    ending->ms);
	}
}

static int is_evidence(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len <= PROTOCOL_NAME_MAX &&
	       strspn(entry->d_name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._-") == len;
}

static bool keep_evidence(const char *bundle, const char *out, Reason *reason)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct dirent **entries = NULL;
	bool ok;
	int n;

	set_path(from, "%s/evidence", bundle);
	set_path(to, "%s/evidence", out);
	ok = make_dir(to, reason);
	n = scandir(from, &entries, is_evidence, alphasort);
	for (int i = 0; i < n; i++) {
		set_path(from, "%s/evidence/%s", bundle, entries[i]->d_name);
		set_path(to, "%s/evidence/%s", out, entries[i]->d_name);
		if (ok && i < PROTOCOL_EVIDENCE_FILES)
			ok = copy_file(from, to, PROTOCOL_OUTPUT_MAX, reason);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

static void run_case(Agent *agent, const Job *job)
{
	char in[PATH_MAX], out[PATH_MAX], bundle[PATH_MAX], evidence[PATH_MAX];
	Ending ending = {.status = 0};
	Reason *failure = &ending.failure;

	set_path(in, SHARE "/in/%s", job->name);
	set_path(out, SHARE "/out/%s", job->name);
	set_path(bundle, BUNDLES "/%s", job->name);
	set_path(evidence, "%s/evidence", bundle);
	say(agent, "start %s", job->name);
	if (!make_dir(out, failure) || !copy_tree(in, bundle, 0, failure) ||
	    !make_dir(evidence, failure) ||
	    !mount_on("tmpfs", evidence, MS_NOSUID | MS_NODEV, "mode=1777,size=64m", failure)) {
		say(agent, "answer %s broken %s", job->name, failure->text);
		return;
	}
	if (!run_bundle(job, bundle, out, &ending) && ending.ready.text[0] == '\0')
		say(agent, "answer %s broken %s", job->name, failure->text);
	else
		answer(agent, job, bundle, &ending);
	if (failure->text[0] == '\0')
		keep_evidence(bundle, out, failure);
	if (failure->text[0])
		say(agent, "trouble %s", failure->text);
}

/* ---- the whole boot ---- */

/* From /proc/cmdline; from the kernel's log where /proc does not work. */
static void find_token(Agent *agent)
{
	char *text = read_text("/proc/cmdline", 65536, NULL);
	const char *at;
	int n;

	if (!text && (text = malloc(65536))) {
		n = klogctl(SYSLOG_READ_ALL, text, 65535);
		text[n > 0 ? n : 0] = '\0';
	}
	at = text ? strstr(text, PROTOCOL_TOKEN_ARG) : NULL;
	if (at)
		at += strlen(PROTOCOL_TOKEN_ARG);
	if (at && strspn(at, "0123456789abcdef") == PROTOCOL_TOKEN_LEN)
		memcpy(agent->token, at, PROTOCOL_TOKEN_LEN);
	else
		strcpy(agent->token, "-");
	free(text);
}

/* The kernel gives init a console only where the image has the node; devtmpfs has it always. */
static void find_console(Agent *agent)
{
	agent->console = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	if (agent->console >= 0)
		return;
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	while (open("/dev/console", O_RDWR) == 0 || fcntl(STDERR_FILENO, F_GETFD) < 0)
		if (open("/dev/null", O_RDWR) < 0)
			break;
	agent->console = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
}

static void keep_dmesg(Agent *agent)
{
	int size = klogctl(SYSLOG_SIZE_BUFFER, NULL, 0);
	int max = size > 0 ? 2 * size : 1 << 20; /* prefixes come on top of the buffer's size */
	char *text = malloc((size_t)max);
	int n = text ? klogctl(SYSLOG_READ_ALL, text, max) : -1;
	Reason reason;

	if (n < 0 ? !fail(&reason, "cannot read the kernel's log")
		  : !write_text(SHARE "/out/dmesg", text, (size_t)n, &reason))
		say(agent, "trouble %s", reason.text);
	free(text);
}

/* One line of in/job: 1 a case, 0 the end, -1 neither. */
static int parse_job(const char *line, Job *ret_job)
{
	char kind[16], rest;
	size_t len;

	if (strcmp(line, "end") == 0)
		return 0;
	if (sscanf(line, "case %64s %u %15s%c", ret_job->name, &ret_job->timeout_s, kind, &rest) !=
	    3)
		return -1;
	len = strlen(ret_job->name);
	ret_job->container = strcmp(kind, "container") == 0;
	if (strspn(ret_job->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len ||
	    ret_job->name[0] == '-' || ret_job->timeout_s == 0 ||
	    (!ret_job->container && strcmp(kind, "guest") != 0))
		return -1;
	return 1;
}

static void run_all(Agent *agent)
{
	char *text = read_text(SHARE "/in/job", 65536, NULL), *save = NULL;
	Reason reason = {""};
	bool rooted = false;
	int kind = -1;

	if (!text) {
		fail(&reason, "cannot read in/job from the share");
		give_up(agent, &reason);
	}
	if (!make_dir(SHARE "/out", &reason))
		give_up(agent, &reason);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		Job job;

		kind = parse_job(line, &job);
		if (kind <= 0)
			break;
		if (!rooted && reason.text[0] == '\0')
			rooted = make_root(&reason);
		if (!rooted)
			say(agent, "answer %s broken %s", job.name, reason.text);
		else
			run_case(agent, &job);
	}
	free(text);
	if (kind != 0) {
		strcpy(reason.text, "in/job has a line that is no job, or no end");
		give_up(agent, &reason);
	}
}

/* The share first: the host may act on the console's `done` at once. */
static _Noreturn void hand_over(Agent *agent)
{
	char done[sizeof(PROTOCOL_MARK) + PROTOCOL_TOKEN_LEN + sizeof(" done\n")];
	Reason reason;

	snprintf(done, sizeof(done), PROTOCOL_MARK "%s done\n", agent->token);
	keep_answer(agent, done, strlen(done));
	if (!agent->answers ||
	    !write_text(SHARE "/out/answer", agent->answers, strlen(agent->answers), &reason))
		say(agent, "trouble %s", reason.text);
	say(agent, "done");
	power_off(agent);
}

static void on_child(int sig)
{
	(void)sig;
}

static int run_agent(void)
{
	Agent agent = {.console = -1};
	Reason reason, no_proc = {""};
	sigset_t child;

	umask(022);
	mount_on("proc", "/proc", 0, NULL, &no_proc);
	find_token(&agent);
	find_console(&agent);
	say(&agent, "agent " PROTOCOL_VERSION);
	if (no_proc.text[0])
		give_up(&agent, &no_proc);

	/* blocked but for ppoll(2), which a child's end must interrupt */
	signal(SIGCHLD, on_child);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	setenv("PATH", PATH_ENV, 1);
	setenv("HOME", "/root", 1);

	mount_all(&agent);
	/* the log shows the command line, and so the token */
	write_text("/proc/sys/kernel/dmesg_restrict", "1", 1, &reason);
	mount_share(&agent);
	run_all(&agent);
	keep_dmesg(&agent);
	hand_over(&agent);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], PROTOCOL_START) == 0)
		start_command(argv + 2);
	if (getpid() == 1)
		return run_agent();
	fprintf(stderr, "%s: runs as the init of a bisectbox guest\n", argv[0]);
	return 2;
}
