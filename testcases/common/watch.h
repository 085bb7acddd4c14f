/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program under ptrace(2) and notes the audit messages that it sends, and the answers. */
#pragma once

#include "common/netlink.h"

/**
 * watch_su() - run `su -c true` and watch it
 * @messages: takes its messages, with "su" as sender
 * @trace:    takes its netlink calls one by one
 * @log:      takes what comes in on /dev/log meanwhile
 *
 * Return: su's wait status, or -1 where it could not be watched.
 */
int watch_su(Messages *messages, FILE *trace, FILE *log);
