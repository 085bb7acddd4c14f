/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot of one kernel with the cases that it is to run. */
#include "step/boot_internal.h"

#include "step/boot_image.h"
#include "util/error.h"
#include "util/fs.h"

#include <string.h>

#define CONSOLE_MAX ((guint64)16 << 20)
#define SHARE_MAX ((guint64)256 << 20)
/* A kernel under working KVM speaks within a second. */
#define KVM_PROOF_MS 4500
#define DEFAULT_MEM_MIB 512
/* An init of a distribution's own, with what it starts, and caches. */
#define INIT_MEM_MIB 1024
/* What it may write to its disk, which is thrown away. */
#define IMAGE_MAX ((guint64)4 << 30)
/* The kernel's real-mode code says a word on the serial port when the firmware hands over; "debug"
 * has it do so, and is otherwise taken back. */
#define TIMED_WORDS "earlyprintk=ttyS0 debug loglevel=7"
/*
 * The last console is init's. no_timer_check: on a busy host x86's check of its timer fails, and it
 * panics. The first program that wants random numbers does not wait a second until there are some.
 */
#define CMDLINE                                                                                    \
	"console=hvc0 console=%s %s panic=-1 oops=panic no_timer_check random.trust_cpu=on%s"
/* Its address and name server come by DHCP, QEMU's own or a bridge's. */
#define NETWORK_WORDS " ip=dhcp"

const Image *boot_root(const Workshop *shop, const Case *testcase)
{
	guint i = 0;

	return g_ptr_array_find((GPtrArray *)shop->cases, testcase, &i) ? shop->roots->pdata[i]
									: NULL;
}

/* What a case wants of its machine, where the user has not said otherwise. */
static void add_wishes(GuestSpec *spec, const Case *testcase)
{
	if (!spec->board)
		spec->board = testcase->machine;
	if (!spec->cpu)
		spec->cpu = testcase->cpu_model;
	if (!spec->tap)
		spec->tap = testcase->tap;
	spec->user_network |= testcase->user_network;
}

GuestSpec boot_spec(const Workshop *shop, const GPtrArray *cases, const char *kernel)
{
	const unsigned usual_mem = shop->usual.mem_mib ? shop->usual.mem_mib
				   : shop->image->init ? INIT_MEM_MIB
						       : DEFAULT_MEM_MIB;
	unsigned cpus = 1, mem = 0, seconds = shop->boot_s;
	GuestSpec spec;

	for (guint i = 0; i < cases->len; i++) {
		const Case *testcase = cases->pdata[i];

		cpus = MAX(cpus, testcase->cpus);
		mem = MAX(mem, testcase->mem_mib ? testcase->mem_mib : usual_mem);
		seconds += testcase->timeout_s;
	}
	spec = (GuestSpec){
		.kernel = kernel,
		.initrd = shop->initrd,
		.image = shop->image->path,
		.image_format = shop->image->format,
		.image_max = shop->image->init ? IMAGE_MAX : 0,
		.disks = shop->disks,
		.share = shop->share,
		.console_max = CONSOLE_MAX,
		.share_max = SHARE_MAX,
		.board = shop->board,
		.cpu = shop->cpu_model,
		.cpus = shop->cpus ? shop->cpus : cpus,
		.mem_mib = shop->mem_mib ? shop->mem_mib : mem,
		.qemu_args = shop->qemu_args,
		.timeout_ms = (shop->timeout_s ? shop->timeout_s : seconds) * 1000,
	};
	/* cases that want different ones do not share a guest */
	for (guint i = 0; i < cases->len; i++)
		add_wishes(&spec, cases->pdata[i]);
	if (!spec.board)
		spec.board = shop->usual.machine;
	if (!spec.cpu)
		spec.cpu = shop->usual.cpu_model;
	return spec;
}

/* Whether two words for the kernel set the same thing, up to "=", to different values. */
static bool words_clash(const char *a, const char *b)
{
	gsize len = strcspn(a, "=");

	return len == strcspn(b, "=") && strncmp(a, b, len) == 0 && !g_str_equal(a, b);
}

/* Whether they want the same machine, and network; one without wishes takes what the others want,
 * but no network that it has not asked for. */
static bool machines_agree(const Case *a, const Case *b)
{
	return (!a->machine || !b->machine || g_str_equal(a->machine, b->machine)) &&
	       (!a->cpu_model || !b->cpu_model || g_str_equal(a->cpu_model, b->cpu_model)) &&
	       g_strcmp0(a->tap, b->tap) == 0 && a->user_network == b->user_network;
}

