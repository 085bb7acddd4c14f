/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Being a service among others, and leaving them behind. */
#include "guest/service.h"

#include "guest/files.h"
#include "guest/protocol.h"
#include "guest/run.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_LINE_MAX 65536 /* bytes */

bool service_is_called_off(void)
{
	char *text = read_text("/proc/cmdline", COMMAND_LINE_MAX, NULL), *save = NULL;
	bool found = false;

	for (char *one = text ? strtok_r(text, " \n", &save) : NULL; one && !found;
	     one = strtok_r(NULL, " \n", &save))
		found = strcmp(one, PROTOCOL_NO_CASES) == 0;
	free(text);
	return found;
}

bool service_leave_mounts(Reason *reason)
{
	if (unshare(CLONE_NEWNS) < 0)
		return fail(reason, "cannot unshare mounts");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail(reason, "cannot keep mounts to itself");
	return true;
}

void service_leave(void)
{
	static const char all[] = "7 4 1 7";
	static const int defaults[] = {
		SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2
	};
	Reason ignored;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		signal(defaults[i], SIG_DFL);
	umask(022);
	clearenv();
	setenv("TERM", "linux", 1);
	if (chdir("/") < 0)
		return;
	/* without the kernel's words nobody knows what happened */
	write_text("/proc/sys/kernel/printk", all, strlen(all), &ignored);
	/* a case that takes all memory must not take the agent along */
	write_text(RUN_OOM_SCORE, "-1000", 5, &ignored);
	/* whatever a case leaves behind becomes a child of ours; Linux 3.4 */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}
