/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words about answers that may be wrong. */
#pragma once

#include "search/search.h"

#include <argp.h>

/**
 * struct DoubtOptions - as given
 * @noise:  --noise was given: with both rates in @fp and @fn, or "auto" with @fn NOISE_UNKNOWN
 * @repeat: 0: not given
 * @guests: 0: not given
 */
typedef struct {
	bool noise;
	double fp;
	double fn;
	unsigned repeat;
	unsigned guests;
	double confidence;
} DoubtOptions;

/* A child of a command's argp; its input is a DoubtOptions. */
extern const struct argp doubt_options_argp;

void doubt_options_init(DoubtOptions *options);

/**
 * doubt_options_take() - as a search takes them
 * @find_fix: rates are of the case's answers, and a fix turns bad and good round
 *
 * Return: @ret_doubt, or NULL where every answer is to be believed (--repeat 1; and looking for a
 * fix with nothing said).
 */
const SearchDoubt *doubt_options_take(const DoubtOptions *options, bool find_fix,
				      SearchDoubt *ret_doubt);
