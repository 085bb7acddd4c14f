/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fix and several branches: history first, then kernels with and without it. */
#include "loop/backport.h"

#include "repo/branch.h"
#include "repo/fixes.h"
#include "repo/picked.h"
#include "util/error.h"

/* One run; the arrays hold what kernels point at. */
typedef struct {
	const BackportSpec *spec;
	Backport *backport;
	GArray *fixes;    /* RepoId: what the fix names */
	GArray *later;    /* RepoId: what names the fix */
	GPtrArray *ids;   /* RepoId, one a kernel */
	GPtrArray *texts; /* char * */
	GArray *kernels;  /* MatrixKernel */
	GArray *places;   /* guint: of each kernel, row * 2, + 1 with the fix */
} Work;

static bool describe(const Work *work, RepoBranch *branch, const RepoId *id,
		     BackportCommit **ret_commit, GError **error)
{
	BranchAnswer answer;
	char *subject = NULL;
	BackportCommit *commit;

	if (!repo_branch_has(branch, id, &answer, error) ||
	    !repo_subject(work->spec->repo, id, &subject, error))
		return false;
	commit = g_new0(BackportCommit, 1);
	*commit = (BackportCommit){
		.id = g_strdup(id->hex),
		.subject = subject,
		.how = branch_how_name(answer.how),
		.as = answer.how != BRANCH_LACKS ? g_strdup(answer.id.hex) : NULL,
		.reverted = answer.reverted.hex[0] ? g_strdup(answer.reverted.hex) : NULL,
	};
	*ret_commit = commit;
	return true;
}

static bool describe_all(const Work *work, RepoBranch *branch, const GArray *ids,
			 GPtrArray *commits, GError **error)
{
	for (guint i = 0; i < ids->len; i++) {
		BackportCommit *commit = NULL;

		if (!describe(work, branch, &g_array_index(ids, RepoId, i), &commit, error))
			return false;
		g_ptr_array_add(commits, commit);
	}
	return true;
}

static void add_kernel(Work *work, const RepoId *id, char *name, char *subject, guint place)
{
	RepoId *own = g_new(RepoId, 1);
	MatrixKernel kernel;

	*own = *id;
	g_ptr_array_add(work->ids, own);
	g_ptr_array_add(work->texts, name);
	g_ptr_array_add(work->texts, subject);
	kernel = (MatrixKernel){ .source = { .kind = SOURCE_REVISION, .revision = own },
				 .name = name,
				 .revision = own->hex,
				 .subject = subject };
	g_array_append_val(work->kernels, kernel);
	g_array_append_val(work->places, place);
}

/* Its fix is applied also where the branch may be good without: nobody knows that yet. */
static bool add_kernels(Work *work, BackportRow *row, const RepoId *tip, guint number,
			GError **error)
{
	const BackportSpec *spec = work->spec;
	bool lacks = g_str_equal(row->fix->how, "no") || row->fix->reverted;
	char *subject = NULL;
	RepoId picked, trees[2];

	if (!repo_subject(spec->repo, tip, &subject, error))
		return false;
	add_kernel(work, tip, g_strdup(row->branch), subject, number * 2);
	if (!lacks)
		return true;
	if (!worktree_pick(spec->shop->tree, tip, &spec->fix, &picked, &row->conflicts, error))
		return false;
	if (row->conflicts)
		return true;
	if (!repo_tree_id(spec->repo, tip, &trees[0], error) ||
	    !repo_tree_id(spec->repo, &picked, &trees[1], error))
		return false;
	row->empty = g_str_equal(trees[0].hex, trees[1].hex);
	add_kernel(work, &picked, g_strconcat(row->branch, "+fix", NULL),
		   g_strdup_printf("%s: with the fix", row->branch), number * 2 + 1);
	return true;
}

