/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options about compiler, make and fixups. */
#include "cmd/build_options.h"

enum { KEY_CC = 768, KEY_MAKE_ARG, KEY_TOOLCHAIN, KEY_FIXUP };

static const struct argp_option table[] = {
	{ "cc", KEY_CC, "[VERSION:]CC", 0,
	  "compiler (default: gcc, for old trees gcc-N of their years); with VERSION for trees of "
	  "that version and later; may be given again",
	  4 },
	{ "toolchain", KEY_TOOLCHAIN, "DIR", 0,
	  "take compilers from DIR, laid out as kernel.org packs them", 4 },
	{ "make-arg", KEY_MAKE_ARG, "VAR=VALUE", 0,
	  "a word for make, such as LLVM=1; may be given again", 4 },
	{ "fixup", KEY_FIXUP, "PATCH", 0,
	  "a patch that each revision is built with; may be given again", 4 },
	{ 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	BuildOptions *options = state->input;

	switch (key) {
	case KEY_CC:
		g_ptr_array_add(options->ccs, value);
		break;
	case KEY_MAKE_ARG:
		g_ptr_array_add(options->words, value);
		break;
	case KEY_TOOLCHAIN:
		options->folder = value;
		break;
	case KEY_FIXUP:
		g_ptr_array_add(options->fixups, value);
		break;
	case ARGP_KEY_END:
		g_ptr_array_add(options->ccs, NULL);
		g_ptr_array_add(options->words, NULL);
		g_ptr_array_add(options->fixups, NULL);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp build_options_argp = { .options = table, .parser = parse };

void build_options_init(BuildOptions *options)
{
	*options = (BuildOptions){ .ccs = g_ptr_array_new(),
				   .words = g_ptr_array_new(),
				   .fixups = g_ptr_array_new() };
}

void build_options_clear(BuildOptions *options)
{
	g_clear_pointer(&options->ccs, g_ptr_array_unref);
	g_clear_pointer(&options->words, g_ptr_array_unref);
	g_clear_pointer(&options->fixups, g_ptr_array_unref);
}

ToolchainSpec build_options_chain(const BuildOptions *options)
{
	return (ToolchainSpec){ .ccs = (const char *const *)options->ccs->pdata,
				.folder = options->folder,
				.words = (const char *const *)options->words->pdata };
}

const char *const *build_options_fixups(const BuildOptions *options)
{
	return (const char *const *)options->fixups->pdata;
}
