/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the compiler changes between the culprit and its parent, either may be what makes the
 * difference. Both are then built with both: a culprit elsewhere was compared with a parent that
 * had the same compiler, which rules the compiler out.
 */
#pragma once

#include "loop/driver.h"
#include "step/step.h"

/**
 * boundary_check() - after driver_run(): test the culprit and its parents with each other's
 * compiler, where that is another one
 *
 * Where the compiler alone decides, the result has no culprit any more, and says so; where it
 * takes both, or it cannot be told, that is the finding.
 */
bool boundary_check(const DriverSpec *spec, Workshop *shop, GCancellable *cancel, GError **error);
