/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domain XML: what it says, and that no path can break out of it. */
#include "guest/protocol.h"
#include "machine/domain.h"
#include "util/error.h"

#include <string.h>

/* What a parser finds: path/of/elements -> text, path/of/elements@attribute -> value. */
typedef struct {
	GHashTable *found;
	GString *path;
} Reader;

static void reader_start(GMarkupParseContext *context, const char *name, const char **names,
			 const char **values, gpointer user, GError **error)
{
	Reader *reader = user;

	(void)context, (void)error;
	g_string_append_printf(reader->path, "/%s", name);
	for (; *names; names++, values++)
		g_hash_table_insert(reader->found,
				    g_strdup_printf("%s@%s", reader->path->str, *names),
				    g_strdup(*values));
}

static void reader_end(GMarkupParseContext *context, const char *name, gpointer user,
		       GError **error)
{
	Reader *reader = user;

	(void)context, (void)error;
	g_string_truncate(reader->path, reader->path->len - strlen(name) - 1);
}

static void reader_text(GMarkupParseContext *context, const char *text, gsize len, gpointer user,
			GError **error)
{
	Reader *reader = user;

	(void)context, (void)error;
	if (len > 0 && text[0] != '\n')
		g_hash_table_insert(reader->found, g_strdup(reader->path->str),
				    g_strndup(text, len));
}

static GHashTable *parse(const char *xml)
{
	static const GMarkupParser parser = { reader_start, reader_end, reader_text, NULL, NULL };
	g_autoptr(GString) path = g_string_new(NULL);
	Reader reader = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free), path };
	g_autoptr(GMarkupParseContext) context =
		g_markup_parse_context_new(&parser, 0, &reader, NULL);
	g_autoptr(GError) error = NULL;

	g_markup_parse_context_parse(context, xml, -1, &error);
	g_assert_no_error(error);
	g_markup_parse_context_end_parse(context, &error);
	g_assert_no_error(error);
	return reader.found;
}

static void assert_is(GHashTable *found, const char *path, const char *value)
{
	g_assert_cmpstr(g_hash_table_lookup(found, path), ==, value);
}

static const GuestSpec plain = {
	.kernel = "/k/bzImage",
	.cmdline = "console=ttyS0 panic=-1",
	.image = "/i/disk.img",
	.image_format = "qcow2",
	.share = "/s",
	.console = "/c/console",
	.cpus = 2,
	.mem_mib = 300,
};

/* The XML itself, where the order or the number of elements counts. */
static char *write_xml(Accel accel, const GuestSpec *spec, unsigned flags)
{
	const DomainHost host = { "bb1", "/usr/bin/qemu", arch_usual(), accel, flags };
	g_autoptr(GError) error = NULL;
	char *xml = NULL;

	g_assert_true(domain_xml(&host, spec, &xml, &error));
	g_assert_no_error(error);
	return xml;
}

static GHashTable *build(Accel accel, const GuestSpec *spec, unsigned flags)
{
	g_autofree char *xml = write_xml(accel, spec, flags);

	return parse(xml);
}

static void assert_part(const char *xml, const char *part)
{
	if (!strstr(xml, part))
		g_error("no %s in %s", part, xml);
}

static void test_plain(void)
{
	g_autoptr(GHashTable) found = build(ACCEL_TCG, &plain, DOMAIN_SHARE_MAPPED);
	g_autofree char *xml = write_xml(ACCEL_TCG, &plain, DOMAIN_SHARE_MAPPED);

	assert_is(found, "/domain@type", "qemu");
	assert_is(found, "/domain/name", "bb1");
	assert_is(found, "/domain/memory", "300");
	assert_is(found, "/domain/memory@unit", "MiB");
	assert_is(found, "/domain/vcpu", "2");
	assert_is(found, "/domain/cpu@mode", "maximum");
	assert_is(found, "/domain/os/type@machine", "q35");
	assert_is(found, "/domain/os/kernel", plain.kernel);
	assert_is(found, "/domain/os/cmdline", plain.cmdline);
	assert_is(found, "/domain/on_reboot", "destroy");
	assert_is(found, "/domain/on_crash", "destroy");
	assert_is(found, "/domain/devices/emulator", "/usr/bin/qemu");
	assert_is(found, "/domain/devices/disk/source@file", plain.image);
	assert_is(found, "/domain/devices/disk/driver@type", "qcow2");
	assert_is(found, "/domain/devices/disk/driver@rerror_policy", "stop");
	assert_is(found, "/domain/devices/disk/driver@cache", NULL);
	g_assert_true(g_hash_table_contains(found, "/domain/devices/disk/target@dev"));
	assert_is(found, "/domain/devices/filesystem@accessmode", "mapped");
	assert_is(found, "/domain/devices/filesystem@fmode", "0644");
	assert_is(found, "/domain/devices/filesystem/source@dir", "/s");
	assert_is(found, "/domain/devices/filesystem/target@dir", PROTOCOL_TAG);
	assert_part(xml, "<serial type='pipe'><source path='/c/console.serial'/>"
			 "<target port='0'/></serial>");
	assert_part(xml, "<console type='pipe'><source path='/c/console.virtio'/>"
			 "<target type='virtio' port='1'/></console>");
	assert_is(found, "/domain/devices/controller@model", "none");
	assert_is(found, "/domain/devices/memballoon@model", "none");
	assert_is(found, "/domain/seclabel@type", NULL);
	assert_is(found, "/domain/devices/interface@type", NULL);
	assert_is(found, "/domain/os/initrd", NULL);
}

