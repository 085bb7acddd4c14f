#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests on another host, by ssh: a real sshd and libvirtd, in a mount namespace that sees none of our
# folders. Kernel, image and inputs go there, results come back, nothing stays but the image.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hosts.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root, to make another host'; exit; }
trap 'host_stop; rm -rf "$work"' EXIT
good_kernel
host_start far
far=$uri
try=(test --kernel "$kernel" --results "$RESULTS" --json --accel tcg --connect "$far")
# clean NAME: nothing of ours is left on either host
clean() {
	is "$(leftovers | tr '\n' ' ')$(host_left | tr '\n' ' ')" '0 0 0 0 0 ' "$1: no domain, process, volume or folder is left"
}
# verdicts: of each case
verdicts() { json 'map { map { "$_->{outcome} $_->{verdict}" } @{$_->{results}} } @{$_->{kernels}}'; }

# the same cases here and there
cases=(--case audit --case overlay)
box "${try[@]}" "${cases[@]}"
there=$(verdicts)
folder=$(json '$_->{results}')
err_there=$err
box test --kernel "$kernel" --results "$RESULTS" --json "${cases[@]}"
is "$there" "$(verdicts)" 'the same answers as of a guest here'
is "$(cd "$folder"/steps/001-* && find . -type f | sort)" "$(cd "$(json '$_->{results}')"/steps/001-* && find . -type f | sort)" \
	'and the same files come back'
has "$(cat "$folder"/steps/001-*/audit/evidence/answers)" 'AUDIT' 'evidence among them'
has "$(cat "$folder"/steps/001-*/dmesg)" 'Linux version' 'and the kernel'\''s log'
has "$err_there" 'copying debian' 'the image went there'
clean 'after guests'
is "$(virsh -q -c "$far" vol-list bisectbox | grep -c 'disk-[^ ]*[0-9] ')" 1 'but the image, once'
box "${try[@]}" --case boot
is "$(verdicts),$(grep -c copying <<<"$err")" 'passed good,0' 'the next run finds it there'

# a kernel that dies: all of its last words come over
box "${try[@]}" --case boot --append 'init=/nonexistent'
is "$(verdicts)" 'boot-panic bad' 'a panic over there'
has "$(cat "$(json '$_->{results}')"/steps/001-*/console.log)" 'Rebooting in' 'is told to its end'
mkdir "$work/mine"
cat >"$work/mine/case.json" <<-'EOF'
	{ "title": "t", "about": "Takes its time.", "command": ["/usr/bin/perl", "-e", "$| = 1; print qq(working\n); sleep 1000"], "timeout_s": 300,
	  "container": false, "kconfig": ["container"], "good": "g", "bad": "b" }
EOF

# begin: a test in the background, until its guest's case runs; finish: to its end
begin() {
	local before
	before=$(newest_run)
	"$BOX" "${try[@]}" --case "$work/mine" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	for _ in $(seq 300); do
		sleep 0.2
		[ "$(newest_run)" != "$before" ] && grep -qs 'start mine' "$(newest_run)"steps/001-*/console.log && break
	done
	sleep 0.5
}
finish() {
	wait $pid
	status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}
begin
kill -INT $pid
finish
is "$status" 130 'Ctrl-C'
clean 'after Ctrl-C'

# QEMU killed over there, each time: trouble on a host, no verdict
begin
for _ in 1 2; do
	for _ in $(seq 300); do
		qemu=$(host_guests)
		[ -n "$qemu" ] && grep -qs 'start mine' "$(newest_run)"steps/001-*/console.log && break
		sleep 0.2
	done
	kill -KILL $qemu
	sleep 1
done
finish
is "$status,$(json 'map { map { $_->{verdict} } @{$_->{results}} } @{$_->{kernels}}')" '128,none' 'QEMU killed over there: no verdict'
clean 'after QEMU was killed'

# libvirtd killed in the middle, and back after two seconds: the guest goes, and is started again
sed -i 's/sleep 1000/sleep 8/' "$work/mine/case.json"
begin
kill -KILL "$(cat /run/bisectbox-$$-far/libvirtd.pid)"
finish
is "$status,$(verdicts)" '0,passed good' 'libvirtd killed in the middle: connected again'
has "$err" 'trying again' 'and it says so'
clean 'after libvirtd was killed'

# the whole connection cut off
begin
kill -KILL "$(pgrep -f "^ssh .*$(sed 's/.*localhost:\([0-9]*\).*/\1/' <<<"$far")" | head -n 1)"
finish
is "$status,$(verdicts)" '0,passed good' 'ssh killed in the middle: connected again'
clean 'after ssh was killed'

# hosts that are not there
refuses 128 'cannot connect' test --case boot --kernel "$kernel" --results "$RESULTS" --connect 'qemu+ssh://root@localhost:1/system?no_tty=1'
refuses 128 'cannot connect' test --case boot --kernel "$kernel" --results "$RESULTS" --connect 'qemu+ssh://root@no-such-host.invalid/system?no_tty=1'
refuses 129 'is not a libvirt URI' test --case boot --kernel "$kernel" --results "$RESULTS" --connect 'xen:///system'
done_testing
