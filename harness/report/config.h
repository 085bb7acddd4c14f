/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A config bisection for people: a line a configuration as it comes, then the symbols. */
#pragma once

#include "record/config.h"

/** report_config_row() - one line; g_free() */
char *report_config_row(const MatrixRow *row);

/** report_config_foot() - the answer, and how sure it is; g_free() */
char *report_config_foot(const ConfigAnswer *answer, const char *folder);

/** report_config_text() - all of it; g_free() */
char *report_config_text(const ConfigAnswer *answer, const char *folder);
