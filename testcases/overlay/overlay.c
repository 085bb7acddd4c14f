/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns what an ordinary user makes on an overlay, where something was removed before?
 *
 * Root mounts an overlay whose lower folder belongs to user 1000, as container engines do. User
 * 1000, without capabilities, removes what is there and makes it again by every system call that
 * makes a name: over whiteouts, and in folders that were themselves removed and made again, which
 * are opaque. Each must belong to 1000:1000. Root would not notice: his are the credentials that
 * the kernel takes by mistake. --ext4 has the upper folder on ext4, on a disk in memory, instead
 * of on tmpfs.
 */
#include "common/verdict.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TOP "/tmp/overlay-case"
#define LOWER TOP "/lower"
#define MERGED TOP "/merged"
#define DISK TOP "/disk"
#define DISK_ID "b15ec7b0-0000-4000-8000-000000000000"
#define STORE TOP "/store" /* where upper and work are */
#define UPPER STORE "/upper"
#define WORK STORE "/work"
#define PLAIN TOP "/plain" /* no overlay; for the controls */

enum { USER = 1000, RAM_DISK_MAJOR = 1, PATH_SIZE = 512 };

typedef enum {
	BY_MKDIR,
	BY_CREATE,
	BY_MKFIFO,
	BY_SYMLINK,
	BY_LINK,
	BY_RENAME,
	BY_RENAME_FOLDER,
	BYS
} By;

static const char *const by_names[BYS] = { "mkdir", "create", "mkfifo",       "symlink",
					   "link",  "rename", "rename-folder" };

typedef enum { OVER_NOTHING, OVER_FILE, OVER_FOLDER, IN_OPAQUE } Where;

static const char *const where_names[] = { "at a fresh name", "over a whiteout of a file",
					   "over a whiteout of a folder", "in an opaque folder" };

/* One name that the user makes. */
typedef struct {
	By by;
	Where where;
	char name[64];
	int error; /* what making it failed with, else 0 */
} Object;

typedef struct {
	Object list[5 * BYS];
	unsigned n;
} Objects;

static void add(Objects *objects, By by, Where where, const char *suffix)
{
	Object *object = &objects->list[objects->n++];

	*object = (Object){ .by = by, .where = where };
	snprintf(object->name, sizeof(object->name), "%s-%s", by_names[by], suffix);
}

/* In memory that the tester, a child, shares. */
static Objects *objects_new(bool fresh_only)
{
	Objects *objects = mmap(NULL, sizeof(*objects), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (objects == MAP_FAILED)
		say_at_last(UNTESTABLE, "no memory: %s", error_name(errno));
	for (By by = 0; by < BYS; by++) {
		add(objects, by, OVER_NOTHING, "fresh");
		if (fresh_only)
			continue;
		add(objects, by, OVER_FILE, "file");
		add(objects, by, OVER_FOLDER, "folder");
		/* the opaque folder is made by mkdir, whatever is made in it */
		add(objects, by, OVER_FOLDER, "opaque");
		objects->list[objects->n - 1].by = BY_MKDIR;
		add(objects, by, IN_OPAQUE, "opaque/child");
	}
	return objects;
}

static void must(int result, const char *what, const char *on)
{
	if (result < 0)
		say_at_last(UNTESTABLE, "%s %s: %s", what, on, error_name(errno));
}

static int make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

/* ---- the tester ---- */

/* What the user of a container is: nobody in particular. */
static void become_user(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	must(setgroups(0, NULL), "setgroups", "none");
	must(setresgid(USER, USER, USER), "setresgid", "1000");
	must(setresuid(USER, USER, USER), "setresuid", "1000");
	must((int)syscall(SYS_capset, &head, none), "capset", "none");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)at;
	return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static void remove_all(Objects *objects)
{
	for (unsigned i = 0; i < objects->n; i++)
		if (objects->list[i].where == OVER_FILE || objects->list[i].where == OVER_FOLDER)
			must(nftw(objects->list[i].name, remove_one, 8, FTW_DEPTH | FTW_PHYS),
			     "remove", objects->list[i].name);
}

/* Some take another object first, which is made at a fresh name. */
static int make(const Object *object)
{
	char other[sizeof(object->name) + 8];

	snprintf(other, sizeof(other), "%s.from", object->name);
	switch (object->by) {
	case BY_MKDIR:
		return mkdir(object->name, 0755);
	case BY_CREATE:
		return make_file(object->name);
	case BY_MKFIFO:
		return mkfifo(object->name, 0644);
	case BY_SYMLINK:
		return symlink("somewhere", object->name);
	case BY_LINK:
		return make_file(other) < 0 ? -1 : link(other, object->name);
	case BY_RENAME:
		return make_file(other) < 0 ? -1 : rename(other, object->name);
	default:
		return mkdir(other, 0755) < 0 ? -1 : rename(other, object->name);
	}
}

static void make_all(Objects *objects)
{
	for (unsigned i = 0; i < objects->n; i++)
		objects->list[i].error = make(&objects->list[i]) < 0 ? errno : 0;
}

/* Runs @work in @folder in a child, as the user, or as root. */
static void in_child(const char *folder, bool as_user, void (*work)(Objects *), Objects *objects)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	must(pid, "fork", "the tester");
	if (pid == 0) {
		umask(022);
		must(chdir(folder), "chdir", folder);
		if (as_user)
			become_user();
		work(objects);
		exit(GOOD);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0) /* it has said why */
		exit(UNTESTABLE);
}

