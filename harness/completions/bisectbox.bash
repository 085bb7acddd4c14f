# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# bash completion of bisectbox: the program itself knows how words can go on.

_bisectbox() {
	local -a words=()
	local word line cur typed glued='' i
	# readline takes "--case=audit" for three words; bisectbox does not
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((${#words[@]})) && [[ -n $glued || $word == [=:]* ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
		glued=''
		[[ $word != [=:] ]] || glued=1
	done
	cur=${words[-1]-}
	typed=${cur%"${cur##*[=:]}"} # this much of it readline leaves alone
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files | :folders)
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
				[[ $line == :files ]] && compgen -f -- "${cur#"$typed"}" ||
					compgen -d -- "${cur#"$typed"}"
			)
			compopt -o filenames
			;;
		*)
			line=${line%%$'\t'*}
			COMPREPLY+=("${line#"$typed"}")
			;;
		esac
	done < <(command "${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]}" 2>/dev/null)
	[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -F _bisectbox bisectbox
