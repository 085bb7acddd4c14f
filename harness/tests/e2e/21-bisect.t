#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All of git bisect, beside git itself: terms, first good, skips, paths, names, odd repositories,
# next, and a bisection by hand.
. "$(dirname "$0")/lib.sh"

tick=1700000000
repo=$work/repo
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name='A U Thor' -c user.email=a@example.org "$@"; }
id() { git -C "$repo" rev-parse --verify -q "$1^{commit}"; }
git init -q -b main "$repo"
mkdir "$repo/a" "$repo/b"
for i in $(seq 1 30); do
	echo "$i" >"$repo/$([ $((i % 3)) = 0 ] && echo a || echo b)/n"
	[ "$i" -lt 18 ] || echo broken >"$repo/a/state"
	[ "$i" -lt 26 ] || rm -f "$repo/a/state"
	git_in add -A
	git_in commit -q -m "commit $i"
	git_in tag "c$i"
done
run=(run --repo "$repo" --results "$work/results")
broken='test ! -e a/state'
git_in worktree add -q "$work/linked" c20
before=$(fingerprint "$repo")

# terms
box "${run[@]}" --exec "$broken" --good c5 --bad c25 --term-old quick --term-new slow
is "$status" 0 'terms of one'\''s own'
has "$out" 'The first slow commit' 'in the report'
has "$err" 'is quick' 'in what is said on the way'
log=$(cat "$work"/results/*/bisect.log)
has "$log" "git bisect start '--term-old=quick' '--term-new=slow'" 'in the log'
git clone -q "$repo" "$work/clone"
has "$(git -C "$work/clone" bisect replay "$(ls "$work"/results/*/bisect.log)" 2>&1)" "$(id c18) is the first slow commit" \
	'which git takes'
git -C "$work/clone" bisect reset -q >/dev/null 2>&1
box "${run[@]}" --exec "$broken" --good c5 --bad c25 --term-old quick --term-new slow --json
is "$(json '$_->{terms}{old}, $_->{terms}{new}, $_->{steps}[0]{term}, $_->{steps}[0]{verdict}')" quick,slow,slow,bad 'and in JSON'

# the first good one
box "${run[@]}" --exec "$broken" --find-fix --bad c20 --good c30 --json
is "$status,$(json '$_->{culprit}{id}, $_->{terms}{new}')" "0,$(id c26),fixed" '--find-fix'
box "${run[@]}" --exec "$broken" --find-fix --bad c20 --good c30
has "$out" 'The first fixed commit' 'in its own words'
has "$err" 'is broken (' 'on the way too'
cp "$(newest_run "$work/results")bisect.log" "$work/fix.log"
has "$(git -C "$work/clone" bisect replay "$work/fix.log" 2>&1)" "$(id c26) is the first fixed commit" 'git replays that, too'
git -C "$work/clone" bisect reset -q >/dev/null 2>&1
box "${run[@]}" --exec "$broken" --find-fix --bad c2 --good c30 --json
has "$(json '$_->{reason}')" 'the broken end' 'a wrong end is named by its term'
box "${run[@]}" --exec "$broken" --find-fix --json --bad c24 --bad c19
is "$(json '$_->{culprit}{id}, $_->{range}{commits}')" "$(id c26),6" 'several older ends; the newer is HEAD'

box "${run[@]}" --exec "$broken" --find-fix --json
is "$(json '$_->{culprit}{id}')" "$(id c26)" 'back through the tags to a broken one'
has "$err" 'looking for a broken revision: tag c' 'and says so'

# skips
box "${run[@]}" --exec "$broken" --good c5 --bad c25 --skip c6..c16 --skip c19 --json
is "$(json '$_->{culprit}{id}')" "$(id c18)" '--skip REV and A..B'
is "$(json 'scalar grep { $_->{subject} =~ /commit ([7-9]|1[0-6]|19)$/ } @{$_->{steps}}')" 0 'none of them is tested'
has "$(cat "$(json '$_->{results}')/bisect.log")" "git bisect skip $(id c19)" 'they are in the log'
box "${run[@]}" --exec "$broken" --good c5 --bad c25 --skip c5..c24 --json
is "$status,$(json 'scalar @{$_->{suspects}}')" 3,20 'all between the ends skipped: all are suspects'

