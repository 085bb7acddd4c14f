/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Getting ready what the steps of a run share. */
#include "workshop.h"

#include "boot.h"
#include "image/oci.h"
#include "image/source.h"
#include "spares.h"
#include "tools.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/paths.h"
#include "util/rundir.h"
#include "verdict/console.h"

/* Seconds that a boot may take; measured, a healthy minimal kernel needs 2 to 5 under TCG. */
#define BOOT_TCG_S 90
#define BOOT_KVM_S 40
/* A distribution's init on the way to its last service; measured, systemd needs 35 to 70 here. */
#define INIT_BOOT_TCG_S 300
#define INIT_BOOT_KVM_S 90

/* A workshop and what it owns. */
typedef struct {
	Workshop shop; /* first: workshop_close() gets its address */
	GPtrArray *cases;
	char **common;
	Kconfig *kconfig;
	Machine *machine;
	ImageSource *source; /* of the image */
	Image *image;
	GPtrArray *roots;
	GPtrArray *disks;
	Worktree *tree;
	char *signature;
	char *config;
	char *append;
	char *agent;
	Tools tools;
	RunDir *home; /* for libvirt's state, whose sockets want a short path, and the share */
	char *share;
	char *ccache;
	char *footprints;
	char *builds;
	Stock *stock;
	Spares *spares;
	bool no_cache;
	bool gdb;
	char *accel_why;
	Accel accel;   /* of this host: libguestfs' appliance, and guests of its architecture */
	bool unproven; /* KVM is what was chosen, and no guest has been seen on it */
	char *board;
	char *cpu_model;
	char **qemu_args;
} Owner;

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

static void notice(const WorkshopSpec *spec, const char *what, const char *detail)
{
	if (spec->notice)
		spec->notice(what, detail, spec->user);
}

/* base, the architecture's and 9p always; the cases'; the image's; the user's, which have the last
 * word. */
