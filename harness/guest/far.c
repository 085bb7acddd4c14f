/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The share's files over virtio-serial. */
#include "guest/far.h"

#include "guest/protocol.h"
#include "guest/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CMDLINE_MAX 65536
#define PORTS "/sys/class/virtio-ports"
#define PORT_WAIT_MS 10000 /* the host tells of a port after the driver has begun */
#define PORT_TICK_MS 20
#define GOT_WAIT_MS 10000
#define LINGER_S 10
#define HEAD_MAX 512

/* A file of out/, as the host has it. */
typedef struct {
	char *name;
	off_t sent;
	off_t size;
	struct timespec changed;
} Sent;

struct Far {
	int port; /* -1 once it has failed */
	char out[PATH_MAX];
	Sent *files;
	size_t n;
};

char *far_disk(void)
{
	char *text = read_text("/proc/cmdline", CMDLINE_MAX, NULL), *disk = NULL;
	const char *at = text ? strstr(text, PROTOCOL_FAR_ARG) : NULL;
	size_t len;

	if (at) {
		at += strlen(PROTOCOL_FAR_ARG);
		len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789");
		if (asprintf(&disk, "/dev/%.*s", (int)len, at) < 0)
			disk = NULL;
	}
	free(text);
	return disk;
}

/* ---- the port ---- */

static int find_port(void)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *dir = opendir(PORTS);
	int port = -1;

	while (dir && port < 0 && (entry = readdir(dir))) {
		char *name;

		set_path(path, PORTS "/%s/name", entry->d_name);
		name = read_text(path, 256, NULL);
		if (name && strncmp(name, PROTOCOL_CHANNEL "\n", sizeof(PROTOCOL_CHANNEL)) == 0) {
			set_path(path, "/dev/%s", entry->d_name);
			port = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		}
		free(name);
	}
	if (dir)
		closedir(dir);
	return port;
}

static int open_port(Reason *reason)
{
	const struct timespec tick = { .tv_nsec = PORT_TICK_MS * 1000000 };
	int port = -1;

	if (access(PORTS, F_OK) < 0) {
		fail(reason, "this kernel has no virtio console (VIRTIO_CONSOLE), so that results "
			     "cannot be handed back from another host");
		return -1;
	}
	for (int ms = 0; port < 0 && ms < PORT_WAIT_MS; ms += PORT_TICK_MS) {
		port = find_port();
		if (port < 0)
			nanosleep(&tick, NULL);
	}
	if (port < 0)
		fail(reason, "there is no port " PROTOCOL_CHANNEL " to hand results back");
	return port;
}

