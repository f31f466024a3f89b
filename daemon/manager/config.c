// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file: a key file with the groups [daemon] and [cast]. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "common/wire.h"

#define NAME_MAX_BYTES 200

static char *host_name(void)
{
	char name[65] = "";

	gethostname(name, sizeof(name) - 1);
	return g_utf8_validate(name, -1, NULL) && *name ? g_strdup(name) : g_strdup("Linux");
}

static bool set_daemon(struct mc_config *config, const char *key, const char *value, GError **error)
{
	static const struct { const char *name; uint32_t policy; } policies[] = {
		{ "auto", DRM_MIRACAST_IMPORT_AUTO }, { "always", DRM_MIRACAST_IMPORT_ALWAYS }, { "never", DRM_MIRACAST_IMPORT_NEVER },
	};

	if (!strcmp(key, "name")) {
		if (!*value || strlen(value) > NAME_MAX_BYTES || !g_utf8_validate(value, -1, NULL)) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "name wants 1 to %d bytes of UTF-8", NAME_MAX_BYTES);
			return false;
		}
		g_free(config->name);
		config->name = g_strdup(value);
		return true;
	}
	if (!strcmp(key, "driver")) {
		g_clear_pointer(&config->driver, g_free);
		if (!strcmp(value, "gst"))
			return true;
		if (!g_path_is_absolute(value) || strlen(value) >= MC_WIRE_NAME) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "driver wants gst or the absolute path of a shared "
				    "object, below %u bytes", MC_WIRE_NAME);
			return false;
		}
		config->driver = g_strdup(value);
		return true;
	}
	if (!strcmp(key, "import")) {
		for (gsize i = 0; i < G_N_ELEMENTS(policies); i++) {
			if (!strcmp(policies[i].name, value)) {
				config->import_policy = policies[i].policy;
				return true;
			}
		}
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "import cannot be \"%.40s\"; expected auto, always or never", value);
		return false;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "there is no key \"%.40s\"; there are name, driver, import", key);
	return false;
}

static bool load_group(struct mc_config *config, GKeyFile *file, const char *group, GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
	bool daemon = !strcmp(group, "daemon");

	if (!daemon && strcmp(group, "cast")) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "there is no such group; there are [daemon] and [cast]");
		return false;
	}
	for (char **key = keys; *key; key++) {
		g_autofree char *value = g_key_file_get_string(file, group, *key, error);

		if (!value || !(daemon ? set_daemon(config, *key, value, error) : mc_options_set(&config->cast, *key, value, error)))
			return false;
	}
	return true;
}

bool mc_config_load(struct mc_config *config, const char *path, bool must_exist, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) failure = NULL;
	g_auto(GStrv) groups = NULL;

	*config = (struct mc_config){ .name = host_name(), .import_policy = DRM_MIRACAST_IMPORT_AUTO };
	mc_options_init(&config->cast);
	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &failure)) {
		if (!must_exist && g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
			return true;
		g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s: ", path);
		return false;
	}
	groups = g_key_file_get_groups(file, NULL);
	for (char **group = groups; *group; group++) {
		if (!load_group(config, file, *group, &failure)) {
			g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s: [%s] ", path, *group);
			return false;
		}
	}
	return true;
}

void mc_config_clear(struct mc_config *config)
{
	g_clear_pointer(&config->name, g_free);
	g_clear_pointer(&config->driver, g_free);
	mc_options_clear(&config->cast);
}
