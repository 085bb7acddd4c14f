/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU a connection leads to, from libvirt's domain capabilities. */
#include "machine/internal.h"
#include "util/error.h"

#include <stdlib.h>
#include <string.h>

void facts_clear(MachineFacts *facts)
{
	g_free(facts->versions);
	g_clear_pointer(&facts->boards, g_ptr_array_unref);
	g_clear_pointer(&facts->cpus, g_ptr_array_unref);
}

/* A document's <machine>, and the <model>s of <mode name='custom'>. */
typedef struct {
	GString *machine;
	GPtrArray *cpus;
	bool custom;
	GString *text; /* of the element that is being read, or NULL */
} Reader;

static void on_start(GMarkupParseContext *context, const char *name, const char **names,
		     const char **values, gpointer user, GError **error)
{
	Reader *reader = user;

	(void)context, (void)error;
	if (g_str_equal(name, "mode"))
		for (; *names; names++, values++)
			if (g_str_equal(*names, "name"))
				reader->custom = g_str_equal(*values, "custom");
	g_string_truncate(reader->text, 0);
}

static void on_end(GMarkupParseContext *context, const char *name, gpointer user, GError **error)
{
	Reader *reader = user;
	guint depth = g_slist_length((GSList *)g_markup_parse_context_get_element_stack(context));

	(void)error;
	if (g_str_equal(name, "machine") && depth == 2)
		g_string_assign(reader->machine, reader->text->str);
	if (g_str_equal(name, "model") && reader->custom)
		g_ptr_array_add(reader->cpus, g_strdup(reader->text->str));
	if (g_str_equal(name, "mode"))
		reader->custom = false;
}

static void on_text(GMarkupParseContext *context, const char *text, gsize len, gpointer user,
		    GError **error)
{
	(void)context, (void)error;
	g_string_append_len(((Reader *)user)->text, text, (gssize)len);
}

/* "q35" is an alias; its meaning ("pc-q35-7.2") belongs to a verdict's key. */
static bool ask_board(Machine *machine, const char *board, GError **error)
{
	static const GMarkupParser parser = { .start_element = on_start,
					      .end_element = on_end,
					      .text = on_text };
	g_autoptr(GString) type = g_string_new(NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GMarkupParseContext) context = NULL;
	Reader reader = { .machine = type, .text = text };
	char *xml = virConnectGetDomainCapabilities(
		machine->conn, machine->emulator, machine->arch->uname, board,
		machine->accel == ACCEL_KVM ? "kvm" : "qemu", 0);

	if (!xml) {
		g_autofree char *what =
			g_strdup_printf("QEMU for %s cannot be used (Debian package %s)",
					machine->arch->uname, machine->arch->package);

		return machine_fail(error, what);
	}
	g_clear_pointer(&machine->facts.cpus, g_ptr_array_unref);
	reader.cpus = machine->facts.cpus = g_ptr_array_new_with_free_func(g_free);
	context = g_markup_parse_context_new(&parser, 0, &reader, NULL);
	g_markup_parse_context_parse(context, xml, -1, NULL);
	free(xml);
	g_ptr_array_add(machine->facts.boards,
			g_strdup_printf("%s %s", board, type->len ? type->str : board));
	return true;
}

/* Whether that host's libvirt would take a guest for KVM. */
static bool ask_kvm(const Machine *machine)
{
	char *xml = virConnectGetDomainCapabilities(machine->conn, machine->emulator,
						    machine->arch->uname, machine->arch->boards[0],
						    "kvm", 0);

	free(xml);
	return xml != NULL;
}

bool facts_ask(Machine *machine, GError **error)
{
	unsigned long qemu, lib;

	facts_clear(&machine->facts);
	machine->facts = (MachineFacts){ .boards = g_ptr_array_new_with_free_func(g_free) };
	for (guint i = 0; i < G_N_ELEMENTS(machine->arch->boards) && machine->arch->boards[i]; i++)
		if (!ask_board(machine, machine->arch->boards[i], error))
			return false;
	machine->facts.has_kvm = machine->host && ask_kvm(machine);
	if (virConnectGetVersion(machine->conn, &qemu) < 0 ||
	    virConnectGetLibVersion(machine->conn, &lib) < 0)
		return machine_fail(error, "cannot ask for QEMU's version");
	machine->facts.versions = g_strdup_printf("QEMU %lu.%lu.%lu, libvirt %lu.%lu.%lu",
						  qemu / 1000000, qemu / 1000 % 1000, qemu % 1000,
						  lib / 1000000, lib / 1000 % 1000, lib % 1000);
	return true;
}
