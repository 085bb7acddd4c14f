/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: PID 1 of the guest, or the last service that an init of the image's own starts. Runs
 * the cases that the host asks for, hands their answers and evidence back and powers off;
 * protocol.h is what it speaks.
 *
 * The kernel under it may be broken in any way and of any age: each step can fail and says so,
 * and no system call younger than Linux 3.2 is needed.
 */
#include "guest/evidence.h"
#include "guest/far.h"
#include "guest/initramfs.h"
#include "guest/port.h"
#include "guest/protocol.h"
#include "guest/root.h"
#include "guest/run.h"
#include "guest/service.h"
#include "guest/shell.h"
#include "guest/start.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define HOME "/run/bisectbox"
#define SHARE HOME "/share"
#define BUNDLES HOME "/bundles"
#define COMMANDS HOME "/bin"
#define CASE_FILE HOME "/case"
#define TEXT_MAX 65536 /* bytes of in/job, of the kernel's command line or log */
/* The last is where an imported image without crun gets it. */
#define PATH_ENV "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" PROTOCOL_PROGRAMS
#define NO_TOKEN "-"

enum { SYSLOG_READ_ALL = 3, SYSLOG_SIZE_BUFFER = 10 };

typedef struct {
	bool service; /* not PID 1: other programs than ours and the cases' run, too */
	int console;  /* -1: none */
	char token[PROTOCOL_TOKEN_LEN + 1];
	char *answers; /* what goes into out/answer */
	Far *far;      /* the host is another one; else NULL */
	char *job;     /* from there */
	bool rooted;   /* root_make() is done */
	bool timed;    /* out/timings is wanted */
	char stamps[4096];
} Agent;

