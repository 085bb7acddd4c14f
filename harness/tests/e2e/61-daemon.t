#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests under a libvirt daemon of this host: root's by its socket, and an ordinary user's own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hosts.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root, to start a daemon of its own'; exit; }
user=bisectbox-test
id "$user" >/dev/null 2>&1 || useradd -m "$user" || exit
runtime=$(mktemp -d /run/bbXXXXXX)
# session_stop: the user's daemons, which libvirt's library has started
session_stop() {
	local file
	for file in "$runtime"/libvirt/*.pid; do
		[ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null
	done
}
trap 'session_stop; host_stop; rm -rf "$work" "$runtime"' EXIT
good_kernel
host_start near near
try=(test --kernel "$kernel" --results "$RESULTS" --json)
verdicts() { json 'map { map { "$_->{outcome} $_->{verdict}" } @{$_->{results}} } @{$_->{kernels}}'; }

box "${try[@]}" --case audit --case overlay --connect "$uri"
is "$(verdicts)" 'passed good,passed good' 'root'\''s daemon: the same answers'
is "$(leftovers | tr '\n' ' ')$(host_left | head -n 2 | tr '\n' ' ')" '0 0 0 0 ' 'no domain, process or folder is left'
box "${try[@]}" --case boot --append 'init=/nonexistent' --connect "$uri"
is "$(verdicts)" 'boot-panic bad' 'and a panic'

# killed in the middle for good: the guest goes too, and there is no verdict
mkdir "$work/mine"
cat >"$work/mine/case.json" <<-'EOF'
	{ "title": "t", "about": "Takes its time.", "command": ["/bin/sleep", "1000"], "timeout_s": 300,
	  "container": false, "kconfig": ["container"], "good": "g", "bad": "b" }
EOF
"$BOX" "${try[@]}" --case "$work/mine" --connect "$uri" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
for _ in $(seq 300); do
	grep -qs 'start mine' "$(newest_run)"steps/001-*/console.log && break
	sleep 0.2
done
kill -STOP "$(cat /run/bisectbox-$$-near/namespace)" # which would start it again
kill -KILL "$(cat /run/bisectbox-$$-near/libvirtd.pid)"
wait $pid
is $? 128 'the daemon is killed for good: trouble on the host'
has "$(tail -n 1 "$work/err")" 'the connection to libvirt broke' 'and it says what'
is "$(host_guests | wc -l) $(leftovers | tail -n 1)" '0 0' 'its guest is gone all the same'
kill -CONT "$(cat /run/bisectbox-$$-near/namespace)"

# an ordinary user's session, which libvirt starts
home=$(getent passwd "$user" | cut -d: -f6)
chmod 755 "$work"
chown "$user" "$runtime"
install -d -o "$user" "$home/.cache" "$home/.cache/bisectbox" "$home/results"
give_cache "$home/.cache/bisectbox"
cp "$kernel" "$work/bzImage"
chown -R "$user": "$home/.cache" "$work/bzImage"
env -u BISECTBOX_CACHE -u XDG_CONFIG_HOME XDG_RUNTIME_DIR="$runtime" HOME="$home" runuser -u "$user" -- "$BOX" test --kernel "$work/bzImage" \
	--case audit --json --results "$home/results" --connect qemu:///session >"$work/out" 2>"$work/err" </dev/null
is $? 0 'an ordinary user'\''s own daemon' || sed 's/^/# /' "$work/err"
session_stop
is "$(pgrep -u "$user" -f qemu-system | wc -l)" 0 'and no guest of theirs is left'
rm -rf "$home/.cache/bisectbox" "$home/results"
done_testing
