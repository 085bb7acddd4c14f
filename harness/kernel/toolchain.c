/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding compilers, and choosing one for a tree. */
#include "kernel/toolchain.h"

#include "kernel/bfdplugin.h"
#include "kernel/era.h"
#include "kernel/makewords.h"
#include "kernel/version.h"
#include "util/error.h"
#include "util/process.h"

#include <glib/gstdio.h>
#include <string.h>

#define CC_TIMEOUT_S 20

/* A compiler that may be taken. */
typedef struct {
	Version since; /* --cc VERSION:CC; parts is 0 without */
	unsigned gcc;  /* major version by its name; 0: not known by that */
	char *cc;
	char *prefix;     /* CROSS_COMPILE that goes with it, or NULL */
	Toolchain *chain; /* once it was looked at */
} Candidate;

struct Toolchains {
	GPtrArray *candidates; /* Candidate, those by name newest first */
	char **words;
	bool chosen; /* by the user: what fits is no question */
	GMutex lock; /* of what is found out about candidates */
};

static void chain_free(Toolchain *chain)
{
	if (!chain)
		return;
	g_free(chain->cc);
	g_strfreev(chain->tools);
	g_strfreev(chain->words);
	g_free(chain->text);
	g_free(chain->key);
	g_free(chain);
}

static void candidate_free(gpointer data)
{
	Candidate *candidate = data;

	chain_free(candidate->chain);
	g_free(candidate->cc);
	g_free(candidate->prefix);
	g_free(candidate);
}

void toolchains_free(Toolchains *chains)
{
	if (!chains)
		return;
	g_ptr_array_unref(chains->candidates);
	g_strfreev(chains->words);
	g_mutex_clear(&chains->lock);
	g_free(chains);
}

static Candidate *add_candidate(Toolchains *chains, const char *cc, unsigned gcc)
{
	Candidate *candidate = g_new0(Candidate, 1);

	candidate->cc = g_strdup(cc);
	candidate->gcc = gcc;
	g_ptr_array_add(chains->candidates, candidate);
	return candidate;
}

static int newest_first(gconstpointer a, gconstpointer b)
{
	unsigned x = (*(const Candidate *const *)a)->gcc;
	unsigned y = (*(const Candidate *const *)b)->gcc;

	return (x < y) - (x > y);
}

/* The major version in "gcc-12" or "gcc-4.9"; 0 for other names. */
static unsigned named_version(const char *name, const char *prefix)
{
	const char *digits = g_str_has_prefix(name, prefix) ? name + strlen(prefix) : "";

	if (!g_ascii_isdigit(*digits) || digits[strspn(digits, "0123456789.")])
		return 0;
	return (unsigned)g_ascii_strtoull(digits, NULL, 10);
}

/* ---- looking at one ---- */

static bool run_cc(const char *const *argv, const char *input, ProcessEnd *ret_end, GError **error)
{
	ProcessSpec spec = { .argv = argv, .input = input, .timeout_s = CC_TIMEOUT_S };

	return process_run(&spec, NULL, ret_end, error);
}

static bool first_line_of(const char *program, char **ret_line, GError **error)
{
	const char *argv[] = { program, "--version", NULL };
	g_auto(ProcessEnd) end = { 0 };

	if (!run_cc(argv, NULL, &end, error))
		return false;
	if (end.status != 0)
		return error_host(error, "%s --version fails", program);
	*ret_line = g_strndup(end.out, strcspn(end.out, "\n"));
	return true;
}

/* Tried on one line of C: many a program has --version. */
static bool check_compiles(const char *cc, GError **error)
{
	const char *argv[] = { cc, "-S", "-x", "c", "-o", "-", "-", NULL };
	g_auto(ProcessEnd) end = { 0 };

	if (!run_cc(argv, "int bisectbox_asks;\n", &end, error))
		return false;
	if (end.status != 0 || !strstr(end.out, "bisectbox_asks"))
		return error_usage(error, "%s is no C compiler: it cannot compile one line", cc);
	return true;
}

/* A program of the same name and version may still be another one. */
static void add_program(GString *text, const char *program)
{
	g_autofree char *path = g_find_program_in_path(program);
	GStatBuf st = { 0 };

	if (path)
		g_stat(path, &st);
	g_string_append_printf(text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
			       path ? path : program, (gint64)st.st_size, (gint64)st.st_mtime);
}

