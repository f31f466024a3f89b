// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of a cast, checked. */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "common/wire.h"

#define TIMEOUT_S 30

void mc_options_init(struct mc_display_options *options)
{
	*options = (struct mc_display_options){ .timeout_s = TIMEOUT_S, .audio = true };
}

void mc_options_clear(struct mc_display_options *options)
{
	g_clear_pointer(&options->name, g_free);
	g_clear_pointer(&options->encoder, g_free);
	g_clear_pointer(&options->driver, g_free);
}

void mc_options_copy(struct mc_display_options *to, const struct mc_display_options *from)
{
	*to = *from;
	to->name = g_strdup(from->name);
	to->encoder = g_strdup(from->encoder);
	to->driver = g_strdup(from->driver);
}

static bool set_mode(struct mc_display_options *options, const char *text)
{
	unsigned int width = 0, height = 0;
	double hz = 0;
	int used = 0;

	if (sscanf(text, "%ux%u%n@%lf%n", &width, &height, &used, &hz, &used) < 2 || text[used] || width < 16 || width > 8192 ||
	    height < 16 || height > 8192 || !(hz >= 0 && hz <= 240))
		return false;
	options->width = width;
	options->height = height;
	options->refresh_mhz = hz * 1000 + 0.5;
	return true;
}

static bool set_number(uint32_t *value, const char *text, guint64 least, guint64 most)
{
	guint64 number;

	if (!g_ascii_string_to_unsigned(text, 10, least, most, &number, NULL))
		return false;
	*value = number;
	return true;
}

static bool set_bitrate(struct mc_display_options *options, const char *text)
{
	return set_number(&options->bitrate_kbps, text, 0, 100000);
}

static bool set_timeout(struct mc_display_options *options, const char *text)
{
	return set_number(&options->timeout_s, text, 1, 600);
}

static bool set_audio(struct mc_display_options *options, const char *text)
{
	bool yes = !g_ascii_strcasecmp(text, "yes") || !g_ascii_strcasecmp(text, "true");

	if (!yes && g_ascii_strcasecmp(text, "no") && g_ascii_strcasecmp(text, "false"))
		return false;
	options->audio = yes;
	return true;
}

static bool set_name(struct mc_display_options *options, const char *text)
{
	if (strlen(text) >= MC_WIRE_NAME || !g_utf8_validate(text, -1, NULL))
		return false;
	g_free(options->name);
	options->name = g_strdup(text);
	return true;
}

static bool set_encoder(struct mc_display_options *options, const char *text)
{
	if (strcmp(text, "x264enc"))
		return false;
	g_free(options->encoder);
	options->encoder = g_strdup(text);
	return true;
}

static const struct {
	const char *key, *expected;
	bool (*set)(struct mc_display_options *options, const char *text);
} table[] = {
	{ "mode", "WIDTHxHEIGHT or WIDTHxHEIGHT@HERTZ", set_mode },
	{ "bitrate", "kbit/s up to 100000, 0 for what suits the mode", set_bitrate },
	{ "timeout", "seconds from 1 to 600", set_timeout },
	{ "audio", "yes or no", set_audio },
	{ "name", "up to 63 bytes of UTF-8", set_name },
	{ "encoder", "x264enc", set_encoder },
};

const char *const mc_options_keys[] = { "mode", "bitrate", "timeout", "audio", "name", "encoder", NULL };

bool mc_options_set(struct mc_display_options *options, const char *key, const char *value, GError **error)
{
	g_autofree char *keys = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		if (strcmp(table[i].key, key))
			continue;
		if (table[i].set(options, value))
			return true;
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s cannot be \"%.60s\"; expected %s", key, value,
			    table[i].expected);
		return false;
	}
	keys = g_strjoinv(", ", (char **)mc_options_keys);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "there is no option \"%.40s\"; there are %s", key, keys);
	return false;
}

bool mc_options_set_all(struct mc_display_options *options, GVariant *dictionary, GError **error)
{
	GVariantIter iter;
	const char *key;
	GVariant *value;

	g_variant_iter_init(&iter, dictionary);
	while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
		g_autoptr(GVariant) owned = value;
		g_autofree char *text = g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string(value, NULL) :
								g_variant_print(value, FALSE);

		if (!mc_options_set(options, key, text, error))
			return false;
	}
	return true;
}
