/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run in the formats that others read. Each makes text from what the run's folder has, and prints
 * nothing. All text is UTF-8; what a guest wrote cannot become markup. */
#pragma once

#include "record/past.h"

/** report_html() - one page that needs nothing else: no network, no script; BOX_ERROR_USAGE where
 * range.jsonl is damaged; g_free() */
bool report_html(const Past *past, char **ret_html, GError **error);

/** report_junit() - JUnit's XML, as Jenkins and GitLab read it; g_free() */
char *report_junit(const Past *past);

/** report_ktap() - the kernel's test protocol (Documentation/dev-tools/ktap.rst), which TAP's
 * readers take too; g_free() */
char *report_ktap(const Past *past);

/**
 * struct MailFacts - what a mail has beside the run's folder, from the repository; all borrowed
 * @maintainers: "NAME <MAIL> (ROLE)", NULL-terminated
 * @why_none:    why there are none, or NULL
 * @signers:     "NAME <MAIL>" of the culprit's Signed-off-by lines, NULL-terminated
 * @old_version, @new_version: of the ends ("v6.1"), or NULL
 * @stable:      it is a regression within a stable series
 */
typedef struct {
	const char *const *maintainers;
	const char *why_none;
	const char *const *signers;
	const char *old_version;
	const char *new_version;
	bool stable;
} MailFacts;

/**
 * report_mail() - a report for the kernel's lists, as the kernel's own
 * Documentation/admin-guide/reporting-regressions.rst wants it; for a person to read, change and
 * send
 * @error: BOX_ERROR_USAGE: there is no regression in the run's result to report
 */
bool report_mail(const Past *past, const MailFacts *facts, char **ret_mail, GError **error);

/**
 * report_kcidb() - KCIDB's I/O data, version 5.3: a checkout and a build a revision, a test a step,
 * and an issue with its incidents where a culprit was found
 * @origin: of the data: lower-case letters, digits and "_"; in front of each id
 * @error:  BOX_ERROR_USAGE: @origin is none, or there are no kernels in the run
 */
bool report_kcidb(const Past *past, const char *origin, char **ret_json, GError **error);
