/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending a file, and not its holes. */
#include "machine/upload.h"
#include "machine/internal.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_MIB 16

typedef struct {
	const Upload *upload;
	int fd;
	guint64 size;
	guint64 told; /* MiB */
} Sender;

static void tell(Sender *sender)
{
	off_t at = lseek(sender->fd, 0, SEEK_CUR);
	guint64 mib = at > 0 ? (guint64)at >> 20 : 0;

	if (!sender->upload->progress || mib < sender->told + PROGRESS_MIB)
		return;
	sender->told = mib;
	sender->upload->progress(sender->upload->path, mib, sender->size >> 20,
				 sender->upload->user);
}

static int on_data(virStreamPtr stream, char *data, size_t len, void *user)
{
	Sender *sender = user;
	ssize_t n;

	(void)stream;
	if (g_cancellable_is_cancelled(sender->upload->cancel))
		return -1;
	n = read(sender->fd, data, len);
	tell(sender);
	return (int)n;
}

/* How much there is until the next hole or, in one, until the next data. */
static int on_hole(virStreamPtr stream, int *in_data, long long *length, void *user)
{
	const Sender *sender = user;
	off_t at = lseek(sender->fd, 0, SEEK_CUR), data, end;

	(void)stream;
	data = lseek(sender->fd, at, SEEK_DATA);
	if (data < 0 && errno != ENXIO) {
		/* a file system that does not know: all of it is data */
		data = at;
	} else if (data < 0) {
		data = (off_t)sender->size; /* the hole at its end */
	}
	*in_data = data == at && at < (off_t)sender->size;
	end = *in_data ? lseek(sender->fd, at, SEEK_HOLE) : data;
	if (end < 0)
		end = (off_t)sender->size;
	*length = end - at;
	return lseek(sender->fd, at, SEEK_SET) < 0 ? -1 : 0;
}

static int on_skip(virStreamPtr stream, long long length, void *user)
{
	(void)stream;
	return lseek(((const Sender *)user)->fd, (off_t)length, SEEK_CUR) < 0 ? -1 : 0;
}

static bool send_all(const Upload *upload, virStorageVolPtr volume, int fd, guint64 size)
{
	Sender sender = { .upload = upload, .fd = fd, .size = size };
	virStreamPtr stream = virStreamNew(virStorageVolGetConnect(volume), 0);
	bool ok;

	if (!stream)
		return false;
	ok = virStorageVolUpload(volume, stream, 0, 0, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) == 0;
	/* it aborts the stream where it fails */
	ok = ok && virStreamSparseSendAll(stream, on_data, on_hole, on_skip, &sender) == 0;
	ok = ok && virStreamFinish(stream) == 0;
	virStreamFree(stream);
	return ok;
}

static virStorageVolPtr make_volume(const Upload *upload, guint64 size)
{
	g_autofree char *xml = g_markup_printf_escaped(
		"<volume><name>%s</name><capacity>%" G_GUINT64_FORMAT "</capacity>"
		"<allocation>0</allocation><target><format type='raw'/>"
		"<permissions><mode>0644</mode></permissions></target></volume>",
		upload->name, size);

	return virStorageVolCreateXML(upload->pool, xml, 0);
}

static bool upload_fail(const Upload *upload, GError **error)
{
	g_autofree char *what = NULL;

	if (g_cancellable_is_cancelled(upload->cancel))
		return error_interrupted(error);
	what = g_strdup_printf("cannot bring %s to %s", upload->path, upload->host);
	return machine_fail(error, what);
}

bool upload_file(const Upload *upload, virStorageVolPtr *ret_volume, GError **error)
{
	int fd = open(upload->path, O_RDONLY | O_CLOEXEC);
	virStorageVolPtr volume;
	struct stat st;
	bool ok;

	if (fd < 0 || fstat(fd, &st) < 0) {
		error_host(error, "cannot read %s: %s", upload->path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	volume = make_volume(upload, S_ISREG(st.st_mode) ? (guint64)st.st_size : 0);
	ok = volume && (st.st_size == 0 || send_all(upload, volume, fd, (guint64)st.st_size));
	close(fd);
	if (ok) {
		*ret_volume = volume;
		return true;
	}
	upload_fail(upload, error);
	if (volume) {
		virStorageVolDelete(volume, 0);
		virStorageVolFree(volume);
	}
	return false;
}