/* ---- before and after ---- */

static void own(const char *path)
{
	must(lchown(path, USER, USER), "chown", path);
}

static void make_folder(const char *path)
{
	must(mkdir(path, 0755), "mkdir", path);
	own(path);
}

/* What an image brings along: what will be removed, all of it the user's. */
static void fill_lower(const Objects *objects)
{
	char path[PATH_SIZE];

	make_folder(LOWER);
	for (unsigned i = 0; i < objects->n; i++) {
		const Object *object = &objects->list[i];

		snprintf(path, sizeof(path), LOWER "/%s", object->name);
		if (object->where == OVER_FOLDER) {
			make_folder(path);
			strcat(path, "/was-here");
		}
		if (object->where != OVER_NOTHING) {
			must(make_file(path), "create", path);
			own(path);
		}
	}
}

/* ext4 on the first disk in memory; features that kernels of ten years ago know. */
static void mount_ext4(void)
{
	pid_t pid;
	int status, fd;

	must(mknod(DISK, S_IFBLK | 0600, makedev(RAM_DISK_MAJOR, 0)), "mknod", DISK);
	fd = open(DISK, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		say_at_last(UNTESTABLE, "this kernel has no disk in memory (/dev/ram0: %s)",
			    error_name(errno));
	close(fd);
	pid = fork();
	must(pid, "fork", "mkfs.ext4");
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		/* ids of its own: early in a guest's life, random ones would take seconds */
		execlp("mkfs.ext4", "mkfs.ext4", "-q", "-F", "-O",
		       "^has_journal,^64bit,^metadata_csum,^metadata_csum_seed,^orphan_file", "-U",
		       DISK_ID, "-E", "hash_seed=" DISK_ID, DISK, NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		say_at_last(UNTESTABLE, "mkfs.ext4 failed");
	if (mount(DISK, STORE, "ext4", 0, NULL) < 0)
		say_at_last(UNTESTABLE,
			    errno == ENODEV ? "this kernel has no ext4 (mount: %s)"
					    : "cannot mount ext4: %s",
			    error_name(errno));
}

static void mount_top(void)
{
	must(mkdir(TOP, 0755), "mkdir", TOP);
	must(mount("tmpfs", TOP, "tmpfs", 0, "mode=0755"), "mount tmpfs on", TOP);
}

static void mount_overlay(bool ext4)
{
	must(mkdir(STORE, 0755), "mkdir", STORE);
	if (ext4)
		mount_ext4();
	make_folder(UPPER);
	must(mkdir(WORK, 0755), "mkdir", WORK);
	must(mkdir(MERGED, 0755), "mkdir", MERGED);
	if (mount("overlay", MERGED, "overlay", 0,
		  "lowerdir=" LOWER ",upperdir=" UPPER ",workdir=" WORK) < 0)
		say_at_last(UNTESTABLE,
			    errno == ENODEV ? "this kernel has no overlayfs (mount: %s)"
					    : "cannot mount the overlay: %s",
			    error_name(errno));
}

/* Else nothing was asked. */
static void check_whiteouts(const Objects *objects)
{
	char path[PATH_SIZE];
	struct stat st;

	for (unsigned i = 0; i < objects->n; i++) {
		const Object *object = &objects->list[i];

		if (object->where != OVER_FILE && object->where != OVER_FOLDER)
			continue;
		snprintf(path, sizeof(path), UPPER "/%s", object->name);
		if (lstat(path, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != 0)
			say_at_last(UNTESTABLE,
				    "removing %s left no whiteout (a 0,0 device) in upper",
				    object->name);
	}
}

/* ---- what came of it ---- */

/* As `ls -ln` has it. */
static void list(FILE *out, const char *folder, const char *name)
{
	static const char kinds[] = "?pc?d?b?-?l?s???";
	static const char bits[] = "rwxrwxrwx";
	char path[PATH_SIZE], mode[11] = "----------";
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (lstat(path, &st) < 0) {
		fprintf(out, "%s %s\n", name, error_name(errno));
		return;
	}
	mode[0] = kinds[(st.st_mode & S_IFMT) >> 12];
	for (int i = 0; i < 9; i++)
		if (st.st_mode & (0400u >> i))
			mode[i + 1] = bits[i];
	fprintf(out, "%s %2u %4u %4u %6lld %s\n", mode, (unsigned)st.st_nlink, st.st_uid, st.st_gid,
		(long long)st.st_size, name);
}

static void list_all(FILE *out, const char *folder, const Objects *objects)
{
	fprintf(out, "%s:\n", folder);
	for (unsigned i = 0; i < objects->n; i++) {
		const Object *object = &objects->list[i];

		fprintf(out, "%-13s %-28s %-6s ", by_names[object->by], where_names[object->where],
			error_name(object->error));
		list(out, folder, object->name);
	}
}

static void list_xattrs(FILE *out, const Objects *objects)
{
	for (unsigned i = 0; i < objects->n; i++) {
		char path[PATH_SIZE], names[1024], value[256];
		ssize_t len;

		snprintf(path, sizeof(path), UPPER "/%s", objects->list[i].name);
		len = llistxattr(path, names, sizeof(names));
		fprintf(out, "%s%s%s\n", objects->list[i].name, len < 0 ? ": " : "",
			len < 0 ? error_name(errno) : "");
		for (char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
			ssize_t n = lgetxattr(path, name, value, sizeof(value));

			fprintf(out, "\t%s=%.*s\n", name, n < 0 ? 0 : (int)n, value);
		}
	}
}

/* A wrong owner first: it may well be why something else failed. */
static int judge(const char *folder, const Objects *objects)
{
	const Object *wrong = NULL, *failed = NULL;
	unsigned n = 0, uid = 0, gid = 0;
	char path[PATH_SIZE];
	struct stat st;

	for (unsigned i = 0; i < objects->n; i++) {
		const Object *object = &objects->list[i];

		if (object->error && !failed)
			failed = object;
		snprintf(path, sizeof(path), "%s/%s", folder, object->name);
		if (object->error || lstat(path, &st) < 0 ||
		    (st.st_uid == USER && st.st_gid == USER))
			continue;
		if (n++ == 0) {
			wrong = object;
			uid = st.st_uid;
			gid = st.st_gid;
		}
	}
	if (wrong)
		return say(BAD, "%s %s gave %u:%u, not %u:%u (%u of %u are wrong)",
			   by_names[wrong->by], where_names[wrong->where], uid, gid, USER, USER, n,
			   objects->n);
	if (failed)
		return say(UNTESTABLE, "%s %s failed: %s%s", by_names[failed->by],
			   where_names[failed->where], error_name(failed->error),
			   failed->error == EIO ? ", as where upper takes no trusted attributes"
						: "");
	return say(GOOD, "all %u belong to %u:%u", objects->n, USER, USER);
}

static int run_control(bool as_user)
{
	Objects *objects = objects_new(true);
	int verdict;

	mount_top();
	make_folder(PLAIN);
	in_child(PLAIN, as_user, make_all, objects);
	verdict = judge(PLAIN, objects);
	list_all(stdout, PLAIN, objects);
	umount2(TOP, MNT_DETACH);
	rmdir(TOP);
	return verdict;
}

static int run_case(bool ext4)
{
	Objects *objects = objects_new(false);
	FILE *listing = evidence_open("list"), *xattrs = evidence_open("upper-xattrs");
	int verdict;

	mount_top();
	fill_lower(objects);
	mount_overlay(ext4);
	in_child(MERGED, true, remove_all, objects);
	check_whiteouts(objects);
	in_child(MERGED, true, make_all, objects);
	verdict = judge(MERGED, objects);
	list_all(listing, MERGED, objects);
	list_all(listing, UPPER, objects);
	list_xattrs(xattrs, objects);
	evidence_close(listing);
	evidence_close(xattrs);
	return verdict;
}

int main(int argc, char **argv)
{
	const bool ext4 = argc > 1 && strcmp(argv[1], "--ext4") == 0;

	switch (run_of(ext4 ? argc - 1 : argc, ext4 ? argv + 1 : argv)) {
	case RUN_CONTROL_PASS:
		return run_control(true);
	case RUN_CONTROL_FAIL:
		return run_control(false);
	default:
		return run_case(ext4);
	}
}
