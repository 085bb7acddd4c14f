#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a halving search alone gets wrong: regressions that were masked for a while, merges of two
# good sides, side branches under --first-parent.
. "$(dirname "$0")/lib.sh"

tick=1700000000
repo=$work/repo
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name='A U Thor' -c user.email=a@example.org "$@"; }
# c NAME [SHELL]: a commit that changes a file of its own, and what SHELL does
c() {
	echo "$1" >"$repo/f$1"
	(cd "$repo" && eval "${2:-:}") || exit
	git_in add -A
	git_in commit -q -m "$1"
}
id() { git_in rev-parse "$1"; }
new_repo() {
	rm -rf "$repo"
	git init -q -b main "$repo"
}
run=(run --repo "$repo" --results "$work/results")

# The shape of a report from the field: "listen" breaks it; "allow" masks that on the way to v14;
# a branch from before "allow" goes on, merges v13 once more, and "pid" on it breaks what "allow"
# had mended; v15 has both. v14 is good, v15 is bad, and most of what lies between is bad only for
# want of "allow".
new_repo
c start
git_in tag v12
c a1
c listen 'echo new >listen'
c a2
git_in branch next
c a3
git_in tag v13
c a4
git_in checkout -q next
c n1
c n2
git_in merge -q -m 'Merge v13 into next' v13
c n3
c pid 'echo narrow >pid'
c n4
git_in checkout -q main
c allow 'echo allow >allow'
c a5
git_in tag v14
c a6
git_in merge -q -m 'Merge next' next
c a7
git_in tag v15
# bad: listens anew, and either nothing allows it, or that is narrowed again
case_='test -e listen || exit 0; test -e allow && ! test -e pid'
box "${run[@]}" --exec "$case_" --good v14 --bad v15 --json
is "$status" 0 'a masked regression is found'
is "$(json '$_->{culprit}{subject}, $_->{culprit}{id}')" "listen,$(id v13~2)" 'introduced at'
is "$(json '$_->{masked_by}{subject}')" allow 'masked by'
is "$(json '$_->{exposed_at}{subject}')" 'Merge next' 'exposed at'
is "$(json '$_->{exposed_by}{subject}')" pid 'exposed by a commit of the side branch'
has "$(json '$_->{finding}')" 'the change was masked' 'says so in one line'
folder=$(json '$_->{results}')
has "$(cat "$folder/report.txt")" "masked by     $(id v14~1) allow" 'the report has it'
has "$(cat "$folder/report.txt")" "introduced at $(id v13~2) listen" 'with where it began'
git clone -q "$repo" "$work/clone"
has "$(git -C "$work/clone" bisect replay "$folder/bisect.log" 2>&1)" "$(id v13~2) is the first bad commit" \
	'git bisect replay takes the log'
is "$(git_in for-each-ref | grep -c .)" 6 'nothing new in the repository'

# A reproducer that shows it in two of three runs: what masked it is not told by one pass either.
cat >"$work/roll" <<-DIE
	#!/bin/bash
	n=\$(cat "$work/rolls")
	echo \$((n + 1)) >"$work/rolls"
	hash=\$(printf '%s' "\$(cat "$work/seed") \$n" | sha256sum | cut -c 1-6)
	[ \$((0x\$hash % 100)) -lt 67 ]
DIE
chmod +x "$work/roll"
right=0
for seed in 1 2 3 4; do
	echo "$seed" >"$work/seed"
	echo 0 >"$work/rolls"
	box "${run[@]}" --exec "{ $case_; } || ! '$work/roll'" --good v14 --bad v15 --noise auto --json
	[ "$(json '$_->{culprit}{subject}, $_->{masked_by}{subject}, $_->{exposed_at}{subject}')" = 'listen,allow,Merge next' ] && right=$((right + 1))
done
is "$right" 4 'the same where bad shows in two of three runs'

