/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the machine room stand on. */
#pragma once

#include "machine/machine.h"
#include "util/error.h"

#include <sys/types.h>

#define CMDLINE "console=ttyS0 root=/dev/vda ro panic=-1 test="

extern char *top; /* the test's folder, short */
extern char *kernel;
extern char *image;
extern const char *uri; /* NULL for the embedded driver */
extern Machine *machine;

/* One guest and what its console callback is to do when it sees the line @on. */
typedef struct {
	char *console;
	char *share;
	GString *seen;
	const char *on;
	int kill_signal;      /* sent to QEMU */
	GCancellable *cancel; /* cancelled */
	bool enough;          /* returned */
	bool done;
	GuestSpec spec;
} Fixture;

/** at() - a path in the test's folder; free with g_free() */
char *at(const char *name);
/** make_image() - @image, an ext2 disk with machine_init.c as its init */
void make_image(void);

/** qemus_of() - how many QEMUs run whose command line has the text */
guint qemus_of(const char *home);
/** qemu_own() - the pid of this process's only guest, or 0 */
pid_t qemu_own(void);

/** fixture_init() - a guest, with odd bytes in its paths; @cmdline is borrowed */
void fixture_init(Fixture *fixture, const char *name, const char *cmdline);
void fixture_clear(Fixture *fixture);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

/** run_ok() - guest_run() that has to succeed */
GuestEnd run_ok(Fixture *fixture, unsigned *ret_ms);
/** run_fail() - guest_run() that has to fail; the message, one line; free with g_free() */
char *run_fail(Fixture *fixture, BoxError code);
/** assert_has() - @part is in @text */
void assert_has(const char *text, const char *part);

/* machine_orphans.c: what is left behind when guests or processes end. */

/** assert_nothing_left() - no QEMU and no file of a guest in a home */
void assert_nothing_left(const char *home);
/** child_main() - the program that test_kept() and test_leftover() start and kill */
int child_main(const char *how, const char *home);
void test_kept(void);
void test_leftover(void);
void test_slow_start(void);
