/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMUs of this process's guests whose daemon is gone. Internal to this room. */
#pragma once

/** strays_end() - kill them, as far as this user may: on this host, known by their guest's name */
void strays_end(void);
