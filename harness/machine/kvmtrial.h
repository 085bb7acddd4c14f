/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trial of /dev/kvm: does a loop run at a processor's speed? Internal to this room. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * enum KvmTrial - what came of it
 * @KVM_FAST:   the loop ended before the alarm: guests may run on KVM
 * @KVM_SLOW:   it works, at an emulator's speed or not even that
 * @KVM_DENIED: /dev/kvm cannot be opened; may change at any time, so it is not to be remembered
 */
typedef enum {
	KVM_FAST,
	KVM_SLOW,
	KVM_DENIED,
} KvmTrial;

/**
 * kvm_access() - whether /dev/kvm opens for reading and writing
 * @ret_why: where it does not: why, and what to do, for people; or NULL; free with g_free()
 */
bool kvm_access(char **ret_why);

/**
 * kvm_trial() - run a million times `dec; jnz` in 64-bit mode under an alarm of 200 ms
 * @ret_why: one line for people; free with g_free()
 *
 * A child process does it: a /dev/kvm that hangs costs at most five seconds and no more
 * than that child.
 */
KvmTrial kvm_trial(char **ret_why);
