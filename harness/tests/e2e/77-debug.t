#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox debug: gdb at a kernel whose case waits; the case started from a second terminal, a breakpoint
# set after boot, a variable printed; and all in one, with gdb on a terminal.
. "$(dirname "$0")/lib.sh"

git -C "$HISTORY" checkout -q -f cases-good
id=$(git -C "$HISTORY" rev-parse cases-good)
# debug information for the one file that is looked at: all other objects are as without, and there already
quick=(--make-arg DEBUG_CFLAGS= --make-arg CFLAGS_audit.o=-g)
words=(debug --repo "$HISTORY" --case audit "${quick[@]}")

# wait_for N WORDS FILE PID: until N lines of the file have them
wait_for() {
	for _ in $(seq 3000); do
		[ "$(grep -cs -- "$2" "$3")" -ge "$1" ] && return
		kill -0 "$4" 2>/dev/null || return
		sleep 0.2
	done
}

refuses 129 'no guest waits' debug --start
refuses 129 '--case NAME is needed' debug HEAD
mkdir "$work/bin"
ln -s "$(command -v git)" "$work/bin/"
BOX_PATH=$work/bin refuses 128 'gdb is missing: apt install gdb' debug --gdb --case audit --repo "$HISTORY"

"$BOX" "${words[@]}" --json >"$work/said" 2>"$work/errors" </dev/null &
pid=$!
wait_for 1 bisectbox.debug/1 "$work/said" $pid
out=$(head -n 1 "$work/said")
is "$(json '$_->{revision}, $_->{case}, $_->{trouble}')" "$id,audit,null" 'says what is up'
vmlinux=$(json '$_->{vmlinux}')
gdbinit=$(json '$_->{gdbinit}')
name=$(json '$_->{guest}')
console=$(cat "$(json '$_->{console}')")
[ -s "$vmlinux" ] && pass 'and where vmlinux is' || fail 'and where vmlinux is' "$(cat "$work/errors")"
has "$(cat "${vmlinux%/*}/vmlinux-gdb.py" 2>&1)" 'gdb' 'with the scripts of the tree for gdb'
has "$(cat "${vmlinux%/*}/.config")" 'CONFIG_DEBUG_INFO=y' 'built with debug information'
has "$console" ' waits' 'the guest waits'
[[ "$console" == *' start audit'* ]] && fail 'the case is not started' "$console" || pass 'the case is not started'
has "$console" 'nokaslr' 'at addresses that gdb knows'

cat >"$work/script" <<EOF
set pagination off
set confirm off
break audit_receive_msg
shell "$BOX" debug --start >"$work/start" 2>&1 &
continue
bt 3
print nlh->nlmsg_type
info source
delete
detach
EOF
timeout 120 gdb -q -batch -x "$gdbinit" -x "$work/script" >"$work/gdb" 2>&1 </dev/null
gdb=$(cat "$work/gdb" "$work/start" "$work/errors")
has "$gdb" 'Breakpoint 1, audit_receive_msg' 'gdb stops at a breakpoint that was set after boot'
grep -qE '^\$1 = 1[01][0-9][0-9]$' "$work/gdb" && pass 'and prints a variable: the type of an audit message' ||
	fail 'and prints a variable: the type of an audit message' "$gdb"
grep -qE '^(Located|Current source).*kernel/audit.c' "$work/gdb" && pass 'and knows the source' || fail 'and knows the source' "$gdb"
wait_for 1 bisectbox.debugged/1 "$work/said" $pid
out=$(tail -n 1 "$work/said")
is "$(json '$_->{case}, $_->{outcome}')" audit,passed 'let go on, the case says what it says'
has "$(cat "$work/start")" "${id:0:12}" 'and --start said what it started'

# again in the same guest, by its name
refuses 129 "no guest \"nobody\" waits: there is $name" debug --start nobody
box debug --start "$name"
is "$status,$out" "0,started: $(git -C "$HISTORY" log -1 --format='%h  %s' --abbrev=12 "$id")" '--start GUEST: once more'
wait_for 2 bisectbox.debugged/1 "$work/said" $pid
out=$(tail -n 1 "$work/said")
is "$(grep -c bisectbox.debugged/1 "$work/said"),$(json '$_->{outcome}')" 2,passed 'and it says so again'
kill -INT $pid
wait $pid
is $? 0 'Ctrl-C ends it'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'no guest and no folder left behind'

# a kernel that does not get there: the debugger may look all the same
"$BOX" "${words[@]}" --json --append 'init=/nonexistent' >"$work/said" 2>"$work/errors" </dev/null &
pid=$!
wait_for 1 bisectbox.debug/1 "$work/said" $pid
out=$(head -n 1 "$work/said")
has "$(json '$_->{trouble}')" 'Kernel panic' 'a kernel that panics can be looked at'
timeout 120 gdb -q -batch -x "$(json '$_->{gdbinit}')" -ex 'bt 8' -ex 'kill' >"$work/gdb" 2>&1 </dev/null
has "$(cat "$work/gdb")" 'panic' 'by gdb'
wait $pid
is $? 128 'which may kill it'
has "$(cat "$work/errors")" 'killed by the debugger' 'and that is said'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'and nothing is left behind'

# --gdb: on a terminal of its own
python3 "$(dirname "$0")/terminal.py" "$BOX" "${words[@]}" --gdb >"$work/terminal" 2>&1 <<'EOF'
expect (gdb)
send break audit_receive_msg\n
expect Breakpoint 1
expect (gdb)
send continue\n
expect Continuing.
sleep 1
send \x03
expect SIGINT
expect (gdb)
send quit\n
expect (y or n)
send y\n
end
EOF
has "$(cat "$work/terminal")" 'status 0' '--gdb: Ctrl-C is for the debugger, whose end is the end'
has "$(cat "$work/terminal")" 'case audit waits' 'it says what is up'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'and nothing is left behind'
done_testing
