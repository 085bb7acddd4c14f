#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox config: which symbols turn the verdict of a case, on one revision.
. "$(dirname "$0")/lib.sh"

before=$(fingerprint "$HISTORY")
mkdir "$work/procconfig"
cat >"$work/procconfig/case.json" <<'C'
{ "title": "the kernel keeps its configuration to itself", "about": "Looks for /proc/config.gz.",
  "good": "it is not there", "bad": "it is there", "container": false, "kconfig": ["container", "audit"],
  "command": ["/bin/sh", "-c", "test ! -e /proc/config.gz"] }
C
box test --case "$work/procconfig" --repo "$HISTORY" demo --results "$RESULTS" --json
config=$(json '"$_->{results}/$_->{kernels}[0]{folder}/config"')
cp "$config" "$work/good.config"
# a full configuration of the user's own, the fragments laid over it
{ cat "$work/good.config" && echo 'CONFIG_LOCALVERSION="-mine"'; } >"$work/my.config"
box test --case boot --config "$work/my.config" --repo "$HISTORY" demo --results "$RESULTS" --json
is "$status" 0 '--config: a full configuration'
has "$(cat "$(json '$_->{results}')"/steps/001-*/console.log)" '-mine' 'and it is the one that was built'

# what turns it needs another symbol; the others change something else, or nothing
sed -e 's/^# CONFIG_IKCONFIG is not set/CONFIG_IKCONFIG=y\nCONFIG_IKCONFIG_PROC=y/' \
	-e 's/^# \(CONFIG_CRC7\|CONFIG_CROSS_MEMORY_ATTACH\) is not set/\1=y/' \
	"$work/good.config" >"$work/bad.config"

box config --case "$work/procconfig" --repo "$HISTORY" "$work/good.config" "$work/bad.config" demo --results "$RESULTS" --json
is "$status,$(json '$_->{end}')" 0,found 'config: an answer'
is "$(json 'map { "$_->{symbol}:$_->{from}>$_->{to}" } @{$_->{changes}}')" 'IKCONFIG:n>y,IKCONFIG_PROC:n>y' \
	'the symbol that turns it, and the one that it needs'
is "$(json '$_->{taken_back}, $_->{confirmed} ? 1 : 0, $_->{untestable}')" good,1,0 'without them it is good; confirmed'
tests_of() { json 'scalar(@{$_->{kernels}})'; }
[ "$(tests_of)" -le 8 ] && pass "$(tests_of) kernels of $(json '$_->{differ}') symbols" || fail 'too many kernels' "$out"
folder=$(json '$_->{results}')
is "$(cat "$folder/found.fragment")" 'CONFIG_IKCONFIG=y
CONFIG_IKCONFIG_PROC=y' 'the fragment'
has "$(cat "$folder/found.config")" 'CONFIG_IKCONFIG_PROC=y' 'the whole configuration'
[ ! -e "$folder/now.config" ] && pass 'nothing half done is left' || fail 'now.config is left'
has "$(cat "$folder/report.txt")" 'CONFIG_IKCONFIG_PROC: n -> y' 'and a report for people'

box list --results "$RESULTS" -n 1
has "$out" 'CONFIG_IKCONFIG: n -> y, CONFIG_IKCONFIG_PROC: n -> y' 'list has the answer'

# the least that the smallest kernel has to have, from the same: the kernels are there already
box config --minimize --case "$work/procconfig" --repo "$HISTORY" "$folder/found.config" demo --results "$RESULTS" --json
is "$status,$(json 'map { $_->{symbol} } @{$_->{changes}}')" 0,IKCONFIG,IKCONFIG_PROC '--minimize'

sed -i 's,^# Linux/x86 .* Kernel,# Linux/x86 5.10.1 Kernel,' "$work/good.config"
box config --case "$work/procconfig" --repo "$HISTORY" "$work/bad.config" "$work/good.config" demo --results "$RESULTS"
is "$status" 3 'the wrong way round: no answer'
has "$err" "$work/good.config is of Linux 5.10.1, and this tree is 6.1." 'one of another version is said to be'
has "$out" "$work/bad.config is bad already" 'and it says which end is wrong'

refuses 129 'there is nothing between them' config --case "$work/procconfig" --repo "$HISTORY" "$work/good.config" \
	"$work/good.config" demo --results "$RESULTS"
: >"$work/empty"
refuses 129 'is no .config' config --case "$work/procconfig" --repo "$HISTORY" "$work/empty" "$work/bad.config" demo --results "$RESULTS"
refuses 129 'no such file' config --case boot --repo "$HISTORY" "$work/none" "$work/bad.config"
refuses 129 'which configurations?' config --case boot --repo "$HISTORY" "$work/bad.config"
refuses 129 '--case NAME is needed' config "$work/good.config" "$work/bad.config"

is "$(fingerprint "$HISTORY")" "$before" "the user's repository is as it was"
done_testing
