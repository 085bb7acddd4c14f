/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A boot's share: what goes in, and what of it is taken and judged. */
#include "step/boot_internal.h"

#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

bool boot_runs_command(const Case *testcase)
{
	return testcase->command[0] != NULL;
}

char *boot_token(void)
{
	guint8 bytes[PROTOCOL_TOKEN_LEN / 2];
	GString *token = g_string_new(NULL);

	g_assert(getentropy(bytes, sizeof(bytes)) == 0);
	for (guint i = 0; i < sizeof(bytes); i++)
		g_string_append_printf(token, "%02x", bytes[i]);
	return g_string_free(token, FALSE);
}

/* A case's line of in/job; a disk's letter is its place among the guest's. */
static void add_job(const Boot *boot, const Case *testcase, GString *text)
{
	const Workshop *shop = boot->shop;
	const Image *root = boot_root(shop, testcase);

	g_string_append_printf(text, "case %s %u %s", testcase->name,
			       boot->timeout_s ? boot->timeout_s : testcase->timeout_s,
			       testcase->container ? "container" : "guest");
	for (guint i = 0; root && shop->disks[i]; i++)
		if (g_str_equal(shop->disks[i], root->path))
			g_string_append_printf(text, " " PROTOCOL_DISK "%c", (char)('b' + i));
	g_string_append_c(text, '\n');
}

static bool look_at_share(const Boot *boot, struct stat *ret_st, GError **error)
{
	return lstat(boot->shop->share, ret_st) == 0 ||
	       error_host(error, "the share %s is gone: %s", boot->shop->share, g_strerror(errno));
}

bool boot_fill_share(Boot *boot, GError **error)
{
	const char *share = boot->shop->share;
	g_autofree char *in = g_build_filename(share, "in", NULL);
	g_autofree char *out = g_build_filename(share, "out", NULL);
	g_autofree char *job = g_build_filename(in, "job", NULL);
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, PROTOCOL_JOB_TOKEN "%s\n%s", boot->tokens.answers,
			       boot->person        ? boot->person
			       : boot->shop->timed ? PROTOCOL_TIMINGS "\n"
						   : "");
	if (!fs_remove_tree(share, error) || !fs_mkdir(in, error) || !fs_mkdir(out, error))
		return false;
	for (guint i = 0; i < boot->cases->len; i++) {
		const Case *testcase = boot->cases->pdata[i];
		const Image *root = boot_root(boot->shop, testcase);
		const char *const *env;

		if (!boot_runs_command(testcase))
			continue;
		env = root ? (const char *const *)root->env : NULL;
		if (!case_write_bundle(testcase, in, boot->bundle, env, error))
			return false;
		add_job(boot, testcase, text);
	}
	g_string_append(text, "end\n");
	return fs_put(job, text->str, -1, error) && look_at_share(boot, &boot->share, error);
}

/* A guest cannot take its share away; whoever does on the host leaves it with nothing to say. */
bool boot_check_share(const Boot *boot, GError **error)
{
	struct stat now;

	if (!look_at_share(boot, &now, error))
		return false;
	return (now.st_dev == boot->share.st_dev && now.st_ino == boot->share.st_ino) ||
	       error_host(error, "the share %s was replaced while the guest ran",
			  boot->shop->share);
}

/* ---- what comes out ---- */

/* A guest's file, bounded, as a file of the step; one that is not there is no trouble. */
static bool keep_file(const Boot *boot, const char *name, const char *folder, const char *as,
		      GError **error)
{
	g_autofree char *to = g_build_filename(folder, as, NULL);
	g_autofree char *data = NULL;
	gsize len = 0;

	if (!fs_read_beneath(boot->shop->share, name, PROTOCOL_OUTPUT_MAX, &data, &len, NULL, NULL))
		return true;
	return fs_put(to, data, (gssize)len, error);
}

