// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes: rates in millihertz, and a timing for a mode that a sink takes but its EDID does not name. Pure.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <drm/drm_modes.h>
#include <drm/miracast_drm.h>

#include "miracast_mode.h"

/* Blanking of our own timings: nothing is driven, so it only has to look like a monitor's. */
#define HBLANK 160
#define HSYNC_START 48
#define HSYNC 32
#define VBLANK 31
#define VSYNC_START 3
#define VSYNC 5

/**
 * miracast_mode_refresh_mhz - refresh rate of a mode
 * @mode: any mode
 *
 * Returns: millihertz, 0 for a mode without a total. drm_mode_vrefresh() rounds to a hertz.
 */
u32 miracast_mode_refresh_mhz(const struct drm_display_mode *mode)
{
	u64 total = (u64)mode->htotal * mode->vtotal;

	return total ? min_t(u64, DIV64_U64_ROUND_CLOSEST(mode->clock * 1000000ULL, total), U32_MAX) : 0;
}

/**
 * miracast_mode_bounds - whether the timer and the buffers can do it
 * @mode: any mode
 */
enum drm_mode_status miracast_mode_bounds(const struct drm_display_mode *mode)
{
	u32 mhz = miracast_mode_refresh_mhz(mode);

	if (mode->hdisplay > MIRACAST_SIZE_MAX)
		return MODE_BAD_HVALUE;
	if (mode->vdisplay > MIRACAST_SIZE_MAX)
		return MODE_BAD_VVALUE;
	return mhz < MIRACAST_REFRESH_MIN_MHZ || mhz > MIRACAST_REFRESH_MAX_MHZ ? MODE_VSYNC : MODE_OK;
}

/**
 * miracast_mode_ok - whether a listed mode is within the bounds of the uAPI
 * @mode: from user space
 */
bool miracast_mode_ok(const struct drm_miracast_mode *mode)
{
	return mode->width >= 16 && mode->width <= 8192 && mode->height >= 16 && mode->height <= 8192 &&
	       mode->refresh_mhz >= MIRACAST_REFRESH_MIN_MHZ && mode->refresh_mhz <= MIRACAST_REFRESH_MAX_MHZ &&
	       !(mode->flags & ~DRM_MIRACAST_MODE_PREFERRED);
}

/**
 * miracast_mode_matches - whether a timing is a listed mode
 * @want: listed
 * @mode: timing
 *
 * 59.94 Hz and 60 Hz are the same to a sink: rates may differ by two thousandths.
 */
bool miracast_mode_matches(const struct drm_miracast_mode *want, const struct drm_display_mode *mode)
{
	u32 mhz = miracast_mode_refresh_mhz(mode);
	u32 slack = want->refresh_mhz / 500;

	return mode->hdisplay == want->width && mode->vdisplay == want->height &&
	       !(mode->flags & (DRM_MODE_FLAG_INTERLACE | DRM_MODE_FLAG_DBLSCAN)) &&
	       mhz >= want->refresh_mhz - slack && mhz <= want->refresh_mhz + slack;
}

/**
 * miracast_mode_fill - a timing of our own
 * @mode: filled; its type is set by the caller
 * @want: miracast_mode_ok()
 *
 * Width and height are exact (CVT would round the width to eight pixels), the rate to the kilohertz of the clock.
 */
void miracast_mode_fill(struct drm_display_mode *mode, const struct drm_miracast_mode *want)
{
	mode->hdisplay = want->width;
	mode->hsync_start = mode->hdisplay + HSYNC_START;
	mode->hsync_end = mode->hsync_start + HSYNC;
	mode->htotal = mode->hdisplay + HBLANK;
	mode->vdisplay = want->height;
	mode->vsync_start = mode->vdisplay + VSYNC_START;
	mode->vsync_end = mode->vsync_start + VSYNC;
	mode->vtotal = mode->vdisplay + VBLANK;
	mode->flags = DRM_MODE_FLAG_PHSYNC | DRM_MODE_FLAG_NVSYNC;
	mode->clock = DIV64_U64_ROUND_CLOSEST((u64)mode->htotal * mode->vtotal * want->refresh_mhz, 1000000ULL);
	drm_mode_set_name(mode);
}

/**
 * miracast_mode_to_user - a mode as the KMS uAPI writes it
 * @out: filled
 * @mode: any mode
 */
void miracast_mode_to_user(struct drm_mode_modeinfo *out, const struct drm_display_mode *mode)
{
	memset(out, 0, sizeof(*out));
	out->clock = mode->clock;
	out->hdisplay = mode->hdisplay;
	out->hsync_start = mode->hsync_start;
	out->hsync_end = mode->hsync_end;
	out->htotal = mode->htotal;
	out->hskew = mode->hskew;
	out->vdisplay = mode->vdisplay;
	out->vsync_start = mode->vsync_start;
	out->vsync_end = mode->vsync_end;
	out->vtotal = mode->vtotal;
	out->vscan = mode->vscan;
	out->vrefresh = drm_mode_vrefresh(mode);
	out->flags = mode->flags & DRM_MODE_FLAG_ALL;
	out->type = mode->type & (DRM_MODE_TYPE_PREFERRED | DRM_MODE_TYPE_USERDEF | DRM_MODE_TYPE_DRIVER);
	strscpy(out->name, mode->name, sizeof(out->name));
}
