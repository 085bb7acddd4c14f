/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM or TCG: /dev/kvm can open, create a VM and still be useless (emulated under nested
 * virtualisation), so only speed tells. A loop of a million instructions runs through the raw
 * KVM API under a short alarm; the answer is remembered for this host and QEMU.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef enum {
	ACCEL_AUTO,
	ACCEL_KVM,
	ACCEL_TCG,
} Accel;

/** accel_name() - "auto", "kvm", "tcg"; static */
const char *accel_name(Accel accel);

/**
 * accel_choose() - what guests run on
 * @asked: ACCEL_AUTO decides by the trial, or by what is remembered of it; the others are taken
 *         as they are (ACCEL_KVM without a /dev/kvm that opens: BOX_ERROR_USAGE, saying which
 *         group to join)
 * @cache: folder where the answer is kept (paths_cache("host"))
 * @ret_accel: ACCEL_KVM or ACCEL_TCG
 * @ret_why: one line for people: "KVM: 1000000 loops in 0.4 ms", "TCG: /dev/kvm is too slow
 *         (interrupted after 200 ms)", "TCG: no access to /dev/kvm (join group kvm)"; g_free()
 */
bool accel_choose(Accel asked, const char *cache, Accel *ret_accel, char **ret_why, GError **error);

/**
 * accel_recall() - what is remembered of a host
 * @host: names the file; of another host its name in the URI
 * @key:  all that the answer depends on, in one line; another one is another host
 */
bool accel_recall(const char *cache, const char *host, const char *key, Accel *ret_accel,
		  char **ret_why);
/** accel_remember() - keep an answer for accel_recall() */
bool accel_remember(const char *cache, const char *host, const char *key, Accel accel,
		    const char *why, GError **error);

/** accel_forget() - a first real guest did not come up under KVM: remember TCG for this host, with
 * the reason */
bool accel_forget(const char *cache, const char *why, GError **error);
