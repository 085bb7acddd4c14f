#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input: one clear line that says what to do, and the right exit code.
. "$(dirname "$0")/lib.sh"

git_in() { git -C "$work/$1" -c user.name=t -c user.email=t@example.org "${@:2}"; }
git init -q -b main "$work/repo"
for i in 1 2 3 4; do
	echo "$i" >"$work/repo/file"
	git_in repo add file
	git_in repo commit -q -m "commit $i"
done
git_in repo checkout -q --orphan other
git_in repo commit -q -m 'another root'
git_in repo checkout -q main
git_in repo branch side main~2
git_in repo checkout -q side
git_in repo commit -q --allow-empty -m 'aside'
git_in repo checkout -q main
run=(run --exec true --repo "$work/repo" --results "$work/results")

refuses 129 'is no command' frobnicate
refuses 129 '--case NAME is needed' run
refuses 129 'exclude each other' run --case audit --exec true
refuses 129 'no case "nope": there are abort, audit, audit-nocap' run --case nope --repo "$work/repo"
refuses 129 'no git repository at' run --exec true --repo "$work"
refuses 129 'no revision "v9"' "${run[@]}" --good v9
refuses 129 'no revision "nosuch"' "${run[@]}" --bad nosuch --good main~3
refuses 129 'are the same commit' "${run[@]}" --good main
refuses 129 'main~2 is both good and bad' "${run[@]}" --good main~2 --good main~3 --bad main~2
refuses 129 'only the older end may be several' "${run[@]}" --good main~3 --bad main --bad main~1
refuses 129 'descends from it: are they the wrong way round' "${run[@]}" --good main --bad main~2
refuses 129 'the broken revision' "${run[@]}" --find-fix --bad main --good main~2
refuses 129 'is an end of the range' "${run[@]}" --good main~3 --skip main
refuses 129 'no revision "v9"' "${run[@]}" --good main~3 --skip v9..main
refuses 129 'no commit of the range touches nosuch' "${run[@]}" --good main~3 -- nosuch
refuses 129 'of git'\''s magic' "${run[@]}" --good main~3 -- ':(exclude)file'
refuses 129 'cannot change the meaning of the term "good"' "${run[@]}" --good main~3 --term-new good
refuses 129 '"visualize" cannot be a term: it is a command' "${run[@]}" --good main~3 --term-new visualize
refuses 129 'no such ref name' "${run[@]}" --good main~3 --term-new 'a b'
refuses 129 'use two different ones' "${run[@]}" --good main~3 --term-new x --term-old x
refuses 129 'have no common ancestor' "${run[@]}" --good other
refuses 129 'give --good REV' "${run[@]}"
refuses 129 'a number from' "${run[@]}" --jobs many
refuses 129 'auto, kvm or tcg' "${run[@]}" --accel fast
refuses 129 'needs --crash REGEX' run --case crash --repo "$work/repo" --good main~3
refuses 129 'is no regular expression' run --case crash --crash '(' --repo "$work/repo" --good main~3
refuses 129 'no kconfig fragment "nofrag"' run --case audit --kconfig nofrag --repo "$work/repo" --good main~3
refuses 129 'no such file' run --case audit --config "$work/none" --repo "$work/repo" --good main~3
refuses 129 'there is no such program; there are gcc' run --case audit --cc gcc-99 --repo "$work/repo" --good main~3
refuses 129 'true is no C compiler' run --case audit --cc true --repo "$work/repo" --good main~3
refuses 129 'VERSION:CC is expected' relevant --cc new:gcc --repo "$work/repo" main~2..main
refuses 129 'use --cc for that' run --case audit --make-arg CC=clang --repo "$work/repo" --good main~3
refuses 129 'VAR=VALUE is expected' footprint --make-arg -k --repo "$work/repo" main
refuses 129 "bisectbox's own" footprint --make-arg O=/tmp --repo "$work/repo" main
refuses 129 'there are no guests for it: `bisectbox footprint` and `bisectbox relevant` build for riscv' \
	run --case audit --make-arg ARCH=riscv --repo "$work/repo" --good main~3
refuses 129 '--make-arg ARCH=x86_64 and --arch arm64 exclude each other' \
	run --case audit --arch arm64 --make-arg ARCH=x86_64 --repo "$work/repo" --good main~3
refuses 129 '--arch riscv: one of x86_64, arm64 is expected' run --case audit --arch riscv --repo "$work/repo"
refuses 129 'a number from 1 to' test --case audit --repo "$work/repo" --guests 0 main
refuses 129 'there is no compiler in it: expected is' run --case audit --toolchain "$work" --repo "$work/repo" --good main~3
refuses 129 'exclude each other' run --case audit --toolchain "$work" --cc gcc --repo "$work/repo" --good main~3
refuses 129 '--fixup /nonexistent: no such file' run --case audit --fixup /nonexistent --repo "$work/repo" --good main~3
echo hello >"$work/no.patch"
refuses 129 'it is no patch' footprint --fixup "$work/no.patch" --repo "$work/repo" main
refuses 125 'this revision has no Makefile' footprint --repo "$work/repo" main
refuses 129 'there is no Makefile' test --case boot --tree "$work/repo"
printf -- '--- a/file\n+++ b/file\n@@ -1 +1 @@\n-nothing of it\n+x\n' >"$work/cannot.patch"
refuses 125 "--fixup $work/cannot.patch: hunk 1 of file does not apply" \
	footprint --fixup "$work/cannot.patch" --repo "$work/repo" main
