/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel versions: "6.1.192", "4.15-rc3", "5.10.0-28-amd64". */
#pragma once

#include <stdbool.h>

/* As far as it was given: "6.1" has two parts. Words after the numbers are left out. */
typedef struct {
	unsigned part[3];
	unsigned parts;
} Version;

/**
 * version_parse() - read the numbers that a version begins with
 * Return: false where there are not at least two, separated by a dot.
 */
bool version_parse(const char *text, Version *ret_version);

/**
 * version_compare() - like strcmp(3), over the parts that both have: 6.1.192 equals 6.1, so that
 * "to 6.1" takes in all of 6.1's updates
 */
int version_compare(const Version *a, const Version *b);
