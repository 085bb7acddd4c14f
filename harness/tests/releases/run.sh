#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All shipped cases on real kernels of some years: fetches Linux source packages by apt, builds and
# boots them, and prints the table of testcases/README.md with what was expected beside it.
#
# Usage: run.sh SOURCES FOLDER [SERIES...]
#   SOURCES  an apt sources file with deb-src lines (or Types: deb-src) of the suites to look in;
#            its name must end in .list or .sources
#   FOLDER   takes packages, trees and results; kept from one run to the next (1.7 GB a release)
#   SERIES   such as 5.10 (default: 5.10 6.1 6.12 and the newest that there is)
#
# Ends with 0 where all is as expected, 1 where something is not, 2 where it could not be told.
set -euo pipefail

die() {
	echo "run.sh: $*" >&2
	exit 2
}

[ $# -ge 2 ] || die 'usage: run.sh SOURCES FOLDER [SERIES...]'
sources=$(realpath "$1")
folder=$2
shift 2
[ -r "$sources" ] || die "cannot read $sources"
here=$(cd "$(dirname "$0")/../../.." && pwd)
box=${BOX:-$here/build/bisectbox}
[ -x "$box" ] || die "there is no $box: run make"
mkdir -p "$folder"/apt/{state/lists/partial,cache/archives/partial,parts} "$folder/packages"
folder=$(realpath "$folder")
cp "$sources" "$folder/apt/parts/"

# apt, with nothing of the host's but its keys
apt=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$folder/apt/parts"
	-o "Dir::State=$folder/apt/state" -o "Dir::Cache=$folder/apt/cache" -o APT::Sandbox::User= -q)
apt-get "${apt[@]}" update >"$folder/apt/update.log" 2>&1 || die "apt-get update failed: see $folder/apt/update.log"
versions=$(apt-cache "${apt[@]}" showsrc --only-source linux | sed -n 's/^Version: //p' | sort -Vu)
[ -n "$versions" ] || die "no source package linux in $sources"

# versions_of SERIES: the highest first
versions_of() {
	if [ "$1" = newest ]; then
		tac <<<"$versions"
	else
		grep -E "^${1//./\\.}[.~-]" <<<"$versions" | tac
	fi
}

# fetch VERSION: its tree into $tree; an archive may list what it no longer has
fetch() {
	local upstream=${1%-*}

	tree=$folder/linux-$upstream
	[ ! -e "$tree/Makefile" ] || return 0
	echo "fetching linux $1" >&2
	(cd "$folder/packages" && apt-get "${apt[@]}" source --download-only "linux=$1" >&2) || return 1
	rm -rf "$tree.new"
	mkdir "$tree.new"
	tar -xf "$folder/packages/linux_$upstream.orig.tar.xz" -C "$tree.new" --strip-components=1
	mv "$tree.new" "$tree"
}

[ $# -gt 0 ] || set -- 5.10 6.1 6.12 newest
args=()
for series; do
	tree=
	for version in $(versions_of "$series"); do
		if fetch "$version"; then break; fi
		tree=
	done
	[ -n "$tree" ] || die "no linux $series can be had from $sources; it lists: $(tr '\n' ' ' <<<"$versions")"
	args+=(--tree "$tree")
done

status=0
"$box" test --case all "${args[@]}" --results "$folder/results" --json >"$folder/table.json" || status=$?
[ "$status" -lt 126 ] || die "bisectbox test ended with $status"
perl -MJSON::PP -e '
	local $/;
	my $t = decode_json(<STDIN>);
	my $wrong = 0;
	sub expected {
		my ($case, $version) = @_;
		return "bad" if $case eq "audit-nocap";
		my ($major, $minor) = $version =~ /^(\d+)\.(\d+)/;
		return $major == 6 && $minor >= 3 && $minor <= 5 ? "good" : "bad" if $case eq "fuse-pidns";
		return "good";
	}
	my @notes;
	print "| kernel | ", join(" | ", map { "`$_`" } @{$t->{cases}}), " |\n";
	print "|---|", "---|" x @{$t->{cases}}, "\n";
	for my $k (@{$t->{kernels}}) {
		my ($version) = $k->{name} =~ m{linux-([^/]+)$};
		my @cells;
		for my $r (@{$k->{results}}) {
			my $expected = expected($r->{case}, $version);
			my $verdict = $r->{verdict} eq "skip" ? "untestable" : $r->{verdict};
			push @cells, $verdict eq $expected ? $verdict : "**$verdict** (expected $expected)";
			next if $verdict eq $expected;
			$wrong = 1;
			push @notes, "$version, $r->{case}: $r->{reason}\n";
		}
		print "| $version | ", join(" | ", @cells), " |\n";
	}
	print "\n", @notes if @notes;
	exit $wrong;' <"$folder/table.json"
