/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to libvirt: opened, asked what it is, made anew when it breaks, closed when its
 * guests are gone. */
#include "machine/internal.h"
#include "machine/domain.h"
#include "machine/library.h"
#include "machine/strays.h"
#include "util/error.h"
#include "util/text.h"

#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

/* A domain that an earlier process left: destroy says "no domain" for some 50 ms after open. */
#define LEFTOVER_TRIES 100
#define LEFTOVER_PAUSE_MS 20
#define ERROR_LEN 400
/* SIGTERM, ten seconds, SIGKILL is what libvirt does to a QEMU that hangs. */
#define CLOSE_PATIENCE_S 60
/* A daemon that is being replaced is back soon. */
#define REOPEN_TRIES 10
#define REOPEN_PAUSE_MS 1000
#define HOST_WORD_MAX 20

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

static gpointer make_host_word(gpointer data)
{
	char *word = g_strndup(g_get_host_name(), HOST_WORD_MAX);

	(void)data;
	for (char *c = word; *c; c++)
		if (!g_ascii_isalnum(*c))
			*c = '-';
	return word;
}

const char *machine_host_word(void)
{
	static GOnce once = G_ONCE_INIT;

	return g_once(&once, make_host_word, NULL);
}

/* ---- what earlier processes, or a connection that broke, have left ---- */

/* In a home all are ours; a daemon has others' too, and ours are known by their names. */
static bool is_leftover(const Machine *machine, virDomainPtr domain)
{
	g_autofree char *here = g_strdup_printf("bisectbox-%d-", getpid());
	g_autofree char *far = g_strdup_printf("bisectbox-%s-%d-", machine_host_word(), getpid());
	const char *name = virDomainGetName(domain);

	return !machine->uri || g_str_has_prefix(name, machine->host ? far : here);
}

static bool end_leftover(virDomainPtr domain, GError **error)
{
	int tries = LEFTOVER_TRIES;

	while (tries-- > 0 && virDomainIsActive(domain) == 1 && virDomainDestroy(domain) < 0)
		g_usleep(LEFTOVER_PAUSE_MS * 1000);
	return virDomainIsActive(domain) != 1 ||
	       machine_fail(error, "cannot end a guest that was left over");
}

static bool end_leftovers(Machine *machine, GError **error)
{
	virDomainPtr *domains = NULL;
	int i, n = virConnectListAllDomains(machine->conn, &domains, 0);
	bool ok = true;

	if (n < 0)
		return machine_fail(error, "cannot list the guests that were left over");
	for (i = 0; i < n; i++) {
		if (ok && is_leftover(machine, domains[i]))
			ok = end_leftover(domains[i], error);
		virDomainFree(domains[i]);
	}
	free(domains);
	if (machine->home)
		library_clear_logs(machine->home);
	return ok;
}

/* ---- opening ---- */

/* Guests that start meanwhile take hold of it. */
static void set_connection(Machine *machine, virConnectPtr conn)
{
	g_mutex_lock(&machine->lock);
	machine->conn = conn;
	g_mutex_unlock(&machine->lock);
}

static bool connect_to(Machine *machine, GCancellable *cancel, GError **error)
{
	virConnectPtr conn = NULL;

	if (!open_connection(machine->uri, machine->home, cancel, &conn, error))
		return false;
	set_connection(machine, conn);
	return guest_listen(machine, error) && end_leftovers(machine, error);
}

static bool open_far(Machine *machine, GError **error)
{
	g_autoptr(GUri) uri = NULL;
	const char *path;

	if (!machine->host)
		return true;
	uri = g_uri_parse(machine->uri, G_URI_FLAGS_NONE, NULL);
	path = uri ? g_uri_get_path(uri) : "";
	return depot_open(machine->conn, g_str_equal(path, "/session"), machine->host,
			  &machine->depot, error);
}

