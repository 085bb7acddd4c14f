/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One revision's way: checkout, configure, build, boot, run, judge. */
#pragma once

#include "image/image.h"
#include "kernel/kconfig.h"
#include "machine/machine.h"
#include "record/result.h"
#include "repo/worktree.h"
#include "testcase/testcase.h"

/* Tells which phase a step is in: "checkout", "build", "boot", "run"; static strings. */
typedef void (*StepPhase)(const char *phase, void *user);

/**
 * struct Workshop - what all steps of a run share; all borrowed
 * @tree:      bisectbox's work tree of the repository
 * @testcase:  what is run
 * @signature: of a JUDGE_CRASH case, or NULL
 * @kconfig:   base, 9p, the case's and the user's fragments
 * @config:    a full .config of the user's own, or NULL
 * @append:    the user's words for the kernel command line, or NULL
 * @machine:   where guests run
 * @image:     the guests' disk
 * @agent:     hash of the agent's binary
 * @compiler:  kernel_compiler()
 * @share:     path where a boot's share is made; on a file system with room
 * @ccache:    ccache's folder
 * @jobs, @cpus, @mem_mib: sizes
 * @timeout_s: whole time of a guest
 * @on_console: called with console bytes as they come (-v), or NULL
 * @phase, @user: told about phases; @phase may be NULL
 * @kvm_unproven: the trial chose KVM, and no guest of this run has spoken under it yet
 * @fall_back: has guests run on TCG from here on, and this host remember it (@why, one line)
 * @known:     key -> StepResult of this run's boots; equal kernels share their verdict
 */
typedef struct Workshop Workshop;
struct Workshop {
	Worktree *tree;
	const Case *testcase;
	const char *signature;
	const Kconfig *kconfig;
	const char *config;
	const char *append;
	Machine *machine;
	const Image *image;
	const char *agent;
	const char *compiler;
	const char *share;
	const char *ccache;
	unsigned jobs;
	unsigned cpus;
	unsigned mem_mib;
	unsigned timeout_s;
	void (*on_console)(const char *data, gsize len, void *user);
	StepPhase phase;
	void *user;
	bool kvm_unproven;
	bool (*fall_back)(Workshop *shop, const char *why, GError **error);
	GHashTable *known;
};

/**
 * step_run() - test one revision
 * @revision: which
 * @clean:    build in an empty folder, and boot again whatever is known
 * @folder:   absolute; takes build.log, config, console.log, stdout, stderr, evidence/, dmesg
 * @ret_result: set on success; step_result_clear()
 * @error:    host trouble (never a verdict), or interrupted
 */
bool step_run(Workshop *shop, const RepoId *revision, bool clean, const char *folder,
	      GCancellable *cancel, StepResult *ret_result, GError **error);
