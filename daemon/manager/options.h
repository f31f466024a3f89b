/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a cast can be told: the keys mode, bitrate, timeout, audio, name, encoder. As text they stand in the configuration file and
 * among a sink's defaults, as D-Bus values in Connect().
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

struct mc_display_options {
	char *name, *encoder, *driver;	/* may be NULL; driver is not an option of a cast's but of the daemon's */
	uint32_t width, height, refresh_mhz;	/* 0: whatever is best */
	uint32_t bitrate_kbps;
	uint32_t timeout_s;
	bool audio;
};

/* NULL-terminated. */
extern const char *const mc_options_keys[];

/* Built-in: 30 s, sound. */
void mc_options_init(struct mc_display_options *options);
void mc_options_clear(struct mc_display_options *options);
void mc_options_copy(struct mc_display_options *to, const struct mc_display_options *from);

/* Sets one. False and @error ("mode cannot be ...; expected ...") when it is no key or has no such value; nothing has changed then. */
bool mc_options_set(struct mc_display_options *options, const char *key, const char *value, GError **error);
/* Of a{sv}: strings, and numbers and booleans where that is what they are. */
bool mc_options_set_all(struct mc_display_options *options, GVariant *dictionary, GError **error);
