/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The share of a guest whose host is not the one that bisectbox runs on: a disk has in/, out/ is
 * in memory and its files go over a port as they grow. protocol.h has what is said on it.
 */
#pragma once

#include "guest/files.h"

typedef struct Far Far;

/**
 * far_disk() - the device that the kernel's command line names, or NULL where there is a 9p share;
 * free() it
 */
char *far_disk(void);

/**
 * far_open() - make the share, and take the job
 * @disk:    has in/
 * @share:   empty folder
 * @ret_job: what in/job would be; free() it
 *
 * Return: NULL with @reason set.
 */
Far *far_open(const char *disk, const char *share, char **ret_job, Reason *reason);

/** far_sync() - send what is new in out/; NULL is fine. What cannot be sent stays behind. */
void far_sync(Far *far);

/** far_end() - send the rest, say that this was all, and wait until the host has it; ten seconds at
 * most */
void far_end(Far *far);

/** far_linger() - give the host ten seconds to end the guest: what its consoles hold is lost there
 * when the guest goes by itself; NULL is fine */
void far_linger(const Far *far);
