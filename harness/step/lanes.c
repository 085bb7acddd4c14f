/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boots of one kernel side by side. */
#include "step/lanes.h"

#include "util/fs.h"

#include <signal.h>

/* One boot. */
typedef struct {
	guint number;
	char *folder;
	StepResult *results;
	GError *error;
	bool ok;
	bool done;
} Lane;

struct Lanes {
	const Workshop *shop;
	const Kernel *kernel;
	const StepResult *after_build;
	GCancellable *outer;
	gulong outer_id;
	GCancellable *cancel;
	GThreadPool *pool;
	GPtrArray *lanes; /* Lane */
	GMutex lock;
	GCond changed;
};

static void clear_results(StepResult *results, guint n)
{
	for (guint i = 0; i < n; i++) {
		step_result_clear(&results[i]);
		results[i] = (StepResult){ 0 };
	}
}

static void known_free(gpointer result)
{
	step_result_clear(result);
	g_free(result);
}

/* The workshop as one boot sees it: what a boot changes in it is its own. */
static bool boot(const Lanes *lanes, const Lane *lane, GError **error)
{
	Workshop shop = *lanes->shop;
	g_autofree char *share = g_strdup_printf("%s-%u", shop.share, lane->number);
	bool ok;

	shop.share = share;
	shop.spares = NULL;
	shop.known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, known_free);
	for (guint i = 0; i < shop.cases->len; i++)
		lane->results[i] = step_result_copy(&lanes->after_build[i]);
	ok = fs_mkdir(lane->folder, error) &&
	     step_boot(&shop, lanes->kernel, STEP_FRESH, lane->folder, lanes->cancel, lane->results,
		       error);
	if (!fs_remove_tree(share, ok ? error : NULL))
		ok = false;
	g_hash_table_unref(shop.known);
	return ok;
}

static void run(gpointer data, gpointer user)
{
	Lane *lane = data;
	Lanes *lanes = user;
	GError *error = NULL;
	sigset_t all, old;
	bool ok;

	/* the program's signals are for the program's threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ok = boot(lanes, lane, &error);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	g_mutex_lock(&lanes->lock);
	lane->ok = ok;
	lane->error = error;
	lane->done = true;
	g_cond_broadcast(&lanes->changed);
	g_mutex_unlock(&lanes->lock);
}

static void on_cancel(GCancellable *outer, gpointer inner)
{
	(void)outer;
	g_cancellable_cancel(inner);
}

Lanes *lanes_new(const Workshop *shop, const Kernel *kernel, const StepResult *after_build,
		 unsigned guests, GCancellable *cancel)
{
	Lanes *lanes = g_new0(Lanes, 1);

	lanes->shop = shop;
	lanes->kernel = kernel;
	lanes->after_build = after_build;
	lanes->outer = cancel;
	lanes->cancel = g_cancellable_new();
	if (cancel)
		lanes->outer_id = g_cancellable_connect(
			cancel, G_CALLBACK(on_cancel), g_object_ref(lanes->cancel), g_object_unref);
	lanes->lanes = g_ptr_array_new();
	g_mutex_init(&lanes->lock);
	g_cond_init(&lanes->changed);
	lanes->pool = g_thread_pool_new(run, lanes, (gint)guests, FALSE, NULL);
	return lanes;
}

void lanes_free(Lanes *lanes)
{
	if (!lanes)
		return;
	g_cancellable_cancel(lanes->cancel);
	/* those that have not begun begin, and see that */
	g_thread_pool_free(lanes->pool, FALSE, TRUE);
	if (lanes->outer)
		g_cancellable_disconnect(lanes->outer, lanes->outer_id);
	for (guint i = 0; i < lanes->lanes->len; i++) {
		Lane *lane = lanes->lanes->pdata[i];

		clear_results(lane->results, lanes->shop->cases->len);
		g_free(lane->results);
		g_clear_error(&lane->error);
		g_free(lane->folder);
		g_free(lane);
	}
	g_ptr_array_unref(lanes->lanes);
	g_object_unref(lanes->cancel);
	g_mutex_clear(&lanes->lock);
	g_cond_clear(&lanes->changed);
	g_free(lanes);
}

void lanes_add(Lanes *lanes, const char *folder)
{
	Lane *lane = g_new0(Lane, 1);

	lane->number = lanes->lanes->len;
	lane->folder = g_strdup(folder);
	lane->results = g_new0(StepResult, lanes->shop->cases->len);
	g_ptr_array_add(lanes->lanes, lane);
	g_thread_pool_push(lanes->pool, lane, NULL);
}

bool lanes_take(Lanes *lanes, guint number, StepResult *results, GError **error)
{
	Lane *lane = lanes->lanes->pdata[number];

	g_mutex_lock(&lanes->lock);
	while (!lane->done)
		g_cond_wait(&lanes->changed, &lanes->lock);
	g_mutex_unlock(&lanes->lock);
	if (!lane->ok) {
		g_propagate_error(error, g_steal_pointer(&lane->error));
		return false;
	}
	for (guint i = 0; i < lanes->shop->cases->len; i++) {
		results[i] = lane->results[i];
		lane->results[i] = (StepResult){ 0 };
	}
	return true;
}