static bool read_exactly(int fd, char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* A line, byte by byte: what is behind it belongs to somebody else. */
static bool read_line(int fd, char *line, size_t size)
{
	size_t len = 0;

	while (len + 1 < size && read_exactly(fd, line + len, 1)) {
		if (line[len] == '\n') {
			line[len] = '\0';
			return true;
		}
		len++;
	}
	return false;
}

static char *read_job(int port, Reason *reason)
{
	char line[64], rest;
	unsigned size;
	char *text;

	if (!read_line(port, line, sizeof(line)) || sscanf(line, "job %u%c", &size, &rest) != 1 ||
	    size >= PROTOCOL_JOB_MAX) {
		errno = EPROTO;
		fail(reason, "the host sent no job");
		return NULL;
	}
	text = calloc(1, size + 1);
	if (text && read_exactly(port, text, size))
		return text;
	fail(reason, "cannot read the job from the host");
	free(text);
	return NULL;
}

static bool mount_disk(const char *disk, const char *in, Reason *reason)
{
	const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV;

	/* a kernel without ext2 of its own may read it with ext4's */
	return mount(disk, in, "ext2", flags, NULL) == 0 ||
	       (errno == ENODEV && mount(disk, in, "ext4", flags, NULL) == 0) ||
	       fail(reason, "cannot mount %s, which has what the cases need", disk);
}

Far *far_open(const char *disk, const char *share, char **ret_job, Reason *reason)
{
	char in[PATH_MAX];
	Far *far = calloc(1, sizeof(*far));

	if (!far) {
		fail(reason, "no memory");
		return NULL;
	}
	set_path(in, "%s/in", share);
	set_path(far->out, "%s/out", share);
	if (!root_mount("tmpfs", share, MS_NOSUID | MS_NODEV, "mode=0755", reason) ||
	    !make_dir(in, reason) || !make_dir(far->out, reason) || !mount_disk(disk, in, reason) ||
	    (far->port = open_port(reason)) < 0 || !(*ret_job = read_job(far->port, reason))) {
		free(far);
		return NULL;
	}
	return far;
}

/* ---- what is sent ---- */

static Sent *find_sent(Far *far, const char *name)
{
	Sent *files;

	for (size_t i = 0; i < far->n; i++)
		if (strcmp(far->files[i].name, name) == 0)
			return &far->files[i];
	files = realloc(far->files, (far->n + 1) * sizeof(*files));
	if (!files)
		return NULL;
	far->files = files;
	files[far->n] = (Sent){ .name = strdup(name), .size = -1 };
	return files[far->n].name ? &files[far->n++] : NULL;
}

/* One piece and the line before it by one write, which is one word to the host. */
static bool send_piece(Far *far, const char *name, off_t offset, const char *data, size_t len)
{
	static char buffer[HEAD_MAX + PROTOCOL_FAR_PIECE];
	int head = snprintf(buffer, HEAD_MAX, "file %lld %zu %s\n", (long long)offset, len, name);

	if (head >= HEAD_MAX)
		return true;
	memcpy(buffer + head, data, len);
	if (write_all(far->port, buffer, (size_t)head + len))
		return true;
	close(far->port);
	far->port = -1;
	return false;
}

/* Output only grows; all else may be another file by now. */
static bool only_grows(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *leaf = slash ? slash + 1 : name;

	return strcmp(leaf, "stdout") == 0 || strcmp(leaf, "stderr") == 0;
}

static void send_file(Far *far, Sent *sent, const char *path, const struct stat *st)
{
	static char data[PROTOCOL_FAR_PIECE];
	off_t offset = only_grows(sent->name) && sent->sent <= st->st_size ? sent->sent : 0;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	/* that it is there is worth a word, too */
	if (st->st_size == 0)
		send_piece(far, sent->name, 0, data, 0);
	while ((n = pread(fd, data, sizeof(data), offset)) > 0 &&
	       send_piece(far, sent->name, offset, data, (size_t)n))
		offset += n;
	close(fd);
	sent->sent = offset;
	sent->size = st->st_size;
	sent->changed = st->st_mtim;
}

static void sync_folder(Far *far, const char *folder, unsigned depth)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *dir;

	set_path(path, "%s/%s", far->out, folder);
	dir = opendir(path);
	while (dir && far->port >= 0 && (entry = readdir(dir))) {
		char name[PATH_MAX];
		struct stat st;
		Sent *sent;

		if (entry->d_name[0] == '.')
			continue;
		set_path(name, "%s%s%s", folder, *folder ? "/" : "", entry->d_name);
		set_path(path, "%s/%s", far->out, name);
		if (lstat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < PROTOCOL_FAR_DEPTH)
			sync_folder(far, name, depth + 1);
		if (!S_ISREG(st.st_mode) || !(sent = find_sent(far, name)))
			continue;
		if (sent->size != st.st_size ||
		    memcmp(&sent->changed, &st.st_mtim, sizeof(st.st_mtim)) != 0)
			send_file(far, sent, path, &st);
	}
	if (dir)
		closedir(dir);
}

void far_sync(Far *far)
{
	if (far && far->port >= 0)
		sync_folder(far, "", 1);
}

void far_end(Far *far)
{
	struct pollfd port = { .events = POLLIN };
	char got[sizeof(PROTOCOL_FAR_GOT)];

	if (!far)
		return;
	far_sync(far);
	port.fd = far->port;
	if (far->port >= 0 && write_all(far->port, "end\n", 4) && poll(&port, 1, GOT_WAIT_MS) > 0)
		read_line(far->port, got, sizeof(got));
}

void far_linger(const Far *far)
{
	if (far)
		sleep(LINGER_S);
}
