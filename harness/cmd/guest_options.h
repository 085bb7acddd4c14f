/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words about kernel, guest and output that every command has that boots kernels. */
#pragma once

#include "cmd/build_options.h"
#include "cmd/live.h"
#include "step/workshop.h"

#include <argp.h>

/**
 * struct GuestOptions - as given; strings point into argv
 * @kconfig, @qemu_args: const char *; NULL-terminated once all is read
 */
typedef struct {
	GPtrArray *kconfig;
	GPtrArray *qemu_args;
	const char *config;
	bool reconfigured; /* no option: kernels are configured otherwise later */
	BuildOptions build;
	const Arch *arch;
	const char *image; /* NULL for the architecture's usual one */
	const char *board;
	const char *cpu_model;
	const char *append;
	const char *connect;
	const char *results;
	const char *again; /* `resume`: folder to go on in */
	unsigned jobs;
	unsigned cpus;
	unsigned mem_mib;
	unsigned timeout_s;
	unsigned guests; /* no option of all: where one kernel is booted several times */
	bool ask_again;  /* likewise */
	Accel accel;
	bool no_cache;
	bool no_boots; /* no option: kernels are built only */
	bool gdb;      /* no option: kernels are built for a debugger */
	bool json;
	bool verbose;
} GuestOptions;

/* A child of each such command's argp; its input is a GuestOptions. */
extern const struct argp guest_options_argp;
/* The same for commands that leave no folder, only a person at a guest: no --results, no --json. */
extern const struct argp guest_options_person_argp;

/** guest_options_init() - the defaults; guest_options_clear() */
void guest_options_init(GuestOptions *options);
void guest_options_clear(GuestOptions *options);

/**
 * guest_options_open() - get the workshop ready, as asked, @live telling of it and of its steps
 * @cases:     names or folders, NULL-terminated
 * @signature: --crash, or NULL
 * @repo:      or NULL where no revision is tested; must outlive the workshop
 * @no_builds: all kernels are given
 * @live:      must outlive the workshop's steps
 */
bool guest_options_open(const GuestOptions *options, const char *const *cases,
			const char *signature, Repo *repo, bool no_builds, Live *live,
			GCancellable *cancel, Workshop **ret_shop, GError **error);
