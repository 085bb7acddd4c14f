/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the kernel take audit messages from a container that may send them?
 *
 * Runs `su -c true` and watches, through ptrace(2), each audit message that su sends and what
 * the kernel answers: su and PAM of today swallow a refusal and exit 0, so the answers are the
 * truth. Then sends such messages itself. With --no-capability the container may not send them,
 * and the question is whether the kernel lets it be ignored, as it did before it listened in all
 * network namespaces.
 */
#include "common/netlink.h"
#include "common/verdict.h"
#include "common/watch.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUEST_TEXT "op=bisectbox acct=\"root\" exe=\"/case/audit\" res=success"

/* Those for which CAP_AUDIT_WRITE is meant; audit's own settings are refused to a container. */
static bool is_user_message(unsigned type)
{
	return type == AUDIT_USER ||
	       (type >= AUDIT_FIRST_USER_MSG && type <= AUDIT_LAST_USER_MSG) ||
	       (type >= AUDIT_FIRST_USER_MSG2 && type <= AUDIT_LAST_USER_MSG2);
}

/* Asks with a type of audit's and notes it; the text is what PAM sends, more or less. */
static int ask_audit(Messages *messages, const char *sender, int fd, unsigned type)
{
	Request request = { .head.nlmsg_type = (unsigned short)type };
	unsigned len = sizeof(request.body.status);
	int answer;

	if (is_user_message(type)) {
		strcpy(request.body.text, REQUEST_TEXT);
		len = sizeof(REQUEST_TEXT);
	}
	answer = netlink_ask(fd, &request, len);
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

/* ---- what it means ---- */

/* The first of @sender's messages (NULL: of anyone's) that was answered in this way. */
static const Message *find(const Messages *messages, const char *sender, Answer kind)
{
	for (unsigned i = 0; i < messages->n; i++)
		if ((!sender || strcmp(messages->list[i].sender, sender) == 0) &&
		    answer_of(messages->list[i].answer) == kind)
			return &messages->list[i];
	return NULL;
}

static int judge(const Messages *messages, const char *whose)
{
	const Message *refused = find(messages, NULL, ANSWER_REFUSED);
	const Message *strange = find(messages, NULL, ANSWER_STRANGE);

	if (refused)
		return say(BAD, "the kernel refused %s's %s (%u): %s", refused->sender,
			   message_type_name(refused->type), refused->type,
			   answer_name(refused->answer));
	if (strange)
		return say(UNTESTABLE,
			   "the kernel's answer to %s's %s (%u) is neither a yes nor a "
			   "refusal: %s",
			   strange->sender, message_type_name(strange->type), strange->type,
			   answer_name(strange->answer));
	return say(GOOD, "%u messages of %s were taken, or nobody listens", messages->n, whose);
}

/* Netlink's own answers, of a part of the kernel that has nothing to do with audit. */
static int control(unsigned type)
{
	Request link = { .head.nlmsg_type = (unsigned short)type, .body.link.ifi_index = 1 };
	int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	Messages messages = { .n = 0 };
	int answer, verdict;

	if (route < 0)
		return say(UNTESTABLE, "no route socket: %s", error_name(errno));
	answer = netlink_ask(route, &link, sizeof(link.body.link));
	message_add(&messages, (Message){ .sender = "control", .type = type, .answer = answer });
	verdict = judge(&messages, "the control");
	messages_print(stdout, &messages);
	return verdict;
}

/*
 * What must not work on any kernel in this container. Old kernels that listen in the first
 * network namespace alone answer ECONNREFUSED to all; those with the namespace check first, EPERM.
 */
static int open_audit(Messages *messages, bool capable, int *ret_audit)
{
	static const unsigned refused[] = { AUDIT_SET, AUDIT_LOGIN };
	int audit = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	if (audit < 0)
		return say(UNTESTABLE, "%s (socket: %s)",
			   errno == EPROTONOSUPPORT ? "this kernel has no audit"
						    : "no audit socket can be opened",
			   error_name(errno));
	if (have_capability(CAP_AUDIT_WRITE) != capable || have_capability(CAP_AUDIT_CONTROL))
		return say(UNTESTABLE,
			   "the container must have %sCAP_AUDIT_WRITE, and not CAP_AUDIT_CONTROL",
			   capable ? "" : "no ");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int answer = ask_audit(messages, "control", audit, refused[i]);

		if (answer <= 0)
			return say(UNTESTABLE,
				   "%s is not for this container to send and must be refused, "
				   "and was answered %s",
				   message_type_name(refused[i]), answer_name(answer));
	}
	*ret_audit = audit;
	return GOOD;
}

static int judge_su(const Messages *messages, int su_status)
{
	char ended[64];
	Messages asked = { .n = 0 };

	for (unsigned i = 0; i < messages->n; i++)
		if (is_user_message(messages->list[i].type))
			message_add(&asked, messages->list[i]);
	if (su_status < 0)
		return say(UNTESTABLE, "su could not be run and watched");
	status_name(su_status, ended, sizeof(ended));
	if (!find(&asked, "su", ANSWER_TAKEN) && !find(&asked, "su", ANSWER_REFUSED) &&
	    !find(&asked, "su", ANSWER_STRANGE))
		return say(UNTESTABLE, "su sent no audit message; it ended by %s", ended);
	if (su_status != 0 && !find(&asked, NULL, ANSWER_REFUSED))
		return say(BAD, "su failed: %s", ended);
	return judge(&asked, "su and of the probe");
}

static void print_answers(FILE *out, const Messages *messages, int su_status)
{
	char ended[64];

	messages_print(out, messages);
	if (su_status >= 0)
		fprintf(out, "su %s\n", status_name(su_status, ended, sizeof(ended)));
}

static int run_case(bool capable)
{
	static const unsigned probes[] = { AUDIT_USER, 1100, 1101, 1105, 1120 };
	static Messages messages;
	FILE *trace = evidence_open("su-trace"), *log = evidence_open("pam-log");
	FILE *table = evidence_open("answers");
	int audit = -1, su_status = -1;
	int verdict = open_audit(&messages, capable, &audit);

	if (verdict == GOOD) {
		/* su first: of a burst of audit lines the kernel's log keeps the first ten */
		fflush(NULL);
		su_status = watch_su(&messages, trace, log);
		for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
			ask_audit(&messages, "probe", audit, probes[i]);
		verdict = judge_su(&messages, su_status);
	}
	print_answers(stdout, &messages, su_status);
	print_answers(table, &messages, su_status);
	evidence_close(trace);
	evidence_close(log);
	evidence_close(table);
	return verdict;
}

int main(int argc, char **argv)
{
	const bool capable = argc < 2 || strcmp(argv[1], "--no-capability") != 0;

	switch (run_of(capable ? argc : argc - 1, capable ? argv : argv + 1)) {
	case RUN_CONTROL_PASS:
		return control(RTM_GETLINK);
	case RUN_CONTROL_FAIL:
		return control(RTM_NEWLINK);
	default:
		return run_case(capable);
	}
}
