/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which network an interface is on, so that the user can say which ones are his: NetworkManager's connection where that manages the
 * interface, else the hardware address of the interface's default gateway.
 */
#pragma once

#include <gio/gio.h>

typedef struct mc_network {
	char *key;		/* "nm:UUID" or "gateway:MAC"; NULL when the network has nothing to know it by */
	char *name;		/* for people */
	char *interface;
} mc_network;

/* @bus: the system bus, or NULL; is asked for at most a second. Never NULL. */
mc_network *mc_network_of(GDBusConnection *bus, unsigned int ifindex);
void mc_network_free(mc_network *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(mc_network, mc_network_free)
