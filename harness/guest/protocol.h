/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host and the agent (PID 1 of the guest) agree on. Included by both; plain C, libc only.
 *
 * Kernel command line: `init=/sbin/bisectbox-agent bisectbox.token=HEX`. This is the boot's token,
 * 32 hex digits, new for each boot. It marks the agent's lines until the share is there, and says
 * no more than that the agent is reached, or in trouble: programs of the guest may get to know it.
 * All else counts only with the token that in/job begins with. The agent takes that file away
 * before it starts the first case, so that its own memory is the only place in the guest that has
 * the token.
 *
 * The share (9p, tag PROTOCOL_TAG), one folder per boot:
 *   in/job                   what to run, see below; written by the host, removed by the agent
 *   in/CASE/case/            the case's own files
 *   in/CASE/config.json      for a container, for crun: OCI runtime spec 1.0.2. Its root is
 *                            PROTOCOL_ROOT, or where in/job names a disk PROTOCOL_OWN_ROOT;
 *                            PROTOCOL_AGENT PROTOCOL_START starts its command
 *   in/CASE/command          for a `guest` case: the words after PROTOCOL_START, each ended by a
 *                            NUL byte
 *   out/CASE/stdout, stderr  of the case's command, each cut at PROTOCOL_OUTPUT_MAX
 *   out/CASE/evidence/       copies of what the case left in /evidence, bounded likewise
 *   out/dmesg                the kernel's log, as dmesg --raw shows it, after the cases
 *   out/answer               the console's start, answer and done lines (below) again
 *
 * in/job, a line each, in this order, fields separated by one space:
 *   token TOKEN                             32 hex digits, new for each boot
 *   case NAME TIMEOUT_S container|guest     for each case; a `guest` case runs without a container
 *   case NAME TIMEOUT_S container DISK      the container's root is the ext2 on DISK, /dev/vdb to
 *                                           /dev/vdz; it has PROTOCOL_AGENT too
 *   end
 *
 * The words after PROTOCOL_START: PROTOCOL_AS_INIT or PROTOCOL_AS_CHILD (of PID 1, for programs
 * that take an orphan for a fault); N, the N words of the control that must pass; M, the M words of
 * the control that must fail; the words of the case's command. 0 for no control.
 *
 * Lines on the console, each at the start of a line. The first two may have the boot's token. An
 * answer counts after its case's start line only, and where all ways say the same:
 *   bisectbox: TOKEN agent VERSION                   the agent is reached; before anything else
 *   bisectbox: TOKEN trouble REASON...               the agent cannot go on (no share, no job)
 *   bisectbox: TOKEN start NAME                      the case is being started
 *   bisectbox: TOKEN answer NAME exit N ms N         its exit status (128+signal for a signal)
 *   bisectbox: TOKEN answer NAME timeout ms N        it ran out of its time and was killed
 *   bisectbox: TOKEN answer NAME broken REASON...    it could not be started (no crun, no mount)
 *   bisectbox: TOKEN answer NAME control REASON...   a control answered wrongly; it was not run
 *   bisectbox: TOKEN stuck NAME                      processes of it cannot be killed: the cases
 *                                                    after it are not started
 *   bisectbox: TOKEN done                            all said; poweroff follows
 */
#pragma once

#define PROTOCOL_VERSION "1"
#define PROTOCOL_TAG "bisectbox"
#define PROTOCOL_AGENT "/sbin/bisectbox-agent"
#define PROTOCOL_START "--start-case" /* has the agent say that all worked, and become the case */
#define PROTOCOL_AS_INIT "init"
#define PROTOCOL_AS_CHILD "child"
#define PROTOCOL_ROOT "/run/bisectbox/root" /* the cases' root folder; the agent makes it */
#define PROTOCOL_OWN_ROOT "rootfs" /* a case's own root, in its bundle; the agent mounts it */
#define PROTOCOL_DISK "/dev/vd"    /* of a case's own root, and a letter from b on */
#define PROTOCOL_MARK "bisectbox: "
#define PROTOCOL_TOKEN_ARG "bisectbox.token="
#define PROTOCOL_JOB_TOKEN "token " /* in/job begins with it */
#define PROTOCOL_TOKEN_LEN 32
#define PROTOCOL_OUTPUT_MAX (1 << 20) /* bytes of stdout, of stderr, of one evidence file */
#define PROTOCOL_EVIDENCE_FILES 64    /* evidence files of one case */
#define PROTOCOL_NAME_MAX 64          /* of a case's name: [a-z0-9][a-z0-9-]* */
