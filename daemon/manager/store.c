// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's memory: a key file. */
#include "store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SINK "sink "
#define NETWORK "network "
/* Sinks that are remembered; the one that was not seen for longest goes first. */
#define SINKS_MAX 200

struct mc_store {
	char *path;
	GKeyFile *file;
};

static bool save(mc_store *s, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(s->path);
	g_autoptr(GError) failure = NULL;
	gsize size;
	g_autofree char *text = g_key_file_to_data(s->file, &size, NULL);

	g_mkdir_with_parents(directory, 0700);
	if (g_file_set_contents_full(s->path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &failure))
		return true;
	g_warning("%s", failure->message);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "it cannot be remembered: %s", failure->message);
	return false;
}

mc_store *mc_store_new(const char *path)
{
	mc_store *s = g_new0(mc_store, 1);
	g_autoptr(GError) error = NULL;

	s->path = g_strdup(path);
	s->file = g_key_file_new();
	if (!g_key_file_load_from_file(s->file, path, G_KEY_FILE_KEEP_COMMENTS, &error) && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		g_autofree char *aside = g_strconcat(path, ".broken", NULL);

		g_warning("%s: %s; it is kept as %s", path, error->message, aside);
		g_rename(path, aside);
		g_key_file_unref(s->file);
		s->file = g_key_file_new();
	}
	return s;
}

void mc_store_free(mc_store *s)
{
	if (!s)
		return;
	g_key_file_unref(s->file);
	g_free(s->path);
	g_free(s);
}

static char *group_of(const char *kind, const char *key)
{
	char *group = g_strconcat(kind, key, NULL);

	/* A group's name holds no bracket and no control character. */
	for (char *p = group; *p; p++) {
		if (*p == '[' || *p == ']' || g_ascii_iscntrl(*p))
			*p = '_';
	}
	return group;
}

bool mc_store_is_trusted(mc_store *s, const char *key)
{
	g_autofree char *group = group_of(NETWORK, key);

	return g_key_file_has_group(s->file, group);
}

bool mc_store_set_trusted(mc_store *s, const char *key, const char *name, bool trusted, GError **error)
{
	g_autofree char *group = group_of(NETWORK, key);

	if (trusted)
		g_key_file_set_string(s->file, group, "name", name);
	else
		g_key_file_remove_group(s->file, group, NULL);
	return save(s, error);
}

GVariant *mc_store_trusted(mc_store *s)
{
	g_auto(GStrv) groups = g_key_file_get_groups(s->file, NULL);
	GVariantBuilder list = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ss)"));

	for (char **group = groups; *group; group++) {
		g_autofree char *name = NULL;

		if (!g_str_has_prefix(*group, NETWORK))
			continue;
		name = g_key_file_get_string(s->file, *group, "name", NULL);
		g_variant_builder_add(&list, "(ss)", *group + strlen(NETWORK), name ? name : "");
	}
	return g_variant_builder_end(&list);
}

/* The oldest remembered sink without defaults, while there are too many. */
static void trim(mc_store *s)
{
	g_auto(GStrv) ids = mc_store_ids(s, NULL);
	g_autofree char *oldest = NULL;
	gint64 time = G_MAXINT64;

	if (g_strv_length(ids) <= SINKS_MAX)
		return;
	for (char **id = ids; *id; id++) {
		g_autofree char *group = group_of(SINK, *id);
		gint64 last = g_key_file_get_int64(s->file, group, "last", NULL);

		if (last < time) {
			time = last;
			g_free(oldest);
			oldest = g_strdup(group);
		}
	}
	g_key_file_remove_group(s->file, oldest, NULL);
}

void mc_store_remember(mc_store *s, const char *id, const char *name)
{
	g_autofree char *group = group_of(SINK, id);

	g_key_file_set_string(s->file, group, "name", name);
	g_key_file_set_int64(s->file, group, "last", g_get_real_time() / G_USEC_PER_SEC);
	trim(s);
	save(s, NULL);
}

bool mc_store_knows(mc_store *s, const char *id)
{
	g_autofree char *group = group_of(SINK, id);

	return g_key_file_has_key(s->file, group, "last", NULL);
}

char **mc_store_ids(mc_store *s, const char *name)
{
	g_auto(GStrv) groups = g_key_file_get_groups(s->file, NULL);
	GPtrArray *ids = g_ptr_array_new();

	for (char **group = groups; *group; group++) {
		g_autofree char *own = NULL;

		if (!g_str_has_prefix(*group, SINK) || !g_key_file_has_key(s->file, *group, "last", NULL))
			continue;
		own = g_key_file_get_string(s->file, *group, "name", NULL);
		if (!name || !g_strcmp0(own, name))
			g_ptr_array_add(ids, g_strdup(*group + strlen(SINK)));
	}
	g_ptr_array_add(ids, NULL);
	return (char **)g_ptr_array_free(ids, FALSE);
}

char *mc_store_name(mc_store *s, const char *id)
{
	g_autofree char *group = group_of(SINK, id);

	return g_key_file_get_string(s->file, group, "name", NULL);
}

bool mc_store_forget(mc_store *s, const char *id)
{
	g_autofree char *group = group_of(SINK, id);

	if (!g_key_file_remove_group(s->file, group, NULL))
		return false;
	save(s, NULL);
	return true;
}

char *mc_store_get(mc_store *s, const char *id, const char *key)
{
	g_autofree char *group = group_of(SINK, id);

	return g_key_file_get_string(s->file, group, key, NULL);
}

bool mc_store_set(mc_store *s, const char *id, const char *name, const char *key, const char *value, GError **error)
{
	g_autofree char *group = group_of(SINK, id);

	if (value && *value) {
		g_key_file_set_string(s->file, group, key, value);
		if (name && *name)
			g_key_file_set_string(s->file, group, "name", name);
	} else {
		g_key_file_remove_key(s->file, group, key, NULL);
	}
	return save(s, error);
}
