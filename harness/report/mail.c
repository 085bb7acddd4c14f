/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as a report for the kernel's lists: headers, regzbot's line, evidence, how sure. */
#include "report/formats.h"

#include "report/linediff.h"
#include "report/mail_internal.h"
#include "report/report.h"
#include "util/error.h"
#include "util/stamp.h"
#include "util/text.h"

#include <string.h>

#define READ_MAX ((gsize)1 << 20)
#define LINES_SHOWN 24 /* of each output */
#define LINE_SHOWN 160 /* characters; a mail's line may have 998 bytes */
#define WIDTH 72
#define LIST "regressions@lists.linux.dev"
#define STABLE "stable@vger.kernel.org"

typedef struct {
	const Past *past;
	const RunResult *result;
	const MailFacts *facts;
	const StepRecord *old_step; /* what is compared; or NULL */
	const StepRecord *new_step;
	GString *out;
} Mail;

static void add(Mail *mail, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add(Mail *mail, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(mail->out, format, args);
	va_end(args);
}

/* One line that gives regzbot no commands: those are ours. */
static char *harmless(const char *text, glong max)
{
	g_autofree char *clean = text_clean(text, max);
	g_auto(GStrv) parts = g_strsplit(clean, "#regzbot", -1);

	return g_strjoinv("# regzbot", parts);
}

/* A paragraph, filled; words that are longer stand alone. */
static void add_filled(Mail *mail, const char *text)
{
	g_autofree char *clean = harmless(text, 0);
	g_auto(GStrv) words = g_strsplit(clean, " ", -1);
	glong at = 0;

	for (char **word = words; *word; word++) {
		glong len = g_utf8_strlen(*word, -1);

		if (at && at + 1 + len > WIDTH) {
			add(mail, "\n");
			at = 0;
		}
		add(mail, "%s%s", at ? " " : "", *word);
		at += len + (at ? 1 : 0);
	}
	add(mail, "\n");
}

/* ---- what is compared ---- */

static const StepRecord *last_step(const RunResult *result, Verdict state, const char *id)
{
	for (guint i = result->steps->len; i-- > 0;) {
		const StepRecord *step = result->steps->pdata[i];

		if (terms_state(&result->terms, step->result.verdict) == state &&
		    (!id || g_str_equal(step->revision, id)))
			return step;
	}
	return NULL;
}

/* The parent is what was tested right before or after the culprit's confirmation. */
static void choose_steps(Mail *mail)
{
	const RunResult *result = mail->result;

	if (result->culprit.id)
		mail->new_step = last_step(result, VERDICT_BAD, result->culprit.id);
	if (!mail->new_step)
		mail->new_step = last_step(result, VERDICT_BAD, NULL);
	for (guint i = result->steps->len; i-- > 0 && !mail->old_step;) {
		const StepRecord *step = result->steps->pdata[i];

		if (g_str_equal(step->why, "confirm") &&
		    terms_state(&result->terms, step->result.verdict) == VERDICT_GOOD)
			mail->old_step = step;
	}
	if (!mail->old_step)
		mail->old_step = last_step(result, VERDICT_GOOD, NULL);
}

/* ---- headers ---- */

/* Each address once, whoever says it. */
static void add_address(GString *list, GHashTable *seen, const char *text)
{
	g_autofree char *only = mail_only_address(text);
	g_autofree char *shown = mail_address(text);

	if (!only || !shown || !g_hash_table_add(seen, g_steal_pointer(&only)))
		return;
	g_string_append_printf(list, "%s%s", list->len ? ",\n\t" : "", shown);
}

static void add_headers(Mail *mail)
{
	const RunResult *result = mail->result;
	const MailFacts *facts = mail->facts;
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GString) to = g_string_new(NULL);
	g_autoptr(GString) cc = g_string_new(NULL);
	g_autofree char *question = past_question(mail->past);
	g_autofree char *about =
		result->culprit.id
			? g_strdup(result->culprit.subject)
			: g_strdup_printf("%s fails", mail->past->exec ? "a test" : question);
	g_autofree char *whole = g_strconcat("[REGRESSION] ", about, NULL);
	g_autofree char *subject = mail_words(whole);

	if (result->culprit.id)
		add_address(to, seen, result->culprit.author);
	if (!to->len)
		add_address(to, seen, LIST);
	for (const char *const *line = facts->signers; *line; line++)
		add_address(cc, seen, *line);
	for (const char *const *line = facts->maintainers; *line; line++)
		add_address(cc, seen, *line);
	add_address(cc, seen, LIST);
	if (facts->stable)
		add_address(cc, seen, STABLE);
	add(mail, "Subject: %s\nTo: %s\n", subject, to->str);
	if (cc->len)
		add(mail, "Cc: %s\n", cc->str);
	add(mail, "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
		  "Content-Transfer-Encoding: 8bit\n\n");
}

