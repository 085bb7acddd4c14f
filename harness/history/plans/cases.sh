# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What turns each case bad, and back: on cases-good all shipped cases are good, on cases-bad all
# are bad, and on cases-NAME only the case NAME is (cases-audit: audit-nocap too; cases-overlay:
# overlay-ext4 too). On v6.1-base fuse-pidns and audit-nocap are bad by nature.

# The effect of "fuse: in fuse_flush only wait if someone wants the return code", in 6.3 to 6.5.
fuse_mend() {
	edit fs/fuse/file.c 's/^static int fuse_flush(struct file \*file, fl_owner_t id)$/struct fuse_last_flush {\n\tstruct fuse_args args;\n\tstruct fuse_flush_in in;\n};\n\nstatic void fuse_last_flush_end(struct fuse_mount *fm, struct fuse_args *args, int error)\n{\n\tkfree(container_of(args, struct fuse_last_flush, args));\n}\n\nstatic int fuse_last_flush(struct fuse_mount *fm, const struct fuse_args *args)\n{\n\tstruct fuse_last_flush *last = kzalloc(sizeof(*last), GFP_KERNEL);\n\n\tif (!last)\n\t\treturn -ENOMEM;\n\tlast->args = *args;\n\tlast->in = *(const struct fuse_flush_in *)args->in_args[0].value;\n\tlast->args.in_args[0].value = \&last->in;\n\tlast->args.nocreds = true;\n\tlast->args.end = fuse_last_flush_end;\n\tif (fuse_simple_background(fm, \&last->args, GFP_KERNEL))\n\t\tkfree(last);\n\treturn 0;\n}\n\n&/'
	edit fs/fuse/file.c '/^static int fuse_flush(/,/^}/s/^\terr = fuse_simple_request(fm, &args);$/\tif (current->flags \& PF_EXITING)\n\t\treturn fuse_last_flush(fm, \&args);\n\n&/'
}
fuse_break() {
	edit fs/fuse/file.c 's/if (current->flags & PF_EXITING)$/if (false \&\& (current->flags \& PF_EXITING))/'
}
fuse_mend_again() {
	edit fs/fuse/file.c 's/if (false && (current->flags & PF_EXITING))$/if (current->flags \& PF_EXITING)/'
}

# As kernels before 3.14 did, but for all namespaces: who may not send is told that nobody listens.
nocap_mend() {
	edit kernel/audit.c '/^\tcase AUDIT_FIRST_USER_MSG2 ... AUDIT_LAST_USER_MSG2:$/,/break;/s/err = -EPERM;/err = -ECONNREFUSED;/'
}
nocap_break() {
	edit kernel/audit.c '/^\tcase AUDIT_FIRST_USER_MSG2 ... AUDIT_LAST_USER_MSG2:$/,/break;/s/err = -ECONNREFUSED;/err = -EPERM;/'
}

# As 121b09d30d48 without d0e13f5bbe4b: over a whiteout the mounter's ids are taken.
overlay_break() {
	edit fs/overlayfs/dir.c 's/^\t\toverride_cred->fs[ug]id = inode->i_[ug]id;$/\t\tif (!ovl_dentry_is_whiteout(dentry))\n\t&/'
}
overlay_mend() {
	edit fs/overlayfs/dir.c '/^\t\tif (!ovl_dentry_is_whiteout(dentry))$/d; s/^\t\t\t\(override_cred->fs[ug]id = \)/\t\t\1/'
}

# PID 1 of a pid namespace survives its own general protection faults: it meets the next at once.
abort_break() {
	edit kernel/signal.c 's/^\tif (action->sa.sa_handler == SIG_DFL &&$/\tif (action->sa.sa_handler == SIG_DFL \&\& sig != SIGSEGV \&\&/'
}
abort_mend() {
	edit kernel/signal.c 's/^\tif (action->sa.sa_handler == SIG_DFL && sig != SIGSEGV &&$/\tif (action->sa.sa_handler == SIG_DFL \&\&/'
}

# One yes is enough: programs attached later are not asked.
cgroup_break() {
	edit kernel/bpf/cgroup.c '/^bpf_prog_run_array_cg(/,/^}/s/^\t\titem++;$/\t\tif (func_ret)\n\t\t\tbreak;\n&/'
}
cgroup_mend() {
	edit kernel/bpf/cgroup.c '/^bpf_prog_run_array_cg(/,/^}/{/^\t\tif (func_ret)$/,/^\t\t\tbreak;$/d}'
}

# The demo's culprit: containers are refused.
audit_break() {
	edit kernel/audit.c '0,/^\tcase AUDIT_FIRST_USER_MSG2 ... AUDIT_LAST_USER_MSG2:$/s//&\n\t\tif (task_active_pid_ns(current) != \&init_pid_ns)\n\t\t\treturn -EPERM;/'
}
audit_mend() {
	edit kernel/audit.c '/^\tcase AUDIT_FIRST_USER_MSG2 /,/break;/{/task_active_pid_ns/,/return -EPERM;/d}'
}

fuse_mend
done_as 'fuse: do not wait for the answer to a flush at exit'
nocap_mend
done_as 'audit: who may not send finds nobody listening'
tag cases-good
overlay_break
done_as 'ovl: take the mounter as the owner over a whiteout'
tag cases-overlay
overlay_mend
done_as 'ovl: take the caller as the owner over a whiteout'
abort_break
done_as 'signal: leave init alone when it faults'
tag cases-abort
abort_mend
done_as 'signal: end init when it faults'
cgroup_break
done_as 'bpf: cgroup: stop at the first program that says yes'
tag cases-cgroup-device
cgroup_mend
done_as 'bpf: cgroup: ask all programs'
audit_break
done_as 'audit: take user messages from the initial pid namespace only'
tag cases-audit
audit_mend
done_as 'audit: take user messages from all pid namespaces'
nocap_break
done_as 'audit: refuse who may not send'
tag cases-audit-nocap
nocap_mend
done_as 'audit: who may not send finds nobody listening, again'
fuse_break
done_as 'fuse: wait for the answer to a flush at exit'
tag cases-fuse-pidns
fuse_mend_again
done_as 'fuse: do not wait for the answer to a flush at exit, again'
overlay_break
abort_break
cgroup_break
audit_break
fuse_break
done_as 'all of it at once'
tag cases-bad
