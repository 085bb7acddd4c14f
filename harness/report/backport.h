/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fix and its branches for people. */
#pragma once

#include "record/backport.h"

/** report_backport_text() - the table, and what is to be said of each branch; g_free() */
char *report_backport_text(const Backport *backport, const char *folder);
