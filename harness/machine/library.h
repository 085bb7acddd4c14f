/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt's own set-up, once for the process, and the embedded driver's home. Internal to this
 * room. */
#pragma once

#include "util/arch.h"

#include <glib.h>
#include <stdbool.h>

/** library_start() - initialise libvirt and run its event loop in a thread; its log is
 * keeper_start()'s to silence */
bool library_start(GError **error);

/**
 * library_prepare_home() - folders and settings of the embedded driver
 * @home:  absolute; made where it is not there
 * @error: BOX_ERROR_USAGE where it is too long for the sockets that libvirt makes in it
 *
 * What libvirt finds out about QEMU takes seconds and is kept in paths_cache("libvirt"), so
 * that each run's new home knows it.
 */
bool library_prepare_home(const char *home, GError **error);

/** library_find_qemu() - QEMU's path, or an error that names the package; free with g_free() */
char *library_find_qemu(const Arch *arch, GError **error);

/** library_clear_logs() - remove the logs of guests that an earlier process could not clean up
 * behind */
void library_clear_logs(const char *home);
