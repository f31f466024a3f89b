/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MIRACAST_MODE_H
#define MIRACAST_MODE_H

#include <linux/types.h>

#include <drm/drm_modes.h>

struct drm_miracast_mode;
struct drm_mode_modeinfo;

/* Windows refuses less (DDI row C5); more is beyond any sink. */
#define MIRACAST_REFRESH_MIN_MHZ 23900
#define MIRACAST_REFRESH_MAX_MHZ 240000
/* Pixels of a line, and lines. */
#define MIRACAST_SIZE_MAX 8192

u32 miracast_mode_refresh_mhz(const struct drm_display_mode *mode);
enum drm_mode_status miracast_mode_bounds(const struct drm_display_mode *mode);
bool miracast_mode_ok(const struct drm_miracast_mode *mode);
bool miracast_mode_matches(const struct drm_miracast_mode *want, const struct drm_display_mode *mode);
void miracast_mode_fill(struct drm_display_mode *mode, const struct drm_miracast_mode *want);
void miracast_mode_to_user(struct drm_mode_modeinfo *out, const struct drm_display_mode *mode);

#endif
