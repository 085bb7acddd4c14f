/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking libguestfs about a disk, one question after the other; what it finds may be anybody's. */
#include "image/inspect.h"

#include "util/error.h"
#include "util/text.h"

#include <string.h>

#define FIRST "/dev/sda"
#define RELEASE_MAX 65536
#define SHOWN_MAX 200 /* characters of what the disk says of itself */

static void mount_free(SystemMount *mount)
{
	g_free(mount->device);
	g_free(mount->place);
	g_free(mount);
}

void system_free(System *system)
{
	if (!system)
		return;
	g_free(system->title);
	g_clear_pointer(&system->mounts, g_ptr_array_unref);
	g_free(system->filesystem);
	g_free(system->device);
	g_free(system->obstacle);
	g_free(system);
}

/* ---- no system ---- */

/* "/dev/sda1 (ext4), ..." */
static char *list_filesystems(char **pairs)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (char **pair = pairs; pair[0]; pair += 2)
		if (!g_str_equal(pair[0], "/dev/sdb") && /* ours */
		    !g_str_equal(pair[1], "unknown"))
			g_string_append_printf(text, "%s%s (%s)", text->len ? ", " : "", pair[0],
					       pair[1]);
	return text_clean(text->str, SHOWN_MAX);
}

/* "/dev/sda2 (crypto_LUKS)", the first that is closed to us, a whole disk or a part; or NULL */
static char *find_locked(guestfs_h *g)
{
	g_auto(GStrv) disks = guestfs_list_devices(g);
	g_auto(GStrv) parts = guestfs_list_partitions(g);
	char **const lists[] = { disks, parts };

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
		for (char **name = lists[i]; name && *name; name++) {
			g_autofree char *type = guestfs_vfs_type(g, *name);

			if (type &&
			    (g_str_equal(type, "crypto_LUKS") || g_str_equal(type, "BitLocker")))
				return g_strdup_printf("%s (%s)", *name, type);
		}
	return NULL;
}

static bool explain_none(Appliance *appliance, const char *disk, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	g_auto(GStrv) pairs = guestfs_list_filesystems(g);
	g_autofree char *locked = NULL;
	g_autofree char *shown = NULL;

	if (!pairs)
		return appliance_fail(appliance, "list the disk's file systems", error);
	locked = find_locked(g);
	if (locked)
		return error_usage(
			error,
			"%s is encrypted (%s): bisectbox asks for no pass phrase; make a "
			"copy that is not encrypted",
			disk, locked);
	shown = list_filesystems(pairs);
	if (!*shown)
		return error_usage(error,
				   "%s is no disk image, or an empty one: there is no file system "
				   "on it",
				   disk);
	return error_usage(error,
			   "%s has no system on it that libguestfs knows, only file systems: %s",
			   disk, shown);
}

static bool explain_several(guestfs_h *g, char **roots, const char *disk, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *shown = NULL;

	for (char **root = roots; *root; root++) {
		g_autofree char *name = guestfs_inspect_get_product_name(g, *root);

		g_string_append_printf(text, "%s%s on %s", text->len ? ", " : "",
				       name ? name : "one", *root);
	}
	shown = text_clean(text->str, SHOWN_MAX);
	return error_usage(error, "%s has several systems: %s; one is wanted", disk, shown);
}

/* ---- the system ---- */

static bool check_kind(Appliance *appliance, const char *root, const char *disk, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	g_autofree char *type = guestfs_inspect_get_type(g, root);
	g_autofree char *arch = type ? guestfs_inspect_get_arch(g, root) : NULL;

	if (!arch)
		return appliance_fail(appliance, "see which system it is", error);
	if (!g_str_equal(type, "linux"))
		return error_usage(error, "%s has no Linux on it: %s", disk, type);
	/* a root without programs that say what it is for may be anything */
	return g_str_equal(arch, "x86_64") || g_str_equal(arch, "unknown") ||
	       error_usage(error, "%s is for %s, and guests are x86_64", disk, arch);
}

static int by_length(const void *a, const void *b)
{
	const SystemMount *const *left = a;
	const SystemMount *const *right = b;
	gsize m = strlen((*left)->place), n = strlen((*right)->place);

	return m != n ? (m > n) - (m < n) : strcmp((*left)->place, (*right)->place);
}

