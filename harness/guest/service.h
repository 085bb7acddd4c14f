/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent as the last service that an init of the image's own starts. */
#pragma once

#include "guest/files.h"

/** service_is_called_off() - whether the kernel's command line says that no cases are to be run */
bool service_is_called_off(void);

/**
 * service_leave() - makes the process what it would be under no init: what the image has set for
 * its services (signals, umask, environment, the kernel's words) is not the cases'
 */
void service_leave(void);

/**
 * service_leave_mounts() - mounts of the agent's own, which nobody else in the guest sees, and
 * which can be pivoted on
 * @reason: of false: the system call and its errno
 */
bool service_leave_mounts(Reason *reason);
