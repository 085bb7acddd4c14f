#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs that are killed at every boundary of the journal and at many other instants, and gone on with:
# the same steps, the same verdicts, the same answer as without, and nothing done twice.
# Where nothing has to reach a disk, hundreds of runs are a matter of seconds.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"

export BISECTBOX_CACHE=$work/cache
fault=$(dirname "$BOX")/tests/fault.so
[ -e "$fault" ] || { echo "Bail out! $fault is not built"; exit 1; }
repo=$work/repo
tick=1700000000
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name=a -c user.email=a@example.org "$@"; }
# commits WORD FROM TO: one file a commit; WORD names it
commits() {
	local i
	for i in $(seq "$2" "$3"); do
		echo "$i" >"$repo/$1-$i"
		git_in add -A
		git_in commit -q -m "$1 $i"
	done
}
git init -q -b main "$repo"
commits base 1 3
git_in tag v1
git_in checkout -q -b left
commits left 1 7
git_in checkout -q -b right v1
commits right 1 6
git_in checkout -q left
git_in merge -q --no-ff -m joined right
commits top 1 5
git_in tag v2
asked='echo >>"$ASKED"; '
export ASKED=$work/asked

steps() { json 'map { "$_->{step} $_->{revision} $_->{why} $_->{verdict} $_->{clean}\n" } @{$_->{steps}}'; }
answer() { json '$_->{status}, map { $_ ? $_->{id} : "none" } @$_{qw(culprit masked_by pair_side pair_other)}'; }

# plain NAME WORDS...: what comes of a question where nobody interferes
plain() {
	rm -f "$ASKED"
	words=("${@:2}" --repo "$repo" --json)
	box run "${words[@]}" --results "$work/plain-$1"
	[ "$status" = 0 ] || fail "$1: undisturbed" "status $status: $err"
	plain_steps=$(steps)
	plain_answer=$(answer)
	plain_n=$(json 'scalar @{$_->{steps}}')
}

