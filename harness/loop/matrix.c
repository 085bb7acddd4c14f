/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels times cases: build each once, boot it as often as asked. */
#include "loop/matrix.h"

#include "loop/resume.h"
#include "loop/retry.h"
#include "step/lanes.h"
#include "util/error.h"
#include "util/fs.h"

struct MatrixLoop {
	Workshop *shop;
	Run *run;
	MatrixEvents events;
	GCancellable *cancel;
	Matrix *matrix;
	gint64 start;
};

/* Something that may meet host trouble: a build or a boot; fills @results, which it finds zero. */
typedef struct {
	const MatrixLoop *loop;
	const MatrixKernel *kernel;
	Kernel *built; /* from the build to the boots */
	const StepResult *after_build;
	const char *folder;
	StepFlags flags;
	Lanes *lanes; /* where boots go on side by side; which of them this is */
	guint lane;
	bool *taken; /* what came of it has been seen: from then on it is booted by itself */
} Work;
typedef bool (*Worker)(const Work *work, StepResult *results, GError **error);

static void clear_results(StepResult *results, guint n)
{
	for (guint i = 0; i < n; i++) {
		step_result_clear(&results[i]);
		results[i] = (StepResult){ 0 };
	}
}

/* As retry_work() wants it. */
typedef struct {
	const Work *work;
	Worker worker;
	const MatrixRow *row;
	StepResult *results;
} Attempt;

static bool attempt(void *user, GError **error)
{
	const Attempt *self = user;

	return self->worker(self->work, self->results, error);
}

static void clear_attempt(void *user)
{
	const Attempt *self = user;

	clear_results(self->results, self->row->n_cells);
}

static void describe_attempt(Json *line, void *user)
{
	const MatrixRow *row = ((const Attempt *)user)->row;

	json_add_int(line, "kernel", row->number);
	json_add_string(line, "name", row->name);
}

/* Does it, and once more where the host was in trouble. */
static bool try_work(const Work *work, Worker worker, const MatrixRow *row, StepResult *results,
		     GError **error)
{
	const MatrixEvents *events = &work->loop->events;
	Attempt self = { work, worker, row, results };
	const Retry retry = { work->loop->run, attempt, clear_attempt, describe_attempt,
			      events->note,    &self,   events->user };

	if (retry_work(&retry, error))
		return true;
	g_prefix_error(error, "%s: ", row->name);
	return false;
}

static bool do_build(const Work *work, StepResult *results, GError **error)
{
	const MatrixLoop *loop = work->loop;

	return step_build(loop->shop, &work->kernel->source, work->flags, work->folder,
			  loop->cancel, work->built, results, error);
}

static bool do_boot(const Work *work, StepResult *results, GError **error)
{
	const MatrixLoop *loop = work->loop;

	for (guint i = 0; i < loop->shop->cases->len; i++)
		results[i] = step_result_copy(&work->after_build[i]);
	return fs_mkdir(work->folder, error) &&
	       step_boot(loop->shop, work->built, work->flags, work->folder, loop->cancel, results,
			 error);
}

/* The first time what came of it in its lane; where that was trouble of the host, by itself. */
static bool do_lane(const Work *work, StepResult *results, GError **error)
{
	if (*work->taken)
		return do_boot(work, results, error);
	*work->taken = true;
	return lanes_take(work->lanes, work->lane, results, error);
}

/* Journal first, then the table. */
static bool take_tries(const MatrixLoop *loop, MatrixRow *row, guint number, const char *try_dir,
		       StepResult *results, GError **error)
{
	for (guint i = 0; i < row->n_cells; i++) {
		g_autoptr(Json) line =
			matrix_try_json(row, loop->matrix->cases[i], number, &results[i]);

		if (!run_journal(loop->run, line, error))
			return false;
	}
	for (guint i = 0; i < row->n_cells; i++)
		matrix_add_try(&row->cells[i], &results[i], try_dir);
	return true;
}

static char *try_folder(guint number)
{
	return number == 1 ? g_strdup("") : g_strdup_printf("try-%u", number);
}

/* One try, the @number'th: in its lane, or by itself. */
static bool boot_one(const MatrixLoop *loop, const Work *work, guint number, const char *folder,
		     MatrixRow *row, StepResult *results, GError **error)
{
	g_autofree char *dir = try_folder(number);
	g_autofree char *path = g_build_filename(folder, dir, NULL);
	bool taken = false;
	Work one = *work;

	one.folder = path;
	one.taken = &taken;
	one.flags = loop->matrix->repeat > 1 ? STEP_FRESH : STEP_USUAL;
	return try_work(&one, one.lanes ? do_lane : do_boot, row, results, error) &&
	       take_tries(loop, row, number, dir, results, error);
}