static void say(Agent *agent, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of out/timings. */
static void stamp(Agent *agent, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void stamp(Agent *agent, const char *format, ...)
{
	size_t len = strlen(agent->stamps);
	va_list args;

	va_start(args, format);
	vsnprintf(agent->stamps + len, sizeof(agent->stamps) - len, format, args);
	va_end(args);
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
	if (strncmp(line + head, "start ", 6) == 0 || strncmp(line + head, "answer ", 7) == 0)
		keep_answer(agent, line + 1, len - 1);
}

static _Noreturn void power_off(Agent *agent)
{
	if (agent->console >= 0)
		tcdrain(agent->console);
	/* what a service's guest wrote to its disk is thrown away */
	if (!agent->service)
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

/* ---- one case ---- */

/* Its bundle and its folder for evidence; @bundle: where they are. */
static bool prepare_case(const Job *job, char bundle[PATH_MAX], Reason *reason)
{
	char in[PATH_MAX], evidence[PATH_MAX];

	set_path(in, SHARE "/in/%s", job->name);
	set_path(bundle, BUNDLES "/%s", job->name);
	set_path(evidence, "%s/evidence", bundle);
	if (job->round > 1)
		umount2(evidence, MNT_DETACH); /* the last round's */
	return copy_tree(in, bundle, reason) && make_dir(evidence, reason) &&
	       root_mount("tmpfs", evidence, MS_NOSUID | MS_NODEV, "mode=1777,size=64m", reason) &&
	       (!job->disk[0] || root_mount_own(job->disk, bundle, reason));
}

/* Return: whether the guest is clean for the next one. */
static bool run_case(Agent *agent, const Job *job)
{
	char out[PATH_MAX], bundle[PATH_MAX], line[900];
	Evidence kept = { .far = agent->far };
	Ending ending = { .status = 0 };
	Reason *failure = &ending.failure;
	const long long started = run_now_us();
	long long prepared;

	set_path(out, SHARE "/out/%s", job->name);
	say(agent, "start %s", job->name);
	if (!make_dir(out, failure) || !prepare_case(job, bundle, failure)) {
		say(agent, "answer %s broken %s", job->name, failure->text);
		return true;
	}
	prepared = run_now_us();
	run_bundle(job, bundle, out, &kept, &ending);
	if (job->disk[0])
		root_unmount_own(bundle);
	run_answer(job, bundle, &ending, line, sizeof(line));
	say(agent, "%s", line); /* at once: what follows needs the share */
	if (failure->text[0] == '\0')
		evidence_keep(&kept, EVIDENCE_ALL, bundle, out, failure);
	if (failure->text[0])
		say(agent, "trouble %s", failure->text);
	stamp(agent, "case %s %lld %lld %lld %lld %lld\n", job->name, started, prepared,
	      ending.begun_us, ending.ended_us, run_now_us());
	if (ending.stuck)
		say(agent, "stuck %s", job->name);
	return !ending.stuck;
}

/* ---- the whole boot ---- */

static bool take_token(Agent *agent, const char *text)
{
	if (strspn(text, "0123456789abcdef") != PROTOCOL_TOKEN_LEN)
		return false;
	memcpy(agent->token, text, PROTOCOL_TOKEN_LEN);
	return true;
}

/* The boot's, from /proc/cmdline; from the kernel's log where /proc does not work. */
static void find_token(Agent *agent)
{
	char *text = read_text("/proc/cmdline", TEXT_MAX, NULL);
	const char *at;
	int n;

	if (!text && (text = malloc(TEXT_MAX))) {
		n = klogctl(SYSLOG_READ_ALL, text, TEXT_MAX - 1);
		text[n > 0 ? n : 0] = '\0';
	}
	at = text ? strstr(text, PROTOCOL_TOKEN_ARG) : NULL;
	if (!at || !take_token(agent, at + strlen(PROTOCOL_TOKEN_ARG)))
		strcpy(agent->token, NO_TOKEN);
	free(text);
}

/* The kernel gives init a console only where the image has the node; devtmpfs has it always. */
static void find_console(Agent *agent)
{
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0) {
		mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			if (fcntl(fd, F_GETFD) < 0 && open("/dev/console", O_RDWR | O_NOCTTY) < 0)
				return;
	}
	agent->console = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
}

static void mount_share(Agent *agent)
{
	/* big packets are quick; old kernels know fewer options */
	static const char *const options[] = {
		"trans=virtio,version=9p2000.L,cache=none,msize=262144",
		"trans=virtio,version=9p2000.L,msize=65536",
		"trans=virtio,version=9p2000.L",
	};
	char *disk = far_disk();
	Reason reason = { 0 };

	if (!make_dir(HOME, &reason) || !make_dir(SHARE, &reason) || !make_dir(BUNDLES, &reason))
		give_up(agent, &reason);
	if (disk) {
		agent->far = far_open(disk, SHARE, &agent->job, &reason);
		free(disk);
		if (!agent->far)
			give_up(agent, &reason);
		return;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (mount(PROTOCOL_TAG, SHARE, "9p", MS_NOSUID | MS_NODEV, options[i]) == 0)
			return;
	if (errno == ENODEV)
		fail(&reason, "this kernel has no 9p: cannot mount the share");
	else
		fail(&reason, "cannot mount the share (9p over virtio, tag " PROTOCOL_TAG ")");
	give_up(agent, &reason);
}

static void keep_dmesg(Agent *agent)
{
	int size = klogctl(SYSLOG_SIZE_BUFFER, NULL, 0);
	int max = size > 0 ? 2 * size : 1 << 20; /* prefixes come on top of the buffer's size */
	char *text = malloc((size_t)max);
	int n = text ? klogctl(SYSLOG_READ_ALL, text, max) : -1;
	Reason reason = { 0 };

	if (n < 0 ? !fail(&reason, "cannot read the kernel's log")
		  : !write_text(SHARE "/out/dmesg", text, (size_t)n, &reason))
		say(agent, "trouble %s", reason.text);
	free(text);
}

static bool is_disk(const char *path)
{
	const size_t len = strlen(PROTOCOL_DISK);

	return strncmp(path, PROTOCOL_DISK, len) == 0 && path[len] >= 'b' && path[len] <= 'z' &&
	       path[len + 1] == '\0';
}

/* One line of in/job: 1 a case, 0 the end, -1 neither. */
static int parse_job(const char *line, Job *ret_job)
{
	char kind[16], seconds[8], rest;
	unsigned long timeout;
	size_t len;
	char *end;
	int fields;

	_Static_assert(PROTOCOL_NAME_MAX == 64, "the width below");
	_Static_assert(sizeof(ret_job->disk) == 9, "the width below");
	if (strcmp(line, "end") == 0)
		return 0;
	ret_job->disk[0] = '\0';
	fields = sscanf(line, "case %64s %7s %15s %8s%c", ret_job->name, seconds, kind,
			ret_job->disk, &rest);
	if (fields != 3 && fields != 4)
		return -1;
	timeout = strtoul(seconds, &end, 10);
	len = strlen(ret_job->name);
	ret_job->timeout_s = (unsigned)timeout;
	ret_job->container = strcmp(kind, "container") == 0;
	if (strspn(ret_job->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len ||
	    ret_job->name[0] == '-' || *end || timeout == 0 ||
	    (!ret_job->container && strcmp(kind, "guest") != 0) ||
	    (fields == 4 && !(ret_job->container && is_disk(ret_job->disk))))
		return -1;
	return 1;
}

/* A guest case is root: it may have taken the share away, or made it read-only. */
static bool share_works(void)
{
	static const char probe[] = SHARE "/out/.probe";
	struct stat home, share;
	Reason ignored = { "" };

	return stat(HOME, &home) == 0 && stat(SHARE, &share) == 0 && home.st_dev != share.st_dev &&
	       write_text(probe, "", 0, &ignored) && unlink(probe) == 0;
}

/* What is to run, without its first line; the token there is the agent's from now on. */
static char *take_job(Agent *agent)
{
	char *text = agent->far ? agent->job : read_text(SHARE "/in/job", TEXT_MAX, NULL);
	const char *line_end;
	Reason reason = { "in/job does not begin with a token" };

	if (!text) {
		fail(&reason, "cannot read in/job from the share");
		give_up(agent, &reason);
	}
	/* a case must not find it there */
	if (!agent->far && unlink(SHARE "/in/job") < 0) {
		fail(&reason, "cannot remove in/job from the share");
		give_up(agent, &reason);
	}
	line_end = text + strcspn(text, "\n");
	if (strncmp(text, PROTOCOL_JOB_TOKEN, strlen(PROTOCOL_JOB_TOKEN)) != 0 ||
	    !take_token(agent, text + strlen(PROTOCOL_JOB_TOKEN)))
		give_up(agent, &reason);
	memmove(text, line_end, strlen(line_end) + 1);
	return text;
}

/* What in/job has after its token, once. */
static void run_cases(Agent *agent, const char *jobs, unsigned round)
{
	char *text = strdup(jobs), *save = NULL;
	Reason reason = { "" };
	bool clean = true;
	int kind = -1;

	if (!text || !make_dir(SHARE "/out", &reason))
		give_up(agent, &reason);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		Job job = { .round = round };

		kind = parse_job(line, &job);
		if (kind <= 0)
			break;
		job.service = agent->service;
		if (!agent->rooted && reason.text[0] == '\0')
			agent->rooted = root_make(&reason);
		if (agent->rooted && clean)
			clean = run_case(agent, &job) && share_works();
		else if (!agent->rooted) {
			say(agent, "start %s", job.name);
			say(agent, "answer %s broken %s", job.name, reason.text);
		}
	}
	free(text);
	if (kind != 0) {
		strcpy(reason.text, "in/job has a line that is no job, or no end");
		give_up(agent, &reason);
	}
}

/* The share first: the host may act on the console's `done` at once. */
static void hand_over(Agent *agent)
{
	char done[sizeof(PROTOCOL_MARK) + PROTOCOL_TOKEN_LEN + sizeof(" done\n")];
	Reason reason = { 0 };

	stamp(agent, "told %lld\n", run_now_us());
	if (agent->timed)
		write_text(SHARE "/out/timings", agent->stamps, strlen(agent->stamps), &reason);
	snprintf(done, sizeof(done), PROTOCOL_MARK "%s done\n", agent->token);
	keep_answer(agent, done, strlen(done));
	if (!agent->answers ||
	    !write_text(SHARE "/out/answer", agent->answers, strlen(agent->answers), &reason))
		say(agent, "trouble %s", reason.text);
	far_end(agent->far);
	free(agent->answers);
	agent->answers = NULL;
	say(agent, "done");
	far_linger(agent->far);
}

/* A person says when, and may say so again. */
static void run_held(Agent *agent, const char *jobs)
{
	Reason reason = { "" };
	int port = port_open(&reason);

	if (port < 0)
		give_up(agent, &reason);
	for (unsigned round = 1;; round++) {
		say(agent, "waits");
		if (!port_wait(port, PROTOCOL_GO))
			break;
		write_all(port, PROTOCOL_GOES, strlen(PROTOCOL_GOES));
		run_cases(agent, jobs, round);
		keep_dmesg(agent);
		hand_over(agent);
	}
	fail(&reason, "cannot read from " PROTOCOL_PORT);
	give_up(agent, &reason);
}

/* A case for the shell: its bundle, and the commands that find it by its line in CASE_FILE. */
static bool offer_case(const char *line, Reason *reason)
{
	static const char *const names[] = { PROTOCOL_RUN, PROTOCOL_ENTER };
	char path[PATH_MAX], bundle[PATH_MAX];
	Job job = { .round = 1 };
	int kind = parse_job(line, &job);

	if (kind < 0)
		return fail(reason, "in/job has a line that is no job");
	if (kind == 0)
		return true;
	if (!root_make(reason) || !prepare_case(&job, bundle, reason) ||
	    !write_text(CASE_FILE, line, strlen(line), reason) || !make_dir(COMMANDS, reason))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set_path(path, COMMANDS "/%s", names[i]);
		if (symlink(PROTOCOL_AGENT, path) < 0)
			return fail(reason, "cannot make %s", path);
	}
	return true;
}

/* What a person does there is his affair: no answers, no evidence. */
static _Noreturn void run_shell(Agent *agent, char *jobs)
{
	char *save = NULL, *line = strtok_r(jobs, "\n", &save), *job = strtok_r(NULL, "\n", &save);
	Reason reason = { "in/job has no terminal for the shell" };
	Screen screen;
	int port = -1;

	if (!line || !shell_parse(line, &screen) || (port = port_open(&reason)) < 0 ||
	    !offer_case(job ? job : "", &reason))
		give_up(agent, &reason);
	sethostname("bisectbox", strlen("bisectbox"));
	setenv("PATH", COMMANDS ":" PATH_ENV, 1);
	say(agent, "waits");
	if (!shell_run(port, &screen, &reason))
		give_up(agent, &reason);
	power_off(agent);
}

/* case-run and case-shell, in the shell. */
static int attend_case(bool enter)
{
	char *line = read_text(CASE_FILE, TEXT_MAX, NULL), bundle[PATH_MAX];
	Job job = { .round = (unsigned)getpid() };

	if (!line || parse_job(line, &job) != 1) {
		fprintf(stderr, "there is no case in this guest\n");
		return 2;
	}
	set_path(bundle, BUNDLES "/%s", job.name);
	return start_attended(&job, bundle, enter);
}

/* Whether @jobs begins with a line, which is left out then; its last newline stays. */
static bool skip_line(char **jobs, const char *line)
{
	if (strncmp(*jobs, line, strlen(line)) != 0)
		return false;
	*jobs += strlen(line) - 1;
	return true;
}

static void on_child(int sig)
{
	(void)sig;
}

/* What all that the agent starts begins with. */
static void prepare_process(void)
{
	sigset_t child;

	/* blocked but for ppoll(2), which a child's end must interrupt */
	signal(SIGCHLD, on_child);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	setenv("PATH", PATH_ENV, 1);
	setenv("HOME", "/root", 1);
}

static _Noreturn void run_jobs(Agent *agent)
{
	Reason ignored;
	char *jobs;

	/* the log shows the command line, and so the token */
	write_text("/proc/sys/kernel/dmesg_restrict", "1", 1, &ignored);
	mount_share(agent);
	jobs = take_job(agent);
	if (strncmp(jobs, "\n" PROTOCOL_SHELL, strlen("\n" PROTOCOL_SHELL)) == 0)
		run_shell(agent, jobs + 1);
	if (skip_line(&jobs, "\n" PROTOCOL_HOLD "\n"))
		run_held(agent, jobs);
	agent->timed = skip_line(&jobs, "\n" PROTOCOL_TIMINGS "\n");
	run_cases(agent, jobs, 1);
	stamp(agent, "cases %lld\n", run_now_us());
	keep_dmesg(agent);
	hand_over(agent);
	power_off(agent);
}

static _Noreturn void run_agent(void)
{
	Agent agent = { .console = -1 };
	Reason reason = { "" }, no_proc = { "" };

	umask(022);
	root_mount("proc", "/proc", 0, NULL, &no_proc);
	find_token(&agent);
	find_console(&agent);
	if (initramfs_is_here()) {
		/* the agent is reached when it is the root's */
		initramfs_leave(&reason);
		give_up(&agent, &reason);
	}
	stamp(&agent, "agent %lld\n", run_now_us());
	say(&agent, "agent " PROTOCOL_VERSION);
	if (no_proc.text[0])
		give_up(&agent, &no_proc);
	prepare_process();
	if (!root_mount_all(&reason))
		give_up(&agent, &reason);
	run_jobs(&agent);
}

/* ---- as a service ---- */

static _Noreturn void run_service(void)
{
	Agent agent = { .service = true, .console = -1 };
	Reason reason = { "" };

	find_token(&agent);
	if (strcmp(agent.token, NO_TOKEN) == 0 || service_is_called_off())
		exit(0);
	service_leave();
	stamp(&agent, "agent %lld\n", run_now_us());
	agent.console = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	say(&agent, "agent " PROTOCOL_VERSION);
	prepare_process();
	if (!service_leave_mounts(&reason) || !make_dir("/run", &reason))
		give_up(&agent, &reason);
	root_mount_cgroup();
	run_jobs(&agent);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	name = name ? name + 1 : argv[0];
	if (argc > 2 && strcmp(argv[1], PROTOCOL_START) == 0)
		start_command(argv + 2);
	if (argc == 2 && strcmp(argv[1], PROTOCOL_START_SHELL) == 0)
		shell_become();
	if (strcmp(name, PROTOCOL_RUN) == 0 || strcmp(name, PROTOCOL_ENTER) == 0)
		return attend_case(strcmp(name, PROTOCOL_ENTER) == 0);
	if (getpid() == 1)
		run_agent();
	if (argc == 2 && strcmp(argv[1], PROTOCOL_SERVICE) == 0 && geteuid() == 0)
		run_service();
	fprintf(stderr, "%s: runs as the init of a bisectbox guest, or is started by it\n",
		argv[0]);
	return 2;
}
