/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox run: the main job. */
#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/run_job.h"
#include "cmd/run_options.h"
#include "cmd/run_survey.h"
#include "cmd/session.h"
#include "cmd/touched.h"
#include "loop/boundary.h"
#include "loop/driver.h"
#include "loop/resume.h"
#include "loop/revert.h"
#include "report/report.h"
#include "revision/relevance.h"
#include "step/ahead.h"
#include "step/step_exec.h"
#include "step/workshop.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <stdio.h>
#include <string.h>

/* What each commit changes is looked at once no more candidates than these are left: a thousand
 * take some tenths of a second. */
#define WORK_MAX 20000

/* One run, from the words to the report. */
typedef struct {
	RunOptions options;
	SearchDoubt doubt;
	Touched *touched; /* with --prior touched */
	GCancellable *cancel;
	Live *live;
	Repo *repo;
	Question question;
	Session *session;  /* with --continue */
	char **told;       /* and its verdicts */
	RunRecord *record; /* of a run that is gone on with */
	bool explicit;     /* because `bisectbox resume` says so */
	char *asked;       /* hash of the question */
	char **depends;    /* what verdicts hang on */
	InquirySpec spec;
	Inquiry *inquiry;
	RunResult *result;
	Relevance *relevance; /* with --case */
	GHashTable *ready;    /* with --case: id (char *) -> whether its kernel is there */
	Workshop *shop;       /* with --case */
	Ahead *ahead;         /* with --speculate on */
	Worktree *exec_tree;  /* with --exec */
	Worktree *exec_clean;
	Run *run;
} Job;

