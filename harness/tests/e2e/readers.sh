# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Readers of reports that others wrote: python3-junitparser, TAP::Parser, the kernel's own KTAP
# parser, headless Chromium.

# read_as KIND FILE...: readers.py, by Debian's python3: another one may lack its modules.
read_as() {
	/usr/bin/python3 -B "$(dirname "$0")/readers.py" "$@" 2>&1 | tail -n 1
}

# read_tap FILE: tests, failed, and what TAP::Parser has against it.
read_tap() {
	# shellcheck disable=SC2016 # perl's
	perl -MTAP::Parser -e '
		local $/; my $text = <>;
		my $parser = TAP::Parser->new({ tap => $text });
		1 while $parser->next;
		print join(" ", $parser->tests_run, scalar $parser->failed, scalar $parser->parse_errors);' "$1"
}

# chrome FOLDER ARGS...: a browser that asks nobody for anything.
chrome() {
	local profile=$1/profile
	shift
	rm -rf "$profile"
	HOME=$profile timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-background-networking \
		--disable-component-update --disable-sync --no-first-run --disable-dev-shm-usage \
		--hide-scrollbars --user-data-dir="$profile" "$@" 2>"$profile.log"
}

# open_page FILE FOLDER NAME: the page as a browser has it: nothing runs, nothing is fetched; light
# and wide, dark and narrow.
open_page() {
	local file=$1 folder=$2 dom
	dom=$(chrome "$folder" --dump-dom "file://$file")
	has "$dom" '<h2 id="h-answer">The answer</h2>' "$3: a browser shows the answer"
	is "$(grep -oE '<(script|link|img|iframe|object)[ >]' <<<"$dom" | sort -u)" '' \
		"$3: and nothing that runs or is fetched"
	is "$(grep -oE '</(main|svg|details|table)>' <<<"$dom" | sort | uniq -c | tr -s ' \n' ' ')" \
		"$(grep -oE '</(main|svg|details|table)>' "$file" | sort | uniq -c | tr -s ' \n' ' ')" \
		"$3: its parts are where they were put"
	chrome "$folder" --screenshot="$folder/wide.png" --window-size=1280,1600 "file://$file"
	is "$(read_as picture "$folder/wide.png")" '1280 light' "$3: light, wide"
	chrome "$folder" --screenshot="$folder/narrow.png" --window-size=500,1600 \
		--blink-settings=preferredColorScheme=0 "file://$file"
	is "$(read_as picture "$folder/narrow.png")" '500 dark' "$3: dark, narrow"
}
