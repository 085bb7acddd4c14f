/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this room share: the connection, and the guests on it. */
#pragma once

#include "machine/consoles.h"
#include "machine/depot.h"
#include "machine/machine.h"
#include "machine/stream.h"

#include <libvirt/libvirt.h>

#include <stdbool.h>
#include <sys/resource.h>

/* What libvirt has told of a guest; the first word counts. */
typedef enum {
	FATE_RUNNING,
	FATE_WENT,   /* the guest itself powered off or reset */
	FATE_ENDED,  /* QEMU was told to end, and not by the guest */
	FATE_DIED,   /* QEMU was gone without a word: killed, or crashed */
	FATE_PAUSED, /* QEMU stopped the guest: I/O error, or somebody's hand */
	FATE_LOST,   /* the connection to the daemon broke */
} Fate;

/*
 * One guest from its start until it is cleaned up; reference counted (g_atomic_rc_box), since
 * guest_run() and the threads that start and clean it let go of it at different times. @domain
 * and all that follows @wake are under the machine's lock until it is started.
 * Where it is on another host, @job goes to it, and @consoles and @channel come from it.
 */
typedef struct {
	Machine *machine;
	virConnectPtr conn; /* its own hold on it: the machine may get another */
	char *name;
	virDomainPtr domain;
	int wake; /* eventfd: something was told */
	char *xml;
	char *job;
	struct rlimit memory; /* of QEMU, bytes */
	struct rlimit time;   /* of its processors, seconds */
	Stream *consoles[CONSOLE_SOURCES];
	Stream *channel;
	char *refusal; /* why libvirt could not start it */
	bool started;  /* libvirt has answered, one way or the other */
	bool given_up; /* whoever started it waits no more: it is to be destroyed once it is there
			*/
	bool runs;     /* its processors have been let go */
	Fate fate;
	bool stopped;  /* libvirt has let go of it */
	bool parked;   /* we had its processors stopped */
	bool quiet;    /* we end it: what comes now is our own doing */
	bool debugged; /* a debugger may stop it */
} Guest;

/* What QEMU there is, as far as guests want to know. */
typedef struct {
	char *versions;    /* of QEMU and libvirt */
	GPtrArray *boards; /* "q35 pc-q35-7.2": what each board of the architecture stands for */
	GPtrArray *cpus;   /* names of CPU models */
	bool has_kvm;
} MachineFacts;

struct Machine {
	virConnectPtr conn;
	char *uri; /* NULL for the embedded driver */
	const Arch *arch;
	char *home;     /* NULL with a daemon */
	char *emulator; /* likewise */
	char *host;     /* what the other host calls itself; NULL where it is this one */
	MachineFacts facts;
	Accel accel;
	unsigned domain_flags;
	int lifecycle; /* callback's id, -1 for none */
	GThreadPool *cleaners;
	Depot *depot;   /* of another host */
	GMutex opening; /* held while the connection is made anew */
	GMutex lock;
	GCond changed;      /* some guest's state, or the table of guests */
	GHashTable *guests; /* name -> Guest, borrowed */
	bool lost;
};

/** machine_host_word() - this host's name, of letters, digits and dashes; at most 20 of them */
const char *machine_host_word(void);

/** machine_reopen() - where the connection was lost, make another; true where there is one */
bool machine_reopen(Machine *machine, GCancellable *cancel, GError **error);

/* facts.c */

/** facts_ask() - fill in machine->facts from its connection */
bool facts_ask(Machine *machine, GError **error);
void facts_clear(MachineFacts *facts);

/* open.c */

/** open_check() - whether bisectbox can do with a URI; BOX_ERROR_USAGE */
bool open_check(const char *uri, GError **error);
/** open_host() - the host of a URI, NULL for this one; g_free() */
char *open_host(const char *uri);
/**
 * open_connection() - virConnectOpen(), in a thread of its own: nothing bounds how long that takes
 * @uri:  or NULL
 * @home: of the embedded driver, where @uri is NULL
 */
bool open_connection(const char *uri, const char *home, GCancellable *cancel,
		     virConnectPtr *ret_conn, GError **error);

/**
 * machine_fail() - set a BOX_ERROR_HOST from libvirt's last error; returns false
 * @what: what was tried: "cannot start the guest"
 */
bool machine_fail(GError **error, const char *what);

/** machine_said() - libvirt's last error in this thread, on one line; free with g_free() */
char *machine_said(void);

/** machine_unref() - let go of a machine's memory; machine_close() and libvirt's callbacks do */
void machine_unref(gpointer machine);

/** guest_listen() - be told of all guests' events, and of the connection's end */
bool guest_listen(Machine *machine, GError **error);
/** guest_on_close() - libvirt's callback for the connection's end; a name for unregistering it */
void guest_on_close(virConnectPtr conn, int reason, void *user);
/** guest_job() - what the machine's thread pool runs */
void guest_job(gpointer data, gpointer user);

/** guest_new() - a guest with a name of its own, told of events from now; NULL on error */
Guest *guest_new(Machine *machine, GError **error);
/** guest_unref() - let go */
void guest_unref(Guest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_unref)
/**
 * guest_start() - let libvirt start it, in a thread of its own: nothing bounds how long that takes
 * @xml: taken over
 * @job: what goes to the agent on its channel, of a guest on another host; taken over; or NULL
 *
 * Such a guest's streams are there once it is started.
 */
void guest_start(Guest *guest, char *xml, char *job);
/** guest_is_started() - whether libvirt has answered; then guest->domain or guest->refusal is set
 */
bool guest_is_started(Guest *guest);
/** guest_settle() - take a wake-up away, so that polling guest->wake waits for the next */
void guest_settle(Guest *guest);
/** guest_fate() - what has been told */
Fate guest_fate(Guest *guest);
/**
 * guest_park() - stop the guest's processors now, so that it writes nothing more
 *
 * Return: false where QEMU does not answer for five seconds: it is stuck itself.
 */
bool guest_park(Guest *guest);
/**
 * guest_discard() - destroy it and remove its traces, in a thread of its own; takes the reference
 *
 * One that is still being started is destroyed when it is there.
 */
void guest_discard(Guest *guest);
/** guest_log_line() - the last thing QEMU said itself, or NULL; free with g_free() */
char *guest_log_line(const Guest *guest);
