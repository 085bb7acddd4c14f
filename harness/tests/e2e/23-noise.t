#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Answers that are wrong now and then: run --exec with commands that lie by a seeded die.
. "$(dirname "$0")/lib.sh"

repo=$work/repo
git init -q -b main "$repo"
tick=1700000000
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name='A U Thor' -c user.email=a@example.org "$@"; }
for i in $(seq 1 40); do
	echo "$i" >"$repo/n"
	[ "$i" -lt 23 ] || echo broken >"$repo/state"
	git_in add -A
	git_in commit -q -m "commit $i"
done
culprit=$(git_in rev-parse main~17)
run=(run --repo "$repo" --results "$work/results" --good main~39)

# die SEED: a command "roll N" that succeeds in N percent of its calls, the same ones each time
die() {
	cat >"$work/roll" <<-DIE
		#!/bin/bash
		n=\$(cat "$work/rolls")
		echo \$((n + 1)) >"$work/rolls"
		hash=\$(printf '%s' "$1 \$n" | sha256sum | cut -c 1-6)
		[ \$((0x\$hash % 100)) -lt "\$1" ]
	DIE
	chmod +x "$work/roll"
	echo 0 >"$work/rolls"
}
one_sided() { echo "test ! -e state || ! '$work/roll' $1"; } # bad shows in $1 percent
two_sided() { echo "if '$work/roll' $1; then test -e state; else test ! -e state; fi"; }

# bad shows in half of the runs, and nobody has said so
right=0
for seed in 1 2 3 4 5 6 7 8; do
	die "$seed"
	box "${run[@]}" --exec "$(one_sided 50)" --json
	[ "$(json '$_->{status} eq "found" ? $_->{culprit}{id} : "none"')" = "$culprit" ] && right=$((right + 1))
done
is "$right" 8 'a reproducer that shows in half of the runs: the right commit each time'
has "$err" 'answered both ways' 'says when it began to doubt'
is "$(json '$_->{certainty}{leaders}[0]{id} eq $_->{culprit}{id}')" 1 'the culprit leads'
is "$(json '$_->{certainty}{leaders}[0]{probability} >= 0.99')" 1 'with the confidence asked for'
is "$(json '@{$_->{certainty}{leaders}} >= 2 && $_->{certainty}{leaders}[1]{probability} < 0.01')" 1 'names a runner-up'
is "$(json '$_->{certainty}{tests} == @{$_->{steps}}')" 1 'counts the tests'
is "$(json '$_->{certainty}{rate} > 0.2 && $_->{certainty}{rate} < 0.8')" 1 'and has learned the rate'
is "$(json '!!grep { $_->{why} eq "again" } @{$_->{steps}}')" 1 'has asked revisions again'
has "$(cat "$(json '$_->{results}')/report.txt")" 'bad shows in' 'report.txt says so'
git clone -q "$repo" "$work/clone"
has "$(git -C "$work/clone" bisect replay "$(json '$_->{results}')/bisect.log" 2>&1)" "$culprit is the first bad commit" \
	'git bisect replay takes the log, without what was wrong'

die 11
box "${run[@]}" --exec "$(one_sided 30)" --noise auto --json
is "$(json '$_->{culprit}{id}')" "$culprit" '--noise auto: doubts from the start'
is "$(json '(grep { $_->{verdict} eq "bad" } @{$_->{steps}}[0 .. 29])[0]{why} ne "narrow"')" 1 'finds out the rate at the bad end first'

# wrong on both sides
right=0
for seed in 21 22 23 24 25; do
	die "$seed"
	box "${run[@]}" --exec "$(two_sided 10)" --noise 0.1,0.1 --json
	[ "$(json '$_->{status} eq "found" ? $_->{culprit}{id} : "none"')" = "$culprit" ] && right=$((right + 1))
done
is "$right" 5 'a tenth of all answers wrong: the right commit each time'
is "$(json 'scalar grep { $_->{clean} } @{$_->{steps}}' | awk '{ print ($1 >= 2) }')" 1 'culprit and parent tested clean, too'
few=$(json 'scalar @{$_->{steps}}')
die 25
box "${run[@]}" --exec "$(two_sided 10)" --noise 0.1,0.1 --confidence 0.9999 --json
is "$(json '$_->{culprit}{id}')" "$culprit" '--confidence'
[ "$(json 'scalar @{$_->{steps}}')" -gt "$few" ] && pass 'more of it takes more tests' || fail 'more of it takes more tests'

# --repeat: good after so many passes, bad at once
right=0
for seed in 31 32 33 34; do
	die "$seed"
	box "${run[@]}" --exec "$(one_sided 50)" --repeat 12 --json
	[ "$(json '$_->{status} eq "found" ? $_->{culprit}{id} : "none"')" = "$culprit" ] && right=$((right + 1))
