/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the ways to boot (boot.c, attended.c) and what a boot's share holds. */
#pragma once

#include "step/boot.h"

#include "guest/protocol.h"
#include "step/evidence.h"

#include <sys/stat.h>

/**
 * struct Boot - a boot under way; borrows all but the console
 * @cases:  const Case
 * @folder: absolute; takes what comes out
 * @person: further line of in/job, with its newline (guest/protocol.h); NULL where no person is in
 *          the guest
 * @bundle: CaseBundle: what the cases' bundles are for
 * @timeout_s: of each case, where that is not its own; else 0
 */
typedef struct {
	Workshop *shop;
	const GPtrArray *cases;
	const char *folder;
	const char *person;
	unsigned bundle;
	unsigned timeout_s;
	Console *console;
	BootTokens tokens;
	GuestEnd end;
	unsigned ms;
	struct stat share; /* which folder it was */
	TimingsHost times;
} Boot;

/**
 * struct BootSpec - how cases are booted, where it is not as usual; all borrowed
 * @words: further words for the kernel, or NULL
 * @bundle, @timeout_s: as in struct Boot
 */
typedef struct {
	const char *kernel;
	const char *folder;
	const char *words;
	unsigned bundle;
	unsigned timeout_s;
} BootSpec;

/** boot_cases_as() - boot_cases(), otherwise than usual */
bool boot_cases_as(Workshop *shop, const GPtrArray *cases, const BootSpec *spec,
		   GCancellable *cancel, StepResult *results, GError **error);

/** boot_runs_command() - whether the case is more than reaching the agent */
bool boot_runs_command(const Case *testcase);

/** boot_token() - a new one; g_free() */
char *boot_token(void);

/** boot_cmdline() - the kernel's words: bisectbox's own, the cases' and the user's; then @more,
 * which may be NULL; g_free() */
char *boot_cmdline(const Boot *boot, const char *more);

/** boot_fill_share() - make the share anew: in/, with the job and the cases' bundles; out/ */
bool boot_fill_share(Boot *boot, GError **error);

/** boot_check_share() - that it is still the folder which boot_fill_share() made */
bool boot_check_share(const Boot *boot, GError **error);

/**
 * boot_prove_kvm() - where the trial chose KVM, and no guest has spoken under it yet: see whether
 * @guest does, or have all guests go to TCG; the share is filled again after that
 */
bool boot_prove_kvm(Boot *boot, GuestSpec guest, GCancellable *cancel, GError **error);

/**
 * boot_take_results() - what the share and the console say, as files of @folder (fs_sync_tree() it)
 * and as verdicts
 * @results: one a case; one that was not reached is left as it is
 */
bool boot_take_results(const Boot *boot, StepResult *results, GError **error);
