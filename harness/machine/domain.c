/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's description for libvirt. */
#include "machine/domain.h"
#include "guest/protocol.h"
#include "util/error.h"

#include <string.h>
#include <unistd.h>

/*
 * All devices sit on the root bus: behind libvirt's usual root ports virtio is "modern" only,
 * which kernels before 4.0 cannot drive, and the ports take boot time.
 */
#define SLOT_SERIAL 2 /* virtio's, of consoles and channels */
#define SLOT_DISK 3
#define SLOT_RNG 4
#define SLOT_SHARE 5
/* The first of further disks; the network is behind the last. From 0x1d on is the chipset's. */
#define SLOT_DISKS 6
#define SLOT_NETWORK (SLOT_DISKS + GUEST_DISKS_MAX + 1)

/* The same for each guest of a device: a DHCP server remembers whom it has seen. */
#define MAC_PREFIX "52:54:00"

const char *domain_cpu(const Arch *arch, Accel accel, const GuestSpec *spec)
{
	if (spec->cpu)
		return spec->cpu;
	if (accel == ACCEL_KVM)
		return "host-passthrough";
	return arch->cpu ? arch->cpu : "maximum";
}

const char *domain_board(const Arch *arch, const GuestSpec *spec)
{
	return spec->board ? spec->board : arch->boards[0];
}

/* libxml2 refuses these even when they are escaped. */
static bool text_check(const char *what, const char *text, GError **error)
{
	const char *p;

	if (!g_utf8_validate(text, -1, NULL)) {
		g_autofree char *shown = g_utf8_make_valid(text, -1);

		return error_usage(error, "%s '%s' is not UTF-8, which libvirt needs: rename it",
				   what, shown);
	}
	for (p = text; *p; p++) {
		if (g_ascii_iscntrl(*p)) {
			g_autofree char *shown = g_strescape(text, NULL);

			return error_usage(error,
					   "%s '%s' has a control character, which libvirt cannot "
					   "be told: rename it",
					   what, shown);
		}
	}
	return true;
}

static bool path_check(const char *what, const char *path, GError **error)
{
	if (!path || path[0] != '/')
		return error_usage(error, "%s '%s' is not an absolute path", what,
				   path ? path : "");
	return text_check(what, path, error);
}

/* On another host one more has what goes into the share. */
static bool disks_check(const DomainHost *host, const GuestSpec *spec, GError **error)
{
	const guint max = GUEST_DISKS_MAX + (host->flags & DOMAIN_FAR ? 1 : 0);

	for (guint i = 0; spec->disks && spec->disks[i]; i++) {
		if (i == max)
			return error_usage(error, "a guest has %d disks at most besides its image",
					   GUEST_DISKS_MAX);
		if (!path_check("disk", spec->disks[i], error))
			return false;
	}
	return true;
}

static bool args_check(const GuestSpec *spec, GError **error)
{
	for (guint i = 0; spec->qemu_args && spec->qemu_args[i]; i++)
		if (!text_check("the word for QEMU", spec->qemu_args[i], error))
			return false;
	return true;
}

static bool spec_check(const DomainHost *host, const GuestSpec *spec, GError **error)
{
	return path_check("kernel", spec->kernel, error) &&
	       (!spec->initrd || path_check("initramfs", spec->initrd, error)) &&
	       text_check("kernel command line", spec->cmdline, error) &&
	       path_check("console file", spec->console, error) &&
	       (!spec->image || path_check("image", spec->image, error)) &&
	       disks_check(host, spec, error) &&
	       (!spec->share || path_check("share", spec->share, error)) &&
	       (!spec->port || path_check("socket", spec->port, error)) &&
	       (!spec->gdb || path_check("socket", spec->gdb, error)) &&
	       (!spec->tap || text_check("tap device", spec->tap, error)) &&
	       args_check(spec, error);
}

static void G_GNUC_PRINTF(2, 3) xml_add(GString *xml, const char *format, ...)
{
	g_autofree char *piece = NULL;
	va_list args;

	va_start(args, format);
	piece = g_markup_vprintf_escaped(format, args);
	va_end(args);
	g_string_append(xml, piece);
}

static void xml_address(GString *xml, unsigned slot)
{
	xml_add(xml, "<address type='pci' domain='0x0' bus='0x0' slot='0x%x' function='0x0'/>",
		slot);
}

