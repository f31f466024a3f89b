/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and sockets of the manager: who is the sink, from where is it reached, and nobody else. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#define MC_RTSP_PORT 7236

/* "ip:ADDRESS", numeric, IPv6 with a scope where it needs one. NULL and @error for what is none. */
GInetAddress *mc_net_parse_target(const char *target, GError **error);

/* Our address towards a peer; NULL and @error when there is no route. */
GInetAddress *mc_net_local_for(GInetAddress *peer, GError **error);

/* A UDP socket from an address of ours to a port of the peer's; its own port in @port. Negative errno. */
int mc_net_udp(GInetAddress *local, GInetAddress *peer, uint16_t peer_port, uint16_t own_port, uint16_t *port);

typedef struct mc_listener mc_listener;
/* A sink has connected; takes the socket. Returns whether the peer was expected. */
typedef bool (*mc_listener_accept)(void *data, GInetAddress *peer, int fd);

/* Listens for RTSP at an address; several displays share one. */
mc_listener *mc_listener_new(GInetAddress *local, mc_listener_accept accept, void *data, GError **error);
void mc_listener_free(mc_listener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(mc_listener, mc_listener_free)
