#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job on the demo's history, in its shortest form: real kernels, real guests, real
# containers; the planted commit must come out, and the records must say why.
. "$(dirname "$0")/lib.sh"

good_kernel # what others boot comes first: the run's own kernels are then a few files from it
git -C "$HISTORY" checkout -q -f demo || exit
culprit=$(git -C "$HISTORY" rev-list --grep='user messages from the initial pid namespace only' demo)
before=$(fingerprint "$HISTORY")
cd "$HISTORY" || exit
box run --case audit --results "$RESULTS" --json
is "$status" 0 'found'
is "$(json '$_->{status}, $_->{culprit}{id}')" "found,$culprit" 'names the planted commit'
[ "$status" = 0 ] || { printf '%s\n' "$err" | sed 's/^/# /'; done_testing; }
has "$(json 'join " ", @{$_->{culprit}{files}}')" 'kernel/audit.c' 'with its files'
is "$(json 'scalar grep { $_->{why} eq "confirm" && $_->{clean} && $_->{booted} } @{$_->{steps}}')" 2 \
	'culprit and parent built from clean and booted again'
is "$(fingerprint "$HISTORY")" "$before" "the user's checkout, index, HEAD and refs are as before"
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'no guest and no folder left behind'
has "$err" 'guests run on' 'says what guests run on'

folder=$(json '$_->{results}')
is "$(grep -c '"verdict"' "$folder/journal.jsonl")" "$(json 'scalar @{$_->{steps}}')" 'a journal line a verdict'
# on a busy host a step may have been tried again: that is shown, and no verdict
grep '"trouble"' "$folder/journal.jsonl" | sed 's/^/# /' >&2
clone=$work/clone
git clone -q --shared --no-checkout "$HISTORY" "$clone"
has "$(git -C "$clone" bisect replay "$folder/bisect.log" 2>&1; git -C "$clone" bisect log)" \
	"first bad commit: [$culprit]" 'git bisect replay takes bisect.log'

has "$(json 'map { $_->{reason} } grep { $_->{verdict} eq "bad" } @{$_->{steps}}')" "refused su's" "a bad verdict says why"

# the evidence of a bad step, as a maintainer would want it
bad=$folder/$(json '(map { $_->{folder} } grep { $_->{verdict} eq "bad" } @{$_->{steps}})[-1]')
good=$folder/$(json '(map { $_->{folder} } grep { $_->{verdict} eq "good" } @{$_->{steps}})[-1]')
for file in build.log config console.log audit/stdout audit/stderr dmesg step.json; do
	[ -e "$bad/$file" ] && pass "bad step has $file" || fail "bad step has $file"
done
has "$(cat "$bad"/audit/evidence/*)" EPERM 'bad: the evidence shows the refusal'
has "$(cat "$good"/audit/evidence/*)" USER 'good: the evidence lists the messages'
is "$(grep -cE '^(su|probe) .* EPERM' "$good/audit/evidence/answers"),$(grep -cE '^(su|probe) .* EPERM' "$bad/audit/evidence/answers")" 0,11 \
	'good: none of the eleven messages is refused; bad: all are'
has "$(cat "$bad/console.log")" 'Linux version 6.1' 'the console is kept'
has "$(cat "$bad/config")" 'CONFIG_AUDIT=y' 'the configuration is kept'

# what could matter to that kernel, and what it is built from: from the run's builds, none is made
commits=$(json '$_->{range}{commits}')
relevant=$(json '$_->{range}{relevant}')
sound=$(git rev-list --grep='^ALSA: core: add a remark' demo)
out="[$(paste -sd, "$folder/relevance.jsonl")]"
range=$(json '$_->[0]{commit}')^..$(json '$_->[-1]{commit}')
is "$(json 'map { $_->{commit} } @$_')" "$(git rev-list --reverse "$range" | paste -sd,)" \
	'relevance.jsonl has the commits of the range, oldest first'
is "$(json 'scalar @$_')" "$commits" 'all of them'
matter=$(json 'sort map { $_->{commit} } grep { $_->{matters} } @$_')
has "$matter" "$culprit" 'the culprit could matter'
is "$(tr ',' '\n' <<<"$matter" | wc -l)" "$relevant" 'the report says how many could'
is "$(json "map { \$_->{file} } grep { \$_->{commit} eq '$sound' && !\$_->{matters} } @\$_")" \
	"$(git show --format= --name-only "$sound")" 'a driver that is not built cannot matter'
box relevant --case audit --json "$range"
is "$status,$(json 'sort map { $_->{commit} } grep { $_->{matters} } @{$_->{commits}}')" "0,$matter" \
	'bisectbox relevant says the same'
box footprint --case audit --json "$culprit"
is "$status,$(json '$_->{built} ? "built" : "known"')" '0,known' 'the footprint of an equal build is taken'
has "$(json '@{$_->{files}}')" 'kernel/audit.c' 'the footprint has what the kernel is built from'
is "$(json 'grep { m,^sound/.*[.]c$, } @{$_->{files}}')" '' 'and nothing else'

# the two revisions that cannot be tested: tested by themselves, as a range of one each
nobuild=$(git rev-list --grep='pipe: name the limit' demo)
noboot=$(git rev-list --grep='init: check that basic setup is ready' demo)
box run --case audit --good "$nobuild^" --bad "$nobuild" --results "$RESULTS" --json
is "$status,$(json '$_->{steps}[0]{outcome}, $_->{steps}[0]{verdict}')" '3,no-build,skip' \
	'a tree that does not compile is untestable'
has "$(json '$_->{reason}')" PIPE_TWO_MEBIBYTES "with the compiler's first error"
box run --case audit --good "$noboot^" --bad "$noboot" --results "$RESULTS" --json
is "$status,$(json '$_->{steps}[0]{outcome}, $_->{steps}[0]{verdict}')" '3,boot-panic,skip' \
	'a kernel that does not boot is untestable'
has "$(json '$_->{reason}')" 'basic setup is not ready' "with the kernel's last words"
boots=$(json '$_->{steps}[0]{boot_s}')
is "$(perl -e 'print $ARGV[0] < 45 ? "soon" : $ARGV[0]' "$boots")" soon 'a panic is seen when it happens'
done_testing
