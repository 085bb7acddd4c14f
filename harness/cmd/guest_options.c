/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options about kernel, guest and output. */
#include "cmd/guest_options.h"

#include "cmd/cmd.h"
#include "util/error.h"

enum {
	KEY_KCONFIG = 512,
	KEY_CONFIG,
	KEY_NO_CACHE,
	KEY_ARCH,
	KEY_IMAGE,
	KEY_MACHINE,
	KEY_CPU_MODEL,
	KEY_QEMU_ARG,
	KEY_CPUS,
	KEY_MEM,
	KEY_APPEND,
	KEY_TIMEOUT,
	KEY_ACCEL,
	KEY_CONNECT,
	KEY_RESULTS,
	KEY_AGAIN,
	KEY_JSON,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "The kernel:", 4 },
	{ "kconfig", KEY_KCONFIG, "FRAGMENT", 0,
	  "a further fragment: a name in kconfigs/ or a file; may be given again", 4 },
	{ "config", KEY_CONFIG, "FILE", 0,
	  "a full .config, in place of the smallest kernel that the case can run on", 4 },
	{ "jobs", 'j', "N", 0, "make -j (default: all processors)", 4 },
	{ "no-cache", KEY_NO_CACHE, NULL, 0,
	  "build each kernel, also where it was built before, and keep none for later", 4 },
	{ NULL, 0, NULL, 0, "The guest:", 5 },
	{ "arch", KEY_ARCH, "x86_64|arm64", 0,
	  "architecture of kernel and guest (default: x86_64); another one than this host's is "
	  "cross-built and emulated",
	  5 },
	{ "image", KEY_IMAGE, "IMAGE", 0,
	  "its disk: a recipe, or an imported one (default: debian, for arm64 debian-arm64)", 5 },
	{ "machine", KEY_MACHINE, "q35|pc|virt", 0,
	  "machine type (default: the case's, else the image's, else q35, for arm64 virt)", 5 },
	{ "cpu-model", KEY_CPU_MODEL, "MODEL", 0,
	  "QEMU's name of a CPU model (default: the case's, else the image's, else all that the "
	  "accelerator can do)",
	  5 },
	{ "cpus", KEY_CPUS, "N", 0, "its processors (default: the case's, else 1)", 5 },
	{ "mem", KEY_MEM, "MIB", 0, "its memory (default: the case's, else the image's, else 512)",
	  5 },
	{ "append", KEY_APPEND, "ARGS", 0, "more words for the kernel command line", 5 },
	{ "timeout", KEY_TIMEOUT, "S", 0,
	  "seconds that a guest may take, boot and case (default: 90 with TCG, 40 with KVM, and "
	  "the case's own time)",
	  5 },
	{ "accel", KEY_ACCEL, "auto|kvm|tcg", 0, "what runs it (default: auto, by a short trial)",
	  5 },
	{ "connect", KEY_CONNECT, "URI", 0,
	  "libvirt to use, such as qemu:///session or qemu+ssh://HOST/system (default: its "
	  "embedded driver)",
	  5 },
	{ "qemu-arg", KEY_QEMU_ARG, "ARG", 0,
	  "a further word of QEMU's command line; may be given again", 5 },
	{ NULL, 0, NULL, 0, "What comes out:", 6 },
	{ "verbose", 'v', NULL, 0, "show every phase and the guests' consoles", 6 },
	{ 0 },
};

/* Of commands that leave a folder. */
static const struct argp_option folder_table[] = {
	{ "results", KEY_RESULTS, "DIR", 0, "where the run's folder goes", 6 },
	{ "again", KEY_AGAIN, "RUN", OPTION_HIDDEN, NULL, 6 },
	{ "json", KEY_JSON, NULL, 0, "print the result as one JSON object on stdout", 6 },
	{ 0 },
};

static Accel parse_accel(const struct argp_state *state, const char *value)
{
	for (Accel accel = ACCEL_AUTO; accel <= ACCEL_TCG; accel++)
		if (g_str_equal(value, accel_name(accel)))
			return accel;
	argp_failure(state, EXIT_USAGE, 0, "--accel %s: auto, kvm or tcg is expected", value);
	return ACCEL_AUTO;
}

