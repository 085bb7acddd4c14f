/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the parts of the mail only. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** mail_words() - text for a header: one line, RFC 2047 where it is not ASCII; g_free() */
char *mail_words(const char *text);
/** mail_address() - "NAME <MAIL>" for a header, of "NAME <MAIL> (ROLE)"; NULL where there is no
 * plain address in it; g_free() */
char *mail_address(const char *text);
/** mail_only_address() - the address alone, in lower case; NULL where there is none; g_free() */
char *mail_only_address(const char *text);
