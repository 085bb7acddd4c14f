/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files, read, written and copied whole; each failure a line for a person. */
#include "guest/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 8 /* folders in folders */

bool fail(Reason *reason, const char *format, ...)
{
	const char *error = strerror(errno);
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(reason->text, sizeof(reason->text), format, args);
	va_end(args);
	len = strlen(reason->text);
	snprintf(reason->text + len, sizeof(reason->text) - len, ": %s", error);
	return false;
}

void set_path(char path[PATH_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
}

bool make_dir(const char *path, Reason *reason)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail(reason, "cannot make %s", path);
	return true;
}

bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

char *read_text(const char *path, size_t max, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd >= 0 ? malloc(max + 1) : NULL;
	size_t len = 0;
	ssize_t n = 0;

	while (text && len < max && (n = read(fd, text + len, max - len)) > 0)
		len += (size_t)n;
	if (text && (n < 0 || len == max)) {
		errno = n < 0 ? errno : EFBIG;
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (!text)
		return NULL;
	text[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return text;
}

bool write_text(const char *path, const char *text, size_t len, Reason *reason)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && write_all(fd, text, len);

	if (fd >= 0 && close(fd) < 0)
		ok = false;
	return ok ? true : fail(reason, "cannot write %s", path);
}

bool copy_file(const char *from, const char *to, off_t max, Reason *reason)
{
	static char buffer[128 * 1024];
	int in = open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool ok;
	int out;

	if (in < 0)
		return fail(reason, "cannot open %s", from);
	if (fstat(in, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(in);
		return true;
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 0755);
	ok = out >= 0;
	while (ok && max > 0) {
		size_t part = max < (off_t)sizeof(buffer) ? (size_t)max : sizeof(buffer);
		ssize_t n = read(in, buffer, part);

		if (n == 0)
			break;
		ok = n > 0 && write_all(out, buffer, (size_t)n);
		max -= n;
	}
	if (out >= 0 && close(out) < 0)
		ok = false;
	if (!ok)
		fail(reason, "cannot copy %s to %s", from, to);
	close(in);
	return ok;
}

static bool copy_level(const char *from, const char *to, int depth, Reason *reason)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	bool ok;

	if (!dir)
		return fail(reason, "cannot open %s", from);
	ok = make_dir(to, reason);
	while (ok && (entry = readdir(dir))) {
		char source[PATH_MAX], target[PATH_MAX];
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		set_path(source, "%s/%s", from, entry->d_name);
		set_path(target, "%s/%s", to, entry->d_name);
		if (lstat(source, &st) < 0)
			ok = fail(reason, "cannot look at %s", source);
		else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			ok = copy_level(source, target, depth + 1, reason);
		else if (S_ISREG(st.st_mode))
			ok = copy_file(source, target, INT32_MAX, reason);
	}
	closedir(dir);
	return ok;
}

bool copy_tree(const char *from, const char *to, Reason *reason)
{
	return copy_level(from, to, 0, reason);
}
