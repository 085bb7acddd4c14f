#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run --repair: a stretch of revisions that cannot be tested, with later commits that say what was
# wrong with them.
. "$(dirname "$0")/lib.sh"

tick=1700000000
repo=$work/repo
declare -A id # of the last commit with that subject
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name='A U Thor' -c user.email=a@example.org "$@"; }
# c NAME [SHELL [BODY]]: a commit that changes a file of its own, and what SHELL does
c() {
	echo "$1" >"$repo/f$1"
	(cd "$repo" && eval "${2:-:}") || exit
	git_in add -A
	git_in commit -q -m "$1" ${3:+-m "$3"}
	id[$1]=$(git_in rev-parse HEAD)
}
new_repo() {
	rm -rf "$repo"
	git init -q -b main "$repo"
	c base 'seq 1 20 >src'
	c p1
	c p2
}
# does not build while src has an X in it; the regression is a file
test_='grep -q X src && exit 125; test ! -e broken'
ask() { box run --repo "$repo" --results "$work/results" --exec "$test_" --good "${id[base]}" "$@" --json; }
suspects() { json 'join " ", map { s/^\S+ //r } @{$_->{suspects}}'; }
# stretch: a break in line 10, the culprit inside
stretch() {
	new_repo
	c break "sed -i 's/^10$/X10/' src"
	c s1
	c s2
	c culprit 'touch broken'
	c s3
	c s4
}

stretch
c fix "sed -i 's/X//' src" "Something else first.

