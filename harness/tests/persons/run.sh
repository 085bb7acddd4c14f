#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is too long for `make check`, since it compiles two kernels from nothing: gdb at a kernel with all of its
# debug information, and a bad case traced by the kernel's own tracer. (77-debug.t and 54-trace.t have the
# rest.) Ten minutes on two cores; prints what was seen, and ends with 0 where all is as it must be.
#
# Usage: run.sh REPO REV
#   REPO REV   a revision on which the case audit is good
set -uo pipefail

die() {
	echo "run.sh: $*" >&2
	exit 1
}

[ $# = 2 ] || die 'usage: run.sh REPO REV'
repo=$1 rev=$2
here=$(cd "$(dirname "$0")/../../.." && pwd)
box=${BOX:-$here/build/bisectbox}
[ -x "$box" ] || die "there is no $box: run make"
work=$(mktemp -d "${TMPDIR:-/tmp}/bisectbox-persons.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill -INT $pid; wait; rm -rf "$work"' EXIT

echo '== gdb'
start=$SECONDS
"$box" debug --repo "$repo" --case audit --json "$rev" >"$work/said" 2>"$work/err" </dev/null &
pid=$!
until grep -qs bisectbox.debug/1 "$work/said"; do
	kill -0 $pid 2>/dev/null || die "bisectbox debug: $(cat "$work/err")"
	sleep 1
done
echo "built and booted in $((SECONDS - start)) s"
gdbinit=$(perl -ne 'print $1 if /"gdbinit":"([^"]*)"/' "$work/said")
cat >"$work/script" <<-EOF
	set pagination off
	break audit_receive_msg
	shell "$box" debug --start >"$work/start" 2>&1 &
	continue
	bt 4
	print *nlh
	info locals
	list
	lx-ps
	delete
	detach
EOF
timeout 300 gdb -q -batch -x "$gdbinit" -x "$work/script" >"$work/gdb" 2>&1 </dev/null
cat "$work/gdb"
grep -q '^Breakpoint 1, .*audit_receive_msg' "$work/gdb" || die 'gdb did not stop'
grep -q 'nlmsg_type = 1' "$work/gdb" || die 'gdb printed no variable'
grep -q 'audit_receive_msg(' "$work/gdb" || die 'gdb did not find the source'
kill -INT $pid
wait $pid || die "bisectbox debug ended with $?: $(cat "$work/err")"
pid=

echo '== ftrace'
mkdir "$work/traced"
cat >"$work/traced/case.json" <<-'EOF'
	{ "title": "t", "about": "Is traced.", "command": ["/bin/sh", "-c", "mkdir /tmp/a; exit 1"],
	  "trace": ["ftrace:function_graph:sys_mkdir", "strace", "dmesg", "ftrace:function_graph:no_such_function"],
	  "good": "g", "bad": "b" }
EOF
start=$SECONDS
"$box" test --repo "$repo" --case "$work/traced" --results "$work/results" --json "$rev" >"$work/json" 2>"$work/err" </dev/null
[ $? = 1 ] || die "bisectbox test: $(cat "$work/err" "$work/json")"
echo "built, booted and traced in $((SECONDS - start)) s"
evidence=$(find "$work/results" -path '*/001-*/traced/evidence')
head -n 40 "$evidence"/trace-*
grep -q 'do_mkdirat' "$evidence/trace-ftrace" || die 'sys_mkdir was not traced'
grep -q 'has no such function that can be traced' "$evidence/trace-notes" || die 'what cannot be traced is not said'
grep -q 'mkdir("/tmp/a"' "$evidence/trace-strace" || die 'strace did not see mkdir'