/* ---- the text ---- */

static const char *first_of(char **ids)
{
	return ids && ids[0] ? ids[0] : "";
}

/* "v6.1 (ID)", or the id alone; g_free() */
static char *end_text(const char *version, const char *id)
{
	return version && *id ? g_strdup_printf("%s (%.12s)", version, id)
			      : g_strdup_printf("%.12s", id);
}

static void add_opening(Mail *mail)
{
	const RunResult *result = mail->result;
	g_autofree char *question = past_question(mail->past);
	const char *reason = mail->new_step ? mail->new_step->result.reason : NULL;
	g_autofree char *good = end_text(mail->facts->old_version, first_of(mail->past->goods));
	g_autofree char *bad = end_text(mail->facts->new_version, first_of(mail->past->bads));
	g_autofree char *text = NULL;

	if (result->culprit.id)
		text = g_strdup_printf("since commit %.12s (\"%s\") %s fails%s%s.",
				       result->culprit.id, result->culprit.subject,
				       mail->past->exec ? "the command below" : question,
				       reason ? ": " : "", reason ? reason : "");
	else
		text = g_strdup_printf("%s fails%s%s. Which commit did it could not be told: %s.",
				       mail->past->exec ? "the command below" : question,
				       reason ? ": " : "", reason ? reason : "", result->reason);
	add(mail, "Hi,\n\n");
	add_filled(mail, text);
	if (result->culprit.id)
		add(mail, "\n#regzbot introduced: %s\n", result->culprit.id);
	else
		add(mail, "\n#regzbot introduced: %s..%s\n", first_of(mail->past->goods),
		    first_of(mail->past->bads));
	add(mail, "\nLast known good:  %s\nFirst seen bad:   %s\n", good, bad);
	for (guint i = 0; i < result->suspects->len; i++) {
		g_autofree char *clean = harmless(result->suspects->pdata[i], LINE_SHOWN);

		add(mail, "%s  %s\n", i ? "" : "\nIt is one of these:\n", clean);
	}
}

/* How often culprit and good revisions were tested from nothing. */
static void add_proof(Mail *mail)
{
	const RunResult *result = mail->result;
	guint bad = 0, good = 0;

	for (guint i = 0; i < result->steps->len; i++) {
		const StepRecord *step = result->steps->pdata[i];
		Verdict state = terms_state(&result->terms, step->result.verdict);

		if (!step->clean || !g_str_equal(step->why, "confirm"))
			continue;
		bad += state == VERDICT_BAD && g_str_equal(step->revision, result->culprit.id);
		good += state == VERDICT_GOOD;
	}
	if (bad && good) {
		g_autofree char *text = g_strdup_printf(
			"The commit and its parent%s were tested again after the bisection, each "
			"%s: "
			"%u time%s bad, %u time%s good.",
			good > 1 ? "s" : "",
			mail->past->exec ? "in a clean tree"
					 : "built from nothing with the same compiler and "
					   "configuration",
			bad, text_s(bad), good, text_s(good));

		add_filled(mail, text);
	}
}

