#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The house's rules, held by machine: includes point downwards, each foreign library lives in one
# room, search and verdict do no I/O, every file says its licence.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0

complain() {
	echo "rooms: $*" >&2
	bad=1
}

# may ROOM RE: files of ROOM include none of our headers but those that match RE.
may() {
	found=$(grep -nE '^#include "' harness/"$1"/*.[ch] |
		grep -vE "#include \"($2)" || true)
	[ -z "$found" ] || complain "harness/$1 includes what it must not:
$found"
}
may util 'util/'
may verdict 'verdict/|util/|guest/protocol\.h'
may search 'search/|verdict/outcome\.h|util/'
may repo 'repo/|search/graph\.h|util/'
may kernel 'kernel/|util/'
may machine 'machine/|util/|guest/protocol\.h'
may image 'image/|machine/accel\.h|util/|guest/protocol\.h'
may testcase 'testcase/|verdict/outcome\.h|util/|guest/protocol\.h'
may record 'record/|verdict/outcome\.h|util/'
may report 'report/|record/|verdict/|util/'
may inquiry 'inquiry/|repo/|search/|record/|verdict/|util/'
may revision 'revision/|repo/|kernel/|record/|util/'
may step 'step/|revision/|repo/|kernel/|machine/|image/|testcase/|record/|verdict/|util/|guest/protocol\.h'
may loop 'loop/|step/|revision/|inquiry/|search/|repo/|kernel/|record/|util/'
may guest 'guest/'

# only FOLDER HEADER-RE: that foreign header is included there and nowhere else.
only() {
	found=$(grep -rlE "#include <($2)" harness --include='*.[ch]' |
		grep -vE "^harness/($1)/|^harness/tests/" || true)
	[ -z "$found" ] || complain "<$2> outside harness/$1: $found"
}
only repo 'git2'
only machine 'libvirt'
only image 'guestfs|archive|crypt|libkmod'
only util 'cjson'

# pure PATTERN: search and verdict do no I/O and know no clock.
found=$(grep -nE '\b(fopen|open|read|write|printf|fprintf|g_get_(monotonic|real)_time|time)\(' \
	harness/search/*.c harness/verdict/*.c || true)
[ -z "$found" ] || complain "search and verdict are pure:
$found"

# libraries never print
found=$(grep -nE '\b(printf|puts|fputs|perror|g_print|g_printerr)\(' harness/*.c \
	harness/[!cgt]*/*.c harness/testcase/*.c |
	grep -vE '^harness/main\.c|\b(snprintf|sprintf|dprintf)' || true)
[ -z "$found" ] || complain "only cmd/ and main.c print:
$found"

# completions, man pages and files of defaults hang on it
found=$(grep -rnE '\bargp_parse\(' harness --include='*.c' | grep -v '^harness/cmd/parse\.c:' || true)
[ -z "$found" ] || complain "subcommands parse their words with cmd_parse():
$found"

for file in $(git ls-files '*.c' '*.h' '*.sh' '*.t' '*.config' '*.scd' '*.pl' harness/completions Makefile .clang-format .ci/run); do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
		complain "$file has no SPDX line"
done
exit $bad
