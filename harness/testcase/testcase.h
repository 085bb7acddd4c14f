/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases: testcases/NAME/case.json, read strictly, and the OCI bundle that crun runs it from. */
#pragma once

#include "util/arch.h"
#include "util/version.h"
#include "verdict/outcome.h"

#include <glib.h>
#include <stdbool.h>

/* In @capabilities: stands for Docker's default set. */
#define CASE_DOCKER_CAPABILITIES "docker-default"

/* A mount of the container besides the standard ones, in the OCI runtime specification's words. */
typedef struct {
	char *destination;
	char *type;
	char *source;
	char **options;
} CaseMount;

/**
 * struct Case - one regression case; described in testcases/README.md. Release with case_free().
 * @name:       of its folder
 * @arch:       of the guests that it is for
 * @folder:     absolute
 * @title:      one line
 * @about:      what it checks and why, two sentences
 * @judge:      which column of the verdict table
 * @report:     where it was reported, NULL for nowhere
 * @culprit, @fix: the commits it is about: "ID SUBJECT"; may be empty
 * @architectures: that it makes sense on, as uname -m has them; empty for all
 * @from, @to:  versions that it makes sense on, both included; no parts for any
 * @kconfig:    fragments it needs on top of base and 9p ("container" among them where it runs in
 *              one): names of kconfigs/NAME.config, or absolute paths of the case's own
 * @container:  runs in a container; else straight in the guest
 * @command:    argument vector, run in /case, where its files are; NULL-terminated, never NULL;
 *              empty where reaching the agent is all
 * @capabilities: of the container: "CAP_..." names, or CASE_DOCKER_CAPABILITIES
 * @namespaces: of the container, by their names in the OCI runtime specification
 * @rootfs:     of the container: an OCI image whose root it gets, an archive or a layout folder,
 *              absolute; NULL for the guest image's
 * @mounts:     CaseMount, of the container
 * @files:      of its folder (or of the build folder), copied to /case; "../CASE/FILE" is of a
 *              sibling's
 * @control_pass, @control_fail: commands run before it in the same container: the first must
 *              pass and the second fail on every kernel; empty for none
 * @codes:      what the command's exit status means
 * @timeout_s:  for the command with the start of its container, under TCG
 * @mem_mib, @cpus: of the guest; 0 for the default
 * @machine, @cpu_model: of the guest, as GuestSpec has board and cpu; NULL for the default
 * @user_network, @tap: of the guest, as GuestSpec has them
 * @append:     words for the kernel command line, "" for none
 * @trace:      what a bad outcome is looked at with, once more: "strace", "dmesg",
 *              "ftrace:TRACER:FUNCTION"; empty for none. Fragments that it needs are in @kconfig
 * @good, @bad, @untestable: what each verdict means here, for people; @untestable may be NULL
 * @hash:       of case.json, all its files as built and @rootfs, hex: part of a verdict's key
 */
typedef struct {
	char *name;
	const Arch *arch;
	char *folder;
	char *title;
	char *about;
	char *report;
	char **culprit;
	char **fix;
	char **architectures;
	Version from;
	Version to;
	Judge judge;
	char **kconfig;
	bool container;
	char **command;
	char **capabilities;
	char **namespaces;
	char *rootfs;
	GPtrArray *mounts;
	char **files;
	char **control_pass;
	char **control_fail;
	ExitCodes codes;
	unsigned timeout_s;
	unsigned mem_mib;
	unsigned cpus;
	char *machine;
	char *cpu_model;
	bool user_network;
	char *tap;
	char *append;
	char **trace;
	char *good;
	char *bad;
	char *untestable;
	char *hash;
} Case;

/**
 * case_load() - read and check a case
 * @name: a shipped case's name, or a folder (anything with a slash in it)
 * @error: BOX_ERROR_USAGE: unknown (lists what there is), or file, field and what was expected
 */
bool case_load(const char *name, Case **ret_case, GError **error);
/** case_load_for() - the same with the programs that were built for guests of an architecture;
 * where there are none, it is an error that says what to install */
bool case_load_for(const char *name, const Arch *arch, Case **ret_case, GError **error);
void case_free(Case *testcase);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Case, case_free)
/** case_names() - all shipped cases, sorted; free with g_strfreev() */
char **case_names(void);

/**
 * case_new() - make a folder with a small case that runs, to start from
 * @name:  the folder; its last part is the case's name
 * @ret_folder: absolute; g_free()
 * @error: BOX_ERROR_USAGE: it exists, or cannot be made
 */
bool case_new(const char *name, char **ret_folder, GError **error);

/** case_file() - where one of a case's files is, in its folder or as built; free with g_free() */
char *case_file(const Case *testcase, const char *file);
/** case_file_name() - what one of its files is called in /case; within @file */
const char *case_file_name(const char *file);

/**
 * case_unfit() - why a case makes no sense on a kernel: architecture or version
 * @arch:    as uname -m has it
 * @version: of the kernel, or NULL where it is not known
 *
 * Return: one line for people, g_free(); NULL where it does make sense.
 */
char *case_unfit(const Case *testcase, const char *arch, const Version *version);

/**
 * enum CaseBundle - what it is for
 * @CASE_BUNDLE_TRACED: the case is run with its @trace
 * @CASE_BUNDLE_SHELL: a person may want a shell in its place, too
 */
typedef enum {
	CASE_BUNDLE_PLAIN = 0,
	CASE_BUNDLE_TRACED = 1 << 0,
	CASE_BUNDLE_SHELL = 1 << 1,
} CaseBundle;

/**
 * case_write_bundle() - write in/CASE/ of the share, as guest/protocol.h has it
 * @in: the share's in/ folder
 * @kind: a set of CaseBundle
 * @env: with @rootfs: "NAME=value" as the OCI image has them, over what every container gets; or
 * NULL
 * @error: BOX_ERROR_HOST
 *
 * Writes nothing for a case without a command: in/job then has no line for it.
 */
bool case_write_bundle(const Case *testcase, const char *in, unsigned kind, const char *const *env,
		       GError **error);
