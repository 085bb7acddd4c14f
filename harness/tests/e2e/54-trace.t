#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A bad outcome looked at closer: strace and the kernel's log, from one more run, which changes nothing; and
# where the time of a boot goes. (The kernel's tracers want a kernel of their own: harness/tests/persons/run.sh.)
. "$(dirname "$0")/lib.sh"

good_kernel
cp "$kernel" "$work/kernel"
mkdir "$work/bad" "$work/good" "$work/guest" "$work/flaky"

# mine NAME COMMAND MORE
mine() {
	cat >"$work/$1/case.json" <<-EOF
		{ "title": "t", "about": "Is traced.", "command": ["/usr/bin/perl", "-e", "$2"],
		  "trace": ["strace", "dmesg", "ftrace:function_graph:sys_mkdir"], "good": "g", "bad": "b"${3-} }
	EOF
}
quick='system q(echo of a child); mkdir q(/tmp/made-here); my $p = fork; $p or kill SEGV => $$ and sleep 9; wait; exit 1'
mine bad "$quick" ', "controls": {"pass": ["true"], "fail": ["sh", "-c", "ls /of-the-control; exit 1"]}'
mine good 'exit 0'
mine guest 'mkdir q(/tmp/made-here); exit 1' ', "container": false'
# bad in the first run only: in the second, the kernel is told to say more
mine flaky 'open F, q(/proc/sys/kernel/print-fatal-signals); exit !(<F> > 0)'
box test --case "$work/bad" --case "$work/good" --case "$work/flaky" --case "$work/guest" --kernel "$work/kernel" \
	--results "$RESULTS" --json
is "$(json 'map { "$_->{case} $_->{outcome}" } @{$_->{kernels}[0]{results}}')" 'bad failed,good passed,flaky failed,guest failed' \
	'the verdicts are those of the first run'
step=$(json '"$_->{results}/$_->{kernels}[0]{folder}"')
trace() { cat "$step/$(json "map { \$_->{evidence} } grep { \$_->{case} eq q($1) } @{\$_->{kernels}[0]{results}}")/evidence/trace-$2" 2>&1; }
has "$(trace bad strace)" 'mkdir("/tmp/made-here"' 'strace: the system calls of the command'
has "$(trace bad strace)" 'of a child' 'and of what it starts'
[[ "$(trace bad strace)" == *of-the-control* ]] && fail 'and not of the controls' || pass 'and not of the controls'
has "$(trace bad dmesg)" 'potentially unexpected fatal signal 11' 'dmesg: what the kernel says meanwhile'
[[ "$(trace bad dmesg)" == *'Linux version'* ]] && fail 'and nothing of before' "$(trace bad dmesg)" || pass 'and nothing of before'
has "$(trace bad notes)" 'run once more, traced: failed' 'how it ended that time'
has "$(trace bad notes)" 'this kernel has no tracefs (fragment ftrace)' 'and what could not be traced'
has "$(trace flaky notes)" 'run once more, traced: passed' 'one that passes that time is bad all the same'
has "$(trace guest strace)" 'mkdir("/tmp/made-here"' 'a case without a container'
[ -z "$(find "$step" -path '*good*' -name 'trace-*')" ] && pass 'what is good is not traced' || fail 'what is good is not traced'
[ -s "$(find "$step" -path '*bad/traced/console.log')" ] && pass 'the console of that run is kept' || fail 'the console of that run is kept'

# what is asked for in vain is said before anything is booted
sed 's/"strace"/"gdb"/' "$work/bad/case.json" >"$work/flaky/case.json"
refuses 129 '"trace" has "gdb": must be "strace", "dmesg"' test --case "$work/flaky" --kernel "$work/kernel"

# where the time goes
box test --case "$work/good" --case boot --kernel "$work/kernel" --repeat 3 --timings --results "$RESULTS" --json
is "$status,$(json 'scalar @{$_->{timings}}, scalar @{$_->{timings}[0]{boots}}')" 0,1,3 '--timings: each boot'
is "$(json 'grep { !(defined $_ && $_ >= 0) } map { values %$_ } @{$_->{timings}[0]{boots}}')" '' 'each part of it'
is "$(json 'map { my $b = $_; my $s = 0; $s += $b->{$_} for grep { $_ ne "all_ms" } keys %$b; abs($s - $b->{all_ms}) < 60 ? 1 : $s }
	@{$_->{timings}[0]{boots}}')" 1,1,1 'which together are all of it'
is "$(json 'map { $_->{kernel_ms} > 0 && $_->{firmware_ms} > 0 && $_->{crun_ms} > 0 ? 1 : 0 } @{$_->{timings}[0]{boots}}')" \
	1,1,1 'none is made up'
has "$(cat "$(json '$_->{results}')/report.txt")" 'firmware' 'and people have it as a table'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'nothing left behind'
done_testing
