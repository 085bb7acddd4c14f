/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in a root: packages with their versions, files with their hashes. Kept beside each disk,
 * so that one that is made anew can be told what changed. A text, a line each, sorted:
 *
 *   bisectbox manifest 1
 *   package NAME VERSION                    as dpkg or apk have it
 *   KIND MODE UID:GID CONTENT PATH          KIND as ls(1) has it; CONTENT a file's SHA-256, a
 *                                           symlink's target, what a hard link (h) is to, or -
 *
 * Characters that would end a field or a line are written as in C.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/**
 * struct RootFacts - what whoever makes a disk of a root wants to know; root_facts_clear()
 * @files: how many there are, folders among them
 * @bytes: of their contents, together
 * @sbin:  the folder that /sbin is, or leads to: relative, "usr/sbin"
 * @crun:  cases in containers can run from it
 */
typedef struct {
	guint64 files;
	guint64 bytes;
	char *sbin;
	bool crun;
} RootFacts;

void root_facts_clear(RootFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RootFacts, root_facts_clear)

/**
 * manifest_write() - read a root's tar, and write its manifest
 * @tar:       not packed
 * @path:      file to make or replace
 * @cancel:    or NULL
 * @ret_facts: set on success
 * @error:     BOX_ERROR_HOST: cannot be read or written; BOX_ERROR_INTERRUPTED
 */
bool manifest_write(const char *tar, const char *path, GCancellable *cancel, RootFacts *ret_facts,
		    GError **error);

typedef struct Manifest Manifest;

/** manifest_parse() - a manifest's text; NULL where it is none */
Manifest *manifest_parse(const char *text);
/** manifest_read() - the same of a file; NULL where it is not there, or is no manifest */
Manifest *manifest_read(const char *path);
void manifest_free(Manifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manifest, manifest_free)

/** manifest_packages() - how many packages */
guint manifest_packages(const Manifest *manifest);
/** manifest_files() - how many files, folders and links */
guint manifest_files(const Manifest *manifest);
/** manifest_package() - the version of a package, or NULL; owned by @manifest */
const char *manifest_package(const Manifest *manifest, const char *name);

/**
 * manifest_changes() - what is otherwise in @after
 * @max: so many files are named; the rest is counted
 *
 * Return: lines for people, without control characters, the last one unended; NULL where nothing
 * is; free with g_free().
 */
char *manifest_changes(const Manifest *before, const Manifest *after, guint max);
