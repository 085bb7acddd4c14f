/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mini FOLDER: a repository of a small kernel that builds in a tenth of a second, for run.sh itself
 */
#include "../unit/minikernel.h"

#include "util/fs.h"

/* Three changes that do not matter, then two that do. */
#define SCRIPT                                                                                     \
	"echo 'int z;' > drivers/z.c; c added; echo 'int y;' >> drivers/d.c; c changed;"           \
	"mkdir Documentation; echo 1 > Documentation/a.rst; c documented;"                         \
	"mkdir -p include/first;"                                                                  \
	"git mv -f include/second/level.h include/first/level.h; c moved;"                         \
	"git checkout -q documented; echo 'const int a = 7;' > kernel/a.c; c read;"                \
	"git checkout -q documented; git checkout -qb mini"

int main(int argc, char **argv)
{
	g_assert(argc == 2);
	mini_kernel(argv[1], SCRIPT);
	return 0;
}