static bool load_kconfig(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	const char *const always[] = { "base", owner->shop.arch->name, "9p", NULL };
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

/* A disk being made, and what the notices call it. */
typedef struct {
	const WorkshopSpec *spec;
	const char *kind;
	const char *name;
} Making;

static void image_progress(const char *phase, const char *detail, void *user)
{
	const Making *making = user;
	g_autofree char *what = g_strdup_printf("%s %s: %s", making->kind, making->name, phase);

	notice(making->spec, what, detail);
}

/* Said as soon as it is known: a guest without crun could only say that the case is broken. */
static bool check_crun(const GPtrArray *cases, const char *image, bool lacks, GError **error)
{
	for (guint i = 0; i < cases->len && lacks; i++) {
		const Case *testcase = cases->pdata[i];

		if (testcase->container && testcase->command[0])
			return error_usage(error,
					   "case %s runs in a container, and image %s has no crun: "
					   "add it to the recipe's packages",
					   testcase->name, image);
	}
	return true;
}

/* Where the trial's KVM does not carry libguestfs' appliance, TCG does. */
static bool wants_tcg(const WorkshopSpec *spec, const Owner *owner, const GError *error)
{
	return spec->accel == ACCEL_AUTO && owner->accel == ACCEL_KVM &&
	       error_exit_code(error) == EXIT_HOST;
}

static bool ensure_image(const WorkshopSpec *spec, Owner *owner, const char *agent,
			 GCancellable *cancel, GError **error)
{
	g_autoptr(GError) local = NULL;
	Making making = { spec, "image", owner->source->name };

	if (image_source_ensure(owner->source, agent, owner->accel, image_progress, &making, cancel,
				&owner->image, &local))
		return true;
	if (wants_tcg(spec, owner, local))
		return image_source_ensure(owner->source, agent, ACCEL_TCG, image_progress, &making,
					   cancel, &owner->image, error);
	g_propagate_error(error, g_steal_pointer(&local));
	return false;
}

static bool ensure_root(const WorkshopSpec *spec, Owner *owner, const Case *testcase,
			const char *agent, GCancellable *cancel, Image **ret_root, GError **error)
{
	g_autoptr(GError) local = NULL;
	Making making = { spec, "root of case", testcase->name };
	bool fine;

	if (owner->shop.arch != arch_usual())
		return error_usage(error,
				   "case %s has a root of its own: these are for %s guests only",
				   testcase->name, arch_usual()->name);
	fine = oci_ensure(testcase->rootfs, agent, owner->accel, image_progress, &making, cancel,
			  ret_root, &local);

	if (!fine && wants_tcg(spec, owner, local)) {
		g_clear_error(&local);
		fine = oci_ensure(testcase->rootfs, agent, ACCEL_TCG, image_progress, &making,
				  cancel, ret_root, &local);
	}
	if (!fine)
		g_propagate_prefixed_error(error, g_steal_pointer(&local),
					   "case %s: ", testcase->name);
	return fine;
}

/* The cases' own roots; two cases may have the same. */
static bool get_roots(const WorkshopSpec *spec, Owner *owner, const char *agent,
		      GCancellable *cancel, GError **error)
{
	owner->roots = g_ptr_array_new_with_free_func((GDestroyNotify)image_free);
	owner->disks = g_ptr_array_new();
	for (guint i = 0; i < owner->cases->len; i++) {
		const Case *testcase = owner->cases->pdata[i];
		Image *root = NULL;

		if (testcase->rootfs &&
		    !ensure_root(spec, owner, testcase, agent, cancel, &root, error))
			return false;
		g_ptr_array_add(owner->roots, root);
		if (root &&
		    !g_ptr_array_find_with_equal_func(owner->disks, root->path, g_str_equal, NULL))
			g_ptr_array_add(owner->disks, root->path);
	}
	if (owner->disks->len > GUEST_DISKS_MAX)
		return error_usage(error,
				   "%u cases have a root of their own: %d at most go together",
				   owner->disks->len, GUEST_DISKS_MAX);
	g_ptr_array_add(owner->disks, NULL);
	return true;
}

/* An imported disk is for this host's own. */
static bool check_image_arch(const ImageSource *source, const Arch *arch, GError **error)
{
	const Arch *own = source->recipe ? source->recipe->arch : arch_usual();

	return own == arch ||
	       error_usage(error,
			   "image %s is for %s guests, and these are %s: give --image of "
			   "another, or --arch %s",
			   source->name, own->name, arch->name, own->name);
}

/* What it is decides which fragments a kernel needs. */
static bool load_image(const WorkshopSpec *spec, Owner *owner, GError **error)
{
	const char *usual = spec->no_boots ? NULL : owner->shop.arch->recipe;
	const char *name = spec->image ? spec->image : usual;

	return !name || image_source_load(name, &owner->source, error);
}

static bool get_image(const WorkshopSpec *spec, Owner *owner, GCancellable *cancel, GError **error)
{
	g_autofree char *agent = image_source_agent(owner->source);

	if (!check_image_arch(owner->source, owner->shop.arch, error) ||
	    !check_crun(owner->cases, owner->source->name, image_source_lacks_crun(owner->source),
			error))
		return false;
	if (!fs_sha256(agent, &owner->agent, error)) {
		g_prefix_error(error, "the guests' agent is not there; run make: ");
		return false;
	}
	return get_roots(spec, owner, agent, cancel, error) &&
	       ensure_image(spec, owner, agent, cancel, error) &&
	       check_crun(owner->cases, owner->source->name, !owner->image->crun, error);
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
	notice(spec, "guests run on", owner->accel_why);
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

	notice(spec, what, detail);
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
		notice(spec, "the environment", *line);
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
	return spec->no_boots ||
	       (choose_accel(spec, owner, error) && make_home(owner, error) &&
		get_image(spec, owner, cancel, error) && open_machine(spec, owner, cancel, error) &&
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

static void describe_cases(Json *json, const Workshop *shop)
{
	Json *list = json_add(json, "cases", json_new_array());

	for (guint i = 0; i < shop->cases->len; i++) {
		const Case *testcase = shop->cases->pdata[i];
		const Image *root = shop->roots ? shop->roots->pdata[i] : NULL;
		Json *one = json_append(list, json_new_object());

		json_add_string(one, "name", testcase->name);
		json_add_string(one, "folder", testcase->folder);
		json_add_string(one, "hash", testcase->hash);
		if (root) {
			json_add_string(one, "rootfs", testcase->rootfs);
			json_add_string(one, "rootfs_disk_hash", root->hash);
		}
	}
}

/* Of the newest trees; older ones may get another: each step says. */
static void describe_chain(Json *json, const Workshop *shop)
{
	const Toolchain *chain = NULL;
	bool known = shop->chains && toolchains_choose(shop->chains, NULL, &chain, NULL);

	json_add_string(json, "compiler", known ? chain->text : NULL);
}

static void describe_guests(Json *json, const Workshop *shop)
{
	const Owner *owner = (const Owner *)shop;
	GuestSpec guest = boot_spec(shop, shop->cases, NULL);
	g_autofree char *machine = machine_describe(shop->machine, &guest);

	json_add_string(json, "image", shop->image->path);
	json_add_string(json, "image_hash", shop->image->hash);
	json_add_string(json, "agent_hash", shop->agent);
	json_add_string(json, "machine", machine);
	json_add_string(json, "accelerator", owner->accel_why);
	json_add_int(json, "cpus", guest.cpus);
	json_add_int(json, "mem_mib", guest.mem_mib);
	json_add_int(json, "timeout_s", guest.timeout_ms / 1000);
	json_add_string(json, "append", shop->append);
}

struct cJSON *workshop_describe(const Workshop *shop)
{
	Json *json = json_new_object();

	describe_cases(json, shop);
	describe_chain(json, shop);
	json_add_int(json, "jobs", shop->jobs);
	json_add_string(json, "setup", shop->stock ? stock_setup(shop->stock) : NULL);
	if (shop->machine) /* else kernels are built only */
		describe_guests(json, shop);
	return json;
}
