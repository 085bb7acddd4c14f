/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs on devices, in the machine's own words: the header of no library is needed. */
#include "common/devbpf.h"

#include "common/verdict.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IDS_MAX = 64 };

#define INSN(c, d, s, o, i)                                                                        \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define LOAD(reg, field)                                                                           \
	INSN(BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_1,                                            \
	     offsetof(struct bpf_cgroup_dev_ctx, field), 0)
#define UNLESS_EQUAL(reg, value, skip) INSN(BPF_JMP | BPF_JNE | BPF_K, reg, 0, skip, value)
#define SAY(answer)                                                                                \
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, answer),                                \
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* r2 block or char, r3 what is wanted, r4 and r5 the device's numbers. */
#define HEAD                                                                                       \
	LOAD(BPF_REG_2, access_type), LOAD(BPF_REG_3, access_type), LOAD(BPF_REG_4, major),        \
		LOAD(BPF_REG_5, minor),                                                            \
		INSN(BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff),                        \
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16)
#define MKNOD_YES UNLESS_EQUAL(BPF_REG_3, BPF_DEVCG_ACC_MKNOD, 2), SAY(1)
#define BLOCK_NO                                                                                   \
	UNLESS_EQUAL(BPF_REG_2, BPF_DEVCG_DEV_CHAR, 1), INSN(BPF_JMP | BPF_JA, 0, 0, 2, 0), SAY(0)
#define ALL_YES(major) UNLESS_EQUAL(BPF_REG_4, major, 2), SAY(1)
#define ONE_YES(major, minor)                                                                      \
	UNLESS_EQUAL(BPF_REG_4, major, 3), UNLESS_EQUAL(BPF_REG_5, minor, 2), SAY(1)

static const struct bpf_insn says_yes[] = { SAY(1) };
static const struct bpf_insn says_no[] = { SAY(0) };
static const struct bpf_insn says_engine[] = {
	HEAD,          MKNOD_YES,     BLOCK_NO,   ONE_YES(1, 3), ONE_YES(1, 5), ONE_YES(1, 7),
	ONE_YES(1, 8), ONE_YES(1, 9), ALL_YES(5), ALL_YES(136),  SAY(0),
};
static const struct bpf_insn says_reloaded[] = { HEAD, MKNOD_YES, BLOCK_NO, ALL_YES(136), SAY(0) };

#define SIZED(insns) insns, sizeof(insns) / sizeof(insns[0])
static const struct {
	const char *name;
	const struct bpf_insn *insns;
	size_t n;
} rules[] = {
	[SAYS_YES] = { "yes", SIZED(says_yes) },
	[SAYS_NO] = { "no", SIZED(says_no) },
	[SAYS_ENGINE] = { "engine", SIZED(says_engine) },
	[SAYS_RELOADED] = { "reloaded", SIZED(says_reloaded) },
};

const char *device_rule_name(DeviceRule rule)
{
	return rules[rule].name;
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

int device_program_load(DeviceRule rule)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr)); /* older kernels want zeroes in what they do not know */
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)rules[rule].insns;
	attr.insn_cnt = (uint32_t)rules[rule].n;
	attr.license = (uintptr_t) "GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

uint32_t device_program_id(int program)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0 ? 0 : info.id;
}

static int change(int command, int group, int program, uint32_t flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)group;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = flags;
	return bpf(command, &attr);
}

int device_program_attach(int group, int program)
{
	return change(BPF_PROG_ATTACH, group, program, BPF_F_ALLOW_MULTI);
}

int device_program_detach(int group, int program)
{
	return change(BPF_PROG_DETACH, group, program, 0);
}

void device_programs_print(FILE *out, int group)
{
	uint32_t ids[IDS_MAX] = { 0 };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)group;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = IDS_MAX;
	if (bpf(BPF_PROG_QUERY, &attr) < 0) {
		fprintf(out, "BPF_PROG_QUERY: %s\n", error_name(errno));
		return;
	}
	fprintf(out, "%u attached, flags 0x%x%s, ids", attr.query.prog_cnt, attr.query.attach_flags,
		attr.query.attach_flags & BPF_F_ALLOW_MULTI ? " (multi)" : "");
	for (uint32_t i = 0; i < attr.query.prog_cnt && i < IDS_MAX; i++)
		fprintf(out, " %u", ids[i]);
	fprintf(out, "\n");
}
