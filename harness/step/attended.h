/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest for a person: it goes on until it is told to end, and what its cases say is no verdict.
 */
#pragma once

#include "step/step.h"

/**
 * struct AttendedSpec - what the person gets; all borrowed, but for the call of attended_start()
 * @cases:   const Case, that agree
 * @kernel:  bzImage
 * @folder:  absolute, exists, short, private: takes console.log, the sockets that are named below,
 *           and what cases leave
 * @shell:   the rows, columns and kind of the terminal that the guest's shell is for ("24 80
 * xterm"); NULL: no shell, the cases wait at the port
 * @debug:   a debugger reaches the kernel at ATTENDED_GDB; neither a panic nor silence is the end
 * of the guest
 * @results: called from another thread each time that the cases have run; one a case; or NULL
 * @trouble: called likewise, once, with the line by which the kernel said that it is dead; or NULL
 * @user:    handed to both
 */
typedef struct {
	const GPtrArray *cases;
	const char *kernel;
	const char *folder;
	const char *shell;
	bool debug;
	void (*results)(const StepResult *results, void *user);
	void (*trouble)(const char *line, void *user);
	void *user;
} AttendedSpec;

#define ATTENDED_PORT "port" /* in the folder: what the agent listens to, guest/protocol.h */
#define ATTENDED_GDB "gdb"

typedef struct Attended Attended;

/**
 * attended_start() - boot, and wait until the agent is there and waits
 * @cancel: gives up, with BOX_ERROR_INTERRUPTED
 * @ret_attended: attended_end() it; NULL where there is no guest any more
 * @ret_why: where the kernel does not get there: why, in one line, g_free(); else NULL
 * @error:  host trouble
 */
bool attended_start(Workshop *shop, const AttendedSpec *spec, GCancellable *cancel,
		    Attended **ret_attended, char **ret_why, GError **error);

/** attended_over() - an eventfd that becomes readable when the guest has ended; borrowed */
int attended_over(const Attended *attended);

/**
 * attended_end() - end the guest, if it has not ended by itself; frees @attended
 * @ret_went: whether it had, one way or the other; or NULL
 * @error: host trouble that ended it; never that it was told to end here
 */
bool attended_end(Attended *attended, bool *ret_went, GError **error);