static void add_mount(System *system, const char *device, const char *place)
{
	SystemMount *mount = g_new0(SystemMount, 1);

	mount->device = g_strdup(device);
	mount->place = g_strdup(place);
	g_ptr_array_add(system->mounts, mount);
}

/* Its fstab may name a root that is not there, or none. */
static bool list_mounts(Appliance *appliance, const char *root, System *system, GError **error)
{
	g_auto(GStrv) pairs = guestfs_inspect_get_mountpoints(appliance_handle(appliance), root);

	if (!pairs)
		return appliance_fail(appliance, "see what the system mounts", error);
	system->mounts = g_ptr_array_new_with_free_func((GDestroyNotify)mount_free);
	add_mount(system, root, "/");
	for (char **pair = pairs; pair[0]; pair += 2)
		if (pair[0][0] == '/' && pair[0][1])
			add_mount(system, pair[1], pair[0]);
	g_ptr_array_sort(system->mounts, by_length);
	return true;
}

/* What is in the way of mounting the root as it is; NULL for nothing. */
static char *find_obstacle(guestfs_h *g, const System *system)
{
	const SystemMount *root = system->mounts->pdata[0];

	if (guestfs_is_lv(g, root->device) == 1)
		return g_strdup_printf("its root is on LVM (%s)", root->device);
	if (!g_str_has_prefix(root->device, FIRST))
		return g_strdup_printf("its root is %s", root->device);
	if (!g_str_has_prefix(system->filesystem, "ext"))
		return g_strdup_printf("its root is %s", system->filesystem);
	for (guint i = 1; i < system->mounts->len; i++) {
		const SystemMount *mount = system->mounts->pdata[i];

		/* of use to a boot loader only */
		if (!g_str_has_prefix(mount->place, "/boot"))
			return g_strdup_printf("%s is a file system of its own", mount->place);
	}
	return NULL;
}

static bool describe(Appliance *appliance, const char *root, System *system, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	g_autofree char *name = guestfs_inspect_get_product_name(g, root);
	g_autofree char *distro = guestfs_inspect_get_distro(g, root);
	g_autofree char *obstacle = NULL;

	system->title = text_clean(name && *name && !g_str_equal(name, "unknown") ? name
				   : distro                                       ? distro
										  : "Linux",
				   SHOWN_MAX);
	if (!list_mounts(appliance, root, system, error))
		return false;
	system->filesystem = guestfs_vfs_type(g, root);
	if (!system->filesystem)
		return appliance_fail(appliance, "see which file system the root is", error);
	obstacle = find_obstacle(g, system);
	if (obstacle)
		system->obstacle = text_clean(obstacle, SHOWN_MAX);
	else
		system->device = g_strconcat("/dev/vda", root + strlen(FIRST), NULL);
	return true;
}

char *inspect_pretty_name(const char *text)
{
	static const char field[] = "PRETTY_NAME=";
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_autofree char *value = NULL;

		if (g_str_has_prefix(*line, field))
			value = g_shell_unquote(*line + strlen(field), NULL);
		if (value && *value)
			return text_clean(value, SHOWN_MAX);
	}
	return NULL;
}

char *inspect_title(Appliance *appliance)
{
	static const char path[] = "/etc/os-release";
	guestfs_h *g = appliance_handle(appliance);
	g_autofree char *data = NULL;
	g_autofree char *text = NULL;
	size_t len;

	if (guestfs_is_file_opts(g, path, GUESTFS_IS_FILE_OPTS_FOLLOWSYMLINKS, 1, -1) != 1 ||
	    guestfs_filesize(g, path) > RELEASE_MAX)
		return NULL;
	data = guestfs_read_file(g, path, &len);
	text = data ? g_strndup(data, len) : NULL;
	return text ? inspect_pretty_name(text) : NULL;
}

bool inspect_disk(Appliance *appliance, const char *disk, System **ret_system, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	g_auto(GStrv) roots = guestfs_inspect_os(g);
	g_autoptr(System) system = g_new0(System, 1);

	if (!roots)
		return appliance_fail(appliance, "look for a system on the disk", error);
	if (!roots[0])
		return explain_none(appliance, disk, error);
	if (roots[1])
		return explain_several(g, roots, disk, error);
	if (!check_kind(appliance, roots[0], disk, error) ||
	    !describe(appliance, roots[0], system, error))
		return false;
	*ret_system = g_steal_pointer(&system);
	return true;
}
