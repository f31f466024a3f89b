/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sinks on the networks of this machine, found by Avahi: mDNS service type _display._tcp (MS-MICE). Looks only while somebody asks,
 * and a minute longer.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#define MC_DISCOVERY_MAX 64	/* sinks that are shown; the network may say that there are more */

struct mc_sink {
	char *id;		/* its container_id, lower case; one that has none: "host:" and its host name */
	char *name;		/* UTF-8 without control characters, not empty; anybody may call himself so */
	GInetAddress *address;
	uint16_t port;
	unsigned int ifindex;
};

typedef struct mc_discovery mc_discovery;

/* @changed: a sink came or went, or the looking round is done. */
mc_discovery *mc_discovery_new(void (*changed)(void *data), void *data);
void mc_discovery_free(mc_discovery *discovery);

/* Looks, or goes on looking, for a minute. */
void mc_discovery_look(mc_discovery *discovery);

/* Whether what is there has had the time to say so. */
bool mc_discovery_is_settled(const mc_discovery *discovery);

/* Why nothing can be found, in words; NULL when all is well. */
const char *mc_discovery_problem(const mc_discovery *discovery);

/* Of const struct mc_sink *, each id once for each interface; the list is the caller's, the sinks are valid until the main loop runs again. */
GPtrArray *mc_discovery_sinks(const mc_discovery *discovery);
