/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trial of /dev/kvm, through the kernel's own interface: QEMU would hang with it. */
#include "machine/kvmtrial.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIAL_LOOPS 1000000
#define TRIAL_ALARM_MS 200
#define TRIAL_PATIENCE_MS 5000

/* The guest's memory: code and page tables in the one 2 MiB page that they map. */
#define GUEST_SIZE (2UL << 20)
#define GUEST_CODE 0x1000
#define GUEST_PML4 0x2000
#define GUEST_PDPT 0x3000
#define GUEST_PD 0x4000
#define PAGE_TABLE 0x3 /* present, writable */
#define PAGE_2M 0x83   /* and the page itself */

/* What the child sends back; @step is what it was at when it stopped. */
typedef struct {
	char step[40];
	int err;
	gint64 ns;
	gboolean halted;
} TrialReport;

bool kvm_access(char **ret_why)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int err = errno;
	struct stat st;
	const struct group *group;

	if (fd >= 0) {
		close(fd);
		return true;
	}
	if (!ret_why)
		return false;
	if (err == ENOENT) {
		*ret_why = g_strdup("there is no /dev/kvm (no virtualisation in this processor or "
				    "its firmware, or the module kvm_intel or kvm_amd is missing)");
	} else if ((err == EACCES || err == EPERM) && stat("/dev/kvm", &st) == 0) {
		group = getgrgid(st.st_gid);
		*ret_why =
			g_strdup_printf("no access to /dev/kvm (join the group %s: adduser %s %s)",
					group ? group->gr_name : "kvm", g_get_user_name(),
					group ? group->gr_name : "kvm");
	} else {
		*ret_why = g_strdup_printf("/dev/kvm does not open: %s", g_strerror(err));
	}
	return false;
}

static void trial_on_alarm(int sig)
{
	(void)sig; /* it only has to interrupt KVM_RUN */
}

static void trial_load(guint8 *mem)
{
	/* dec rcx; jnz to the dec; hlt */
	static const guint8 code[] = { 0x48, 0xff, 0xc9, 0x75, 0xfb, 0xf4 };
	guint64 *table;

	memcpy(mem + GUEST_CODE, code, sizeof(code));
	table = (guint64 *)(void *)(mem + GUEST_PML4);
	table[0] = GUEST_PDPT | PAGE_TABLE;
	table = (guint64 *)(void *)(mem + GUEST_PDPT);
	table[0] = GUEST_PD | PAGE_TABLE;
	table = (guint64 *)(void *)(mem + GUEST_PD);
	table[0] = PAGE_2M;
}

/* Straight into 64-bit mode, as a boot loader would leave it. */
static bool trial_registers(int vcpu)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = { .rip = GUEST_CODE, .rcx = TRIAL_LOOPS, .rflags = 2 };
	struct kvm_segment code = {
		.limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1
	};
	struct kvm_segment data = { .limit = 0xffffffff,
				    .selector = 16,
				    .type = 3,
				    .present = 1,
				    .s = 1,
				    .db = 1,
				    .g = 1 };

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
		return false;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr3 = GUEST_PML4;
	sregs.cr4 = 1 << 5;            /* PAE */
	sregs.cr0 = 0x80000011;        /* PG, ET, PE */
	sregs.efer = 1 << 10 | 1 << 8; /* LMA, LME */
	return ioctl(vcpu, KVM_SET_SREGS, &sregs) == 0 && ioctl(vcpu, KVM_SET_REGS, &regs) == 0;
}

static void trial_run(int vcpu, struct kvm_run *run, TrialReport *report)
{
	/* repeated, in case the first comes before KVM_RUN is in the kernel */
	struct itimerval alarm_time = { .it_interval.tv_usec = TRIAL_ALARM_MS * 1000,
					.it_value.tv_usec = TRIAL_ALARM_MS * 1000 };
	struct sigaction action = { .sa_handler = trial_on_alarm };
	struct timespec from, to;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	clock_gettime(CLOCK_MONOTONIC, &from);
	setitimer(ITIMER_REAL, &alarm_time, NULL);
	report->err = ioctl(vcpu, KVM_RUN, 0) < 0 ? errno : 0;
	clock_gettime(CLOCK_MONOTONIC, &to);
	report->ns = (to.tv_sec - from.tv_sec) * G_GINT64_CONSTANT(1000000000) +
		     (to.tv_nsec - from.tv_nsec);
	report->halted = !report->err && run->exit_reason == KVM_EXIT_HLT;
}

