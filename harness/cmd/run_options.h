/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of `bisectbox run`. */
#pragma once

#include "cmd/cmd.h"
#include "cmd/doubt_options.h"
#include "cmd/guest_options.h"
#include "cmd/quilt_options.h"
#include "cmd/search_options.h"

#include <glib.h>
#include <stdbool.h>

/* As given; strings point into argv. */
typedef struct {
	const char *testcase;
	const char *exec;
	const char *signature;
	bool trust_ends;
	bool go_on;   /* --continue */
	bool touched; /* --prior touched */
	bool speculate;
	bool fresh;
	bool repair;
	bool verify_revert;
	SearchOptions search;
	DoubtOptions doubt;
	GuestOptions guest;
	QuiltOptions quilt;
} RunOptions;

/**
 * run_options_parse() - read the words; ends the program for --help and for wrong ones
 * @flags, @ret_words: as for cmd_parse()
 *
 * Return: options with defaults filled in; run_options_clear().
 */
RunOptions run_options_parse(int argc, char **argv, ParseFlags flags, char ***ret_words);
void run_options_clear(RunOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunOptions, run_options_clear)
