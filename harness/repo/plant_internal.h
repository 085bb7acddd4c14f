/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the two files about planted repositories only. */
#pragma once

#include "repo/internal.h"
#include "repo/plant.h"

struct Plant {
	git_repository *git;
	char *folder;
	int lock;
};