static bool prepare(Machine *machine, const MachineSpec *spec, GError **error)
{
	if (!spec->uri) {
		machine->home = g_strdup(spec->home);
		machine->emulator = library_find_qemu(spec->arch, error);
		return machine->emulator && library_prepare_home(spec->home, error);
	}
	if (!open_check(spec->uri, error))
		return false;
	machine->uri = g_strdup(spec->uri);
	machine->host = open_host(spec->uri);
	if (machine->host)
		machine->domain_flags = DOMAIN_FAR;
	else if (strstr(spec->uri, ":///system"))
		machine->domain_flags = DOMAIN_AS_CALLER;
	return true;
}

bool machine_open(const MachineSpec *spec, GCancellable *cancel, Machine **ret_machine,
		  GError **error)
{
	g_autoptr(Machine) machine = g_atomic_rc_box_new0(Machine);

	g_mutex_init(&machine->lock);
	g_mutex_init(&machine->opening);
	g_cond_init(&machine->changed);
	machine->accel = spec->accel == ACCEL_KVM ? ACCEL_KVM : ACCEL_TCG;
	machine->arch = spec->arch;
	machine->lifecycle = -1;
	machine->guests = g_hash_table_new(g_str_hash, g_str_equal);
	machine->cleaners = g_thread_pool_new(guest_job, machine, -1, FALSE, NULL);
	if (!prepare(machine, spec, error) || !library_start(error) ||
	    !connect_to(machine, cancel, error) || !facts_ask(machine, error) ||
	    !open_far(machine, error))
		return false;
	*ret_machine = g_steal_pointer(&machine);
	return true;
}

static void disconnect(Machine *machine)
{
	if (machine->lifecycle >= 0)
		virConnectDomainEventDeregisterAny(machine->conn, machine->lifecycle);
	machine->lifecycle = -1;
	if (machine->uri && machine->conn)
		virConnectUnregisterCloseCallback(machine->conn, guest_on_close);
	if (machine->conn) {
		virConnectPtr conn = machine->conn;

		set_connection(machine, NULL);
		virConnectClose(conn);
	}
}

static bool is_lost(Machine *machine)
{
	bool lost;

	g_mutex_lock(&machine->lock);
	lost = machine->lost;
	g_mutex_unlock(&machine->lock);
	return lost;
}

static void set_lost(Machine *machine, bool lost)
{
	g_mutex_lock(&machine->lock);
	machine->lost = lost;
	g_mutex_unlock(&machine->lock);
}

/* The daemon that knew its guests may be gone for good; their QEMUs then are not. */
static bool reopen(Machine *machine, GCancellable *cancel, GError **error)
{
	g_autoptr(GError) local = NULL;

	disconnect(machine);
	for (guint i = 0; i < REOPEN_TRIES; i++) {
		g_clear_error(&local);
		set_lost(machine, false);
		if (connect_to(machine, cancel, &local) &&
		    (!machine->depot || depot_reopen(machine->depot, machine->conn, &local)))
			return true;
		set_lost(machine, true);
		disconnect(machine);
		if (error_exit_code(local) == EXIT_INTERRUPTED)
			break;
		g_usleep(REOPEN_PAUSE_MS * 1000);
	}
	g_propagate_prefixed_error(error, g_steal_pointer(&local),
				   "the connection to libvirt broke, and: ");
	return false;
}

bool machine_reopen(Machine *machine, GCancellable *cancel, GError **error)
{
	bool ok = true;

	if (!is_lost(machine))
		return true;
	g_mutex_lock(&machine->opening);
	/* another guest's thread may have done it */
	if (is_lost(machine))
		ok = reopen(machine, cancel, error);
	g_mutex_unlock(&machine->opening);
	return ok;
}

/* ---- closing ---- */

