/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel would do by itself if its drivers were built in. */
#include "guest/initramfs.h"

#include "guest/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROOT "/root"
#define LIST_MAX 65536 /* bytes of the list, of the kernel's command line */
#define WAIT_TRIES 600 /* for the root's disk: a minute, looked at each tenth of a second */
#define TYPE_DEFAULT "ext2"
#define INIT_DEFAULT "/sbin/init"

bool initramfs_is_here(void)
{
	return access(INITRAMFS_LIST, R_OK) == 0;
}

/* init_module(2) of a file's bytes; finit_module(2) is younger. */
static bool init_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *image;
	bool ok;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (image == MAP_FAILED)
		return false;
	/* of several for one thing, one may be for another processor; what that breaks is seen
	 * later */
	ok = syscall(SYS_init_module, image, (size_t)st.st_size, "") == 0 || errno == EEXIST ||
	     errno == ENODEV;
	munmap(image, (size_t)st.st_size);
	return ok;
}

static bool load_module(const char *path, Reason *reason)
{
	bool ok = init_module(path) || fail(reason, "cannot load the module %s", path);

	/* its memory is wanted elsewhere */
	unlink(path);
	return ok;
}

static bool load_modules(Reason *reason)
{
	char *list = read_text(INITRAMFS_LIST, LIST_MAX, NULL), *save = NULL;
	bool ok = list || fail(reason, "cannot read " INITRAMFS_LIST);

	for (char *path = ok ? strtok_r(list, "\n", &save) : NULL; path && ok;
	     path = strtok_r(NULL, "\n", &save))
		ok = load_module(path, reason);
	free(list);
	return ok;
}

/* The value of the last `NAME=` among the kernel's words; @absent where there is none. */
static const char *word_of(char *const *words, const char *name, const char *absent)
{
	size_t len = strlen(name);

	for (char *const *word = words; *word; word++)
		if (strncmp(*word, name, len) == 0)
			absent = *word + len;
	return absent;
}

static bool has_word(char *const *words, const char *wanted)
{
	for (char *const *word = words; *word; word++)
		if (strcmp(*word, wanted) == 0)
			return true;
	return false;
}

static bool wait_for(const char *device, Reason *reason)
{
	const struct timespec tick = { .tv_nsec = 100 * 1000000 };

	for (int i = 0; i < WAIT_TRIES; i++) {
		if (access(device, F_OK) == 0)
			return true;
		nanosleep(&tick, NULL);
	}
	return fail(reason, "the root %s does not appear", device);
}

static bool mount_root(char *const *words, Reason *reason)
{
	const char *device = word_of(words, "root=", "");
	const char *type = word_of(words, "rootfstype=", TYPE_DEFAULT);
	unsigned long flags = has_word(words, "rw") ? 0 : MS_RDONLY;

	if (!wait_for(device, reason))
		return false;
	return mount(device, ROOT, type, flags, NULL) == 0 ||
	       fail(reason, "cannot mount the root %s (%s)", device, type);
}

/* The root in the initramfs' place; what is mounted on it there is the kernel's or init's to do. */
static bool change_root(Reason *reason)
{
	unlink(INITRAMFS_LIST);
	unlink("/init");
	if (mount("/dev", ROOT "/dev", NULL, MS_MOVE, NULL) < 0)
		return fail(reason, "cannot move /dev to the root");
	umount2("/proc", MNT_DETACH);
	if (chdir(ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0)
		return fail(reason, "cannot change to the root");
	return true;
}

static char **split(char *text)
{
	char **words = calloc(strlen(text) / 2 + 2, sizeof(*words)), *save = NULL;
	size_t n = 0;

	for (char *word = strtok_r(text, " \n", &save); words && word;
	     word = strtok_r(NULL, " \n", &save))
		words[n++] = word;
	return words;
}

static void leave(char *const *words, Reason *reason)
{
	char *argv[] = { (char *)word_of(words, "init=", INIT_DEFAULT), NULL };

	if (!load_modules(reason) || !mount_root(words, reason) || !change_root(reason))
		return;
	execv(argv[0], argv);
	fail(reason, "cannot run %s", argv[0]);
}

void initramfs_leave(Reason *reason)
{
	char *text = read_text("/proc/cmdline", LIST_MAX, NULL);
	char **words = text ? split(text) : NULL;

	if (!words)
		fail(reason, "cannot read /proc/cmdline");
	else if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) < 0 && errno != EBUSY)
		fail(reason, "cannot mount /dev");
	else
		leave(words, reason);
	free(words);
	free(text);
}
