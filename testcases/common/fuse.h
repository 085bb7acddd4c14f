/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A FUSE daemon by hand, as small as can be: a root folder, and in it any file one asks for. */
#pragma once

#include <stdbool.h>

/**
 * struct FuseDaemon - what a daemon needs to know
 * @device:       a descriptor of /dev/fuse that has been mounted
 * @events:       takes the line "flush" for each FUSE_FLUSH
 * @answer_flush: whether such a request is answered
 */
typedef struct {
	int device;
	int events;
	bool answer_flush;
} FuseDaemon;

/**
 * fuse_serve() - answer the kernel's requests
 *
 * Returns when the device is no more: the file system is unmounted, or its connection aborted.
 */
void fuse_serve(const FuseDaemon *daemon);
