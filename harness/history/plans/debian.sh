# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # repo is of make.sh, which sources this
# base: none
# Debian's own kernel patches: each file of debian/patches/series a commit, on top of the release
# that they are for. Real changes by real authors, most of them for hardware that a small kernel
# has not. The newest version that apt can fetch, by the deb-src form of the host's own sources;
# BISECTBOX_DEBIAN_SOURCE=FOLDER takes *.orig.tar.xz and *.debian.tar.xz from there instead.

# debian_apt FOLDER PROGRAM...: apt with deb-src lines and lists of its own; the host's stay as they are
debian_apt() {
	local folder=$1 program=$2
	shift 2
	"$program" -q -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$folder/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o APT::Sandbox::User=root "$@"
}

debian_fetch() {
	local folder=$1 version versions
	mkdir -p "$folder/lists/partial"
	apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u >"$folder/sources.list"
	[ -s "$folder/sources.list" ] || die "apt has no sources of Debian: apt-get update"
	debian_apt "$folder" apt-get update >/dev/null
	versions=$(debian_apt "$folder" apt-cache showsrc --only-source linux |
		awk '/^Version: 6\.1\./ { print $2 }' | sort -uVr)
	for version in $versions; do # an index may name what its server has not
		(cd "$folder" && debian_apt . apt-get source --download-only --only-source "linux=$version") \
			>"$folder/log" 2>&1 && return
		rm -f "$folder"/*.tar.*
	done
	cat "$folder/log" >&2
	die 'the source package linux cannot be fetched'
}

# The header of a patch, up to its first change, by git's names for DEP-3's fields.
debian_header() {
	sed -E '/^(---|diff |Index: |\+\+\+ )/Q; s/^Author:/From:/I; s/^Description:/Subject:/I' "$1"
}

debian_field() {
	sed -n "s/^$1: //p" "$folder/info" | head -n 1
}

# debian_commit PATCH PARENT: the index as a commit; prints its id
debian_commit() {
	local header subject author email date
	header=$(debian_header "$folder/debian/patches/$1")
	printf '%s\n' "$header" | git_plain mailinfo -b "$folder/message" "$folder/rest" >"$folder/info"
	subject=$(debian_field Subject)
	author=$(debian_field Author)
	email=$(debian_field Email)
	date=$(debian_field Date)
	{
		printf '%s\n\n' "${subject:-$(basename "$1")}"
		cat "$folder/message"
		printf '\nPatch: %s\n' "$1"
		grep -E '^(Origin|Bug|Bug-[A-Za-z]+|Forwarded): ' <<<"$header" || true
	} >"$folder/whole"
	git_plain stripspace <"$folder/whole" >"$folder/clean"
	tick=$((tick + 3600))
	GIT_AUTHOR_NAME=${author:-Nobody} GIT_AUTHOR_EMAIL=${email:-nobody@example.org} \
		GIT_AUTHOR_DATE=${date:-$tick +0000} GIT_COMMITTER_DATE="$tick +0000" \
		git_plain commit-tree -p "$2" -F "$folder/clean" "$(git_plain write-tree)"
}

debian_release() {
	local tar=$1
	mkdir "$folder/tree"
	tar -xf "$tar" -C "$folder/tree" --strip-components=1
	git_plain --work-tree="$folder/tree" add -A -f .
	rm -rf "$folder/tree"
	GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" \
		git_plain commit-tree -m "Linux $(basename "$tar" .orig.tar.xz | sed 's/.*_//') as released" \
		"$(git_plain write-tree)"
}

# One after the other, with not a line of context off: git apply knows no fuzz. No work tree is needed.
debian_plant() {
	local folder=${BISECTBOX_DEBIAN_SOURCE:-} given name options head count=0
	given=$folder
	folder=$(mktemp -d "$repo/.git/debian.XXXXXX")
	if [ -n "$given" ]; then cp "$given"/*.tar.xz "$folder/"; else debian_fetch "$folder"; fi
	tar -xf "$folder"/*.debian.tar.xz -C "$folder" debian/patches
	export GIT_INDEX_FILE=$folder/index
	head=$(debian_release "$folder"/*.orig.tar.xz)
	git_plain tag -f debian-base "$head" >/dev/null
	while read -r name options; do
		# shellcheck disable=SC2086
		git_plain apply --cached --whitespace=nowarn ${options:--p1} "$folder/debian/patches/$name" ||
			die "$name does not apply"
		head=$(debian_commit "$name" "$head")
		count=$((count + 1))
	done < <(sed 's/#.*//' "$folder/debian/patches/series" | awk NF)
	unset GIT_INDEX_FILE
	git_plain update-ref refs/heads/debian "$head"
	rm -rf "$folder"
	echo "$count patches"
}

debian_plant
