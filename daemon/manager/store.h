/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon remembers between runs, in one file: sinks that it has cast to, with the user's defaults for each, and networks
 * on which the user wants to be cast from. Written at once, whole, when something changes.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct mc_store mc_store;

/* @path: the file; it need not exist. One that cannot be read is told, kept aside as PATH.broken, and the store begins empty. */
mc_store *mc_store_new(const char *path);
void mc_store_free(mc_store *store);

/* A network: @key as of network.h. */
bool mc_store_is_trusted(mc_store *store, const char *key);
bool mc_store_set_trusted(mc_store *store, const char *key, const char *name, bool trusted, GError **error);
/* (key, name) of each trusted network. */
GVariant *mc_store_trusted(mc_store *store);

/* Remembers that a cast to this sink has run. */
void mc_store_remember(mc_store *store, const char *id, const char *name);
bool mc_store_knows(mc_store *store, const char *id);
/* The ids of the sinks that are remembered; of those called @name when it is given. Free with g_strfreev(). */
char **mc_store_ids(mc_store *store, const char *name);
char *mc_store_name(mc_store *store, const char *id);
/* False when there was nothing to forget. */
bool mc_store_forget(mc_store *store, const char *id);

/* A default of the user's for one sink; NULL when there is none. @value NULL or "" takes it away. Keys are those of options.h. */
char *mc_store_get(mc_store *store, const char *id, const char *key);
bool mc_store_set(mc_store *store, const char *id, const char *name, const char *key, const char *value, GError **error);