static void xml_cpu(GString *xml, const DomainHost *host, const GuestSpec *spec)
{
	const char *cpu = domain_cpu(host->arch, host->accel, spec);

	if (spec->cpu || (host->accel != ACCEL_KVM && host->arch->cpu))
		xml_add(xml,
			"<cpu mode='custom' match='exact' check='none'>"
			"<model fallback='forbid'>%s</model></cpu>\n",
			cpu);
	else
		xml_add(xml, "<cpu mode='%s' check='none'/>\n", cpu);
}

static void xml_system(GString *xml, const DomainHost *host, const GuestSpec *spec)
{
	xml_add(xml, "<memory unit='MiB'>%u</memory><vcpu>%u</vcpu>\n", spec->mem_mib, spec->cpus);
	xml_add(xml, "<os><type arch='%s' machine='%s'>hvm</type><kernel>%s</kernel>",
		host->arch->uname, domain_board(host->arch, spec), spec->kernel);
	if (spec->initrd)
		xml_add(xml, "<initrd>%s</initrd>", spec->initrd);
	xml_add(xml, "<cmdline>%s</cmdline></os>\n", spec->cmdline);
	/* arm64 without firmware has a device tree in ACPI's place */
	if (g_str_equal(host->arch->uname, "x86_64"))
		g_string_append(xml, "<features><acpi/><apic/></features>\n");
	xml_cpu(xml, host, spec);
	g_string_append(xml, "<on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot>"
			     "<on_crash>destroy</on_crash>\n");
}

typedef enum {
	DISK_READ_ONLY,
	DISK_THROWN_AWAY, /* what is written to it need not get to the host's disk */
} DiskUse;

/*
 * An I/O error of the host's disk stops the guest and so is seen here; handed to the guest, it
 * would look like the kernel's fault.
 */
static void xml_disk(GString *xml, const char *format, const char *path, DiskUse use, char letter,
		     unsigned slot)
{
	xml_add(xml, "<disk type='file' device='disk'><driver name='qemu' type='%s'", format);
	if (use == DISK_THROWN_AWAY)
		g_string_append(xml, " cache='unsafe'");
	xml_add(xml,
		" error_policy='stop' rerror_policy='stop'/><source file='%s'/>"
		"<target dev='vd%c' bus='virtio'/>",
		path, letter);
	if (use == DISK_READ_ONLY)
		g_string_append(xml, "<readonly/><shareable/>");
	xml_address(xml, slot);
	g_string_append(xml, "</disk>\n");
}

/* Kernels name disks in the order of their slots. */
static void xml_disks(GString *xml, const GuestSpec *spec)
{
	if (spec->image)
		xml_disk(xml, spec->image_format ? spec->image_format : "raw", spec->image,
			 spec->image_max ? DISK_THROWN_AWAY : DISK_READ_ONLY, 'a', SLOT_DISK);
	for (guint i = 0; spec->disks && spec->disks[i]; i++)
		xml_disk(xml, "raw", spec->disks[i], DISK_READ_ONLY, (char)('b' + i),
			 SLOT_DISKS + i);
}

static void xml_share(GString *xml, const GuestSpec *spec, unsigned flags)
{
	const char *mode = flags & DOMAIN_SHARE_MAPPED
				   ? "accessmode='mapped' fmode='0644' dmode='0755'"
				   : "accessmode='squash'";

	g_string_append_printf(xml, "<filesystem type='mount' %s>", mode);
	xml_add(xml, "<source dir='%s'/><target dir='%s'/>", spec->share, PROTOCOL_TAG);
	xml_address(xml, SLOT_SHARE);
	g_string_append(xml, "</filesystem>\n");
}

/* Where one of the consoles goes: a pipe here, a terminal there. */
static void xml_source(GString *xml, const DomainHost *host, const GuestSpec *spec,
		       const char *pipe)
{
	if (host->flags & DOMAIN_FAR)
		g_string_append(xml, "type='pty'>");
	else
		xml_add(xml, "type='pipe'><source path='%s%s'/>", spec->console, pipe);
}