static void add_words(GString *text, char **words)
{
	for (; *words; words++)
		g_string_append_printf(text, "%s\n", *words);
}

static char *make_key(const Toolchain *chain, const char *ld)
{
	g_autoptr(GString) all = g_string_new(chain->text);

	g_string_append_c(all, '\n');
	add_program(all, chain->cc);
	add_program(all, ld);
	add_words(all, chain->words);
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all->str, -1);
}

static char **all_words(const Toolchains *chains, const Candidate *candidate)
{
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();
	g_autofree char *prefix =
		g_strconcat("CROSS_COMPILE=", candidate->prefix ? candidate->prefix : "", NULL);

	if (candidate->prefix)
		g_strv_builder_add(words, prefix);
	g_strv_builder_addv(words, (const char **)chains->words);
	return g_strv_builder_end(words);
}

static bool look_at(const Toolchains *chains, Candidate *candidate, GError **error)
{
	g_autofree Toolchain *chain = g_new0(Toolchain, 1);
	g_auto(GStrv) words = all_words(chains, candidate);
	const char *const *given = (const char *const *)words;
	const char *own_ld = makewords_value(given, "LD");
	g_autofree char *ld = own_ld ? g_strdup(own_ld) : makewords_tool(given, "ld", "ld.lld");
	g_autofree char *joined = g_strjoinv(" ", words);
	g_autofree char *cc_line = NULL;
	g_autofree char *ld_line = NULL;

	if (!check_compiles(candidate->cc, error) ||
	    !first_line_of(candidate->cc, &cc_line, error) || !first_line_of(ld, &ld_line, error))
		return false;
	chain->cc = g_strdup(candidate->cc);
	chain->text = g_strconcat(cc_line, ", ", ld_line, *joined ? ", " : "", joined, NULL);
	chain->tools = bfdplugin_words(chain->cc, given);
	chain->words = g_steal_pointer(&words);
	chain->key = make_key(chain, ld);
	candidate->chain = g_steal_pointer(&chain);
	return true;
}

/* ---- finding them ---- */

/* gcc-N, of all folders in PATH. */
static void find_named(Toolchains *chains)
{
	g_auto(GStrv) folders = g_strsplit(g_getenv("PATH") ? g_getenv("PATH") : "", ":", -1);
	g_autoptr(GPtrArray) found = g_ptr_array_new();

	for (char **folder = folders; *folder; folder++) {
		g_autoptr(GDir) dir = g_dir_open(*folder, 0, NULL);
		const char *name;

		while (dir && (name = g_dir_read_name(dir))) {
			unsigned gcc = named_version(name, "gcc-");

			if (gcc && !g_ptr_array_find_with_equal_func(found, GUINT_TO_POINTER(gcc),
								     g_direct_equal, NULL)) {
				g_ptr_array_add(found, GUINT_TO_POINTER(gcc));
				add_candidate(chains, name, gcc);
			}
		}
	}
	g_ptr_array_sort(chains->candidates, newest_first);
}

/* DIR/gcc-13.2.0-nolibc/x86_64-linux/bin/x86_64-linux-gcc */
static bool find_in_folder(Toolchains *chains, const char *folder, GError **error)
{
	g_autofree char *target = makewords_target((const char *const *)chains->words);
	g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
	g_autoptr(GDir) dir = g_dir_open(absolute, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *version = g_strndup(name, strcspn(name, "n"));
		g_autofree char *prefix =
			g_strdup_printf("%s/%s/%s/bin/%s-", absolute, name, target, target);
		g_autofree char *cc = g_strconcat(prefix, "gcc", NULL);
		unsigned gcc;

		if (!g_str_has_suffix(name, "-nolibc") || !g_str_has_suffix(version, "-"))
			continue;
		version[strlen(version) - 1] = '\0';
		gcc = named_version(version, "gcc-");
		if (gcc && g_file_test(cc, G_FILE_TEST_IS_EXECUTABLE))
			add_candidate(chains, cc, gcc)->prefix = g_steal_pointer(&prefix);
	}
	g_ptr_array_sort(chains->candidates, newest_first);
	if (!chains->candidates->len)
		return error_usage(error,
				   "--toolchain %s: there is no compiler in it: expected is "
				   "%s/gcc-VERSION-nolibc/%s/bin/%s-gcc",
				   folder, folder, target, target);
	return true;
}

