/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building revisions with fixups. */
#include "revision/fixing.h"

#include "kernel/patchtext.h"
#include "revision/patching.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/rundir.h"

#include <string.h>

#define FILE_MAX ((gsize)64 << 20)

struct Fixing {
	const GPtrArray *fixups;
	GMutex lock;
	GHashTable *needed; /* set: fixup, compiler and files with which a build has failed */
};

Fixing *fixing_new(const GPtrArray *fixups)
{
	Fixing *fixing = g_new0(Fixing, 1);

	fixing->fixups = fixups;
	g_mutex_init(&fixing->lock);
	fixing->needed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return fixing;
}

void fixing_free(Fixing *fixing)
{
	if (!fixing)
		return;
	g_hash_table_unref(fixing->needed);
	g_mutex_clear(&fixing->lock);
	g_free(fixing);
}

static bool is_needed(Fixing *fixing, const char *key)
{
	bool needed;

	g_mutex_lock(&fixing->lock);
	needed = g_hash_table_contains(fixing->needed, key);
	g_mutex_unlock(&fixing->lock);
	return needed;
}

static void set_needed(Fixing *fixing, const char *key)
{
	g_mutex_lock(&fixing->lock);
	g_hash_table_add(fixing->needed, g_strdup(key));
	g_mutex_unlock(&fixing->lock);
}

void fixed_clear(Fixed *fixed)
{
	g_clear_pointer(&fixed->used, g_ptr_array_unref);
}

/* ---- the files of one fixup ---- */

typedef struct {
	WorktreeFile *files;
	guint n;
} Files;