static void xml_consoles(GString *xml, const DomainHost *host, const GuestSpec *spec)
{
	g_string_append(xml, "<controller type='virtio-serial' index='0'>");
	xml_address(xml, SLOT_SERIAL);
	g_string_append(xml, "</controller>\n<serial ");
	xml_source(xml, host, spec, DOMAIN_SERIAL_PIPE);
	g_string_append(xml, "<target port='0'/></serial>\n");
	if (spec->port)
		xml_add(xml,
			"<serial type='unix'><source mode='bind' path='%s'/><target port='1'/>"
			"</serial>\n",
			spec->port);
	g_string_append(xml, "<console ");
	xml_source(xml, host, spec, DOMAIN_VIRTIO_PIPE);
	g_string_append(xml, "<target type='virtio' port='1'/></console>\n");
	if (host->flags & DOMAIN_FAR)
		g_string_append(xml, "<channel type='unix'><target type='virtio' "
				     "name='" PROTOCOL_CHANNEL "'/></channel>\n");
}

/* 24 bits of what the device is called, and where: two hosts may be on one bridge. */
static void xml_mac(GString *xml, const char *tap)
{
	g_autofree char *seed = g_strconcat(g_get_host_name(), " ", tap, NULL);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, seed, -1);

	xml_add(xml, "<mac address='" MAC_PREFIX ":%.2s:%.2s:%.2s'/>", hash, hash + 2, hash + 4);
}

static void xml_network(GString *xml, const GuestSpec *spec)
{
	if (!spec->tap && !spec->user_network)
		return;
	xml_add(xml, "<interface type='%s'>", spec->tap ? "ethernet" : "user");
	xml_mac(xml, spec->tap ? spec->tap : "user");
	if (spec->tap)
		xml_add(xml, "<target dev='%s' managed='no'/>", spec->tap);
	/* no program in its ROM: nothing is booted from the network */
	g_string_append(xml, "<model type='virtio'/><rom enabled='no'/>");
	xml_address(xml, SLOT_NETWORK);
	g_string_append(xml, "</interface>\n");
}

static void xml_devices(GString *xml, const DomainHost *host, const GuestSpec *spec)
{
	g_string_append(xml, "<devices>\n");
	if (host->emulator)
		xml_add(xml, "<emulator>%s</emulator>\n", host->emulator);
	xml_disks(xml, spec);
	if (spec->share && !(host->flags & DOMAIN_FAR))
		xml_share(xml, spec, host->flags);
	xml_consoles(xml, host, spec);
	xml_network(xml, spec);
	g_string_append(xml, "<rng model='virtio'><backend model='random'>/dev/urandom</backend>");
	xml_address(xml, SLOT_RNG);
	g_string_append(xml, "</rng>\n<controller type='usb' model='none'/>"
			     "<memballoon model='none'/>\n</devices>\n");
}

/* libvirt has no word for it; QEMU's own options end at a comma, but for two. */
static void xml_gdb(GString *xml, const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, ",", -1);
	g_autofree char *escaped = g_strjoinv(",,", parts);

	xml_add(xml, "<qemu:arg value='-gdb'/><qemu:arg value='unix:%s,server=on,wait=off'/>",
		escaped);
}

static void xml_qemu(GString *xml, const GuestSpec *spec)
{
	/* without it, libvirt asks QEMU for 400 properties of the processor, a quarter of a second
	 */
	g_string_append(xml, "<qemu:capabilities><qemu:del capability='cpu-unavailable-features'/>"
			     "</qemu:capabilities>\n<qemu:commandline>");
	if (spec->gdb)
		xml_gdb(xml, spec->gdb);
	for (guint i = 0; spec->qemu_args && spec->qemu_args[i]; i++)
		xml_add(xml, "<qemu:arg value='%s'/>", spec->qemu_args[i]);
	g_string_append(xml, "</qemu:commandline>\n");
}

bool domain_xml(const DomainHost *host, const GuestSpec *spec, char **ret_xml, GError **error)
{
	g_autoptr(GString) xml = NULL;

	if (!spec_check(host, spec, error) ||
	    (host->emulator && !path_check("QEMU's path", host->emulator, error)))
		return false;
	xml = g_string_new(NULL);
	xml_add(xml,
		"<domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
		"<name>%s</name>\n",
		host->accel == ACCEL_KVM ? "kvm" : "qemu", host->name);
	xml_system(xml, host, spec);
	xml_devices(xml, host, spec);
	if (host->flags & DOMAIN_AS_CALLER)
		xml_add(xml,
			"<seclabel type='static' model='dac' relabel='no'>"
			"<label>+%u:+%u</label></seclabel>\n",
			geteuid(), getegid());
	xml_qemu(xml, spec);
	g_string_append(xml, "</domain>\n");
	*ret_xml = g_strdup(xml->str);
	return true;
}