static void job_clear(Job *job)
{
	g_clear_pointer(&job->touched, touched_free);
	g_clear_pointer(&job->live, live_free);
	g_clear_pointer(&job->ahead, ahead_free);
	g_clear_pointer(&job->shop, workshop_close);
	g_clear_pointer(&job->exec_tree, worktree_close);
	g_clear_pointer(&job->exec_clean, worktree_close);
	g_clear_pointer(&job->run, run_close);
	g_clear_pointer(&job->inquiry, inquiry_free);
	g_clear_pointer(&job->session, session_free);
	g_clear_pointer(&job->told, g_strfreev);
	g_clear_pointer(&job->asked, g_free);
	g_clear_pointer(&job->depends, g_strfreev);
	g_clear_pointer(&job->relevance, relevance_free);
	g_clear_pointer(&job->ready, g_hash_table_unref);
	g_clear_pointer(&job->result, run_result_free);
	g_clear_pointer(&job->repo, repo_close);
	question_clear(&job->question);
	run_options_clear(&job->options);
	g_clear_pointer(&job->record, run_record_free); /* the words are its */
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static void on_begin(const StepRecord *step, guint left, void *user)
{
	live_begin(((Job *)user)->live, step, left);
}

/* A bad kernel's own words say where to look. */
static void read_traces(Job *job, const StepRecord *step)
{
	g_autofree char *folder = g_build_filename(run_folder(job->run), step->folder, NULL);

	if (job->touched && step->result.verdict == VERDICT_BAD)
		touched_read_folder(job->touched, folder);
}

static void on_end(const StepRecord *step, void *user)
{
	live_end(((Job *)user)->live, step);
	read_traces(user, step);
}

static double relevance(const RepoId *id, void *user)
{
	return touched_weight(((Job *)user)->touched, id);
}

static void on_note(const char *text, void *user)
{
	live_event(((Job *)user)->live, "%s", text);
}

static StepFlags build_flags(const InquiryStep *step)
{
	return step->clean ? STEP_CLEAN : STEP_USUAL;
}

/* A guest is about to run: time to build what comes after it. */
static void build_ahead(void *user)
{
	Job *job = user;
	InquiryStep next;

	if (inquiry_foresee(job->inquiry, &next))
		ahead_begin(job->ahead, &next.id, build_flags(&next));
}

/* A kernel that is asked again is there: what is being built meanwhile may go on. */
static bool take_ahead(Job *job, const InquiryStep *step, GCancellable *cancel, GError **error)
{
	bool built;

	if (!job->ahead || g_str_equal(step->why, "again"))
		return true;
	if (!ahead_settle(job->ahead, &step->id, build_flags(step), cancel, &built, error))
		return false;
	if (built && job->options.guest.verbose)
		live_event(job->live, "%.12s was built ahead", step->id.hex);
	return true;
}

static bool test_case(const InquiryStep *step, const char *folder, GCancellable *cancel,
		      StepResult *ret_result, void *user, GError **error)
{
	StepFlags flags =
		build_flags(step) | (step->clean || step->fresh ? STEP_FRESH : STEP_USUAL);

	return take_ahead(user, step, cancel, error) &&
	       step_run(((Job *)user)->shop, &step->id, flags, folder, cancel, ret_result, error);
}

static bool test_exec(const InquiryStep *step, const char *folder, GCancellable *cancel,
		      StepResult *ret_result, void *user, GError **error)
{
	Job *job = user;

	return step_exec(step->clean ? job->exec_clean : job->exec_tree, job->options.exec,
			 &step->id, folder, cancel, ret_result, error);
}

static bool merge(const RepoId *a, const RepoId *b, RepoId *ret_id, bool *ret_conflict, void *user,
		  GError **error)
{
	Job *job = user;

	return worktree_merge(job->shop ? job->shop->tree : job->exec_tree, a, b, ret_id,
			      ret_conflict, error);
}

static bool apply(const RepoId *onto, const RepoId *patches, guint n_patches, RepoId *ret_id,
		  bool *ret_conflict, void *user, GError **error)
{
	Job *job = user;

	return worktree_apply(job->shop ? job->shop->tree : job->exec_tree, onto, patches,
			      n_patches, ret_id, ret_conflict, error);
}

static bool same(const RepoId *a, const RepoId *b, void *user)
{
	return relevance_same(((Job *)user)->relevance, a, b);
}

static bool matters(const RepoId *id, void *user)
{
	return relevance_matters(((Job *)user)->relevance, id);
}

static double work(const RepoId *id, void *user)
{
	return relevance_work(((Job *)user)->relevance, id);
}

/* A compiler is asked who it is: once for each revision whose kernel may be there. */
static bool ready(const RepoId *id, void *user)
{
	Job *job = user;
	gpointer known;

	if (!job->shop)
		return false;
	if (!g_hash_table_lookup_extended(job->ready, id->hex, NULL, &known)) {
		known = GINT_TO_POINTER(step_ready(job->shop, id));
		g_hash_table_insert(job->ready, g_strdup(id->hex), known);
	}
	return GPOINTER_TO_INT(known);
}

/* What an --exec command does with a revision is its own affair: all of it may matter. */
static void weigh_kernels(Job *job)
{
	if (job->options.exec)
		return;
	job->relevance = relevance_new(job->repo);
	if (job->spec.first_parent)
		relevance_first_parent(job->relevance);
	job->spec.same = same;
	job->spec.matters = matters;
	job->ready = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	job->spec.work = work;
	job->spec.ready = ready;
	job->spec.work_max = WORK_MAX;
}

static void take_skips(Job *job)
{
	for (guint i = 0; i < job->question.skips->len; i++) {
		const RepoId *id = &g_array_index(job->question.skips, RepoId, i);

		inquiry_skip(job->inquiry, id);
		g_ptr_array_add(job->result->skips, g_strdup(id->hex));
	}
}

/* The base is the older end, the whole series the newer one. */
static bool plant_quilt(Job *job, GError **error)
{
	SearchOptions *search = &job->options.search;
	QuiltOptions *quilt = &job->options.quilt;
	const char *repo = g_str_equal(search->repo, ".") ? NULL : search->repo;

	if (!quilt->folder)
		return true;
	if (!quilt_options_plant(quilt, repo, job->live, job->cancel, error))
		return false;
	search->repo = quilt->commits.path;
	g_ptr_array_add(search->find_fix ? search->bads : search->goods, quilt->commits.base.hex);
	g_ptr_array_add(search->find_fix ? search->goods : search->bads, quilt->commits.tip.hex);
	return true;
}

/* What is gone on with has its commits already: names may mean others by now. */
static bool ask_words(Job *job, GError **error)
{
	const SearchOptions *options = &job->options.search;

	if (!plant_quilt(job, error) || !repo_open(options->repo, &job->repo, error))
		return false;
	if (job->record) {
		job->question = job->record->question;
		memset(&job->record->question, 0, sizeof(job->record->question));
		job->told = g_strdupv(job->record->told);
		return true;
	}
	if (!job->options.go_on) {
		job->told = g_new0(char *, 1);
		return question_ask(options, job->repo, &job->question, error);
	}
	if (!session_load(job->repo, &job->session, error) ||
	    !session_question(job->session, options, &job->question, error))
		return false;
	job->told = session_told(job->session);
	return true;
}

/* The revisions that the user named; what is wrong with them is said before any boot. */
static bool ask(Job *job, GError **error)
{
	if (!ask_words(job, error))
		return false;
	job->spec = question_spec(&job->question, job->repo);
	job->spec.trust_ends = job->options.trust_ends;
	job->spec.doubt =
		doubt_options_take(&job->options.doubt, job->options.search.find_fix, &job->doubt);
	job->spec.price = job->options.testcase != NULL; /* kernels: what is near is built sooner */
	if (job->options.touched) {
		job->touched = touched_new(job->repo);
		job->spec.relevance = relevance;
	}
	job->spec.merge = merge;
	job->spec.apply = job->options.repair ? apply : NULL;
	job->spec.offer_repair = true;
	job->spec.user = job;
	weigh_kernels(job);
	job->result = run_result_new(&job->question.terms);
	if (!inquiry_new(&job->spec, &job->inquiry, error))
		return false;
	take_skips(job);
	return session_tell((const char *const *)job->told, job->inquiry, job->result, error);
}

static bool open_exec(Job *job, GError **error)
{
	g_autofree char *trees = paths_cache("trees");

	return fs_mkdir(trees, error) &&
	       worktree_open(job->repo, trees, WORKTREE_KEEP_UNTRACKED, &job->exec_tree, error) &&
	       worktree_open(job->repo, trees, WORKTREE_CLEAN, &job->exec_clean, error);
}

static bool open_case(Job *job, GError **error)
{
	const char *cases[] = { job->options.testcase, NULL };

	job->options.guest.guests = job->options.doubt.guests;
	job->options.guest.ask_again = job->options.doubt.noise || job->options.doubt.repeat > 1;
	if (!guest_options_open(&job->options.guest, cases, job->options.signature, job->repo,
				false, job->live, job->cancel, &job->shop, error))
		return false;
	job->shop->relevance = job->relevance;
	if (!job->options.speculate || job->options.guest.no_cache)
		return true;
	job->shop->before_boot = build_ahead;
	job->shop->boot_user = job;
	return ahead_new(job->shop, job->shop->jobs > 1 ? job->shop->jobs - 1 : 1, &job->ahead,
			 error);
}

/* run.json: what was asked, so that the run can be understood, done again, and gone on with. */
static bool write_question(Job *job, int argc, char **argv, GError **error)
{
	g_autoptr(Json) json = json_new_object();

	cmd_describe(json, "bisectbox.question/1", argc, argv);
	json_add_string(json, "repository", repo_path(job->repo));
	question_describe(&job->question, json);
	json_add_string(json, "continues", job->session ? session_folder(job->session) : NULL);
	if (job->shop)
		json_add(json, "workshop", workshop_describe(job->shop));
	else
		json_add_string(json, "exec", job->options.exec);
	run_record_describe(json, job->asked, (const char *const *)job->told,
			    (const char *const *)job->depends);
	return run_write(job->run, "run.json", json, error);
}

/* An unfinished run over the same question, where nothing that its verdicts hang on has changed. */
static void look_for_unfinished(Job *job, const char *results)
{
	g_autoptr(RunRecord) record = run_record_find(results, job->asked);
	g_autofree char *changed = NULL;

	if (!record)
		return;
	changed = run_record_changed(record, (const char *const *)job->depends);
	if (changed)
		live_event(job->live, "not going on with %s: %s", record->folder, changed);
	else
		job->record = g_steal_pointer(&record);
}

static bool open_run(Job *job, int argc, char **argv, GError **error)
{
	g_autofree char *standard = paths_results();
	const char *results = job->options.guest.results ? job->options.guest.results : standard;
	const char *what = job->shop ? ((const Case *)job->shop->cases->pdata[0])->name : "exec";
	const char *testcase = job->shop ? what : NULL;

	job->asked = run_record_asked(&job->options, testcase, &job->question, job->repo,
				      (const char *const *)job->told);
	job->depends = run_record_depends(job->shop);
	if (job->record &&
	    !run_record_check(job->record, job->asked, (const char *const *)job->depends, error))
		return false;
	if (!job->record && !job->options.fresh)
		look_for_unfinished(job, results);
	if (job->record) {
		job->run = g_steal_pointer(&job->record->run);
		return true;
	}
	return run_create(results, what, &job->run, error) &&
	       write_question(job, argc, argv, error);
}

static bool write_report(Job *job, const RunResult *result, GError **error)
{
	const char *folder = run_folder(job->run);
	g_autoptr(Json) json = report_json(result, folder);
	g_autofree char *path = g_build_filename(folder, "report.txt", NULL);
	g_autofree char *text = report_text(result, folder);

	return run_write(job->run, "result.json", json, error) && fs_write(path, text, -1, error);
}

static void print_report(Job *job, const RunResult *result)
{
	const char *folder = run_folder(job->run);

	g_clear_pointer(&job->live, live_free);
	if (job->options.guest.json) {
		g_autoptr(Json) json = report_json(result, folder);
		g_autofree char *text = json_text(json, false);

		puts(text);
	} else {
		g_autofree char *text = report_text(result, folder);

		putchar('\n');
		cmd_print(stdout, text);
	}
}

static bool prepare(Job *job, int argc, char **argv, GError **error)
{
	return ask(job, error) &&
	       (job->options.exec ? open_exec(job, error) : open_case(job, error)) &&
	       open_run(job, argc, argv, error);
}

/* What names files before anything has run: the case, or the command. */
static void read_question(Job *job)
{
	if (!job->touched)
		return;
	if (job->options.exec)
		touched_read(job->touched, job->options.exec);
	else
		touched_read_folder(job->touched,
				    ((const Case *)job->shop->cases->pdata[0])->folder);
}

static bool take_up(const StepRecord *step, void *user, GError **error)
{
	Job *job = user;

	read_traces(job, step);
	live_took(job->live, step);
	return !job->shop || resume_recall(job->shop, step, error);
}

/* What was done before the interruption; of a new run, nothing. */
static bool resume(Job *job, const DriverSpec *spec, GError **error)
{
	g_autoptr(GPtrArray) steps = NULL;
	g_autofree char *damage = NULL;
	const StepRecord *last;
	guint n;

	if (!job->record)
		return true;
	if (!run_mend(job->run, error) ||
	    !run_read_steps(run_folder(job->run), &steps, &damage, error))
		return false;
	n = steps->len;
	last = n ? steps->pdata[n - 1] : NULL;
	live_event(job->live, "going on with %s: %u step%s done already%s", run_folder(job->run), n,
		   n == 1 ? " is" : "s are", job->explicit ? "" : " (--fresh begins anew)");
	if (damage)
		live_event(job->live, "%s/journal.jsonl: %s: damaged, and counts as never answered",
			   run_folder(job->run), damage);
	return run_clear_steps(job->run, last ? last->number : 0, error) &&
	       resume_steps(spec, steps, take_up, job, error);
}

static bool drive(Job *job, GError **error)
{
	DriverSpec spec = {
		.repo = job->repo,
		.inquiry = job->inquiry,
		.result = job->result,
		.run = job->run,
		.test = job->shop ? test_case : test_exec,
		.user = job,
		.events = { on_begin, on_end, on_note, job },
	};

	const RevertSpec revert = {
		.driver = &spec,
		.tree = job->shop ? job->shop->tree : job->exec_tree,
		.onto = &job->question.bad,
		.confidence = job->options.doubt.confidence,
	};

	return resume(job, &spec, error) && driver_run(&spec, job->cancel, error) &&
	       (!job->shop || boundary_check(&spec, job->shop, job->cancel, error)) &&
	       (!job->options.verify_revert || revert_check(&revert, job->cancel, error));
}

static int run_job(Job *job, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	bool ok;

	job->live = live_new(job->options.guest.verbose);
	if (!prepare(job, argc, argv, &error)) {
		g_clear_pointer(&job->live, live_free);
		return cmd_error(error);
	}
	live_record(job->live, run_folder(job->run));
	read_question(job);
	ok = drive(job, &error);
	if (!run_survey(job->inquiry, job->repo, job->relevance, job->run, job->result, job->live,
			ok ? &error : NULL))
		ok = false;
	if (!write_report(job, job->result, ok ? &error : NULL))
		ok = false;
	print_report(job, job->result);
	if (!ok)
		return cmd_error(error);
	return job->result->status == RUN_FOUND ? EXIT_GOOD : EXIT_INCONCLUSIVE;
}

int run_go_on(RunRecord *record, bool json, bool verbose, GCancellable *cancel)
{
	char **argv = record->command;
	g_auto(Job) job = { .cancel = cancel, .record = record, .explicit = true };

	job.options = run_options_parse((int)g_strv_length(argv), argv, PARSE_EXACT, NULL);
	job.options.guest.json |= json;
	job.options.guest.verbose |= verbose;
	return run_job(&job, (int)g_strv_length(argv), argv);
}

int cmd_run(int argc, char **argv, GCancellable *cancel)
{
	g_autofree char **words = NULL;
	g_auto(Job) job = { .options = run_options_parse(argc, argv, PARSE_USUAL, &words),
			    .cancel = cancel };

	return run_job(&job, (int)g_strv_length(words), words);
}
