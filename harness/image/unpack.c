/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives become roots: unpacked where all their owners can be, finished, and packed again. */
#include "image/unpack.h"

#include "image/finish.h"
#include "image/listener.h"
#include "image/ociroot.h"
#include "image/scratch.h"
#include "image/userns.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define TIMEOUT_S 3600
/* Of the archive's own size, packed as it may be; the rest is seen when it is met. */
#define SPACE_TIMES 4
#define SPACE_LEAST ((guint64)128 << 20)

/*
 * $1 the folder to work in, $2 the archive, $3 the tar to make, $4 what finishes the root, or
 * nothing. The root's own programs get namespaces of their own, which take their mounts and
 * whatever they leave running along. mtime: as mmdebstrap does it.
 */
static const char SCRIPT[] =
	"set -eu; umask 022; cd \"$1\"; mkdir root\n"
	"tar --extract --force-local --file=\"$2\" --directory=root --numeric-owner --same-owner "
	"--preserve-permissions --xattrs --xattrs-include='*' --exclude='./dev/*' "
	"--exclude='dev/*'\n"
	"[ -d root/usr ] || [ -d root/bin ] || "
	"{ echo 'E: it holds no root: there is neither /usr nor /bin in it' >&2; exit 3; }\n"
	"for folder in proc sys dev run mnt case evidence tmp var/log var/tmp; do\n"
	"	at=$(realpath -m root/$folder)\n"
	"	case $at in \"$PWD\"/root/*) mkdir -p \"$at\" ;; esac\n"
	"done\n"
	"[ -L root/tmp ] || chmod 1777 root/tmp\n"
	"if [ -n \"$4\" ]; then\n"
	"	unshare --mount --pid --fork --kill-child sh -c '"
	"mount --rbind /dev root/dev; mount -t proc proc root/proc 2>/dev/null || :; "
	"exec sh -c \"$1\" finish root' start \"$4\"\n"
	"fi\n"
	"tar --create --force-local --file=\"$3\" --directory=root --sort=name --numeric-owner "
	"--xattrs --xattrs-include='*' --exclude='./dev/*' --format=pax "
	"--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime "
	"--clamp-mtime --mtime=@" FINISH_EPOCH " .\n";

/* tar's first words say what it met, its last only that there was something. */
static char *explain(const Listener *listener, const char *err)
{
	g_autofree char *first = g_strndup(err, strcspn(err, "\n"));

	if (listener->error || !*first)
		return listener_why(listener);
	return text_clean(g_str_has_prefix(first, "tar: ") ? first + strlen("tar: ") : first, 300);
}

static bool run(const Recipe *recipe, const char *home, const char *archive, const char *tar,
		const char *finish, Listener *listener, GCancellable *cancel, GError **error)
{
	const char *words[] = { "sh", "-c", SCRIPT, "unpack", home, archive, tar, finish, NULL };
	g_auto(GStrv) argv = userns_argv(words);
	g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "LC_ALL", "C.UTF-8", TRUE);
	ProcessSpec spec = {
		.argv = (const char *const *)argv,
		.env = (const char *const *)env,
		.timeout_s = TIMEOUT_S,
		.on_line = listener_line,
		.user = listener,
	};
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *why = NULL;

	if (!process_run(&spec, cancel, &end, error))
		return false;
	if (end.timed_out || end.signal)
		return error_host(error, "image %s: unpacking %s was ended %s", recipe->name,
				  archive,
				  end.timed_out ? "after an hour" : g_strsignal(end.signal));
	if (end.status == 0)
		return true;
	why = explain(listener, end.err);
	if (strstr(end.err, "No space left") || strstr(end.err, "quota exceeded"))
		return error_host(error,
				  "no room to unpack %s: a file system is full (of %s, or of the "
				  "cache, which BISECTBOX_CACHE moves)",
				  archive, home);
	if (listener_blames_recipe(listener))
		return error_usage(error, "image %s: %s", recipe->name, why);
	return error_usage(error, "image %s: cannot make a root of %s: %s", recipe->name, archive,
			   why);
}

/* An OCI image's layers as one tar; another archive as it is. */
static bool find_archive(const Recipe *recipe, const char *folder, const Listener *listener,
			 GCancellable *cancel, char **ret_archive, GError **error)
{
	g_autofree char *tar = g_build_filename(folder, "oci.tar", NULL);
	g_auto(OciRoot) root = { 0 };

	if (recipe->from == RECIPE_TAR) {
		*ret_archive = g_strdup(recipe->archive);
		return true;
	}
	if (!ociroot_build(recipe->archive, tar, listener->progress, listener->user, cancel, &root,
			   error))
		return false;
	*ret_archive = g_steal_pointer(&tar);
	return true;
}

static bool find_space(const char *archive, GCancellable *cancel, Scratch **ret_scratch,
		       GError **error)
{
	struct stat st;

	if (stat(archive, &st) < 0)
		return error_host(error, "cannot find %s: %s", archive, g_strerror(errno));
	*ret_scratch = scratch_new(SPACE_LEAST + SPACE_TIMES * (guint64)st.st_size, cancel, error);
	return *ret_scratch != NULL;
}

bool unpack_build(const Recipe *recipe, const char *folder, const char *tar, ImageProgress progress,
		  void *user, GCancellable *cancel, GError **error)
{
	g_auto(Listener) listener = { .progress = progress, .user = user };
	g_autoptr(Scratch) scratch = NULL;
	g_autofree char *archive = NULL;
	g_autofree char *finish = NULL;
	g_autofree char *home = NULL;

	if (!userns_check("an image", cancel, error) ||
	    !find_archive(recipe, folder, &listener, cancel, &archive, error) ||
	    !find_space(archive, cancel, &scratch, error))
		return false;
	if (progress)
		progress("unpack", recipe->archive, user);
	/* what is unpacked may be anybody's: nobody but the caller gets there */
	home = g_build_filename(scratch_path(scratch), "private", NULL);
	if (mkdir(home, 0700) < 0)
		return error_host(error, "cannot make %s: %s", home, g_strerror(errno));
	finish = finish_script(recipe, scratch_path(scratch), error);
	return finish && run(recipe, home, archive, tar, finish, &listener, cancel, error);
}
