#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What fails on the host under a real guest: tried again, or 128; never a verdict. And a run with real
# guests that is killed, with all that it has started, and gone on with.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root, for a memory cgroup'; exit; }
fault=$(dirname "$BOX")/tests/fault.so
kernel=$RESULTS/cases-good.bzImage
if [ ! -e "$kernel" ]; then
	box test --case audit --repo "$HISTORY" cases-good --results "$RESULTS"
	kernel=$(ls -t "$BISECTBOX_CACHE"/trees/*/home/build*/arch/x86/boot/bzImage | head -n 1)
fi
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
		for qemu in $(pgrep -f "qemu-system.*$BISECTBOX_CACHE/run"); do
			if [ "$qemu" != "$last" ] && grep -qs 'start slow' "$(ls -td "$RESULTS"/*-test 2>/dev/null | head -n 1)"/steps/001*/console.log; then
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

# a run with real guests: killed in a boot, at the journal, and with all that it has started
culprit=$(git -C "$HISTORY" rev-list --grep='user messages from the initial pid namespace only' demo)
words=(run --repo "$HISTORY" --case audit --bad "$culprit" --good "$culprit^" --repeat 1 --json)
results=$work/results
"$BOX" "${words[@]}" --results "$results" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
for _ in $(seq 3000); do
	grep -qs . "$results"/*/steps/001*/console.log && break
	sleep 0.2
done
program=$(pgrep -P $pid)
kill -KILL $pid "$program"
wait $pid 2>/dev/null
is "$(wc -l <"$(echo "$results"/*/journal.jsonl)")" 0 'power cut in the first boot: nothing is known'
LD_PRELOAD=$fault BISECTBOX_FAULT=after:write:2:journal.jsonl "$BOX" resume --results "$results" >"$work/out" 2>"$work/err" </dev/null
is $? 137 'killed at the second verdict'
is "$(ps -eo args | grep -c "[q]emu-system.*$BISECTBOX_CACHE/run")" 0 'no QEMU is left'
LD_PRELOAD=$fault BISECTBOX_FAULT=power:write:1:journal.jsonl "$BOX" resume --results "$results" >"$work/out" 2>"$work/err" </dev/null
is $? 137 'and before the third'
box resume --results "$results"
is "$status,$(json '$_->{status}, $_->{culprit}{id}')" "0,found,$culprit" 'gone on with: found'
is "$(json 'map { "$_->{why} $_->{verdict}" } @{$_->{steps}}')" 'end bad,end good,confirm bad,confirm good' 'each verdict once'
is "$(json 'scalar grep { $_->{booted} } @{$_->{steps}}')" 4 'each from a boot of its own'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'no guest and no folder left behind'

# what it left, judged again; and where the evidence is another, the verdict is
run=$(json '$_->{results}')
box rejudge "$run"
is "$status" 0 'rejudge: all verdicts are the same'
has "$out" '0 of 4 verdicts would be another' 'and it says so'
sed -i 's/"token":[^,]*"[0-9a-f]*"/"token": "00000000000000000000000000000000"/' "$run"/steps/001-*/boot.json
box rejudge "$run" --json
is "$status,$(json '$_->{changed}, map { $_->{now} } @{$_->{steps}}')" '1,1,skip,good,bad,good' \
	'rejudge: answers without the token of their boot are none'
rm "$run"/steps/002-*/console.log
box rejudge "$run" --json
is "$(json '$_->{unknown}, $_->{steps}[1]{now}')" 1,null 'rejudge: what is not there says nothing'
done_testing
