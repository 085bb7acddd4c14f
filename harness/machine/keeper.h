/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper: the first process of bisectbox forks the program and stays as its parent and
 * subreaper. QEMU daemonises; its orphans come to the keeper, are reaped at once (libvirt waits
 * for that), and are ended when the program dies, however it dies.
 */
#pragma once

/**
 * keeper_start() - call first in main(), before any thread
 *
 * Returns in the child, which goes on as the program. The parent never returns: it forwards
 * SIGINT, SIGTERM, SIGHUP (where they were not sent to the whole foreground group already),
 * reaps, and when the program has ended kills what descends from it and exits with its status;
 * a program ended by a signal ends the keeper by the same signal.
 */
void keeper_start(void);
