/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the kernel take audit messages from a container that may send them?
 *
 * Runs `su -c true` and watches, through ptrace(2), each audit message that su sends and what
 * the kernel answers: su and PAM of today swallow a refusal and exit 0, so the answers are the
 * truth. Then sends such messages itself. Exit status: 0 good, 1 bad, 125 this kernel or this
 * container cannot tell.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "reads the registers of x86-64"
#endif

enum { GOOD = 0, BAD = 1, UNTESTABLE = 125 };
enum { NO_ANSWER = -1 };

#define ANSWER_WAIT_MS 5000 /* the kernel answers at once; under emulation, almost */
#define TEXT_MAX 400        /* of a message's text, in the trace */

/* One message to the kernel and its answer: 0, an errno, or NO_ANSWER. */
typedef struct {
	const char *sender;
	unsigned type;
	unsigned seq;
	pid_t pid;
	int fd;
	int answer;
} Message;

typedef struct {
	Message list[256];
	unsigned n;
} Messages;

/* A process under our eyes. */
typedef struct {
	pid_t pid;        /* 0: a free place */
	bool entered;     /* between a system call's start and its end */
	uint64_t sockets; /* its audit sockets, one bit a descriptor below 64 */
} Tracee;

typedef struct {
	Tracee tracees[64];
	Messages *messages;
	FILE *trace;
	FILE *log;      /* what arrives on /dev/log */
	int log_socket; /* -1: none */
} Watch;

/* A message as sent: what follows the header is text or a struct. */
typedef struct {
	struct nlmsghdr head;
	union {
		char text[128];
		struct audit_status status;
		struct ifinfomsg link;
	} body;
} Request;

