/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that say which devices a control group may open, by bpf(2) alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What a program says to an access. */
typedef enum {
	SAYS_YES,
	SAYS_NO,
	/* to what a container engine gives a container: null, zero, full, tty, random, pts, mknod
	 */
	SAYS_ENGINE,
	/* to what systemd has left of it after a reload: pts and mknod */
	SAYS_RELOADED,
	DEVICE_RULES
} DeviceRule;

/** device_rule_name() - "yes", "no", ...; static */
const char *device_rule_name(DeviceRule rule);

/**
 * device_program_load() - load a program
 *
 * Return: its descriptor, or -1 with errno.
 */
int device_program_load(DeviceRule rule);

/** device_program_id() - the kernel's number for it, 0 where it does not tell */
uint32_t device_program_id(int program);

/** device_program_attach() - attach with BPF_F_ALLOW_MULTI. Return: 0, or -1 with errno */
int device_program_attach(int group, int program);

/** device_program_detach() - detach it again. Return: 0, or -1 with errno */
int device_program_detach(int group, int program);

/**
 * device_programs_print() - a line with a group's own programs: their ids, and the flags
 * @group: a descriptor of its folder
 */
void device_programs_print(FILE *out, int group);
