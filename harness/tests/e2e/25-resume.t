#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Going on with a run: what is found, what is refused, and what is said.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"

export BISECTBOX_CACHE=$work/cache
repo=$work/re\ po
results=$work/results
tick=1700000000
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name=a -c user.email=a@example.org "$@"; }
git init -q -b main "$repo"
for i in $(seq 1 40); do
	echo "$i" >"$repo/n"
	[ "$i" -lt 23 ] || echo broken >"$repo/state"
	git_in add -A
	git_in commit -q -m "commit $i"
done
culprit=$(git_in rev-parse main~17)
export ASKED=$work/asked HOLD=$work/hold
# waits where it is told to, tells who was asked
cat >"$work/test.sh" <<'EOF2'
cat n >>"$ASKED"
[ ! -e "$HOLD" ] || [ "$(wc -l <"$ASKED")" -lt "$(cat "$HOLD")" ] || sleep 1000
test ! -e state
EOF2
words=(--repo "$repo" --exec "sh $work/test.sh" --good main~39 --repeat 1)

# interrupt SIGNAL N WORDS...: a run that gets the signal in its Nth test
interrupt() {
	rm -f "$ASKED"
	echo "$2" >"$HOLD"
	"$BOX" run "${@:3}" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	for _ in $(seq 200); do
		[ "$(cat "$ASKED" 2>/dev/null | wc -l)" -lt "$2" ] || break
		sleep 0.05
	done
	run=$(newest_run "$results")
	run=${run%/}
	if [ "$1" != none ]; then
		program=$(pgrep -P $pid)
		if [ "$1" = POWER ]; then kill -KILL "$pid" "$program"; else kill "-$1" "$program"; fi
		wait $pid 2>/dev/null
	fi
	rm -f "$HOLD"
}

# while it lives, nobody else takes it up
interrupt none 4 "${words[@]}" --results "$results"
refuses 129 'worked on by another process' resume "$run"
refuses 129 'is unfinished' resume --results "$results"
(
	export ASKED=$work/asked2
	box run "${words[@]}" --results "$results" --json
	is "$(json '$_->{culprit}{id}')" "$culprit" 'the same question beside a run that lives: a run of its own'
	is "$(ls "$results" | wc -l)" 2 'in a folder of its own'
	exit $failed
) || failed=1
tests=$((tests + 2))
kill -KILL "$(pgrep -P $pid)"
wait $pid 2>/dev/null
box resume "$run" --json
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'killed then: goes on'
has "$err" "going on with $run: 3 steps are done already" 'and says so in one line'
is "$(sort "$ASKED" | uniq -c | awk "\$1 > 1" | wc -l)" 3 'the one that it was killed in is tested again, and both that are confirmed'

# shown again, with the same exit code
cp "$run/report.txt" "$work/report"
box resume "$run"
is "$status" 0 'a finished run is shown again'
is "$(grep -c . <<<"$out")" "$(grep -c . "$work/report")" 'its report'
has "$err" 'is finished' 'and that it is'
box run --repo "$repo" --exec true --good main~39 --results "$results"
box resume "$results"/"$(ls "$results" | tail -n 1)"
is "$status" 3 'an inconclusive one with its exit code'

# the names that were given mean other commits by now
interrupt TERM 4 "${words[@]}" --bad main --results "$results"
is "$(sed -n 's/.*"status":[[:space:]]*"\([a-z]*\)".*/\1/p' "$run/result.json")" failed 'interrupted: its result says so'
git_in commit -q --allow-empty -m 'later'
box resume --results "$results" --json
is "$(json '$_->{status}, $_->{culprit}{id}, $_->{steps}[0]{subject}')" "found,$culprit,commit 40" 'goes on with the commits of then'
is "$(json '$_->{results}')" "$run" 'in its folder'
box run "${words[@]}" --results "$results" --json
is "$(json '$_->{steps}[0]{subject}')" later '`run` with the same words asks another question then'

# run goes on, too; or begins anew
interrupt KILL 5 "${words[@]}" --results "$results"
n=$(ls "$results" | wc -l)
box run "${words[@]}" --results "$results" --json --trust-ends
is "$(ls "$results" | wc -l)" $((n + 1)) 'another question: a new run'
box run "${words[@]}" --results "$results" --json --fresh
is "$(ls "$results" | wc -l),$(json '$_->{culprit}{id}')" "$((n + 2)),$culprit" '--fresh: a new run'
box run "${words[@]}" --results "$results" -j 3 --json
is "$(ls "$results" | wc -l),$(json '$_->{culprit}{id}, $_->{results}')" "$((n + 2)),$culprit,$run" 'run over the same question goes on'
has "$err" '4 steps are done already (--fresh begins anew)' 'and says how not to'
box run "${words[@]}" --results "$results" --json
is "$(ls "$results" | wc -l)" $((n + 3)) 'a finished run is not gone on with: a new one'

# from another folder, with paths that are relative
cd "$work" || exit
interrupt KILL 3 --repo 're po' --exec "sh $work/test.sh" --good main~39 --repeat 1 --results results
cd / || exit
box resume --results "$results" --json
is "$(json '$_->{culprit}{id}, $_->{results}')" "$culprit,$run" 'words are read in the folder that they were given in'

# damage in the middle of the journal: that answer counts as never given
interrupt KILL 6 "${words[@]}" --results "$results"
lost=$(sed -n '3s/.*"revision":"\([0-9a-f]*\)".*/\1/p' "$run/journal.jsonl")
sed -i '3s/"verdict":"[a-z]*"/"verdict":"skip"/' "$run/journal.jsonl"
box resume "$run" --json
is "$(json '$_->{culprit}{id}, $_->{steps}[2]{step}')" "$culprit,4" 'a line that was changed is not believed'
has "$err" "journal.jsonl: line 3: damaged, and counts as never answered" 'and named'
is "$(json "scalar grep { \$_->{revision} eq '$lost' && \$_->{step} > 5 } @{\$_->{steps}}" | sed 's/[1-9].*/asked/')" asked 'its revision is asked again'
[ -e "$run/steps/003-${lost:0:12}/step.json" ] && pass 'its folder stays' || fail 'its folder stays'

# a run that the power cut: what it had started does not go on beside what is started now
cat >"$work/test.sh" <<'EOF2'
cat n >>"$ASKED"
if [ -e "$HOLD" ] && [ "$(wc -l <"$ASKED")" -ge "$(cat "$HOLD")" ]; then
	sh -c 'while :; do echo old >left-over; sleep 0.02; done' &
	sleep 1000
fi
rm -f left-over
sleep 0.2
test ! -e left-over || exit 200
test ! -e state
EOF2
interrupt POWER 4 "${words[@]}" --results "$results"
box resume "$run" --json
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'power cut: goes on'
is "$(json 'scalar @{$_->{steps}}'),$(grep -c trouble "$run/journal.jsonl")" "$(json 'scalar @{$_->{steps}}'),0" 'and nothing of before is in its way'
is "$(pgrep -f "echo old >left-over" | wc -l)" 0 'nor left over'

refuses 129 'no folder of a run' resume "$work"
box start --repo "$repo" --results "$results" main main~39
refuses 129 'only what `bisectbox run` began' resume "$(ls -d "$results"/*-by-hand)"
box reset --repo "$repo"
sed -i 's/"repository":[^,]*,/"repository": "\/elsewhere",/; s/--good/--goud/' "$run/run.json"
rm "$run/result.json"
box resume "$run"
is "$status" 129 'words that make no sense are wrong usage'
done_testing
