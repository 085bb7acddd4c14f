/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host and the agent (PID 1 of the guest, mostly) agree on. Included by both; plain C,
 * libc only.
 *
 * Where the guest is on another host than bisectbox, no folder can be shared. Then the command
 * line has PROTOCOL_FAR_ARG and the name of a disk in /dev, an ext2 whose root is in/, without
 * in/job; and virtio-serial's port PROTOCOL_CHANNEL takes the rest. On it come, each a line:
 *   job SIZE                 from the host, first; after it SIZE bytes: what in/job would be
 *   file OFFSET SIZE NAME    from the agent; after it SIZE bytes of out/NAME from OFFSET on, which
 *                            is its length so far at most; what is behind goes. NAME has at most
 *                            PROTOCOL_FAR_DEPTH parts of letters, digits, ".", "_" and "-"
 *   end                      from the agent: all is sent
 *   PROTOCOL_FAR_GOT         from the host: it has it. Then "done" is on the console, and the host
 *                            ends the guest
 *
 * Kernel command line: `init=/sbin/bisectbox-agent bisectbox.token=HEX`. This is the boot's token,
 * 32 hex digits, new for each boot. It marks the agent's lines until the share is there, and says
 * no more than that the agent is reached, or in trouble: programs of the guest may get to know it.
 * All else counts only with the token that in/job begins with. The agent takes that file away
 * before it starts the first case, so that its own memory is the only place in the guest that has
 * the token.
 *
 * Where the kernel's drivers are modules, the agent is /init of an initramfs first (INITRAMFS_LIST
 * is there): it loads the modules, mounts the root and becomes init= of it.
 *
 * In an image with an init of its own, that starts the agent, with the word PROTOCOL_SERVICE, when
 * all else is up; without a token, or with the word PROTOCOL_NO_CASES on the kernel's command line,
 * it ends at once and the guest goes on. All else is the same.
 *
 * The share (9p, tag PROTOCOL_TAG), one folder per boot:
 *   in/job                   what to run, see below; written by the host, removed by the agent
 *   in/CASE/case/            the case's own files
 *   in/CASE/config.json      for a container, for crun: OCI runtime spec 1.0.2. Its root is
 *                            PROTOCOL_ROOT, or where in/job names a disk PROTOCOL_OWN_ROOT;
 *                            PROTOCOL_AGENT PROTOCOL_START starts its command
 *   in/CASE/trace            where the case is run for the sake of its traces: a line each, as
 *                            case.json has them; they go to out/CASE/evidence/trace-*
 *   in/CASE/command          for a `guest` case: the words after PROTOCOL_START, each ended by a
 *                            NUL byte
 *   out/CASE/stdout, stderr  of the case's command, each cut at PROTOCOL_OUTPUT_MAX
 *   out/CASE/evidence/       copies of what the case left in /evidence, bounded likewise
 *   out/timings              microseconds of CLOCK_MONOTONIC, a line each: `agent N` it says so,
 *                            `case NAME STARTED PREPARED BEGUN ENDED KEPT`, `cases N` all are
 *                            through, `told N` all is handed over but this
 *   out/dmesg                the kernel's log, as dmesg --raw shows it, after the cases
 *   out/answer               the console's start, answer and done lines (below) again
 *
 * in/job, a line each, in this order, fields separated by one space:
 *   token TOKEN                             32 hex digits, new for each boot
 *   timings                                 out/timings is wanted
 *   hold                                    a person is there: the cases wait, see below
 *   shell ROWS COLUMNS TERM                 likewise: a root shell, and a case that is made ready
 *   case NAME TIMEOUT_S container|guest     for each case; a `guest` case runs without a container
 *   case NAME TIMEOUT_S container DISK      the container's root is the ext2 on DISK, /dev/vdb to
 *                                           /dev/vdz; it has PROTOCOL_AGENT too
 *   end
 *
 * The words after PROTOCOL_START: PROTOCOL_TRACED where there is in/CASE/trace; PROTOCOL_AS_INIT or
 * PROTOCOL_AS_CHILD (of PID 1, for programs that take an orphan for a fault); N, the N words of the
 * control that must pass; M, the M words of the control that must fail; the words of the case's
 * command. 0 for no control.
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
 *   bisectbox: TOKEN waits                           the agent listens to PROTOCOL_PORT
 *
 * With a person there (the guest's second serial port, where the host has one that talks to it):
 * `hold`: the agent waits for the line PROTOCOL_GO there, says PROTOCOL_GOES there, and runs the
 * cases, as often as it is told to. Their answers are those since the last `waits`, and out/ has
 * what the last time left. It powers off only where the kernel has no such port.
 *
 * `shell`: a shell on a terminal of ROWS and COLUMNS of the kind TERM; no case is started. Frames
 * pass, both ways: a letter, the payload's length in two bytes, the high one first, and that:
 *   PORT_DATA    what is typed, and what is shown
 *   PORT_SIZE    from the host: rows and columns of the terminal, two bytes each
 *   PORT_TAKEN   from the guest: so many bytes (two bytes) of PORT_DATA have been taken; the host
 *                never has more than PORT_WINDOW on their way, so that none is lost in the guest
 *   PORT_EXIT    from the guest, the last: how the shell ended, one byte; poweroff follows
 * A case is made ready as far as its bundle; in/CASE/shell.json is config.json with a shell on a
 * terminal as its command. PROTOCOL_RUN and PROTOCOL_ENTER are commands of the shell's: the first
 * runs the case, the second is a shell where the case would run.
 */
#pragma once

#define PROTOCOL_VERSION "1"
#define PROTOCOL_TAG "bisectbox"
#define PROTOCOL_AGENT "/sbin/bisectbox-agent"
#define INITRAMFS_FOLDER "/bisectbox" /* of an initramfs: modules, as NAME.ko */
#define INITRAMFS_LIST                                                                             \
	INITRAMFS_FOLDER "/modules" /* their paths, in the order of loading, a line each */
#define PROTOCOL_PROGRAMS "/usr/lib/bisectbox/bin" /* of an image that has no crun */
#define PROTOCOL_SERVICE "--service"
#define PROTOCOL_NO_CASES "bisectbox.nocases"
#define PROTOCOL_START "--start-case" /* has the agent say that all worked, and become the case */
#define PROTOCOL_START_SHELL "--start-shell" /* becomes a shell */
#define PROTOCOL_TRACED "traced"             /* it waits for the agent before it becomes the case */
#define PROTOCOL_AS_INIT "init"
#define PROTOCOL_AS_CHILD "child"
#define PROTOCOL_ROOT "/run/bisectbox/root" /* the cases' root folder; the agent makes it */
#define PROTOCOL_OWN_ROOT "rootfs" /* a case's own root, in its bundle; the agent mounts it */
#define PROTOCOL_DISK "/dev/vd"    /* of a case's own root, and a letter from b on */
#define PROTOCOL_TIMINGS "timings"
#define PROTOCOL_HOLD "hold"
#define PROTOCOL_SHELL "shell "
#define PROTOCOL_PORT "/dev/ttyS1"
#define PROTOCOL_GO "go\n"
#define PROTOCOL_GOES "goes\n"
#define PROTOCOL_RUN "case-run"
#define PROTOCOL_ENTER "case-shell"
#define TRACE_STRACE "strace"
#define TRACE_DMESG "dmesg"
#define TRACE_FUNCTION "ftrace:function:"
#define TRACE_GRAPH "ftrace:function_graph:"
#define PORT_DATA 'd'
#define PORT_SIZE 's'
#define PORT_TAKEN 't'
#define PORT_EXIT 'x'
#define PORT_WINDOW 2048
#define PORT_FRAME_MAX 1024 /* bytes of payload */
#define PORT_HEAD 3         /* bytes before it */
#define PROTOCOL_MARK "bisectbox: "
#define PROTOCOL_TOKEN_ARG "bisectbox.token="
#define PROTOCOL_FAR_ARG "bisectbox.far="
#define PROTOCOL_FAR_DEPTH 3
#define PROTOCOL_FAR_PIECE (32 << 10) /* bytes of one `file` */
#define PROTOCOL_FAR_GOT "got\n"
#define PROTOCOL_CHANNEL "org.bisectbox.0"
#define PROTOCOL_JOB_MAX (64 << 10) /* bytes of in/job */
#define PROTOCOL_JOB_TOKEN "token " /* in/job begins with it */
#define PROTOCOL_TOKEN_LEN 32
#define PROTOCOL_OUTPUT_MAX (1 << 20) /* bytes of stdout, of stderr, of one evidence file */
#define PROTOCOL_EVIDENCE_FILES 64    /* evidence files of one case */
#define PROTOCOL_NAME_MAX 64          /* of a case's name: [a-z0-9][a-z0-9-]* */
