/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules over a boot's console, answers and outputs. */
#include "step/evidence.h"

#include "guest/protocol.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/stamp.h"
#include "util/text.h"
#include "verdict/words.h"

#define SCHEMA "bisectbox.boot/1"
#define REASON_MAX 1000
#define CONSOLE_FILE_MAX ((gsize)64 << 20)

static const char *const endings[] = { "itself", "timeout", "flood", NULL };

/* A case says why in its own words (testcases/README.md). */
static void add_words(const Case *testcase, const char *out, const char *err, StepResult *result)
{
	g_autofree char *words = words_of_case(testcase->codes, out, err);
	g_autofree char *reason = NULL;

	if (!words || (result->outcome != OUTCOME_FAILED && result->outcome != OUTCOME_SKIPPED))
		return;
	reason = g_steal_pointer(&result->reason);
	result->reason = g_strdup_printf("%s: %s", reason, words);
}

/* It has words of the guest's, and goes into every record and report. */
static void clean_reason(StepResult *result)
{
	g_autofree char *reason = g_steal_pointer(&result->reason);

	result->reason = text_clean(reason, REASON_MAX);
}

void evidence_judge(const Console *console, GuestEnded ended, const Case *testcase, const char *out,
		    const char *err, StepResult *result)
{
	const JudgedCase judged = { testcase->name, testcase->judge, testcase->codes,
				    testcase->command[0] != NULL };
	const char *signature = console_signature_line(console);

	result->outcome = outcome_of(console, ended, &judged);
	result->verdict = verdict_of(testcase->judge, result->outcome, signature != NULL);
	if (testcase->judge == JUDGE_CRASH && signature)
		result->reason = g_strdup_printf("the console shows the signature: %s", signature);
	else
		result->reason = outcome_reason(console, result->outcome, &judged);
	add_words(testcase, out, err, result);
	clean_reason(result);
}

bool evidence_note(const char *folder, const BootTokens *tokens, const char *signature,
		   GuestEnded ended, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "boot.json", NULL);
	g_autoptr(Json) json = json_new_object();
	g_autofree char *text = NULL;

	json_add_string(json, "schema", SCHEMA);
	json_add_string(json, "token", tokens->answers);
	json_add_string(json, "boot_token", tokens->boot);
	json_add_string(json, "signature", signature);
	json_add_string(json, "ended", endings[ended]);
	json_add_bool(json, "stamped", true);
	text = json_text(json, true);
	return fs_put(path, text, -1, error);
}

/* boot.json, as far as the rules need it. */
typedef struct {
	char *token;
	char *boot_token;
	char *signature;
	GuestEnded ended;
	bool stamped;
} Note;

static void note_clear(Note *note)
{
	g_free(note->token);
	g_free(note->boot_token);
	g_free(note->signature);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Note, note_clear)

static bool read_note(const char *folder, Note *ret_note, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "boot.json", NULL);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;

	if (!fs_read(path, 1 << 16, &text, NULL, error) ||
	    !(json = json_parse(text, path, BOX_ERROR_HOST, error)))
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_HOST);
	json_reader_allow_unknown(reader);
	ret_note->token = json_string(reader, "token");
	ret_note->boot_token = json_string_or(reader, "boot_token", NULL);
	ret_note->signature = json_string_or_null(reader, "signature");
	ret_note->ended = (GuestEnded)json_choice_or(reader, "ended", endings, ENDED_BY_ITSELF);
	/* earlier ones were what the serial console had, byte for byte */
	ret_note->stamped = json_bool_or(reader, "stamped", false);
	return json_reader_end(reader, error);
}

/* What a case wrote, or NULL. */
static char *read_output(const char *folder, const Case *testcase, const char *name)
{
	g_autofree char *path = g_build_filename(folder, testcase->name, name, NULL);
	char *text = NULL;

	fs_read(path, PROTOCOL_OUTPUT_MAX, &text, NULL, NULL);
	return text;
}

static bool feed_console(const char *folder, bool stamped, Console *console, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "console.log", NULL);
	g_autofree char *text = NULL;
	gsize len = 0;

	if (!fs_read(path, CONSOLE_FILE_MAX, &text, &len, error))
		return false;
	if (stamped) {
		GString *plain = stamp_strip(text, len);

		console_feed(console, plain->str, plain->len);
		g_string_free(plain, TRUE);
	} else {
		console_feed(console, text, len);
	}
	console_end(console);
	return true;
}

static void feed_answers(const char *folder, Console *console)
{
	g_autofree char *path = g_build_filename(folder, "answer", NULL);
	g_autofree char *text = NULL;
	gsize len = 0;

	if (fs_read(path, CONSOLE_FILE_MAX, &text, &len, NULL))
		console_feed_answers(console, text, len);
}

bool evidence_judge_again(const char *folder, const Case *testcase, StepResult *result,
			  GError **error)
{
	g_autofree char *out = read_output(folder, testcase, "stdout");
	g_autofree char *err = read_output(folder, testcase, "stderr");
	g_autoptr(Console) console = NULL;
	g_auto(Note) note = { 0 };

	if (!read_note(folder, &note, error))
		return false;
	console = console_new(note.token, note.signature, error);
	if (console && note.boot_token)
		console_greet(console, note.boot_token);
	if (!console || !feed_console(folder, note.stamped, console, error))
		return false;
	feed_answers(folder, console);
	evidence_judge(console, note.ended, testcase, out, err, result);
	return true;
}
