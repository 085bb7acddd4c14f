/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of this room only. */
#pragma once

#include "testcase/testcase.h"
#include "util/json.h"

/** case_read_container() - capabilities, namespaces and mounts; @testcase->container is known */
void case_read_container(JsonReader *reader, Case *testcase);

/** case_docker_capabilities() - Docker's default set, NULL-terminated; static */
const char *const *case_docker_capabilities(void);