static bool add_branch(Work *work, const char *name, GError **error)
{
	const BackportSpec *spec = work->spec;
	guint number = work->backport->rows->len;
	BackportRow *row = backport_row_new(name);
	g_autoptr(RepoBranch) branch = NULL;
	RepoId tip;

	g_ptr_array_add(work->backport->rows, row);
	if (!repo_resolve(spec->repo, name, &tip, error))
		return false;
	row->tip = g_strdup(tip.hex);
	return repo_branch_open(spec->repo, &tip, &spec->fix, &branch, error) &&
	       describe(work, branch, &spec->fix, &row->fix, error) &&
	       describe_all(work, branch, work->fixes, row->fixes, error) &&
	       describe_all(work, branch, work->later, row->later, error) &&
	       add_kernels(work, row, &tip, number, error);
}

/* A copy on another branch of one that is in the list is the same fix. */
static bool is_copy(const Work *work, const RepoId *id, const GArray *found)
{
	g_auto(RepoCommit) commit = { 0 };
	g_auto(GStrv) picked = NULL;

	if (!repo_commit(work->spec->repo, id, &commit, NULL))
		return false;
	picked = picked_ids(commit.message);
	for (char **name = picked; *name; name++)
		for (guint i = 0; i < found->len; i++)
			if (picked_match(*name, g_array_index(found, RepoFix, i).id.hex))
				return true;
	return false;
}

/* Of all that the repository has. */
static bool find_later(Work *work, GError **error)
{
	g_autoptr(GArray) broken = g_array_new(FALSE, FALSE, sizeof(RepoId));
	g_autoptr(GArray) found = NULL;

	g_array_append_vals(broken, &work->spec->fix, 1);
	if (!repo_fixes(work->spec->repo, broken, &found, error))
		return false;
	for (guint i = 0; i < found->len; i++) {
		const RepoFix *fix = &g_array_index(found, RepoFix, i);

		if (g_str_equal(fix->of.hex, work->spec->fix.hex) &&
		    !is_copy(work, &fix->id, found))
			g_array_append_val(work->later, fix->id);
	}
	return true;
}

static bool look(Work *work, GError **error)
{
	const BackportSpec *spec = work->spec;
	g_autoptr(GArray) parents = NULL;
	bool cut;

	if (!repo_parents(spec->repo, &spec->fix, &parents, &cut, error))
		return false;
	if (parents->len != 1)
		return error_usage(error,
				   "--fix %.12s: a commit with one parent is expected, this "
				   "has %u",
				   spec->fix.hex, parents->len);
	work->backport->fix = g_strdup(spec->fix.hex);
	if (!repo_subject(spec->repo, &spec->fix, &work->backport->subject, error) ||
	    !repo_said_fixes(spec->repo, &spec->fix, &work->fixes, &work->backport->unknown,
			     error) ||
	    !find_later(work, error))
		return false;
	for (const char *const *name = spec->branches; *name; name++)
		if (!add_branch(work, *name, error)) {
			g_prefix_error(error, "--onto %s: ", *name);
			return false;
		}
	return true;
}

static void take_rows(const Work *work)
{
	const GPtrArray *tested = work->backport->matrix->rows;

	for (guint i = 0; i < tested->len; i++) {
		guint place = g_array_index(work->places, guint, i);
		BackportRow *row = work->backport->rows->pdata[place / 2];

		*(place % 2 ? &row->with : &row->without) = tested->pdata[i];
	}
	backport_judge(work->backport);
}

bool backport_run(const BackportSpec *spec, GCancellable *cancel, Backport **ret_backport,
		  GError **error)
{
	g_autoptr(Backport) backport = backport_new();
	g_autoptr(GArray) later = g_array_new(FALSE, FALSE, sizeof(RepoId));
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) kernels = g_array_new(FALSE, FALSE, sizeof(MatrixKernel));
	g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint));
	Work work = { .spec = spec,
		      .backport = backport,
		      .later = later,
		      .ids = ids,
		      .texts = texts,
		      .kernels = kernels,
		      .places = places };
	bool ok = look(&work, error);

	if (work.fixes && !ok)
		g_array_unref(work.fixes);
	if (!ok)
		return false;
	g_array_unref(work.fixes);
	ok = matrix_run(spec->shop, kernels, 1, spec->run, &spec->events, cancel, &backport->matrix,
			error);
	take_rows(&work);
	*ret_backport = g_steal_pointer(&backport);
	return ok;
}
