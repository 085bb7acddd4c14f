/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Init of the machine room's test guests: does what `test=` on the kernel's command line says. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	fflush(stdout);
	for (;;)
		pause();
}

static void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

static void share_mount(void)
{
	if (mount("bisectbox", "/share", "9p", 0, "trans=virtio,version=9p2000.L,msize=65536") < 0)
		fail("mount");
}

static void share_file(const char *path, size_t size)
{
	static char block[64 << 10];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		fail(path);
	memset(block, 'x', sizeof(block));
	while (size > 0) {
		ssize_t n = write(fd, block, size < sizeof(block) ? size : sizeof(block));

		if (n <= 0)
			break; /* a full host: what comes of it is for the host to see */
		size -= (size_t)n;
	}
	close(fd);
}

/* What a root file system needs: owners, modes, devices. */
static void test_write(void)
{
	char buf[64] = "";
	int fd;

	share_mount();
	fd = open("/share/in", O_RDONLY);
	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) < 0)
		fail("in");
	close(fd);
	printf("read: %s\n", buf);
	share_file("/share/out", 100000);
	if (chown("/share/out", 1000, 1000) < 0)
		say("no chown");
	if (mknod("/share/null", S_IFCHR | 0600, makedev(1, 3)) < 0)
		say("no mknod");
	if (mkdir("/share/dir", 0700) < 0)
		fail("mkdir");
	share_file("/share/dir/file", 10);
	say("written");
}

static void test_share_flood(int empty)
{
	char path[64];
	unsigned i;

	share_mount();
	for (i = 0;; i++) {
		snprintf(path, sizeof(path), "/share/junk%u", i);
		share_file(path, empty ? 0 : 1 << 20);
	}
}

static void test_console_flood(void)
{
	for (;;)
		say("0123456789012345678901234567890123456789012345678901234567890123456789");
}

/* Reads the disk until the host's copy of it gives an error. */
static void test_read_disk(void)
{
	static char block[64 << 10];
	int fd = open("/dev/vda", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		fail("/dev/vda");
	while ((n = read(fd, block, sizeof(block))) > 0)
		;
	say(n < 0 ? "read failed" : "read all");
}

static int is(const char *cmdline, const char *mode)
{
	const char *at = strstr(cmdline, " test=");

	return at && strncmp(at + 6, mode, strlen(mode)) == 0;
}

int main(void)
{
	char cmdline[4096] = " ";
	int fd;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	fd = open("/proc/cmdline", O_RDONLY);
	if (fd < 0 || read(fd, cmdline + 1, sizeof(cmdline) - 2) < 0)
		fail("/proc/cmdline");
	say("init: here");
	if (is(cmdline, "write"))
		test_write();
	else if (is(cmdline, "share-flood"))
		test_share_flood(0);
	else if (is(cmdline, "empty-files"))
		test_share_flood(1);
	else if (is(cmdline, "console-flood"))
		test_console_flood();
	else if (is(cmdline, "read-disk"))
		test_read_disk();
	else if (is(cmdline, "burst"))
		share_mount(), share_file("/share/burst", 8 << 20);
	else if (is(cmdline, "big"))
		share_mount(), share_file("/share/big", 64 << 20);
	else if (is(cmdline, "sleep"))
		for (;;)
			pause();
	if (is(cmdline, "reset"))
		reboot(RB_AUTOBOOT);
	reboot(RB_POWER_OFF);
	return 1;
}
