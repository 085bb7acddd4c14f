/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Getting ready what the steps of a run share. */
#include "step/workshop_internal.h"

#include "step/boot.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/paths.h"
#include "verdict/console.h"

/* Seconds that a boot may take; measured, a healthy minimal kernel needs 2 to 5 under TCG. */
#define BOOT_TCG_S 90
#define BOOT_KVM_S 40
/* A distribution's init on the way to its last service; measured, systemd needs 35 to 70 here. */
#define INIT_BOOT_TCG_S 300
#define INIT_BOOT_KVM_S 90

static void known_free(StepResult *result)
{
	step_result_clear(result);
	g_free(result);
}

void workshop_close(Workshop *shop)
{
	Owner *owner = (Owner *)shop;

	if (!owner)
		return;
	spares_free(owner->spares);
	machine_close(owner->machine);
	worktree_close(owner->tree);
	image_source_free(owner->source);
	image_free(owner->image);
	g_clear_pointer(&owner->roots, g_ptr_array_unref);
	g_clear_pointer(&owner->disks, g_ptr_array_unref);
	g_clear_pointer(&owner->cases, g_ptr_array_unref);
	g_strfreev(owner->common);
	kconfig_free(owner->kconfig);
	g_clear_pointer(&shop->known, g_hash_table_unref);
	g_clear_pointer(&shop->traced, g_hash_table_unref);
	g_clear_pointer(&shop->configured, configured_free);
	rundir_free(owner->home);
	g_free(owner->signature);
	g_free(owner->config);
	g_free(owner->append);
	g_free(owner->agent);
	tools_clear(&owner->tools);
	g_free(owner->share);
	g_free(owner->ccache);
	g_free(owner->footprints);
	g_free(owner->builds);
	stock_free(owner->stock);
	g_free(owner->accel_why);
	g_free(owner->board);
	g_free(owner->cpu_model);
	g_strfreev(owner->qemu_args);
	g_free(owner);
}

void workshop_notice(const WorkshopSpec *spec, const char *what, const char *detail)
{
	if (spec->notice)
		spec->notice(what, detail, spec->user);
}

/* base, the architecture's and 9p always; small and its architecture's where nobody's configuration
 * is underneath; the cases'; the image's; the user's, which have the last word. */
static bool load_kconfig(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	const bool small = !spec->config && !spec->reconfigured;
	const Arch *arch = owner->shop.arch;
	const char *const always[] = {
		"base", arch->name, "9p", small ? "small" : NULL, small ? arch->small : NULL, NULL,
	};
	static const char *const gdb[] = { "debug", NULL };
	const char **users = (const char **)(gpointer)spec->kconfig;
	g_autoptr(GStrvBuilder) common = g_strv_builder_new();
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	g_auto(GStrv) list = NULL;

	g_strv_builder_addv(names, (const char **)(gpointer)always);
	g_strv_builder_addv(common, (const char **)(gpointer)always);
	for (guint i = 0; i < owner->cases->len; i++) {
		const Case *testcase = owner->cases->pdata[i];

		g_strv_builder_addv(names, (const char **)testcase->kconfig);
	}
	if (owner->source) {
		g_strv_builder_addv(names, (const char **)owner->source->kconfig);
		g_strv_builder_addv(common, (const char **)owner->source->kconfig);
	}
	if (spec->gdb) {
		g_strv_builder_addv(names, (const char **)(gpointer)gdb);
		g_strv_builder_addv(common, (const char **)(gpointer)gdb);
	}
	if (users) {
		g_strv_builder_addv(names, users);
		g_strv_builder_addv(common, users);
	}
	owner->common = g_strv_builder_end(common);
	list = g_strv_builder_end(names);
	return kconfig_load((const char *const *)list, &owner->kconfig, error);
}

