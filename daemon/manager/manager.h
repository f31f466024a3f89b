/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's state, and the D-Bus objects in which it is shown. One main loop; nothing here is touched by another thread. */
#pragma once

#include <gio/gio.h>
#include <polkit/polkit.h>
#include <stdbool.h>

#include "config.h"
#include "discovery.h"
#include "display.h"
#include "miracastd-bus.h"
#include "store.h"

#define MC_PATH "/org/miracastd1"

struct manager;

/* A cast and its D-Bus object. */
struct entry {
	mc_display *display;
	McDisplay *object;
	char *path;
	struct manager *manager;
	bool remembered;
};

struct manager {
	GMainLoop *loop;
	GDBusConnection *bus;
	McManager *object;
	PolkitAuthority *authority;	/* NULL on a bus of one user */
	struct mc_display_environment environment;
	struct mc_config config;
	mc_store *store;
	mc_discovery *discovery;
	const char *device;
	GList *entries;			/* of struct entry, oldest first */
	GList *requests;		/* of struct request in connect.c */
	GList *questions;		/* of struct question in sinks.c */
	GHashTable *listeners;		/* address as text -> mc_listener */
	unsigned int next;
	bool ending;
	gboolean user_bus;
	int status;
};

/* --- casts.c: what runs and what has run ---------------------------------------------------------------- */

/* Begins a cast; the caller has seen to the device. NULL and @error when it cannot even begin. */
struct entry *mc_casts_begin(struct manager *m, struct mc_display_target *target, const struct mc_display_options *options, GError **error);
/* The newest cast with this target, sink name or number. */
struct entry *mc_casts_find(struct manager *m, const char *target, bool running);
void mc_casts_stop_all(struct manager *m, enum mc_wire_stop_reason reason);
void mc_casts_drop_all(struct manager *m);
gboolean mc_casts_handle_disconnect(McManager *object, GDBusMethodInvocation *invocation, const char *target, void *data);

/* --- connect.c: from a request to a cast ------------------------------------------------------------------ */

gboolean mc_connect_handle(McManager *object, GDBusMethodInvocation *invocation, const char *target, GVariant *options, void *data);
/* Something that a request may wait for has changed. */
void mc_connect_advance(struct manager *m);
/* Refuses what still waits. */
void mc_connect_end(struct manager *m);

/* --- sinks.c: who is there, who is trusted, what is remembered ------------------------------------------------ */

/* The sink that @target means, by id or by name. NULL and @error; *@wait: ask again when more sinks have had the time to answer. */
const struct mc_sink *mc_sinks_resolve(struct manager *m, const char *target, bool *wait, GError **error);
void mc_sinks_changed(struct manager *m);
void mc_sinks_end(struct manager *m);
gboolean mc_sinks_handle_list(McManager *object, GDBusMethodInvocation *invocation, void *data);
gboolean mc_sinks_handle_networks(McManager *object, GDBusMethodInvocation *invocation, void *data);
gboolean mc_sinks_handle_trust(McManager *object, GDBusMethodInvocation *invocation, const char *network, gboolean trusted, void *data);
gboolean mc_sinks_handle_set(McManager *object, GDBusMethodInvocation *invocation, const char *sink, GVariant *values, void *data);
gboolean mc_sinks_handle_forget(McManager *object, GDBusMethodInvocation *invocation, const char *sink, void *data);

/* --- polkit.c ---------------------------------------------------------------------------------------------------- */

/* "g-authorize-method" of every object. */
gboolean mc_authorise(GDBusInterfaceSkeleton *skeleton, GDBusMethodInvocation *invocation, void *data);
