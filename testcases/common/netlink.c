/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the kernel over netlink, and its answers. */
#include "common/netlink.h"

#include "common/verdict.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

#define ANSWER_WAIT_MS 5000 /* the kernel answers at once; under emulation, almost */

const char *message_type_name(unsigned type)
{
	static const struct {
		unsigned type;
		const char *name;
	} names[] = {
		{ AUDIT_GET, "AUDIT_GET" },     { AUDIT_SET, "AUDIT_SET" },
		{ AUDIT_USER, "AUDIT_USER" },   { AUDIT_LOGIN, "AUDIT_LOGIN" },
		{ 1019, "AUDIT_GET_FEATURE" },  { 1100, "AUDIT_USER_AUTH" },
		{ 1101, "AUDIT_USER_ACCT" },    { 1102, "AUDIT_USER_MGMT" },
		{ 1103, "AUDIT_CRED_ACQ" },     { 1104, "AUDIT_CRED_DISP" },
		{ 1105, "AUDIT_USER_START" },   { 1106, "AUDIT_USER_END" },
		{ 1107, "AUDIT_USER_AVC" },     { 1108, "AUDIT_USER_CHAUTHTOK" },
		{ 1109, "AUDIT_USER_ERR" },     { 1110, "AUDIT_CRED_REFR" },
		{ 1112, "AUDIT_USER_LOGIN" },   { 1113, "AUDIT_USER_LOGOUT" },
		{ 1120, "AUDIT_TEST" },         { RTM_GETLINK, "RTM_GETLINK" },
		{ RTM_NEWLINK, "RTM_NEWLINK" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "?";
}

const char *answer_name(int answer)
{
	return answer == NO_ANSWER ? "none" : error_name(answer);
}

Answer answer_of(int answer)
{
	if (answer == 0 || answer == ECONNREFUSED)
		return ANSWER_TAKEN;
	return answer == EPERM || answer == EACCES ? ANSWER_REFUSED : ANSWER_STRANGE;
}

void message_add(Messages *messages, Message message)
{
	if (messages->n == sizeof(messages->list) / sizeof(messages->list[0]))
		return;
	messages->list[messages->n++] = message;
}

void messages_print(FILE *out, const Messages *messages)
{
	fprintf(out, "%-8s %5s %-20s %s\n", "sender", "type", "name", "answer");
	for (unsigned i = 0; i < messages->n; i++) {
		const Message *message = &messages->list[i];

		fprintf(out, "%-8s %5u %-20s %s\n", message->sender, message->type,
			message_type_name(message->type), answer_name(message->answer));
	}
}

int netlink_ask(int fd, Request *request, unsigned len)
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