refuses 129 'a --tree is only read' test --case boot --fixup "$work/cannot.patch" --tree "$work/repo"
refuses 129 'norecipe' run --case audit --image norecipe --repo "$work/repo" --good main~3
refuses 129 'A..B is expected' relevant --repo "$work/repo"
refuses 129 'A..B is expected' relevant --repo "$work/repo" main~2...main
refuses 129 'no revision "v9"' relevant --repo "$work/repo" v9..main
refuses 129 'no case "nope"' relevant --repo "$work/repo" --case nope main~2..main
refuses 129 'no revision "v9"' footprint --repo "$work/repo" v9
refuses 129 'unexpected word' footprint --repo "$work/repo" main side
refuses 129 'is expected' case
refuses 129 'is expected' image

box run --case
is "$status" 129 'a missing value is a usage error'

# a clone without its past
git clone -q --depth 1 "file://$work/repo" "$work/shallow"
refuses 129 '--unshallow' run --exec true --repo "$work/shallow" --good "$(git_in repo rev-parse main~3)" \
	--results "$work/results"

# a clone that lacks a blob
git_in repo config uploadpack.allowFilter true
git clone -q --no-checkout --filter=blob:none "file://$work/repo" "$work/partial"
refuses 129 "$(git_in repo rev-parse main:file) is missing" run --exec true --repo "$work/partial" \
	--good main~3 --results "$work/results"
has "$err" 'git -C' 'names the git command that fetches it'

# malformed files of the user's own: file, field, what was expected
mkdir "$work/mycase"
echo '{"title": "x", "colour": "red"}' >"$work/mycase/case.json"
refuses 129 'case.json' run --case "$work/mycase" --repo "$work/repo" --good main~3
echo '{"name": 7}' >"$work/mine.json"
refuses 129 'field "name"' image build "$work/mine.json"
echo '{"name": "mine", "title": "x", "suite": "bookworm", "variant": "minbase", "packages": ["strace"], "filesystem": "ext2", "size_mib": 512}' >"$work/mine.json"
refuses 129 'has no crun: add it' run --case audit --image "$work/mine.json" --repo "$work/repo" --good main~3
printf 'FOO=y\nwhat is this\n' >"$work/f.config"
refuses 129 'f.config:2:' run --case audit --kconfig "$work/f.config" --repo "$work/repo" --good main~3

# results that cannot be written: a file is in the way, which stops root too
touch "$work/inway"
refuses 128 '--results DIR' run --exec true --repo "$work/repo" --good main~3 --results "$work/inway/results"

# no space left: a file system of one page
if [ "$(id -u)" = 0 ]; then
	mkdir "$work/full"
	mount -t tmpfs -o size=16k tmpfs "$work/full"
	refuses 128 'o space left' run --exec true --repo "$work/repo" --good main~3 --results "$work/full/results"
	umount "$work/full"
fi

# programs that are missing: named, with the package
mkdir "$work/bin"
for program in gcc ld make flex bison bc perl gzip lz4 patch cpio sh git sha256sum mktemp; do
	ln -s "$(command -v "$program")" "$work/bin/"
done
BOX_PATH=$work/bin refuses 128 'ccache is missing: apt install ccache' run --case audit \
	--repo "$work/repo" --good main~3 --results "$work/results"
ln -s "$(command -v ccache)" "$work/bin/"
rm "$work/bin/gcc"
BOX_PATH=$work/bin refuses 128 'gcc is missing: apt install gcc' run --case audit \
	--repo "$work/repo" --good main~3 --results "$work/results"
ln -s "$(command -v gcc)" "$work/bin/"
BOX_PATH=$work/bin refuses 128 'aarch64-linux-gnu-gcc is missing: apt install gcc-aarch64-linux-gnu' footprint \
	--make-arg ARCH=arm64 --make-arg CROSS_COMPILE=aarch64-linux-gnu- --repo "$work/repo" main
BOX_PATH=$work/bin refuses 128 'clang is missing: apt install clang' footprint --make-arg LLVM=1 --repo "$work/repo" main
rm "$work/bin/flex"
BOX_PATH=$work/bin refuses 128 'flex is missing: apt install flex' run --case audit \
	--repo "$work/repo" --good main~3 --results "$work/results"

for words in 'run --help' 'next --help' 'start --help' 'good --help' 'skip --help' 'terms --help' \
	'reset --help' 'log --help' 'replay --help' 'visualize --help' 'case --help' 'image --help' 'doctor --help' --help; do
	# shellcheck disable=SC2086
	box $words
	is "$status" 0 "$words"
	is "$(awk 'length > 80' <<<"$out")" '' "$words fits 80 columns"
done
done_testing
