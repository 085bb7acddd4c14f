# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # plan is of make.sh, which sources this
# A stretch that does not compile, the culprit in the middle of it, and later the fix of the stretch.
# It leaves the demo where that has 128 records, just before its culprit, and does the same: with the
# fix applied its revisions are trees of the demo's, whose kernels are there already.

side "$plan" "$(git_plain rev-list -n 1 --grep='^audit: hold 128 records' demo)"
tick=$((tick + 30 * 3600)) # the demo's hours are over
edit kernel/audit.c 's/audit_backlog_limit = 128;/audit_backlog_limit = AUDIT_RECORDS;/'
done_as 'audit: name the number of records' # does not compile, nor do the next two
edit kernel/audit.c '0,/^\tcase AUDIT_FIRST_USER_MSG2 ... AUDIT_LAST_USER_MSG2:$/s//&\n\t\tif (task_active_pid_ns(current) != \&init_pid_ns)\n\t\t\treturn -EPERM;/'
done_as 'audit: leave user messages to the initial pid namespace' # the culprit
text Documentation/filesystems/ext2.rst 'Records of it are audited.'
done_as 'docs: ext2: say that it is audited'
edit kernel/audit.c 's/AUDIT_RECORDS/128/'
done_as "audit: the number of records needs no name

The kernel has not compiled since it got one.

Fixes: $(git_plain rev-parse --short=12 HEAD~2) (\"audit: name the number of records\")"
text MAINTAINERS ''
done_as 'MAINTAINERS: end with an empty line'
