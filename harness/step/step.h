/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One kernel's way: checkout, configure, build; then boots until every case has its verdict. */
#pragma once

#include "image/image.h"
#include "kernel/build.h"
#include "kernel/kconfig.h"
#include "machine/machine.h"
#include "record/result.h"
#include "record/timings.h"
#include "repo/worktree.h"
#include "revision/configured.h"
#include "revision/fixing.h"
#include "revision/relevance.h"
#include "revision/stock.h"
#include "testcase/testcase.h"
#include "util/arch.h"

typedef struct Spares Spares; /* spares.h */

/* Tells which phase a step is in: "checkout", "build", "boot", "run"; static strings. */
typedef void (*StepPhase)(const char *phase, void *user);

/**
 * struct Workshop - what all steps of a run share; all borrowed
 * @repo:      the user's repository, or NULL where no revision is tested
 * @tree:      bisectbox's work tree of it; or NULL
 * @cases:     const Case, what is run, in this order; at least one
 * @signature: of a JUDGE_CRASH case, or NULL
 * @common:    fragments that every case needs: base, 9p and the user's; NULL-terminated
 * @kconfig:   those, and the cases'
 * @config:    a full .config of the user's own, or NULL
 * @append:    the user's words for the kernel command line, or NULL
 * @machine:   where guests run
 * @initrd:    of the kernel that is being booted; or NULL
 * @image:     the guests' disk
 * @roots:     const Image, one a case: its own root; NULL for the image's
 * @disks:     paths of @roots, each once; NULL-terminated
 * @agent:     hash of the agent's binary
 * @chains:    what kernels are compiled with
 * @chain:     of these, for every tree, whatever its version is; or NULL
 * @fixing:    what the source is changed with
 * @share:     path where a boot's share is made; on a file system with room
 * @ccache:    ccache's folder
 * @jobs:      make -j
 * @arch:      of the guests
 * @board, @cpu_model: machine type and CPU model of the guests; NULL for what cases and image want
 * @cpus, @mem_mib: of the guests; 0 for what the cases want
 * @usual: what the image's recipe says of these, where nobody else does
 * @qemu_args: the user's words for QEMU, NULL-terminated; or NULL
 * @guests:    how many of them may run at once, where one kernel is booted several times
 * @spares:    answers of boots that were not asked for yet; NULL where none are wanted
 * @boot_s:    seconds that a guest may take besides its cases
 * @timeout_s: whole time of a guest as the user wants it; 0 for @boot_s and the cases' own
 * @on_console: called with console bytes as they come (-v), or NULL
 * @phase, @user: told about phases; @phase may be NULL
 * @before_boot, @boot_user: told that a kernel is there and guests are next; NULL: nobody is
 * @kvm_unproven: the trial chose KVM, and no guest of this run has spoken under it yet
 * @disks_proven: after a case without an answer, image and roots were found to be what was built
 * @fall_back: has guests run on TCG from here on, and this host remember it (@why, one line)
 * @builds:    names the build folder; NULL: the one of @stock's configuration
 * @footprints: folder of footprints of builds that are configured and compiled like these; or NULL
 * @gdb:       what gdb wants is made beside each kernel that is built, too
 * @ahead:     nobody sees what comes of a step: its kernel is wanted in the cache only
 * @stock:     kernels that were built earlier; NULL where none is built
 * @relevance: told of each revision's build; or NULL
 * @configured: what this run's builds were configured to; or NULL
 * @known:     key -> StepResult of this run's boots; equal kernels share their verdict
 * @timed:     takes Timings of each boot; or NULL
 * @traced:    keys of those whose case was run once more for its traces
 */
typedef struct Workshop Workshop;
struct Workshop {
	Repo *repo;
	Worktree *tree;
	const GPtrArray *cases;
	const char *signature;
	const char *const *common;
	const Kconfig *kconfig;
	const char *config;
	const char *append;
	Machine *machine;
	const char *initrd;
	const Image *image;
	const GPtrArray *roots;
	const char *const *disks;
	const char *agent;
	Toolchains *chains;
	const Toolchain *chain;
	Fixing *fixing;
	const char *share;
	const char *ccache;
	unsigned jobs;
	const Arch *arch;
	const char *board;
	const char *cpu_model;
	unsigned cpus;
	unsigned mem_mib;
	RecipeGuest usual;
	const char *const *qemu_args;
	unsigned guests;
	Spares *spares;
	unsigned boot_s;
	unsigned timeout_s;
	void (*on_console)(const char *data, gsize len, void *user);
	StepPhase phase;
	void *user;
	void (*before_boot)(void *user);
	void *boot_user;
	bool kvm_unproven;
	bool disks_proven;
	bool (*fall_back)(Workshop *shop, const char *why, GError **error);
	const char *builds;
	const char *footprints;
	bool gdb;
	bool ahead;
	Stock *stock;
	Relevance *relevance;
	Configured *configured;
	GHashTable *known;
	GHashTable *traced;
	GPtrArray *timed;
};