/* stdout, stderr and evidence of one case. */
static bool keep_case(const Boot *boot, const Case *testcase, GError **error)
{
	g_autofree char *out = g_build_filename("out", testcase->name, NULL);
	g_autofree char *from = g_build_filename(out, "evidence", NULL);
	g_autofree char *folder = g_build_filename(boot->folder, testcase->name, NULL);
	g_autofree char *to = g_build_filename(folder, "evidence", NULL);
	g_auto(GStrv) files = fs_list_beneath(boot->shop->share, from, PROTOCOL_EVIDENCE_FILES);
	g_autofree char *out_stdout = g_build_filename(out, "stdout", NULL);
	g_autofree char *out_stderr = g_build_filename(out, "stderr", NULL);

	if (!fs_mkdir(folder, error) || !keep_file(boot, out_stdout, folder, "stdout", error) ||
	    !keep_file(boot, out_stderr, folder, "stderr", error))
		return false;
	if (files[0] && !fs_mkdir(to, error))
		return false;
	for (guint i = 0; files[i]; i++) {
		g_autofree char *path = g_build_filename(from, files[i], NULL);

		if (!keep_file(boot, path, to, files[i], error))
			return false;
	}
	return true;
}

/*
 * The answers' second way out of the guest: the share has the same lines as the console. Both are
 * read: one that says otherwise is a lie.
 */
static void take_answer_file(const Boot *boot)
{
	g_autofree char *text = NULL;
	gsize len = 0;

	if (fs_read_beneath(boot->shop->share, "out/answer", PROTOCOL_OUTPUT_MAX, &text, &len, NULL,
			    NULL))
		console_feed_answers(boot->console, text, len);
}

/* What the case wrote there; NULL where it did not get to it. */
static char *read_output(const Boot *boot, const Case *testcase, const char *name)
{
	g_autofree char *path = g_build_filename("out", testcase->name, name, NULL);
	char *text = NULL;

	fs_read_beneath(boot->shop->share, path, PROTOCOL_OUTPUT_MAX, &text, NULL, NULL, NULL);
	return text;
}

static GuestEnded ended_as(GuestEnd end)
{
	switch (end) {
	case GUEST_TIMEOUT:
		return ENDED_TIMEOUT;
	case GUEST_CONSOLE_FLOOD:
	case GUEST_SHARE_FLOOD:
	case GUEST_IMAGE_FLOOD:
		return ENDED_FLOOD;
	case GUEST_WENT:
	case GUEST_STOPPED:
		break;
	}
	return ENDED_BY_ITSELF;
}

/* ---- the judgement ---- */

/* Whether an earlier case kept the boot from getting to this one. */
static bool not_reached(const Boot *boot, guint i)
{
	const Case *testcase = boot->cases->pdata[i];

	if (!boot_runs_command(testcase) || console_started(boot->console, testcase->name) ||
	    console_answer(boot->console, testcase->name))
		return false;
	for (guint earlier = 0; earlier < i; earlier++) {
		const Case *other = boot->cases->pdata[earlier];

		if (boot_runs_command(other) && console_started(boot->console, other->name))
			return true;
	}
	return false;
}

static void judge_case(const Boot *boot, const Case *testcase, StepResult *result)
{
	g_autofree char *out = read_output(boot, testcase, "stdout");
	g_autofree char *err = read_output(boot, testcase, "stderr");

	result->booted = true;
	result->boot_ms = boot->ms;
	evidence_judge(boot->console, ended_as(boot->end), testcase, out, err, result);
}

bool boot_take_results(const Boot *boot, StepResult *results, GError **error)
{
	console_end(boot->console);
	take_answer_file(boot);
	if (!keep_file(boot, "out/dmesg", boot->folder, "dmesg", error) ||
	    !keep_file(boot, "out/answer", boot->folder, "answer", error) ||
	    !evidence_note(boot->folder, &boot->tokens, boot->shop->signature, ended_as(boot->end),
			   error))
		return false;
	for (guint i = 0; i < boot->cases->len; i++) {
		const Case *testcase = boot->cases->pdata[i];

		if (not_reached(boot, i))
			continue;
		if (boot_runs_command(testcase) && !keep_case(boot, testcase, error))
			return false;
		judge_case(boot, testcase, &results[i]);
	}
	return true;
}
