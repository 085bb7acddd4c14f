/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run in the formats that others read. Each makes text from what the run's folder has, and prints
 * nothing. All text is UTF-8; what a guest wrote cannot become markup. */
#pragma once

#include "record/past.h"

/** report_junit() - JUnit's XML, as Jenkins and GitLab read it; g_free() */
char *report_junit(const Past *past);

/** report_ktap() - the kernel's test protocol (Documentation/dev-tools/ktap.rst), which TAP's
 * readers take too; g_free() */
char *report_ktap(const Past *past);