/* What old kernels need: virtio on the root bus, each device in a place of its own. */
static void test_root_bus(void)
{
	static const char *const devices[] = { "disk", "filesystem", "rng", "interface" };
	GuestSpec spec = plain;
	g_autoptr(GHashTable) found = NULL;
	g_autoptr(GHashTable) slots = g_hash_table_new(g_str_hash, g_str_equal);
	guint i;

	spec.user_network = true;
	found = build(ACCEL_TCG, &spec, DOMAIN_PLAIN);
	for (i = 0; i < G_N_ELEMENTS(devices); i++) {
		g_autofree char *bus =
			g_strdup_printf("/domain/devices/%s/address@bus", devices[i]);
		g_autofree char *slot =
			g_strdup_printf("/domain/devices/%s/address@slot", devices[i]);

		assert_is(found, bus, "0x0");
		g_assert_true(g_hash_table_add(slots, g_hash_table_lookup(found, slot)));
	}
}

static void refuse(const GuestSpec *spec, const char *part)
{
	g_autofree char *xml = NULL;
	g_autoptr(GError) error = NULL;

	const DomainHost host = { "bb1", NULL, arch_usual(), ACCEL_TCG, DOMAIN_PLAIN };

	g_assert_false(domain_xml(&host, spec, &xml, &error));
	g_assert_error(error, BOX_ERROR, BOX_ERROR_USAGE);
	g_assert_null(xml);
	g_assert_nonnull(strstr(error->message, part));
	g_assert_null(strchr(error->message, '\n'));
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

/* Only an image that is thrown away can be written to, and need not get to the host's disk. */
static void test_written(void)
{
	GuestSpec spec = plain;
	g_autofree char *xml = NULL;
	g_autoptr(GHashTable) found = NULL;

	spec.image_max = 1 << 20;
	xml = write_xml(ACCEL_TCG, &spec, DOMAIN_SHARE_MAPPED);
	g_assert_null(strstr(xml, "<readonly/>"));
	g_assert_null(strstr(xml, "<shareable/>"));
	found = parse(xml);
	assert_is(found, "/domain/devices/disk/driver@cache", "unsafe");
	assert_is(found, "/domain/devices/disk/driver@error_policy", "stop");
}

static void test_initrd(void)
{
	GuestSpec spec = plain;
	g_autoptr(GHashTable) found = NULL;

	spec.initrd = "/i/<ramfs>";
	found = build(ACCEL_TCG, &spec, DOMAIN_PLAIN);
	assert_is(found, "/domain/os/initrd", "/i/<ramfs>");
	spec.initrd = "relative";
	refuse(&spec, "initramfs 'relative'");
}

/* Further disks: in order, each in a place of its own, none writable. */
static void test_disks(void)
{
	static const char *const disks[] = { "/d/<one>", "/d/two", NULL };
	const DomainHost host = { "bb1", NULL, arch_usual(), ACCEL_TCG, DOMAIN_PLAIN };
	const char *many[GUEST_DISKS_MAX + 2] = { NULL };
	GuestSpec spec = plain;
	g_autofree char *xml = NULL;
	g_autoptr(GHashTable) found = NULL;
	g_autoptr(GError) error = NULL;
	const char *one, *two;

	spec.disks = disks;
	g_assert_true(domain_xml(&host, &spec, &xml, &error));
	one = strstr(xml,
		     "type='raw' error_policy='stop' rerror_policy='stop'/>"
		     "<source file='/d/&lt;one&gt;'/><target dev='vdb' bus='virtio'/><readonly/>");
	two = strstr(xml, "<source file='/d/two'/><target dev='vdc' bus='virtio'/><readonly/>");
	g_assert_nonnull(strstr(xml, "dev='vda'"));
	g_assert_true(one && two && strstr(xml, "dev='vda'") < one && one < two);
	g_assert_nonnull(strstr(one, "slot='0x6'"));
	g_assert_nonnull(strstr(two, "slot='0x7'"));

	for (guint i = 0; i <= GUEST_DISKS_MAX; i++)
		many[i] = "/d/x";
	spec.disks = many;
	refuse(&spec, "16 disks at most");
	many[GUEST_DISKS_MAX] = NULL;
	found = build(ACCEL_TCG, &spec, DOMAIN_PLAIN); /* the last one's */
	assert_is(found, "/domain/devices/disk/target@dev", "vdq");
	assert_is(found, "/domain/devices/disk/address@slot", "0x15");
	many[3] = "relative";
	refuse(&spec, "disk 'relative'");
}

/* A person's ways in: a second serial port, a debugger; paths that QEMU's options could misread. */
static void test_person(void)
{
	GuestSpec spec = plain;
	g_autofree char *xml = NULL;
	g_autoptr(GHashTable) found = NULL;

	xml = write_xml(ACCEL_TCG, &spec, DOMAIN_PLAIN);
	g_assert_null(strstr(xml, "unix"));
	g_assert_null(strstr(xml, "-gdb"));
	spec.port = "/run/<a>/port";
	spec.gdb = "/run/a,b'/gdb";
	found = build(ACCEL_TCG, &spec, DOMAIN_PLAIN);
	assert_is(found, "/domain/devices/serial@type", "unix"); /* the last one's */
	assert_is(found, "/domain/devices/serial/source@path", spec.port);
	assert_is(found, "/domain/devices/serial/source@mode", "bind");
	assert_is(found, "/domain/devices/serial/target@port", "1");
	assert_is(found, "/domain/qemu:commandline/qemu:arg@value",
		  "unix:/run/a,,b'/gdb,server=on,wait=off");
	spec.gdb = "gdb";
	refuse(&spec, "socket 'gdb' is not an absolute path");
	spec.gdb = NULL;
	spec.port = "/a\nb";
	refuse(&spec, "/a\\nb");
}

static void test_variants(void)
{
	GuestSpec spec = plain;
	g_autoptr(GHashTable) kvm = NULL;
	g_autoptr(GHashTable) bare = NULL;
	g_autoptr(GHashTable) daemon = NULL;

	kvm = build(ACCEL_KVM, &spec, DOMAIN_PLAIN);
	assert_is(kvm, "/domain@type", "kvm");
	assert_is(kvm, "/domain/cpu@mode", "host-passthrough");
	assert_is(kvm, "/domain/devices/filesystem@accessmode", "squash");
	assert_is(kvm, "/domain/devices/filesystem@fmode", NULL);
	spec.image = NULL;
	spec.share = NULL;
	bare = build(ACCEL_TCG, &spec, DOMAIN_SHARE_MAPPED);
	assert_is(bare, "/domain/devices/disk@type", NULL);
	assert_is(bare, "/domain/devices/filesystem@type", NULL);
	daemon = build(ACCEL_TCG, &spec, DOMAIN_AS_CALLER);
	assert_is(daemon, "/domain/seclabel@relabel", "no");
}

/* No network but where it is asked for; then a card without a program in its ROM. */
static void test_network(void)
{
	GuestSpec spec = plain;
	g_autoptr(GHashTable) user = NULL;
	g_autoptr(GHashTable) tap = NULL;
	g_autoptr(GHashTable) other = NULL;

	spec.user_network = true;
	user = build(ACCEL_TCG, &spec, DOMAIN_PLAIN);
	assert_is(user, "/domain/devices/interface@type", "user");
	assert_is(user, "/domain/devices/interface/model@type", "virtio");
	assert_is(user, "/domain/devices/interface/rom@enabled", "no");
	assert_is(user, "/domain/devices/interface/address@slot", "0x17");
	spec.user_network = false;
	spec.tap = "tap<0>";
	tap = build(ACCEL_TCG, &spec, DOMAIN_PLAIN);
	assert_is(tap, "/domain/devices/interface@type", "ethernet");
	assert_is(tap, "/domain/devices/interface/target@dev", "tap<0>");
	/* it exists, and stays */
	assert_is(tap, "/domain/devices/interface/target@managed", "no");
	/* the same card each time, and another one on another device */
	spec.tap = "tap1";
	other = build(ACCEL_TCG, &spec, DOMAIN_PLAIN);
	g_assert_cmpstr(g_hash_table_lookup(tap, "/domain/devices/interface/mac@address"), !=,
			g_hash_table_lookup(other, "/domain/devices/interface/mac@address"));
	g_assert_true(g_str_has_prefix(
		g_hash_table_lookup(tap, "/domain/devices/interface/mac@address"), "52:54:00:"));
}

static void test_machine(void)
{
	static const char *const args[] = { "-device", "edu,id=<e>", NULL };
	GuestSpec spec = plain;
	g_autoptr(GHashTable) pc = NULL;
	g_autoptr(GHashTable) arm = NULL;
	g_autofree char *words = NULL;
	g_autofree char *xml = NULL;
	g_autoptr(GError) error = NULL;
	const DomainHost host = { "bb1", NULL, arch_find("arm64"), ACCEL_TCG, DOMAIN_PLAIN };

	spec.board = "pc";
	spec.cpu = "Haswell";
	spec.qemu_args = args;
	pc = build(ACCEL_KVM, &spec, DOMAIN_PLAIN);
	assert_is(pc, "/domain/os/type@machine", "pc");
	assert_is(pc, "/domain/cpu@mode", "custom");
	assert_is(pc, "/domain/cpu/model", "Haswell");
	assert_is(pc, "/domain/cpu/model@fallback", "forbid");
	words = write_xml(ACCEL_KVM, &spec, DOMAIN_PLAIN);
	assert_part(words, "<qemu:commandline><qemu:arg value='-device'/>"
			   "<qemu:arg value='edu,id=&lt;e&gt;'/></qemu:commandline>");
	g_assert_true(domain_xml(&host, &plain, &xml, &error));
	g_assert_no_error(error);
	arm = parse(xml);
	assert_is(arm, "/domain/os/type@arch", "aarch64");
	assert_is(arm, "/domain/os/type@machine", "virt");
	assert_is(arm, "/domain/cpu/model", "cortex-a57");
	g_assert_null(strstr(xml, "<acpi/>"));
}

/* On another host: terminals for consoles, a channel for the share, its own user, no path of ours.
 */
static void test_far(void)
{
	g_autoptr(GHashTable) found = build(ACCEL_TCG, &plain, DOMAIN_FAR);
	g_autofree char *xml = write_xml(ACCEL_TCG, &plain, DOMAIN_FAR);

	assert_part(xml, "<serial type='pty'><target port='0'/></serial>");
	assert_part(xml, "<console type='pty'><target type='virtio' port='1'/></console>");
	assert_is(found, "/domain/devices/channel@type", "unix");
	assert_is(found, "/domain/devices/channel/target@name", PROTOCOL_CHANNEL);
	assert_is(found, "/domain/devices/filesystem@type", NULL);
	assert_is(found, "/domain/seclabel@type", NULL);
	g_assert_null(strstr(xml, "/c/console"));
	g_assert_null(strstr(xml, "'/s'"));
}

static void test_escaping(void)
{
	const char *odd = "/a b/<&'\">/</domain>,,%s\xc3\xa4";
	GuestSpec spec = plain;
	g_autoptr(GHashTable) found = NULL;

	spec.kernel = spec.image = spec.share = spec.console = odd;
	spec.cmdline = "a=\"<b&'>\" c";
	found = build(ACCEL_TCG, &spec, DOMAIN_SHARE_MAPPED);
	assert_is(found, "/domain/os/kernel", odd);
	assert_is(found, "/domain/os/cmdline", spec.cmdline);
	assert_is(found, "/domain/devices/disk/source@file", odd);
	assert_is(found, "/domain/devices/filesystem/source@dir", odd);
}

/* What XML cannot say is refused with its name, and not sent to libvirt to be misread. */
static void test_refused(void)
{
	GuestSpec spec = plain;

	spec.share = "/with\nnewline";
	refuse(&spec, "/with\\nnewline");
	spec.share = "/latin1-\xe4";
	refuse(&spec, "UTF-8");
	spec.share = "relative";
	refuse(&spec, "share 'relative' is not an absolute path");
	spec = plain;
	spec.kernel = NULL;
	refuse(&spec, "kernel ''");
	spec = plain;
	spec.cmdline = "a\tb";
	refuse(&spec, "kernel command line");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/domain/plain", test_plain);
	g_test_add_func("/domain/root-bus", test_root_bus);
	g_test_add_func("/domain/initrd", test_initrd);
	g_test_add_func("/domain/written", test_written);
	g_test_add_func("/domain/disks", test_disks);
	g_test_add_func("/domain/person", test_person);
	g_test_add_func("/domain/variants", test_variants);
	g_test_add_func("/domain/network", test_network);
	g_test_add_func("/domain/machine", test_machine);
	g_test_add_func("/domain/far", test_far);
	g_test_add_func("/domain/escaping", test_escaping);
	g_test_add_func("/domain/refused", test_refused);
	return g_test_run();
}