static void add_doubt(Mail *mail)
{
	const RunResult *result = mail->result;
	const LeaderRecord *first = result->leaders->len ? result->leaders->pdata[0] : NULL;
	g_autofree char *text = NULL;

	if (!first)
		return;
	text = g_strdup_printf("It does not always show: in %.0f %% of the runs of bad kernels. "
			       "From %u tests this commit is the culprit with a probability of "
			       "%.4f %%.",
			       result->rate * 100, result->tests, first->probability * 100);
	add_filled(mail, text);
}

static void add_sureness(Mail *mail)
{
	const RunResult *result = mail->result;
	g_autofree char *revert = report_revert(result);

	add(mail, "\nHow sure this is\n----------------\n");
	if (result->culprit.id)
		add_proof(mail);
	add_doubt(mail);
	if (result->status != RUN_FOUND && result->culprit.id && result->reason)
		add_filled(mail, result->reason);
	if (result->finding)
		add_filled(mail, result->finding);
	if (revert)
		add_filled(mail, revert);
	else if (result->culprit.id)
		add(mail, "Whether reverting it mends it was not tried.\n");
	for (guint i = 0; i < result->patches->len; i++) {
		g_autofree char *clean = harmless(result->patches->pdata[i], LINE_SHOWN);

		add(mail, "%s  %s\n", i ? "" : "With these later fixes applied on both sides:\n",
		    clean);
	}
	add(mail, "%u test%s, over %u commits.\n", result->steps->len, text_s(result->steps->len),
	    result->commits);
}

/* ---- evidence ---- */

static void add_line(Mail *mail, const char *mark, const char *line)
{
	g_autofree char *clean = harmless(line, LINE_SHOWN);

	g_strchomp(clean);
	add(mail, "  %s%s\n", mark, clean);
}

static char **read_lines(const Past *past, const char *place, const char *name)
{
	gsize len = 0;
	g_autofree char *data = past_file(past, place, name, READ_MAX, &len, NULL);
	g_autofree char *valid = data ? g_utf8_make_valid(data, (gssize)len) : NULL;

	return g_strsplit(valid ? g_strchomp(valid) : "", "\n", -1);
}

/* The last lines of one output. */
static void add_output(Mail *mail, const char *place, const char *name)
{
	g_auto(GStrv) lines = read_lines(mail->past, place, name);
	guint n = g_strv_length(lines);

	if (!n)
		return;
	add(mail, "\n  %s:\n", name);
	for (guint i = n > LINES_SHOWN ? n - LINES_SHOWN : 0; i < n; i++)
		add_line(mail, "  ", lines[i]);
}

static void add_side(Mail *mail, const StepRecord *step)
{
	g_autofree char *boot = NULL;
	g_autofree char *place = NULL;
	g_autofree char *subject = harmless(step->subject, 0);
	g_autofree char *head =
		g_strdup_printf("%s, %.12s (\"%s\")", step->word, step->revision, subject);

	past_places(mail->past, step->folder, &step->result, &boot, &place);
	add(mail, "\n");
	add_filled(mail, head);
	if (step->result.reason)
		add_line(mail, "", step->result.reason);
	add_output(mail, place, "stdout");
	add_output(mail, place, "stderr");
}

static char **keys_of(char **lines)
{
	guint n = g_strv_length(lines);
	char **keys = g_new0(char *, n + 1);

	for (guint i = 0; i < n; i++)
		keys[i] = line_console_key(lines[i]);
	return keys;
}

/* What the consoles differ in, as a diff's lines. */
static void add_consoles(Mail *mail)
{
	const StepRecord *steps[] = { mail->old_step, mail->new_step };
	char **lines[2], **keys[2];
	g_autoptr(GArray) pairs = NULL;
	guint shown = 0;

	for (guint i = 0; i < 2; i++) {
		g_autofree char *boot = NULL;
		g_autofree char *place = NULL;

		past_places(mail->past, steps[i]->folder, &steps[i]->result, &boot, &place);
		lines[i] = read_lines(mail->past, boot, "console.log");
		keys[i] = keys_of(lines[i]);
	}
	pairs = line_diff((const char *const *)keys[0], (const char *const *)keys[1]);
	for (guint i = 0; i < pairs->len && shown < LINES_SHOWN; i++) {
		const LinePair *pair = &g_array_index(pairs, LinePair, i);

		if (pair->same)
			continue;
		if (!shown++)
			add(mail,
			    "\nWhat the consoles differ in, but for times and addresses "
			    "(-%s +%s):\n\n",
			    mail->old_step->word, mail->new_step->word);
		if (pair->left != G_MAXUINT)
			add_line(mail, "-", stamp_skip(lines[0][pair->left]));
		if (pair->right != G_MAXUINT)
			add_line(mail, "+", stamp_skip(lines[1][pair->right]));
	}
	for (guint i = 0; i < 2; i++) {
		g_strfreev(lines[i]);
		g_strfreev(keys[i]);
	}
}

