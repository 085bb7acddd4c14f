/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands share that give a guest to a person: one revision, built and booted. */
#pragma once

#include "cmd/guest_options.h"
#include "step/attended.h"

#define PERSON_FOLDER "attended" /* in a run's private folder (util/rundir.h) */

/**
 * struct Person - as given, and what it takes; strings point into argv
 * @revision: NULL for HEAD
 * @testcase: NULL for none
 * @folder:   of the guest: its sockets and its console; private, and gone with the workshop
 * @kernel:   built, or from the cache
 * @about:    "1a2b3c4d5e6f  SUBJECT"
 */
typedef struct {
	const char *repo_path;
	const char *revision;
	const char *testcase;
	GuestOptions guest;
	Live *live;
	Repo *repo;
	Workshop *shop;
	RepoId id;
	Kernel kernel;
	char *folder;
	char *about;
} Person;

/** person_argp - for .children, its input a Person: --case, --repo, a revision, how guests are */
extern const struct argp person_argp;

void person_init(Person *person);
void person_clear(Person *person);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Person, person_clear)

/**
 * person_build() - repository, workshop and kernel
 * @ret_why: where there is no kernel that the case could run on: why, g_free()
 */
bool person_build(Person *person, GCancellable *cancel, char **ret_why, GError **error);

/** person_unable() - say that the kernel does not get there; returns EXIT_UNTESTABLE */
int person_unable(Person *person, const char *why);
