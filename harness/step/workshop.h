/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gets everything ready that a run's steps share, and keeps it until the end. */
#pragma once

#include "step/step.h"

/**
 * struct WorkshopSpec - what the user asked for; all borrowed
 * @cases:     names or folders of the cases, NULL-terminated; at least one
 * @signature: --crash, or NULL
 * @kconfig:   further fragments, NULL-terminated, or NULL
 * @config:    --config FILE, or NULL
 * @reconfigured: configurations come later, by workshop_reconfigure()
 * @chain:     what kernels are compiled with, as the user wants it
 * @fixups:    the user's patches, NULL-terminated, or NULL
 * @image:     name of the recipe; NULL for the architecture's usual one
 * @append:    words for the kernel command line, or NULL
 * @jobs, @cpus, @mem_mib, @timeout_s: 0 for the default
 * @arch:      of kernels and guests; NULL for what the words for make say, or the usual one
 * @board, @cpu_model: NULL for what cases and image want
 * @qemu_args: NULL-terminated, or NULL
 * @guests:    how many run at once, at most; 0 for one
 * @ask_again: the same kernel is going to be asked several times, one after the other
 * @accel:     as asked
 * @connect:   libvirt URI, or NULL for the embedded driver
 * @no_builds: kernels are given: nothing that only building needs is looked for
 * @no_cache:  no kernel is taken from the kernel cache or kept in it
 * @no_boots:  kernels are built only: nothing that guests need is made ready
 * @gdb:       gdb is to understand the kernels, which stay in their build folders
 * @notice:    told one line about each thing being made ready; may be NULL
 * @user:      handed to @notice
 */
typedef struct {
	const char *const *cases;
	const char *signature;
	const char *const *kconfig;
	const char *config;
	bool reconfigured;
	ToolchainSpec chain;
	const char *const *fixups;
	const char *image;
	const char *append;
	unsigned jobs;
	unsigned cpus;
	unsigned mem_mib;
	unsigned timeout_s;
	const Arch *arch;
	const char *board;
	const char *cpu_model;
	const char *const *qemu_args;
	unsigned guests;
	bool ask_again;
	Accel accel;
	const char *connect;
	bool no_builds;
	bool no_cache;
	bool no_boots;
	bool gdb;
	void (*notice)(const char *what, const char *detail, void *user);
	void *user;
} WorkshopSpec;

/**
 * workshop_open() - case, fragments, tools, accelerator, image, machine, work tree: in this order,
 * cheap and wrong things first
 * @repo: borrowed; must outlive the workshop; NULL where no revision is tested
 * @error: usage or host; one line that says what to do
 */
bool workshop_open(const WorkshopSpec *spec, Repo *repo, GCancellable *cancel, Workshop **ret_shop,
		   GError **error);
void workshop_close(Workshop *shop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Workshop, workshop_close)

/**
 * workshop_reconfigure() - from here on kernels are configured otherwise
 * @config: a .config that the wishes are laid over; must stay until kernels of it are built; copied
 * @error:  it cannot be read
 *
 * All that are configured so are built in one folder, in which make sees what a change of
 * configuration concerns; what STEP_CLEAN asks for is built in another.
 */
bool workshop_reconfigure(Workshop *shop, const char *config, GError **error);

/** workshop_describe() - what all verdicts of the run depend on, for run.json; json_free() */
struct cJSON *workshop_describe(const Workshop *shop);
