/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox shell: a root shell in a guest with a revision's kernel. */
#include "cmd/cmd.h"
#include "cmd/person.h"
#include "cmd/shell_pump.h"
#include "guest/protocol.h"
#include "util/error.h"
#include "util/text.h"

#include <stdio.h>
#include <unistd.h>

typedef struct {
	Person person;
	GMutex lock;
	char *last; /* what the kernel said when it died; under the lock */
} Job;

static void job_clear(Job *job)
{
	person_clear(&job->person);
	g_free(job->last);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	(void)value;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &job->person;
	return 0;
}

static bool check_terminal(GError **error)
{
	return (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) ||
	       error_usage(error,
			   "a shell wants a terminal, and stdin or stdout is none: what needs no "
			   "person is a case (`bisectbox case new`)");
}

/* In the guest's thread: the terminal is the shell's now. */
static void on_trouble(const char *line, void *user)
{
	Job *job = user;

	g_mutex_lock(&job->lock);
	g_free(job->last);
	job->last = text_clean(line, 0);
	g_mutex_unlock(&job->lock);
}

static void say_hello(const Job *job)
{
	const Person *person = &job->person;
	g_autofree char *clean = text_clean(person->about, 0);

	live_pause(person->live);
	cmd_print(stdout, clean);
	puts("\nCtrl-] ends the guest, whatever it does; so does the end of the shell.");
	if (person->testcase)
		printf("Case %s is ready: " PROTOCOL_RUN " runs it, " PROTOCOL_ENTER
		       " is a shell in its place.\n",
		       ((const Case *)person->shop->cases->pdata[0])->name);
	fflush(stdout);
}

static int say_end(Job *job, PumpEnd end, bool went)
{
	int status = end == PUMP_HANGUP ? EXIT_INTERRUPTED : EXIT_GOOD;

	g_mutex_lock(&job->lock);
	if (end == PUMP_ESCAPED)
		fputs("\nThe guest is gone.\n", stderr);
	if (end == PUMP_OVER || (went && end != PUMP_EXIT)) {
		fprintf(stderr, "\nThe guest has ended%s%s\n", job->last ? ": " : ".",
			job->last ? job->last : "");
		status = job->last ? EXIT_UNTESTABLE : EXIT_GOOD;
	}
	g_mutex_unlock(&job->lock);
	return status;
}

static int attend(Job *job, Attended *attended, GCancellable *cancel, GError **error)
{
	g_autofree char *port = g_build_filename(job->person.folder, ATTENDED_PORT, NULL);
	PumpEnd end = PUMP_HANGUP;
	bool went = false, ok;
	int status = 0;

	say_hello(job);
	ok = pump_run(port, attended_over(attended), cancel, &end, &status, error);
	ok = attended_end(attended, &went, ok ? error : NULL) && ok;
	return ok ? say_end(job, end, went) : -1;
}

static int shell(Job *job, GCancellable *cancel, GError **error)
{
	Person *person = &job->person;
	g_autofree char *size = pump_size();
	g_autofree char *why = NULL;
	Attended *attended = NULL;
	AttendedSpec spec = { .shell = size, .trouble = on_trouble, .user = job };

	if (!check_terminal(error) || !person_build(person, cancel, &why, error))
		return -1;
	if (why)
		return person_unable(person, why);
	spec.cases = person->shop->cases;
	spec.kernel = person->kernel.image;
	spec.folder = person->folder;
	if (!attended_start(person->shop, &spec, cancel, &attended, &why, error))
		return -1;
	if (why)
		return person_unable(person, why);
	return attend(job, attended, cancel, error);
}

int cmd_shell(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &person_argp }, { 0 } };
	static const struct argp argp = {
		.parser = parse,
		.children = children,
		.args_doc = "[REV]",
		.doc = "Build a revision (default: HEAD), or take its kernel from the cache, boot "
		       "it, and be root there, on this terminal.\v"
		       "The image is read-only; /tmp and /run can be written to. Nothing of it is "
		       "left at the end. Exit status: 0 the shell ended, 125 the kernel cannot be "
		       "built, does not get there or died, 128 trouble on this host, 129 usage, "
		       "130 interrupted before the shell was there.",
	};
	g_auto(Job) job = { .last = NULL };
	g_autoptr(GError) error = NULL;
	int status;

	g_mutex_init(&job.lock);
	person_init(&job.person);
	cmd_parse(&argp, PARSE_MIXED, argc, argv, &job, NULL);
	job.person.live = live_new(job.person.guest.verbose);
	status = shell(&job, cancel, &error);
	if (status >= 0)
		return status;
	g_clear_pointer(&job.person.live, live_free);
	return cmd_error(error);
}