static bool boot_all(const MatrixLoop *loop, Work *work, MatrixRow *row, StepResult *results,
		     GError **error)
{
	const char *folder = work->folder;
	const guint repeat = loop->matrix->repeat;
	g_autoptr(Lanes) lanes = NULL;
	guint number = 1;

	/* the first by itself, where it is also to tell whether KVM works */
	if (loop->shop->guests > 1 && loop->shop->kvm_unproven)
		if (!boot_one(loop, work, number++, folder, row, results, error))
			return false;
	if (loop->shop->guests > 1 && number < repeat) {
		lanes = lanes_new(loop->shop, work->built, work->after_build, loop->shop->guests,
				  loop->cancel);
		for (guint i = number; i <= repeat; i++) {
			g_autofree char *dir = try_folder(i);
			g_autofree char *path = g_build_filename(folder, dir, NULL);

			lanes_add(lanes, path);
		}
	}
	work->lanes = lanes;
	for (guint lane = 0; number <= repeat; number++, lane++) {
		work->lane = lane;
		if (!boot_one(loop, work, number, folder, row, results, error))
			return false;
	}
	return true;
}

/* That there is a kernel is all that is asked. */
static bool take_builds(const MatrixLoop *loop, MatrixRow *row, StepResult *built, GError **error)
{
	for (guint i = 0; i < row->n_cells; i++) {
		if (built[i].verdict != VERDICT_NONE)
			continue;
		built[i].verdict = VERDICT_GOOD;
		built[i].outcome = OUTCOME_PASSED;
		built[i].reason = g_strdup("it builds");
	}
	return take_tries(loop, row, 1, "", built, error);
}

static bool test_kernel(const MatrixLoop *loop, const MatrixKernel *kernel, StepFlags flags,
			MatrixRow *row, GError **error)
{
	guint n = loop->shop->cases->len;
	g_autofree StepResult *built = g_new0(StepResult, n);
	g_autofree StepResult *results = g_new0(StepResult, n);
	g_autofree char *folder = g_build_filename(run_folder(loop->run), row->folder, NULL);
	g_auto(Kernel) image = { 0 };
	Work work = { .loop = loop, .kernel = kernel, .built = &image, .folder = folder };
	bool ok;

	/* Several boots of each take an image, whatever is known of an equal kernel. */
	work.flags = flags | (loop->matrix->repeat > 1 ? STEP_FRESH : STEP_USUAL);
	ok = try_work(&work, do_build, row, built, error);
	work.after_build = built;
	ok = ok && (loop->matrix->repeat ? boot_all(loop, &work, row, results, error)
					 : take_builds(loop, row, built, error));
	ok = ok && step_done(loop->shop, flags, error);
	clear_results(built, n);
	clear_results(results, n);
	return ok;
}

static const char *folder_word(const MatrixKernel *kernel)
{
	if (kernel->revision)
		return kernel->revision;
	return kernel->source.kind == SOURCE_TREE ? "tree" : "kernel";
}

/* What an earlier part of this run found out about it; or NULL. */
static MatrixRow *past_row(const MatrixLoop *loop, const MatrixKernel *kernel, guint number,
			   char **ret_folder)
{
	g_autofree char *folder = NULL;
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autoptr(MatrixRow) row = NULL;

	if (!kernel->revision) /* a tree or a file may have changed */
		return NULL;
	json = run_step_done(loop->run, number, kernel->revision, &folder);
	if (!json)
		return NULL;
	reader = json_reader_new(json, folder, BOX_ERROR_HOST);
	json_reader_allow_unknown(reader);
	row = matrix_row_read(reader, loop->shop->cases->len);
	if (!json_reader_end(reader, NULL) || !g_str_equal(row->name, kernel->name) ||
	    g_strcmp0(row->revision, kernel->revision) != 0)
		return NULL;
	*ret_folder = g_steal_pointer(&folder);
	return g_steal_pointer(&row);
}

