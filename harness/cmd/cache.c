/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox cache: what is kept from run to run, and making room. */
#include "caches.h"
#include "cmd/cmd.h"
#include "kernel/cache.h"
#include "util/error.h"
#include "util/paths.h"
#include "util/size.h"

#include <stdio.h>
#include <string.h>

enum { KEY_OLDER = 256, KEY_SIZE, KEY_JSON };

typedef struct {
	const char *action;
	bool kinds[CACHE_KINDS];
	bool any; /* kind was named */
	CachePrune prune;
	bool json;
} Job;

static const struct argp_option table[] = {
	{ "older", KEY_OLDER, "DAYS", 0, "prune: what was not used for so many days", 1 },
	{ "size", KEY_SIZE, "SIZE", 0,
	  "prune: what was used longest ago, until at most SIZE of each kind is left (such as 500M "
	  "or 2G)",
	  1 },
	{ "json", KEY_JSON, NULL, 0, "print JSON", 1 },
	{ 0 },
};

static void take_word(Job *job, char *word, struct argp_state *state)
{
	CacheKind kind = cache_kind_of(word);

	if (state->arg_num == 0) {
		job->action = word;
		return;
	}
	if (kind == CACHE_KINDS && !g_str_equal(word, "all"))
		argp_failure(
			state, EXIT_USAGE, 0,
			"%s: kernels, ccache, images, trees, footprints, series or all is expected",
			word);
	job->any = true;
	for (CacheKind one = 0; one < CACHE_KINDS; one++)
		job->kinds[one] |= kind == CACHE_KINDS || kind == one;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	Job *job = state->input;

	switch (key) {
	case KEY_OLDER:
		job->prune.older_days = cmd_number(state, "--older", value, 1, 36500);
		break;
	case KEY_SIZE:
		if (!size_parse(value, &job->prune.size))
			argp_failure(state, EXIT_USAGE, 0,
				     "--size %s: a size is expected, such as 500M or 2G", value);
		break;
	case KEY_JSON:
		job->json = true;
		break;
	case ARGP_KEY_ARG:
		take_word(job, value, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- show ---- */

static char *date_text(gint64 us, const char *never)
{
	g_autoptr(GDateTime) date =
		us ? g_date_time_new_from_unix_local(us / G_USEC_PER_SEC) : NULL;

	return date ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%S%z") : g_strdup(never);
}

static void show_json(Json *list, CacheKind kind, const CacheState *state)
{
	g_autofree char *used = date_text(state->used_us, NULL);
	Json *one = json_append(list, json_new_object());

	json_add_string(one, "kind", cache_kind_name(kind));
	json_add_int(one, "bytes", (gint64)state->bytes);
	json_add_int(one, "count", state->count);
	json_add_int(one, "in_use", state->in_use);
	json_add_int(one, "limit", (gint64)state->limit);
	json_add_string(one, "last_used", used);
}

static void show_line(CacheKind kind, const CacheState *state)
{
	g_autofree char *size = size_text(state->bytes);
	g_autofree char *limit = size_text(state->limit);
	g_autofree char *used = date_text(state->used_us, "never");
	g_autofree char *count =
		kind == CACHE_CCACHE ? g_strdup("") : g_strdup_printf("%u", state->count);

	printf("%-10s %8s %5s", cache_kind_name(kind), size, count);
	printf("  last used %.10s", used);
	if (state->limit)
		printf(", limit %s", limit);
	if (state->in_use)
		printf(", %u in use", state->in_use);
	printf("\n");
}

static int show(const Job *job)
{
	g_autoptr(Json) json = json_new_object();
	g_autofree char *folder = paths_cache(".");
	g_autofree char *whole = g_canonicalize_filename(folder, NULL);
	g_autofree char *text = NULL;
	Json *list;

	json_add_string(json, "schema", "bisectbox.cache/1");
	json_add_string(json, "folder", whole);
	list = json_add(json, "kinds", json_new_array());
	if (!job->json)
		printf("%s\n", whole);
	for (CacheKind kind = 0; kind < CACHE_KINDS; kind++) {
		g_autoptr(GError) error = NULL;
		CacheState state;

		if (job->any && !job->kinds[kind])
			continue;
		if (!cache_state(kind, &state, &error))
			return cmd_error(error);
		if (job->json)
			show_json(list, kind, &state);
		else
			show_line(kind, &state);
	}
	text = json_text(json, false);
	if (job->json)
		puts(text);
	return EXIT_GOOD;
}

/* ---- prune, clear ---- */

/* Without options: kernels, down to their limit. */
static bool choose(Job *job, GError **error)
{
	bool all = job->prune.older_days && job->prune.size == G_MAXUINT64;
	guint64 limit;

	if (job->prune.older_days == 0 && job->prune.size == G_MAXUINT64) {
		if (!kcache_limit(&limit, error))
			return false;
		job->prune.size = limit ? limit : G_MAXUINT64;
		memset(job->kinds, 0, sizeof(job->kinds));
		job->kinds[CACHE_KERNELS] = true;
	} else if (!job->any) {
		for (CacheKind kind = 0; kind < CACHE_KINDS; kind++)
			job->kinds[kind] = all || kind == CACHE_KERNELS;
	}
	return true;
}

static bool remove_kind(const Job *job, CacheKind kind, GCancellable *cancel, guint64 *freed,
			guint *left, GError **error)
{
	CacheState before, after;

	if (!cache_state(kind, &before, error) ||
	    !(g_str_equal(job->action, "clear")
		      ? cache_clear(kind, cancel, left, error)
		      : cache_prune(kind, &job->prune, cancel, left, error)) ||
	    !cache_state(kind, &after, error))
		return false;
	*freed = before.bytes > after.bytes ? before.bytes - after.bytes : 0;
	return true;
}

static int remove_some(Job *job, GCancellable *cancel)
{
	g_autoptr(Json) json = json_new_object();
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	Json *list;

	if (g_str_equal(job->action, "prune") && !choose(job, &error))
		return cmd_error(error);
	json_add_string(json, "schema", "bisectbox.cache/1");
	list = json_add(json, "kinds", json_new_array());
	for (CacheKind kind = 0; kind < CACHE_KINDS; kind++) {
		guint64 freed = 0;
		guint left = 0;
		g_autofree char *size = NULL;
		Json *one;

		if (!job->kinds[kind])
			continue;
		if (!remove_kind(job, kind, cancel, &freed, &left, &error))
			return cmd_error(error);
		size = size_text(freed);
		one = json_append(list, json_new_object());
		json_add_string(one, "kind", cache_kind_name(kind));
		json_add_int(one, "freed", (gint64)freed);
		json_add_int(one, "in_use", left);
		if (!job->json)
			printf("%-10s %8s freed%s\n", cache_kind_name(kind), size,
			       left ? "; the rest is in use by a run" : "");
	}
	text = json_text(json, false);
	if (job->json)
		puts(text);
	return EXIT_GOOD;
}

int cmd_cache(int argc, char **argv, GCancellable *cancel)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "show [KIND...]\nprune [KIND...]\nclear KIND...|all",
		.doc = "Show what is kept from run to run, and make room. KIND is kernels, ccache, "
		       "images, trees (work trees and build folders), footprints, series, or all.\v"
		       "`prune` without options brings the kernels within their limit "
		       "(BISECTBOX_CACHE_SIZE, 2 GB by default; runs do so by themselves). "
		       "--older is about all kinds, --size about kernels, unless kinds are named. "
		       "What a live run uses stays, and so do imported images, which "
		       "`bisectbox image remove` removes. All else can be made again.",
	};
	Job job = { .prune = { .size = G_MAXUINT64 } };

	cmd_parse(&argp, PARSE_USUAL, argc, argv, &job, NULL);
	if (!job.action || g_str_equal(job.action, "show"))
		return show(&job);
	if (g_str_equal(job.action, "prune"))
		return remove_some(&job, cancel);
	if (g_str_equal(job.action, "clear") && job.any)
		return remove_some(&job, cancel);
	return cmd_usage_error("`bisectbox cache show`, `prune` or `clear KIND` is expected");
}