static bool check_config_file(const char *path, GError **error)
{
	if (path && !g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return error_usage(error, "--config %s: no such file", path);
	return true;
}

static bool check_signature(const char *signature, GError **error)
{
	g_autoptr(Console) console = console_new("", signature, error);

	return console != NULL;
}

static bool add_case(const char *name, const Arch *arch, GPtrArray *cases, GError **error)
{
	g_autoptr(Case) testcase = NULL;

	if (!case_load_for(name, arch, &testcase, error))
		return false;
	for (guint i = 0; i < cases->len; i++) {
		const Case *other = cases->pdata[i];

		if (g_str_equal(other->name, testcase->name))
			return error_usage(error, "two cases are called %s: %s and %s",
					   testcase->name, other->folder, testcase->folder);
	}
	g_ptr_array_add(cases, g_steal_pointer(&testcase));
	return true;
}

static bool load_cases(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	bool crash = false;

	owner->cases = g_ptr_array_new_with_free_func((GDestroyNotify)case_free);
	for (const char *const *name = spec->cases; *name; name++) {
		const Case *testcase;

		if (!add_case(*name, owner->shop.arch, owner->cases, error))
			return false;
		testcase = owner->cases->pdata[owner->cases->len - 1];
		if (testcase->judge == JUDGE_CRASH && !spec->signature && !spec->no_boots)
			return error_usage(error,
					   "case %s needs --crash REGEX: what its crash looks like",
					   testcase->name);
		crash |= testcase->judge == JUDGE_CRASH;
	}
	if (!crash && spec->signature)
		return error_usage(error, "--crash goes with a case that looks for a crash, such "
					  "as --case crash");
	owner->signature = g_strdup(spec->signature);
	return check_signature(spec->signature, error);
}

/* What it is decides which fragments a kernel needs. */
static bool load_image(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	const char *usual = spec->no_boots ? NULL : owner->shop.arch->recipe;
	const char *name = spec->image ? spec->image : usual;

	return !name || image_source_load(name, &owner->source, error);
}

static bool make_home(Owner *owner, GError **error)
{
	owner->home = rundir_new(error);
	if (!owner->home)
		return false;
	owner->share = g_build_filename(rundir_path(owner->home), "share", NULL);
	return true;
}

/* The trial on this host; of another its own libvirt and its first guest say. */
static bool choose_accel(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	g_autofree char *host = paths_cache("host");
	const bool here = owner->shop.arch == arch_usual();
	Accel asked = here && !machine_uri_is_far(spec->connect) ? spec->accel : ACCEL_AUTO;

	if (!here && spec->accel == ACCEL_KVM)
		return error_usage(error,
				   "--accel kvm: %s guests need a processor of their own kind; "
				   "leave it out",
				   owner->shop.arch->name);
	return fs_mkdir(host, error) &&
	       accel_choose(asked, host, &owner->accel, &owner->accel_why, error);
}

/* What guests run on, where that is not what the trial was about. */
static bool settle_accel(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	g_autofree char *host = paths_cache("host");
	g_autofree char *why = NULL;
	Accel accel = owner->accel;

	owner->unproven = spec->accel == ACCEL_AUTO && accel == ACCEL_KVM;
	if (owner->shop.arch != arch_usual()) {
		why = g_strdup_printf("TCG: %s on this host", owner->shop.arch->name);
		owner->unproven = false;
	} else if (machine_is_far(owner->machine)) {
		if (!machine_choose_accel(owner->machine, spec->accel, host, &accel,
					  &owner->unproven, &why, error))
			return false;
	}
	if (why) {
		g_free(owner->accel_why);
		owner->accel_why = g_steal_pointer(&why);
	}
	workshop_notice(spec, "guests run on", owner->accel_why);
	return true;
}

static bool open_machine(const WorkshopSpec *spec, Owner *owner, GCancellable *cancel,
			 GError **error)
{
	g_autofree char *libvirt = g_build_filename(rundir_path(owner->home), "v", NULL);
	const MachineSpec where = {
		.uri = spec->connect,
		.home = libvirt,
		.arch = owner->shop.arch,
		.accel = owner->shop.arch == arch_usual() ? owner->accel : ACCEL_TCG,
	};

	return machine_open(&where, cancel, &owner->machine, error) &&
	       settle_accel(spec, owner, error);
}

static void on_upload(const char *path, guint64 done_mib, guint64 all_mib, void *user)
{
	const WorkshopSpec *spec = user;
	g_autofree char *leaf = g_path_get_basename(path);
	g_autofree char *what = g_strdup_printf("copying %s", leaf);
	g_autofree char *detail = g_strdup_printf(
		"%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " MiB", done_mib, all_mib);

	workshop_notice(spec, what, detail);
}

/* Disks are made on this host, and known by their content on any other. */
static bool bring_disks(const WorkshopSpec *spec, Owner *owner, GCancellable *cancel,
			GError **error)
{
	Machine *machine = owner->machine;

	if (!machine_keep(machine, owner->image->path, owner->image->hash, on_upload, (void *)spec,
			  cancel, error))
		return false;
	for (guint i = 0; i < owner->roots->len; i++) {
		const Image *root = owner->roots->pdata[i];

		if (root && !machine_keep(machine, root->path, root->hash, on_upload, (void *)spec,
					  cancel, error))
			return false;
	}
	return true;
}

static bool open_tree(Owner *owner, Repo *repo, GError **error)
{
	g_autofree char *trees = paths_cache("trees");

	if (!repo)
		return true;
	return fs_mkdir(trees, error) &&
	       worktree_open(repo, trees, WORKTREE_CLEAN, &owner->tree, error);
}

static RecipeGuest usual_guest(const Owner *owner)
{
	return owner->source && owner->source->recipe ? owner->source->recipe->guest
						      : (RecipeGuest){ 0 };
}

static unsigned boot_seconds(const Owner *owner)
{
	bool init = owner->image && owner->image->init;

	if (owner->machine && machine_accel(owner->machine) == ACCEL_KVM)
		return init ? INIT_BOOT_KVM_S : BOOT_KVM_S;
	return init ? INIT_BOOT_TCG_S : BOOT_TCG_S;
}

/* KVM that passed the trial does not carry a kernel. */
static bool fall_back(Workshop *shop, const char *why, GError **error)
{
	Owner *owner = (Owner *)shop;
	g_autofree char *host = paths_cache("host");

	if (!machine_forget_accel(owner->machine, host, why, error))
		return false;
	g_free(owner->accel_why);
	owner->accel_why = g_strdup_printf("TCG: KVM did not carry a kernel (%s)", why);
	shop->boot_s = boot_seconds(owner);
	return true;
}

static void fill(const WorkshopSpec *spec, Owner *owner, Repo *repo)
{
	owner->append = g_strdup(spec->append);
	owner->board = g_strdup(spec->board);
	owner->cpu_model = g_strdup(spec->cpu_model);
	owner->qemu_args = g_strdupv((char **)(gpointer)spec->qemu_args);
	if (spec->ask_again && spec->guests > 1 && owner->home) {
		g_autofree char *folder =
			g_build_filename(rundir_path(owner->home), "spares", NULL);

		owner->spares = spares_new(folder);
	}
	owner->shop = (Workshop){
		.repo = repo,
		.tree = owner->tree,
		.cases = owner->cases,
		.signature = owner->signature,
		.common = (const char *const *)owner->common,
		.kconfig = owner->kconfig,
		.config = owner->config,
		.append = owner->append,
		.machine = owner->machine,
		.image = owner->image,
		.roots = owner->roots,
		.disks = owner->disks ? (const char *const *)owner->disks->pdata : NULL,
		.agent = owner->agent,
		.chains = owner->tools.chains,
		.fixing = owner->tools.fixing,
		.share = owner->share,
		.ccache = owner->ccache,
		.footprints = owner->footprints,
		.gdb = spec->gdb,
		.stock = owner->stock,
		.usual = usual_guest(owner),
		.arch = owner->shop.arch,
		.board = owner->board,
		.cpu_model = owner->cpu_model,
		.qemu_args = (const char *const *)owner->qemu_args,
		.guests = MAX(spec->guests, 1),
		.spares = owner->spares,
		.jobs = spec->jobs ? spec->jobs : g_get_num_processors(),
		.cpus = spec->cpus,
		.mem_mib = spec->mem_mib,
		.boot_s = boot_seconds(owner),
		.timeout_s = spec->timeout_s,
		.kvm_unproven = owner->unproven,
		.fall_back = fall_back,
		.configured = repo ? configured_new(repo) : NULL,
		.traced = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					       (GDestroyNotify)known_free),
	};
}

/* A build is the same wherever it is done: what a shell has set is not taken, and that is said. */
static bool check_tools(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	g_auto(GStrv) ignored = tools_ignored();

	owner->ccache = paths_cache("ccache");
	for (char **line = ignored; *line && !spec->no_builds; line++)
		workshop_notice(spec, "the environment", *line);
	return spec->no_builds || (kernel_path_check(owner->ccache, error) &&
				   tools_open(&spec->chain, owner->shop.arch, spec->fixups,
					      !spec->no_boots, &owner->tools, error));
}

#define KERNELS_VERSION "1" /* of how kernels are built: another one, other kernels */

/* The first letters of a hash over what all kernels of a run share; g_free() */
static char *short_hash(const char *text)
{
	char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

	hash[32] = '\0';
	return hash;
}

/* What a build reads depends on its source, and on these. */
static char *footprints_folder(const Owner *owner, const char *config)
{
	g_autofree char *wishes = kconfig_allconfig(owner->kconfig);
	g_autofree char *all = g_strdup_printf("%s\n%s\n%s", owner->tools.key, config, wishes);
	g_autofree char *hash = short_hash(all);
	g_autofree char *name = g_build_filename("footprints", hash, NULL);

	return paths_cache(name);
}

/* What goes into every kernel of the run, but for the source and which of its compilers. */
static char *stock_name(const Owner *owner, const char *config)
{
	g_autofree char *wishes = kconfig_describe(owner->kconfig);
	g_autofree char *all =
		g_strdup_printf(KERNELS_VERSION "\n%s\n%s\n%s\n%s", footprint_version(),
				owner->tools.key, config, wishes);

	return short_hash(all);
}

/* Where kernels of this configuration, and what is known of them, are kept. */
static bool open_stock(Owner *owner, GError **error)
{
	g_autofree char *kernels = paths_cache("kernels");
	g_autofree char *config = NULL;
	g_autofree char *setup = NULL;
	/* with gdb: a kernel from the cache has no symbols with it */
	StockSpec stock = { .cache.folder = owner->no_cache || owner->gdb ? NULL : kernels };

	if (!kcache_limit(&stock.cache.limit, error) ||
	    (owner->config && !fs_sha256(owner->config, &config, error)))
		return false;
	setup = stock_name(owner, config ? config : "");
	stock.setup = setup;
	g_free(owner->footprints);
	stock_free(owner->stock);
	owner->footprints = footprints_folder(owner, config ? config : "");
	owner->stock = stock_new(&stock);
	return true;
}

bool workshop_reconfigure(Workshop *shop, const char *config, GError **error)
{
	Owner *owner = (Owner *)shop;
	bool distrust = stock_distrusts(owner->stock);

	if (!owner->builds) {
		g_autofree char *all =
			g_strconcat("many configurations ", stock_setup(owner->stock), NULL);

		owner->builds = short_hash(all);
	}
	g_free(owner->config);
	owner->config = g_strdup(config);
	if (!open_stock(owner, error))
		return false;
	if (distrust)
		stock_distrust(owner->stock);
	g_clear_pointer(&shop->configured, configured_free);
	shop->config = owner->config;
	shop->builds = owner->builds;
	shop->footprints = owner->footprints;
	shop->stock = owner->stock;
	return true;
}

/* What each case asks of its machine, before anything is built for it. */
static bool check_guests(const Owner *owner, GError **error)
{
	if (owner->machine && machine_is_far(owner->machine) && owner->image->init)
		return error_usage(error,
				   "image %s boots by an init of its own, which writes to its "
				   "disk: such guests run on this host only",
				   owner->source->name);
	for (guint i = 0; owner->machine && i < owner->cases->len; i++) {
		const Case *testcase = owner->cases->pdata[i];
		g_autoptr(GPtrArray) alone = g_ptr_array_new();
		GuestSpec guest;

		g_ptr_array_add(alone, owner->cases->pdata[i]);
		guest = boot_spec(&owner->shop, alone, NULL);
		if (!machine_check(owner->machine, &guest, error))
			return false;
		if (guest.tap && owner->shop.guests > 1)
			return error_usage(error,
					   "--guests %u: there is one tap device %s, so that case "
					   "%s runs in one guest at a time: leave it out",
					   owner->shop.guests, guest.tap, testcase->name);
	}
	return true;
}

/* What only guests need. */
static bool prepare_boots(const WorkshopSpec *spec, Owner *owner, GCancellable *cancel,
			  GError **error)
{
	/* the home first: while there is one, nobody removes images */
	return spec->no_boots || (choose_accel(spec, owner, error) && make_home(owner, error) &&
				  workshop_get_image(spec, owner, cancel, error) &&
				  open_machine(spec, owner, cancel, error) &&
				  bring_disks(spec, owner, cancel, error));
}

/* As asked, or as follows from the words for make. */
static const Arch *choose_arch(const WorkshopSpec *spec)
{
	const Arch *arch = spec->arch ? spec->arch : tools_arch(&spec->chain);

	return arch ? arch : arch_usual();
}

bool workshop_open(const WorkshopSpec *spec, Repo *repo, GCancellable *cancel, Workshop **ret_shop,
		   GError **error)
{
	g_autoptr(Workshop) shop = (Workshop *)g_new0(Owner, 1);
	Owner *owner = (Owner *)shop;

	owner->shop.arch = choose_arch(spec);
	owner->config = g_strdup(spec->config);
	owner->no_cache = spec->no_cache;
	owner->gdb = spec->gdb;
	if (!load_cases(spec, owner, error) || !load_image(spec, owner, error) ||
	    !load_kconfig(spec, owner, error) || !check_config_file(spec->config, error) ||
	    !check_tools(spec, owner, error) || (!spec->no_builds && !open_stock(owner, error)) ||
	    !prepare_boots(spec, owner, cancel, error) || !open_tree(owner, repo, error))
		return false;
	fill(spec, owner, repo);
	if (!check_guests(owner, error))
		return false;
	*ret_shop = g_steal_pointer(&shop);
	return true;
}
