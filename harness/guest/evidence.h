/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a case leaves in /evidence, on its way to the share. */
#pragma once

#include "guest/far.h"
#include "guest/files.h"
#include "guest/protocol.h"

#include <time.h>

/* What has been copied already; begin with zeroes. @far: where the share's files have to be sent;
 * or NULL */
typedef struct {
	Far *far;
	unsigned n;
	struct {
		char name[PROTOCOL_NAME_MAX + 1];
		off_t size;
		struct timespec changed;
	} files[PROTOCOL_EVIDENCE_FILES];
} Evidence;

typedef enum {
	EVIDENCE_CHANGED, /* what is new, or changed since */
	EVIDENCE_ALL,     /* again what may have changed within one tick of the clock */
} EvidenceWhich;

/**
 * evidence_keep() - copy regular files of sound names from a bundle's /evidence to the share
 * @bundle: the case's bundle
 * @out:    its folder of the share
 *
 * Then all that is new in the share is sent, where it has to be.
 * Called while the case runs too, so that what it wrote before the kernel died is there. At most
 * PROTOCOL_EVIDENCE_FILES of it, each cut at PROTOCOL_OUTPUT_MAX.
 */
bool evidence_keep(Evidence *kept, EvidenceWhich which, const char *bundle, const char *out,
		   Reason *reason);