static void files_clear(Files *files)
{
	for (guint i = 0; i < files->n; i++)
		g_free(files->files[i].data);
	g_free(files->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Files, files_clear)

static bool read_files(Worktree *tree, const RepoId *commit, const Fixup *fixup, Files *ret_files,
		       GError **error)
{
	guint n = g_strv_length(fixup->paths);

	ret_files->files = g_new0(WorktreeFile, n);
	for (ret_files->n = 0; ret_files->n < n; ret_files->n++) {
		WorktreeFile *file = &ret_files->files[ret_files->n];

		file->path = fixup->paths[ret_files->n];
		if (!worktree_file(tree, commit, file, error))
			return false;
	}
	return true;
}

static char *need_key(const Fixup *fixup, const Toolchain *chain, const Files *files)
{
	GString *key = g_string_new(chain->key);

	g_string_append_printf(key, " %s", fixup->name);
	for (guint i = 0; i < files->n; i++)
		g_string_append_printf(key, " %s", files->files[i].id.hex);
	return g_string_free(key, FALSE);
}

static bool put_files(const char *folder, const Files *files, GError **error)
{
	for (guint i = 0; i < files->n; i++) {
		const WorktreeFile *file = &files->files[i];
		g_autofree char *path = g_build_filename(folder, file->path, NULL);
		g_autofree char *above = g_path_get_dirname(path);

		if (!fs_mkdir(above, error) ||
		    (file->data && !fs_write(path, file->data, (gssize)file->len, error)))
			return false;
	}
	return true;
}

static bool take_files(const char *folder, Files *files, GError **error)
{
	for (guint i = 0; i < files->n; i++) {
		WorktreeFile *file = &files->files[i];
		g_autofree char *path = g_build_filename(folder, file->path, NULL);

		g_clear_pointer(&file->data, g_free);
		if (g_file_test(path, G_FILE_TEST_EXISTS) &&
		    !fs_read(path, FILE_MAX, &file->data, &file->len, error))
			return false;
	}
	return true;
}

/* ---- patch(1) ---- */

static bool run_patch(const char *folder, const Fixup *fixup, bool dry, bool reverse, bool *ret_ok,
		      char **ret_said, GError **error)
{
	const Patching patching = {
		.folder = folder, .file = fixup->file, .strip = 1, .dry = dry, .reverse = reverse
	};
	g_autofree char *said = NULL;
	int status;

	if (!patching_run(&patching, &status, &said, error))
		return false;
	if (status > 1)
		return error_host(error, "patch fails on %s: %s", fixup->file, said);
	*ret_ok = status == 0;
	if (ret_said)
		*ret_said = g_steal_pointer(&said);
	return true;
}

/* "hunk 2 of kernel/audit.c does not apply", from what patch said. */
static char *failed_hunk(const char *said)
{
	g_auto(PatchFailure) failure = { 0 };

	patchsaid_failure(said, &failure);
	if (failure.no_file)
		return g_strdup("a file that it changes is not there");
	if (!failure.hunk)
		return g_strdup("it does not apply");
	return g_strdup_printf("hunk %u of %s does not apply", failure.hunk,
			       failure.file ? failure.file : "?");
}

/* @ret_why: why it does not apply, or NULL. @ret_there: it is in the files already. */
static bool apply(const Fixup *fixup, Files *files, char **ret_why, bool *ret_there, GError **error)
{
	g_autoptr(RunDir) dir = rundir_new(error);
	g_autofree char *out = NULL;
	bool ok, back = false;

	if (!dir || !put_files(rundir_path(dir), files, error) ||
	    !run_patch(rundir_path(dir), fixup, true, false, &ok, &out, error) ||
	    (!ok && !run_patch(rundir_path(dir), fixup, true, true, &back, NULL, error)))
		return false;
	*ret_there = back;
	if (!ok) {
		*ret_why = back ? NULL : failed_hunk(out);
		return true;
	}
	return run_patch(rundir_path(dir), fixup, false, false, &ok, NULL, error) &&
	       take_files(rundir_path(dir), files, error);
}

/* Makes the next commit, with one more of them. */
static bool add(Worktree *tree, const Fixup *fixup, Files *files, Fixed *fixed, char **ret_why,
		GError **error)
{
	g_autofree char *why = NULL;
	bool there;
	RepoId id;

	if (!apply(fixup, files, &why, &there, error))
		return false;
	if (why || there) {
		*ret_why = g_steal_pointer(&why);
		return true;
	}
	if (!worktree_amend(tree, &fixed->id, files->files, files->n, &id, error))
		return false;
	fixed->id = id;
	g_ptr_array_add(fixed->used, (gpointer)fixup);
	return true;
}

/* ---- which ---- */

static bool try_known(Fixing *fixing, Worktree *tree, const Toolchain *chain, const Fixup *fixup,
		      Fixed *fixed, char **ret_why, GError **error)
{
	g_auto(Files) files = { 0 };
	g_autofree char *key = NULL;

	if (!read_files(tree, &fixed->id, fixup, &files, error))
		return false;
	key = need_key(fixup, chain, &files);
	if (!fixup->users && !is_needed(fixing, key))
		return true;
	return add(tree, fixup, &files, fixed, ret_why, error);
}

bool fixing_begin(Fixing *fixing, Worktree *tree, const RepoId *revision, const Toolchain *chain,
		  Fixed *ret_fixed, char **ret_why, GError **error)
{
	g_auto(Fixed) fixed = { *revision, *revision, g_ptr_array_new() };

	for (guint i = 0; i < fixing->fixups->len; i++) {
		const Fixup *fixup = fixing->fixups->pdata[i];
		g_autofree char *why = NULL;

		if (!try_known(fixing, tree, chain, fixup, &fixed, &why, error))
			return false;
		if (why && fixup->users) {
			*ret_why = g_strdup_printf("%s: %s", fixup->name, why);
			break;
		}
	}
	*ret_fixed = fixed;
	fixed = (Fixed){ 0 };
	return true;
}

bool fixing_more(Fixing *fixing, Worktree *tree, const Toolchain *chain, const Version *version,
		 const char *log, Fixed *fixed, bool *ret_more, GError **error)
{
	*ret_more = false;
	for (guint i = 0; i < fixing->fixups->len; i++) {
		const Fixup *fixup = fixing->fixups->pdata[i];
		g_auto(Files) files = { 0 };
		g_autofree char *key = NULL;
		g_autofree char *why = NULL;

		if (g_ptr_array_find(fixed->used, fixup, NULL) ||
		    !fixup_wanted(fixup, version, log))
			continue;
		if (!read_files(tree, &fixed->id, fixup, &files, error))
			return false;
		key = need_key(fixup, chain, &files);
		if (!add(tree, fixup, &files, fixed, &why, error))
			return false;
		if (g_ptr_array_find(fixed->used, fixup, NULL)) {
			set_needed(fixing, key);
			*ret_more = true;
		}
	}
	return true;
}

const char *fixing_hint(const Fixing *fixing, const Version *version, const char *log)
{
	for (guint i = 0; i < fixing->fixups->len; i++) {
		const Fixup *fixup = fixing->fixups->pdata[i];

		if (fixup_wanted(fixup, version, log))
			return fixup->name;
	}
	return NULL;
}

char **fixed_names(const Fixed *fixed)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	if (!fixed->used || !fixed->used->len)
		return NULL;
	for (guint i = 0; i < fixed->used->len; i++) {
		const Fixup *fixup = fixed->used->pdata[i];
		g_autofree char *text = fixup->kernel ? g_strdup_printf("%s (kernel code: %s)",
									fixup->name, fixup->kernel)
						      : g_strdup(fixup->name);

		g_strv_builder_add(names, text);
	}
	return g_strv_builder_end(names);
}
