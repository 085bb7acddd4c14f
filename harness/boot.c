/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot of one kernel with the cases that it is to run. */
#include "boot.h"

#include "evidence.h"
#include "guest/protocol.h"
#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define CONSOLE_MAX ((guint64)16 << 20)
#define SHARE_MAX ((guint64)256 << 20)
/* A kernel under working KVM speaks within a second. */
#define KVM_PROOF_MS 15000
#define DEFAULT_MEM_MIB 512
/* no_timer_check: on a busy host the kernel's check of its timer fails, and it panics. */
#define ROOT "root=/dev/vda ro init=" PROTOCOL_AGENT
#define CMDLINE "console=ttyS0 " ROOT " panic=-1 oops=panic no_timer_check"

/* A boot under way. */
typedef struct {
	Workshop *shop;
	const GPtrArray *cases;
	const char *folder;
	Console *console;
	BootTokens tokens;
	GuestEnd end;
	unsigned ms;
	struct stat share; /* which folder it was */
} Boot;

static bool runs_command(const Case *testcase)
{
	return testcase->command[0] != NULL;
}

const Image *boot_root(const Workshop *shop, const Case *testcase)
{
	guint i = 0;

	return g_ptr_array_find((GPtrArray *)shop->cases, testcase, &i) ? shop->roots->pdata[i]
									: NULL;
}

GuestSpec boot_spec(const Workshop *shop, const GPtrArray *cases, const char *kernel)
{
	unsigned cpus = 1, mem = 0, seconds = shop->boot_s;

	for (guint i = 0; i < cases->len; i++) {
		const Case *testcase = cases->pdata[i];

		cpus = MAX(cpus, testcase->cpus);
		mem = MAX(mem, testcase->mem_mib ? testcase->mem_mib : DEFAULT_MEM_MIB);
		seconds += testcase->timeout_s;
	}
	return (GuestSpec){
		.kernel = kernel,
		.image = shop->image->path,
		.image_format = shop->image->format,
		.disks = shop->disks,
		.share = shop->share,
		.console_max = CONSOLE_MAX,
		.share_max = SHARE_MAX,
		.cpus = shop->cpus ? shop->cpus : cpus,
		.mem_mib = shop->mem_mib ? shop->mem_mib : mem,
		.timeout_ms = (shop->timeout_s ? shop->timeout_s : seconds) * 1000,
	};
}

/* Whether two words for the kernel set the same thing, up to "=", to different values. */
static bool words_clash(const char *a, const char *b)
{
	gsize len = strcspn(a, "=");

	return len == strcspn(b, "=") && strncmp(a, b, len) == 0 && !g_str_equal(a, b);
}

bool boot_agrees(const GPtrArray *cases, const Case *testcase)
{
	g_auto(GStrv) words = g_strsplit(testcase->append, " ", -1);

	for (guint i = 0; i < cases->len; i++) {
		const Case *other = cases->pdata[i];
		g_auto(GStrv) others = g_strsplit(other->append, " ", -1);

		/* as root of the guest it can do what it likes to those after it */
		if (runs_command(other) && !other->container)
			return false;
		if (testcase->judge == JUDGE_CRASH || other->judge == JUDGE_CRASH)
			return false;

		for (char **word = words; *word; word++)
			for (char **set = others; *set; set++)
				if (words_clash(*word, *set))
					return false;
	}
	return true;
}

/* The words of all cases, each once, and the user's. */
static char *join_words(const Workshop *shop, const GPtrArray *cases)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < cases->len; i++) {
		g_auto(GStrv) own = g_strsplit(((const Case *)cases->pdata[i])->append, " ", -1);

		for (char **word = own; *word; word++)
			if (**word &&
			    !g_ptr_array_find_with_equal_func(words, *word, g_str_equal, NULL))
				g_ptr_array_add(words, g_strdup(*word));
	}
	if (shop->append)
		g_ptr_array_add(words, g_strdup(shop->append));
	g_ptr_array_add(words, NULL);
	return g_strjoinv(" ", (char **)words->pdata);
}

static char *make_token(void)
{
	guint8 bytes[PROTOCOL_TOKEN_LEN / 2];
	GString *token = g_string_new(NULL);

	g_assert(getentropy(bytes, sizeof(bytes)) == 0);
	for (guint i = 0; i < sizeof(bytes); i++)
		g_string_append_printf(token, "%02x", bytes[i]);
	return g_string_free(token, FALSE);
}

