#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a kernel is built with, on a real tree: a compiler that is too old, the user's fixups, and
# what the records say of them.
. "$(dirname "$0")/lib.sh"

# gcc, as a tree sees one of 2007
cat >"$work/oldcc" <<'EOF'
#!/bin/sh
exec gcc -U__GNUC__ -D__GNUC__=4 -U__GNUC_MINOR__ -D__GNUC_MINOR__=2 "$@"
EOF
chmod +x "$work/oldcc"
refuses 125 'ompiler is too old' footprint --repo "$HISTORY" --cc "$work/oldcc" --case boot v6.1-base

# a word for make reaches it, and a symbol that the tree does not know is named
printf 'AUDTI=y\n' >"$work/typo.config"
refuses 125 'CONFIG_AUDTI=y came out as n: no Kconfig file of this tree knows it' \
	footprint --repo "$HISTORY" --kconfig "$work/typo.config" --case boot v6.1-base

cat >"$work/banner.patch" <<'EOF'
--- a/init/version.c
+++ b/init/version.c
@@ -1,2 +1,3 @@
 // SPDX-License-Identifier: GPL-2.0-only
+/* fixed up */
 /*
EOF
box test --case audit --repo "$HISTORY" --results "$RESULTS" --fixup "$work/banner.patch" --json v6.1-base
is "$status" 0 'a revision with a fixup is built and booted' "$err"
is "$(json '@{$_->{kernels}[0]{fixups}}')" "--fixup $work/banner.patch (kernel code: init/version.c)" 'the record has it'
has "$(json '$_->{kernels}[0]{compiler}')" 'gcc' 'and the compiler'
has "$(cat "$BISECTBOX_CACHE"/trees/*/tree/init/version.c)" 'fixed up' 'it is in the tree that was built'
is "$(git -C "$HISTORY" status --porcelain init/version.c)" '' 'and not in the repository'
done_testing
