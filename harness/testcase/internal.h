/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of this room only. */
#pragma once

#include "testcase/testcase.h"
#include "util/json.h"

/** case_read_container() - capabilities, namespaces, root and mounts; @testcase->container is known
 */
void case_read_container(JsonReader *reader, Case *testcase);

/** case_read_guest() - machine, size and network; before the container */
void case_read_guest(JsonReader *reader, Case *testcase);
/** case_has_network() - whether it asks for one */
bool case_has_network(const Case *testcase);
/** case_read_trace() - "trace"; the command is known */
void case_read_trace(JsonReader *reader, Case *testcase);
/** case_wants_ftrace() - whether that needs the kernel's tracers */
bool case_wants_ftrace(const Case *testcase);

/** case_name_is_good() - whether a folder's name can be a case's */
bool case_name_is_good(const char *name);
/** case_name_error() - says that it cannot; returns false */
bool case_name_error(const char *folder, GError **error);

/** case_docker_capabilities() - Docker's default set, NULL-terminated; static */
const char *const *case_docker_capabilities(void);
