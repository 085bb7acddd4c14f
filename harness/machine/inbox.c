/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the channel into the share. */
#include "machine/inbox.h"
#include "guest/protocol.h"
#include "util/error.h"
#include "util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_MAX 512
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct Inbox {
	char *out;
	GString *head; /* of the line that begins a piece */
	int fd;        /* of the file that the piece goes to, -1 between pieces */
	guint64 left;  /* bytes of the piece that are still to come */
	bool ended;
	bool deaf; /* it does not keep to the protocol */
};

Inbox *inbox_new(const char *share)
{
	Inbox *inbox = g_new0(Inbox, 1);

	inbox->out = g_build_filename(share, "out", NULL);
	inbox->head = g_string_new(NULL);
	inbox->fd = -1;
	return inbox;
}

void inbox_free(Inbox *inbox)
{
	if (!inbox)
		return;
	if (inbox->fd >= 0)
		close(inbox->fd);
	g_string_free(inbox->head, TRUE);
	g_free(inbox->out);
	g_free(inbox);
}

/* A path beneath out/, of names that nothing can be meant by but files. */
static bool name_is_good(const char *name)
{
	g_auto(GStrv) parts = g_strsplit(name, "/", -1);

	if (!parts[0] || g_strv_length(parts) > PROTOCOL_FAR_DEPTH)
		return false;
	for (char **part = parts; *part; part++) {
		gsize len = strlen(*part);

		if (len == 0 || len > PROTOCOL_NAME_MAX || **part == '.' || **part == '-' ||
		    strspn(*part, NAME_CHARACTERS) != len)
			return false;
	}
	return true;
}

/* Digits and a space; moves @text behind them. */
static bool take_number(const char **text, guint64 *ret_number)
{
	gsize len = strspn(*text, "0123456789");
	g_autofree char *digits = g_strndup(*text, len);

	if (len == 0 || (*text)[len] != ' ' ||
	    !g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT32, ret_number, NULL))
		return false;
	*text += len + 1;
	return true;
}

/* Where the guest has a file in a folder's place, or the other way round, it is to blame. */
static bool is_guests(int err)
{
	return err == ENOTDIR || err == EISDIR || err == ELOOP;
}

/* The folders of a name, which have been found to be good. */
static bool make_folders(const Inbox *inbox, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		g_autofree char *part = g_strndup(name, (gsize)(slash - name));
		g_autofree char *path = g_build_filename(inbox->out, part, NULL);

		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return false;
	}
	return true;
}

/* Opens a piece's file, with nothing behind @offset. */
static bool open_file(Inbox *inbox, const char *name, guint64 offset, GError **error)
{
	g_autofree char *path = g_build_filename(inbox->out, name, NULL);
	struct stat st;

	inbox->fd = make_folders(inbox, name)
			    ? open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644)
			    : -1;
	if (inbox->fd < 0 && is_guests(errno)) {
		inbox->deaf = true;
		return true;
	}
	if (inbox->fd < 0 || fstat(inbox->fd, &st) < 0)
		return error_host(error, "cannot write %s: %s", path, g_strerror(errno));
	if (offset > (guint64)st.st_size) {
		inbox->deaf = true;
		return true;
	}
	if (ftruncate(inbox->fd, (off_t)offset) < 0 ||
	    lseek(inbox->fd, (off_t)offset, SEEK_SET) < 0)
		return error_host(error, "cannot write %s: %s", path, g_strerror(errno));
	return true;
}

static void close_file(Inbox *inbox)
{
	if (inbox->fd >= 0)
		close(inbox->fd);
	inbox->fd = -1;
}

static bool take_head(Inbox *inbox, GError **error)
{
	const char *text = inbox->head->str;
	guint64 offset, size;

	if (strlen(text) == inbox->head->len && g_str_equal(text, "end")) {
		inbox->ended = true;
		return true;
	}
	if (strlen(text) != inbox->head->len || !g_str_has_prefix(text, "file ")) {
		inbox->deaf = true;
		return true;
	}
	text += strlen("file ");
	if (!take_number(&text, &offset) || !take_number(&text, &size) ||
	    size > PROTOCOL_FAR_PIECE || !name_is_good(text)) {
		inbox->deaf = true;
		return true;
	}
	inbox->left = size;
	if (!open_file(inbox, text, offset, error))
		return false;
	if (size == 0)
		close_file(inbox);
	return true;
}

/* Returns how many bytes were taken; 0 on error. */
static gsize take_piece(Inbox *inbox, const char *data, gsize len, GError **error)
{
	gsize part = (gsize)MIN(inbox->left, len);

	if (!fs_write_all(inbox->fd, data, part)) {
		error_host(error, "cannot write to %s: %s", inbox->out, g_strerror(errno));
		return 0;
	}
	inbox->left -= part;
	if (inbox->left == 0)
		close_file(inbox);
	return part;
}

bool inbox_feed(Inbox *inbox, const char *data, gsize len, GError **error)
{
	while (len && !inbox->deaf && !inbox->ended) {
		const char *newline;
		gsize part;

		if (inbox->fd >= 0) {
			part = take_piece(inbox, data, len, error);
			if (part == 0)
				return false;
			data += part;
			len -= part;
			continue;
		}
		newline = memchr(data, '\n', len);
		part = newline ? (gsize)(newline - data) : len;
		g_string_append_len(inbox->head, data, (gssize)part);
		inbox->deaf = inbox->head->len > HEAD_MAX;
		data += part + (newline ? 1 : 0);
		len -= part + (newline ? 1 : 0);
		if (newline && !inbox->deaf && !take_head(inbox, error))
			return false;
		if (newline)
			g_string_truncate(inbox->head, 0);
	}
	return true;
}

bool inbox_ended(const Inbox *inbox)
{
	return inbox->ended;
}