static void add_evidence(Mail *mail)
{
	if (!mail->old_step && !mail->new_step)
		return;
	add(mail, "\nEvidence\n--------\n");
	if (mail->new_step)
		add_side(mail, mail->new_step);
	if (mail->old_step)
		add_side(mail, mail->old_step);
	if (mail->old_step && mail->new_step)
		add_consoles(mail);
}

/* ---- how to see it ---- */

static void add_fact(Mail *mail, const char *name, const char *value)
{
	g_autofree char *clean = harmless(value, 0);

	if (value)
		add(mail, "  %-9s%s\n", name, clean);
}

static void add_setup(Mail *mail)
{
	const Past *past = mail->past;
	g_autofree char *command = past_command(past);

	add(mail, "\nHow to see it\n-------------\n");
	add_fact(mail, "command", command);
	add_fact(mail, "compiler", mail->new_step ? mail->new_step->result.compiler : NULL);
	add_fact(mail, "machine", past->machine);
	add_fact(mail, "append", past->append);
	add_fact(mail, "version", past->version);
}

/* Only what is set: the rest follows from allnoconfig. */
static void add_config(Mail *mail)
{
	g_auto(GStrv) lines = NULL;

	if (!mail->new_step)
		return;
	lines = read_lines(mail->past,
			   mail->new_step->result.same_as ? mail->new_step->result.same_as
							  : mail->new_step->folder,
			   "config");
	if (!*lines)
		return;
	add(mail, "\nConfiguration of the bad kernel, what is set in it\n"
		  "--------------------------------------------------\n");
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "CONFIG_"))
			add_line(mail, "", *line);
}

static void add_people(Mail *mail)
{
	const MailFacts *facts = mail->facts;

	if (facts->why_none) {
		g_autofree char *text =
			g_strdup_printf("No maintainers could be named: %s.", facts->why_none);

		add(mail, "\n");
		add_filled(mail, text);
		return;
	}
	if (!*facts->maintainers)
		return;
	add(mail, "\nWhom scripts/get_maintainer.pl names for that commit:\n");
	for (const char *const *line = facts->maintainers; *line; line++)
		add_line(mail, "", *line);
}

static bool check(const Past *past, GError **error)
{
	const RunResult *result = past->result;

	if (!result || past->kind != PAST_RUN)
		return error_usage(error, "%s: a mail is about what `bisectbox run` found",
				   past->folder);
	if (result->terms.find_fix)
		return error_usage(error, "%s looked for a fix: there is no regression to report",
				   past->folder);
	if (result->culprit.id || (result->suspects->len && past->goods[0] && past->bads[0]))
		return true;
	return error_usage(error, "%s has no regression to report: %s", past->folder,
			   result->reason ? result->reason : "it has no answer");
}

bool report_mail(const Past *past, const MailFacts *facts, char **ret_mail, GError **error)
{
	Mail mail = { .past = past, .result = past->result, .facts = facts };

	if (!check(past, error))
		return false;
	mail.out = g_string_new(NULL);
	choose_steps(&mail);
	add_headers(&mail);
	add_opening(&mail);
	add_sureness(&mail);
	add_evidence(&mail);
	add_setup(&mail);
	add_people(&mail);
	add_config(&mail);
	*ret_mail = g_string_free(mail.out, FALSE);
	return true;
}