static char *installed(void)
{
	g_autoptr(Toolchains) all = g_new0(Toolchains, 1);
	g_autoptr(GString) text = g_string_new("gcc");

	all->candidates = g_ptr_array_new_with_free_func(candidate_free);
	find_named(all);
	for (guint i = 0; i < all->candidates->len; i++)
		g_string_append_printf(text, ", %s", ((Candidate *)all->candidates->pdata[i])->cc);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* One of the user's: what is wrong with it is said before anything is built. */
static bool add_chosen(Toolchains *chains, const char *word, GError **error)
{
	const char *colon = strchr(word, ':');
	const char *cc = colon ? colon + 1 : word;
	g_autofree char *number = g_strndup(word, colon ? (gsize)(colon - word) : 0);
	g_autofree char *path = g_find_program_in_path(cc);
	g_autofree char *known = NULL;
	Candidate *candidate;
	Version since = { .parts = 0 };

	if (colon && !version_parse(number, &since))
		return error_usage(error, "--cc %s: CC or VERSION:CC is expected, such as 5.10:%s",
				   word, cc);
	if (strpbrk(cc, " \t") || !*cc)
		return error_usage(error,
				   "--cc %s: one program without blanks in its name is "
				   "expected; words for it go into KCFLAGS (--make-arg)",
				   word);
	if (!path) {
		known = installed();
		return error_usage(error, "--cc %s: there is no such program; there are %s", word,
				   known);
	}
	candidate = add_candidate(chains, cc, 0);
	if (strchr(cc, '/')) { /* make runs it elsewhere */
		g_free(candidate->cc);
		candidate->cc = g_canonicalize_filename(cc, NULL);
	}
	candidate->since = since;
	if (look_at(chains, candidate, error))
		return true;
	g_prefix_error(error, "--cc %s: ", word);
	return false;
}

static bool needs(const char *program, GError **error)
{
	static const struct {
		const char *program, *package;
	} packages[] = {
		{ "gcc", "gcc" },
		{ "ld", "binutils" },
		{ "clang", "clang" },
		{ "ld.lld", "lld" },
	};
	g_autofree char *path = g_find_program_in_path(program);
	gsize len = strlen(program);

	if (path)
		return true;
	for (guint i = 0; i < G_N_ELEMENTS(packages); i++)
		if (g_str_equal(program, packages[i].program))
			return error_host(error, "%s is missing: apt install %s", program,
					  packages[i].package);
	if (g_str_has_suffix(program, "-gcc") && !strchr(program, '/'))
		return error_host(error, "%s is missing: apt install gcc-%.*s", program,
				  (int)(len - strlen("-gcc")), program);
	return error_host(error, "%s is missing", program);
}

/* The host's own programs are compiled too, with gcc or with clang. */
static bool check_needed(const Toolchains *chains, const ToolchainSpec *spec, GError **error)
{
	const char *const *words = (const char *const *)chains->words;
	const char *llvm = makewords_value(words, "LLVM");
	g_autofree char *cc = makewords_tool(words, "gcc", "clang");
	g_autofree char *ld = makewords_tool(words, "ld", "ld.lld");
	bool host_gcc = !makewords_value(words, "HOSTCC") && (!llvm || !*llvm);

	return (!host_gcc || needs("gcc", error)) &&
	       (spec->folder || ((spec->ccs && *spec->ccs) || needs(cc, error))) &&
	       (spec->folder || makewords_value(words, "LD") || needs(ld, error));
}

static bool find_all(Toolchains *chains, const ToolchainSpec *spec, GError **error)
{
	const char *const *words = (const char *const *)chains->words;
	g_autofree char *plain = makewords_tool(words, "gcc", "clang");

	for (guint i = 0; spec->ccs && spec->ccs[i]; i++)
		if (!add_chosen(chains, spec->ccs[i], error))
			return false;
	chains->chosen = chains->candidates->len > 0;
	if (spec->folder)
		return chains->chosen || find_in_folder(chains, spec->folder, error);
	if (!chains->chosen && g_str_equal(plain, "gcc"))
		find_named(chains);
	/* last: what is taken where nothing else is */
	add_candidate(chains, plain, 0);
	return true;
}

bool toolchains_open(const ToolchainSpec *spec, Toolchains **ret_chains, GError **error)
{
	g_autoptr(Toolchains) chains = g_new0(Toolchains, 1);

	g_mutex_init(&chains->lock);
	chains->candidates = g_ptr_array_new_with_free_func(candidate_free);
	chains->words = spec->words ? g_strdupv((char **)(gpointer)spec->words) : g_new0(char *, 1);
	if (!makewords_check(spec->words, error))
		return false;
	if (spec->folder && spec->ccs && *spec->ccs)
		return error_usage(error, "--cc and --toolchain exclude each other");
	if (!check_needed(chains, spec, error) || !find_all(chains, spec, error))
		return false;
	*ret_chains = g_steal_pointer(&chains);
	return true;
}

/* ---- choosing ---- */

static Candidate *last_of(const Toolchains *chains)
{
	return chains->candidates->pdata[chains->candidates->len - 1];
}

/* The user's: of the latest version that the tree has reached. */
static Candidate *choose_given(const Toolchains *chains, const Version *version)
{
	Candidate *best = NULL;

	for (guint i = 0; i < chains->candidates->len; i++) {
		Candidate *candidate = chains->candidates->pdata[i];

		if (candidate == last_of(chains) && best)
			break;
		if (candidate->since.parts && version &&
		    version_compare(version, &candidate->since) < 0)
			continue;
		if (!best || !best->since.parts ||
		    (candidate->since.parts &&
		     version_compare(&candidate->since, &best->since) >= 0))
			best = candidate;
	}
	return best ? best : last_of(chains);
}

static Candidate *choose_by_era(const Toolchains *chains, const Version *version)
{
	for (guint i = 0; i < chains->candidates->len; i++) {
		Candidate *candidate = chains->candidates->pdata[i];

		if (candidate->gcc && (!version || era_fits(version, candidate->gcc)))
			return candidate;
	}
	return NULL;
}

/* The major version of plain gcc, by its own word. */
static bool plain_fits(Candidate *plain, const Version *version)
{
	const char *argv[] = { plain->cc, "-dumpversion", NULL };
	g_auto(ProcessEnd) end = { 0 };

	return !version || !g_str_equal(plain->cc, "gcc") || !run_cc(argv, NULL, &end, NULL) ||
	       end.status != 0 || era_fits(version, (unsigned)g_ascii_strtoull(end.out, NULL, 10));
}

static Candidate *choose(const Toolchains *chains, const Version *version)
{
	Candidate *plain = last_of(chains);
	Candidate *fit;

	if (chains->chosen)
		return choose_given(chains, version);
	if (!plain->gcc && plain_fits(plain, version))
		return plain;
	fit = choose_by_era(chains, version);
	return fit ? fit : plain->gcc ? chains->candidates->pdata[0] : plain;
}

bool toolchains_choose(Toolchains *chains, const Version *version, const Toolchain **ret_chain,
		       GError **error)
{
	Candidate *candidate = choose(chains, version);
	bool ok;

	g_mutex_lock(&chains->lock);
	ok = candidate->chain || look_at(chains, candidate, error);
	g_mutex_unlock(&chains->lock);
	*ret_chain = candidate->chain;
	return ok;
}

char *toolchains_key(const Toolchains *chains)
{
	g_autofree char *ld = makewords_tool((const char *const *)chains->words, "ld", "ld.lld");
	g_autoptr(GString) all = g_string_new(NULL);

	for (guint i = 0; i < chains->candidates->len; i++) {
		const Candidate *candidate = chains->candidates->pdata[i];

		g_string_append_printf(all, "%u.%u.%u ", candidate->since.part[0],
				       candidate->since.part[1], candidate->since.part[2]);
		add_program(all, candidate->cc);
	}
	add_program(all, ld);
	add_words(all, chains->words);
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all->str, -1);
}

const char *toolchains_arch(const Toolchains *chains)
{
	return makewords_arch((const char *const *)chains->words);
}