/* Where a kernel comes from. */
typedef enum {
	SOURCE_REVISION, /* of the workshop's repository */
	SOURCE_TREE,     /* a source folder; only read */
	SOURCE_KERNEL,   /* a bzImage */
} SourceKind;

/**
 * struct StepSource - one kernel to test; all borrowed
 * @revision: SOURCE_REVISION
 * @path:     SOURCE_TREE, SOURCE_KERNEL: absolute
 * @home:     SOURCE_TREE: folder for build folders, this process's alone
 * @modules:  SOURCE_KERNEL: folder of its modules (image/initramfs.h); NULL: all is built in
 */
typedef struct {
	SourceKind kind;
	const RepoId *revision;
	const char *path;
	const char *home;
	const char *modules;
} StepSource;

/**
 * enum StepFlags - @STEP_CLEAN: build in an empty folder. @STEP_FRESH: boot whatever is known of
 * an equal kernel
 */
typedef enum {
	STEP_USUAL = 0,
	STEP_CLEAN = 1 << 0,
	STEP_FRESH = 1 << 1,
} StepFlags;

/**
 * step_build() - get the kernel
 * @folder:     absolute; takes build.log and config
 * @ret_kernel: built, or why not; kernel_clear()
 * @results:    one a case, all zero: gets the verdicts on cases that this kernel cannot run, and
 *              what the build took; the others keep VERDICT_NONE
 * @error:      host trouble (never a verdict), or interrupted
 *
 * A kernel that no case can run on is not built. A revision's is taken from the cache where it is
 * there (stock.h): with STEP_CLEAN only one that was built from this very tree in an empty folder.
 * Nor is one built that configuring proves equal to one of this run, where all cases have their
 * verdicts of that: @ret_kernel then has a hash and no image.
 */
bool step_build(Workshop *shop, const StepSource *source, StepFlags flags, const char *folder,
		GCancellable *cancel, Kernel *ret_kernel, StepResult *results, GError **error);

/**
 * step_boot() - run the cases that have no verdict yet, in one guest as far as that goes
 * @folder:  absolute; takes console.log, dmesg, and a folder a case; where a case ended the
 *           guest, the next boot's are in boot-2/ below it, and so on
 * @results: one a case; all have verdicts on success
 */
bool step_boot(Workshop *shop, const Kernel *kernel, StepFlags flags, const char *folder,
	       GCancellable *cancel, StepResult *results, GError **error);

/** step_take_boot() - have what came of a boot as another step's: the build stays that one's; @from
 * is empty afterwards */
void step_take_boot(StepResult *from, StepResult *to);

/**
 * step_configure() - what a configuration comes out as in a revision's tree, without building
 * @config:     path of a .config, however incomplete; the workshop's wishes are laid over it
 * @sparse:     what it leaves open is n; else the default
 * @log:        path; takes what make says
 * @ret_config: path of the complete one, which stays until the next call; g_free()
 * @error:      usage: this revision cannot be configured so; else as of step_build()
 */
bool step_configure(Workshop *shop, const RepoId *revision, const char *config, bool sparse,
		    const char *log, GCancellable *cancel, char **ret_config, GError **error);

/** step_ready() - whether earlier runs left a kernel of this very revision in the cache, as this
 * run would build it; a guess, and the same all through a run */
bool step_ready(Workshop *shop, const RepoId *revision);
/** step_chain() - what a revision is compiled with; @ret_chain: borrowed */
bool step_chain(Workshop *shop, const RepoId *revision, const Toolchain **ret_chain,
		GError **error);

/** step_done() - after the boots: with STEP_CLEAN, remove what the kernel was built in, gigabytes
 */
bool step_done(const Workshop *shop, StepFlags flags, GError **error);

/**
 * step_run() - step_build() and step_boot(): test one revision
 * @ret_results: one a case, all zero before; step_result_clear() each
 */
bool step_run(Workshop *shop, const RepoId *revision, StepFlags flags, const char *folder,
	      GCancellable *cancel, StepResult *ret_results, GError **error);
