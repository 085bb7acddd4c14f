#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where only Kconfig files differ, configuring tells whether it is another kernel. (That it spares the build
# is seen in the unit tests: here another test may have left the kernels in the cache.)
. "$(dirname "$0")/lib.sh"

box test --case audit --repo "$HISTORY" --results "$RESULTS" --json \
	v6.1-base v6.1-settings-words v6.1-settings-unbuilt v6.1-settings-new
is "$status" 0 'all of them are good'
[ "$status" = 0 ] || printf '%s\n' "$err" | sed 's/^/# /'
is "$(json 'map { $_->{results}[0]{good} } @{$_->{kernels}}')" 1,1,1,1 'each has its verdict'
is "$(json '$_->{kernels}[0]{sha256} eq $_->{kernels}[2]{sha256}')" 1 'a symbol that is not built is the same kernel'
done_testing
