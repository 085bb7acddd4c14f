/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libguestfs' appliance: started so that it can be given up at any time, and stopped. */
#pragma once

#include "machine/accel.h"

#include <gio/gio.h>
#include <guestfs.h>
#include <stdbool.h>

typedef struct Appliance Appliance;

/** appliance_check() - whether this host has a kernel for it; BOX_ERROR_HOST says what to do */
bool appliance_check(GError **error);

/**
 * appliance_new() - a libguestfs handle set up for this host, not yet started
 * @accel:     ACCEL_KVM, or anything else for TCG: libguestfs itself would take a KVM that hangs
 * @cache:     folder for the appliance's own files (some 400 MB); must exist
 * @folder:    folder for temporary files and for the drives; must exist
 * @cancel:    from now on ends the appliance; or NULL
 * @error:     BOX_ERROR_HOST: QEMU is missing, or no kernel in /boot can be read; says what to do
 *
 * Its calls and appliance_free() belong into the thread that made it: SIGPIPE is blocked there
 * meanwhile. Return: NULL after an error.
 */
Appliance *appliance_new(Accel accel, const char *cache, const char *folder, GCancellable *cancel,
			 GError **error);

/** appliance_handle() - for calls of libguestfs' own; owned by @appliance */
guestfs_h *appliance_handle(const Appliance *appliance);

/** appliance_start() - start it, the drives having been added: some 15 s under TCG */
bool appliance_start(Appliance *appliance, GError **error);

/**
 * appliance_rest() - nothing is asked of it for now: its half hour does not run
 * appliance_wake() - something will be: half an hour from now it is ended
 */
void appliance_rest(Appliance *appliance);
void appliance_wake(Appliance *appliance);

/**
 * appliance_fail() - set the error of a libguestfs call that failed; always returns false
 * @what: what was tried ("copy the root")
 *
 * BOX_ERROR_INTERRUPTED where it failed because of the cancellable.
 */
bool appliance_fail(Appliance *appliance, const char *what, GError **error);

/** appliance_stop() - end it in good order, everything written */
bool appliance_stop(Appliance *appliance, GError **error);

/** appliance_free() - end it, in good order or not; NULL is fine */
void appliance_free(Appliance *appliance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Appliance, appliance_free)