# Without a good from before it, and without tags there: says what it can.
git_in tag -d v12 >/dev/null
box "${run[@]}" --exec "$case_" --good v14 --bad v15 --json
is "$status,$(json '$_->{masked_by}{subject}, $_->{exposed_by}{subject}')" 3,allow,pid \
	'no older good revision: inconclusive, with what masked and exposed it'
has "$(json '$_->{reason}')" 'give an older --good' 'and what is missing'
box "${run[@]}" --exec "$case_" --good v14 --good v13~4 --bad v15 --json
is "$status,$(json '$_->{culprit}{subject}')" 0,listen 'with one given it is found'

# the same by hand: asked for what the program would test, but merges in memory
export BISECTBOX_CACHE=$work/cache
box start --repo "$repo" --results "$work/hand" v15 v14 v13~4
asked=0
while [ "$status" = 0 ] && [[ "$out" != 'The first'* ]] && [ $((asked += 1)) -lt 40 ]; do
	rev=$(head -c 40 <<<"$out")
	has_file() { git_in cat-file -e "$rev:$1" 2>/dev/null; }
	if ! has_file listen || { has_file allow && ! has_file pid; }; then word=good; else word=bad; fi
	box "$word" --repo "$repo"
done
has "$out" "commit   $(id v13~2)" 'by hand: introduced at'
has "$out" "masked by     $(id v14~1) allow" 'masked by'
has "$out" "exposed at    $(id v15~1) Merge next" 'exposed at'

# A bad that is an ancestor of a good, as git's own log or a person may have it.
new_repo
for i in 1 2 3 4 5 6 7 8; do c "c$i"; done
line=$(git_in rev-list --reverse main | tr '\n' ' ')
read -r c1 c2 c3 c4 c5 c6 c7 c8 <<<"$line"
printf 'git bisect %s\n' start "bad $c8" "good $c1" "good $c5" "bad $c3" >"$work/mask.log"
box replay --repo "$repo" "$work/mask.log"
has "$err" "${c3:0:12} is bad although it is an ancestor of ${c5:0:12}, which is good" 'a bad ancestor of a good is a finding'
for verdict in "good $c2" "bad $c4" "good $c6" "bad $c7"; do
	is "$status,$(head -c 40 <<<"$out")" "0,${verdict#* }" "asks for ${verdict#* }"
	# shellcheck disable=SC2086
	box $verdict --repo "$repo"
done
for words in "introduced at $c3" "masked by     $c5" "exposed at    $c7"; do has "$out" "$words" "$words"; done
box reset --repo "$repo"

new_repo
c bad1 'echo x >broken'
c b2
git_in branch side
c fix 'rm broken'
git_in tag good
git_in checkout -q side
c s1
c s2
box "${run[@]}" --exec 'test ! -e broken' --good good --bad side --json
is "$status" 3 'the merge base is bad, and nothing older is known: inconclusive'
is "$(json '$_->{masked_by}{subject}')" fix 'what mended the good end is found all the same'
has "$(json '$_->{reason}')" 'the change is older' 'and says that it is older'
is "$(json '(grep { $_->{why} ne "end" && $_->{why} ne "again" } @{$_->{steps}})[0]{why}')" base 'the merge base was tested first'
# a merge base that cannot be tested: a warning, and on
new_repo
c base 'echo 1 >n'
git_in branch side
c m1
git_in tag good
git_in checkout -q side
for i in 1 2 3 4; do c "s$i" "[ $i -lt 3 ] || touch broken"; done
box "${run[@]}" --exec 'test -e fm1 || test -e fs1 || exit 125; test ! -e broken' --good good --bad side --json
is "$status,$(json '$_->{culprit}{subject}')" 0,s3 'an untestable merge base does not stop it'
has "$err" 'warning: the merge base' 'and is warned of'