/* Without cells, but with a place for them; *ret_past as of past_row(). */
static MatrixRow *new_row(const MatrixLoop *loop, const MatrixKernel *kernel, MatrixRow **ret_past,
			  GError **error)
{
	guint number = loop->matrix->rows->len + 1;
	g_autoptr(MatrixRow) row = matrix_row_new(number, loop->shop->cases->len);

	row->name = g_strdup(kernel->name);
	row->revision = g_strdup(kernel->revision);
	row->subject = g_strdup(kernel->subject);
	*ret_past = past_row(loop, kernel, number, &row->folder);
	if (!*ret_past)
		row->folder = run_step_folder(loop->run, number, folder_word(kernel), error);
	return row->folder ? g_steal_pointer(&row) : NULL;
}

/* As if it had been tested now. */
static bool take_past(const MatrixLoop *loop, MatrixRow *past, MatrixRow *row, GError **error)
{
	MatrixCell *cells = row->cells;

	row->cells = past->cells;
	past->cells = cells;
	row->wall_ms = past->wall_ms;
	for (guint i = 0; row->revision && i < row->n_cells; i++) {
		const StepRecord step = { .revision = row->revision,
					  .folder = row->folder,
					  .result = row->cells[i].result };

		if (!resume_recall(loop->shop, &step, error))
			return false;
	}
	return true;
}

static bool finish_row(const MatrixLoop *loop, const MatrixRow *row, GError **error)
{
	g_autoptr(Json) json = matrix_row_json(loop->matrix, row);
	g_autofree char *name = g_build_filename(row->folder, "step.json", NULL);

	return run_write(loop->run, name, json, error);
}

static bool fill_row(const MatrixLoop *loop, const MatrixKernel *kernel, StepFlags flags,
		     MatrixRow *past, MatrixRow *row, GError **error)
{
	const MatrixEvents *events = &loop->events;
	gint64 start = g_get_monotonic_time();
	bool known;

	if (!past && events->begin)
		events->begin(row, events->user);
	known = events->known && events->known(kernel, row, events->user);
	if (!known && past)
		return take_past(loop, past, row, error);
	if (!known && !test_kernel(loop, kernel, flags, row, error))
		return false;
	row->wall_ms = (g_get_monotonic_time() - start) / 1000;
	return finish_row(loop, row, error);
}

bool matrix_test(MatrixLoop *loop, const MatrixKernel *kernel, StepFlags flags,
		 const MatrixRow **ret_row, GError **error)
{
	g_autoptr(MatrixRow) past = NULL;
	MatrixRow *row = new_row(loop, kernel, &past, error);

	if (!row)
		return false;
	g_ptr_array_add(loop->matrix->rows, row);
	if (!fill_row(loop, kernel, flags, past, row, error))
		return false;
	if (loop->events.end)
		loop->events.end(loop->matrix, row, loop->events.user);
	if (ret_row)
		*ret_row = row;
	return true;
}

static char **case_list(const Workshop *shop)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	for (guint i = 0; i < shop->cases->len; i++)
		g_strv_builder_add(names, ((const Case *)shop->cases->pdata[i])->name);
	return g_strv_builder_end(names);
}

MatrixLoop *matrix_begin(Workshop *shop, guint repeat, Run *run, const MatrixEvents *events,
			 GCancellable *cancel)
{
	g_auto(GStrv) cases = case_list(shop);
	MatrixLoop *loop = g_new0(MatrixLoop, 1);

	*loop = (MatrixLoop){ .shop = shop,
			      .run = run,
			      .events = *events,
			      .cancel = cancel,
			      .matrix = matrix_new(cases, repeat),
			      .start = g_get_monotonic_time() };
	return loop;
}

Matrix *matrix_end(MatrixLoop *loop, const GError *error)
{
	Matrix *matrix = loop->matrix;

	matrix->wall_ms = (g_get_monotonic_time() - loop->start) / 1000;
	if (error)
		matrix->trouble = g_strdup(error->message);
	g_free(loop);
	return matrix;
}

bool matrix_run(Workshop *shop, const GArray *kernels, guint repeat, Run *run,
		const MatrixEvents *events, GCancellable *cancel, Matrix **ret_matrix,
		GError **error)
{
	MatrixLoop *loop = matrix_begin(shop, repeat, run, events, cancel);
	bool ok = true;

	for (guint i = 0; ok && i < kernels->len; i++)
		ok = matrix_test(loop, &g_array_index(kernels, MatrixKernel, i), STEP_USUAL, NULL,
				 error);
	*ret_matrix = matrix_end(loop, ok || !error ? NULL : *error);
	return ok;
}
