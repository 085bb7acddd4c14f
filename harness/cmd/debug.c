/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox debug: a guest with a debugger at its kernel, whose case waits for a word. */
#include "cmd/cmd.h"
#include "cmd/debug_start.h"
#include "cmd/foreground.h"
#include "cmd/person.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/text.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define GDBINIT "gdbinit"
#define OUTPUT_MAX ((gsize)64 << 10) /* of what a case says, as far as it is shown */

enum {
	KEY_GDB = 256,
	KEY_START,
	KEY_JSON,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "How:", 2 },
	{ "gdb", KEY_GDB, NULL, 0, "start gdb here, too; its end is the guest's", 2 },
	{ "start", KEY_START, NULL, 0,
	  "from another terminal: have the case started in the guest that waits (GUEST, where "
	  "there are several)",
	  2 },
	{ "json", KEY_JSON, NULL, 0, "say where all is as one JSON object a line, on stdout", 2 },
	{ 0 },
};

typedef struct {
	Person person;
	bool gdb;
	bool start;
	bool json;
	char *build;   /* folder */
	char *gdbinit; /* for gdb -x */
} Job;

static void job_clear(Job *job)
{
	person_clear(&job->person);
	g_free(job->build);
	g_free(job->gdbinit);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	(void)value;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &job->person;
		break;
	case KEY_GDB:
		job->gdb = true;
		break;
	case KEY_START:
		job->start = true;
		break;
	case KEY_JSON:
		job->json = true;
		break;
	case ARGP_KEY_END:
		if (!job->start && !job->person.testcase)
			argp_failure(state, EXIT_USAGE, 0,
				     "--case NAME is needed (`bisectbox case list` shows them)");
		if (job->gdb && job->json)
			argp_failure(state, EXIT_USAGE, 0,
				     "--gdb talks to a person, --json does not");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- what is told ---- */

static void say_line(const Job *job, Json *json)
{
	g_autofree char *line = json_text(json, false);

	if (job->json)
		puts(line);
	fflush(stdout);
}

/* What a case wrote, indented; nothing of what is not there. */
static void show_output(const Job *job, const Case *testcase, const char *name)
{
	g_autofree char *file = g_build_filename(testcase->name, name, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!fs_read_beneath(job->person.folder, file, OUTPUT_MAX, &text, NULL, NULL, NULL))
		return;
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	for (char **line = lines; *text && *line; line++) {
		g_autofree char *clean = text_clean(*line, 0);

		fputs("  ", stdout);
		cmd_print(stdout, clean);
		fputc('\n', stdout);
	}
}

/* In the guest's thread. */
static void on_results(const StepResult *results, void *user)
{
	Job *job = user;
	const Case *testcase = job->person.shop->cases->pdata[0];
	g_autoptr(Json) json = json_new_object();
	g_autofree char *line = g_strdup_printf("case %s: %s (%s)\n", testcase->name,
						outcome_name(results->outcome), results->reason);

	live_pause(job->person.live);
	json_add_string(json, "schema", "bisectbox.debugged/1");
	json_add_string(json, "case", testcase->name);
	json_add_string(json, "outcome", outcome_name(results->outcome));
	json_add_string(json, "reason", results->reason);
	if (!job->json) {
		cmd_print(stdout, line);
		show_output(job, testcase, "stdout");
		show_output(job, testcase, "stderr");
	}
	say_line(job, json);
}

static void on_trouble(const char *line, void *user)
{
	const Job *job = user;
	g_autofree char *clean = text_clean(line, 0);

	live_event(job->person.live, "%s", clean);
}

/* @why: the kernel did not get as far as the case; or NULL */
static void say_where(const Job *job, const char *why)
{
	const Person *person = &job->person;
	g_autofree char *name = debug_name(person->folder);
	g_autofree char *vmlinux = g_build_filename(job->build, "vmlinux", NULL);
	g_autofree char *socket = g_build_filename(person->folder, ATTENDED_GDB, NULL);
	g_autofree char *console = g_build_filename(person->folder, "console.log", NULL);
	g_autoptr(Json) json = json_new_object();

	json_add_string(json, "schema", "bisectbox.debug/1");
	json_add_string(json, "guest", name);
	json_add_string(json, "revision", person->id.hex);
	json_add_string(json, "case", person->testcase);
	json_add_string(json, "trouble", why);
	json_add_string(json, "vmlinux", vmlinux);
	json_add_string(json, "target", socket);
	json_add_string(json, "gdbinit", job->gdbinit);
	json_add_string(json, "console", console);
	live_pause(person->live);
	if (!job->json) {
		if (why)
			printf("The guest is not up: %s. Its kernel can be debugged all the "
			       "same.\n",
			       why);
		else
			printf("The guest is up. Its kernel can be debugged, and case %s waits.\n",
			       person->testcase);
		if (!job->gdb)
			printf("  debugger        gdb -x %s\n"
			       "  or by hand      gdb %s\n"
			       "                  (gdb) target remote %s\n",
			       job->gdbinit, vmlinux, socket);
		printf("  start the case  bisectbox debug --start     (again and again; this guest "
		       "is "
		       "%s)\n"
		       "  console         %s\n"
		       "  end             %s\n",
		       name, console, job->gdb ? "leave gdb" : "Ctrl-C");
	}
	say_line(job, json);
}

/* ---- the debugger ---- */

/*
 * Objects from ccache name the folder of whoever compiled them first, and their source relative to
 * it; looked for from this build folder, the source is this work tree's.
 */
static bool write_gdbinit(Job *job, GError **error)
{
	const Person *person = &job->person;
	g_autofree char *text =
		g_strdup_printf("# %s\n"
				"add-auto-load-safe-path %s\n"
				"add-auto-load-safe-path %s\n"
				"directory %s\n"
				"file %s/vmlinux\n"
				"target remote %s/" ATTENDED_GDB "\n",
				person->about, job->build, worktree_path(person->shop->tree),
				job->build, job->build, person->folder);

	job->gdbinit = g_build_filename(person->folder, GDBINIT, NULL);
	return fs_write(job->gdbinit, text, -1, error);
}

/* Found out before a kernel is built for it. */
static bool check_gdb(const Job *job, GError **error)
{
	g_autofree char *path = g_find_program_in_path("gdb");

	return !job->gdb || path || error_host(error, "gdb is missing: apt install gdb");
}

/* Until the guest has ended, or the person has had enough. */
static bool stay(const Job *job, const Attended *attended, GCancellable *cancel, GError **error)
{
	const char *const gdb[] = { "gdb", "-q", "-x", job->gdbinit, NULL };
	struct pollfd fds[2] = {
		{ .fd = attended_over(attended), .events = POLLIN },
		{ .fd = g_cancellable_get_fd(cancel), .events = POLLIN },
	};

	if (job->gdb) {
		g_cancellable_release_fd(cancel);
		return foreground_run(gdb, cancel, error);
	}
	while (poll(fds, G_N_ELEMENTS(fds), -1) <= 0)
		;
	g_cancellable_release_fd(cancel);
	return true;
}

static int debug(Job *job, GCancellable *cancel, GError **error)
{
	Person *person = &job->person;
	g_autofree char *why = NULL;
	Attended *attended = NULL;
	AttendedSpec spec = {
		.debug = true, .results = on_results, .trouble = on_trouble, .user = job
	};
	bool went = false, ok;

	if (!check_gdb(job, error) || !person_build(person, cancel, &why, error))
		return -1;
	if (why)
		return person_unable(person, why);
	job->build = kernel_folder(person->kernel.image);
	spec.cases = person->shop->cases;
	spec.kernel = person->kernel.image;
	spec.folder = person->folder;
	if (!write_gdbinit(job, error) ||
	    !attended_start(person->shop, &spec, cancel, &attended, &why, error))
		return -1;
	if (!attended)
		return person_unable(person, why);
	ok = debug_note(person->folder, person->about, error);
	if (ok) {
		say_where(job, why);
		ok = stay(job, attended, cancel, error);
	}
	ok = attended_end(attended, &went, ok ? error : NULL) && ok;
	live_pause(person->live);
	if (ok && went)
		fputs("The guest has ended.\n", stderr);
	return ok ? EXIT_GOOD : -1;
}

static int start(const Job *job)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *said = NULL;
	g_autofree char *clean = NULL;

	if (!debug_start(job->person.revision, &said, &error))
		return cmd_error(error);
	clean = text_clean(said, 0);
	cmd_print(stdout, clean);
	fputc('\n', stdout);
	return EXIT_GOOD;
}

int cmd_debug(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp_child children[] = { { .argp = &person_argp }, { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.args_doc = "[REV]\n[GUEST]",
		.doc = "Build a revision (default: HEAD) with debug information, boot it with a "
		       "debugger's way in, and hold its case until `bisectbox debug --start` is "
		       "typed in another terminal.\v"
		       "The guest, and all that it left, is gone at the end. What its case says is "
		       "no verdict: what a debugger stops takes another course. Exit status: 0 "
		       "all well, 125 the kernel cannot be built or does not get there, 128 "
		       "trouble on this host, 129 usage, 130 interrupted before the guest was up.",
	};
	g_auto(Job) job = { .gdb = false };
	g_autoptr(GError) error = NULL;
	int status;

	person_init(&job.person);
	cmd_parse(&argp, PARSE_MIXED, argc, argv, &job, NULL);
	if (job.start)
		return start(&job);
	job.person.guest.gdb = true;
	job.person.live = live_new(job.person.guest.verbose);
	status = debug(&job, cancel, &error);
	if (status >= 0)
		return status;
	g_clear_pointer(&job.person.live, live_free);
	return cmd_error(error);
}
