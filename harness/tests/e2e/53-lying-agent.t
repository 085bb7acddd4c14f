#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest whose agent lies: hostile_init.c is PID 1 in its place, on a real kernel, and knows both
# tokens. None of its lies is a verdict, trouble of the host, a file anywhere else, or a control
# character on the terminal; the guest after all of them is judged rightly.
. "$(dirname "$0")/lib.sh"

good_kernel

# what the guest does, and what is to come of it
cat >"$work/lies" <<'END'
forged-early poweroff
forged-tokens poweroff
two-answers broken
two-ways broken
many-answers poweroff
files failed
sizes failed
deep flood
escapes failed
escapes-reason broken
escapes-panic panic
long-line failed
spoil failed
late failed
fine passed
END
cases=()
while read -r lie _; do
	mkdir "$work/$lie"
	cp "$(dirname "$BOX")/tests/e2e/hostile_init" "$work/$lie/evil"
	printf '#!/bin/sh\nexit 0\n' >"$work/$lie/run"
	chmod +x "$work/$lie/run"
	cat >"$work/$lie/case.json" <<-EOF
		{ "title": "t", "about": "A lie: $lie.", "command": ["./run"], "files": ["run", "evil"], "timeout_s": 30,
		  "container": false, "good": "g", "bad": "b" }
	EOF
	cases+=(--case "$work/$lie")
done <"$work/lies"
# its program comes by the share; the kernel takes the last init=, and words after -- are for it
takeover='init=/bin/sh -- -c "mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t 9p -o trans=virtio,version=9p2000.L bisectbox /mnt; exec /mnt/in/*/case/evil"'

# what others could reach while guests run
(while sleep 0.3; do
	find "$BISECTBOX_CACHE/run" -mindepth 1 -maxdepth 1 -type d ! -perm 700 -printf 'open folder: %m %p\n'
	find "$BISECTBOX_CACHE/run" -type s -perm /077 ! -newermt '1 second ago' -printf 'socket: %m %p\n'
	find "$BISECTBOX_CACHE/run" -type s -printf 'seen\n'
done >"$work/seen" 2>/dev/null) &
watcher=$!
before=$(leftovers | tr '\n' ' ')
box test "${cases[@]}" --kernel "$kernel" --append "$takeover" --results "$work/results" --verbose
kill "$watcher"
is "$status" 1 'no trouble of the host, whatever the guest does'
folder=$(find "$work/results" -mindepth 1 -maxdepth 1)
said=$out$err
out=$(cat "$folder/result.json")
is "$(json 'map { "$_->{case} $_->{outcome}" } @{$_->{kernels}[0]{results}}' | tr , '\n')" "$(cat "$work/lies")" \
	'every lie has its outcome, and what follows is judged rightly'
is "$(json 'scalar grep { $_->{verdict} eq "good" } @{$_->{kernels}[0]{results}}')" 1 'no lie is a good verdict'
has "$(json 'map { $_->{reason} } grep { $_->{case} =~ /^two/ } @{$_->{kernels}[0]{results}}')" 'two answers that differ' 'two answers: said'
is "$(leftovers | tr '\n' ' ')" "$before" 'nothing is left on the host'

# what people and programs read
obeyed='[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]'
has "$said" 'owned' 'consoles were shown'
is "$(LC_ALL=C grep -aP "$obeyed" <<<"$said" | head -n 3)" '' 'no control character reaches the terminal'
is "$(find "$folder" -maxdepth 1 -type f -exec env LC_ALL=C grep -alP "$obeyed" {} +)" '' 'nor a report'
is "$(find "$folder" -name '*.json' -exec env LC_ALL=C grep -alP "$obeyed" {} +)" '' 'nor a record'
is "$(find "$folder" -name '*.json' -exec perl -MJSON::PP -e 'for (@ARGV) { local (@ARGV, $/) = $_; eval { decode_json(<>) } or print "$_: $@" }' {} +)" '' \
	'every record is sound JSON'

# what was kept
is "$(find "$folder" ! -type f ! -type d)" '' 'only files and folders are kept'
is "$(find "$folder" -perm /7000)" '' 'nothing that is setuid'
is "$(find "$folder" -path '*/evidence/*' -printf '%f\n' | grep -v '^[A-Za-z0-9_][A-Za-z0-9._-]*$')" '' 'only under sound names'
is "$(find "$folder" -path '*/files/evidence/fine' | wc -l)" 1 'a sound one is'
is "$(grep -rlE 'root:x?:0:0' "$folder" | head -n 3)" '' 'no file of the host is among them'
is "$(find "$folder" -type f ! -name console.log -size +1024k)" '' 'none is longer than it may be'
is "$(find "$folder" -path '*/sizes/evidence/*' | wc -l)" 64 'nor are there more of them'
is "$(sort -u "$work/seen")" seen "sockets and run folders are the user's alone"
is "$(find "$BISECTBOX_CACHE/run" "$folder" ! -type l -perm /6002 2>/dev/null)" '' "nothing is everybody's to write to"
done_testing
