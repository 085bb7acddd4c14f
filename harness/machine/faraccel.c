/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KVM or TCG on another host, where only a guest can try. */
#include "machine/internal.h"
#include "util/error.h"
#include "util/fs.h"

/* All that the answer depends on: another QEMU or libvirt is tried anew. */
static char *far_key(const Machine *machine)
{
	return g_strdup_printf("%s | %s | %s", machine->uri, machine->arch->uname,
			       machine->facts.versions);
}

static bool choose_asked(Machine *machine, Accel asked, char **ret_why, GError **error)
{
	if (asked == ACCEL_KVM && !machine->facts.has_kvm)
		return error_usage(error,
				   "cannot run %s guests on KVM: libvirt on %s has no KVM for "
				   "them; ask for --accel tcg",
				   machine->arch->name, machine->host);
	machine->accel = asked;
	*ret_why = g_strdup_printf("%s: as asked, on %s", asked == ACCEL_KVM ? "KVM" : "TCG",
				   machine->host);
	return true;
}

bool machine_choose_accel(Machine *machine, Accel asked, const char *cache, Accel *ret_accel,
			  bool *ret_unproven, char **ret_why, GError **error)
{
	g_autofree char *key = far_key(machine);

	*ret_unproven = false;
	if (asked != ACCEL_AUTO) {
		if (!choose_asked(machine, asked, ret_why, error))
			return false;
	} else if (!machine->facts.has_kvm) {
		machine->accel = ACCEL_TCG;
		*ret_why = g_strdup_printf("TCG: libvirt on %s has no KVM", machine->host);
	} else if (!accel_recall(cache, machine->host, key, &machine->accel, ret_why)) {
		machine->accel = ACCEL_KVM;
		*ret_unproven = true;
		*ret_why = g_strdup_printf("KVM: libvirt on %s has it; the first guest will tell",
					   machine->host);
	} else {
		/* remembered is only that it did not work; that it did may change with the host */
		*ret_unproven = machine->accel == ACCEL_KVM;
	}
	*ret_accel = machine->accel;
	return true;
}

bool machine_forget_accel(Machine *machine, const char *cache, const char *why, GError **error)
{
	g_autofree char *key = NULL;
	g_autofree char *line = NULL;

	machine->accel = ACCEL_TCG;
	if (!machine->host)
		return accel_forget(cache, why, error);
	key = far_key(machine);
	line = g_strdup_printf("TCG: KVM on %s did not carry a kernel (%s)", machine->host, why);
	return fs_mkdir(cache, error) &&
	       accel_remember(cache, machine->host, key, ACCEL_TCG, line, error);
}
