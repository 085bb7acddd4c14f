/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do all BPF programs on a control group decide which devices its processes may open?
 *
 * With BPF_F_ALLOW_MULTI, access needs a yes from each of them, and from those of the groups
 * above; taking a program away gives back what it refused. Engines and systemd both put
 * their own on a container's group: after `systemctl daemon-reload` the second, shorter one took
 * /dev/null away from running containers. Here that is right; what is asked is whether the
 * kernel does it, and undoes it.
 */
#include "common/devbpf.h"
#include "common/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOP "/tmp/cgroup-case"
#define ROOT_GROUP TOP "/cgroup"
#define GROUP ROOT_GROUP "/bisectbox-case"
#define CHILD GROUP "/child"
#define NODE TOP "/node"

enum { NOT_MOVED = 200, USER = 1000 };

typedef enum { DO_OPEN, DO_ACCESS, DO_MKNOD, DO_STAT, DO_WRITE, DO_OPEN_AS_STRANGER } Deed;

static const char *const deed_names[] = {
	[DO_OPEN] = "open /dev/null",
	[DO_ACCESS] = "access /dev/null",
	[DO_MKNOD] = "mknod c 1 3",
	[DO_STAT] = "stat /dev/null",
	[DO_WRITE] = "write to /dev/null, open since before",
	[DO_OPEN_AS_STRANGER] = "open /dev/null with O_NOATIME, not its owner",
};

/* Something that was tried, and must have ended in one way. */
typedef struct {
	const char *scene;
	const char *who;
	Deed deed;
	int expected; /* 0, or an errno */
	int got;
} Probe;

typedef struct {
	Probe list[96];
	unsigned n;
	FILE *attached;            /* takes what is attached in each scene; NULL for the controls */
	int group, child;          /* descriptors of the folders */
	int program[DEVICE_RULES]; /* loaded, one of each rule */
	int null;                  /* /dev/null, opened before any program was there */
	char broken[128];          /* what could not be attached or detached, else empty */
} Probes;

/* ---- in the group ---- */

static bool enter(const char *group)
{
	char path[128];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, "0", 1) == 1;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Return: 0 or an errno. */
static int attempt(Deed deed, int null)
{
	struct stat st;
	int result = -1;

	switch (deed) {
	case DO_OPEN:
		result = open("/dev/null", O_RDWR | O_CLOEXEC);
		break;
	case DO_ACCESS:
		result = access("/dev/null", R_OK | W_OK);
		break;
	case DO_MKNOD:
		result = mknod(NODE, S_IFCHR | 0600, makedev(1, 3));
		if (result == 0)
			unlink(NODE);
		break;
	case DO_STAT:
		result = stat("/dev/null", &st);
		break;
	case DO_WRITE:
		result = (int)write(null, "x", 1);
		break;
	case DO_OPEN_AS_STRANGER: /* EPERM of another kind, on every kernel */
		result = setresuid(USER, USER, USER) < 0
				 ? -1
				 : open("/dev/null", O_RDONLY | O_NOATIME | O_CLOEXEC);
		break;
	}
	return result < 0 ? errno : 0;
}

/* In a process of its own, in @group (NULL: where we are). */
static void probe(Probes *probes, const char *scene, const char *group, Deed deed, int expected)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		say_at_last(UNTESTABLE, "cannot fork: %s", error_name(errno));
	if (pid == 0)
		_exit(group && !enter(group) ? NOT_MOVED : attempt(deed, probes->null));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == NOT_MOVED)
		say_at_last(UNTESTABLE, "a process could not be moved into the group");
	probes->list[probes->n++] = (Probe){ .scene = scene,
					     .who = !group                      ? "a process"
						    : strcmp(group, CHILD) == 0 ? "the child group"
										: "the group",
					     .deed = deed,
					     .expected = expected,
					     .got = WEXITSTATUS(status) };
}

/* ---- what came of it ---- */

static void print_probes(FILE *out, const Probes *probes)
{
	fprintf(out, "%-44s %-15s %-38s %-9s %s\n", "programs", "who", "does", "must give", "gave");
	for (unsigned i = 0; i < probes->n; i++) {
		const Probe *one = &probes->list[i];

		fprintf(out, "%-44s %-15s %-38s %-9s %s\n", one->scene, one->who,
			deed_names[one->deed], error_name(one->expected), error_name(one->got));
	}
}

static const Probe *first_wrong(const Probes *probes)
{
	for (unsigned i = 0; i < probes->n; i++)
		if (probes->list[i].got != probes->list[i].expected)
			return &probes->list[i];
	return NULL;
}

