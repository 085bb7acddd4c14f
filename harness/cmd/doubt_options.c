/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing how far answers are believed. */
#include "cmd/doubt_options.h"

#include "cmd/cmd.h"
#include "util/error.h"

#include <string.h>

#define CONFIDENCE 0.99
/* How often good is taken to answer bad where nothing was said: one odd answer may be just that. */
#define ODD 0.01
/* How likely bad always shows where it has always shown so far and nothing is known. */
#define STEADY 0.3

enum {
	KEY_NOISE = 768,
	KEY_REPEAT,
	KEY_CONFIDENCE,
	KEY_GUESTS,
};

#define GUESTS_MAX 256

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "Answers that may be wrong:", 3 },
	{ "noise", KEY_NOISE, "FP,FN|auto", 0,
	  "doubt every answer: good revisions answer bad in FP of the runs (0 to 0.49), bad ones "
	  "good in FN; auto: bad shows only now and then, how often is found out (default: "
	  "believe answers until one contradicts another)",
	  3 },
	{ "repeat", KEY_REPEAT, "N", 0,
	  "run a revision until it is bad once or good N times, and believe that; 1: believe "
	  "every answer",
	  3 },
	{ "confidence", KEY_CONFIDENCE, "P", 0,
	  "how sure to be of the culprit where answers are doubted (default: 0.99)", 3 },
	{ "guests", KEY_GUESTS, "N", 0,
	  "with --repeat or --noise: run a revision in up to N guests at once, for all the times "
	  "that "
	  "it will be asked (default: 1)",
	  3 },
	{ 0 },
};

/* A number between two others, itself neither sign nor exponent; else ends the program. */
static double parse_number(const struct argp_state *state, const char *option, const char *text,
			   double least, double most)
{
	char *end = NULL;
	double number = g_ascii_strtod(text, &end);

	if (end == text || *end != '\0' || strspn(text, "0123456789.") != strlen(text) ||
	    number < least || number > most)
		argp_failure(state, EXIT_USAGE, 0, "%s: \"%s\": a number from %g to %g is expected",
			     option, text, least, most);
	return number;
}

static void parse_noise(const struct argp_state *state, const char *value, DoubtOptions *options)
{
	g_auto(GStrv) parts = g_strsplit(value, ",", -1);

	options->noise = true;
	options->fp = 0;
	options->fn = NOISE_UNKNOWN;
	if (g_str_equal(value, "auto"))
		return;
	if (g_strv_length(parts) != 2)
		argp_failure(state, EXIT_USAGE, 0,
			     "--noise %s: FP,FN is expected, such as 0.05,0.2, or auto", value);
	options->fp = parse_number(state, "--noise", parts[0], 0, 0.49);
	options->fn = parse_number(state, "--noise", parts[1], 0, 0.95);
	/* Else bad would be said of good ones as often as of bad ones. */
	if (options->fp + options->fn >= 0.99)
		argp_failure(state, EXIT_USAGE, 0,
			     "--noise %s: good and bad revisions would answer alike", value);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	DoubtOptions *options = state->input;

	switch (key) {
	case KEY_NOISE:
		parse_noise(state, value, options);
		break;
	case KEY_REPEAT:
		options->repeat = cmd_number(state, "--repeat", value, 1, 1000);
		break;
	case KEY_CONFIDENCE:
		options->confidence = parse_number(state, "--confidence", value, 0.5, 0.999999);
		break;
	case KEY_GUESTS:
		options->guests = cmd_number(state, "--guests", value, 1, GUESTS_MAX);
		break;
	case ARGP_KEY_END:
		if (options->noise && options->repeat)
			argp_failure(state, EXIT_USAGE, 0,
				     "--noise and --repeat exclude each other");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp doubt_options_argp = { .options = table, .parser = parse };

void doubt_options_init(DoubtOptions *options)
{
	*options = (DoubtOptions){ .fn = NOISE_UNKNOWN, .confidence = CONFIDENCE };
}

const SearchDoubt *doubt_options_take(const DoubtOptions *options, bool find_fix,
				      SearchDoubt *ret_doubt)
{
	bool unknown = options->fn < 0;
	double odd = options->noise ? options->fp : ODD;

	if (options->repeat == 1)
		return NULL;
	/* What shows only now and then is the older state with --find-fix. */
	*ret_doubt = (SearchDoubt){
		.noise = find_fix ? noise_init(options->fn, odd, unknown ? STEADY : 0)
				  : noise_init(odd, options->fn, STEADY),
		.always = options->noise,
		.repeat = options->repeat,
		.inverted = find_fix,
		.confidence = options->confidence,
	};
	return ret_doubt;
}
