#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench BENCH=run|real|distribution: a whole `bisectbox run` against `git bisect run` with a script as in the field
# (make olddefconfig, make, boot, grep): same history, same configuration, both ends tested, both from
# empty compiler caches. Wall and CPU time, how many kernels were built, the most memory that bisectbox
# held; and the same question once more with another case, which finds all kernels in the cache.
#   run   the demo's thirty commits
#   real  some hundred real commits, with one in their midst that breaks su: Debian's patches to Linux 6.1;
#         or BISECTBOX_BENCH_RANGE=A..B of BISECTBOX_BENCH_REPO, a kernel repository (by first parents)
#   distribution  the same, but git bisect run has a distribution's configuration (BISECTBOX_BENCH_CONFIG,
#         else this host's in /boot), modules and all. It is ended as soon as ours took less than 0.15 of
#         its time, which is the limit: two hours
set -euo pipefail

here=$(dirname "$0")
# shellcheck source=harness/tests/bench/lib.sh
. "$here/lib.sh"

git_plain() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME='History Maker' \
		GIT_AUTHOR_EMAIL=history@example.org GIT_COMMITTER_NAME='History Maker' \
		GIT_COMMITTER_EMAIL=history@example.org GIT_AUTHOR_DATE='1704067200 +0000' \
		GIT_COMMITTER_DATE='1704067200 +0000' git -C "$repo" "$@"
}

# broken REV: its tree, with a kernel/audit.c that refuses what su sends in a container
broken() {
	local blob
	blob=$(git_plain show "$1:kernel/audit.c" | sed '0,/^\tcase AUDIT_FIRST_USER_MSG2 ... AUDIT_LAST_USER_MSG2:$/s//&\n\t\tif (task_active_pid_ns(current) != \&init_pid_ns)\n\t\t\treturn -EPERM;/' |
		git_plain hash-object -w --stdin)
	[ "$blob" != "$(git_plain rev-parse "$1:kernel/audit.c")" ] || die "nothing to break in kernel/audit.c"
	export GIT_INDEX_FILE=$work/index
	git_plain read-tree "$1"
	git_plain update-index --cacheinfo "100644,$blob,kernel/audit.c"
	git_plain write-tree
	unset GIT_INDEX_FILE
}

