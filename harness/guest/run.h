/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one case from its bundle: starts it, bounds its time and its output, ends all of it. */
#pragma once

#include "guest/evidence.h"
#include "guest/files.h"
#include "guest/protocol.h"

#define RUN_OOM_SCORE "/proc/self/oom_score_adj"

/* A case as in/job has it; @disk is of its own root, or empty; @round: for which time it runs. With
 * @service, processes run in the guest that are none of the case's. */
typedef struct {
	char name[PROTOCOL_NAME_MAX + 1];
	unsigned timeout_s;
	bool container;
	bool service;
	char disk[sizeof(PROTOCOL_DISK "b")];
	unsigned round;
} Job;

/**
 * struct Ending - how it went
 * @timed_out: it was killed at its time limit
 * @status:    of waitpid(2), for crun, or for a guest case's own process
 * @ms:        from its start until then
 * @begun_us, @ended_us: CLOCK_MONOTONIC, microseconds, of the case's command, or where it cannot be
 *             told of what was started for it
 * @stuck:     processes of it are left that cannot be killed
 * @ready:     what the starter said before it became the case
 * @failure:   what kept the agent from running it, or from passing its output on; else empty
 */
typedef struct {
	bool timed_out;
	bool stuck;
	int status;
	unsigned ms;
	long long begun_us;
	long long ended_us;
	Reason ready;
	Reason failure;
} Ending;

/** run_now_us() - CLOCK_MONOTONIC, microseconds */
long long run_now_us(void);

/**
 * run_bundle() - run a case and see it to its end; afterwards nothing else is alive, or @stuck says
 * so
 * @bundle: its folder, with case/, evidence/, and config.json or command
 * @out:    folder that takes stdout and stderr, and evidence, as they come
 * @kept:   which evidence that is
 *
 * Needs SIGCHLD blocked and with a handler, and to be the process that orphans go to.
 * Return: false with @ret_ending's failure set; the case may have run all the same.
 */
bool run_bundle(const Job *job, const char *bundle, const char *out, Evidence *kept,
		Ending *ret_ending);

/**
 * run_answer() - what guest/protocol.h calls the answer, from "answer" on
 * @line: takes it
 *
 * Only a case that was started, and was not killed, has an exit status.
 */
void run_answer(const Job *job, const char *bundle, const Ending *ending, char *line, size_t size);