bool boot_agrees(const GPtrArray *cases, const Case *testcase)
{
	g_auto(GStrv) words = g_strsplit(testcase->append, " ", -1);

	for (guint i = 0; i < cases->len; i++) {
		const Case *other = cases->pdata[i];
		g_auto(GStrv) others = g_strsplit(other->append, " ", -1);

		/* as root of the guest it can do what it likes to those after it */
		if (boot_runs_command(other) && !other->container)
			return false;
		if (testcase->judge == JUDGE_CRASH || other->judge == JUDGE_CRASH)
			return false;
		if (!machines_agree(testcase, other))
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

char *boot_cmdline(const Boot *boot, const char *more)
{
	g_autofree char *words = join_words(boot->shop, boot->cases);
	g_autofree char *root = boot_image_words(boot->shop->image);
	GuestSpec guest = boot_spec(boot->shop, boot->cases, NULL);
	const char *network = guest.tap || guest.user_network ? NETWORK_WORDS : "";
	char *all =
		g_strdup_printf(CMDLINE " " PROTOCOL_TOKEN_ARG "%s %s %s", boot->shop->arch->serial,
				root, network, boot->tokens.boot, words, more ? more : "");

	return g_strchomp(all);
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

/* ---- the guest ---- */

static void on_running(void *user)
{
	((Boot *)user)->times.runs = g_get_monotonic_time();
}

static bool on_console(const char *data, gsize len, void *user)
{
	Boot *boot = user;
	const gint64 now = g_get_monotonic_time();

	console_feed(boot->console, data, len);
	if (!boot->times.spoke)
		boot->times.spoke = now;
	if (!boot->times.agent && console_agent_reached(boot->console))
		boot->times.agent = now;
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
bool boot_prove_kvm(Boot *boot, GuestSpec guest, GCancellable *cancel, GError **error)
{
	Workshop *shop = boot->shop;
	g_autoptr(GError) local = NULL;
	bool heard = false;
	GuestEnd end;

	if (!shop->kvm_unproven)
		return true;
	shop->kvm_unproven = false;
	guest.on_console = hear;
	guest.on_running = NULL;
	guest.user = &heard;
	guest.timeout_ms = KVM_PROOF_MS;
	/* that guest's agent may get as far as to take the job away */
	if (guest_run(shop->machine, &guest, cancel, &end, NULL, &local) && heard)
		return boot_fill_share(boot, error);
	if (local && error_exit_code(local) == EXIT_INTERRUPTED)
		return error_interrupted(error);
	return shop->fall_back(shop, local ? local->message : "the first guest was silent",
			       error) &&
	       boot_fill_share(boot, error);
}

/* Of a guest whose cases take as long as @spec says. */
static unsigned whole_time(const Workshop *shop, const GPtrArray *cases, const BootSpec *spec)
{
	if (spec->timeout_s)
		return (shop->boot_s + cases->len * spec->timeout_s) * 1000;
	return boot_spec(shop, cases, spec->kernel).timeout_ms;
}

/* Where the time went, for those who ask. */
static void note_times(Boot *boot)
{
	g_autofree char *guest = NULL;

	if (!boot->shop->timed)
		return;
	boot->times.end = g_get_monotonic_time();
	fs_read_beneath(boot->shop->share, "out/timings", PROTOCOL_OUTPUT_MAX, &guest, NULL, NULL,
			NULL);
	g_ptr_array_add(boot->shop->timed, timings_new(&boot->times, guest));
}

/* The kernel's words for this boot besides the usual ones; g_free(). */
static char *more_words(const Workshop *shop, const BootSpec *spec)
{
	return g_strdup_printf("%s %s", spec->words ? spec->words : "",
			       shop->timed ? TIMED_WORDS : "");
}

bool boot_cases_as(Workshop *shop, const GPtrArray *cases, const BootSpec *spec,
		   GCancellable *cancel, StepResult *results, GError **error)
{
	g_autofree char *first = boot_token();
	g_autofree char *token = boot_token();
	g_autofree char *console_path = g_build_filename(spec->folder, "console.log", NULL);
	g_autoptr(Console) console = console_new(token, shop->signature, error);
	g_autofree char *cmdline = NULL;
	g_autofree char *words = NULL;
	g_auto(BootImage) image = { 0 };
	Boot boot = { .shop = shop,
		      .cases = cases,
		      .folder = spec->folder,
		      .bundle = spec->bundle,
		      .timeout_s = spec->timeout_s,
		      .console = console,
		      .tokens = { first, token },
		      .times.begin = g_get_monotonic_time() };
	GuestSpec guest = boot_spec(shop, cases, spec->kernel);
	bool again = shop->kvm_unproven;
	bool ok;

	if (!console || !boot_fill_share(&boot, error))
		return false;
	console_greet(console, first);
	words = more_words(shop, spec);
	cmdline = boot_cmdline(&boot, words);
	guest.cmdline = cmdline;
	guest.console = console_path;
	guest.on_console = on_console;
	guest.on_running = on_running;
	guest.user = &boot;
	if (shop->phase)
		shop->phase("boot", shop->user);
	if (!boot_image_open(&image, shop, &guest, cancel, error) ||
	    !boot_prove_kvm(&boot, guest, cancel, error) ||
	    (again && !boot_image_open(&image, shop, &guest, cancel, error)))
		return false;
	guest.timeout_ms = whole_time(shop, cases, spec); /* TCG is given longer */
	boot.times.filled = g_get_monotonic_time();
	ok = guest_run(shop->machine, &guest, cancel, &boot.end, &boot.ms, error) &&
	     boot_check_share(&boot, error) && boot_take_results(&boot, results, error) &&
	     fs_sync_tree(spec->folder, error) && check_disks(&boot, results, error);
	if (ok)
		note_times(&boot);
	return ok;
}

bool boot_cases(Workshop *shop, const GPtrArray *cases, const char *kernel, const char *folder,
		GCancellable *cancel, StepResult *results, GError **error)
{
	const BootSpec spec = { .kernel = kernel, .folder = folder };

	return boot_cases_as(shop, cases, &spec, cancel, results, error);
}