Fixes: ${id[break]:0:12} (\"break\")"
c after
before=$(fingerprint "$repo")
ask
is "$status" 3 'a stretch that cannot be tested hides it'
is "$(suspects)" 'break s1 s2 culprit s3 s4 fix' 'the smallest set that holds it'
has "$(json '$_->{reason}')" "run --repair may help: ${id[fix]:0:12} says that it fixes one of them" 'and a fix is offered'
ask --repair
is "$status,$(json '$_->{culprit}{subject}')" 0,culprit '--repair: found inside the stretch'
is "$(json 'join ",", @{$_->{patches}}')" "${id[fix]} fix" 'the certificate names the fix'
is "$(json 'join " ", map { "$_->{subject}:$_->{verdict}" } grep { $_->{clean} && @{$_->{patches}} } @{$_->{steps}}')" \
	'culprit:bad s2:good' 'both sides tested from clean builds with it'
folder=$(json '$_->{results}')
has "$(cat "$folder/report.txt")" "with     ${id[fix]} fix" 'the report says with what'
has "$(cat "$folder/report.txt")" 'applied on both' 'on both sides'
has "$err" "with ${id[fix]:0:12} applied is good" 'and each step as it goes'
has "$(cat "$folder/bisect.log")" "s2 (with ${id[fix]} applied)" 'bisect.log has it as a comment'
git clone -q "$repo" "$work/clone"
has "$(git -C "$work/clone" bisect replay "$folder/bisect.log" 2>&1)" "${id[culprit]} is the first bad commit" 'git bisect replay takes it'
is "$(fingerprint "$repo")" "$before" "nothing is changed in the user's repository"
# by hand, it is offered as well
cache=$BISECTBOX_CACHE
export BISECTBOX_CACHE=$work/cache
box start --repo "$repo" --results "$work/hand" main "${id[base]}"
for _ in $(seq 20); do
	[ "$status" = 0 ] && rev=$(head -c 40 <<<"$out") && git_in cat-file -e "$rev^{commit}" 2>/dev/null || break
	if git_in show "$rev:src" | grep -q X; then word=skip; elif git_in cat-file -e "$rev:broken" 2>/dev/null; then word=bad; else word=good; fi
	box "$word" --repo "$repo"
done
has "$out" 'run --repair may help' 'offered by hand, too'
box run --repo "$repo" --results "$work/results" --continue --repair --exec "$test_" --json
is "$status,$(json '$_->{culprit}{subject}')" 0,culprit 'and run --continue --repair takes it up'
export BISECTBOX_CACHE=$cache

# the fix is the culprit itself: applied anywhere it makes all bad, and is not blamed on another
new_repo
c break "echo X >>src; touch extra"
c s1
c s2
c fix "sed -i /X/d src; touch broken" "Fixes: ${id[break]:0:12} (\"break\")"
c after
ask --repair
[ "$status" = 3 ] && [[ " $(suspects) " == *' fix '* ]] && pass 'a fix that is the culprit stays a suspect' ||
	fail 'a fix that is the culprit stays a suspect' "$status $(suspects)"
# the break is the culprit, too: before it the fix does not apply
new_repo
c break "echo X >more; cat more >>src; touch broken"
c s1
c fix "sed -i /X/d src; echo fine >more" "Fixes: ${id[break]:0:12} (\"break\")"
c after
ask --repair
is "$status,$(suspects)" '3,break fix' 'a break that is the culprit: only it and its fix are left'

# a fix that is not enough, and the fix of that; another one that has nothing to do with it
new_repo
c break "sed -i 's/^10$/X10/; s/^2$/X2/' src"
c s1
c culprit 'touch broken'
c s2
c other 'touch docs' "Fixes: ${id[s1]:0:12} (\"s1\")"
c half "sed -i 's/^X10$/10/' src" "Fixes: ${id[break]:0:12} (\"break\")"
c rest "sed -i 's/^X2$/2/' src" "Fixes: ${id[half]:0:12} (\"half\")"
c after
ask --repair
is "$status,$(json '$_->{culprit}{subject}')" 0,culprit 'a fix of a fix'
is "$(json 'join ",", map { s/^\S+ //r } @{$_->{patches}}')" 'half,rest' 'both are named, and no other'

# the only fix takes the regression back as well: with it all is good, and nothing follows from that
stretch
git_in branch side
c real "sed -i 's/X//' src"
git_in checkout -q side
c undo "sed -i 's/X//' src; rm broken" "Fixes: ${id[break]:0:12} (\"break\")"
git_in checkout -q main
ask --repair
is "$status,$(suspects)" '3,break s1 s2 culprit s3 s4 real' 'a fix that undoes the regression shows nothing'

# the stretch is a backport; its fix names the original, and is on another branch
new_repo
c break "sed -i 's/^10$/X10/' src" 'commit 0123456789abcdef0123456789abcdef01234567 upstream.'
c s1
c culprit 'touch broken'
c s2
git_in branch side
c mended "sed -i 's/X//' src"
git_in checkout -q side
c fix "sed -i 's/X//' src" 'Fixes: 0123456789ab ("break")'
git_in checkout -q main
ask --repair
is "$status,$(json '$_->{culprit}{subject}')" 0,culprit 'a fix of the original, from another branch'

# eight digits do with the right subject, seven never
stretch
c short "touch x" "Fixes: ${id[break]:0:7} (\"break\")"
c wrong "touch y" "Fixes: ${id[break]:0:8} (\"something else\")"
c fix "sed -i 's/X//' src"
ask
is "$(json '$_->{reason} =~ /repair/ ? 1 : 0')" 0 'no fix by too few digits, or by another subject'
ask --repair
has "$(json '$_->{reason}')" 'no commit here says that it fixes one of them' 'and that is said'
stretch
c fix "sed -i 's/X//' src" "fixes: commit ${id[break]:0:8} (\"break\")"
ask --repair
is "$status,$(json '$_->{culprit}{subject}')" 0,culprit 'eight digits with the subject'
# one that does not apply
stretch
c mess "seq 100 120 >src"
c fix "echo more >>src" "Fixes: ${id[break]:0:12} (\"break\")"
ask --repair
is "$status" 3 'a fix that does not apply'
has "$(json '$_->{reason}')" '1 later commit says that they fix one of them, and none makes it testable' 'counts for nothing'

# answers that are wrong now and then
stretch
c fix "sed -i 's/X//' src" "Fixes: ${id[break]:0:12} (\"break\")"
c after
cat >"$work/roll" <<-DIE
	#!/bin/bash
	n=\$(cat "$work/rolls")
	echo \$((n + 1)) >"$work/rolls"
	hash=\$(printf '%s' "7 \$n" | sha256sum | cut -c 1-6)
	[ \$((0x\$hash % 100)) -lt 60 ]
DIE
chmod +x "$work/roll"
echo 0 >"$work/rolls"
box run --repo "$repo" --results "$work/results" --exec "grep -q X src && exit 125; test ! -e broken || ! '$work/roll'" \
	--good "${id[base]}" --noise auto --repair --json
is "$status,$(json '$_->{culprit}{subject}')" 0,culprit '--noise auto --repair'
# killed in the middle of it, and taken up again
stretch
c fix "sed -i 's/X//' src" "Fixes: ${id[break]:0:12} (\"break\")"
c after
hang="test -e '$work/go' || git -C '$repo' cat-file -e \"\$BISECTBOX_REVISION\" 2>/dev/null || mkdir '$work/one' 2>/dev/null || { touch '$work/there'; sleep 100; }"
"$BOX" run --repo "$repo" --results "$work/killed" --exec "$hang; $test_" --good "${id[base]}" --repair >/dev/null 2>&1 &
pid=$!
for _ in $(seq 300); do
	[ -e "$work/there" ] && break
	sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
touch "$work/go"
done_=$(wc -l <"$(echo "$work"/killed/*/journal.jsonl)")
has "$(tail -n 1 "$work"/killed/*/journal.jsonl)" '"why":"repair"' 'killed after a step with a fix'
box resume --json "$(echo "$work"/killed/*)"
is "$status,$(json '$_->{culprit}{subject}')" 0,culprit 'and gone on with'
is "$(json "\$_->{steps}[$done_ - 1]{patches}[0]")" "${id[fix]}" 'with the steps that it had'
is "$(json 'my %n; scalar grep { $n{"$_->{revision} @{$_->{patches}} $_->{clean} $_->{why}"}++ } grep { $_->{why} eq "repair" && !$_->{clean} && $_->{verdict} eq "good" && $_->{subject} eq "break" } @{$_->{steps}}')" 0 \
	'none of them done again'
# the first good one
stretch
c fix "sed -i 's/X//' src" "Fixes: ${id[break]:0:12} (\"break\")"
c after
c mend 'rm broken; echo X >>src'
c t1
c t2
c fix2 "sed -i /X/d src" "Fixes: ${id[mend]:0:12} (\"mend\")"
box run --repo "$repo" --results "$work/results" --exec "$test_" --find-fix --bad "${id[after]}" --repair --json
is "$status,$(json '$_->{culprit}{subject}')" 0,mend '--find-fix --repair: what mended it broke the build'
done_testing