static const Arch *parse_arch(const struct argp_state *state, const char *value)
{
	const Arch *arch = arch_find(value);
	g_autofree char *names = arch_names();

	if (!arch)
		argp_failure(state, EXIT_USAGE, 0, "--arch %s: one of %s is expected", value,
			     names);
	return arch;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	GuestOptions *options = state->input;

	switch (key) {
	case KEY_KCONFIG:
		g_ptr_array_add(options->kconfig, value);
		break;
	case KEY_CONFIG:
		options->config = value;
		break;
	case KEY_NO_CACHE:
		options->no_cache = true;
		break;
	case KEY_ARCH:
		options->arch = parse_arch(state, value);
		break;
	case KEY_IMAGE:
		options->image = value;
		break;
	case KEY_MACHINE:
		options->board = value;
		break;
	case KEY_CPU_MODEL:
		options->cpu_model = value;
		break;
	case KEY_QEMU_ARG:
		g_ptr_array_add(options->qemu_args, value);
		break;
	case KEY_APPEND:
		options->append = value;
		break;
	case KEY_CONNECT:
		options->connect = value;
		break;
	case 'j':
		options->jobs = cmd_number(state, "--jobs", value, 1, 4096);
		break;
	case KEY_CPUS:
		options->cpus = cmd_number(state, "--cpus", value, 1, 255);
		break;
	case KEY_MEM:
		options->mem_mib = cmd_number(state, "--mem", value, 64, 1 << 20);
		break;
	case KEY_TIMEOUT:
		options->timeout_s = cmd_number(state, "--timeout", value, 1, 86400);
		break;
	case KEY_ACCEL:
		options->accel = parse_accel(state, value);
		break;
	case 'v':
		options->verbose = true;
		break;
	case ARGP_KEY_END:
		g_ptr_array_add(options->kconfig, NULL);
		g_ptr_array_add(options->qemu_args, NULL);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_folder(int key, char *value, struct argp_state *state)
{
	GuestOptions *options = state->input;

	switch (key) {
	case KEY_RESULTS:
		options->results = value;
		return 0;
	case KEY_AGAIN:
		options->again = value;
		return 0;
	case KEY_JSON:
		options->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_person(int key, char *value, struct argp_state *state)
{
	if (key != ARGP_KEY_INIT)
		return parse(key, value, state);
	state->child_inputs[0] = &((GuestOptions *)state->input)->build;
	return 0;
}

static error_t parse_all(int key, char *value, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT)
		state->child_inputs[1] = state->input;
	return parse_person(key, value, state);
}

static const struct argp folder_argp = { .options = folder_table, .parser = parse_folder };
static const struct argp_child children[] = { { .argp = &build_options_argp },
					      { .argp = &folder_argp },
					      { 0 } };
const struct argp guest_options_argp = { .options = table,
					 .parser = parse_all,
					 .children = children };

static const struct argp_child person_children[] = { { .argp = &build_options_argp }, { 0 } };
const struct argp guest_options_person_argp = { .options = table,
						.parser = parse_person,
						.children = person_children };

void guest_options_init(GuestOptions *options)
{
	*options = (GuestOptions){ .kconfig = g_ptr_array_new(), .qemu_args = g_ptr_array_new() };
	build_options_init(&options->build);
}

void guest_options_clear(GuestOptions *options)
{
	g_clear_pointer(&options->kconfig, g_ptr_array_unref);
	g_clear_pointer(&options->qemu_args, g_ptr_array_unref);
	build_options_clear(&options->build);
}

static void on_notice(const char *what, const char *detail, void *user)
{
	live_notice(user, what, detail);
}

static void on_phase(const char *phase, void *user)
{
	live_phase(user, phase);
}

static void on_console(const char *data, gsize len, void *user)
{
	live_console(user, data, len);
}

bool guest_options_open(const GuestOptions *options, const char *const *cases,
			const char *signature, Repo *repo, bool no_builds, Live *live,
			GCancellable *cancel, Workshop **ret_shop, GError **error)
{
	WorkshopSpec spec = {
		.cases = cases,
		.signature = signature,
		.kconfig = (const char *const *)options->kconfig->pdata,
		.config = options->config,
		.reconfigured = options->reconfigured,
		.chain = build_options_chain(&options->build),
		.fixups = build_options_fixups(&options->build),
		.arch = options->arch,
		.image = options->image,
		.board = options->board,
		.cpu_model = options->cpu_model,
		.qemu_args = (const char *const *)options->qemu_args->pdata,
		.append = options->append,
		.jobs = options->jobs,
		.cpus = options->cpus,
		.mem_mib = options->mem_mib,
		.timeout_s = options->timeout_s,
		.guests = options->guests,
		.ask_again = options->ask_again,
		.accel = options->accel,
		.connect = options->connect,
		.no_builds = no_builds,
		.no_cache = options->no_cache,
		.no_boots = options->no_boots,
		.gdb = options->gdb,
		.notice = on_notice,
		.user = live,
	};

	if (!workshop_open(&spec, repo, cancel, ret_shop, error))
		return false;
	(*ret_shop)->phase = on_phase;
	(*ret_shop)->on_console = options->verbose ? on_console : NULL;
	(*ret_shop)->user = live;
	return true;
}