# paths: what git finds with the same ones
box "${run[@]}" --exec "$broken" --good c5 --bad c25 --json -- a
is "$(json '$_->{culprit}{id}, $_->{range}{commits}')" "$(id c18),$(git_in rev-list --count c5..c25 -- a)" '-- PATH'
steps=$(json 'join " ", map { $_->{subject} } grep { $_->{why} eq "narrow" } @{$_->{steps}}')
is "$(for s in ${steps//commit/}; do [ $((s % 3)) = 0 ] || [ "$s" = 18 ] || echo "$s"; done)" '' 'only commits that touch it are tested'
box "${run[@]}" --exec "$broken" --good c5 --bad c25 --json -- b
is "$status,$(json '$_->{culprit}{id}')" "0,$(id c18)" 'a culprit that touches none of the paths is found all the same'
has "$err" 'none of the commits that the range was limited to' 'and it is said'
(cd "$repo/a" && "$BOX" "${run[@]}" --exec "$broken" --good c5 --bad c25 --json -- n >"$work/out" 2>/dev/null)
out=$(cat "$work/out")
is "$(json '$_->{range}{commits}')" "$(git_in rev-list --count c5..c25 -- a/n)" 'in a folder, paths are from there'

# any of git's names
for name in 'c25~20' 'HEAD@{0}~25' ':/commit 5' 'main^^{/commit 5}' "$(git_in rev-parse --short c5)" 'refs/tags/c5'; do
	box next --repo "$repo" --good "$name" --bad main --json
	is "$status,$(json '$_->{candidates}')" 0,25 "good by the name $name"
done

# next, as rev-list has it
box next --repo "$repo" --bad c25 --good c5 --good c7
is "$(head -c 40 <<<"$out")" "$(git_in rev-list --bisect c25 ^c5 ^c7)" 'next is rev-list --bisect on a line'
has "$out" '18 candidates, about 3 more steps' 'with what is left'
box next --repo "$repo" --bad c25 --good c5 --all
is "$(sort <<<"$out")" "$(git_in rev-list --bisect-all c25 ^c5 | sed 's/ (tag: [^)]*, dist/ (dist/' | sort)" 'next --all is --bisect-all'
box next --repo "$repo" --bad c25 --good c5 --all -- a
is "$(sort <<<"$out")" "$(git_in rev-list --bisect-all c25 ^c5 -- a | sed 's/ (tag: [^)]*, dist/ (dist/' | sort)" 'with paths, too'
skip=$(git_in rev-list --bisect c25 ^c5)
box next --repo "$repo" --bad c25 --good c5 --skip "$skip" --json
[ "$(json '$_->{revision}')" != "$skip" ] && pass 'not a skipped one' || fail 'not a skipped one'
box next --repo "$repo" --bad c29 --good c1 --together 3
is "$(for line in $out; do git_in describe --tags "$line"; done | sort | tr '\n' ' ')" 'c15 c22 c8 ' 'next --together: quarters'
refuses 129 'a number from 1 to 8' next --repo "$repo" --bad c29 --good c1 --together 9
box next --repo "$repo" --bad c6 --good c5 --skip c6
is "$status" 129 'next: an end cannot be skipped'

# repositories that are not plain
(cd "$work/linked" && "$BOX" run --results "$work/results" --exec "$broken" --good c5 --json >"$work/out" 2>/dev/null)
out=$(cat "$work/out")
is "$(json '$_->{culprit}{id}, $_->{range}{commits}')" "$(id c18),15" 'a linked worktree: bad is its own HEAD'
git clone -q --depth 15 "file://$repo" "$work/shallow"
box run --repo "$work/shallow" --results "$work/results" --exec "$broken" --bad HEAD~5 --good HEAD~14 --json
is "$(json '$_->{culprit}{id}')" "$(id c18)" 'a shallow clone, within what it has'
git init -q -b main "$work/deep"
deep() { git -C "$work/deep" -c user.name=t -c user.email=t@example.org "$@"; }
deep commit -q --allow-empty -m root
deep checkout -q -b side
for i in 1 2 3; do
	touch "$work/deep/s$i"
	deep add -A
	deep commit -q -m "s$i"
