#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user: no root, a repository that belongs to somebody else, one's own cache.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP the other tests ran as an ordinary user already'; exit; }
user=bisectbox-test
id "$user" >/dev/null 2>&1 || useradd -m "$user" || exit
home=$(getent passwd "$user" | cut -d: -f6)
chmod 755 "$work"
as_user() { runuser -u "$user" -- env HOME="$home" PATH="$PATH" "$@"; }

# what a user would have after some weeks: a compiler cache, and the image
rm -rf "$home/.cache/bisectbox" "$home/.gitconfig" "$home/results"
install -d -o "$user" "$home/.cache" "$home/.cache/bisectbox"
give_cache "$home/.cache/bisectbox"
chown -R "$user": "$home/.cache"
culprit=$(git -C "$HISTORY" rev-list --grep='user messages from the initial pid namespace only' demo)
run=("$BOX" run --case audit --repo "$HISTORY" --bad "$culprit" --good "$culprit^" --json --results "$home/results")

# root has both kernels, built in other folders at another time
box test --case audit --repo "$HISTORY" "$culprit" "$culprit^" --results "$RESULTS" --json
cache=$BISECTBOX_CACHE
unset BISECTBOX_CACHE
as_user "${run[@]}" >"$work/out" 2>"$work/err"
is $? 129 "somebody else's repository is refused"
has "$(cat "$work/err")" 'git config --global --add safe.directory' 'with the line that trusts it'
as_user git config --global --add safe.directory "$HISTORY"
as_user git config --global core.autocrlf true
as_user "${run[@]}" >"$work/out" 2>"$work/err"
is $? 0 'an ordinary user finds the commit' || sed 's/^/# /' "$work/err"
out=$(cat "$work/out")
is "$(json '$_->{culprit}{id}')" "$culprit" 'the right one'
sums=$(json 'sort map { $_->{kernel} } @{$_->{steps}}')
for sum in ${sums//,/ }; do kernel=$(BISECTBOX_CACHE=$home/.cache/bisectbox kernel_file "$sum"); done
as_user "$BOX" test --case audit --case abort --kernel "$kernel" --results "$home/results" >"$work/out" 2>"$work/err"
is $? 0 'and tests cases on a kernel' || sed 's/^/# /' "$work/err"
# the same two, to the byte
known=$(grep -lF -e "${sums%%,*}" -e "${sums##*,}" "$cache"/kernels/*/*/record.json | wc -l)
[ "$known" -ge 2 ] && pass 'the kernels are those of another user' || fail 'the kernels are those of another user' "$known: $sums"
is "$(pgrep -u "$user" | wc -l)" 0 'and no process of theirs is left'
rm -rf "$home/.cache/bisectbox" "$home/results"
done_testing