/* The last to let go is libvirt's event loop, which may be in a callback just now. */
static void machine_clear(Machine *machine)
{
	g_hash_table_unref(machine->guests);
	g_mutex_clear(&machine->lock);
	g_mutex_clear(&machine->opening);
	g_cond_clear(&machine->changed);
	facts_clear(&machine->facts);
	g_free(machine->uri);
	g_free(machine->host);
	g_free(machine->home);
	g_free(machine->emulator);
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

void machine_close(Machine *machine)
{
	if (!machine)
		return;
	/* what a hanging libvirt still uses stays; the keeper ends its QEMU after us */
	if (!machine_wait_guests(machine))
		return;
	g_thread_pool_free(machine->cleaners, FALSE, TRUE);
	depot_close(machine->depot);
	if (machine->uri && !machine->host && is_lost(machine))
		strays_end();
	disconnect(machine);
	machine_unref(machine);
}

/* ---- questions ---- */

Accel machine_accel(const Machine *machine)
{
	return machine->accel;
}

bool machine_uri_is_far(const char *uri)
{
	g_autofree char *host = open_host(uri);

	return host != NULL;
}

bool machine_is_far(const Machine *machine)
{
	return machine->host != NULL;
}

bool machine_keep(Machine *machine, const char *path, const char *hash, MachineProgress progress,
		  void *user, GCancellable *cancel, GError **error)
{
	return !machine->depot ||
	       depot_keep(machine->depot, path, hash, progress, user, cancel, error);
}

static bool check_board(const Machine *machine, const GuestSpec *spec, GError **error)
{
	g_autofree char *boards = NULL;

	if (!spec->board || arch_has_board(machine->arch, spec->board))
		return true;
	boards = g_strjoinv(", ", (char **)(gpointer)machine->arch->boards);
	return error_usage(error, "there is no machine type '%s' for %s guests: give %s",
			   spec->board, machine->arch->name, boards);
}

static bool check_cpu(const Machine *machine, const GuestSpec *spec, GError **error)
{
	const GPtrArray *cpus = machine->facts.cpus;
	g_autoptr(GString) names = g_string_new(NULL);

	if (!spec->cpu)
		return true;
	for (guint i = 0; i < cpus->len; i++) {
		if (g_str_equal(cpus->pdata[i], spec->cpu))
			return true;
		g_string_append_printf(names, "%s%s", i ? ", " : "", (char *)cpus->pdata[i]);
	}
	return error_usage(error, "QEMU has no CPU model '%s' for %s: it has %s", spec->cpu,
			   machine->arch->name, names->str);
}

bool machine_check(Machine *machine, const GuestSpec *spec, GError **error)
{
	return check_board(machine, spec, error) && check_cpu(machine, spec, error);
}

/* What a board stands for, "q35" for one. */
static const char *board_meaning(const Machine *machine, const char *board)
{
	const GPtrArray *boards = machine->facts.boards;
	gsize len = strlen(board);

	for (guint i = 0; i < boards->len; i++) {
		const char *pair = boards->pdata[i];

		if (strncmp(pair, board, len) == 0 && pair[len] == ' ')
			return pair + len + 1;
	}
	return board;
}

char *machine_describe(const Machine *machine, const GuestSpec *spec)
{
	GString *text = g_string_new(machine->facts.versions);
	const char *board = domain_board(machine->arch, spec);

	g_string_append_printf(text, ", %s, %s, CPU %s, %u CPU%s, %u MiB",
			       accel_name(machine->accel), board_meaning(machine, board),
			       domain_cpu(machine->arch, machine->accel, spec), spec->cpus,
			       text_s(spec->cpus), spec->mem_mib);
	if (spec->tap)
		g_string_append_printf(text, ", network %s", spec->tap);
	else if (spec->user_network)
		g_string_append(text, ", network user");
	for (guint i = 0; spec->qemu_args && spec->qemu_args[i]; i++)
		g_string_append_printf(text, ", QEMU %s", spec->qemu_args[i]);
	return g_string_free(text, FALSE);
}
