/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd, System V's init, busybox' init, and whatever runs /etc/rc.local. */
#include "image/starter.h"

#include "guest/protocol.h"
#include "image/place.h"
#include "util/error.h"

#include <string.h>

#define COMMAND PROTOCOL_AGENT " " PROTOCOL_SERVICE
#define UNITS "/etc/systemd/system/"
#define UNIT "bisectbox.service"
#define INITTAB "/etc/inittab"
#define RC_LOCAL "/etc/rc.local"
#define INITTAB_MAX 65536

/*
 * "After" the target that wants it: all else that belongs there has been started. With a failing or
 * killed agent nothing more can come of the guest.
 */
static const char SERVICE[] = "# made by bisectbox when it imported this image\n"
			      "[Unit]\n"
			      "Description=The cases that bisectbox is to run\n"
			      "After=multi-user.target\n"
			      "ConditionKernelCommandLine=bisectbox.token\n"
			      "ConditionKernelCommandLine=!" PROTOCOL_NO_CASES "\n"
			      "FailureAction=poweroff-immediate\n"
			      "\n"
			      "[Service]\n"
			      "ExecStart=" COMMAND "\n"
			      "StandardInput=null\n"
			      "StandardOutput=null\n"
			      "StandardError=null\n"
			      "TasksMax=infinity\n";

/* A login on the console would throw away what is still to be written there. */
static const char QUIET_CONSOLE[] = "# made by bisectbox when it imported this image\n"
				    "[Unit]\n"
				    "ConditionKernelCommandLine=|!bisectbox.token\n"
				    "ConditionKernelCommandLine=|" PROTOCOL_NO_CASES "\n";

/* What waits for a network, which guests do not have. */
static const char *const MASKED[] = {
	"systemd-networkd-wait-online.service",
	"NetworkManager-wait-online.service",
	"ifupdown-wait-online.service",
};

static bool install_unit(guestfs_h *g)
{
	if (!place_text(g, UNITS UNIT, SERVICE, 0644) ||
	    !place_link(g, UNITS "multi-user.target.wants/" UNIT, "../" UNIT) ||
	    !place_text(g, UNITS "serial-getty@.service.d/bisectbox.conf", QUIET_CONSOLE, 0644))
		return false;
	for (guint i = 0; i < G_N_ELEMENTS(MASKED); i++) {
		g_autofree char *path = g_strconcat(UNITS, MASKED[i], NULL);

		if (!place_link(g, path, "/dev/null"))
			return false;
	}
	return true;
}

/* The third of a line's four fields, what is to be done with the program; or NULL. */
static char *inittab_action(const char *line)
{
	g_auto(GStrv) fields = NULL;

	if (line[0] == '#')
		return NULL;
	fields = g_strsplit(line, ":", 4);
	return g_strv_length(fields) == 4 ? g_strdup(fields[2]) : NULL;
}

/* busybox' lines have no run levels, and a terminal or nothing for a name. */
static bool has_levels(const char *line)
{
	g_auto(GStrv) fields = g_strsplit(line, ":", 3);

	return fields[0] && fields[1] && *fields[1];
}

char *starter_inittab(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool starts = false, levels = false;

	for (char **line = lines; *line; line++) {
		g_autofree char *action = inittab_action(*line);

		if (!action || g_str_equal(action, "initdefault"))
			continue;
		starts |= g_str_equal(action, "wait") || g_str_equal(action, "sysinit");
		levels |= has_levels(*line);
	}
	if (!starts)
		return NULL;
	/* `once` comes after what is waited for */
	return g_strdup_printf("%s%s%s:once:" COMMAND "\n", text,
			       *text && !g_str_has_suffix(text, "\n") ? "\n" : "",
			       levels ? "bb:2345" : ":");
}

char *starter_rc_local(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GString) out = g_string_new(NULL);
	gint before = -1;

	for (gint i = 0; lines[i]; i++)
		if (g_str_has_prefix(lines[i], "exit"))
			before = i;
	for (gint i = 0; lines[i]; i++) {
		if (i == before)
			g_string_append(out, COMMAND "\n");
		g_string_append_printf(out, "%s%s", lines[i], lines[i + 1] ? "\n" : "");
	}
	if (before < 0)
		g_string_append_printf(out, "%s" COMMAND "\n",
				       out->len && !g_str_has_suffix(out->str, "\n") ? "\n" : "");
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* A file's text; NULL where there is no such file, or a large one. */
static char *read_text(guestfs_h *g, const char *path)
{
	g_autofree char *data = NULL;
	size_t len;

	if (guestfs_is_file_opts(g, path, GUESTFS_IS_FILE_OPTS_FOLLOWSYMLINKS, 1, -1) != 1 ||
	    guestfs_filesize(g, path) > INITTAB_MAX)
		return NULL;
	data = guestfs_read_file(g, path, &len);
	return data ? g_strndup(data, len) : NULL;
}

/* Changes a file by @change; true also where there is nothing to change, with *@ret_done false. */
static bool change_file(guestfs_h *g, const char *path, char *(*change)(const char *text), int mode,
			bool *ret_done)
{
	g_autofree char *text = read_text(g, path);
	g_autofree char *changed = text ? change(text) : NULL;

	*ret_done = changed != NULL;
	return !changed || place_text(g, path, changed, mode);
}

static bool is_systemd(const char *init)
{
	g_autofree char *name = g_path_get_basename(init);

	return g_str_equal(name, "systemd");
}

bool starter_install(Appliance *appliance, const char *disk, const char **ret_init, GError **error)
{
	static const char what[] = "have the image's init start the agent";
	guestfs_h *g = appliance_handle(appliance);
	g_autofree char *init = guestfs_realpath(g, "/sbin/init");
	bool done = false;

	if (init && is_systemd(init)) {
		*ret_init = "systemd";
		return install_unit(g) || appliance_fail(appliance, what, error);
	}
	*ret_init = "init, by /etc/inittab";
	if (init && !change_file(g, INITTAB, starter_inittab, 0644, &done))
		return appliance_fail(appliance, what, error);
	if (done)
		return true;
	*ret_init = "init, by /etc/rc.local";
	if (init && !change_file(g, RC_LOCAL, starter_rc_local, 0755, &done))
		return appliance_fail(appliance, what, error);
	return done || error_usage(error,
				   "%s has no init that bisectbox knows: neither systemd, nor an "
				   "/etc/inittab or /etc/rc.local",
				   disk);
}
