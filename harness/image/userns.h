/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User namespaces with mapped ids: how an ordinary user makes a root with all its owners. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * userns_explain() - set the error of a namespace that could not be made; always returns false
 * @what:  what was to be made ("an image")
 * @why:   what the program that tried said
 * @other: what else would do where this host lets users make no namespaces at all: a package to
 *         install, or NULL
 */
bool userns_explain(const char *what, const char *why, const char *other, GError **error);

/**
 * userns_check() - whether programs can run with a range of ids of their own
 * @what:  what for; as in userns_explain()
 * @error: BOX_ERROR_HOST: why not, and what to type
 *
 * Root needs no namespace. An ordinary user is root in it; the ids from 1 on are those that
 * /etc/subuid and /etc/subgid give to the user.
 */
bool userns_check(const char *what, GCancellable *cancel, GError **error);

/**
 * userns_argv() - a command as userns_check() tried it
 * @argv: NULL-terminated; borrowed
 *
 * Return: @argv, for anybody but root with what makes the namespace before it; g_strfreev().
 */
char **userns_argv(const char *const *argv);
