/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Miracast over Infrastructure: the connection to a sink's port 7250 by which it is asked to connect to our RTSP port. It stays
 * open for as long as the cast runs; closing it ends the cast, from either side.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

typedef struct mc_mice mc_mice;

enum mc_mice_event {
	MC_MICE_ASKED,		/* SOURCE_READY is on its way: the sink connects to us now, or asks its user first */
	MC_MICE_UNREACHABLE,	/* nobody listens there */
	MC_MICE_ENDED,		/* the sink has closed the connection or said STOP_PROJECTION */
	MC_MICE_NONSENSE,	/* it has sent what is no MICE, or what needs a PIN */
};

/* @text: for people. After UNREACHABLE, ENDED and NONSENSE nothing more is said; the callback may free the connection. */
typedef void (*mc_mice_callback)(void *data, enum mc_mice_event event, const char *text);

/* Connects from @local to @peer and says SOURCE_READY as @name. What goes wrong is told by the callback, never from in here. */
mc_mice *mc_mice_new(GInetAddress *local, GInetAddress *peer, uint16_t port, const char *name, uint16_t rtsp_port,
		     mc_mice_callback callback, void *data);

/* Says STOP_PROJECTION if SOURCE_READY went out, and closes. */
void mc_mice_free(mc_mice *mice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(mc_mice, mc_mice_free)
