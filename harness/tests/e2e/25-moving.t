#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A repository that changes under a run: refs that vanish, packs that are replaced, objects that are
# pruned. What was asked is answered, or the line says what is missing; the records are kept.
. "$(dirname "$0")/lib.sh"

tick=1700000000
repo=$work/repo
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name='A U Thor' -c user.email=a@example.org "$@"; }
new_repo() {
	rm -rf "$repo"
	git init -q -b main "$repo"
	for i in $(seq 1 40); do
		echo "$i" >"$repo/n"
		[ "$i" -lt 23 ] || echo broken >"$repo/state"
		git_in add -A
		git_in commit -q -m "commit $i"
	done
	culprit=$(git_in rev-parse main~17)
	git_in checkout -q --detach main~39
}
run=(run --repo "$repo" --results "$work/results" --json)
judge='test ! -e state'
# once FILE: true the first time
cat >"$work/once" <<-'EOS'
	#!/bin/sh
	mkdir "$1" 2>/dev/null
EOS
chmod +x "$work/once"
g="git -C '$repo' -c gc.auto=0"

# the branch is deleted by the first test; its objects stay for now
new_repo
box "${run[@]}" --good main~39 --bad main --exec "'$work/once' '$work/1' && $g branch -q -D main; $judge"
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'the branch is deleted while it runs'
# all packed anew, the loose objects gone, again and again
new_repo
box "${run[@]}" --good main~39 --bad main --exec "$g repack -q -a -d -f; $g prune-packed -q; $judge"
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'repack -ad during each test'
is "$(find "$repo/.git/objects" -name '*.pack' | wc -l)" 1 'which leaves one pack'
# gc, with a new object in between so that each pack is another one
new_repo
box "${run[@]}" --good main~39 --bad main \
	--exec "$g commit-tree -m x 'HEAD^{tree}' </dev/null >/dev/null; $g tag -f t \$(date +%N | $g hash-object -w --stdin) >/dev/null; $g gc -q --prune=now; $judge"
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'gc --prune=now during each test'
# with merges in memory and fixes, which live in a repository that borrows these objects
new_repo
git_in checkout -q -B side main~20
for i in 1 2 3; do
	echo "$i" >"$repo/s"
	[ $i != 2 ] || echo 1 >"$repo/user"
	git_in add -A
	git_in commit -q -m "s$i"
done
git_in checkout -q main
git_in merge -q -m joined side
git_in checkout -q --detach main~30
box "${run[@]}" --good main~1 --bad main --exec "$g repack -q -a -d -f; $g prune-packed -q; ! { test -e state && test -e user; }"
is "$status,$(json '$_->{culprit}{subject}, $_->{pair_side}{subject}, $_->{pair_other}{subject}')" '0,joined,s2,commit 23' \
	'repacked while the pair of a merge is looked for'

# deleted and pruned: what is missing is named, and what was found out is kept
new_repo
box "${run[@]}" --good main~39 --bad main --trust-ends \
	--exec "'$work/once' '$work/2' && { $g branch -q -D main; $g reflog expire --expire=now --all; $g gc -q --prune=now; }; $judge"
is "$status,$(json '$_->{status}')" 129,failed 'the branch is deleted and its commits pruned'
has "$(json '$_->{reason}')" 'is missing in' 'says what is missing, and where'
is "$(wc -l <"$(json '$_->{results}')/journal.jsonl")" 1 'the records are kept'
has "$(cat "$(json '$_->{results}')/bisect.log")" 'git bisect' 'with the log'

# the whole repository goes away
new_repo
box "${run[@]}" --good main~39 --bad main --exec "mv '$repo' '$repo.gone' 2>/dev/null; $judge"
[ "$status" -ge 128 ] && pass 'the repository is moved away: an error' || fail 'the repository is moved away: an error' "$status"
is "$(json '$_->{status}')" failed 'no culprit'
rm -rf "$repo.gone"
done_testing
