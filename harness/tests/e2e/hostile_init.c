/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An agent that lies: PID 1 of a guest in the place of bisectbox's own. The name of the case says
 * what it is to do; it knows both tokens, as a kernel does that reads its own memory.
 */
#include "guest/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define SHARE "/mnt"
#define ESCAPES                                                                                    \
	"\033]0;owned\a\033[2J\033[31mred\b\b\b\r\177\x9b"                                         \
	"2J\xc2\x9b"                                                                               \
	"2J\xe2\x80\xaegnp\xe2\x81\xa6\xff\xfe"

static int console;
static char boot_token[PROTOCOL_TOKEN_LEN + 1];
static char token[PROTOCOL_TOKEN_LEN + 1];
static char name[PROTOCOL_NAME_MAX + 1];

static void all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void print(const char *text)
{
	all(console, text, strlen(text));
}

/* A line of the agent's, marked by @with. */
static void say(const char *with, const char *format, ...)
{
	char line[2048];
	size_t len;
	va_list args;

	len = (size_t)snprintf(line, sizeof(line), "\n" PROTOCOL_MARK "%s ", with);
	va_start(args, format);
	vsnprintf(line + len, sizeof(line) - len - 1, format, args);
	va_end(args);
	strcat(line, "\n");
	print(line);
}

static void off(void)
{
	tcdrain(console);
	sync();
	reboot(RB_POWER_OFF);
}

static const char *at(const char *leaf)
{
	static char paths[4][1024];
	static unsigned n;
	char *path = paths[n++ % 4];

	snprintf(path, sizeof(paths[0]), SHARE "/out/%s/%s", name, leaf);
	return path;
}

static void put(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	all(fd, data, len);
	close(fd);
}

static void begin(void)
{
	say(boot_token, "agent 1");
	say(token, "start %s", name);
	mkdir(SHARE "/out", 0777);
	mkdir(at(""), 0777);
	mkdir(at("evidence"), 0777);
}

/* What is to be believed; no lie before it may change it. */
static void honest(int status)
{
	say(token, "answer %s exit %d ms 1", name, status);
	say(token, "done");
}

/* ---- the ways to lie ---- */

static void forged_early(void)
{
	say(token, "agent 1");
	say(token, "answer %s exit 0 ms 1", name);
	say(token, "start %s", name);
	say(token, "done");
}

/* By whatever token but the one that counts, and in no form that counts. */
static void forged_tokens(void)
{
	char text[1024];
	const char *const forms[] = { "exit 0",       "exit 256 ms 1",
				      "exit -1 ms 1", "exit 0x0 ms 1",
				      "exit 0 ms",    "exit  ms 1",
				      "exit 0 ms -1", "exit 0 ms 99999999999999999999" };

	begin();
	say(boot_token, "start %s", name);
	say(boot_token, "answer %s exit 0 ms 1", name);
	say("00000000000000000000000000000000", "answer %s exit 0 ms 1", name);
	say("", "answer %s exit 0 ms 1", name);
	say("%s%n", "answer %s exit 0 ms 1", name);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		say(token, "answer %s %s", name, forms[i]);
	say(token, "answer %s-not exit 0 ms 1", name);
	snprintf(text, sizeof(text),
		 "x " PROTOCOL_MARK "%s answer %s exit 0 ms 1\n" PROTOCOL_MARK
		 "%s answer %s exit 0 ms 1\n" PROTOCOL_MARK "%s done\n",
		 token, name, boot_token, name, boot_token);
	print(text);
	put(SHARE "/out/answer", text, strlen(text));
	say(boot_token, "done");
}

static void two_answers(void)
{
	begin();
	say(token, "answer %s exit 0 ms 1", name);
	say(token, "answer %s exit 1 ms 1", name);
	say(token, "answer %s exit 0 ms 1", name);
	say(token, "done");
}

static void two_ways(void)
{
	char text[256];

	begin();
	snprintf(text, sizeof(text), PROTOCOL_MARK "%s answer %s exit 1 ms 1\n", token, name);
	put(SHARE "/out/answer", text, strlen(text));
	honest(0);
}

static void many_answers(void)
{
	say(boot_token, "agent 1");
	for (int i = 0; i < 600; i++) {
		say(token, "start case-%d", i);
		say(token, "answer case-%d exit 0 ms 1", i);
	}
	say(token, "start %s", name);
	honest(0);
}

/* What the host would follow, open or run. */
static void files(void)
{
	static const char *const names[] = {
		"new\nline",   "a\033[2Jb", "-rf",    ".hidden",  "$(touch x)", "x;y",
		"c1\xc2\x9bJ", "bad\xff",   "sp ace", "<script>", "..x",        "fine",
	};
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[512], longest[256] = "";

	begin();
	symlink("/etc/passwd", at("stdout"));
	mknod(at("stderr"), S_IFIFO | 0666, 0);
	symlink("/etc/passwd", SHARE "/out/dmesg");
	mknod(SHARE "/out/answer", S_IFCHR | 0666, makedev(1, 5)); /* /dev/zero: no end */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "evidence/%s", names[i]);
		put(at(path), "x", 1);
	}
	memset(longest, 'l', sizeof(longest) - 1);
	snprintf(path, sizeof(path), "evidence/%s", longest);
	put(at(path), "x", 1);
	symlink("../../../../../../../../etc/passwd", at("evidence/link"));
	symlink("/", at("evidence/root"));
	mknod(at("evidence/zero"), S_IFCHR | 0666, makedev(1, 5));
	mknod(at("evidence/disk"), S_IFBLK | 0666, makedev(8, 0));
	mknod(at("evidence/pipe"), S_IFIFO | 0666, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at("evidence/socket"));
	bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address));
	mkdir(at("evidence/folder"), 0);
	put(at("evidence/suid"), "#!/bin/sh\n", 10);
	chown(at("evidence/suid"), 0, 0);
	chmod(at("evidence/suid"), 06777);
	honest(1);
}

