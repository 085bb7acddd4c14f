/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to libvirt: opened once, asked what it is, closed when its guests are gone. */
#include "machine/internal.h"
#include "machine/domain.h"
#include "machine/library.h"
#include "util/error.h"
#include "util/text.h"

#include <libvirt/virterror.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* A domain that an earlier process left: destroy says "no domain" for some 50 ms after open. */
#define LEFTOVER_TRIES 100
#define LEFTOVER_PAUSE_MS 20
#define ERROR_LEN 400
/* SIGTERM, ten seconds, SIGKILL is what libvirt does to a QEMU that hangs. */
#define CLOSE_PATIENCE_S 60

char *machine_said(void)
{
	char *said = g_strdup(virGetLastErrorMessage());
	const char *end;

	/* libvirt appends QEMU's log, lines and all */
	g_strdelimit(said, "\n\r\t", ' ');
	g_strchomp(said);
	if (strlen(said) > ERROR_LEN)
		said[ERROR_LEN] = '\0';
	/* not in the middle of a character */
	if (!g_utf8_validate(said, -1, &end))
		said[end - said] = '\0';
	if (g_str_has_suffix(said, ":"))
		said[strlen(said) - 1] = '\0';
	return said;
}

bool machine_fail(GError **error, const char *what)
{
	g_autofree char *said = machine_said();

	return error_host(error, "%s: libvirt says: %s", what, said);
}

static bool uri_fail(const char *uri, GError **error)
{
	return error_usage(
		error,
		"'%s' is not a libvirt URI of QEMU on this host: give qemu:///session or "
		"qemu:///system, or leave --connect out",
		uri);
}

static bool uri_check(const char *uri, GError **error)
{
	g_autoptr(GUri) parsed = g_uri_parse(uri, G_URI_FLAGS_NONE, NULL);
	const char *host = parsed ? g_uri_get_host(parsed) : NULL;

	if (!parsed || !g_str_has_prefix(g_uri_get_scheme(parsed), "qemu"))
		return uri_fail(uri, error);
	if (host && *host)
		return error_usage(error,
				   "remote hosts need kernel, image and results copied to and from "
				   "%s, which is not yet supported: give qemu:///session or "
				   "qemu:///system, or leave --connect out",
				   host);
	if (strcmp(g_uri_get_path(parsed), "/embed") == 0)
		return error_usage(error, "the embedded driver needs no URI: leave --connect out");
	if (strcmp(g_uri_get_path(parsed), "/session") != 0 &&
	    strcmp(g_uri_get_path(parsed), "/system") != 0)
		return uri_fail(uri, error);
	return true;
}

static bool open_fail(const char *uri, const char *home, GError **error)
{
	const char *said = virGetLastErrorMessage();
	int code = virGetLastErrorCode();

	if (home && (code == VIR_ERR_NO_CONNECT || code == VIR_ERR_NO_SUPPORT ||
		     strstr(said, "connection-driver")))
		return error_host(error, "libvirt's QEMU driver is not installed: install the "
					 "Debian package libvirt-daemon-driver-qemu");
	if (home && strstr(said, "driver.pid"))
		return error_host(error,
				  "the guests' folder %s is in use by another bisectbox: wait for "
				  "it to end",
				  home);
	if (home && geteuid() == 0 && !getpwnam("libvirt-qemu"))
		return error_host(error,
				  "libvirt's QEMU driver does not start (%s): as root it needs the "
				  "user libvirt-qemu, install the Debian package "
				  "libvirt-daemon-system",
				  said);
	if (home)
		return machine_fail(error, "libvirt's QEMU driver does not start");
	return error_host(error, "cannot connect to %s: libvirt says: %s", uri, said);
}

/* End what an earlier process on this home left running. */
static bool machine_end_leftovers(Machine *machine, GError **error)
{
	virDomainPtr *domains = NULL;
	int i, n = virConnectListAllDomains(machine->conn, &domains, 0);
	bool ok = true;

	if (n < 0)
		return machine_fail(error, "cannot list the guests of an earlier run");
	for (i = 0; i < n; i++) {
		int tries = LEFTOVER_TRIES;

		while (tries-- > 0 && virDomainIsActive(domains[i]) == 1 &&
		       virDomainDestroy(domains[i]) < 0)
			g_usleep(LEFTOVER_PAUSE_MS * 1000);
		if (ok && virDomainIsActive(domains[i]) == 1)
			ok = machine_fail(error, "cannot end a guest of an earlier run");
		virDomainFree(domains[i]);
	}
	free(domains);
	library_clear_logs(machine->home);
	return ok;
}

typedef struct {
	GString *machine;
	bool inside;
} CapsReader;

static void caps_start(GMarkupParseContext *context, const char *name, const char **names,
		       const char **values, gpointer user, GError **error)
{
	const GSList *stack = g_markup_parse_context_get_element_stack(context);

	(void)names, (void)values, (void)error;
	((CapsReader *)user)->inside =
		strcmp(name, "machine") == 0 && g_slist_length((GSList *)stack) == 2;
}

static void caps_text(GMarkupParseContext *context, const char *text, gsize len, gpointer user,
		      GError **error)
{
	CapsReader *reader = user;

	(void)context, (void)error;
	if (reader->inside)
		g_string_append_len(reader->machine, text, (gssize)len);
	reader->inside = false;
}

