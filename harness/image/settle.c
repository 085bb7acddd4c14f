/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The changes to an imported system: few, each for a reason, all in files that people know. */
#include "image/settle.h"

#include "guest/protocol.h"
#include "image/fstab.h"
#include "image/place.h"
#include "image/starter.h"
#include "util/error.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>

#define FILE_MAX (4 << 20)
#define RUNTIME "/usr/lib/bisectbox/runtime"
#define LOADER "lib64/ld-linux-x86-64.so.2"
/* The same for all, so that no boot is a first one; it names no machine on any network. */
#define MACHINE_ID "b15ec7b0b15ec7b0b15ec7b0b15ec7b0\n"
/* SHA-512, which C libraries of the last fifteen years know. */
#define PASSWORD_KIND "$6$"

/* Another distribution's crun, by its own loader and libraries. */
static const char CRUN[] =
	"#!/bin/sh\n"
	"# made by bisectbox when it imported this image, which has no crun\n"
	"exec " RUNTIME "/" LOADER " --library-path " RUNTIME "/usr/lib/x86_64-linux-gnu:" RUNTIME
	"/lib/x86_64-linux-gnu " RUNTIME "/usr/bin/crun \"$@\"\n";

static const char *const CRUN_PLACES[] = { "/usr/bin/crun", "/usr/sbin/crun", "/usr/local/bin/crun",
					   "/bin/crun" };

/* A file's text, NULL where there is none; *@ret_ok false where it cannot be read. */
static char *read_text(guestfs_h *g, const char *path, bool *ret_ok)
{
	g_autofree char *data = NULL;
	size_t len;

	*ret_ok = true;
	if (guestfs_is_file_opts(g, path, GUESTFS_IS_FILE_OPTS_FOLLOWSYMLINKS, 1, -1) != 1)
		return NULL;
	*ret_ok = guestfs_filesize(g, path) <= FILE_MAX;
	data = *ret_ok ? guestfs_read_file(g, path, &len) : NULL;
	*ret_ok = data != NULL;
	return data ? g_strndup(data, len) : NULL;
}

/* Replaces a file's text, its owner and mode staying. */
static bool rewrite(guestfs_h *g, const char *path, const char *text)
{
	return guestfs_write(g, path, text, strlen(text)) == 0;
}

static char *comment_out(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		char *comment;

		if (!**line || **line == '#')
			continue;
		comment = g_strconcat("#bisectbox# ", *line, NULL);
		g_free(*line);
		*line = comment;
	}
	return g_strjoinv("\n", lines);
}

static char *clear_fstab(const char *text)
{
	return fstab_clear(text, NULL);
}

/* What names devices that will not be there, or will be called otherwise. */
static bool clear_devices(guestfs_h *g)
{
	static const struct {
		const char *path;
		char *(*clear)(const char *text);
	} files[] = {
		{ "/etc/fstab", clear_fstab },
		{ "/etc/crypttab", comment_out },
	};

	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		bool ok;
		g_autofree char *text = read_text(g, files[i].path, &ok);
		g_autofree char *cleared = text ? files[i].clear(text) : NULL;

		if (!ok || (cleared && !rewrite(g, files[i].path, cleared)))
			return false;
	}
	return true;
}

/* cloud-init's own switch; before it had one, its links in System V's run levels. */
static bool disable_cloud_init(guestfs_h *g)
{
	g_auto(GStrv) links = NULL;

	if (guestfs_is_dir(g, "/etc/cloud") == 1 &&
	    !place_text(g, "/etc/cloud/cloud-init.disabled", "", 0644))
		return false;
	links = guestfs_glob_expand(g, "/etc/rc?.d/S??cloud-*");
	for (char **link = links; link && *link; link++)
		if (guestfs_rm_f(g, *link) != 0)
			return false;
	return links != NULL;
}

/* root's line of shadow(5) with another hash. */
static char *shadow_with(const char *text, const char *hash)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) fields = NULL;

		if (!g_str_has_prefix(*line, "root:"))
			continue;
		fields = g_strsplit(*line, ":", 3);
		if (g_strv_length(fields) != 3)
			continue;
		g_free(*line);
		*line = g_strdup_printf("%s:%s:%s", fields[0], hash, fields[2]);
	}
	return g_strjoinv("\n", lines);
}

static bool set_password(Appliance *appliance, const SettleSpec *spec, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data data = { 0 };
	const char *hash;
	bool ok;

	if (!spec->password)
		return true;
	if (!crypt_gensalt_rn(PASSWORD_KIND, 0, NULL, 0, salt, sizeof(salt)))
		return error_host(error, "cannot hash the password: %s", g_strerror(errno));
	hash = crypt_r(spec->password, salt, &data);
	if (!hash || hash[0] == '*')
		return error_host(error, "cannot hash the password: %s", g_strerror(errno));

	g_autofree char *text = read_text(g, "/etc/shadow", &ok);
	g_autofree char *changed = text ? shadow_with(text, hash) : NULL;
	if (!changed || g_str_equal(changed, text))
		return error_usage(error,
				   "%s has no root in its /etc/shadow: it can get no "
				   "password",
				   spec->disk);
	return rewrite(g, "/etc/shadow", changed) ||
	       appliance_fail(appliance, "set root's password", error);
}

/* Without one, systemd takes each boot for the first. */
static bool set_machine_id(guestfs_h *g)
{
	return (guestfs_exists(g, "/etc/machine-id") != 1 &&
		guestfs_is_dir(g, "/etc/systemd") != 1) ||
	       place_text(g, "/etc/machine-id", MACHINE_ID, 0444);
}

bool settle_has_crun(Appliance *appliance)
{
	for (guint i = 0; i < G_N_ELEMENTS(CRUN_PLACES); i++)
		if (guestfs_exists(appliance_handle(appliance), CRUN_PLACES[i]) == 1)
			return true;
	return false;
}

static bool install_crun(guestfs_h *g, const char *tar)
{
	return place_folder(g, RUNTIME) &&
	       guestfs_tar_in_opts(g, tar, RUNTIME, GUESTFS_TAR_IN_OPTS_XATTRS, 1, -1) == 0 &&
	       place_text(g, PROTOCOL_PROGRAMS "/crun", CRUN, 0755);
}

bool settle_system(Appliance *appliance, const SettleSpec *spec, const char **ret_init,
		   bool *ret_crun, GError **error)
{
	guestfs_h *g = appliance_handle(appliance);
	bool has_crun = settle_has_crun(appliance);

	if (!starter_install(appliance, spec->disk, ret_init, error))
		return false;
	if (!place_agent(g, spec->agent))
		return appliance_fail(appliance, "copy the agent to the disk", error);
	if (!clear_devices(g))
		return appliance_fail(appliance, "clear /etc/fstab", error);
	if (!disable_cloud_init(g))
		return appliance_fail(appliance, "switch cloud-init off", error);
	if (!set_machine_id(g))
		return appliance_fail(appliance, "set /etc/machine-id", error);
	if (!set_password(appliance, spec, error))
		return false;
	if (!has_crun && spec->crun && !install_crun(g, spec->crun))
		return appliance_fail(appliance, "copy crun to the disk", error);
	*ret_crun = has_crun || spec->crun;
	return true;
}