/* Only async-signal-safe calls: the parent may have threads. */
static void trial_child(TrialReport *report)
{
	int kvm, vm, vcpu, run_size;
	struct kvm_userspace_memory_region region = { .memory_size = GUEST_SIZE };
	guint8 *mem;
	struct kvm_run *run;

#define TRY(what, call)                                                                            \
	do {                                                                                       \
		strcpy(report->step, what);                                                        \
		if ((call) < 0) {                                                                  \
			report->err = errno;                                                       \
			return;                                                                    \
		}                                                                                  \
	} while (0)

	TRY("opening it", kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC));
	TRY("making a VM", vm = ioctl(kvm, KVM_CREATE_VM, 0));
	TRY("its size", run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	mem = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TRY("its memory", mem == MAP_FAILED ? -1 : 0);
	trial_load(mem);
	region.userspace_addr = (guint64)(gsize)mem;
	TRY("its memory", ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
	TRY("a processor", vcpu = ioctl(vm, KVM_CREATE_VCPU, 0));
	run = mmap(NULL, (gsize)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	TRY("a processor", run == MAP_FAILED ? -1 : 0);
	TRY("its registers", trial_registers(vcpu) ? 0 : -1);
#undef TRY
	strcpy(report->step, "running it");
	trial_run(vcpu, run, report);
}

static KvmTrial trial_judge(const TrialReport *report, char **ret_why)
{
	if (report->halted && report->ns < TRIAL_ALARM_MS * G_GINT64_CONSTANT(1000000)) {
		*ret_why = g_strdup_printf("%d loops in %.1f ms", TRIAL_LOOPS,
					   (double)report->ns / 1e6);
		return KVM_FAST;
	}
	if (report->halted || report->err == EINTR)
		*ret_why = g_strdup_printf("/dev/kvm is too slow (%s %d ms)",
					   report->err ? "interrupted after" : "it took over",
					   TRIAL_ALARM_MS);
	else if (report->err)
		*ret_why = g_strdup_printf("/dev/kvm does not work (%s: %s)", report->step,
					   g_strerror(report->err));
	else
		*ret_why = g_strdup("/dev/kvm does not work (a loop of three instructions failed)");
	return KVM_SLOW;
}

/* Wait for the report with patience; then the child goes, reaped if it lets itself be. */
static bool trial_collect(pid_t child, int fd, TrialReport *report)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	gint64 until = g_get_monotonic_time() + TRIAL_PATIENCE_MS * G_GINT64_CONSTANT(1000);
	gint64 left;
	bool got = false;
	guint i;

	while ((left = until - g_get_monotonic_time()) > 0) {
		int n = poll(&pfd, 1, (int)(left / 1000) + 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0)
			got = read(fd, report, sizeof(*report)) == sizeof(*report);
		break;
	}
	kill(child, SIGKILL);
	for (i = 0; i < 100 && waitpid(child, NULL, WNOHANG) == 0; i++)
		g_usleep(10000);
	return got;
}

KvmTrial kvm_trial(char **ret_why)
{
	TrialReport report = { 0 };
	int fds[2];
	pid_t child;

	if (!kvm_access(ret_why))
		return KVM_DENIED;
	if (pipe2(fds, O_CLOEXEC) < 0 || (child = fork()) < 0) {
		*ret_why = g_strdup_printf("/dev/kvm could not be tried: %s", g_strerror(errno));
		return KVM_DENIED;
	}
	if (child == 0) {
		/* a child that cannot be killed must not hold the parent's locks and pipes */
		if (dup2(fds[1], 3) == 3)
			close_range(4, ~0U, 0);
		trial_child(&report);
		_exit(write(3, &report, sizeof(report)) != sizeof(report));
	}
	close(fds[1]);
	if (!trial_collect(child, fds[0], &report)) {
		close(fds[0]);
		*ret_why = g_strdup_printf("/dev/kvm hangs (no answer within %d s)",
					   TRIAL_PATIENCE_MS / 1000);
		return KVM_SLOW;
	}
	close(fds[0]);
	return trial_judge(&report, ret_why);
}
