#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox shell: a person at a terminal, root in a guest; the terminal's size and Ctrl-C; the case and its
# container; a kernel that dies; and that nothing is left behind. The kernel comes from the cache.
. "$(dirname "$0")/lib.sh"

git -C "$HISTORY" checkout -q -f cases-good
words=(shell --repo "$HISTORY" --case audit)

# person ARGS...: bisectbox on a terminal, with stdin's lines (terminal.py) for a person
person() {
	python3 "$(dirname "$0")/terminal.py" "$BOX" "$@" >"$work/terminal" 2>&1
	shown=$(tr -d '\r' <"$work/terminal")
}

refuses 129 'a shell wants a terminal' "${words[@]}"

person "${words[@]}" <<'EOF'
expect case-run runs it
expect root@bisectbox:~# 
send echo user $(id -u) on $(uname -r) at $(tty)\n
expect user 0 on 6.1
expect root@bisectbox:~# 
send stty size\n
expect 24 80
expect root@bisectbox:~# 
size 50 132
send \n
expect root@bisectbox:~# 
send stty size\n
expect 50 132
expect root@bisectbox:~# 
send sh -c 'echo slee""ping; exec sleep 1000'\n
expect sleeping
send \x03
expect root@bisectbox:~# 
send echo slept $?\n
expect slept 130
expect root@bisectbox:~# 
send perl -e '$SIG{WINCH} = sub { print qx(stty size); exit }; $| = 1; print qq(hand) . qq(ler set\\n); sleep 100'\n
expect handler set
size 31 99
expect 31 99
expect root@bisectbox:~# 
send head -c 20000 /dev/zero | tr '\\0' x; echo; echo a""ll\n
expect xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
expect \r\nall
expect root@bisectbox:~# 
send case-run; echo run $?\n
expect the case ended with 0
expect run 0
expect root@bisectbox:~# 
send case-shell\n
expect root@audit
send ls /case; tty; echo pid $$; exit\n
expect audit
expect /dev/pts/0
expect pid 1
expect root@bisectbox:~# 
send mkdir /usr/nope; touch /tmp/fine && echo tmp is fi""ne\n
expect Read-only file system
expect tmp is fine
expect root@bisectbox:~# 
send exit 3\n
end
EOF
has "$shown" 'status 0' 'root, in a guest with that kernel, until the shell ends'
has "$shown" "$(git -C "$HISTORY" rev-parse --short=12 cases-good)" 'it says of which revision'
is "$(grep -o x "$work/terminal" | wc -l | awk '{ print ($1 >= 20000) }')" 1 'nothing of much output is lost'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'no guest and no folder left behind'

# what is typed faster than it is read; a line at a time, as a terminal takes it
{
	echo 'expect root@bisectbox:~# '
	echo 'send cat >/tmp/typed\n'
	for n in $(seq 60); do echo "send line $n $(printf '%0120d' "$n")\\n"; done
	printf '%s\n' 'send \x04' 'send wc -lc /tmp/typed; sha256sum </tmp/typed\n' "expect $(
		for n in $(seq 60); do echo "line $n $(printf '%0120d' "$n")"; done | sha256sum
	)" 'send \x1d' end
} >"$work/fast"
person "${words[@]}" <"$work/fast"
has "$shown" 'status 0' 'nothing that is typed is lost; Ctrl-] ends it'
has "$shown" 'The guest is gone' 'and says so'

# a kernel that dies under the shell
person "${words[@]}" <<'EOF'
expect root@bisectbox:~# 
send kill -SEGV 1; echo b > /proc/sysrq-trigger; perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'\n
end
EOF
has "$shown" 'The guest has ended' 'a guest that goes away under the shell'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'nothing left behind'

# the terminal is as it was: echo is on again
python3 "$(dirname "$0")/terminal.py" sh -c "stty -a >$work/before; $BOX ${words[*]}; stty -a >$work/after" >"$work/terminal" 2>&1 <<'EOF'
expect root@bisectbox:~# 
send \x1d
end
EOF
cmp -s "$work/before" "$work/after" && pass "the terminal's settings are as they were" ||
	fail "the terminal's settings are as they were" "$(diff "$work/before" "$work/after")"

# killed
rm "$work/terminal"
python3 "$(dirname "$0")/terminal.py" "$BOX" "${words[@]}" >"$work/terminal" 2>&1 <<'EOF' &
expect root@bisectbox:~# 
end
EOF
for _ in $(seq 600); do
	grep -qs 'root@bisectbox' "$work/terminal" && break
	sleep 0.2
done
pkill -KILL -P "$(pgrep -f "^$BOX shell" | head -n 1)"
wait
is "$(tail -n 1 "$work/terminal"),$(leftovers | tr '\n' ' ')" 'status -9,0 1 ' 'killed: its guest goes with it'

# a kernel that does not get there
person "${words[@]}" --append 'init=/nonexistent' <<'EOF'
end
EOF
has "$shown" 'status 125' 'a kernel that panics before: 125'
has "$shown" 'Kernel panic' 'and why'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'and what the killed one has left is gone'
done_testing