/* "q35" is an alias; its meaning ("pc-q35-7.2") belongs to a verdict's key. */
static bool machine_type(Machine *machine, char **ret_type, GError **error)
{
	static const GMarkupParser parser = { .start_element = caps_start, .text = caps_text };
	g_autoptr(GString) type = g_string_new(NULL);
	CapsReader reader = { .machine = type };
	g_autoptr(GMarkupParseContext) context = NULL;
	char *xml =
		virConnectGetDomainCapabilities(machine->conn, machine->emulator, "x86_64", "q35",
						machine->accel == ACCEL_KVM ? "kvm" : "qemu", 0);

	if (!xml)
		return machine_fail(error, "QEMU for x86_64 cannot be used (Debian package "
					   "qemu-system-x86)");
	context = g_markup_parse_context_new(&parser, 0, &reader, NULL);
	g_markup_parse_context_parse(context, xml, -1, NULL);
	free(xml);
	*ret_type = g_strdup(type->len ? type->str : "q35");
	return true;
}

static bool machine_ask(Machine *machine, GError **error)
{
	g_autofree char *type = NULL;
	unsigned long qemu, lib;

	if (!machine_type(machine, &type, error))
		return false;
	if (virConnectGetVersion(machine->conn, &qemu) < 0 ||
	    virConnectGetLibVersion(machine->conn, &lib) < 0)
		return machine_fail(error, "cannot ask for QEMU's version");
	machine->about = g_strdup_printf(
		"QEMU %lu.%lu.%lu, libvirt %lu.%lu.%lu, %s, %s, CPU %s", qemu / 1000000,
		qemu / 1000 % 1000, qemu % 1000, lib / 1000000, lib / 1000 % 1000, lib % 1000,
		accel_name(machine->accel), type, domain_cpu(machine->accel));
	return true;
}

static bool machine_connect(Machine *machine, const char *uri, GError **error)
{
	g_autofree char *escaped = NULL;
	g_autofree char *embedded = NULL;

	if (!uri) {
		escaped = g_uri_escape_string(machine->home, "/", FALSE);
		embedded = g_strdup_printf("qemu:///embed?root=%s", escaped);
	}
	machine->conn = virConnectOpen(uri ? uri : embedded);
	if (!machine->conn)
		return open_fail(uri, machine->home, error);
	return guest_listen(machine, error);
}

bool machine_open(const char *uri, const char *home, Accel accel, Machine **ret_machine,
		  GError **error)
{
	g_autoptr(Machine) machine = NULL;
	const char *path = uri ? strrchr(uri, '/') : NULL;

	if (uri && !uri_check(uri, error))
		return false;
	machine = g_atomic_rc_box_new0(Machine);
	g_mutex_init(&machine->lock);
	g_cond_init(&machine->changed);
	machine->accel = accel;
	machine->lifecycle = -1;
	machine->guests = g_hash_table_new(g_str_hash, g_str_equal);
	machine->cleaners = g_thread_pool_new(guest_job, machine, -1, FALSE, NULL);
	if (uri) {
		machine->as_daemon = true;
		machine->domain_flags = DOMAIN_CONSOLE_PIPE;
		if (g_str_has_prefix(path, "/system"))
			machine->domain_flags |= DOMAIN_AS_CALLER;
	} else {
		machine->emulator = library_find_qemu(error);
		if (!machine->emulator || !library_prepare_home(home, error))
			return false;
		machine->home = g_strdup(home);
	}
	if (!library_start(error) || !machine_connect(machine, uri, error) ||
	    (!uri && !machine_end_leftovers(machine, error)) || !machine_ask(machine, error))
		return false;
	*ret_machine = g_steal_pointer(&machine);
	return true;
}

/* The last to let go is libvirt's event loop, which may be in a callback just now. */
static void machine_clear(Machine *machine)
{
	g_hash_table_unref(machine->guests);
	g_mutex_clear(&machine->lock);
	g_cond_clear(&machine->changed);
	g_free(machine->home);
	g_free(machine->emulator);
	g_free(machine->about);
}

void machine_unref(gpointer machine)
{
	g_atomic_rc_box_release_full(machine, (GDestroyNotify)machine_clear);
}

/* Every guest that is being destroyed, or started in vain; false where one will not end. */
static bool machine_wait_guests(Machine *machine)
{
	gint64 until = g_get_monotonic_time() + CLOSE_PATIENCE_S * G_TIME_SPAN_SECOND;
	bool none;

	g_mutex_lock(&machine->lock);
	while (g_hash_table_size(machine->guests) > 0 &&
	       g_cond_wait_until(&machine->changed, &machine->lock, until))
		;
	none = g_hash_table_size(machine->guests) == 0;
	g_mutex_unlock(&machine->lock);
	return none;
}

void machine_set_accel(Machine *machine, Accel accel)
{
	machine->accel = accel;
}

void machine_close(Machine *machine)
{
	if (!machine)
		return;
	/* what a hanging libvirt still uses stays; the keeper ends its QEMU after us */
	if (!machine_wait_guests(machine))
		return;
	g_thread_pool_free(machine->cleaners, FALSE, TRUE);
	if (machine->lifecycle >= 0)
		virConnectDomainEventDeregisterAny(machine->conn, machine->lifecycle);
	if (machine->as_daemon && machine->conn)
		virConnectUnregisterCloseCallback(machine->conn, guest_on_close);
	if (machine->conn)
		virConnectClose(machine->conn);
	machine_unref(machine);
}

char *machine_describe(const Machine *machine, const GuestSpec *spec)
{
	return g_strdup_printf("%s, %u CPU%s, %u MiB", machine->about, spec->cpus,
			       text_s(spec->cpus), spec->mem_mib);
}
