/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which gcc builds the kernels of which years. Pure. */
#pragma once

#include "util/version.h"

#include <stdbool.h>

/** era_fits() - whether gcc of this major version can build a tree of this version, as far as the
 * trees themselves say: kconfigs/README.md has the table */
bool era_fits(const Version *version, unsigned gcc);
