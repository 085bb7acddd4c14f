/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of `bisectbox run`. */
#pragma once

#include "machine/accel.h"

#include <glib.h>
#include <stdbool.h>

/* As given; strings point into argv. */
typedef struct {
	const char *testcase;
	const char *exec;
	const char *signature;
	const char *repo;
	GPtrArray *goods; /* const char * */
	const char *bad;
	GPtrArray *kconfig; /* const char *, NULL-terminated after parsing */
	const char *config;
	const char *image;
	const char *append;
	const char *connect;
	const char *results;
	unsigned jobs;
	unsigned cpus;
	unsigned mem_mib;
	unsigned timeout_s;
	Accel accel;
	bool trust_ends;
	bool json;
	bool verbose;
} RunOptions;

/**
 * run_options_parse() - read the words; ends the program for --help and for wrong ones
 * Return: options with defaults filled in; run_options_clear().
 */
RunOptions run_options_parse(int argc, char **argv);
void run_options_clear(RunOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunOptions, run_options_clear)