static const char *type_name(unsigned type)
{
	static const struct {
		unsigned type;
		const char *name;
	} names[] = {
		{ AUDIT_GET, "AUDIT_GET" },    { AUDIT_SET, "AUDIT_SET" },
		{ AUDIT_USER, "AUDIT_USER" },  { AUDIT_LOGIN, "AUDIT_LOGIN" },
		{ 1019, "AUDIT_GET_FEATURE" }, { 1100, "AUDIT_USER_AUTH" },
		{ 1101, "AUDIT_USER_ACCT" },   { 1102, "AUDIT_USER_MGMT" },
		{ 1103, "AUDIT_CRED_ACQ" },    { 1104, "AUDIT_CRED_DISP" },
		{ 1105, "AUDIT_USER_START" },  { 1106, "AUDIT_USER_END" },
		{ 1107, "AUDIT_USER_AVC" },    { 1108, "AUDIT_USER_CHAUTHTOK" },
		{ 1109, "AUDIT_USER_ERR" },    { 1110, "AUDIT_CRED_REFR" },
		{ 1112, "AUDIT_USER_LOGIN" },  { 1113, "AUDIT_USER_LOGOUT" },
		{ 1120, "AUDIT_TEST" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "?";
}

static const char *answer_name(int answer)
{
	const char *name = answer > 0 ? strerrorname_np(answer) : NULL;

	return answer == 0 ? "0" : answer == NO_ANSWER ? "none" : name ? name : "?";
}

/* Those for which CAP_AUDIT_WRITE is meant; audit's own settings are refused to a container. */
static bool is_user_message(unsigned type)
{
	return type == AUDIT_USER ||
	       (type >= AUDIT_FIRST_USER_MSG && type <= AUDIT_LAST_USER_MSG) ||
	       (type >= AUDIT_FIRST_USER_MSG2 && type <= AUDIT_LAST_USER_MSG2);
}

static Message *message_add(Messages *messages, Message message)
{
	if (messages->n == sizeof(messages->list) / sizeof(messages->list[0]))
		return &messages->list[messages->n - 1];
	messages->list[messages->n] = message;
	return &messages->list[messages->n++];
}

/* ---- our own messages ---- */

/* Sends and waits for the acknowledgement that carries the same number. */
static int ask(int fd, Request *request, unsigned len)
{
	static unsigned last_seq;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	request->head.nlmsg_len = NLMSG_LENGTH(len);
	request->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->head.nlmsg_seq = ++last_seq;
	if (sendto(fd, request, request->head.nlmsg_len, 0, (struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return errno;
	while (poll(&poll_fd, 1, ANSWER_WAIT_MS) > 0) {
		_Alignas(struct nlmsghdr) char reply[8192];
		ssize_t len_left = recv(fd, reply, sizeof(reply), 0);
		unsigned left = len_left > 0 ? (unsigned)len_left : 0;

		for (struct nlmsghdr *head = (struct nlmsghdr *)reply; NLMSG_OK(head, left);
		     head = NLMSG_NEXT(head, left)) {
			struct nlmsgerr *error = NLMSG_DATA(head);

			if (head->nlmsg_type == NLMSG_ERROR && error->msg.nlmsg_seq == last_seq)
				return -error->error;
		}
		if (len_left < 0 && errno != EINTR)
			return errno;
	}
	return NO_ANSWER;
}

/* Asks with a type of audit's and notes it; the text is what PAM sends, more or less. */
static int ask_audit(Messages *messages, const char *sender, int fd, unsigned type)
{
	Request request = { .head.nlmsg_type = (unsigned short)type };
	unsigned len = sizeof(request.body.status);
	int answer;

	if (is_user_message(type))
		len = (unsigned)snprintf(
			      request.body.text, sizeof(request.body.text),
			      "op=bisectbox acct=\"root\" exe=\"/case/audit\" res=success") +
		      1;
	answer = ask(fd, &request, len);
	message_add(messages, (Message){ .sender = sender, .type = type, .answer = answer });
	return answer;
}

static bool have_capability(unsigned capability)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long effective = 0;
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "CapEff:", 7) == 0)
			effective = strtoull(line + 7, NULL, 16);
	if (status)
		fclose(status);
	return effective >> capability & 1;
}

/* ---- su's messages ---- */

static bool peek(pid_t pid, uint64_t address, void *to, size_t len)
{
	for (size_t at = 0; at < len; at += sizeof(long)) {
		size_t part = len - at < sizeof(long) ? len - at : sizeof(long);
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, address + at, NULL);
		if (errno)
			return false;
		memcpy((char *)to + at, &word, part);
	}
	return true;
}

/* Where the bytes of a call of the send and receive family are. */
static uint64_t buffer_of(pid_t pid, const struct user_regs_struct *regs)
{
	struct msghdr message;
	struct iovec vector;

	if (regs->orig_rax != SYS_sendmsg && regs->orig_rax != SYS_recvmsg)
		return regs->rsi;
	if (!peek(pid, regs->rsi, &message, sizeof(message)) ||
	    !peek(pid, (uint64_t)message.msg_iov, &vector, sizeof(vector)))
		return 0;
	return (uint64_t)vector.iov_base;
}

static void saw_send(Watch *watch, pid_t pid, const struct user_regs_struct *regs)
{
	const uint64_t buffer = buffer_of(pid, regs);
	const int64_t result = (int64_t)regs->rax;
	char text[TEXT_MAX + 1] = "";
	struct nlmsghdr head;
	size_t len;

	if (!peek(pid, buffer, &head, sizeof(head)))
		return;
	len = head.nlmsg_len > sizeof(head) ? head.nlmsg_len - sizeof(head) : 0;
	if (!peek(pid, buffer + sizeof(head), text, len < TEXT_MAX ? len : TEXT_MAX))
		text[0] = '\0';
	fprintf(watch->trace, "%d send type=%u (%s) flags=0x%x seq=%u \"%s\" = %lld%s%s\n",
		(int)pid, head.nlmsg_type, type_name(head.nlmsg_type), head.nlmsg_flags,
		head.nlmsg_seq, text, (long long)result, result < 0 ? " " : "",
		result < 0 ? answer_name((int)-result) : "");
	/* beyond 511 are the kernel's own: the call is going to be restarted */
	if (result == -EINTR || result == -EAGAIN || result <= -512)
		return;
	message_add(watch->messages, (Message){ .sender = "su",
						.type = head.nlmsg_type,
						.seq = head.nlmsg_seq,
						.pid = pid,
						.fd = (int)regs->rdi,
						.answer = result < 0 ? (int)-result : NO_ANSWER });
}

static void saw_receive(Watch *watch, pid_t pid, const struct user_regs_struct *regs)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} reply;

	if ((int64_t)regs->rax < (int64_t)sizeof(reply) ||
	    !peek(pid, buffer_of(pid, regs), &reply, sizeof(reply)))
		return;
	if (reply.head.nlmsg_type != NLMSG_ERROR)
		return;
	fprintf(watch->trace, "%d answer to type=%u (%s) seq=%u: %s%s\n", (int)pid,
		reply.error.msg.nlmsg_type, type_name(reply.error.msg.nlmsg_type),
		reply.error.msg.nlmsg_seq, answer_name(-reply.error.error),
		regs->r10 & MSG_PEEK ? " (peek)" : "");
	for (unsigned i = watch->messages->n; i-- > 0;) {
		Message *message = &watch->messages->list[i];

		if (message->pid == pid && message->fd == (int)regs->rdi &&
		    message->seq == reply.error.msg.nlmsg_seq) {
			message->answer = -reply.error.error;
			return;
		}
	}
}

static void log_drain(Watch *watch)
{
	char line[1024];
	ssize_t n;

	while (watch->log_socket >= 0 &&
	       (n = recv(watch->log_socket, line, sizeof(line) - 1, MSG_DONTWAIT)) >= 0) {
		line[n] = '\0';
		fprintf(watch->log, "%s\n", line);
	}
}

