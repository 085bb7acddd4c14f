# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The demo: some thirty commits. Number 12 has the kernel refuse audit messages from a container;
# 14 does not compile (15 mends it), 9 does not boot (10 mends it).

text Documentation/filesystems/ext2.rst 'The file system can be mounted read-only.'
done_as 'docs: ext2: say that read-only works' # 1
note arch/arm64/kernel/smp.c 'arm64 only'
done_as 'arm64: smp: add a remark' # 2
edit fs/pipe.c 's/pipe_max_size = 1048576;/pipe_max_size = 2097152;/'
done_as 'pipe: allow unprivileged pipes of two mebibytes' # 3
note drivers/net/wireless/ath/ath9k/main.c 'not built here'
done_as 'wifi: ath9k: add a remark' # 4
edit kernel/reboot.c 's/pr_emerg("Power down\\n")/pr_emerg("Power down now\\n")/'
done_as 'reboot: say that the power goes down now' # 5
note sound/core/init.c 'not built here'
done_as 'ALSA: core: add a remark' # 6
edit net/unix/af_unix.c 's/sysctl_max_dgram_qlen = 10;/sysctl_max_dgram_qlen = 16;/'
done_as 'af_unix: queue sixteen datagrams' # 7
text MAINTAINERS ''
done_as 'MAINTAINERS: end with an empty line' # 8
edit init/main.c 's/^\tdo_basic_setup();$/\tpanic("basic setup is not ready");\n\tdo_basic_setup();/'
done_as 'init: check that basic setup is ready' # 9: does not boot
edit init/main.c '/basic setup is not ready/d'
done_as 'init: drop the check of basic setup again' # 10
edit kernel/audit.c 's/audit_backlog_limit = 64;/audit_backlog_limit = 128;/'
done_as 'audit: hold 128 records' # 11
edit kernel/audit.c '0,/^\tcase AUDIT_FIRST_USER_MSG2 ... AUDIT_LAST_USER_MSG2:$/s//&\n\t\tif (task_active_pid_ns(current) != \&init_pid_ns)\n\t\t\treturn -EPERM;/'
done_as 'audit: take user messages from the initial pid namespace only' # 12: the culprit
note drivers/gpu/drm/i915/i915_driver.c 'not built here'
done_as 'drm/i915: add a remark' # 13
edit fs/pipe.c 's/pipe_max_size = 2097152;/pipe_max_size = PIPE_TWO_MEBIBYTES;/'
done_as 'pipe: name the limit' # 14: does not compile
edit fs/pipe.c 's/PIPE_TWO_MEBIBYTES/2097152/'
done_as 'pipe: the limit needs no name' # 15
edit net/9p/client.c 's/Could not find request transport/No such transport/'
done_as 'net/9p: shorter words for a missing transport' # 16
note arch/arm64/kernel/setup.c 'arm64 only'
done_as 'arm64: setup: add a remark' # 17
text Documentation/filesystems/ext2.rst 'See also ext4.'
done_as 'docs: ext2: name ext4' # 18
tag v6.1-halfway
edit kernel/reboot.c 's/pr_emerg("System halted\\n")/pr_emerg("System halted now\\n")/'
done_as 'reboot: say that the system is halted now' # 19
note drivers/net/ethernet/intel/e1000/e1000_main.c 'not built here'
done_as 'e1000: add a remark' # 20
edit fs/pipe.c 's/pipe_max_size = 2097152;/pipe_max_size = 1048576;/'
done_as 'pipe: go back to one mebibyte' # 21
note arch/powerpc/kernel/setup-common.c 'powerpc only'
done_as 'powerpc: setup: add a remark' # 22
edit net/unix/af_unix.c 's/sysctl_max_dgram_qlen = 16;/sysctl_max_dgram_qlen = 12;/'
done_as 'af_unix: queue twelve datagrams' # 23
text CREDITS ''
done_as 'CREDITS: end with an empty line' # 24
note drivers/usb/core/hub.c 'not built here'
done_as 'usb: hub: add a remark' # 25
edit kernel/pid.c 's/^int pid_max = PID_MAX_DEFAULT;/int pid_max = PID_MAX_DEFAULT - 1;/'
done_as 'pid: one fewer' # 26
note arch/s390/kernel/setup.c 's390 only'
done_as 's390: setup: add a remark' # 27
edit kernel/pid.c 's/PID_MAX_DEFAULT - 1;/PID_MAX_DEFAULT;/'
done_as 'pid: as many as before' # 28
text Documentation/filesystems/ext2.rst 'That is all.'
done_as 'docs: ext2: end' # 29
note sound/core/pcm.c 'not built here'
done_as 'ALSA: pcm: add a remark' # 30
