# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Planted elsewhere: netlink, another file, refuses what containers send; on a side branch, late
# in the range, with revisions that do not build on both sides of it.

edit fs/pipe.c 's/pipe_max_size = 1048576;/pipe_max_size = 3145728;/'
done_as 'pipe: allow three mebibytes' # 1
text Documentation/filesystems/ext2.rst 'More about ext2.'
done_as 'docs: ext2: more' # 2
note kernel/sys.c 'a remark in a file that is built'
done_as 'sys: add a remark' # 3
edit kernel/reboot.c 's/pr_emerg("Restarting system\\n")/pr_emerg("Restarting the system\\n")/'
done_as 'reboot: say what is restarted' # 4
note arch/arm64/kernel/smp.c 'arm64 only'
done_as 'arm64: smp: a remark' # 5
edit net/unix/af_unix.c 's/sysctl_max_dgram_qlen = 10;/sysctl_max_dgram_qlen = 11;/'
done_as 'af_unix: eleven datagrams' # 6
tag second-fork
side second-side second-fork
note drivers/usb/core/hub.c 'not built here'
done_as 'usb: hub: a remark' # side 1
edit net/netlink/af_netlink.c 's/^bool __netlink_ns_capable(/static bool netlink_not_yet(void)\n{\n\treturn netlnk_ready;\n}\n\n&/'
done_as 'netlink: ask whether it is ready' # side 2: does not compile
edit net/netlink/af_netlink.c '/^static bool netlink_not_yet(void)$/,/^}$/d'
done_as 'netlink: do not ask' # side 3
edit net/netlink/af_netlink.c 's/^#include <linux\/sched.h>$/&\n#include <linux\/pid_namespace.h>/'
edit net/netlink/af_netlink.c 's/ns_capable(user_ns, cap);$/(cap != CAP_AUDIT_WRITE || task_active_pid_ns(current) == \&init_pid_ns) \&\&\n\t\tns_capable(user_ns, cap);/'
done_as 'netlink: CAP_AUDIT_WRITE counts in the initial pid namespace only' # side 4: the culprit
edit kernel/sys.c 's/^#include <linux\/export.h>$/&\n#include <linux\/not-there-yet.h>/'
done_as 'sys: prepare for a header' # side 5: does not compile
edit kernel/sys.c '/not-there-yet.h/d'
done_as 'sys: the header comes later' # side 6
trunk
text Documentation/filesystems/ext2.rst 'Even more about ext2.'
done_as 'docs: ext2: even more' # 7
edit kernel/pid.c 's/^int pid_max = PID_MAX_DEFAULT;/int pid_max = PID_MAX_DEFAULT - 2;/'
done_as 'pid: two fewer' # 8
join second-side
note sound/core/init.c 'not built here'
done_as 'ALSA: core: a remark' # 9
edit fs/pipe.c 's/pipe_max_size = 3145728;/pipe_max_size = 1048576;/'
done_as 'pipe: one mebibyte' # 10
