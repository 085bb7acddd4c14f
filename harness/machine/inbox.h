/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes what a guest on another host sends (guest/protocol.h: `file`, `end`) into the share's out/
 * folder. A guest may send anything: from the first word that is not of the protocol on, nothing
 * is taken any more, which is as if it had sent nothing. Internal to this room.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Inbox Inbox;

/** inbox_new() - @share: folder with out/ in it; nobody else writes there */
Inbox *inbox_new(const char *share);
void inbox_free(Inbox *inbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbox, inbox_free)

/**
 * inbox_feed() - the next bytes, in pieces of any size
 * @error: BOX_ERROR_HOST: a file cannot be written
 */
bool inbox_feed(Inbox *inbox, const char *data, gsize len, GError **error);

/** inbox_ended() - whether the guest has said that this was all */
bool inbox_ended(const Inbox *inbox);
