#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where only Kconfig files differ, configuring tells whether it is another kernel.
. "$(dirname "$0")/lib.sh"

box test --case boot --repo "$HISTORY" --results "$RESULTS" --json \
	v6.1-base v6.1-settings-words v6.1-settings-unbuilt v6.1-settings-new
is "$status" 0 'all of them boot'
[ "$status" = 0 ] || printf '%s\n' "$err" | sed 's/^/# /'
is "$(json 'map { $_->{built} ? "built" : "configured" } @{$_->{kernels}}')" built,configured,configured,built \
	'a symbol that this kernel has not needs no build'
is "$(json 'map { $_->{results}[0]{good} } @{$_->{kernels}}')" 1,1,1,1 'and has the verdict of the kernel that it is'
is "$(json '$_->{kernels}[0]{sha256} eq $_->{kernels}[2]{sha256}')" 1 'by its hash, too'
done_testing