static int judge(const Probes *probes)
{
	const Probe *wrong = first_wrong(probes);

	if (wrong) /* what is neither yes nor EPERM is not how a program on devices refuses */
		return say(wrong->got == 0 || wrong->got == EPERM ? BAD : UNTESTABLE,
			   "with %s, for %s: %s gave %s, not %s", wrong->scene, wrong->who,
			   deed_names[wrong->deed], error_name(wrong->got),
			   error_name(wrong->expected));
	if (probes->broken[0])
		return say(BAD, "%s", probes->broken);
	return say(GOOD, "all %u accesses went as the programs say", probes->n);
}

/* ---- scenes ---- */

/* From the root group, in a process of its own: the one who asks may be in the group itself. */
static void change(Probes *probes, int (*how)(int, int), int group, DeviceRule rule)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		say_at_last(UNTESTABLE, "cannot fork: %s", error_name(errno));
	if (pid == 0)
		_exit(!enter(ROOT_GROUP)                      ? NOT_MOVED
		      : how(group, probes->program[rule]) < 0 ? errno
							      : 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == NOT_MOVED)
		say_at_last(UNTESTABLE, "a process could not be moved into the root group");
	if (status != 0 && !probes->broken[0])
		snprintf(probes->broken, sizeof(probes->broken), "%s the program \"%s\" failed: %s",
			 how == device_program_attach ? "attaching" : "detaching",
			 device_rule_name(rule), error_name(WEXITSTATUS(status)));
}

static void note(Probes *probes, const char *scene)
{
	fprintf(probes->attached, "%s\n\tgroup: ", scene);
	device_programs_print(probes->attached, probes->group);
	fprintf(probes->attached, "\tchild group: ");
	device_programs_print(probes->attached, probes->child);
}

static void probe_both(Probes *probes, const char *scene, int in_group, int in_child)
{
	note(probes, scene);
	probe(probes, scene, GROUP, DO_OPEN, in_group);
	probe(probes, scene, GROUP, DO_ACCESS, in_group);
	probe(probes, scene, GROUP, DO_MKNOD, in_group);
	probe(probes, scene, GROUP, DO_STAT, 0);
	probe(probes, scene, CHILD, DO_OPEN, in_child);
}

/* One that says yes and another, which is detached again. */
static void play_one_group(Probes *probes, bool yes_first, DeviceRule other)
{
	const int refused = other == SAYS_NO ? EPERM : 0;
	static char scenes[4][2][48];
	static unsigned n;
	char(*scene)[48] = scenes[n++];

	snprintf(scene[0], sizeof(scene[0]), "%s and %s",
		 yes_first ? "yes" : device_rule_name(other),
		 yes_first ? device_rule_name(other) : "yes");
	snprintf(scene[1], sizeof(scene[1]), "yes, %s detached", device_rule_name(other));
	change(probes, device_program_attach, probes->group, yes_first ? SAYS_YES : other);
	change(probes, device_program_attach, probes->group, yes_first ? other : SAYS_YES);
	probe_both(probes, scene[0], refused, refused);
	change(probes, device_program_detach, probes->group, other);
	probe_both(probes, scene[1], 0, 0);
	change(probes, device_program_detach, probes->group, SAYS_YES);
}

static void play_child_group(Probes *probes)
{
	change(probes, device_program_attach, probes->group, SAYS_NO);
	change(probes, device_program_attach, probes->child, SAYS_YES);
	probe_both(probes, "no on the group, yes on its child", EPERM, EPERM);
	change(probes, device_program_detach, probes->group, SAYS_NO);
	change(probes, device_program_attach, probes->group, SAYS_YES);
	change(probes, device_program_attach, probes->child, SAYS_NO);
	probe_both(probes, "yes on the group, yes and no on its child", 0, EPERM);
	change(probes, device_program_detach, probes->child, SAYS_NO);
	change(probes, device_program_detach, probes->child, SAYS_YES);
	probe_both(probes, "yes on the group, none on its child", 0, 0);
	change(probes, device_program_detach, probes->group, SAYS_YES);
}

/* We are the container's PID 1, running; the engine and systemd are outside of our group. */
static void play_reload(Probes *probes)
{
	static const char *const scenes[] = { "the engine's",
					      "the engine's, and systemd's of a reload",
					      "the engine's, systemd's detached" };

	change(probes, device_program_attach, probes->group, SAYS_ENGINE);
	if (!enter(GROUP))
		say_at_last(UNTESTABLE, "cannot move into the group: %s", error_name(errno));
	for (int i = 0; i < 3; i++) {
		const Deed deeds[] = { DO_OPEN, DO_ACCESS, DO_MKNOD, DO_STAT, DO_WRITE };

		if (i > 0)
			change(probes, i == 1 ? device_program_attach : device_program_detach,
			       probes->group, SAYS_RELOADED);
		note(probes, scenes[i]);
		for (int j = 0; j < 5; j++)
			probes->list[probes->n++] = (Probe){
				.scene = scenes[i],
				.who = "the container",
				.deed = deeds[j],
				.expected = i == 1 && j < 2 ? EPERM : 0,
				.got = attempt(deeds[j], probes->null),
			};
	}
	enter(ROOT_GROUP);
	change(probes, device_program_detach, probes->group, SAYS_ENGINE);
}

