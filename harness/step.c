/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One revision's way through checkout, build, boot and judgement. */
#include "step.h"

#include "guest/protocol.h"
#include "kernel/build.h"
#include "util/error.h"
#include "util/fs.h"
#include "verdict/judge.h"

#include <string.h>
#include <sys/random.h>

#define CONSOLE_MAX ((guint64)16 << 20)
#define SHARE_MAX ((guint64)256 << 20)
/* A kernel under working KVM speaks within a second. */
#define KVM_PROOF_MS 15000
#define CMDLINE "console=ttyS0 root=/dev/vda ro init=" PROTOCOL_AGENT " panic=-1 oops=panic"

static void tell(const Workshop *shop, const char *phase)
{
	if (shop->phase)
		shop->phase(phase, shop->user);
}

static bool copy_config(const char *build, const char *folder, GError **error)
{
	g_autofree char *from = g_build_filename(build, ".config", NULL);
	g_autofree char *to = g_build_filename(folder, "config", NULL);

	return !g_file_test(from, G_FILE_TEST_EXISTS) || fs_copy(from, to, error);
}

static char *build_folder(const Workshop *shop, bool clean)
{
	return g_build_filename(worktree_home(shop->tree), clean ? "build-clean" : "build", NULL);
}

static bool build(Workshop *shop, const RepoId *revision, bool clean, const char *folder,
		  GCancellable *cancel, Kernel *ret_kernel, GError **error)
{
	g_autofree char *build_dir = build_folder(shop, clean);
	g_autofree char *log = g_build_filename(folder, "build.log", NULL);
	KernelSpec spec = {
		.tree = worktree_path(shop->tree),
		.build = build_dir,
		.kconfig = shop->kconfig,
		.config = shop->config,
		.jobs = shop->jobs,
		.log = log,
		.ccache = shop->ccache,
	};

	tell(shop, "checkout");
	if (!worktree_checkout(shop->tree, revision, cancel, NULL, error))
		return false;
	tell(shop, "build");
	if (clean && !fs_remove_tree(build_dir, error))
		return false;
	return kernel_build(&spec, cancel, ret_kernel, error) &&
	       copy_config(build_dir, folder, error);
}

