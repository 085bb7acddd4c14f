/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases: testcases/NAME/case.json, read strictly, and the OCI bundle that crun runs it from. */
#pragma once

#include "verdict/outcome.h"

#include <glib.h>
#include <stdbool.h>

/**
 * struct Case - one regression case; described in testcases/README.md. Release with case_free().
 * @name:       of its folder
 * @folder:     absolute
 * @title:      one line
 * @about:      what it checks and why, two sentences
 * @judge:      which column of the verdict table
 * @kconfig:    fragments it needs on top of base and 9p
 * @container:  runs in a container; else straight in the guest; false with no @command for
 *              cases where reaching the agent is all
 * @command:    argument vector; its files are below /case; NULL-terminated
 * @capabilities: "CAP_..." names; "docker-default" stands for Docker's default set
 * @files:      of its folder (or of the build folder), copied to /case
 * @timeout_s:  for the command, under TCG
 * @mem_mib, @cpus: of the guest; 0 for the default
 * @append:     words for the kernel command line
 */
typedef struct {
	char *name;
	char *folder;
	char *title;
	char *about;
	char *report;
	Judge judge;
	char **kconfig;
	bool container;
	char **command;
	char **capabilities;
	char **namespaces;
	char **files;
	unsigned timeout_s;
	unsigned mem_mib;
	unsigned cpus;
	char *append;
	char *good;
	char *bad;
	char *untestable;
	char *hash; /* of case.json and all its files, as built: part of a verdict's key */
} Case;

/**
 * case_load() - read and check a case
 * @name: a shipped case's name, or a folder (anything with a slash in it)
 * @error: BOX_ERROR_USAGE: unknown (lists what there is), or file, field and what was expected
 */
bool case_load(const char *name, Case **ret_case, GError **error);
void case_free(Case *testcase);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Case, case_free)
/** case_names() - all shipped cases, sorted; free with g_strfreev() */
char **case_names(void);

/**
 * case_write_bundle() - write in/CASE/ of the share: config.json (OCI runtime spec 1.0) and case/
 * @in: the share's in/ folder
 */
bool case_write_bundle(const Case *testcase, const char *in, GError **error);
