/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the kernel over netlink, what it answers, and a list of both. */
#pragma once

#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { NO_ANSWER = -1 };

/**
 * struct Message - one message to the kernel and its answer
 * @sender: who sent it; static
 * @type:   of the netlink header
 * @seq:    likewise
 * @pid:    of a watched sender, else 0
 * @fd:     the watched sender's socket
 * @answer: 0, an errno, or NO_ANSWER
 */
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

/* A message as sent: what follows the header is text or a struct. */
typedef struct {
	struct nlmsghdr head;
	union {
		char text[128];
		struct audit_status status;
		struct ifinfomsg link;
	} body;
} Request;

/* What an answer means to the sender. */
typedef enum {
	ANSWER_TAKEN,   /* 0, or ECONNREFUSED: nobody listens, which userland ignores */
	ANSWER_REFUSED, /* EPERM, EACCES: it may not say this */
	ANSWER_STRANGE, /* none at all, or anything else */
} Answer;

/** message_type_name() - "AUDIT_USER", "RTM_GETLINK"; "?" for others; static */
const char *message_type_name(unsigned type);

/** answer_name() - "EPERM", "0", "none"; static */
const char *answer_name(int answer);

/** answer_of() - which kind of answer this is */
Answer answer_of(int answer);

/** message_add() - note one; beyond the list's length, the last is lost */
void message_add(Messages *messages, Message message);

/** messages_print() - a table of them, a line each */
void messages_print(FILE *out, const Messages *messages);

/**
 * netlink_ask() - send a message and wait for the acknowledgement that carries its number
 * @fd:      netlink socket
 * @request: its type is set; length, flags and number are filled in
 * @len:     bytes of the body
 *
 * Return: 0, an errno, or NO_ANSWER after five seconds.
 */
int netlink_ask(int fd, Request *request, unsigned len);