/* One hash over all that the verdict depends on. */
static char *make_key(const Workshop *shop, const GuestSpec *guest, const char *kernel)
{
	g_autofree char *machine = machine_describe(shop->machine, guest);
	g_autofree char *all = g_strdup_printf(
		"kernel %s\nimage %s\ncase %s\nagent %s\nmachine %s\nsize %u %u\nappend %s %s\n"
		"signature %s\n",
		kernel, shop->image->hash, shop->testcase->hash, shop->agent, machine, guest->cpus,
		guest->mem_mib, shop->testcase->append ? shop->testcase->append : "",
		shop->append ? shop->append : "", shop->signature ? shop->signature : "");

	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
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

static bool runs_command(const Case *testcase)
{
	return testcase->command && testcase->command[0];
}

/* The share's in/: the job, and the case's bundle. */
static bool fill_share(const Workshop *shop, GError **error)
{
	const Case *testcase = shop->testcase;
	g_autofree char *in = g_build_filename(shop->share, "in", NULL);
	g_autofree char *out = g_build_filename(shop->share, "out", NULL);
	g_autofree char *job = g_build_filename(in, "job", NULL);
	g_autoptr(GString) text = g_string_new(NULL);

	if (!fs_remove_tree(shop->share, error) || !fs_mkdir(in, error) || !fs_mkdir(out, error))
		return false;
	if (runs_command(testcase)) {
		if (!case_write_bundle(testcase, in, NULL, error))
			return false;
		g_string_append_printf(text, "case %s %u %s\n", testcase->name, testcase->timeout_s,
				       testcase->container ? "container" : "guest");
	}
	g_string_append(text, "end\n");
	return fs_write(job, text->str, -1, error);
}

/* What guest_run()'s callback sees. */
typedef struct {
	const Workshop *shop;
	Console *console;
} Watch;

static bool on_console(const char *data, gsize len, void *user)
{
	Watch *watch = user;

	console_feed(watch->console, data, len);
	if (watch->shop->on_console)
		watch->shop->on_console(data, len, watch->shop->user);
	return console_done(watch->console) || console_fatal(watch->console);
}

/* A guest's file, bounded, as a file of the step; one that is not there is no trouble. */
static bool keep_file(const Workshop *shop, const char *name, const char *folder, const char *as,
		      GError **error)
{
	g_autofree char *to = g_build_filename(folder, as, NULL);
	g_autofree char *data = NULL;
	gsize len = 0;

	if (!fs_read_beneath(shop->share, name, PROTOCOL_OUTPUT_MAX, &data, &len, NULL, NULL))
		return true;
	return fs_write(to, data, (gssize)len, error);
}

static bool keep_evidence(const Workshop *shop, const char *folder, GError **error)
{
	const char *name = shop->testcase->name;
	g_autofree char *out = g_build_filename("out", name, NULL);
	g_autofree char *from = g_build_filename(out, "evidence", NULL);
	g_autofree char *to = g_build_filename(folder, "evidence", NULL);
	g_auto(GStrv) files = fs_list_beneath(shop->share, from, PROTOCOL_EVIDENCE_FILES);
	g_autofree char *out_stdout = g_build_filename(out, "stdout", NULL);
	g_autofree char *out_stderr = g_build_filename(out, "stderr", NULL);

	if (!keep_file(shop, out_stdout, folder, "stdout", error) ||
	    !keep_file(shop, out_stderr, folder, "stderr", error) ||
	    !keep_file(shop, "out/dmesg", folder, "dmesg", error))
		return false;
	if (files[0] && !fs_mkdir(to, error))
		return false;
	for (guint i = 0; files[i]; i++) {
		g_autofree char *path = g_build_filename(from, files[i], NULL);

		if (!keep_file(shop, path, to, files[i], error))
			return false;
	}
	return true;
}

/* A case's first line of output says why, in its own words (testcases/README.md). */
static void add_first_line(const Workshop *shop, StepResult *result)
{
	static const char *const openings[] = { "bad: ", "untestable: " };
	g_autofree char *path = g_build_filename("out", shop->testcase->name, "stdout", NULL);
	g_autofree char *text = NULL;
	g_autofree char *reason = NULL;
	const char *line;

	if ((result->outcome != OUTCOME_FAILED && result->outcome != OUTCOME_SKIPPED) ||
	    !fs_read_beneath(shop->share, path, PROTOCOL_OUTPUT_MAX, &text, NULL, NULL, NULL))
		return;
	text[strcspn(text, "\n")] = '\0';
	line = g_strstrip(text);
	for (guint i = 0; i < G_N_ELEMENTS(openings); i++)
		if (g_str_has_prefix(line, openings[i]))
			line += strlen(openings[i]);
	if (!*line)
		return;
	reason = g_steal_pointer(&result->reason);
	result->reason = g_strdup_printf("%s: %s", reason, line);
}

/* The answer's second way out of the guest: the share has the same lines as the console. */
static void take_answer_file(const Workshop *shop, Console *console)
{
	g_autofree char *text = NULL;
	gsize len = 0;

	if (console_answer(console, shop->testcase->name))
		return;
	if (fs_read_beneath(shop->share, "out/answer", PROTOCOL_OUTPUT_MAX, &text, &len, NULL,
			    NULL))
		console_feed(console, text, len);
	console_end(console);
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

static bool boot(Workshop *shop, GuestSpec guest, const char *folder, GCancellable *cancel,
		 StepResult *ret_result, GError **error)
{
	const Case *testcase = shop->testcase;
	g_autofree char *token = make_token();
	g_autofree char *console_path = g_build_filename(folder, "console.log", NULL);
	g_autoptr(Console) console = console_new(token, shop->signature, error);
	g_autofree char *cmdline = NULL;
	Watch watch = { .shop = shop, .console = console };
	GuestEnd end;
	unsigned ms = 0;

	if (!console || !fill_share(shop, error))
		return false;
	cmdline = g_strdup_printf("%s " PROTOCOL_TOKEN_ARG "%s %s %s", CMDLINE, token,
				  testcase->append ? testcase->append : "",
				  shop->append ? shop->append : "");
	guest.cmdline = g_strstrip(cmdline);
	guest.console = console_path;
	guest.on_console = on_console;
	guest.user = &watch;
	tell(shop, "boot");
	if (!prove_kvm(shop, guest, cancel, error) ||
	    !guest_run(shop->machine, &guest, cancel, &end, &ms, error))
		return false;
	console_end(console);
	take_answer_file(shop, console);
	if (!keep_evidence(shop, folder, error))
		return false;
	ret_result->booted = true;
	ret_result->boot_ms = ms;
	ret_result->outcome = outcome_of(console, ended_as(end), testcase->name, testcase->judge,
					 runs_command(testcase));
	ret_result->verdict = verdict_of(testcase->judge, ret_result->outcome,
					 console_signature_line(console) != NULL);
	if (console_signature_line(console))
		ret_result->reason = g_strdup_printf("the console shows the signature: %s",
						     console_signature_line(console));
	else
		ret_result->reason = outcome_reason(console, ret_result->outcome, testcase->name);
	add_first_line(shop, ret_result);
	return true;
}

static GuestSpec guest_spec(const Workshop *shop, const char *kernel)
{
	return (GuestSpec){
		.kernel = kernel,
		.image = shop->image->path,
		.image_format = shop->image->format,
		.share = shop->share,
		.console_max = CONSOLE_MAX,
		.share_max = SHARE_MAX,
		.cpus = shop->cpus,
		.mem_mib = shop->mem_mib,
		.timeout_ms = shop->timeout_s * 1000,
	};
}

/* An equal kernel's verdict, where this run has one. */
static bool take_known(const Workshop *shop, const char *key, StepResult *ret_result)
{
	const StepResult *known = g_hash_table_lookup(shop->known, key);

	if (!known)
		return false;
	*ret_result = step_result_copy(known);
	ret_result->booted = false;
	ret_result->boot_ms = 0;
	return true;
}

static void remember(const Workshop *shop, const StepResult *result, const char *folder)
{
	StepResult *copy = g_new(StepResult, 1);
	g_autofree char *leaf = g_path_get_basename(folder);

	*copy = step_result_copy(result);
	copy->same_as = g_build_filename("steps", leaf, NULL);
	g_hash_table_replace(shop->known, copy->key, copy);
}

static bool test_kernel(Workshop *shop, const Kernel *kernel, bool clean, const char *folder,
			GCancellable *cancel, StepResult *ret_result, GError **error)
{
	GuestSpec guest = guest_spec(shop, kernel->image);
	g_autofree char *key = make_key(shop, &guest, kernel->hash);
	g_auto(StepResult) result = { 0 };

	if (clean || !take_known(shop, key, &result)) {
		if (!boot(shop, guest, folder, cancel, &result, error))
			return false;
		result.key = make_key(shop, &guest, kernel->hash); /* KVM may have been given up */
		result.kernel = g_strdup(kernel->hash);
		remember(shop, &result, folder);
	}
	*ret_result = result;
	result = (StepResult){ 0 };
	return true;
}

/* What there is to say of a revision that gave no kernel. */
static StepResult untestable(const Workshop *shop, Kernel *kernel)
{
	Outcome outcome = kernel->end == KERNEL_NO_CONFIG ? OUTCOME_NO_CONFIG : OUTCOME_NO_BUILD;

	return (StepResult){
		.outcome = outcome,
		.verdict = verdict_of(shop->testcase->judge, outcome, false),
		.reason = g_steal_pointer(&kernel->reason),
	};
}

bool step_run(Workshop *shop, const RepoId *revision, bool clean, const char *folder,
	      GCancellable *cancel, StepResult *ret_result, GError **error)
{
	g_auto(Kernel) kernel = { 0 };
	gint64 start = g_get_monotonic_time();
	gint64 build_ms;

	if (!build(shop, revision, clean, folder, cancel, &kernel, error))
		return false;
	build_ms = (g_get_monotonic_time() - start) / 1000;
	if (kernel.end != KERNEL_BUILT)
		*ret_result = untestable(shop, &kernel);
	else if (!test_kernel(shop, &kernel, clean, folder, cancel, ret_result, error))
		return false;
	ret_result->built = kernel.end == KERNEL_BUILT;
	ret_result->build_ms = build_ms;
	if (clean) {
		g_autofree char *build_dir = build_folder(shop, clean);

		return fs_remove_tree(build_dir, error);
	}
	return true;
}
