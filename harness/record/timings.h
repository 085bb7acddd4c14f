/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of a boot goes. Plain data. */
#pragma once

#include "util/json.h"

/* The parts of a boot, one after the other; of those within the guest that are there for each case
 * the sums. */
typedef enum {
	PART_SHARE,    /* the host fills the share */
	PART_QEMU,     /* libvirt and QEMU, until the processor runs */
	PART_FIRMWARE, /* until the kernel's first own words, while it still is a packed image */
	PART_UNPACK,   /* until the kernel's clock runs */
	PART_KERNEL,   /* until the agent, its first program, begins */
	PART_AGENT,    /* mounts, the share, each case's folder */
	PART_CRUN,     /* from starting crun (or the case's process) to the case's command */
	PART_CASE,     /* the command */
	PART_KEEP,     /* what is left is ended, evidence and the kernel's log are handed over */
	PART_END,      /* until the host has stopped the guest and judged */
	PARTS,
} Part;

#define TIMING_UNKNOWN (-1)

/**
 * struct Timings - one boot; release with timings_free()
 * @us: microseconds of each part, or TIMING_UNKNOWN where the guest did not get there
 * @all_us: of all of it
 */
typedef struct {
	gint64 us[PARTS];
	gint64 all_us;
} Timings;

void timings_free(Timings *timings);

/**
 * struct TimingsHost - what the host has seen, CLOCK_MONOTONIC microseconds; 0: did not happen
 * @begin:  of all
 * @filled: the share is
 * @runs:   the guest does
 * @spoke:  first byte on the console
 * @agent:  the agent's first line
 * @end:    of all
 */
typedef struct {
	gint64 begin;
	gint64 filled;
	gint64 runs;
	gint64 spoke;
	gint64 agent;
	gint64 end;
} TimingsHost;

/**
 * timings_new() - put together
 * @guest: out/timings of the share (guest/protocol.h), or NULL; it is the guest's: any text
 */
Timings *timings_new(const TimingsHost *host, const char *guest);

/** timings_median() - of each part, over Timings of which one at least is there; timings_free() */
Timings *timings_median(const GPtrArray *boots);

/** part_name() - "share", "qemu" ...; static */
const char *part_name(Part part);

/** timings_json() - {"share_ms": 1.2, ..., "all_ms"}, null for what is not known; json_free() */
Json *timings_json(const Timings *timings);
