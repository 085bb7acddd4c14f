/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's own apt: where its packages come from, and how it gets there. An image is made from
 * the same servers, through the same proxies, with the same keys and passwords.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * sources_filter_list() - what of a one-line-style file (`*.list`) serves a suite
 * @text:   the file's content
 * @suites: NULL-terminated names; entries for other suites, for sources and for CD-ROMs are left
 * out
 * @out:    takes the entries as they stand
 *
 * Return: number of entries taken.
 */
guint sources_filter_list(const char *text, const char *const *suites, GString *out);

/**
 * sources_filter_deb822() - the same for a deb822-style file (`*.sources`)
 *
 * A paragraph with several suites keeps those that are asked for; disabled ones are left out.
 */
guint sources_filter_deb822(const char *text, const char *const *suites, GString *out);

/**
 * sources_write() - the host's sources of a suite, as files that mmdebstrap takes
 * @suite:     codename ("bookworm"); its -updates and -security are taken too, and entries that
 *             say "stable" where apt's lists know that to be the same
 * @folder:    where host.list and host.sources are written, those that hold something
 * @cancel:    or NULL
 * @ret_files: paths of what was written, NULL-terminated; free with g_strfreev()
 * @error:     BOX_ERROR_HOST: no source serves the suite (names the files looked at), apt missing
 */
bool sources_write(const char *suite, const char *folder, GCancellable *cancel, char ***ret_files,
		   GError **error);

/**
 * sources_write_config() - the part of the host's apt configuration about getting files
 * @path: file to write, in apt.conf's syntax: proxies, TLS, retries, checks of dates, passwords
 *
 * mmdebstrap points apt at the new root for its configuration, so the host's must be handed over.
 */
bool sources_write_config(const char *path, GCancellable *cancel, GError **error);
