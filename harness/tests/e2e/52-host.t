#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What fails on the host under a real guest: tried again, or 128; never a verdict.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root, for a memory cgroup'; exit; }
good_kernel
cp "$kernel" "$work/kernel"
mkdir "$work/slow" "$work/big"
cat >"$work/slow/case.json" <<-'EOF2'
	{ "title": "t", "about": "Takes its time.", "command": ["/bin/sleep", "4"], "timeout_s": 40, "container": false,
	  "kconfig": ["container"], "good": "g", "bad": "b" }
EOF2
try=(test --case "$work/slow" --kernel "$work/kernel" --results "$RESULTS" --json)

# meddle COMMANDS...: a test, and the commands for each guest while its case runs
meddle() {
	local last=
	"$BOX" "${try[@]}" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		for qemu in $(guests_of $pid); do
			if [ "$qemu" != "$last" ] && grep -qs 'start slow' "$(newest_run)"steps/001*/console.log; then
				last=$qemu
				eval "$1"
			fi
		done
		sleep 0.2
	done
	wait $pid
	status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}

meddle '[ -e "$work/once" ] || { touch "$work/once"; kill -KILL $qemu; }'
is "$status,$(json '$_->{verdict}')" '0,good' 'QEMU killed once: tried again, and well'
has "$err" 'trying again' 'and says so'

meddle 'rm -rf "$BISECTBOX_CACHE"/run/*/share'
is "$status,$(json 'map { map { $_->{verdict} } @{$_->{results}} } @{$_->{kernels}}')" '128,none' 'the share is taken away: no verdict'
has "$err" 'share' 'and says so'

# the OOM killer of a memory cgroup, as on a host that is short of memory
group=/sys/fs/cgroup/memory/bisectbox-$$
if [ -d /sys/fs/cgroup/memory ]; then limit=memory.limit_in_bytes; else
	group=/sys/fs/cgroup/bisectbox-$$ limit=memory.max
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
fi
if mkdir "$group" && [ -e "$group/$limit" ]; then
	echo 200M >"$group/$limit"
	sed 's#"/bin/sleep", "4"#"/usr/bin/perl", "-e", "$x = q(x) x 4e8; sleep 5"#' "$work/slow/case.json" >"$work/big/case.json"
	printf '#!/bin/sh\necho $$ >%s/cgroup.procs\nexec "%s" "$@"\n' "$group" "$BOX" >"$work/box"
	chmod +x "$work/box"
	"$work/box" test --case "$work/big" --kernel "$work/kernel" --mem 1024 --results "$RESULTS" --json >"$work/out" 2>"$work/err" </dev/null
	status=$?
	out=$(cat "$work/out")
	is "$status,$(json 'map { map { $_->{verdict} } @{$_->{results}} } @{$_->{kernels}}')" '128,none' 'the OOM killer takes QEMU: no verdict'
	has "$(tail -n 1 "$work/err")" 'out of memory' 'and says so'
	for _ in $(seq 50); do rmdir "$group" 2>/dev/null && break || sleep 0.2; done
else
	pass 'no memory cgroup can be made here # SKIP'
fi

# an image that is not what was built: crun is gone from it, which a guest could not tell from a bug
cache=$work/c
mkdir "$cache"
cp -a "$BISECTBOX_CACHE/host" "$cache/"
mkdir "$cache/images"
disk=$(ls -t "$BISECTBOX_CACHE"/images/debian-*.json | head -n 1)
disk=${disk%.json}
cp -a --sparse=always "$disk.img" "$disk.json" "$cache/images/"
mine=$cache/images/${disk##*/}
mkdir "$work/box-case"
sed 's/"container": false/"container": true/; s/, "4"/, "0"/' "$work/slow/case.json" >"$work/box-case/case.json"
try=(test --case "$work/box-case" --kernel "$work/kernel" --results "$RESULTS" --json)
BISECTBOX_CACHE=$cache box "${try[@]}"
is "$status" 0 'the image as it was built'
debugfs -w -R 'rm /usr/bin/crun' "$mine.img" >/dev/null 2>&1
touch -r "$disk.img" "$mine.img"
BISECTBOX_CACHE=$cache box "${try[@]}"
is "$status,$(json 'map { map { $_->{verdict} } @{$_->{results}} } @{$_->{kernels}}')" '128,none' 'an image without crun: no verdict'
has "$err" 'is damaged: it is not what was built' 'and says so'
[ -e "$mine.json" ] && fail 'and it is made anew' || pass 'and it is made anew'
cp -a "$disk.json" "$mine.json"
dd if=/dev/zero of="$mine.img" bs=1M count=8 conv=notrunc 2>/dev/null
touch -r "$disk.img" "$mine.img"
BISECTBOX_CACHE=$cache box test --case boot --kernel "$work/kernel" --results "$RESULTS" --json
is "$status,$(json 'map { map { $_->{verdict} } @{$_->{results}} } @{$_->{kernels}}')" '128,none' \
	'an image that is overwritten: no verdict, also where the case is whether it boots'

# libvirt that is not there, and one that goes away
refuses 128 'libvirt' test --case boot --kernel "$work/kernel" --results "$RESULTS" --connect "qemu+unix:///system?socket=$work/no-socket"
done_testing