# plant REPO BASE TIP: in a repository of its own, which becomes $repo, the commits of BASE..TIP once more, and
# after three fifths of them one that breaks su; sets $good, $bad and $culprit
plant() {
	local commits at tree head id n=0
	repo=$work/planted
	git clone -q --bare --shared "$1" "$repo"
	mapfile -t commits < <(git_plain rev-list --reverse --first-parent "$2..$3")
	[ ${#commits[@]} -gt 2 ] || die "there is no $2..$3 in $1, or next to nothing"
	at=$((${#commits[@]} * 3 / 5))
	good=$(git_plain rev-parse "$2")
	head=$good
	for id in "${commits[@]}"; do
		n=$((n + 1))
		tree="$id^{tree}"
		[ $n -le $at ] || tree=$(broken "$id")
		head=$(git_plain log -1 --format=%B "$id" | git_plain commit-tree -p "$head" "$tree")
		[ $n -ne $at ] || {
			head=$(git_plain commit-tree -p "$head" -m 'audit: take user messages from the initial pid namespace only' \
				"$(broken "$head")")
			culprit=$head
		}
	done
	bad=$head
	git_plain update-ref refs/heads/planted "$bad"
}

die() {
	echo "whole.sh: $*" >&2
	exit 1
}

# The most memory that bisectbox's own processes held, in KiB, while $1 runs.
watch_memory() {
	local most=0 kib pid
	while kill -0 "$1" 2>/dev/null; do
		for pid in $(pgrep -f "^$BOX run" || true); do
			kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
			[ "${kib:-0}" -le "$most" ] || most=$kib
		done
		sleep 1
	done
	echo "$most"
}

# clocked NAME COMMAND...: runs it; its wall and CPU time, in nanoseconds, go to $work/NAME.time. Ends as it does.
clocked() {
	local name=$1 status=0 TIMEFORMAT='%R %U %S'
	shift
	{ time "$@" 2>"$work/$name.err"; } 2>"$work/$name.raw" || status=$?
	awk '{ printf "%d %d\n", $1 * 1e9, ($2 + $3) * 1e9 }' "$work/$name.raw" >"$work/$name.time"
	return "$status"
}

ours() {
	BISECTBOX_CACHE=$work/cache "$BOX" run --case "$1" --repo "$repo" --bad "$bad" --good "$good" --accel tcg \
		--results "$work/results" --json
}

# In a process of its own, for timeout; 124 where that ended it.
theirs() {
	export work bad good
	timeout "${1:-0}" bash -ec "$(declare -f bisect); bisect"
}

bisect() {
	cd "$work/tree"
	git checkout -q --detach "$bad"
	"$work/bisect-test" && return 1
	git checkout -q --detach "$good"
	"$work/bisect-test" || return 1
	git bisect start "$bad" "$good" >/dev/null
	git bisect run "$work/bisect-test" >"$work/bisect.log" 2>&1
}

# The distribution's configuration, without its certificates, which are in no other tree; and with what
# the guest needs built in, for the script's guest has no initramfs.
whole_config() {
	local fragments=("$here"/../../../kconfigs/{base,x86_64,9p,container,audit}.config)
	sed 's/^\(CONFIG_SYSTEM_[A-Z_]*_KEYS\)=.*/\1=""/' "$config"
	sed -nE 's/^(if-known )?([A-Z0-9_]+)(=.*)?$/CONFIG_\2\3/; T; s/^[^=]*$/&=y/; p' "${fragments[@]}"
}

# compare WORDS NAME OTHER: both times of two, and their ratios
compare() {
	local wall cpu other_wall other_cpu
	read -r wall cpu <"$work/$2.time"
	read -r other_wall other_cpu <"$work/$3.time"
	echo "  $1: wall $(seconds "$wall") / $(seconds "$other_wall") = $(ratio "$wall" "$other_wall")," \
		"CPU $(seconds "$cpu") / $(seconds "$other_cpu") = $(ratio "$cpu" "$other_cpu")"
}

part=${1:-run}
case $part in
run)
	repo=$HISTORY
	bad=$(git -C "$repo" rev-parse demo)
	good=$(git -C "$repo" rev-parse v6.1-base)
	culprit=$(git -C "$repo" rev-list --grep='user messages from the initial pid namespace only' demo)
	;;
real | distribution)
	debian=$(dirname "$HISTORY")/debian
	range=${BISECTBOX_BENCH_RANGE:-debian-base..debian}
	[ -n "${BISECTBOX_BENCH_REPO:-}" ] || git -C "$debian" rev-parse -q --verify debian >/dev/null 2>&1 ||
		"$here/../../history/make.sh" "$debian" debian
	plant "${BISECTBOX_BENCH_REPO:-$debian}" "${range%%..*}" "${range##*..}"
	;;
*) die "$part?" ;;
esac
# What git bisect run is compared with: the configuration of ours, or a whole one.
config=
if [ "$part" = distribution ]; then
	config=${BISECTBOX_BENCH_CONFIG:-/boot/config-$(uname -r)}
	[ -r "$config" ] || die "there is no $config: name a distribution's with BISECTBOX_BENCH_CONFIG"
fi

mkdir "$work/cache"
cp -r "$BISECTBOX_CACHE/images" "$work/cache/"
echo "$part: bisectbox run against git bisect run over $(git -C "$repo" rev-list --count "$good..$bad") commits"
clocked first ours audit >"$work/json" &
pid=$!
most=$(watch_memory $pid)
wait $pid || die "bisectbox: $(tail -n 1 "$work/first.err")"
[ "$(field '$_->{culprit}{id}' <"$work/json")" = "$culprit" ] || die 'bisectbox: wrong answer'

git clone -q --shared --no-checkout "$repo" "$work/tree"
at_most=0
if [ "$part" = distribution ]; then
	write_script
	whole_config >"$work/tree/.config"
	at_most=$(awk '{ printf "%d", $1 / 1e9 / 0.15 }' "$work/first.time")
else
	write_script bzImage
	config=$(field '$_->{results} . "/" . $_->{steps}[0]{folder} . "/config"' <"$work/json")
	cp "$config" "$work/tree/.config"
fi
status=0
clocked theirs theirs "$at_most" || status=$?
if [ $status -eq 124 ]; then
	read -r wall _ <"$work/first.time"
	echo "  wall: $(seconds "$wall"), and git bisect run was not done after $at_most s: below 0.15. It was at kernel" \
		"$(wc -l <"$work/begun"), with $(find "$work/tree" -name '*.o' | wc -l) objects in the tree"
	exit
fi
[ $status -eq 0 ] || die 'git bisect run ended otherwise'
grep -q "$culprit is the first bad commit" "$work/bisect.log" || die 'git bisect: wrong answer'

cp -r "$here/../../../testcases/audit" "$work/again"
cp "$(dirname "$BOX")/testcases/audit/audit" "$work/again/"
clocked second ours "$work/again" >"$work/json.second" || die "bisectbox: $(tail -n 1 "$work/second.err")"

compare 'confirmed from clean builds' first theirs
echo "  of it, before the confirmation: $(field '
	my $s = 0; $s += $_->{wall_s} for grep { $_->{why} ne "confirm" } @{$_->{steps}}; $s' <"$work/json") s"
compare 'the same question with another case' second first
field 'my $r = $_->{range};
	my $built = grep { $_->{built} && $_->{why} ne "confirm" } @{$_->{steps}};
	my $clean = grep { $_->{built} && $_->{why} eq "confirm" } @{$_->{steps}};
	sprintf "  built: %d and %d from nothing to confirm; %d of %d commits could matter, log2 of that + 4 = %.1f",
		$built, $clean, $r->{relevant}, $r->{commits}, log($r->{relevant} || 1) / log(2) + 4' <"$work/json"
echo "  git bisect: $(grep -c '^running' "$work/bisect.log") steps, and the ends"
echo "  memory: bisectbox held at most $((most / 1024)) MiB (limit 100)"
[ "$most" -le $((100 * 1024)) ]
