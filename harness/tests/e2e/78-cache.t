#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel cache on a real tree: what was built once is not built again, by a second case or a
# second run; a kernel is the same bytes wherever it is built, also after a build that was killed.
. "$(dirname "$0")/lib.sh"

culprit=$(git -C "$HISTORY" rev-list --grep='user messages from the initial pid namespace only' demo)
run=(run --case audit --repo "$HISTORY" --bad "$culprit" --good "$culprit^" --results "$RESULTS" --json)
box "${run[@]}"
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'found'
is "$(json 'scalar grep { $_->{clean} } @{$_->{steps}}')" 2 'confirmed from clean builds'
sum=$(json '(map { $_->{kernel} } grep { $_->{verdict} eq "bad" } @{$_->{steps}})[-1]')
first=$(json 'map { "$_->{revision} $_->{kernel} $_->{verdict}" } @{$_->{steps}}')
box "${run[@]}"
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'found again'
steps=$(json 'scalar @{$_->{steps}}')
is "$(json 'scalar grep { $_->{built} } @{$_->{steps}}')" 0 'nothing is built again'
is "$(json 'scalar grep { $_->{cached} } @{$_->{steps}}')" "$steps" 'every kernel is from the cache, the clean ones too'
is "$(json 'map { "$_->{revision} $_->{kernel} $_->{verdict}" } @{$_->{steps}}')" "$first" 'the same kernels, the same verdicts'
has "$(cat "$(json '$_->{results}')/report.txt")" "$steps kernels came from the kernel cache" 'the report says so'
step=$(json '$_->{results}')/$(json '$_->{steps}[0]{folder}')
has "$(cat "$step/config")" 'CONFIG_AUDIT=y' 'a step has the configuration of that build'
has "$(cat "$step/build.log")" 'bzImage' 'and its log'
perl -e 'exit !($ARGV[0] < 5)' "$(json '(sort { $b <=> $a } map { $_->{build_s} } @{$_->{steps}})[0]')" &&
	pass 'which takes no time' || fail 'which takes no time' "$out"

box test --case audit-nocap --repo "$HISTORY" "$culprit" --results "$RESULTS" --json
is "$status,$(json 'map { $_->{built} ? 1 : 0, $_->{cached} ? 1 : 0 } @{$_->{kernels}}')" 1,0,1 'a second case builds nothing'

# another cache folder, another time, umask, language and time zone; and killed half-way at first
other=$work/elsewhere
mkdir -p "$other"
ln -s "$BISECTBOX_CACHE/ccache" "$other/ccache"
elsewhere() { BISECTBOX_CACHE=$other box "$@"; }
(
	umask 077
	export BISECTBOX_CACHE=$other LANG=de_DE.UTF-8 LC_ALL=C.UTF-8 TZ=Asia/Tokyo KBUILD_BUILD_HOST=evil CFLAGS=-O3
	"$BOX" footprint --case audit --repo "$HISTORY" "$culprit" >"$work/killed" 2>/dev/null </dev/null &
	pid=$!
	for _ in $(seq 600); do
		[ "$(find "$other"/trees/*/home/build-*/kernel -name '*.o' 2>/dev/null | wc -l)" -gt 3 ] && break
		sleep 0.1
	done
	kill -9 $pid
	wait $pid 2>/dev/null
	"$BOX" footprint --case audit --repo "$HISTORY" "$culprit" >"$work/built" 2>"$work/err" </dev/null
)
is "$(wc -c <"$work/killed"),$(find "$other/kernels" -name 'tmp-*' | wc -l)" 0,0 'killed while it was built'
has "$(cat "$work/built")" kernel/audit.c 'the next one builds it'
is "$(sha256sum <"$(echo "$other"/kernels/*/*/bzImage)")" "$sum  -" 'to the same bytes'

# what is there, and making room: never what a live run has
elsewhere cache show --json
is "$(json 'map { "$_->{kind}:$_->{count}:$_->{in_use}" } grep { $_->{kind} =~ /kernels|trees/ } @{$_->{kinds}}')" kernels:1:0,trees:1:0 \
	'cache show'
BISECTBOX_CACHE=$other "$BOX" run --exec 'sleep 600' --repo "$HISTORY" --bad "$culprit" --good "$culprit^" \
	--results "$RESULTS" >/dev/null 2>&1 </dev/null &
pid=$!
for _ in $(seq 300); do
	elsewhere cache show trees --json
	[ "$(json '$_->{kinds}[0]{in_use}')" = 2 ] && break
	sleep 0.1
done
elsewhere cache clear trees --json
is "$status,$(json '$_->{kinds}[0]{in_use}')" 0,2 'clear: work trees of a live run stay'
kill $pid
wait $pid
elsewhere cache prune kernels trees --older 1 --json
is "$status,$(json 'map { $_->{kind} } @{$_->{kinds}}')" 0,kernels,trees 'prune --older: of the kinds that are named'
elsewhere cache show kernels trees --json
is "$(json 'map { $_->{count} } @{$_->{kinds}}')" 1,2 'what was used today stays'
elsewhere cache prune --size 1k
is "$(find "$other/kernels" -name bzImage | wc -l)" 0 'prune --size: kernels'
elsewhere cache clear trees footprints
is "$(find "$other/trees" -type f ! -name lock | wc -l)" 0 'clear: work trees that nobody has'
[ -e "$BISECTBOX_CACHE/ccache" ] && pass "the compiler's cache was not asked for" || fail "the compiler's cache was not asked for"
done_testing
