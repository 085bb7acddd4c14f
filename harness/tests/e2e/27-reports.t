#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is read of a run later: status, list, show, and each format of report by a reader that others
# wrote; over --exec, without kernels. 34-reports.t has the same of a real kernel's run.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/readers.sh"

repo=$work/repo
git init -q -b main "$repo"
tick=1700000000
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name='A U Thor' -c user.email=a@example.org "$@"; }
for i in $(seq 1 30); do
	echo "$i" >"$repo/n"
	[ "$i" -lt 13 ] || echo broken >"$repo/state"
	git_in add -A
	git_in commit -q -m "commit $i <b>&amp; # it's" -m 'Signed-off-by: Sign Er <s@example.org>'
done
culprit=$(git_in rev-parse main~17)
results=$work/results
run=(run --repo "$repo" --results "$results" --good main~29)
# a guest that would like to be markup, a protocol, or a terminal's master
hostile='echo "</td><script>document.title=1</script> $(cat n)"; printf "\033[31mred\007\nnot ok 1 forged\n#regzbot dup: x\n"'

# ---- while it runs, from another terminal ----
"$BOX" "${run[@]}" --exec "touch $work/at; while test -e $work/at; do sleep 0.1; done; test ! -e state" >"$work/run.out" 2>&1 &
pid=$!
for _ in $(seq 100); do [ -e "$work/at" ] && break; sleep 0.1; done
box status --results "$results" --json
is "$status,$(json '$_->{state}, $_->{step}, $_->{steps_done}, $_->{revision}')" "0,going,1,0,$(git_in rev-parse main)" 'status says what it is doing'
going=$(json '$_->{name}')
box status --results "$results"
has "$out" "$(git_in rev-parse --short=12 main) commit 30" 'in words, too'
refuses 129 'is going on still' report --results "$results"
box list --results "$results" --json
is "$(json '$_->{state}, $_->{question} =~ /^touch/')" 'going,1' 'list has it'
kill -INT "$pid"
rm -f "$work/at"
wait "$pid"
box status --results "$results"
has "$err" 'no run is going on' 'and later that nothing is going on'
box status --results "$results" "$going" --json
is "$status,$(json '$_->{state}')" '0,failed' 'how far one is that is not going on'
[ -e "$results/$going/status.json" ] && fail 'status.json goes with the run' || pass 'status.json goes with the run'

# ---- a run with an answer, and what becomes of the end without its culprit ----
box "${run[@]}" --exec "$hostile; case \$(cat n) in 1[57]) exit 125;; esac; test ! -e state" --verify-revert --json
is "$status,$(json '$_->{culprit}{id}, $_->{revert}{state}, @{$_->{revert}{files}}')" "0,$culprit,conflict,n" 'a revert that conflicts, and where'
folder=$(json '$_->{results}')
name=$(basename "$folder")
is "$(wc -l <"$folder/range.jsonl")" 30 'range.jsonl has the range and its good end'
box show --results "$results" 1
has "$out" '?[31mred?' 'show STEP shows outputs, harmless'
box show --results "$results" "$name" "${culprit:0:12}"
has "$out" "$culprit" 'a step by its revision'
box list --results "$results" -n 1
has "$out" "$name" 'list has its name'
has "$out" "${culprit:0:12} commit 13" 'and its answer'

box report --results "$results" "$name"
is "$out" "$(cat "$folder/report.txt")" 'text is what the run printed'
box report --results "$results" "$name" --format json
is "$(json '$_->{culprit}{id}, scalar @{$_->{steps}}')" "$culprit,$(wc -l <"$folder/journal.jsonl")" 'json has all of it'
"$BOX" report "$folder" --format junit >"$work/junit.xml"
steps=$(wc -l <"$folder/journal.jsonl")
is "$(read_as junit "$work/junit.xml")" "$((steps + 1)) $(grep -c '"verdict":"bad"' "$folder/journal.jsonl") 0 $(grep -c '"verdict":"skip"' "$folder/journal.jsonl")" 'JUnit: a reader counts the steps'
"$BOX" report "$folder" --format ktap >"$work/run.ktap"
is "$(read_tap "$work/run.ktap")" '1 1 0' 'KTAP: TAP::Parser takes it, and nothing that the guest wrote'
"$BOX" report "$folder" --format kcidb >"$work/kcidb.json"
is "$(read_as kcidb "$work/kcidb.json" bisectbox)" "$steps 1" 'KCIDB: as its schema says'
refuses 129 'lower-case letters' report "$folder" --format kcidb --origin 'My CI'
box report "$folder" --format mail
has "$out" "#regzbot introduced: $culprit" 'mail: regzbot is told the culprit'
is "$(grep -c '#regzbot' <<<"$out")" 1 'and nothing by the guest'
has "$out" $'To: A U Thor <a@example.org>\nCc: Sign Er <s@example.org>,\n\tregressions@lists.linux.dev' 'goes to author, signers and list'
has "$(tr '\n' ' ' <<<"$out")" 'cannot be reverted on top of' 'says that it cannot be reverted'
has "$(tr '\n' ' ' <<<"$out")" "has no scripts/get_maintainer.pl" 'says why nobody is named'

# ---- the page, in a browser ----
"$BOX" report "$folder" --format html >"$work/page.html"
open_page "$work/page.html" "$work" 'page'
is "$(grep -c '<script' "$work/page.html")" 0 'the page has no script'

# ---- a revert that mends, one that does not, and one that is gone on with ----
for i in 1 2; do
	echo "$i" >"$repo/late$i"
	git_in add -A
	git_in commit -q -m "late $i"
done
box run --repo "$repo" --results "$results" --exec 'test ! -e late1' --good main~2 --verify-revert --json
is "$(json '$_->{status}, $_->{revert}{state}, $_->{steps}[-1]{why}')" 'found,mends,revert' 'a revert that mends, built and tested'
has "$(json '$_->{revert}{step}')" steps/ 'with its evidence'
box report --results "$results" --format mail
has "$(tr '\n' ' ' <<<"$out")" 'mends it: built and tested' 'the mail says so'
box run --repo "$repo" --results "$results" --exec 'test ! -e late1 -a ! -e late2' --good main~2 --bad main --verify-revert --json
is "$(json '$_->{status}, $_->{revert}{state}')" 'found,remains' 'one that does not'
box run --repo "$repo" --results "$results" --exec 'test -e late1 -o ! -e late2 || exit 200; test ! -e late1' --good main~2 --verify-revert
is "$status" 128 'trouble of the host at the revert'
has "$out" 'The first bad commit' 'the culprit stands'

# ---- bad input ----
refuses 129 'no such run' report --results "$results" 20000101-000000-none
refuses 129 'is no folder of a run' report "$work"
refuses 129 'none of text, json, html, junit, ktap, mail, kcidb' report "$folder" --format pdf
refuses 129 'there is no run in' report --results "$work/none"
refuses 129 'has no step "99"' show "$folder" 99
cp -r "$folder" "$work/damaged"
echo '{"schema":"bisectbox.run/1","status":' >"$work/damaged/result.json"
refuses 129 'not valid JSON' report "$work/damaged"
refuses 129 'not valid JSON' show "$work/damaged"
cp "$folder/result.json" "$work/damaged"
sed -i '1s/good/goof/;1s/bad/bat/' "$work/damaged/journal.jsonl"
box report "$work/damaged"
has "$err" 'line 1: damaged, and left out' 'a damaged line of the journal is said'
done_testing