/* ---- before ---- */

static void make_groups(Probes *probes)
{
	if (mkdir(ROOT_GROUP, 0755) < 0 || mount("cgroup2", ROOT_GROUP, "cgroup2", 0, NULL) < 0)
		say_at_last(UNTESTABLE, "%s (mount: %s)",
			    errno == ENODEV ? "this kernel has no cgroup2" : "cannot mount cgroup2",
			    error_name(errno));
	/* of an earlier run in this guest that did not come to its end */
	rmdir(CHILD);
	rmdir(GROUP);
	if (mkdir(GROUP, 0755) < 0 || mkdir(CHILD, 0755) < 0 ||
	    (probes->group = open(GROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    (probes->child = open(CHILD, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		say_at_last(UNTESTABLE, "cannot make groups: %s", error_name(errno));
}

static void load_programs(Probes *probes)
{
	for (DeviceRule rule = 0; rule < DEVICE_RULES; rule++) {
		probes->program[rule] = device_program_load(rule);
		if (probes->program[rule] < 0)
			say_at_last(UNTESTABLE, "%s (BPF_PROG_LOAD of \"%s\": %s)",
				    errno == ENOSYS   ? "this kernel has no bpf(2)"
				    : errno == EINVAL ? "this kernel has no programs on devices"
						      : "a program cannot be loaded",
				    device_rule_name(rule), error_name(errno));
		fprintf(probes->attached, "\"%s\" is program %u\n", device_rule_name(rule),
			device_program_id(probes->program[rule]));
	}
	if (device_program_attach(probes->group, probes->program[SAYS_YES]) < 0)
		say_at_last(UNTESTABLE, "no program can be attached to a group (%s)",
			    error_name(errno));
	device_program_detach(probes->group, probes->program[SAYS_YES]);
}

static void start(Probes *probes)
{
	if (mkdir(TOP, 0755) < 0 || mount("tmpfs", TOP, "tmpfs", 0, "mode=0755") < 0)
		say_at_last(UNTESTABLE, "cannot mount a tmpfs: %s", error_name(errno));
	probes->null = open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void stop(void)
{
	rmdir(CHILD);
	rmdir(GROUP);
	umount2(TOP, MNT_DETACH);
	rmdir(TOP);
}

static int run_case(void)
{
	static Probes probes;
	FILE *opens = evidence_open("opens");
	int verdict;

	probes.attached = evidence_open("attached");
	start(&probes);
	make_groups(&probes);
	load_programs(&probes);
	probe_both(&probes, "none", 0, 0);
	if (first_wrong(&probes))
		say_at_last(UNTESTABLE, "a device is refused without any program");
	play_one_group(&probes, true, SAYS_ENGINE);
	play_one_group(&probes, true, SAYS_NO);
	play_one_group(&probes, false, SAYS_NO);
	play_child_group(&probes);
	play_reload(&probes);
	probe_both(&probes, "none any more", 0, 0);
	verdict = judge(&probes);
	print_probes(opens, &probes);
	evidence_close(opens);
	evidence_close(probes.attached);
	stop();
	return verdict;
}

/* Without programs: all may be done. */
static int run_pass(void)
{
	static Probes probes;
	int verdict;

	start(&probes);
	for (Deed deed = DO_OPEN; deed <= DO_WRITE; deed++)
		probe(&probes, "no program", NULL, deed, 0);
	verdict = judge(&probes);
	print_probes(stdout, &probes);
	stop();
	return verdict;
}

/* Refused where it should be allowed, and the other way round: each must be called bad. */
static int run_fail(void)
{
	static Probes refused, allowed;
	int verdict;

	start(&refused);
	probe(&refused, "no program", NULL, DO_OPEN_AS_STRANGER, 0);
	probe(&allowed, "no program", NULL, DO_OPEN, EPERM);
	verdict = judge(&refused);
	if (verdict == BAD)
		verdict = judge(&allowed);
	print_probes(stdout, &refused);
	print_probes(stdout, &allowed);
	stop();
	return verdict;
}

int main(int argc, char **argv)
{
	switch (run_of(argc, argv)) {
	case RUN_CONTROL_PASS:
		return run_pass();
	case RUN_CONTROL_FAIL:
		return run_fail();
	default:
		return run_case();
	}
}
