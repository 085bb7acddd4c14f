#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Cases that misbehave: each has a clear outcome, the host is unharmed, the case after it in the
# same guest and the kernel after it are judged rightly. All on one kernel.
. "$(dirname "$0")/lib.sh"

good_kernel
cp "$kernel" "$work/k1"
cp "$kernel" "$work/k2"

# a_case NAME TIMEOUT CONTAINER SCRIPT: a case of its own that runs a script
a_case() {
	mkdir -p "$work/$1"
	printf '#!/bin/bash\n%s\n' "$4" >"$work/$1/run"
	chmod +x "$work/$1/run"
	cat >"$work/$1/case.json" <<-EOF
		{ "title": "t", "about": "Misbehaves.", "command": ["./run"], "files": ["run"], "timeout_s": $2,
		  "container": $3, "kconfig": ["container"], "good": "g", "bad": "b" }
	EOF
}
a_case fine 20 true 'echo a >/tmp/a && [ "$(cat /tmp/a)" = a ] && [ -z "$(ls -A /evidence)" ] && exit 0; exit 1'

# ends OUTCOME NAME: the case, `fine` after it, and both on a second kernel; one without a container
# has its guest to itself, so that `fine` has another one
ends() {
	local before kernels=(--kernel "$work/k1" --kernel "$work/k2") expected=$1,passed,$1,passed
	before=$(leftovers | tr '\n' ' ')
	! grep -q '"container": false' "$work/$2/case.json" || { kernels=(--kernel "$work/k1"); expected=$1,passed; }
	box test --case "$work/$2" --case "$work/fine" "${kernels[@]}" --results "$RESULTS" --json
	is "$(json 'map { map { $_->{outcome} } @{$_->{results}} } @{$_->{kernels}}')" "$expected" "$2: $1; what follows is judged rightly"
	is "$(leftovers | tr '\n' ' ')" "$before" "$2: nothing is left on the host"
}

a_case forks 6 true 'f() { f | f & }; f; sleep 60'
ends case-timeout forks
a_case memory 40 true 'for d in /tmp /run /var/tmp /var/log /dev /dev/shm; do dd if=/dev/zero of=$d/full bs=1M 2>/dev/null; done; exit 7'
ends broken memory
a_case evidence 30 true 'for i in $(seq 100); do echo x >/evidence/$i; done; dd if=/dev/zero of=/evidence/big bs=1M 2>/dev/null; exit 0'
ends passed evidence
is "$(find "$(json '$_->{results}')"/steps/001-* -path '*evidence/evidence/*' | wc -l)" 64 'evidence: 64 files are kept'
a_case prints 40 true 'head -c 200M /dev/zero | tr "\0" x; exit 0'
ends passed prints
is "$(stat -c %s "$(json '$_->{results}')"/steps/001-*/prints/stdout)" 1048576 'prints: the first MiB is kept'
a_case share 60 false 'nsenter -t 1 -m dd if=/dev/zero of=/run/bisectbox/share/out/big bs=1M count=4096'
ends flood share
a_case console 15 false 'yes | tr -d "\n" | fold -w 4000 >/dev/ttyS0; exit 0'
ends case-timeout console
a_case agent 20 false 'echo kept >/evidence/before; sleep 1; kill -9 1; kill -SEGV 1; perl -e '"'"'open M, "</proc/1/maps"; my ($at) = grep { /r-xp/ } <M>; $at =~ /^([0-9a-f]+)-([0-9a-f]+)/;
	open A, "+<", "/proc/1/mem"; seek A, hex $1, 0; syswrite A, "\0" x (hex($2) - hex($1))'"'"'; sleep 5; exit 0'
ends panic agent
is "$(cat "$(json '$_->{results}')"/steps/001-*/agent/evidence/before)" kept 'agent: evidence from before the kernel died is kept'

# what a case may find of the tokens; with that it answers for itself, by console and share
forge='printf "\nbisectbox: $token start NAME\nbisectbox: $token answer NAME exit 0 ms 1\nbisectbox: $token done\n"'
a_case peek 20 false 'umount /proc/cmdline; token=$(sed "s/.*bisectbox.token=//; s/ .*//" /proc/cmdline)
	nsenter -t 1 -m cat /run/bisectbox/share/in/job; nsenter -t 1 -m grep -rhoE "token [0-9a-f]{32}" /run/bisectbox; dmesg | grep -c "token=$token"
	'"${forge//NAME/peek}"' >/dev/ttyS0; '"${forge//NAME/peek}"' | nsenter -t 1 -m sh -c "cat >/run/bisectbox/share/out/answer"; exit 1'
ends failed peek
# privileged container: /proc anew, and a console of its own making
a_case privileged 20 true 'mkdir /tmp/p; mount -t proc proc /tmp/p; token=$(sed "s/.*bisectbox.token=//; s/ .*//" /tmp/p/cmdline); mknod /dev/c c 4 64
	'"${forge//NAME/privileged}"' >/dev/c; exit 1'
sed -i 's/"good"/"capabilities": ["docker-default", "CAP_SYS_ADMIN"], &/' "$work/privileged/case.json"
for name in peek privileged; do
	[ $name = peek ] || ends failed $name
	boot=$(echo "$(json '$_->{results}')"/steps/001-*)
	tokens=$(perl -MJSON::PP -e 'local $/; $_ = decode_json(<>); print "$_->{boot_token} $_->{token}"' "$boot/boot.json")
	has "$(tr -d '\r' <"$boot/console.log")" "bisectbox: ${tokens% *} answer $name exit 0 ms 1" "$name: the boot's token is found, and of no use"
	is "$(grep -c "${tokens#* }" "$boot/$name/stdout")" 0 "$name: the one that counts is not found"
done
a_case remount 20 false 'nsenter -t 1 -m mount -o remount,ro /run/bisectbox/share; nsenter -t 1 -m umount -l /run/bisectbox/share; exit 0'
ends passed remount
a_case nothing 20 true ''
sed -i 's#"./run"#"/no/such/program"#' "$work/nothing/case.json"
ends broken nothing
has "$(json 'map { $_->{reason} } @{$_->{kernels}[0]{results}}')" '/no/such/program' 'nothing: what is missing is named'
done_testing