# compare NAME KILLS: the run that has just ended, with the undisturbed one
compare() {
	is "$(steps)" "$plain_steps" "$1: the same steps ($2 kills, $plain_n steps)"
	is "$(answer)" "$plain_answer" "$1: the same answer"
	is "$(ls "$results" | wc -l)" 1 "$1: all in one folder"
	local folder
	folder=$(echo "$results"/*)
	is "$(grep -c '"verdict"' "$folder/journal.jsonl")" "$plain_n" "$1: each step is in the journal once"
	is "$(find "$folder/steps" -name step.json | wc -l)" "$plain_n" "$1: each step has its folder"
	[ "$(wc -l <"$ASKED")" -le $((plain_n + $2)) ] && pass "$1: nothing that was done is done again" ||
		fail "$1: nothing that was done is done again" "$(wc -l <"$ASKED") tests"
	[ "$1" != repair ] || return # its steps are no commits of the repository
	git -C "$work" clone -q "$repo" clone 2>/dev/null
	[[ "$(git -C "$work/clone" bisect replay "$folder/bisect.log" 2>&1)" == *" is the first "*" commit"* ]] &&
		pass "$1: git bisect replay takes bisect.log" || fail "$1: git bisect replay takes bisect.log"
	git -C "$work/clone" bisect reset -q >/dev/null 2>&1
}

# killed NAME FAULT: the question of `plain`, each process of it ended by the fault
killed() {
	local kills=0
	results=$work/killed-$1
	rm -rf "$results" "$ASKED"
	export LD_PRELOAD=$fault BISECTBOX_FAULT=$2
	box run "${words[@]}" --results "$results" 2>/dev/null
	while [ "$status" = 137 ] && [ $kills -lt 100 ]; do
		kills=$((kills + 1))
		box resume --json --results "$results" 2>/dev/null
	done
	unset LD_PRELOAD BISECTBOX_FAULT
	[ $kills -gt 3 ] && pass "$1: killed again and again" || fail "$1: killed again and again" "$kills kills, status $status: $err"
	compare "$1" $kills
}

# both sides of a merge are good: the culprit is the merge, then the pair is looked for
plain merge --exec "$asked"'test ! -e left-4 || test ! -e right-3' --good v1 --bad v2 --repeat 1
has "$plain_answer" "found,$(git_in rev-parse v2~5)" 'undisturbed: finds the merge'
has "$plain_answer" "$(git_in rev-parse left~9)" 'and the pair'
killed merge-synced after:fdatasync:1:journal.jsonl
killed merge-unwritten kill:write:2:journal.jsonl
killed merge-torn half:write:2:journal.jsonl
killed merge-power power:rename:3:step.json

# answers that contradict each other: whoever is asked a second time says something else
export BISECTBOX_JOURNALS=$work/plain-noise
plain noise --exec "$asked"'n=$(cat "$BISECTBOX_JOURNALS"/*/journal.jsonl | grep -c "\"revision\":\"$BISECTBOX_REVISION.*verdict")
	test -e left-4 || exit 0; test -e top-2 && exit 1; test "$n" = 0' --good v1 --bad v2
has "$err" 'answered both ways' 'noise: answers contradict each other'
export BISECTBOX_JOURNALS=$work/killed-noise
killed noise after:fdatasync:1:journal.jsonl

# other terms, other limits, a bisection that was begun by hand
plain fix --exec "$asked"'test -e left-3' --find-fix --good v2 --bad v1 --first-parent --skip left~6 --repeat 1
killed fix after:fdatasync:1:journal.jsonl
box start --repo "$repo" v2 v1
box skip --repo "$repo" v2~3
plain by-hand --continue --exec "$asked"'test ! -e left-4' --repeat 1
killed by-hand after:fdatasync:1:journal.jsonl
box reset --repo "$repo"

# later fixes applied in memory: such a step's commit is no commit of the repository
joined=$repo
repo=$work/stretch
git init -q -b main "$repo"
seq 1 20 >"$repo/src"
commits base 1 2
sed -i 's/^10$/X10/' "$repo/src"
commits break 1 3
commits culprit 1 1
commits after 1 2
sed -i 's/X//' "$repo/src"
git_in add -A
git_in commit -q -m "fix

Fixes: $(git_in rev-parse --short=12 main~5) (\"break 1\")"
plain repair --exec "$asked"'grep -q X src && exit 125; test ! -e culprit-1' --good main~8 --bad main --repair --repeat 1
[[ "$plain_steps" == *repair* ]] && pass 'repair: fixes are applied' || fail 'repair: fixes are applied' "$plain_steps"
killed repair after:fdatasync:1:journal.jsonl
repo=$joined

# many other instants: any call that leaves a mark on the disk may be the last
RANDOM=${BISECTBOX_SEED:-$$}
seed=${BISECTBOX_SEED:-$$}
plain instants --exec "$asked"'test ! -e left-4 || test ! -e right-3' --good v1 --bad v2 --repeat 1
export LD_PRELOAD=$fault BISECTBOX_FAULT=none:any:1: BISECTBOX_FAULT_COUNT=$work/count
box run "${words[@]}" --results "$work/counted"
unset LD_PRELOAD BISECTBOX_FAULT BISECTBOX_FAULT_COUNT
calls=$(cat "$work/count")
[ "$calls" -gt 500 ] && pass "a run has $calls such calls" || fail "a run has $calls such calls"
wrong=0
kills=0
rounds=0
while [ $kills -lt "${BISECTBOX_KILLS:-100}" ] && [ $wrong = 0 ]; do
	results=$work/instants
	rm -rf "$results" "$ASKED"
	rounds=$((rounds + 1))
	here=0
	word=(run "${words[@]}" --results "$results")
	for try in $(seq 31); do
		modes=(kill after half power)
		mode=${modes[RANDOM % 4]}
		at=$((RANDOM % (calls / 2) + 1))
		call=any
		[ $mode != half ] || { call="write" && at=$((RANDOM % 40 + 1)); }
		# each may be killed before it has done anything: the last one is let be
		[ "$try" = 31 ] || export LD_PRELOAD=$fault BISECTBOX_FAULT=$mode:$call:$at:
		box "${word[@]}" 2>/dev/null
		unset LD_PRELOAD BISECTBOX_FAULT
		[ "$status" = 137 ] || break
		here=$((here + 1))
		# before there is anything to go on with, the words are given again
		[ -z "$(find "$results" -name run.json 2>/dev/null)" ] || word=(resume --json "$(find "$results" -name run.json -printf "%h\n" | sort | tail -n 1)")
	done
	kills=$((kills + here))
	folder=$(json '$_->{results}')
	[ "$status" = 0 ] && [ "$(steps)" = "$plain_steps" ] && [ "$(answer)" = "$plain_answer" ] &&
		[ "$(grep -c '"verdict"' "$folder/journal.jsonl")" = "$plain_n" ] &&
		[ "$(wc -l <"$ASKED")" -le $((plain_n + here)) ] || wrong=$rounds
done
is "$wrong" 0 "$kills kills at random instants of $rounds runs (seed $seed): the same steps, the same answer, nothing twice" "$err"
[ $wrong = 0 ] || fail 'the last one' "status $status, $here kills, last $mode:$call:$at"$'\n'"$err"$'\n'"$(steps)"
is "$(find "$BISECTBOX_CACHE/run" -mindepth 1 -maxdepth 1 ! -name .lock 2>/dev/null | wc -l)" 0 'nothing is left in the cache'
done_testing
