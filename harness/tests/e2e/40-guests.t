#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens in a guest is told apart: panic, hang, silence, poweroff, a case that hangs or
# breaks; and Ctrl-C. All with one kernel, on a range of one documentation commit.
. "$(dirname "$0")/lib.sh"

git -C "$HISTORY" checkout -q -f demo
bad=$(git -C "$HISTORY" rev-list --grep='docs: ext2: say that read-only works' demo)
range=(--repo "$HISTORY" --bad "$bad" --good "$bad^" --results "$RESULTS")

# outcome_of EXPECTED NAME ARGS...: the first step's outcome and verdict
outcome_of() {
	local expected=$1 name=$2
	shift 2
	box run "${range[@]}" --json "$@"
	is "$(json '$_->{steps}[0]{outcome}, $_->{steps}[0]{verdict}')" "$expected" "$name"
}

# a case of one's own: mycase JUDGE COMMAND-AS-JSON TIMEOUT
mycase() {
	mkdir -p "$work/mine"
	cat >"$work/mine/case.json" <<-EOF
		{ "title": "test", "about": "One. Two.", "judge": "$1", "container": ${4:-false}, "kconfig": ["container"],
		  "command": $2, "timeout_s": $3, "good": "0", "bad": "1" }
	EOF
}

outcome_of passed,good 'boot: the agent is reached' --case boot
is "$status" 3 'a case that passes on bad is inconclusive'
outcome_of boot-panic,bad 'boot: a panic' --case boot --append 'init=/nonexistent'
outcome_of boot-hang,bad 'boot: a hang' --case boot --append 'init=/bin/cat' --timeout 20
outcome_of silent,bad 'boot: silence' --case boot --append 'init=/bin/cat loglevel=0' --timeout 20
outcome_of boot-panic,skip 'a case: a panic before it is untestable' --case audit --append 'init=/nonexistent'

# KVM that passed the trial but does not carry a kernel: the first guest is given a moment, then TCG
memory=$(find "$BISECTBOX_CACHE/host" -name 'accel-*.json') # none where there is no /dev/kvm
[ -z "$memory" ] || { cp "$memory" "$work/memory"; perl -pi -e 's/"accel":\s*"tcg"/"accel": "kvm"/' "$memory"; }
outcome_of passed,good 'boot: remembered KVM works, or falls back to TCG' --case boot
[ -z "$memory" ] || cp "$work/memory" "$memory"

mycase case '["/usr/bin/perl", "-e", "sleep 1000"]' 3
outcome_of case-timeout,skip 'a case that hangs is no verdict' --case "$work/mine"
mycase case '["/usr/bin/perl", "-e", "exit 7"]' 20
outcome_of broken,skip 'an exit code that is no answer' --case "$work/mine"
mycase case '["/usr/bin/not-there"]' 20
outcome_of broken,skip 'a command that is not there' --case "$work/mine"
mycase case '["/usr/bin/perl", "-e", "syscall(169, 0xfee1dead, 672274793, 0x4321fedc)"]' 20
outcome_of poweroff,skip 'a guest that powers off early' --case "$work/mine"
mycase case '["/usr/bin/perl", "-e", "exit 1"]' 20 true
outcome_of failed,bad 'a command in a container answers' --case "$work/mine"

# the guest's size, the accelerator, and words for its command line
mycase case '["/usr/bin/perl", "-e", "open F, q(/proc/cpuinfo); my $n = grep /^processor/, <F>; open F, q(/proc/meminfo); <F> =~ /(\\d+)/; exit !($n == 2 && $1 > 600000)"]' 20
outcome_of passed,good '--cpus, --mem, --append, --accel' --case "$work/mine" --cpus 2 --mem 768 --append hello=world --accel tcg
has "$(cat "$(json '$_->{results}')"/steps/001-*/console.log)" 'hello=world' 'the words are on its command line'
outcome_of failed,bad 'and without them not' --case "$work/mine"

# a real crash, asked for by its signature
mycase crash '["/usr/bin/perl", "-e", "open F, q(>/proc/sys/vm/panic_on_oom); print F 2; close F; push @a, q(x) x 1e7 while 1"]' 60
outcome_of panic,bad 'crash: the signature is bad' --case "$work/mine" --crash 'compulsory panic_on_oom'
outcome_of panic,skip 'crash: another crash is untestable' --case "$work/mine" --crash 'use-after-free'

# symbols that do not come out
printf 'NO_SUCH_SYMBOL_ANYWHERE=y\n' >"$work/odd.config"
outcome_of no-config,skip 'a symbol that does not come out is untestable' --case boot --kconfig "$work/odd.config"
has "$(json '$_->{reason}')" CONFIG_NO_SUCH_SYMBOL_ANYWHERE 'and named'

# Ctrl-C while a guest runs: the guest ends, the records stay
mycase case '["/usr/bin/perl", "-e", "sleep 1000"]' 300
"$BOX" run "${range[@]}" --case "$work/mine" >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 600); do
	grep -qs 'start mine' "$RESULTS"/*-mine*/steps/001*/console.log && grep -qs boot "$work/err" && break
	[ -n "$(guests_of $pid)" ] &&
		grep -qs 'start mine' "$(newest_run)"steps/001*/console.log && break
	sleep 0.2
done
kill -INT $pid
wait $pid
is $? 130 'Ctrl-C exits 130'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'no guest and no folder left behind'
has "$(cat "$work/out" "$work/err")" 'evidence:' 'and says where the records are'

# QEMU killed from outside: trouble on the host, never a verdict
"$BOX" run "${range[@]}" --case "$work/mine" --json >"$work/out" 2>"$work/err" &
pid=$!
killed=0
while kill -0 $pid 2>/dev/null; do
	for qemu in $(guests_of $pid); do
		sleep 1
		kill -KILL "$qemu" 2>/dev/null && killed=$((killed + 1))
	done
	sleep 0.2
done
wait $pid
is "$?,$killed" '128,2' 'QEMU killed from outside twice: host trouble, tried again once'
out=$(cat "$work/out")
is "$(json '$_->{status}, scalar @{$_->{steps}}')" 'failed,0' 'and no verdict'
done_testing
