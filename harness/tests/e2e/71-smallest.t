#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each shipped case on the smallest kernel that it can run on, by its own fragments alone; what `make demo` does.
. "$(dirname "$0")/lib.sh"

for case in boot abort audit audit-nocap cgroup-device fuse-pidns overlay overlay-ext4; do
	box test --no-config --case $case --repo "$HISTORY" cases-good --results "$RESULTS" --json
	is "$status,$(json 'map { $_->{verdict} } @{$_->{kernels}[0]{results}}')" 0,good "$case: good on its smallest kernel" ||
		sed 's/^/# /' "$work/err"
done
culprit=$(git -C "$HISTORY" rev-list --grep='user messages from the initial pid namespace only' demo)
box run --no-config --case audit --repo "$HISTORY" --bad demo --good v6.1-base --results "$RESULTS" --json
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'and the search on it'
done_testing
