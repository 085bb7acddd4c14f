/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build folder says about its sources: kbuild's .cmd files, of this room only. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * struct CmdFiles - what was found; release with cmd_files_clear()
 * @files:   set of paths below the source tree that the build named
 * @uses:    path of @files -> guint, how many made files' source_X or deps_X it is
 * @made:    how many have a source_X
 * @names:   set of base names of what else it named: generated files, headers of the host
 * @folders: set of folders that hold .cmd files, relative; "" for the build folder itself
 * @searched: set of folders of the source tree that commands name, -I among them
 * @packed:  set of folders of it that go into the initramfs as they are (CONFIG_INITRAMFS_SOURCE)
 * @all_headers: the kernel carries an archive of all headers (CONFIG_IKHEADERS), or they are
 *           copied and tested (CONFIG_HEADERS_INSTALL)
 */
typedef struct {
	GHashTable *files;
	GHashTable *uses; /* its keys are @files' */
	guint made;
	GHashTable *names;
	GHashTable *folders;
	GHashTable *searched;
	GHashTable *packed;
	bool all_headers;
} CmdFiles;

/**
 * cmd_files_read() - read all .cmd files, auto.conf.cmd and auto.conf
 * @tree, @build: absolute
 */
bool cmd_files_read(const char *tree, const char *build, CmdFiles *ret_files, GError **error);
void cmd_files_clear(CmdFiles *files);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CmdFiles, cmd_files_clear)
