/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tar puts the agent at the end of the root's tar; tar2sqfs, of squashfs-tools-ng, makes the rest.
 */
#include "image/squash.h"

#include "guest/protocol.h"
#include "image/finish.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/process.h"

#include <errno.h>
#include <sys/stat.h>

#define TIMEOUT_S 3600
#define MODE "--mode=0755"

/* The agent as the root's own file. */
static bool add_agent(const DiskSpec *spec, const char *tar, GCancellable *cancel, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(spec->agent);
	g_autofree char *name = g_path_get_basename(spec->agent);
	g_autofree char *agent = g_path_get_basename(PROTOCOL_AGENT);
	g_autofree char *file = g_strconcat("--file=", tar, NULL);
	g_autofree char *directory = g_strconcat("--directory=", folder, NULL);
	g_autofree char *transform =
		g_strdup_printf("--transform=s,.*,./%s/%s,", spec->sbin, agent);
	static const char mtime[] = "--mtime=@" FINISH_EPOCH;
	const char *argv[] = { "tar",
			       "--append",
			       "--force-local",
			       file,
			       directory,
			       transform,
			       "--owner=root:0",
			       "--group=root:0",
			       "--numeric-owner",
			       MODE,
			       mtime,
			       name,
			       NULL };
	ProcessSpec process = { .argv = argv, .timeout_s = TIMEOUT_S };

	return process_check(&process, cancel, error);
}

static bool make(const DiskSpec *spec, const char *tar, const char *path, GCancellable *cancel,
		 GError **error)
{
	/* it reads the tar from its standard input only */
	static const char script[] = "exec tar2sqfs --quiet --force --compressor gzip "
				     "--defaults mtime=" FINISH_EPOCH " \"$2\" <\"$1\"";
	const char *argv[] = { "sh", "-c", script, "sqfs", tar, path, NULL };
	ProcessSpec process = { .argv = argv, .cwd = spec->folder, .timeout_s = TIMEOUT_S };

	return process_check(&process, cancel, error);
}

bool squash_build(const DiskSpec *spec, const char *path, GCancellable *cancel, guint64 *ret_bytes,
		  GError **error)
{
	g_autofree char *program = g_find_program_in_path("tar2sqfs");
	g_autofree char *tar = g_build_filename(spec->folder, "with-agent.tar", NULL);
	struct stat st;

	if (!program)
		return error_host(error, "tar2sqfs is missing, which makes a squashfs; as root, "
					 "type: apt install squashfs-tools-ng");
	if (!fs_copy(spec->tar, tar, error) || !add_agent(spec, tar, cancel, error) ||
	    !make(spec, tar, path, cancel, error))
		return false;
	fs_remove_tree(tar, NULL);
	if (stat(path, &st) < 0)
		return error_host(error, "cannot find %s: %s", path, g_strerror(errno));
	*ret_bytes = (guint64)st.st_size;
	return true;
}
