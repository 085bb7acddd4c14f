# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP for the e2e tests. The Makefile sets BOX (the program), HISTORY (the repository that
# harness/history/make.sh made), BISECTBOX_CACHE and RESULTS; nothing here touches the user's own.
set -u

: "${BOX:?run by make check-e2e}" "${HISTORY:?}" "${RESULTS:?}" "${BISECTBOX_CACHE:?}"
# Tests without kernels run beside those with them, and look at what a run leaves.
case ${0##*/} in [12]*) export BISECTBOX_CACHE=$BISECTBOX_CACHE-light ;; esac
# Tests run side by side: each has its own runs. What they share is in $common.
common=$RESULTS
RESULTS=$RESULTS/$(basename "$0" .t)
mkdir -p "$RESULTS"
# One configuration for the kernels of all tests: what one has compiled is there for the others, too.
case ${0##*/} in [3-8]* | grow.sh)
	export XDG_CONFIG_HOME=$common/settings
	mkdir -p "$XDG_CONFIG_HOME/bisectbox"
	printf 'kconfig = %s\n' audit cgroup-bpf container distribution ext4 fuse network overlay partitions squashfs \
		>"$XDG_CONFIG_HOME/bisectbox/config.$$" && mv "$XDG_CONFIG_HOME/bisectbox/config"{.$$,} ;;
esac
work=$(mktemp -d "${TMPDIR:-/tmp}/bisectbox-e2e.XXXXXX")
trap 'rm -rf "$work"' EXIT
tests=0
failed=0

pass() {
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

fail() {
	tests=$((tests + 1))
	failed=$((failed + 1))
	echo "not ok $tests - $1"
	{ # prove shows what goes to stderr; the file is shown once more at the end
		echo "# failed: $1 (${0##*/})"
		[ $# -lt 2 ] || printf '%s\n' "$2" | tail -n 40 | sed 's/^/# /'
	} | tee -a "$common/failures" >&2
	return 1
}

# is GOT EXPECTED NAME
is() {
	if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "got: $1"$'\n'"expected: $2"; fi
}

# has TEXT WORDS NAME: WORDS (fixed) are in TEXT.
has() {
	case $1 in
	*"$2"*) pass "$3" ;;
	*) fail "$3" "expected: $2"$'\n'"got: $1" ;;
	esac
}

# box ARGS...: runs bisectbox (with $BOX_PATH as its PATH, where set); sets $out, $err and $status.
box() {
	PATH=${BOX_PATH:-$PATH} "$BOX" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}

# refuses STATUS WORDS ARGS...: ends with STATUS and one line on stderr that holds WORDS.
refuses() {
	local expected=$1 words=$2
	shift 2
	box "$@"
	if [ "$status" = "$expected" ] && [[ "$(tail -n 1 <<<"$err")" == *"$words"* ]]; then
		pass "refuses: $words"
	else
		fail "refuses: $words" "status $status; $err"
	fi
}

# json EXPRESSION: of the JSON object in $out, by perl: json '$_->{status}'.
json() {
	perl -MJSON::PP -e '
		local $/; my $text = <STDIN>; $_ = decode_json($text);
		my @got = eval $ARGV[0]; die $@ if $@;
		print join(",", map { defined $_ ? $_ : "null" } @got);' "$1" <<<"$out"
}

# kernel_file SHA256: the path of a kernel in the kernel cache.
kernel_file() {
	dirname "$(grep -l "\"$1\"" "$BISECTBOX_CACHE"/kernels/*/*/record.json | head -n 1)" | sed 's,$,/bzImage,'
}

# Every case that is shipped and says good or bad by its own.
# shellcheck disable=SC2034 # tests use it
every_case=(--case abort --case audit --case audit-nocap --case cgroup-device --case fuse-pidns --case overlay
	--case overlay-ext4)

# good_kernel: sets $kernel, one on which each shipped case is good, for tests that are not about its making. The
# first test that asks builds it, those that ask meanwhile wait.
good_kernel() {
	kernel=$common/cases-good.bzImage
	exec 9>"$common/.cases-good"
	flock 9
	if [ ! -e "$kernel" ]; then
		box test --case boot --repo "$HISTORY" cases-good --results "$RESULTS" --json
		cp "$(kernel_file "$(json '$_->{kernels}[0]{sha256}')")" "$work/good" && mv "$work/good" "$kernel" || {
			echo "Bail out! no kernel for the tests: $err"
			exit 1
		}
	fi
	exec 9>&-
}

# give_cache FOLDER: what a user has there after some weeks: a compiler's cache, the image and what makes it.
give_cache() {
	mkdir -p "$1/images"
	# other tests write there meanwhile
	cp -r "$BISECTBOX_CACHE/ccache" "$BISECTBOX_CACHE/host" "$1/" 2>/dev/null
	cp -r "$BISECTBOX_CACHE"/images/debian-* "$BISECTBOX_CACHE/images/appliance" "$1/images/"
}

# A fingerprint of all that bisectbox must not touch in the user's repository and checkout.
fingerprint() {
	(
		cd "$1" || exit
		git rev-parse HEAD
		git for-each-ref
		sha256sum "$(git rev-parse --git-path index)"
		find .git -type f | sort | xargs stat -c '%n %s %y'
		git ls-files -m | head
	) | sha256sum
}

# Whether no process holds a run's private folder (any more).
is_left() { [ ! -d "$1" ] || flock -n "$1" true; }

# newest_run [RESULTS]: the folder of the run that began last; two of one second differ by a number at the end.
newest_run() { ls -td "${1:-$RESULTS}"/*/ 2>/dev/null | head -n 1; }

# guests_of PID: the QEMUs of the run that PID is, or has for a child: the one that holds its private folder.
guests_of() {
	local pid folder
	for pid in "$1" $(pgrep -P "$1"); do
		for folder in $(readlink "/proc/$pid"/fd/* 2>/dev/null | grep "^$BISECTBOX_CACHE/run/[^/]*$" | sort -u); do
			pgrep -f "qemu-system.*$folder/"
		done
	done
}

# What runs left behind: QEMUs, and private folders, that use this cache and belong to no process that lives.
leftovers() {
	local folder pid qemus=0 folders=0
	for pid in $(pgrep -f "qemu-system.*$BISECTBOX_CACHE/run"); do
		folder=$(tr '\0' '\n' <"/proc/$pid/cmdline" | grep -om 1 "$BISECTBOX_CACHE/run/[^/,]*") && is_left "$folder" && qemus=$((qemus + 1))
	done
	for folder in "$BISECTBOX_CACHE"/run/*/; do
		[ ! -d "$folder" ] || ! is_left "$folder" || folders=$((folders + 1))
	done
	printf '%s\n%s\n' $qemus $folders
}

done_testing() {
	echo "1..$tests"
	[ "$failed" = 0 ] && exit
	grep -hs '"trouble"' "$RESULTS"/*/journal.jsonl | sed "s/^/# a host's trouble (${0##*/}): /" | tee -a "$common/failures" >&2
	exit 1
}
