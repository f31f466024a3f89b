/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file, miracastd.conf(5). */
#pragma once

#include <drm/miracast_drm.h>

#include "options.h"

struct mc_config {
	char *name;			/* what sinks show as the source's name; never NULL */
	char *driver;			/* NULL: the built-in one */
	uint32_t import_policy;		/* DRM_MIRACAST_IMPORT_* */
	struct mc_display_options cast;	/* what every cast begins with */
};

/* Built-in values, then those of @path. A file that is not there is fine unless @must_exist. False and @error ("FILE: [group] key ...")
 * for one with a mistake in it; @config is to be cleared all the same. */
bool mc_config_load(struct mc_config *config, const char *path, bool must_exist, GError **error);
void mc_config_clear(struct mc_config *config);
