/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts: the guest's own, and the root that the cases get. */
#include "guest/root.h"

#include "guest/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESOLV_MAX 4096

bool root_mount(const char *type, const char *target, unsigned long flags, const char *options,
		Reason *reason)
{
	if (mount(type, target, type, flags, options) == 0 || errno == EBUSY)
		return true;
	return fail(reason, "cannot mount %s on %s", type, target);
}

static bool bind_on(const char *from, const char *to, unsigned long flags, Reason *reason)
{
	if (mount(from, to, NULL, MS_BIND | (flags & MS_REC), NULL) < 0)
		return fail(reason, "cannot bind %s to %s", from, to);
	if ((flags & MS_RDONLY) && mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | flags, NULL) < 0)
		return fail(reason, "cannot make %s read-only", to);
	return true;
}

/*
 * crun looks at what is mounted there, even where it is to make no cgroup, and takes a tmpfs for
 * the place of version 1: so kernels older than version 2, and those without cgroups, will do.
 */
void root_mount_cgroup(void)
{
	static const char where[] = "/sys/fs/cgroup";
	Reason ignored = { "" };
	struct statfs fs;

	/* an init of the image's own may have been there */
	if (statfs(where, &fs) == 0 && fs.f_type != SYSFS_MAGIC)
		return;
	if (root_mount("cgroup2", where, 0, NULL, &ignored) ||
	    root_mount("tmpfs", where, 0, "mode=0755", &ignored))
		return;
	/* sysfs has no such folder without CGROUPS */
	if (root_mount("tmpfs", "/sys/fs", 0, "mode=0755", &ignored))
		make_dir(where, &ignored);
}

bool root_mount_all(Reason *reason)
{
	static const struct {
		const char *type, *target, *options;
		bool needed;
	} table[] = {
		{ "devtmpfs", "/dev", "mode=0755", true },
		{ "sysfs", "/sys", NULL, true },
		{ "tmpfs", "/run", "mode=0755", true },
		{ "tmpfs", "/tmp", "mode=1777", true },
		{ "devpts", "/dev/pts", "mode=0620,ptmxmode=0666", false },
		{ "tmpfs", "/dev/shm", "mode=1777", false },
	};
	Reason ignored = { "" };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		mkdir(table[i].target,
		      0755); /* on devtmpfs; elsewhere it is there, or fails below */
		if (!root_mount(table[i].type, table[i].target, 0, table[i].options,
				table[i].needed ? reason : &ignored) &&
		    table[i].needed)
			return false;
	}
	root_mount_cgroup();
	return true;
}

/* One of the image's top folders, or links such as /bin, in the cases' root. */
static bool show(const char *name, Reason *reason)
{
	char source[PATH_MAX], path[PATH_MAX], link[PATH_MAX];
	struct stat st;
	ssize_t n;

	set_path(source, "/%s", name);
	set_path(path, PROTOCOL_ROOT "/%s", name);
	if (lstat(source, &st) < 0 || access(path, F_OK) == 0)
		return true;
	if (S_ISDIR(st.st_mode))
		return make_dir(path, reason) && bind_on(source, path, MS_RDONLY, reason);
	if (S_ISLNK(st.st_mode) && (n = readlink(source, link, sizeof(link) - 1)) > 0) {
		link[n] = '\0';
		if (symlink(link, path) < 0)
			return fail(reason, "cannot make %s", path);
	}
	return true;
}

/* What the kernel has from DHCP begins as resolv.conf(5) wants it; other lines it has, too. */
static void resolve(const char *root)
{
	static const char from[] = "/run/bisectbox/resolv.conf";
	char path[PATH_MAX], text[RESOLV_MAX] = "";
	char *all = read_text("/proc/net/pnp", RESOLV_MAX, NULL), *save = NULL;
	Reason ignored = { "" };
	size_t len = 0;

	for (char *line = all ? strtok_r(all, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "nameserver ", 11) == 0 || strncmp(line, "domain ", 7) == 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", line);
	free(all);
	set_path(path, "%s/etc/resolv.conf", root);
	if (len && access(path, F_OK) == 0 && write_text(from, text, len, &ignored))
		bind_on(from, path, 0, &ignored);
}

bool root_make(Reason *reason)
{
	static const char *const own[] = { "case", "evidence", "proc", "sys", "dev", "run", "tmp" };
	char path[PATH_MAX];
	struct dirent *entry;
	bool ok = true;
	DIR *dir;

	if (!make_dir(PROTOCOL_ROOT, reason) ||
	    !root_mount("tmpfs", PROTOCOL_ROOT, 0, "mode=0755,size=1m", reason))
		return false;
	for (size_t i = 0; ok && i < sizeof(own) / sizeof(own[0]); i++) {
		set_path(path, PROTOCOL_ROOT "/%s", own[i]);
		ok = make_dir(path, reason);
	}
	dir = opendir("/");
	if (!dir)
		return fail(reason, "cannot read /");
	while (ok && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "lost+found") != 0)
			ok = show(entry->d_name, reason);
	closedir(dir);
	resolve(PROTOCOL_ROOT);
	return ok;
}

bool root_enter(const char *bundle, Reason *reason)
{
	if (unshare(CLONE_NEWNS) < 0)
		return fail(reason, "cannot unshare mounts");
	if (chdir(bundle) < 0)
		return fail(reason, "cannot go to %s", bundle);
	if (!bind_on("/proc", PROTOCOL_ROOT "/proc", MS_REC, reason) ||
	    !bind_on("/sys", PROTOCOL_ROOT "/sys", MS_REC, reason) ||
	    !bind_on("/dev", PROTOCOL_ROOT "/dev", MS_REC, reason) ||
	    !bind_on("/dev/null", PROTOCOL_ROOT "/proc/cmdline", 0, reason) ||
	    !root_mount("tmpfs", PROTOCOL_ROOT "/run", 0, "mode=0755", reason) ||
	    !root_mount("tmpfs", PROTOCOL_ROOT "/tmp", 0, "mode=1777", reason) ||
	    !bind_on("case", PROTOCOL_ROOT "/case", MS_RDONLY, reason) ||
	    !bind_on("evidence", PROTOCOL_ROOT "/evidence", 0, reason))
		return false;
	/* the old root on top of the new one, and off with it */
	if (chdir(PROTOCOL_ROOT) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/case") < 0)
		return fail(reason, "cannot change to the case's root");
	return true;
}

bool root_mount_own(const char *disk, const char *bundle, Reason *reason)
{
	char path[PATH_MAX];

	set_path(path, "%s/" PROTOCOL_OWN_ROOT, bundle);
	if (!make_dir(path, reason))
		return false;
	/* a kernel without ext2 of its own may read it with ext4's */
	if (mount(disk, path, "ext2", MS_RDONLY, NULL) != 0 &&
	    (errno != ENODEV || mount(disk, path, "ext4", MS_RDONLY, NULL) != 0))
		return fail(reason, "cannot mount the case's own root, %s", disk);
	resolve(path);
	return true;
}

void root_unmount_own(const char *bundle)
{
	char path[PATH_MAX];

	set_path(path, "%s/" PROTOCOL_OWN_ROOT, bundle);
	umount2(path, MNT_DETACH);
}
