/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the two halves of a step only: getting the kernel, and booting it. */
#pragma once

#include "step.h"

/** step_any_left() - whether a case has no verdict yet */
bool step_any_left(const Workshop *shop, const StepResult *results);
/** step_all_known() - whether this run has every case's verdict on that kernel, so that it need not
 * be there */
bool step_all_known(const Workshop *shop, const Kernel *kernel);