done
is "$right" 4 '--repeat'
parent=$(git_in rev-parse main~18)
is "$(json "scalar grep { \$_->{revision} eq '$parent' && !\$_->{clean} } @{\$_->{steps}}")" 12 'the parent passed as often as asked for'
is "$(json '$_->{certainty}')" null 'nothing was doubted'

# steady answers: hardly more than without any doubt
box "${run[@]}" --exec 'test ! -e state' --json
doubting=$(json 'scalar @{$_->{steps}}')
is "$(json '$_->{culprit}{id}, $_->{certainty}')" "$culprit,null" 'steady answers: believed'
box "${run[@]}" --exec 'test ! -e state' --repeat 1 --json
[ $((doubting - $(json 'scalar @{$_->{steps}}'))) -le 4 ] && pass 'for four tests at most' || fail 'for four tests at most' "$doubting"

# a bad end that never shows it
box "${run[@]}" --exec true --noise auto --json
is "$status" 3 'a bad end that never shows: inconclusive'
has "$out" 'the bad end' 'says which'
box "${run[@]}" --exec false --noise 0.1,0.1
is "$status" 3 'a good end that is bad: inconclusive'

# untestable ones hide it, as likely as they are
box "${run[@]}" --exec 'case $(cat n) in 2[234]) exit 125;; esac; test ! -e state' --noise 0.05,0.05 --json
is "$status" 3 'skips that hide it: inconclusive'
is "$(json 'scalar @{$_->{suspects}}')" 4 'names the suspects'

# a fix, with a test that lies on both sides: rates are of the case's answers
git_in checkout -q -b fixed main
git_in rm -q state
git_in commit -q -m 'the fix'
fix=$(git_in rev-parse fixed)
for i in 1 2 3 4 5 6; do
	echo "after $i" >"$repo/n"
	git_in commit -q -a -m "after $i"
done
die 41
box run --repo "$repo" --results "$work/results" --find-fix --bad main~5 --good fixed --exec "$(one_sided 50)" --noise 0,0.5 --json
is "$(json '$_->{culprit}{id}')" "$fix" '--find-fix with --noise'
right=0
for seed in 42 43 44 45; do
	die "$seed"
	box run --repo "$repo" --results "$work/results" --find-fix --bad main~5 --good fixed --exec "$(one_sided 60)" --json
	[ "$(json '$_->{status} eq "found" ? $_->{culprit}{id} : "none"')" = "$fix" ] && right=$((right + 1))
done
is "$right" 4 '--find-fix where bad shows now and then, and nobody has said so'
is "$(json '$_->{certainty}{rate} > 0.3 && $_->{certainty}{rate} < 0.9')" 1 'the rate is that of the older state'
die 46
box run --repo "$repo" --results "$work/results" --find-fix --bad main~5 --good fixed --exec "$(one_sided 30)" --noise auto --json
is "$(json '$_->{culprit}{id}, $_->{steps}[0]{verdict}')" "$fix,$(json '$_->{steps}[0]{revision} eq "'"$(git_in rev-parse main~5)"'" ? $_->{steps}[0]{verdict} : "other"')" \
	'--find-fix --noise auto: the older end first'

# a prior: commits that touch what the command names are asked first, and the truth has the last word
for i in 12 13; do
	git_in checkout -q -b "deep$i" main
	mkdir -p "$repo/fs/deep"
	for k in $(seq 1 60); do
		echo "$k" >"$repo/n"
		[ "$k" != "$i" ] || echo 'int x;' >"$repo/fs/deep/dir.c"
		[ "$k" != 13 ] || echo broken >"$repo/deep"
		git_in add -A
		git_in commit -q -m "deep $k"
	done
done
for i in 12 13; do
	box run --repo "$repo" --results "$work/results" --good main --bad "deep$i" --prior touched \
		--exec 'test ! -e deep # fs/deep/dir.c' --json
	is "$(json '$_->{culprit}{subject}')" 'deep 13' "--prior touched, file touched in deep $i"
	touched=$(json 'scalar grep { $_->{why} eq "narrow" } @{$_->{steps}}')
done
box run --repo "$repo" --results "$work/results" --good main --bad deep13 --exec 'test ! -e deep' --json
[ "$touched" -lt "$(json 'scalar grep { $_->{why} eq "narrow" } @{$_->{steps}}')" ] &&
	pass 'a right prior saves tests' || fail 'a right prior saves tests' "$touched"
refuses 129 'uniform or touched' "${run[@]}" --exec true --prior maybe

refuses 129 'FP,FN is expected' "${run[@]}" --exec true --noise 0.1
refuses 129 'a number from 0 to 0.49' "${run[@]}" --exec true --noise 0.7,0.1
refuses 129 'answer alike' "${run[@]}" --exec true --noise 0.4,0.9
refuses 129 'a number from 0.5' "${run[@]}" --exec true --confidence 1
refuses 129 'a number from 1' "${run[@]}" --exec true --repeat 0
refuses 129 'exclude each other' "${run[@]}" --exec true --repeat 2 --noise auto
done_testing
