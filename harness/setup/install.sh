#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what of packages.debian is missing, after having shown it; where nothing is missing it
# does and says nothing.
set -eu

list=$(dirname "$0")/packages.debian

# A kernel that libguestfs' appliance can boot: readable by this user, its modules beside it.
has_appliance_kernel()
{
	for kernel in /boot/vmlinuz-*; do
		if [ -r "$kernel" ] && [ -d "/lib/modules/${kernel#/boot/vmlinuz-}" ]; then
			return 0
		fi
	done
	return 1
}

is_installed()
{
	# shellcheck disable=SC2016 # the format is dpkg-query's
	[ "$(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | sort -u)" = installed ]
}

# Prints the packages that are missing, one a line, each with what it is for.
missing()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" | while read -r package purpose; do
		case $package in
		image/*)
			has_appliance_kernel && continue
			package=${package#image/}
			;;
		esac
		is_installed "$package" || printf '%s %s\n' "$package" "$purpose"
	done
}

# apt-get as root, asking nothing.
apt()
{
	if [ "$(id -u)" -eq 0 ]; then
		DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
	else
		sudo env DEBIAN_FRONTEND=noninteractive \
			apt-get -q -o DPkg::Lock::Timeout=300 "$@"
	fi
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "install.sh: this host has no apt; install what $list names by other means" >&2
	exit 128
fi

wanted=$(missing)
[ -n "$wanted" ] || exit 0
echo "Missing packages, to be installed:"
printf '%s\n' "$wanted" | while read -r package purpose; do
	printf '  %-28s %s\n' "$package" "$purpose"
done

packages=$(printf '%s\n' "$wanted" | cut -d ' ' -f 1)
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
	echo "install.sh: neither root nor sudo; as root, type:" >&2
	# shellcheck disable=SC2086 # a list of words
	echo "  apt-get install --no-install-recommends" $packages >&2
	exit 128
fi

install()
{
	# shellcheck disable=SC2086 # a list of words
	apt install -y --no-install-recommends $packages
}

# Lists that are absent know nothing of the packages; lists that are old name files that are gone.
# shellcheck disable=SC2086 # a list of words
if ! apt-get -s install --no-install-recommends $packages >/dev/null 2>&1; then
	apt update
	install
elif ! install; then
	apt update
	install
fi

wanted=$(missing)
if [ -n "$wanted" ]; then
	printf 'install.sh: still missing: %s\n' "$(printf '%s\n' "$wanted" | cut -d ' ' -f 1 | tr '\n' ' ')" >&2
	exit 128
fi
