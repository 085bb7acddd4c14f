/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules in the order in which they can be loaded, unpacked, so that the guest need not. */
#include "image/initramfs.h"

#include "guest/protocol.h"
#include "util/error.h"
#include "util/fs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <libkmod.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PIECE ((gsize)256 << 10)
#define MODULE_MAX ((gsize)256 << 20)
#define AGENT_MAX ((gsize)64 << 20)
/* /dev/console, which the kernel opens for /init. */
#define CONSOLE_MAJOR 5
#define CONSOLE_MINOR 1

/* One on its way. */
typedef struct {
	const char *folder;
	struct kmod_ctx *kmod;
	struct archive *cpio;
	const char *path;
	GHashTable *taken; /* names of modules that are in it */
	GString *list;     /* of their files, in the order of loading */
} Initramfs;

static void initramfs_clear(Initramfs *initramfs)
{
	if (initramfs->kmod)
		kmod_unref(initramfs->kmod);
	if (initramfs->cpio)
		archive_write_free(initramfs->cpio);
	g_clear_pointer(&initramfs->taken, g_hash_table_unref);
	if (initramfs->list)
		g_string_free(initramfs->list, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Initramfs, initramfs_clear)

/* ---- where modules are ---- */

static bool has_index(const char *folder)
{
	g_autofree char *index = g_build_filename(folder, "modules.dep.bin", NULL);

	return g_file_test(index, G_FILE_TEST_IS_REGULAR);
}

bool initramfs_folder(const char *folder, const char *release, char **ret_folder, GError **error)
{
	g_autofree char *whole = g_canonicalize_filename(folder, NULL);
	g_autofree char *below = g_build_filename(whole, "lib", "modules", release, NULL);
	g_autofree char *base = g_path_get_basename(whole);
	bool named = g_str_equal(base, release);
	const char *at = named ? whole : below;

	if (has_index(at)) {
		*ret_folder = g_strdup(at);
		return true;
	}
	if (named && g_file_test(whole, G_FILE_TEST_IS_DIR))
		return error_usage(error,
				   "--modules %s: there is no modules.dep.bin: type depmod -b ROOT "
				   "%s, ROOT being the folder with lib/modules in it",
				   folder, release);
	return error_usage(error,
			   "--modules %s: the kernel is %s, and its modules are not there: give "
			   ".../lib/modules/%s, or the folder with lib/modules in it",
			   folder, release, release);
}

/* ---- the cpio ---- */

static bool write_failed(const Initramfs *initramfs, GError **error)
{
	return error_host(error, "cannot write %s: %s", initramfs->path,
			  archive_error_string(initramfs->cpio));
}

static bool add(Initramfs *initramfs, const char *name, mode_t mode, const void *data, gsize len,
		GError **error)
{
	struct archive_entry *entry = archive_entry_new();
	bool ok;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, (gint64)len);
	archive_entry_set_nlink(entry, 1);
	if (S_ISCHR(mode))
		archive_entry_set_rdev(entry, makedev(CONSOLE_MAJOR, CONSOLE_MINOR));
	ok = archive_write_header(initramfs->cpio, entry) == ARCHIVE_OK &&
	     (!len || archive_write_data(initramfs->cpio, data, len) == (la_ssize_t)len);
	archive_entry_free(entry);
	return ok || write_failed(initramfs, error);
}

static bool open_cpio(Initramfs *initramfs, GError **error)
{
	initramfs->cpio = archive_write_new();
	return (archive_write_set_format_cpio_newc(initramfs->cpio) == ARCHIVE_OK &&
		archive_write_open_filename(initramfs->cpio, initramfs->path) == ARCHIVE_OK) ||
	       write_failed(initramfs, error);
}

/* ---- modules ---- */

/* A module's file, whatever it is packed with. */
static bool read_module(const char *path, GByteArray *bytes, GError **error)
{
	struct archive *archive = archive_read_new();
	g_autofree guint8 *piece = g_malloc(PIECE);
	struct archive_entry *entry;
	la_ssize_t n = 0;
	bool ok;

	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	ok = archive_read_open_filename(archive, path, PIECE) == ARCHIVE_OK &&
	     archive_read_next_header(archive, &entry) == ARCHIVE_OK;
	while (ok && bytes->len <= MODULE_MAX && (n = archive_read_data(archive, piece, PIECE)) > 0)
		g_byte_array_append(bytes, piece, (guint)n);
	ok = ok && n == 0;
	if (!ok)
		error_host(error, "cannot read the module %s: %s", path,
			   archive_error_string(archive));
	archive_read_free(archive);
	return ok;
}

