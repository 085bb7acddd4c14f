#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox series: every commit by itself, of a branch and of a quilt series; run with a quilt
# series; backport: one fix and two branches. The kernels are those that the demo's bisection has
# built, but for one with the fix.
. "$(dirname "$0")/lib.sh"

culprit=$(git -C "$HISTORY" log --format=%H --grep='^audit: take user messages from the initial pid namespace only' demo)
fix=$(git -C "$HISTORY" log --format=%H --grep='^audit: take user messages from all pid namespaces' cases)
before=$(fingerprint "$HISTORY")

# the commit before, the break, and a driver that nobody builds
box series --case audit --repo "$HISTORY" "$culprit~1..$culprit~0" --results "$RESULTS"
is "$status" 1 'a series that breaks something: exit 1'
has "$out" 'breaks audit: the case failed' 'and it says what'

box series --case audit --repo "$HISTORY" "$culprit~1..$(git -C "$HISTORY" rev-list --ancestry-path "$culprit..demo" | tail -n 1)" \
	--results "$RESULTS" --json
is "$(json 'map { join "+", map { $_->{what} } @{$_->{findings}} } @{$_->{rows}}')" ',breaks-case,' 'the commit that breaks it, and no other'
is "$(json '$_->{rows}[2]{same_kernel_as}')" "$culprit" 'a driver that is not compiled: the same kernel, neither built nor booted'
is "$(json '$_->{bisectable} ? 1 : 0, $_->{commits}, $_->{compiled}, $_->{same_kernel}')" 1,2,1,1 'it can be bisected'
is "$(json '$_->{new_warnings}, $_->{broken}')" 0,1 'no new warning'

folder=$(json '$_->{results}')
box list --results "$RESULTS" --json
out=$(grep "$folder\"" <<<"$out")
is "$(json '$_->{command}, $_->{state}, $_->{answer}')" 'series,bad,2 commits, bisectable: 1 broken, 0 new warnings' 'list has its answer'
box show "$folder"
has "$out" "$(tail -n 1 "$folder/report.txt")" 'show has its report'
box report "$folder" --format json
is "$(json '$_->{schema}, scalar @{$_->{rows}}')" bisectbox.series/1,3 'and report, too'
box report "$folder" --format junit
has "$out" '<testsuite ' 'and the formats of CI'

# killed before its second row is written down, and gone on with: the first row is not done again
fault=$(cd "$(dirname "$BOX")" && pwd)/tests/fault.so
mkdir "$work/results"
export LD_PRELOAD=$fault BISECTBOX_FAULT=kill:rename:2:step.json
box series --case audit --repo "$HISTORY" "$culprit~1..$culprit" --results "$work/results" --json
unset LD_PRELOAD BISECTBOX_FAULT
is "$status" 137 'killed'
folder=$(echo "$work"/results/*)
has "$("$BOX" list --results "$work/results")" interrupted 'list says so'
before_second=$(stat -c %Y.%i "$folder"/steps/001-*/step.json; wc -l <"$folder/journal.jsonl")
box resume --results "$work/results" --json
is "$status,$(json 'map { join "+", map { $_->{what} } @{$_->{findings}} } @{$_->{rows}}')" 1,,breaks-case 'resumed: the whole answer'
is "$(stat -c %Y.%i "$folder"/steps/001-*/step.json; sed 1q <(wc -l <"$folder/journal.jsonl"))" \
	"$(sed '$d' <<<"$before_second")"$'\n'"$(($(sed -n '$p' <<<"$before_second") + 1))" 'the first row was not done again'
is "$(echo "$work"/results/*)" "$folder" 'in the same folder'
box resume "$folder"
has "$err" 'is finished' 'and then there is nothing to go on with'

# the same commits as patches
mkdir "$work/patches"
git -C "$HISTORY" format-patch -q -o "$work/patches" -2 "$culprit"
(cd "$work/patches" && ls ./*.patch | sed 's,^\./,,' >series)
box series --case audit --quilt "$work/patches" --base "$culprit~2" --repo "$HISTORY" --results "$RESULTS" --json
is "$status" 1 'a quilt series that breaks something'
is "$(json 'map { $_->{subject} } @{$_->{rows}}[1,2]')" \
	"$(git -C "$HISTORY" log --reverse --format=%s -2 "$culprit" | paste -sd,)" 'patches are commits with their subjects'
is "$(json 'map { join "+", map { $_->{what} } @{$_->{findings}} } @{$_->{rows}}')" ',,breaks-case' 'the patch that breaks it'

box run --exec 'test "$(grep -c init_pid_ns kernel/audit.c)" -lt 2' --quilt "$work/patches" --base "$culprit~2" --repo "$HISTORY" \
	--results "$RESULTS" --json
is "$status,$(json '$_->{culprit}{subject}')" "0,$(git -C "$HISTORY" log -1 --format=%s "$culprit")" 'run finds the patch'

sed -i 's/^ \tcase AUDIT_/ \tcase AUDITED_/' "$work/patches"/0002*
refuses 129 'hunk 1 of kernel/audit.c' series --build-only --quilt "$work/patches" --base "$culprit~2" --repo "$HISTORY"
has "$err" 'AUDITED_' 'and shows the hunk'
: >"$work/patches/series"
refuses 129 'names no patch' series --build-only --quilt "$work/patches" --base "$culprit~2" --repo "$HISTORY"
refuses 129 'is empty' series --build-only --repo "$HISTORY" demo..demo

# the fix: needed where the break is, and nowhere else
box backport --fix "$fix" --repo "$HISTORY" --case audit --onto "$culprit" "$culprit~1" --results "$RESULTS" --json
is "$status,$(json 'map { $_->{answer} } @{$_->{branches}}')" 0,take,not-shown 'backport: taken where it mends'
is "$(json '$_->{branches}[0]{without}{results}[0]{verdict}, $_->{branches}[0]{with}{results}[0]{verdict}')" bad,good 'bad without it, good with it'
folder=$(json '$_->{results}')
box list --results "$RESULTS" --json
out=$(grep "$folder\"" <<<"$out")
is "$(json '$_->{command}, $_->{state}, $_->{answer}')" "backport,answered,$culprit: take, $culprit~1: not-shown" 'list has its answer'
box show "$folder"
has "$out" "$(tail -n 1 "$folder/report.txt")" 'show has its report'

is "$(fingerprint "$HISTORY")" "$before" "the user's repository is as it was"
done_testing