/* A system call has ended. */
static void saw_call(Watch *watch, Tracee *tracee, const struct user_regs_struct *regs)
{
	const int64_t result = (int64_t)regs->rax;
	const uint64_t fd = regs->orig_rax == SYS_socket ? regs->rax : regs->rdi;
	const uint64_t bit = fd < 64 ? (uint64_t)1 << fd : 0;

	switch (regs->orig_rax) {
	case SYS_socket:
		if (result >= 0 && regs->rdi == AF_NETLINK && regs->rdx == NETLINK_AUDIT)
			tracee->sockets |= bit;
		if (regs->rdi == AF_NETLINK)
			fprintf(watch->trace, "%d socket AF_NETLINK protocol=%llu = %lld\n",
				(int)tracee->pid, regs->rdx, (long long)result);
		break;
	case SYS_close:
		tracee->sockets &= ~bit;
		break;
	case SYS_sendto:
	case SYS_sendmsg:
		log_drain(watch);
		if (tracee->sockets & bit)
			saw_send(watch, tracee->pid, regs);
		break;
	case SYS_recvfrom:
	case SYS_recvmsg:
		if (tracee->sockets & bit)
			saw_receive(watch, tracee->pid, regs);
		break;
	}
}

/* A new one has its parent's descriptors: those of all, which is as good here. */
static Tracee *tracee_of(Watch *watch, pid_t pid, bool *ret_new)
{
	Tracee *place = NULL;
	uint64_t sockets = 0;

	for (size_t i = 0; i < sizeof(watch->tracees) / sizeof(watch->tracees[0]); i++) {
		Tracee *tracee = &watch->tracees[i];

		if (tracee->pid == pid) {
			*ret_new = false;
			return tracee;
		}
		if (tracee->pid)
			sockets |= tracee->sockets;
		else if (!place)
			place = tracee;
	}
	*ret_new = true;
	if (place)
		*place = (Tracee){ .pid = pid, .sockets = sockets };
	return place;
}

