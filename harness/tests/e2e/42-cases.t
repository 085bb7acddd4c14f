#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox test: every shipped case is good on a kernel that works and bad on one that was broken
# on purpose; and the ways to name a kernel.
. "$(dirname "$0")/lib.sh"

# verdicts N: of the Nth kernel, in the order of the cases
verdicts() {
	json 'map { $_->{verdict} } @{$_->{kernels}['"$1"']{results}}'
}

box test "${every_case[@]}" --repo "$HISTORY" cases-bad cases-good --results "$RESULTS" --json
is "$status" 1 'a bad one: exit 1'
is "$(verdicts 0)" bad,bad,bad,bad,bad,bad,bad 'a break for each case: each says bad'
is "$(verdicts 1)" good,good,good,good,good,good,good 'without them, each says good'
is "$(json 'map { $_->{revision} } @{$_->{kernels}}')" \
	"$(git -C "$HISTORY" rev-parse cases-bad cases-good | paste -sd,)" 'rows are the revisions, in order'
folder=$(json '$_->{results}')
is "$(find "$folder"/steps/002-* -name console.log | wc -l)" 1 'one boot for all cases of a kernel'
is "$(grep -c '"case"' "$folder/journal.jsonl")" 14 'a journal line a case'
step=$(echo "$folder"/steps/001-*)
has "$(cat "$step"/overlay/evidence/list)" "    0    0 " 'overlay: the evidence shows the owner'
has "$(cat "$step"/fuse-pidns/evidence/*)" 'ShdPnd' 'fuse-pidns: the evidence shows the stuck task'
has "$(cat "$step"/cgroup-device/evidence/*)" 'EPERM' 'cgroup-device: the evidence shows the refusals'

# a kernel file
good_kernel
cp "$kernel" "$work/bzImage"
kernel=$work/bzImage
box test --case boot --case overlay --kernel "$kernel" --results "$RESULTS"
is "$status" 0 'all good: exit 0'
has "$out" '+ good' 'a table'
has "$out" '2 good, 0 bad, 0 untestable' 'and a line that counts'
box test --case audit --kernel "$kernel" --repeat 3 --results "$RESULTS" --json
is "$status,$(json 'map { "$_->{good}/$_->{bad}/$_->{untestable}" } @{$_->{kernels}[0]{results}}')" 0,3/0/0 '--repeat counts'
is "$(find "$(json '$_->{results}')" -name console.log | wc -l)" 3 'each try is a boot of its own'

# controls that answer wrongly, cases that this kernel is not for: untestable, and said why
mkdir "$work/always" "$work/older" "$work/kself" "$work/hang" "$work/after"
cat >"$work/always/case.json" <<'EOF'
{ "title": "t", "about": "Says good to everything.", "command": ["true"], "good": "g", "bad": "b",
  "controls": { "pass": ["true"], "fail": ["true"] } }
EOF
cat >"$work/older/case.json" <<'EOF'
{ "title": "t", "about": "Of another age.", "command": ["true"], "good": "g", "bad": "b",
  "kernels": { "to": "4.4" } }
EOF
cat >"$work/kself/case.json" <<'EOF'
{ "title": "t", "about": "Skips as kselftests do.", "command": ["sh", "-c", "echo not here; exit 4"], "exit_codes": "kselftest",
  "good": "g", "bad": "b" }
EOF
box test --case "$work/always" --case "$work/older" --case "$work/kself" --case boot --kernel "$kernel" \
	--results "$RESULTS" --json
is "$status,$(json 'map { $_->{outcome} } @{$_->{kernels}[0]{results}}')" 125,control,unfit,skipped,passed \
	'untestable and nothing bad: exit 125'
has "$(json 'map { $_->{reason} } @{$_->{kernels}[0]{results}}')" 'the control that must fail ended with 0' 'a control is named'
has "$(json 'map { $_->{reason} } @{$_->{kernels}[0]{results}}')" 'for Linux up to 4.4, this is 6.1' 'a version is named'

