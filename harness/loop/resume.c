/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of an interrupted run, told again. */
#include "loop/resume.h"

#include "kernel/footstore.h"
#include "kernel/version.h"
#include "revision/stock.h"

#include <string.h>

/* What was news then is none now. */
static void drop_news(Inquiry *inquiry)
{
	char *line;

	while ((line = inquiry_news(inquiry)))
		g_free(line);
}

static RepoId id_of(const StepRecord *step)
{
	RepoId id = { "" };

	g_strlcpy(id.hex, step->revision, sizeof(id.hex));
	return id;
}

/* Whether later commits were applied on top of its revision. */
static bool is_patched(const StepRecord *step)
{
	return step->patches && step->patches[0];
}

/*
 * The inquiry is asked before each answer, as it was then: it moves on only by being asked. That
 * it asks for something else is no harm: a line may be missing, or a footprint.
 */
static bool tell(const DriverSpec *spec, const StepRecord *step, GError **error)
{
	RepoId id = id_of(step);
	InquiryStep next;
	bool done;

	/* tested beside the question */
	if (g_str_equal(step->why, "boundary") || g_str_equal(step->why, "revert"))
		return true;
	if (!inquiry_next(spec->inquiry, &next, &done, error))
		return false;
	if (is_patched(step)) {
		/* Its commit is in bisectbox's own repository; the question knows it. */
		if (done || !next.patches || strcmp(next.of.hex, step->revision) != 0)
			return true;
		id = next.id;
	}
	driver_answer(spec, step, &id);
	return true;
}

bool resume_steps(const DriverSpec *spec, GPtrArray *steps, ResumeTake take, void *user,
		  GError **error)
{
	while (steps->len > 0) {
		g_autoptr(StepRecord) step = g_ptr_array_steal_index(steps, 0);

		if ((take && !take(step, user, error)) || !tell(spec, step, error))
			return false;
		spec->result->wall_ms += step->wall_ms;
		g_ptr_array_add(spec->result->steps, g_steal_pointer(&step));
	}
	drop_news(spec->inquiry);
	return true;
}

static bool recall_footprint(Workshop *shop, const StepRecord *step, GError **error)
{
	const RepoId revision = id_of(step);
	Footprint *footprint;
	RepoId tree;

	/* A merge in memory may have gone with the cache: nothing is equal to it then. */
	if (is_patched(step) || !repo_tree_id(shop->repo, &revision, &tree, NULL))
		return true;
	footprint = step->result.kernel ? footstore_load(shop->footprints, tree.hex)
					: footprint_new_failed(KERNEL_SRCARCH);
	return !footprint || relevance_add(shop->relevance, &revision, footprint, error);
}

bool resume_recall(Workshop *shop, const StepRecord *step, GError **error)
{
	const StepResult *result = &step->result;
	StepResult *copy;

	if (result->other_kernel)
		stock_distrust(shop->stock);
	if (shop->relevance && !recall_footprint(shop, step, error))
		return false;
	if (!result->booted || !result->key || result->same_as)
		return true;
	copy = g_new(StepResult, 1);
	*copy = step_result_copy(result);
	copy->same_as = g_strdup(step->folder);
	g_hash_table_replace(shop->known, copy->key, copy);
	return true;
}