done
deep checkout -q main
deep commit -q --allow-empty -m m1
deep merge -q -m merged side
git clone -q --depth 3 "file://$work/deep" "$work/cut"
box run --repo "$work/cut" --results "$work/results" --exec 'test ! -e s1' --good HEAD~1 --json
is "$status" 3 'the oldest commit that a shallow clone has is bad: inconclusive'
has "$(json '$_->{reason}')" 'fetch --unshallow' 'and says how to get more'
git clone -q "$repo" "$work/grafted"
echo "$(id c18) $(id c10)" >"$work/grafted/.git/info/grafts"
box next --repo "$work/grafted" --bad c25 --good c5 --all
is "$(wc -l <<<"$out")" "$(git -C "$work/grafted" rev-list --count c25 ^c5 2>/dev/null)" 'grafts count'
rm "$work/grafted/.git/info/grafts"
git -C "$work/grafted" replace --graft c18 c12
box run --repo "$work/grafted" --results "$work/results" --exec "$broken" --bad c25 --good c5 --json
is "$(json '$_->{culprit}{id}, $_->{range}{commits}')" "$(id c18),15" 'replace refs count'
is "$(json '(grep { $_->{why} eq "confirm" } @{$_->{steps}})[1]{subject}')" 'commit 12' 'its parent is the replaced one'
git clone -q --bare "$repo" "$work/bare"
box run --repo "$work/bare" --results "$work/results" --exec "$broken" --bad c25 --good c5 --json
is "$(json '$_->{culprit}{id}')" "$(id c18)" 'a bare repository'

# by hand
export BISECTBOX_CACHE=$work/cache
cd "$repo" || exit
hand() { box "$@"; }
hand good
is "$status" 129 'a verdict before the start'
has "$err" 'bisectbox start' 'says how to begin'
hand start --results "$work/hand"
has "$err" 'waiting for a good and a bad revision' 'start'
has "$err" "the records are in $work/hand/" 'says where the records are'
hand bad c25
has "$err" 'waiting for a good revision' 'bad'
hand good c5
is "$(head -c 40 <<<"$out")" "$(git_in rev-list --bisect c25 ^c5)" 'good: says what to look at'
hand good c25
is "$status" 129 'the same revision good and bad'
has "$err" 'is bad already' 'is refused with the way to take it back'
hand skip
is "$status" 0 'skip what is asked for'
for _ in $(seq 12); do
	case $out in 'The first'*) break ;; esac
	rev=$(head -c 40 <<<"$out")
	if git_in cat-file -e "$rev:a/state" 2>/dev/null; then hand bad; else hand good; fi
done
has "$out" "$(id c18)" 'to the culprit'
is "$status" 0 'found: 0'
hand log
echo "$out" >"$work/hand.log"
has "$(git -C "$work/clone" bisect replay "$work/hand.log" 2>&1)" "$(id c18) is the first bad commit" 'git replays the log'
git -C "$work/clone" bisect log >"$work/git.log"
git -C "$work/clone" bisect reset -q >/dev/null 2>&1
hand terms
has "$out" 'good for the old state' 'terms'
hand terms --term-good
is "$out" good 'terms --term-good'
hand terms --term-new
is "$out" bad 'terms --term-new'
hand reset
has "$out" "$work/hand/" 'reset: the records stay'
hand log
is "$status" 129 'and nothing is going on'
hand log "$(echo "$work"/hand/*-by-hand)"
is "$out" "$(cat "$work/hand.log")" 'but the run'\''s log is there'

# replay
hand replay "$work/git.log"
is "$status,$(grep -c "$(id c18)" <<<"$out")" 0,1 'replay takes what git bisect log printed'
hand replay "$(echo "$work"/hand/*-by-hand)"
has "$out" "$(id c18)" 'and a run'\''s folder'
head -n 8 "$work/hand.log" | sed 's/$/\r/' >"$work/crlf.log"
hand replay "$work/crlf.log"
is "$status" 0 'with line ends of another system'
cat >"$work/terms.log" <<EOF
git bisect start '--term-new=slow' '--term-old=quick' 'c25' 'c5' '--' 'a'
# quick: a comment
git-bisect quick $(id c12)
EOF
hand replay "$work/terms.log"
is "$status,$(head -c 40 <<<"$out")" "0,$(git_in rev-list --bisect c25 ^c12 -- a)" 'with terms and paths'
hand slow
is "$status" 0 'a term is a command'
hand bad
has "$err" 'knows quick, slow and skip' 'and good and bad are none then'
box run --continue --exec "$broken" --results "$work/results" --json
is "$status,$(json '$_->{culprit}{id}, $_->{terms}{new}')" "0,$(id c18),slow" 'run --continue goes on with it'
is "$(json 'scalar grep { $_->{clean} } @{$_->{steps}}')" 2 'and confirms what was given by hand'
for damage in 'git bisect start x' 'git bisect bad' "git bisect start 'c25' 'c5'"$'\n''git bisect bad nosuch' 'hello' \
	"git bisect start 'c25' 'c5'"$'\n'"git bisect good '" "git bisect start 'c25' 'c5'"$'\n''git bisect fast c9' \
	"git bisect start 'c25' 'c5'"$'\n''git bisect bad c9'$'\n''git bisect good c9' "git bisect start 'c5' 'c25'" ''; do
	printf '%s\n' "$damage" >"$work/damaged.log"
	hand replay "$work/damaged.log"
	is "$status,$(wc -l <<<"$err")" 129,1 "damaged: $(tail -n 1 <<<"$damage"): ${err##*damaged.log:}"
