/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One cast: a kernel context, a session process and the sink that it talks to. A state machine on the main loop; every failure has
 * a step and words. What comes from the session is checked, bounded and limited in rate.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "common/wire.h"
#include "options.h"

enum mc_display_state {
	MC_DISPLAY_STARTING,	/* the session process gets ready */
	MC_DISPLAY_WAITING,	/* for the sink to connect */
	MC_DISPLAY_NEGOTIATING,
	MC_DISPLAY_STREAMING,
	MC_DISPLAY_PAUSED,
	MC_DISPLAY_STOPPING,
	MC_DISPLAY_ENDED,
	MC_DISPLAY_FAILED,
};

typedef struct mc_display mc_display;

/* What a display is made of; borrowed for its life. */
struct mc_display_environment {
	int control;			/* /dev/miracast */
	const char *session_program, *session_user;
	const char *source_name;	/* what the sink is told that we are called */
};

/* Whom to cast to. Everything is copied. */
struct mc_display_target {
	const char *target;		/* "ip:ADDRESS" or a sink's id */
	const char *name;		/* the sink's, "" when it is not known */
	GInetAddress *peer, *local;
	uint16_t mice_port;		/* where the sink is asked to connect to us; 0: it is told otherwise */
	bool mice_required;		/* nobody there: the cast fails. Else the sink may come by itself. */
};

/* Something in the snapshot below has changed. */
typedef void (*mc_display_changed)(mc_display *display, void *data);

struct mc_display_snapshot {
	enum mc_display_state state;
	const char *state_name, *target, *name;
	char address[64], step[MC_WIRE_TEXT], failed_step[MC_WIRE_NAME], reason[MC_WIRE_TEXT];
	char connector[32], sink[MC_WIRE_NAME], encoder[MC_WIRE_NAME];
	uint32_t width, height, refresh_mhz, bitrate_kbps, audio, profile, level;
	uint64_t sandbox;
	struct mc_wire_statistics statistics;
};

/* Takes a target of the kernel and starts. NULL and @error when it cannot even begin. */
mc_display *mc_display_new(const struct mc_display_environment *environment, const struct mc_display_target *target,
			   const struct mc_display_options *options, mc_display_changed changed, void *data, GError **error);
void mc_display_free(mc_display *display);

/* Ends it; nothing of it is left 3 s later. */
void mc_display_stop(mc_display *display, enum mc_wire_stop_reason reason);

/* A sink has connected from @peer: takes @fd if it is this display's and waited for. */
bool mc_display_take_connection(mc_display *display, GInetAddress *peer, int fd);

bool mc_display_is_over(const mc_display *display);
GInetAddress *mc_display_peer(const mc_display *display);
const struct mc_display_snapshot *mc_display_look(const mc_display *display);