# a merge of two good sides: which commits do not go together
new_repo
c base
c base2
git_in branch side
for i in 1 2 3 4 5; do c "m$i" "[ $i != 3 ] || echo 1 >new-api"; done
git_in checkout -q side
for i in 1 2 3 4 5; do c "s$i" "[ $i != 2 ] || echo 1 >user-of-old"; done
git_in checkout -q main
git_in merge -q -m 'Merge side' side
c after
objects=$(find "$repo/.git/objects" -type f | wc -l)
box "${run[@]}" --exec '! { test -e new-api && test -e user-of-old; }' --good main~7 --json
is "$status,$(json '$_->{culprit}{subject}')" '0,Merge side' 'the merge is the culprit'
is "$(json '$_->{pair_side}{subject}, $_->{pair_other}{subject}')" 's2,m3' 'and the pair is named'
is "$(find "$repo/.git/objects" -type f | wc -l)" "$objects" "merged without a trace in the user's repository"
has "$(cat "$(json '$_->{results}')/report.txt")" 'do not go together' 'the report says so'

right=0
for seed in 1 2 3 4; do
	echo "$seed" >"$work/seed"
	echo 0 >"$work/rolls"
	box "${run[@]}" --exec "! { test -e new-api && test -e user-of-old; } || ! '$work/roll'" --good main~7 --noise auto --json
	[ "$(json '$_->{culprit}{subject}, $_->{pair_side}{subject}, $_->{pair_other}{subject}')" = 'Merge side,s2,m3' ] && right=$((right + 1))
done
is "$right" 4 'also where bad shows in two of three runs'

# trouble after the culprit is certain does not take it away
box "${run[@]}" --exec 'test -e fm5 && test -e fs2 && ! test -e fs3 && exit 200; ! { test -e new-api && test -e user-of-old; }' \
	--good main~7 --json
is "$status,$(json '$_->{status}, $_->{culprit}{subject}')" '128,failed,Merge side' 'trouble while the pair is looked for: the culprit stands'

# a merge whose own change broke it
new_repo
c base
git_in branch side
c m1
git_in checkout -q side
c s1
git_in checkout -q main
git_in merge -q --no-commit side
touch "$repo/broken"
git_in add -A
git_in commit -q -m 'evil merge'
box "${run[@]}" --exec 'test ! -e broken' --good main~2 --json
is "$(json '$_->{culprit}{subject}')" 'evil merge' 'a merge that breaks by itself'
has "$(json '$_->{finding}')" 'what the merge itself changed' 'is told from its sides'

# sides that cannot be merged without a person
new_repo
c base 'echo 1 >x'
git_in branch side
c m1 'echo 2 >x'
git_in checkout -q side
c s1 'echo 3 >x'
git_in checkout -q main
git_in merge -q side >/dev/null 2>&1 || { echo 4 >"$repo/x"; git_in add -A; git_in commit -q -m 'resolved'; }
box "${run[@]}" --exec 'test "$(cat x)" != 4' --good main~2 --json
is "$status,$(json '$_->{culprit}{subject}, $_->{pair_side}')" 0,resolved,null 'a conflict is the merge alone'

# --first-parent: the merge is found first, then what came with it
new_repo
c base
for b in 1 2 3; do
	git_in checkout -q -b "topic$b"
	for i in 1 2 3; do c "t$b$i" "[ $b$i != 22 ] || touch broken"; done
	git_in checkout -q main
	git_in merge -q --no-ff -m "Merge topic$b" "topic$b"
done
box "${run[@]}" --exec 'test ! -e broken' --good main~3 --first-parent --json
is "$status,$(json '$_->{culprit}{subject}, $_->{brought_by}{subject}')" '0,t22,Merge topic2' '--first-parent goes on in the branch'
box "${run[@]}" --exec 'test -e ft21 && ! test -e "ft31" && ! git -C . --version >/dev/null && exit 125; test ! -e broken' --good main~3 --first-parent --json
is "$(json '$_->{culprit}{subject}')" t22 'again'
done_testing