done
hand terms
has "$out" quick 'a log that is refused leaves what is going on'

# checked out for the person, and found fix by hand
hand start --checkout --results "$work/hand" c25 c5
path=$(sed -n 's/^checked out in //p' <<<"$out")
is "$(cat "$path/b/n" "$path/a/n" 2>/dev/null | sort -n | tail -n 1)" "$(git_in show -s --format=%s "$(head -c 40 <<<"$out")" | sed 's/commit //')" '--checkout has the revision'
touch "$path/built"
hand good
[ -e "$path/built" ] && pass 'what was built there stays' || fail 'what was built there stays'
hand start --find-fix --results "$work/hand" --bad c20 --good c30
hand next --json
is "$(json '$_->{term_new}, $_->{candidates}')" fixed,10 'next tells of it'
# old and new, chosen by the first verdict
hand start --results "$work/hand2" -- a
hand new c25
hand old c5
is "$status,$(head -c 40 <<<"$out")" "0,$(git_in rev-list --bisect c25 ^c5 -- a)" 'old and new where no terms were given'
hand good c6
has "$err" 'knows old, new and skip' 'and then no other words'
is "$(echo "$work"/hand2/*)" "$(ls -d "$work"/hand2/*-by-hand*)" 'with one folder of records'
hand start --results "$work/hand" --find-fix --bad c20 --good c30
hand new c29
is "$status" 129 'not where there are terms already'
# a journal whose last line was cut short
last=$(newest_run "$work/hand")
printf '{"step":3,"revi' >>"$last/journal.jsonl"
hand next
is "$status" 0 'half a line in the journal does no harm'
hand broken c22
is "$(grep -c . "$last/journal.jsonl")" 3 'and goes'
cp "$last/journal.jsonl" "$work/journal"
sed -i '2s/.*/{"step":2,"colour":"red"}/' "$last/journal.jsonl"
hand next
is "$status" 129 'a damaged line is an error'
has "$err" 'journal.jsonl:2' 'that names it'
cp "$work/journal" "$last/journal.jsonl"

# visualize: git's own log of what is left
hand visualize log --oneline
is "$(wc -l <<<"$out")" 8 'visualize shows what is left'
box visualize --repo "$repo" --good c5 --bad c25 -- a
is "$(wc -l <<<"$out")" "$(git_in rev-list --count c5..c25 -- a)" 'of ends and paths'
hand skip c21..c29
hand next
is "$status" 3 'a range to skip, by hand'
has "$out" 'untestable revisions hide the culprit' 'which leaves suspects'
hand reset

# the repository changes while a run works
cp -a "$repo" "$work/moving"
cat >"$work/once" <<EOF
git -C "$work/moving" checkout -q --detach
git -C "$work/moving" branch -q -D main
git -C "$work/moving" tag -l | xargs git -C "$work/moving" tag -d >/dev/null
git -C "$work/moving" gc -q --prune=now
test ! -e a/state
EOF
box run --repo "$work/moving" --results "$work/results" --exec "sh '$work/once' 2>/dev/null" --good c5 --bad c25 --json
is "$status,$(json '$_->{culprit}{id}')" "0,$(id c18)" 'refs that go and a gc do not disturb it'
git -C "$work/moving" checkout -q --orphan nothing
cat >"$work/once" <<EOF
git -C "$work/lost" update-ref -d HEAD
git -C "$work/lost" tag -l | xargs git -C "$work/lost" tag -d >/dev/null
git -C "$work/lost" reflog expire --expire=now --all
git -C "$work/lost" gc -q --prune=now
test ! -e a/state
EOF
cp -a "$repo" "$work/lost"
rm -r "$work/lost/.git/worktrees"
box run --repo "$work/lost" --results "$work/results" --exec "sh '$work/once' >/dev/null 2>&1" --good c5 --bad c25
is "$status" 129 'a gc that takes the commits away'
has "$err" 'is missing in' 'is said'
has "$out" 'evidence:' 'with the records'

is "$(fingerprint "$repo")" "$before" "the user's repository is as before"
done_testing
