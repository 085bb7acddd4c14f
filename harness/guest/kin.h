/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that descend from the agent, where it is not PID 1. */
#pragma once

/**
 * kin_kill() - SIGKILL to all processes that descend from this one, as far as /proc shows them now
 *
 * Their orphans become children of the caller, who is a subreaper: called again and again until
 * there are no children, it leaves none.
 */
void kin_kill(void);