static void saw_stop(Watch *watch, pid_t pid, int status)
{
	struct user_regs_struct regs;
	int signal_on = WSTOPSIG(status);
	bool is_new;
	Tracee *tracee = tracee_of(watch, pid, &is_new);

	if (is_new) {
		ptrace(PTRACE_SETOPTIONS, pid, NULL,
		       PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
		signal_on = 0; /* the stop that tracing begins with */
	} else if (signal_on == (SIGTRAP | 0x80)) {
		tracee->entered = !tracee->entered;
		if (!tracee->entered && ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0)
			saw_call(watch, tracee, &regs);
		signal_on = 0;
	} else if (status >> 16) {
		signal_on = 0;
	}
	ptrace(PTRACE_SYSCALL, pid, NULL, (long)signal_on);
}

static int listen_log(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unlink(address.sun_path);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* su's wait status, or -1 where it could not be watched. */
static int watch_su(Watch *watch)
{
	pid_t su = fork(), pid;
	int status, su_status = -1;

	if (su < 0)
		return -1;
	if (su == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(127);
		raise(SIGSTOP);
		execlp("su", "su", "-c", "true", NULL);
		_exit(127);
	}
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || (pid < 0 && errno == EINTR)) {
		bool is_new;

		if (pid < 0)
			continue;
		if (WIFSTOPPED(status)) {
			saw_stop(watch, pid, status);
			continue;
		}
		if (pid == su)
			su_status = status;
		Tracee *tracee = tracee_of(watch, pid, &is_new);
		if (tracee)
			tracee->pid = 0;
	}
	log_drain(watch);
	return su_status;
}

/* ---- what it means ---- */

static int say(int verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int say(int verdict, const char *format, ...)
{
	va_list args;

	printf("%s: ", verdict == GOOD ? "good" : verdict == BAD ? "bad" : "untestable");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	return verdict;
}

/*
 * What must work, and what must not, on every kernel in this container. Old kernels that listen
 * in the first network namespace alone answer ECONNREFUSED to all; those with the namespace
 * check first, EPERM.
 */
static int check_controls(Messages *messages, int *ret_audit)
{
	Request link = { .head.nlmsg_type = RTM_GETLINK, .body.link.ifi_index = 1 };
	int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int answer = route >= 0 ? ask(route, &link, sizeof(link.body.link)) : errno;

	message_add(messages,
		    (Message){ .sender = "control", .type = RTM_GETLINK, .answer = answer });
	if (route >= 0)
		close(route);
	if (answer != 0)
		return say(UNTESTABLE, "netlink itself does not work (RTM_GETLINK: %s)",
			   answer_name(answer));
	*ret_audit = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (*ret_audit < 0)
		return say(UNTESTABLE, "%s (socket: %s)",
			   errno == EPROTONOSUPPORT ? "this kernel has no audit"
						    : "no audit socket can be opened",
			   answer_name(errno));
	if (!have_capability(CAP_AUDIT_WRITE) || have_capability(CAP_AUDIT_CONTROL))
		return say(UNTESTABLE, "the container must have CAP_AUDIT_WRITE, and not "
				       "CAP_AUDIT_CONTROL");
	answer = ask_audit(messages, "control", *ret_audit, AUDIT_SET);
	if (answer <= 0)
		return say(UNTESTABLE,
			   "AUDIT_SET without CAP_AUDIT_CONTROL must be refused, and was "
			   "answered %s",
			   answer_name(answer));
	answer = ask_audit(messages, "control", *ret_audit, AUDIT_LOGIN);
	if (answer <= 0)
		return say(UNTESTABLE,
			   "AUDIT_LOGIN is for the kernel to send and must be refused, and "
			   "was answered %s",
			   answer_name(answer));
	return GOOD;
}

static int judge(const Messages *messages, int su_status)
{
	const Message *refused = NULL, *strange = NULL;
	const char *how = WIFEXITED(su_status) ? "exit status" : "signal";
	const int with = WIFEXITED(su_status) ? WEXITSTATUS(su_status) : WTERMSIG(su_status);
	unsigned from_su = 0, from_probe = 0;

	for (unsigned i = 0; i < messages->n; i++) {
		const Message *message = &messages->list[i];

		if (!is_user_message(message->type))
			continue;
		from_su += strcmp(message->sender, "su") == 0;
		from_probe += strcmp(message->sender, "probe") == 0;
		if ((message->answer == EPERM || message->answer == EACCES) && !refused)
			refused = message;
		else if (message->answer != 0 && message->answer != ECONNREFUSED && !strange)
			strange = message;
	}
	if (from_su == 0)
		return say(UNTESTABLE, "su sent no audit message; it ended by %s %d", how, with);
	if (refused)
		return say(BAD, "the kernel refused %s's %s (%u): %s", refused->sender,
			   type_name(refused->type), refused->type, answer_name(refused->answer));
	if (!WIFEXITED(su_status) || WEXITSTATUS(su_status) != 0)
		return say(BAD, "su failed: %s %d", how, with);
	if (strange)
		return say(UNTESTABLE,
			   "the kernel's answer to %s's %s (%u) is neither a yes nor a "
			   "refusal: %s",
			   strange->sender, type_name(strange->type), strange->type,
			   answer_name(strange->answer));
	return say(GOOD,
		   "su exits 0; %u messages of su and %u of the probe were taken, or nobody "
		   "listens",
		   from_su, from_probe);
}

static void print_table(FILE *out, const Messages *messages, int su_status)
{
	fprintf(out, "%-8s %5s %-20s %s\n", "sender", "type", "name", "answer");
	for (unsigned i = 0; i < messages->n; i++) {
		const Message *message = &messages->list[i];

		fprintf(out, "%-8s %5u %-20s %s\n", message->sender, message->type,
			message->type == RTM_GETLINK ? "RTM_GETLINK" : type_name(message->type),
			answer_name(message->answer));
	}
	if (su_status >= 0 && WIFEXITED(su_status))
		fprintf(out, "su exit status %d\n", WEXITSTATUS(su_status));
	else if (su_status >= 0)
		fprintf(out, "su signal %d\n", WTERMSIG(su_status));
}

int main(void)
{
	static const unsigned probes[] = { AUDIT_USER, 1100, 1101, 1105, 1120 };
	static Messages messages;
	Watch watch = { .messages = &messages,
			.trace = fopen("/evidence/su-trace", "we"),
			.log = fopen("/evidence/pam-log", "we"),
			.log_socket = listen_log() };
	FILE *table = fopen("/evidence/answers", "we");
	int audit = -1, su_status = -1;
	int verdict;

	if (!watch.trace || !watch.log || !table || watch.log_socket < 0)
		return say(UNTESTABLE, "cannot write /evidence or listen on /dev/log: %s",
			   strerror(errno));
	verdict = check_controls(&messages, &audit);
	if (verdict == GOOD) {
		/* su first: of a burst of audit lines the kernel's log keeps the first ten */
		fflush(NULL);
		su_status = watch_su(&watch);
		for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
			ask_audit(&messages, "probe", audit, probes[i]);
		verdict = su_status < 0 ? say(UNTESTABLE, "su could not be run and watched")
					: judge(&messages, su_status);
	}
	print_table(stdout, &messages, su_status);
	print_table(table, &messages, su_status);
	if (fclose(watch.trace) || fclose(watch.log) || fclose(table))
		return say(UNTESTABLE, "cannot write /evidence: %s", strerror(errno));
	return verdict;
}
