/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port by which a person on the host talks to the guest. */
#pragma once

#include "guest/files.h"

/** port_open() - PROTOCOL_PORT, bytes passing as they are; -1 with a reason */
int port_open(Reason *reason);

/** port_wait() - read lines until one is @word, which ends with its newline; false: the port fails
 */
bool port_wait(int port, const char *word);
