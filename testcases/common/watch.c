/* SPDX-License-Identifier: GPL-2.0-or-later */
/* su's messages, watched from outside: what it makes of the answers is its own affair. */
#include "common/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX 400 /* of a message's text, in the trace */

/* A system call: what it is and gets, once it is entered; and what came of it. */
typedef struct {
	uint64_t number;
	uint64_t args[4];
	int64_t result;
} Call;

/* A process under our eyes. */
typedef struct {
	pid_t pid;    /* 0: a free place */
	bool entered; /* between a system call's start and its end */
	Call call;    /* that one: at its end, arm64 has the result in its first argument's place */
	uint64_t sockets; /* its audit sockets, one bit a descriptor below 64 */
} Tracee;

typedef struct {
	Tracee tracees[64];
	Messages *messages;
	FILE *trace;
	FILE *log;      /* what arrives on /dev/log */
	int log_socket; /* -1: none */
} Watch;

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

static bool read_call(pid_t pid, Call *ret_call)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &all) < 0)
		return false;
#if defined(__x86_64__)
	*ret_call = (Call){ .number = regs.orig_rax,
			    .args = { regs.rdi, regs.rsi, regs.rdx, regs.r10 },
			    .result = (int64_t)regs.rax };
#elif defined(__aarch64__)
	*ret_call = (Call){ .number = regs.regs[8],
			    .args = { regs.regs[0], regs.regs[1], regs.regs[2], regs.regs[3] },
			    .result = (int64_t)regs.regs[0] };
#else
#error "reads the registers of x86-64 and arm64"
#endif
	return true;
}

/* Where the bytes of a call of the send and receive family are. */
static uint64_t buffer_of(pid_t pid, const Call *call)
{
	struct msghdr message;
	struct iovec vector;

	if (call->number != SYS_sendmsg && call->number != SYS_recvmsg)
		return call->args[1];
	if (!peek(pid, call->args[1], &message, sizeof(message)) ||
	    !peek(pid, (uint64_t)message.msg_iov, &vector, sizeof(vector)))
		return 0;
	return (uint64_t)vector.iov_base;
}

static void saw_send(Watch *watch, pid_t pid, const Call *call)
{
	const uint64_t buffer = buffer_of(pid, call);
	const int64_t result = call->result;
	char text[TEXT_MAX + 1] = "";
	struct nlmsghdr head;
	size_t len;

	if (!peek(pid, buffer, &head, sizeof(head)))
		return;
	len = head.nlmsg_len > sizeof(head) ? head.nlmsg_len - sizeof(head) : 0;
	if (!peek(pid, buffer + sizeof(head), text, len < TEXT_MAX ? len : TEXT_MAX))
		text[0] = '\0';
	fprintf(watch->trace, "%d send type=%u (%s) flags=0x%x seq=%u \"%s\" = %lld%s%s\n",
		(int)pid, head.nlmsg_type, message_type_name(head.nlmsg_type), head.nlmsg_flags,
		head.nlmsg_seq, text, (long long)result, result < 0 ? " " : "",
		result < 0 ? answer_name((int)-result) : "");
	/* beyond 511 are the kernel's own: the call is going to be restarted */
	if (result == -EINTR || result == -EAGAIN || result <= -512)
		return;
	message_add(watch->messages, (Message){ .sender = "su",
						.type = head.nlmsg_type,
						.seq = head.nlmsg_seq,
						.pid = pid,
						.fd = (int)call->args[0],
						.answer = result < 0 ? (int)-result : NO_ANSWER });
}

static void saw_receive(Watch *watch, pid_t pid, const Call *call)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} reply;

	if (call->result < (int64_t)sizeof(reply) ||
	    !peek(pid, buffer_of(pid, call), &reply, sizeof(reply)))
		return;
	if (reply.head.nlmsg_type != NLMSG_ERROR)
		return;
	fprintf(watch->trace, "%d answer to type=%u (%s) seq=%u: %s%s\n", (int)pid,
		reply.error.msg.nlmsg_type, message_type_name(reply.error.msg.nlmsg_type),
		reply.error.msg.nlmsg_seq, answer_name(-reply.error.error),
		call->args[3] & MSG_PEEK ? " (peek)" : "");
	for (unsigned i = watch->messages->n; i-- > 0;) {
		Message *message = &watch->messages->list[i];

		if (message->pid == pid && message->fd == (int)call->args[0] &&
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
static void saw_call(Watch *watch, Tracee *tracee)
{
	const Call *call = &tracee->call;
	const uint64_t fd = call->number == SYS_socket ? (uint64_t)call->result : call->args[0];
	const uint64_t bit = fd < 64 ? (uint64_t)1 << fd : 0;

	switch (call->number) {
	case SYS_socket:
		if (call->result >= 0 && call->args[0] == AF_NETLINK &&
		    call->args[2] == NETLINK_AUDIT)
			tracee->sockets |= bit;
		if (call->args[0] == AF_NETLINK)
			fprintf(watch->trace, "%d socket AF_NETLINK protocol=%llu = %lld\n",
				(int)tracee->pid, (unsigned long long)call->args[2],
				(long long)call->result);
		break;
	case SYS_close:
		tracee->sockets &= ~bit;
		break;
	case SYS_sendto:
	case SYS_sendmsg:
		log_drain(watch);
		if (tracee->sockets & bit)
			saw_send(watch, tracee->pid, call);
		break;
	case SYS_recvfrom:
	case SYS_recvmsg:
		if (tracee->sockets & bit)
			saw_receive(watch, tracee->pid, call);
		break;
	}
}

/* A system call begins or ends. */
static void saw_step(Watch *watch, Tracee *tracee)
{
	Call now;

	tracee->entered = !tracee->entered;
	if (!read_call(tracee->pid, &now))
		return;
	if (tracee->entered) {
		tracee->call = now;
		return;
	}
	tracee->call.result = now.result;
	saw_call(watch, tracee);
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
	int signal_on = WSTOPSIG(status);
	bool is_new;
	Tracee *tracee = tracee_of(watch, pid, &is_new);

	if (is_new) {
		ptrace(PTRACE_SETOPTIONS, pid, NULL,
		       PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
		signal_on = 0; /* the stop that tracing begins with */
	} else if (signal_on == (SIGTRAP | 0x80)) {
		saw_step(watch, tracee);
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

int watch_su(Messages *messages, FILE *trace, FILE *log)
{
	Watch all = {
		.messages = messages, .trace = trace, .log = log, .log_socket = listen_log()
	};
	Watch *watch = &all;
	int status, su_status = -1;
	pid_t su, pid;

	if (watch->log_socket < 0 || (su = fork()) < 0)
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
