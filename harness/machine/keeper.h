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
 * Returns in the child, which goes on as the program: started once more with the same arguments
 * (main() runs from its beginning), since libguestfs initialises libvirt before main(), and only
 * the environment of a new program can then keep libvirt's log off stderr. A LIBVIRT_LOG_OUTPUTS
 * that is set is left as it is. The parent never returns: it forwards
 * SIGINT, SIGTERM, SIGHUP (where they were not sent to the whole foreground group already),
 * reaps, and when the program has ended kills what descends from it (but for libvirt's daemons
 * and guests of others in them, with --connect) and exits with its status; killed itself, it
 * takes the program down with SIGTERM;
 * a program ended by a signal ends the keeper by the same signal.
 */
void keeper_start(void);
