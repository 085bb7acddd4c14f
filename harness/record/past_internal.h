/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the two files that read a run's folder. */
#pragma once

#include "record/past.h"

/** past_json() - a file of the folder; BOX_ERROR_USAGE where it is damaged */
bool past_json(const Past *past, const char *name, Json **ret_json, GError **error);
/** past_read_result() - result.json into @past->result or @past->matrix; what there is so far where
 * it is not finished */
bool past_read_result(Past *past, GError **error);
