/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot: the share goes in, a guest runs, console, answers and evidence come out. */
#pragma once

#include "step/step.h"

/**
 * boot_spec() - the guest that cases get on a kernel, for machine_describe() and boot_cases()
 * @cases:  const Case
 * @kernel: bzImage
 */
GuestSpec boot_spec(const Workshop *shop, const GPtrArray *cases, const char *kernel);

/** boot_root() - a case's own root, or NULL; owned by @shop */
const Image *boot_root(const Workshop *shop, const Case *testcase);

/**
 * boot_agrees() - whether a case can share a boot with others
 * @cases: const Case
 *
 * It cannot where its words for the kernel give another value to what one of them sets, or where it
 * wants another machine or network; one that
 * looks for a crash must have its console to itself; and after one without a container, which is
 * root of the guest, nothing is to be believed.
 */
bool boot_agrees(const GPtrArray *cases, const Case *testcase);

/**
 * boot_cases() - boot once and run cases one after the other
 * @cases:   const Case, that agree
 * @kernel:  bzImage
 * @folder:  absolute, exists; takes console.log, dmesg, and a folder a case with stdout, stderr,
 *           evidence/
 * @results: one a case, with VERDICT_NONE: gets outcome, verdict, reason, boot_ms. A case that was
 *           not started, because of the one before it, keeps VERDICT_NONE; the first never does
 * @error:   host trouble, or interrupted
 */
bool boot_cases(Workshop *shop, const GPtrArray *cases, const char *kernel, const char *folder,
		GCancellable *cancel, StepResult *results, GError **error);

/**
 * boot_trace() - run a case once more, in a boot of its own, for what it wants to be traced
 * @folder: of the boot in which it was bad; CASE/evidence/ there gets trace-* files, CASE/traced/
 * the rest of this boot
 * @error:  interrupted, or the files cannot be written; what else goes wrong is in trace-notes
 *
 * Nothing of it changes a verdict.
 */
bool boot_trace(Workshop *shop, const Case *testcase, const char *kernel, const char *folder,
		GCancellable *cancel, GError **error);