/* A case's line of in/job; a disk's letter is its place among the guest's. */
static void add_job(const Workshop *shop, const Case *testcase, GString *text)
{
	const Image *root = boot_root(shop, testcase);

	g_string_append_printf(text, "case %s %u %s", testcase->name, testcase->timeout_s,
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

/* The share's in/: the job, and the cases' bundles. */
static bool fill_share(Boot *boot, GError **error)
{
	const char *share = boot->shop->share;
	g_autofree char *in = g_build_filename(share, "in", NULL);
	g_autofree char *out = g_build_filename(share, "out", NULL);
	g_autofree char *job = g_build_filename(in, "job", NULL);
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, PROTOCOL_JOB_TOKEN "%s\n", boot->tokens.answers);
	if (!fs_remove_tree(share, error) || !fs_mkdir(in, error) || !fs_mkdir(out, error))
		return false;
	for (guint i = 0; i < boot->cases->len; i++) {
		const Case *testcase = boot->cases->pdata[i];
		const Image *root = boot_root(boot->shop, testcase);

		if (!runs_command(testcase))
			continue;
		if (!case_write_bundle(testcase, in, root ? (const char *const *)root->env : NULL,
				       error))
			return false;
		add_job(boot->shop, testcase, text);
	}
	g_string_append(text, "end\n");
	return fs_write(job, text->str, -1, error) && look_at_share(boot, &boot->share, error);
}

/* A guest cannot take its share away; whoever does on the host leaves it with nothing to say. */
static bool check_share(const Boot *boot, GError **error)
{
	struct stat now;

	if (!look_at_share(boot, &now, error))
		return false;
	return (now.st_dev == boot->share.st_dev && now.st_ino == boot->share.st_ino) ||
	       error_host(error, "the share %s was replaced while the guest ran",
			  boot->shop->share);
}

/*
 * A kernel that gets nowhere is the kernel's doing only where the disk is what was built. One look
 * a run is enough: it takes seconds.
 */
static bool check_disks(const Boot *boot, const StepResult *results, GError **error)
{
	Workshop *shop = boot->shop;
	bool answered = true;

	for (guint i = 0; i < boot->cases->len; i++)
		answered = answered && (results[i].outcome == OUTCOME_PASSED ||
					results[i].outcome == OUTCOME_FAILED ||
					results[i].outcome == OUTCOME_SKIPPED);
	if (answered || shop->disks_proven)
		return true;
	if (!image_verify(shop->image, error))
		return false;
	for (guint i = 0; i < shop->roots->len; i++)
		if (shop->roots->pdata[i] && !image_verify(shop->roots->pdata[i], error))
			return false;
	shop->disks_proven = true;
	return true;
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
	return fs_write(to, data, (gssize)len, error);
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

	if (!runs_command(testcase) || console_started(boot->console, testcase->name) ||
	    console_answer(boot->console, testcase->name))
		return false;
	for (guint earlier = 0; earlier < i; earlier++) {
		const Case *other = boot->cases->pdata[earlier];

		if (runs_command(other) && console_started(boot->console, other->name))
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

static bool take_results(const Boot *boot, StepResult *results, GError **error)
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
		if (runs_command(testcase) && !keep_case(boot, testcase, error))
			return false;
		judge_case(boot, testcase, &results[i]);
	}
	return true;
}

/* ---- the guest ---- */

static bool on_console(const char *data, gsize len, void *user)
{
	Boot *boot = user;

	console_feed(boot->console, data, len);
	if (boot->shop->on_console)
		boot->shop->on_console(data, len, boot->shop->user);
	return console_done(boot->console) || console_fatal(boot->console);
}

static bool hear(const char *data, gsize len, void *user)
{
	(void)data;
	*(bool *)user = len > 0;
	return true;
}

/*
 * The trial of the accelerator runs a loop, not a kernel: the first real guest under KVM must say
 * something soon, or all guests go to TCG. Costs a fraction of a second where KVM works.
 */
static bool prove_kvm(Workshop *shop, GuestSpec guest, GCancellable *cancel, GError **error)
{
	g_autoptr(GError) local = NULL;
	bool heard = false;
	GuestEnd end;

	if (!shop->kvm_unproven)
		return true;
	shop->kvm_unproven = false;
	guest.on_console = hear;
	guest.user = &heard;
	guest.timeout_ms = KVM_PROOF_MS;
	if (guest_run(shop->machine, &guest, cancel, &end, NULL, &local) && heard)
		return true;
	if (local && error_exit_code(local) == EXIT_INTERRUPTED)
		return error_interrupted(error);
	return shop->fall_back(shop, local ? local->message : "the first guest was silent", error);
}

bool boot_cases(Workshop *shop, const GPtrArray *cases, const char *kernel, const char *folder,
		GCancellable *cancel, StepResult *results, GError **error)
{
	g_autofree char *words = join_words(shop, cases);
	g_autofree char *boot_token = make_token();
	g_autofree char *token = make_token();
	g_autofree char *console_path = g_build_filename(folder, "console.log", NULL);
	g_autoptr(Console) console = console_new(token, shop->signature, error);
	g_autofree char *cmdline = NULL;
	Boot boot = { .shop = shop,
		      .cases = cases,
		      .folder = folder,
		      .console = console,
		      .tokens = { boot_token, token } };
	GuestSpec guest = boot_spec(shop, cases, kernel);
	bool again;

	if (!console || !fill_share(&boot, error))
		return false;
	console_greet(console, boot_token);
	cmdline = g_strdup_printf("%s " PROTOCOL_TOKEN_ARG "%s %s", CMDLINE, boot_token, words);
	guest.cmdline = g_strstrip(cmdline);
	guest.console = console_path;
	guest.on_console = on_console;
	guest.user = &boot;
	if (shop->phase)
		shop->phase("boot", shop->user);
	/* that guest's agent may have got as far as to take the job away */
	again = shop->kvm_unproven;
	if (!prove_kvm(shop, guest, cancel, error) || (again && !fill_share(&boot, error)))
		return false;
	guest.timeout_ms = boot_spec(shop, cases, kernel).timeout_ms; /* TCG is given longer */
	return guest_run(shop->machine, &guest, cancel, &boot.end, &boot.ms, error) &&
	       check_share(&boot, error) && take_results(&boot, results, error) &&
	       check_disks(&boot, results, error);
}
