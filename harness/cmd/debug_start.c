/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding a guest that waits, and telling it that its case is to be started. */
#include "cmd/debug_start.h"

#include "cmd/person.h"
#include "guest/protocol.h"
#include "step/attended.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>

#define NOTE "waits"
#define NOTE_MAX ((gsize)4096)
#define ANSWER_S 3 /* a guest that a debugger has stopped says nothing */

/* One that waits. */
typedef struct {
	char *name;
	char *folder;
	char *about;
} Waiting;

static void waiting_free(Waiting *waiting)
{
	g_free(waiting->name);
	g_free(waiting->folder);
	g_free(waiting->about);
	g_free(waiting);
}

bool debug_note(const char *folder, const char *about, GError **error)
{
	g_autofree char *path = g_build_filename(folder, NOTE, NULL);

	return fs_write(path, about, -1, error);
}

char *debug_name(const char *folder)
{
	g_autofree char *run = g_path_get_dirname(folder);

	return g_path_get_basename(run);
}

/* Those of processes that live; what killed ones have left is not locked. */
static GPtrArray *find_waiting(void)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)waiting_free);
	g_autofree char *runs = paths_cache("run");
	g_autoptr(GDir) dir = g_dir_open(runs, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *run = g_build_filename(runs, name, NULL);
		g_autofree char *note = g_build_filename(run, PERSON_FOLDER, NOTE, NULL);
		g_autofree char *about = NULL;
		Waiting *waiting;

		if (!fs_locked(run) || !fs_read(note, NOTE_MAX, &about, NULL, NULL))
			continue;
		waiting = g_new0(Waiting, 1);
		waiting->name = g_strdup(name);
		waiting->folder = g_build_filename(run, PERSON_FOLDER, NULL);
		waiting->about = g_steal_pointer(&about);
		g_ptr_array_add(list, waiting);
	}
	return list;
}

static char *list_waiting(const GPtrArray *list)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++) {
		const Waiting *waiting = list->pdata[i];

		g_string_append_printf(text, "%s%s (%s)", i ? ", " : "", waiting->name,
				       waiting->about);
	}
	return g_string_free(text, FALSE);
}

static const Waiting *choose(const GPtrArray *list, const char *name, GError **error)
{
	g_autofree char *all = list_waiting(list);

	for (guint i = 0; name && i < list->len; i++)
		if (g_str_equal(((const Waiting *)list->pdata[i])->name, name))
			return list->pdata[i];
	if (!list->len)
		error_usage(error, "no guest waits: start one with `bisectbox debug --case NAME "
				   "REV`, in another terminal and with the same BISECTBOX_CACHE");
	else if (name)
		error_usage(error, "no guest \"%s\" waits: there is %s", name, all);
	else if (list->len > 1)
		error_usage(error, "%u guests wait: name one of %s", list->len, all);
	return !name && list->len == 1 ? list->pdata[0] : NULL;
}

/* Whether it says that it goes. */
static bool hear(GInputStream *stream)
{
	char answer[sizeof(PROTOCOL_GOES) - 1];
	gsize len = 0;

	return g_input_stream_read_all(stream, answer, sizeof(answer), &len, NULL, NULL) &&
	       len == sizeof(answer) && memcmp(answer, PROTOCOL_GOES, len) == 0;
}

static bool tell(const Waiting *waiting, bool *ret_heard, GError **error)
{
	g_autofree char *path = g_build_filename(waiting->folder, ATTENDED_PORT, NULL);
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GSocketConnection) connection = NULL;
	g_autoptr(GError) local = NULL;

	g_socket_client_set_timeout(client, ANSWER_S);
	connection = g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, &local);
	if (!connection ||
	    !g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)),
				       PROTOCOL_GO, strlen(PROTOCOL_GO), NULL, NULL, &local))
		return error_host(error, "cannot reach the guest %s: %s", waiting->name,
				  local->message);
	*ret_heard = hear(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
	return true;
}

bool debug_start(const char *name, char **ret_said, GError **error)
{
	g_autoptr(GPtrArray) list = find_waiting();
	const Waiting *waiting = choose(list, name, error);
	bool heard = false;

	if (!waiting || !tell(waiting, &heard, error))
		return false;
	*ret_said = heard ? g_strdup_printf("started: %s", waiting->about)
			  : g_strdup_printf("told, and not yet heard: %s; where the debugger has "
					    "stopped the guest, let it continue",
					    waiting->about);
	return true;
}