static void repeat(const char *path, const char *unit, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	char block[4096 + 64] = "";

	while (strlen(block) < 4096)
		strcat(block, unit);
	for (size_t done = 0; done < bytes; done += strlen(block))
		all(fd, block, strlen(block));
	close(fd);
}

/* Terabytes of holes; what would take a reader of JSON down, or put a field into our own. */
static void sizes(void)
{
	static const char field[] = "bad: \"}, \"verdict\": \"good\", \"outcome\": \"passed\"\n";

	begin();
	put(at("stdout"), field, strlen(field));
	truncate(at("stdout"), (off_t)1 << 40);
	repeat(at("stderr"), "{\"a\":[", 3 << 20);
	for (int i = 0; i < 80; i++) {
		char leaf[64];

		snprintf(leaf, sizeof(leaf), "evidence/hole-%d", i);
		put(at(leaf), "", 0);
		truncate(at(leaf), (off_t)1 << 40);
	}
	repeat(SHARE "/out/answer", "{\"verdict\":\"good\",\"n\":1e999999,\"x\":[", 3 << 20);
	repeat(SHARE "/out/dmesg", "[[[[[[[[[[", 3 << 20);
	honest(1);
}

static void deep(void)
{
	begin();
	chdir(SHARE "/out");
	for (int i = 0; i < 1500; i++) {
		mkdir("d", 0777);
		if (i % 7 == 0)
			put("f", "x", 1);
		if (chdir("d") < 0)
			break;
		if (i % 50 == 0)
			chmod("..", 0);
	}
	honest(0);
	for (;;)
		pause();
}

static void escapes(void)
{
	static const char words[] = "bad: said" ESCAPES "\nmore" ESCAPES "\n";

	print(ESCAPES "\n[    1.0] WARNING: CPU: 0 " ESCAPES "\n");
	begin();
	print("half a line" ESCAPES);
	put(at("stdout"), words, strlen(words));
	put(at("stderr"), words, strlen(words));
	put(SHARE "/out/dmesg", words, strlen(words));
	honest(1);
}

static void escapes_reason(void)
{
	begin();
	say(token, "answer %s broken why" ESCAPES, name);
	say(token, "done");
}

static void escapes_panic(void)
{
	begin();
	print("\n[    9.9] Kernel panic - not syncing: fake" ESCAPES
	      "\n[    9.9] ---[ end Kernel panic - not syncing: fake ]---\n");
	for (;;)
		pause();
}

static void long_line(void)
{
	static char block[64 << 10];

	begin();
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 8; i++)
		all(console, block, sizeof(block));
	honest(1);
}

/* The share's own folders are the guest's to spoil. */
static void spoil(void)
{
	begin();
	rename(SHARE "/out", SHARE "/away");
	symlink("/", SHARE "/out");
	rename(SHARE "/in", SHARE "/away/in");
	put(SHARE "/in", "x", 1);
	chmod(SHARE "/away/in", 0);
	chmod(SHARE "/away", 0);
	chmod(SHARE, 0);
	chown(SHARE, 12345, 12345);
	honest(1);
}

/* All is said, and it goes on. */
static void late(void)
{
	begin();
	honest(1);
	for (int i = 0;; i++) {
		say(token, "answer %s exit 0 ms 1", name);
		put(at("stdout"), "late", 4);
	}
}

/* The honest agent takes over, in the guest after all of the others. */
static void fine(void)
{
	chdir("/");
	umount2(SHARE, MNT_DETACH);
	execl(PROTOCOL_AGENT, PROTOCOL_AGENT, NULL);
	print("no agent\n");
}

static const struct {
	const char *name;
	void (*lie)(void);
} lies[] = {
	{ "forged-early", forged_early },
	{ "forged-tokens", forged_tokens },
	{ "two-answers", two_answers },
	{ "two-ways", two_ways },
	{ "many-answers", many_answers },
	{ "files", files },
	{ "sizes", sizes },
	{ "deep", deep },
	{ "escapes", escapes },
	{ "escapes-reason", escapes_reason },
	{ "escapes-panic", escapes_panic },
	{ "long-line", long_line },
	{ "spoil", spoil },
	{ "late", late },
	{ "fine", fine },
};

/* What follows @mark in a file, up to @max characters of hexadecimal or a name. */
static void find(const char *path, const char *mark, char *to, size_t max)
{
	static char text[65536];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
	const char *found;
	size_t len;

	text[n > 0 ? n : 0] = '\0';
	found = strstr(text, mark);
	if (fd >= 0)
		close(fd);
	if (!found)
		return;
	found += strlen(mark);
	len = strcspn(found, " \n");
	if (len <= max) {
		memcpy(to, found, len);
		to[len] = '\0';
	}
}

int main(void)
{
	console = open("/dev/console", O_RDWR | O_NOCTTY);
	umask(0);
	find("/proc/cmdline", PROTOCOL_TOKEN_ARG, boot_token, PROTOCOL_TOKEN_LEN);
	find(SHARE "/in/job", PROTOCOL_JOB_TOKEN, token, PROTOCOL_TOKEN_LEN);
	find(SHARE "/in/job", "case ", name, PROTOCOL_NAME_MAX);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		if (strcmp(name, lies[i].name) == 0)
			lies[i].lie();
	off();
	return 1;
}
