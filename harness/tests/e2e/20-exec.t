#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run --exec: the same search and records over a command of the user's own, beside git bisect run.
. "$(dirname "$0")/lib.sh"

repo=$work/re\ po
git init -q -b main "$repo"
tick=1700000000
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name='A U Thor' -c user.email=a@example.org "$@"; }
for i in $(seq 1 40); do
	echo "$i" >"$repo/n"
	[ "$i" -lt 23 ] || echo broken >"$repo/state"
	git_in add -A
	git_in commit -q -m "commit $i"
done
git_in tag v1 main~39
git_in tag v2 main~30
git_in tag v3 main~10
run=(run --repo "$repo" --results "$work/results")
culprit=$(git_in rev-parse main~17)
before=$(fingerprint "$repo")

box "${run[@]}" --exec 'test ! -e state' --good main~39 --json
is "$status" 0 'found'
is "$(json '$_->{status}, $_->{culprit}{id}, $_->{range}{commits}')" "found,$culprit,39" 'the right commit'
is "$(json '$_->{schema}')" bisectbox.run/1 'says its schema'
is "$(json '$_->{culprit}{author}')" 'A U Thor <a@example.org>' 'and its author'
steps=$(json 'scalar grep { $_->{why} eq "narrow" } @{$_->{steps}}')
[ "$steps" -le 6 ] && pass "in $steps halving steps" || fail "took $steps halving steps"
is "$(json 'scalar grep { $_->{clean} } @{$_->{steps}}')" 2 'culprit and parent tested again, clean'
is "$(json 'scalar grep { $_->{why} eq "end" } @{$_->{steps}}')" 2 'both ends tested'
is "$(fingerprint "$repo")" "$before" "the user's repository is as before"
folder=$(json '$_->{results}')
is "$(wc -l <"$folder/journal.jsonl")" "$(json 'scalar @{$_->{steps}}')" 'a journal line a verdict'
has "$(cat "$folder/report.txt")" "$culprit" 'report.txt names it'

# git takes our log, and agrees
git clone -q "$repo" "$work/clone"
has "$(git -C "$work/clone" bisect replay "$folder/bisect.log" 2>&1)" "$culprit is the first bad commit" \
	'git bisect replay takes bisect.log'
git -C "$work/clone" bisect start main main~39 >/dev/null
has "$(git -C "$work/clone" bisect run sh -c 'test ! -e state' 2>&1)" "$culprit is the first bad commit" \
	'git bisect run finds the same'

# without --good: back through the tags
cd "$repo" || exit
box run --exec 'test ! -e state' --results "$work/results" --json
is "$(json '$_->{culprit}{id}, $_->{range}{commits} < 39')" "$culprit,1" 'finds a good tag by itself'
has "$err" 'tag v2' 'and says so'
box run --exec 'test ! -e state' --results "$work/results" --trust-ends --json
is "$(json '$_->{culprit}{id}, scalar grep { $_->{why} eq "end" } @{$_->{steps}}')" "$culprit,0" '--trust-ends holds there too'
cd / || exit

box "${run[@]}" --exec 'test ! -e state' --good main~39 --trust-ends --json
is "$(json '$_->{culprit}{id}, scalar grep { $_->{why} eq "end" } @{$_->{steps}}')" "$culprit,0" '--trust-ends'

# revisions that cannot be tested, next to the culprit too
box "${run[@]}" --exec 'case $(cat n) in 2[0157]) exit 125;; esac; test ! -e state' --good main~39 --json
is "$(json '$_->{culprit}{id}')" "$culprit" 'skips around it are got through'
box "${run[@]}" --exec 'case $(cat n) in 2[234]) exit 125;; esac; test ! -e state' --good main~39 --json
is "$status" 3 'skips that hide it: inconclusive'
is "$(json 'scalar @{$_->{suspects}}')" 4 'names the four suspects'

# wrong ends
box "${run[@]}" --exec true --good main~39
is "$status" 3 'the case passes on bad: inconclusive'
has "$out" 'the bad end' 'says which end'
has "$out" 'evidence:' 'and where its evidence is'
box "${run[@]}" --exec false --good main~39
is "$status" 3 'the case fails on good: inconclusive'
has "$out" 'the good end' 'says which end'

# trouble is no verdict
box "${run[@]}" --exec 'exit 200' --good main~39
is "$status" 128 '128 and more is host trouble'
has "$err" 'trying again' 'tried again first'
has "$(cat "$work"/results/*/journal.jsonl)" '"trouble"' 'and is in the journal'
is "$(ls "$work"/results/*/steps/*/step.json >/dev/null 2>&1; echo $?)" 0 'finished steps keep their record'

# a flaky answer: the second, clean test of a wrong culprit turns it round
box "${run[@]}" --exec 'test ! -e state || exit 1; n=$(cat n); test "$n" != 15 || test -e '"$work"'/once || { touch '"$work"'/once; exit 1; }' \
	--good main~39 --json
is "$(json '$_->{status} eq "found" ? $_->{culprit}{id} : "none"')" "$culprit" 'a wrong answer on the way does not name a wrong commit'

# a merge: every parent is tested, also one that is only an ancestor of good
git_in checkout -q -b side main~25
echo side >"$repo/side"
git_in add -A
git_in commit -q -m side
git_in checkout -q main
git_in merge -q --no-ff -m joined side
box "${run[@]}" --exec 'test ! -e side || test ! -e state' --good main~1 --json
is "$(json '$_->{culprit}{id}')" "$(git_in rev-parse main)" 'a merge of two good sides is the culprit itself'
is "$(json 'scalar grep { $_->{clean} && $_->{why} eq "confirm" } @{$_->{steps}}')" 3 'with both parents tested from clean'

# what the user has set in git does not change what is tested
export HOME=$work/home
mkdir "$HOME"
printf '[core]\n\tautocrlf = true\n[filter "upper"]\n\tsmudge = tr a-z A-Z\n' >"$HOME/.gitconfig"
printf '* filter=upper\n' >"$repo/.git/info/attributes"
box "${run[@]}" --exec 'grep -q "^side$" side || exit 0; test ! -e state' --good main~1 --trust-ends --json
is "$(json '$_->{culprit}{id}')" "$(git_in rev-parse main)" 'autocrlf and filters have no effect'

# Ctrl-C: ends, keeps the records
"$BOX" "${run[@]}" --exec 'sleep 60' --good main~39 >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 100); do
	grep -q 'step 1' "$work/err" && break
	sleep 0.1
done
kill -INT $pid
wait $pid
is $? 130 'Ctrl-C exits 130'
has "$(cat "$work/out" "$work/err")" 'evidence:' 'and says where the records are'
done_testing
