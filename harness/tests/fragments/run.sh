#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which symbols of the fragments a case can do without: takes each away and tries. A line for each:
#   implied   the kernel is the same without it: other symbols bring it in
#   spare     another kernel, and the case (with its controls) is good on it: not needed
#   needed    the case is not good without it: why
# An hour or more on two cores: each symbol is a build and a boot.
#
# Usage: run.sh REPO REV CASE FRAGMENT[:SYMBOL,...]...
#   REPO REV   a revision that is good for the case
#   FRAGMENT   names in kconfigs/; with :SYMBOL,... only those
set -euo pipefail

die() {
	echo "run.sh: $*" >&2
	exit 2
}

[ $# -ge 4 ] || die 'usage: run.sh REPO REV CASE FRAGMENT[:SYMBOL,...]...'
repo=$1 rev=$2 case=$3
shift 3
here=$(cd "$(dirname "$0")/../../.." && pwd)
box=${BOX:-$here/build/bisectbox}
[ -x "$box" ] || die "there is no $box: run make"
work=$(mktemp -d "${TMPDIR:-/tmp}/bisectbox-fragments.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/data"
for file in "$here"/*; do
	ln -s "$file" "$work/data/"
done
rm "$work/data/kconfigs"
cp -r "$here/kconfigs" "$work/data/"
cp -r "$here/kconfigs" "$work/"

# try: tests the fragments as they are in $work/data; sets $verdict, $sum, $reason and $seconds
try() {
	local json status=0

	json=$(BISECTBOX_DATA=$work/data BISECTBOX_BUILT=${BISECTBOX_BUILT:-$here/build} "$box" test \
		--repo "$repo" --case "$case" --results "$work/results" --json "$rev" 2>"$work/err") || status=$?
	[ "$status" -lt 126 ] || die "bisectbox test ended with $status: $(tail -n 1 "$work/err")"
	IFS=$'\t' read -r verdict sum seconds reason < <(perl -MJSON::PP -e '
		local $/; my $k = decode_json(<STDIN>)->{kernels}[0]; my $r = $k->{results}[0];
		$_ //= "-" for $k->{sha256}, $r->{reason}, $r->{verdict};
		print join("\t", $r->{verdict}, $k->{sha256}, $k->{build_s}, $r->{reason}), "\n";' <<<"$json")
}

try
[ "$verdict" = good ] || die "$rev is not good with all symbols: $verdict: $reason"
whole=$sum
printf '%-8s  %-12s  %-28s  %6.0f s  %s\n' whole - - "$seconds" "$whole"
for word; do
	fragment=${word%%:*}
	file=$work/data/kconfigs/$fragment.config
	[ -r "$file" ] || die "no fragment $fragment"
	mapfile -t lines < <(grep -nE '^[A-Za-z0-9]' "$work/kconfigs/$fragment.config")
	for line in "${lines[@]}"; do
		number=${line%%:*} wish=${line#*:}
		symbol=${wish#if-known }
		symbol=${symbol%%=*}
		[ "$fragment" = "$word" ] || [[ ",${word#*:}," == *",$symbol,"* ]] || continue
		sed "${number}d" "$work/kconfigs/$fragment.config" >"$file"
		try
		what=needed
		[ "$verdict" != good ] || what=spare
		[ "$sum" != "$whole" ] || what=implied
		[ "$what" = needed ] || reason=
		printf '%-8s  %-12s  %-28s  %6.0f s  %s\n' "$what" "$fragment" "$symbol" "$seconds" "$reason"
		cp "$work/kconfigs/$fragment.config" "$file"
	done
done
