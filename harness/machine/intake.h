/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that a guest says: its consoles' bytes into the log, and of one on another host what comes by
 * its channel into the share. Internal to this room.
 */
#pragma once

#include "machine/inbox.h"
#include "machine/internal.h"
#include "machine/pipe.h"

#include <poll.h>

/* Release with intake_clear(). */
typedef struct {
	const GuestSpec *spec;
	gint64 began; /* CLOCK_MONOTONIC, microseconds */
	Consoles *log;
	Pipe pipes[CONSOLE_SOURCES]; /* of a guest of this host */
	Inbox *inbox;                /* of another's that has a share */
	guint64 bytes;               /* of both consoles so far */
	bool acknowledged;           /* the guest knows that its results are here */
	bool silent;                 /* of another host's: nothing more can come */
} Intake;

#define INTAKE_INIT                                                                                \
	{                                                                                          \
		.pipes = { PIPE_INIT, PIPE_INIT }                                                  \
	}

/* What there was to learn from the consoles. */
typedef struct {
	bool enough; /* on_console had enough */
	bool flood;  /* more than the guest may print */
} Heard;

/** intake_open() - the log, and the pipes of a guest of this host; spec and began are set */
bool intake_open(Intake *intake, const Machine *machine, GError **error);
void intake_clear(Intake *intake);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Intake, intake_clear)

/** intake_poll() - descriptors that are readable when there is something to take; their number */
guint intake_poll(const Intake *intake, struct pollfd *fds);

/**
 * intake_take() - all that has come; does not wait
 * @ret_heard: what is set stays set
 */
bool intake_take(Intake *intake, Guest *guest, Heard *ret_heard, GError **error);

/** intake_end() - no more will be taken: a last line that is not complete goes to the log */
bool intake_end(Intake *intake, Heard *ret_heard, GError **error);
