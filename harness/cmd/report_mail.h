/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mail needs of the repository. */
#pragma once

#include "record/past.h"

#include <gio/gio.h>

/** report_mail_of() - the mail about a run, with the people that its repository names; where that
 * is gone, the mail says so; g_free() */
bool report_mail_of(const Past *past, GCancellable *cancel, char **ret_mail, GError **error);
