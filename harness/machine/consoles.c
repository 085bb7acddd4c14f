/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two consoles become one log. */
#include "machine/consoles.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES (64 << 10)
/* Lines that the other console may still repeat; virtio's prints the whole boot at once, late. */
#define AHEAD_MAX 8192

static const char letters[CONSOLE_SOURCES] = { 'S', 'V' };

/* One console: its line so far, and what it has printed that the other has not. */
typedef struct {
	GString *line;
	GQueue *order;     /* of the lines in @ahead, the oldest first; owns them */
	GHashTable *ahead; /* line -> how often */
} Half;

struct Consoles {
	int fd;
	GString *stamped; /* what is about to be written */
	Half halves[CONSOLE_SOURCES];
};

Consoles *consoles_open(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	Consoles *consoles;

	if (fd < 0) {
		error_host(error, "cannot write the console file %s: %s", path, g_strerror(errno));
		return NULL;
	}
	consoles = g_new0(Consoles, 1);
	consoles->fd = fd;
	consoles->stamped = g_string_new(NULL);
	for (guint i = 0; i < CONSOLE_SOURCES; i++)
		consoles->halves[i] = (Half){ .line = g_string_new(NULL),
					      .order = g_queue_new(),
					      .ahead = g_hash_table_new(g_str_hash, g_str_equal) };
	return consoles;
}

void consoles_free(Consoles *consoles)
{
	if (!consoles)
		return;
	for (guint i = 0; i < CONSOLE_SOURCES; i++) {
		g_string_free(consoles->halves[i].line, TRUE);
		g_hash_table_unref(consoles->halves[i].ahead);
		g_queue_free_full(consoles->halves[i].order, g_free);
	}
	g_string_free(consoles->stamped, TRUE);
	close(consoles->fd);
	g_free(consoles);
}

/* @key is in @order, and stays there until it is the oldest. */
static void half_set(Half *half, char *key, guint count)
{
	if (count)
		g_hash_table_replace(half->ahead, key, GUINT_TO_POINTER(count));
	else
		g_hash_table_remove(half->ahead, key);
}

/* Something that the other console may still print. */
static void half_expect(Half *half, const char *line)
{
	char *key = g_strdup(line);
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(half->ahead, line));

	g_queue_push_tail(half->order, key);
	half_set(half, key, count + 1);
	while (half->order->length > AHEAD_MAX) {
		g_autofree char *oldest = g_queue_pop_head(half->order);
		gpointer owner = NULL;

		/* of several copies the table has the youngest, which stays */
		if (g_hash_table_lookup_extended(half->ahead, oldest, &owner, NULL) &&
		    owner == oldest)
			g_hash_table_remove(half->ahead, oldest);
	}
}

/* Whether the other console has printed it already; then that is made up for. */
static bool half_repeats(Half *other, const char *line)
{
	gpointer key = NULL, count = NULL;

	if (!g_hash_table_lookup_extended(other->ahead, line, &key, &count))
		return false;
	half_set(other, key, GPOINTER_TO_UINT(count) - 1);
	return true;
}

static void take_line(Consoles *consoles, ConsoleSource source, gint64 ms, GString *lines)
{
	Half *half = &consoles->halves[source];
	GString *line = half->line;
	bool telling;

	while (line->len && line->str[line->len - 1] == '\r')
		g_string_truncate(line, line->len - 1);
	/* empty lines are no sign of a repetition, and with a NUL they cannot be told apart */
	telling = line->len && strlen(line->str) == line->len;
	if (!telling || !half_repeats(&consoles->halves[!source], line->str)) {
		stamp_add(consoles->stamped, ms, letters[source], line->str, line->len);
		g_string_append_len(lines, line->str, (gssize)line->len);
		g_string_append_c(lines, '\n');
		if (telling)
			half_expect(half, line->str);
	}
	g_string_truncate(line, 0);
}

static bool write_out(Consoles *consoles, GError **error)
{
	GString *stamped = consoles->stamped;
	bool ok = fs_write_all(consoles->fd, stamped->str, stamped->len);

	g_string_truncate(stamped, 0);
	return ok || error_host(error, "cannot write the console file: %s", g_strerror(errno));
}

bool consoles_feed(Consoles *consoles, ConsoleSource source, gint64 ms, const char *data, gsize len,
		   GString *lines, GError **error)
{
	GString *line = consoles->halves[source].line;

	while (len) {
		const char *newline = memchr(data, '\n', len);
		gsize room = LINE_MAX_BYTES - line->len;
		gsize part = MIN(newline ? (gsize)(newline - data) : len, room);

		g_string_append_len(line, data, (gssize)part);
		data += part;
		len -= part;
		if (len && *data == '\n') {
			data++;
			len--;
		} else if (part < room) {
			break;
		}
		take_line(consoles, source, ms, lines);
	}
	return write_out(consoles, error);
}

bool consoles_end(Consoles *consoles, gint64 ms, GString *lines, GError **error)
{
	for (guint i = 0; i < CONSOLE_SOURCES; i++)
		if (consoles->halves[i].line->len)
			take_line(consoles, i, ms, lines);
	return write_out(consoles, error);
}