# a case that takes the guest down does not take the next one with it
cat >"$work/hang/case.json" <<'EOF'
{ "title": "t", "about": "Powers the guest off.", "command": ["perl", "-e", "syscall(169, 0xfee1dead, 672274793, 0x4321fedc)"],
  "container": false, "good": "g", "bad": "b" }
EOF
cat >"$work/after/case.json" <<'EOF'
{ "title": "t", "about": "Comes after.", "command": ["sh", "-c", "test -z \"$(ls -A /evidence; ls -A /tmp)\""], "good": "g", "bad": "b" }
EOF
box test --case "$work/hang" --case "$work/after" --kernel "$kernel" --results "$RESULTS" --json
is "$(json 'map { $_->{outcome} } @{$_->{kernels}[0]{results}}')" poweroff,passed 'the next case gets a boot of its own'

# a case of the reader's own, from nothing
(cd "$work" && box case new mine && box case check mine && [ "$status" = 0 ] && echo yes >made)
is "$(cat "$work/made")" yes 'case new makes a folder that case check likes'
box test --case "$work/mine" --kernel "$kernel" --results "$RESULTS"
is "$status" 0 'and that runs'

# a test of the kernel's own, as it is
mkdir "$work/pidns"
git -C "$HISTORY" archive cases-good tools/testing/selftests | tar -x -C "$work"
gcc -static -o "$work/pidns/regression_enomem" "$work/tools/testing/selftests/pid_namespace/regression_enomem.c"
cat >"$work/pidns/case.json" <<'EOF'
{ "title": "t", "about": "After PID 1 of a pid namespace has gone, fork() must fail.", "command": ["./regression_enomem"],
  "files": ["regression_enomem"], "capabilities": ["docker-default", "CAP_SYS_ADMIN"], "exit_codes": "kselftest",
  "good": "ok", "bad": "not ok" }
EOF
mkdir "$work/pidns-less"
sed 's/, "CAP_SYS_ADMIN"//' "$work/pidns/case.json" >"$work/pidns-less/case.json"
cp "$work/pidns/regression_enomem" "$work/pidns-less/"
box test --case "$work/pidns" --case "$work/pidns-less" --kernel "$kernel" --results "$RESULTS" --json
is "$(json 'map { $_->{verdict} } @{$_->{kernels}[0]{results}}')" good,bad 'a kselftest runs as it is, and can fail'
has "$(json 'map { $_->{reason} } @{$_->{kernels}[0]{results}}')" 'not ok 1' 'with its own words'

# a source tree that is no repository, only read; one that does not compile, and soon (whole ones
# are harness/tests/releases/run.sh's)
tree=$work/tree
git -C "$HISTORY" archive --prefix=tree/ cases-good | tar -x -C "$work"
echo 'this is no C' >"$tree/scripts/mod/empty.c"
before=$(cd "$tree" && find . | sort | xargs -d '\n' stat -c '%n %s %y' | sha256sum)
box test --case boot --tree "$tree" --results "$RESULTS" --json
is "$status,$(json 'map { $_->{outcome} } @{$_->{kernels}[0]{results}}')" 125,no-build '--tree: a source tree'
has "$(json 'map { $_->{reason} } @{$_->{kernels}[0]{results}}')" 'scripts/mod/empty.c' "with the compiler's first error"
is "$(cd "$tree" && find . | sort | xargs -d '\n' stat -c '%n %s %y' | sha256sum)" "$before" 'in which nothing changes'

# words that make no sense
refuses 129 '--case NAME is needed' test HEAD
refuses 129 'nothing to test' test --case boot
refuses 129 'is no kernel for x86_64 guests' test --case boot --kernel "$0"
refuses 129 'no kernel tree' test --case boot --tree "$work"
refuses 129 'no revision "no-such-revision"' test --case boot --repo "$HISTORY" no-such-revision
refuses 129 'two cases are called mine' test --case "$work/mine" --case "$work/mine" --kernel "$kernel"
touch "$tree/.config"
refuses 129 'make mrproper' test --case boot --tree "$tree"
done_testing
