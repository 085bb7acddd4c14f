#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A second history, planted elsewhere: another file, on a side branch, between two revisions
# that do not build.
. "$(dirname "$0")/lib.sh"

culprit=$(git -C "$HISTORY" rev-list --grep='CAP_AUDIT_WRITE counts in the initial pid namespace only' second)
box run --case audit --repo "$HISTORY" --bad second --good v6.1-base --speculate on --verify-revert --results "$RESULTS" --json
is "$status" 0 'found'
is "$(json '$_->{culprit}{id}')" "$culprit" 'the planted commit, on a side branch'
[ "$status" = 0 ] || printf '%s\n' "$err" | sed 's/^/# /'
is "$(json 'scalar grep { $_->{clean} } @{$_->{steps}}')" 2 'confirmed from clean builds'
is "$(json '(map { $_->{cached} ? 1 : 0 } grep { $_->{why} eq "confirm" } @{$_->{steps}})[1]')" 1 \
	"the parent's clean kernel was built while the culprit's guest ran"
is "$(json '$_->{revert}{state}, $_->{steps}[-1]{why}, $_->{steps}[-1]{verdict}')" mends,revert,good \
	'without it the newer end is good: built, booted and tested'
folder=$(json '$_->{results}')
bad=$folder/$(json '(map { $_->{folder} } grep { $_->{verdict} eq "bad" } @{$_->{steps}})[-1]')
has "$(cat "$bad"/audit/evidence/*)" EPERM 'with the refusal as evidence'
done_testing
