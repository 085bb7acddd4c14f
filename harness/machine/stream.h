/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of libvirt's: a console or a channel of a guest on another host. Internal to this room.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

typedef struct Stream Stream;

/**
 * stream_new() - for virDomainOpenConsole() and virDomainOpenChannel()
 * @wake: eventfd that is written to whenever there may be something to read; must stay open until
 *        stream_close()
 *
 * Return: NULL with libvirt's last error set.
 */
Stream *stream_new(virConnectPtr conn, int wake);
/** stream_raw() - libvirt's part of it; borrowed */
virStreamPtr stream_raw(Stream *stream);
/** stream_listen() - once it is opened: have @wake written to; false with libvirt's last error */
bool stream_listen(Stream *stream);

/**
 * stream_read() - what has come; never waits
 * @ret_end: set at the end of the stream, whatever ended it; else untouched
 *
 * Return: bytes in @buf, 0 for none.
 */
gsize stream_read(Stream *stream, char *buf, gsize size, bool *ret_end);

/** stream_send() - all of @data; waits ten seconds at most; false where the other side takes it not
 */
bool stream_send(Stream *stream, const char *data, gsize len);

/** stream_close() - let go of it; NULL is fine */
void stream_close(Stream *stream);
