/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host of a driver: Windows' side of the user-mode driver interface, between the driver, the kernel and the manager. */
#pragma once

#include <glib.h>

#include "common/wire.h"
#include "driver.h"

struct mc_host;

/*
 * Loads the driver that the configuration names and creates its context. @wire and the kernel's @context stay the caller's.
 * NULL and *text (to be freed) when it cannot.
 */
struct mc_host *mc_host_new(int wire, int context, const struct mc_wire_config *config, GMainLoop *loop, char **text);
void mc_host_free(struct mc_host *host);

/* The sink is connected: the host owns @rtsp from now on. */
void mc_host_start(struct mc_host *host, int rtsp);
/* The manager's answer to RTP_REQUEST; takes the files. */
void mc_host_rtp(struct mc_host *host, struct mc_wire_message *message);
/* Ends the session as soon as the driver may be called; then says ENDED and quits the loop. */
void mc_host_stop(struct mc_host *host, enum mc_wire_stop_reason reason);
/* Sends to the manager. */
void mc_host_send(struct mc_host *host, const struct mc_wire_message *message);