static bool take_module(Initramfs *initramfs, struct kmod_module *module, GError **error);

/* What a module needs before it. */
static bool take_list(Initramfs *initramfs, struct kmod_list *list, GError **error)
{
	struct kmod_list *item;
	bool ok = true;

	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		ok = ok && take_module(initramfs, module, error);
		kmod_module_unref(module);
	}
	return ok;
}

static bool take_needed(Initramfs *initramfs, struct kmod_module *module, GError **error)
{
	struct kmod_list *needed = kmod_module_get_dependencies(module);
	struct kmod_list *before = NULL, *after = NULL;
	bool ok;

	kmod_module_get_softdeps(module, &before, &after);
	ok = take_list(initramfs, before, error) && take_list(initramfs, needed, error);
	kmod_module_unref_list(needed);
	kmod_module_unref_list(before);
	kmod_module_unref_list(after);
	return ok;
}

static bool take_file(Initramfs *initramfs, const char *name, const char *path, GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autofree char *file = g_strdup_printf("%s/%s.ko", INITRAMFS_FOLDER + 1, name);

	if (!read_module(path, bytes, error))
		return false;
	g_string_append_printf(initramfs->list, "/%s\n", file);
	return add(initramfs, file, S_IFREG | 0644, bytes->data, bytes->len, error);
}

/* With all that it needs, once; one that is built in has no file. */
static bool take_module(Initramfs *initramfs, struct kmod_module *module, GError **error)
{
	const char *name = kmod_module_get_name(module);
	const char *path = kmod_module_get_path(module);

	if (!path || g_hash_table_contains(initramfs->taken, name))
		return true;
	g_hash_table_add(initramfs->taken, g_strdup(name));
	return take_needed(initramfs, module, error) && take_file(initramfs, name, path, error);
}

/* Modules of that name; true also where it is built in, and there is no file. */
static bool take_name(Initramfs *initramfs, const char *name, bool *ret_found, GError **error)
{
	struct kmod_list *list = NULL;
	bool ok;

	*ret_found = kmod_module_new_from_lookup(initramfs->kmod, name, &list) == 0 && list;
	ok = take_list(initramfs, list, error);
	kmod_module_unref_list(list);
	return ok;
}

static bool take_one_of(Initramfs *initramfs, char *const *names, GError **error)
{
	g_autofree char *all = NULL;
	bool found = false;

	for (char *const *name = names; *name && !found; name++)
		if (!take_name(initramfs, *name, &found, error))
			return false;
	if (found)
		return true;
	all = g_strjoinv(" or ", (char **)names);
	return error_usage(
		error,
		"the kernel's modules in %s lack %s, which the image or a case wants, and "
		"it is not built in either",
		initramfs->folder, all);
}

/* ---- the whole ---- */

static bool add_init(Initramfs *initramfs, const char *agent, GError **error)
{
	static const char *const folders[] = { "dev", "proc", "root" };
	g_autofree char *data = NULL;
	gsize len;

	if (!fs_read(agent, AGENT_MAX, &data, &len, error))
		return false;
	for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
		if (!add(initramfs, folders[i], S_IFDIR | 0755, NULL, 0, error))
			return false;
	return add(initramfs, &INITRAMFS_FOLDER[1], S_IFDIR | 0755, NULL, 0, error) &&
	       add(initramfs, "dev/console", S_IFCHR | 0600, NULL, 0, error) &&
	       add(initramfs, "init", S_IFREG | 0755, data, len, error);
}

bool initramfs_build(const char *folder, const GPtrArray *modules, const char *agent,
		     const char *path, char **ret_hash, GError **error)
{
	g_auto(Initramfs) initramfs = { .folder = folder, .path = path };
	const char *config =
		NULL; /* none: what this host has set for its own modules is not theirs */

	initramfs.kmod = kmod_new(folder, &config);
	initramfs.taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	initramfs.list = g_string_new(NULL);
	if (!initramfs.kmod)
		return error_host(error, "cannot look for modules in %s: %s", folder,
				  g_strerror(errno));
	if (!open_cpio(&initramfs, error) || !add_init(&initramfs, agent, error))
		return false;
	for (guint i = 0; i < modules->len; i++)
		if (!take_one_of(&initramfs, modules->pdata[i], error))
			return false;
	if (!add(&initramfs, &INITRAMFS_LIST[1], S_IFREG | 0644, initramfs.list->str,
		 initramfs.list->len, error))
		return false;
	if (archive_write_close(initramfs.cpio) != ARCHIVE_OK)
		return write_failed(&initramfs, error);
	return fs_sha256(path, ret_hash, error);
}
