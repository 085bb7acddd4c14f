#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --help and the man page name the same commands and the same options.
. "$(dirname "$0")/lib.sh"

man=$(dirname "$0")/../../man/bisectbox.1
plain=$(sed 's/\\-/-/g' "$man")
box --help
commands=$(sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' <<<"$out")
options_of() { grep -oE '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | grep -vxE -- '--(help|usage|version)' | sort -u; }

[ "$(wc -l <<<"$commands")" -ge 5 ] && pass 'help lists the commands' || fail 'help lists the commands' "$out"
for command in $commands; do
	grep -qE "^\.BR? (.*[ \"])?$command( |,|$)" <<<"$plain" && pass "the man page has $command" || fail "the man page has $command"
	box "$command" --help
	is "$status" 0 "$command --help"
	[ "$(wc -L <<<"$out")" -le 80 ] && pass "$command --help fits 80 columns" || fail "$command --help fits 80 columns"
	is "$(awk '/^ [A-Z].*:$/ { if (head) print head; head = $0; next } NF { head = "" } END { printf "%s", head }' <<<"$out")" '' \
		"$command --help has no heading without options"
	grep -E '^ +(-[a-z], )?--' <<<"$out" | options_of >>"$work/options"
done
sort -u "$work/options" >"$work/in-help"
grep -E '^\.(B|BI|BR) ' <<<"$plain" | grep -v bisectbox | options_of >"$work/in-man"
is "$(comm -23 "$work/in-help" "$work/in-man" | tr '\n' ' ')" '' 'every option of --help is in the man page'
is "$(comm -13 "$work/in-help" "$work/in-man" | tr '\n' ' ')" '' 'every option of the man page is in --help'
done_testing
