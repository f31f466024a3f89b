// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the parameters color= and overlay= add: gamma, matrix, overlay planes, as the consumer is told of them.
 * Needs root and the module with both.
 */
#include "frames.h"

#define LUT 256

static int set_blob(const char *property, const void *data, size_t size)
{
	uint32_t blob = 0;
	int ret;

	if (data)
		drmModeCreatePropertyBlob(kms.fd, data, size, &blob);
	ret = kms_set(&kms, kms.crtc, DRM_MODE_OBJECT_CRTC, property, blob, 0);
	if (blob)
		drmModeDestroyPropertyBlob(kms.fd, blob);
	return ret;
}

static int get_blob(uint32_t type, void *data, uint32_t *size, uint64_t *serial)
{
	struct drm_miracast_get_blob args = { .data_ptr = (uintptr_t)data, .size = *size, .type = type };
	int ret = mc_ioctl(context.fd, DRM_IOCTL_MIRACAST_GET_BLOB, &args);

	*size = args.size;
	*serial = args.colour_serial;
	return ret;
}

static uint64_t colour_serial(void)
{
	struct drm_miracast_get_state state;

	check_ret(mc_state(context.fd, &state), 0);
	return state.colour_serial;
}

static void gamma_is_told_with_its_serial(void)
{
	struct drm_color_lut lut[LUT], got[LUT];
	uint32_t size = sizeof(got);
	uint64_t before, serial;

	for (int i = 0; i < LUT; i++)
		lut[i] = (struct drm_color_lut){ .red = 65535 - i * 257, .green = i * 257, .blue = i * 128 };
	begin();
	show(0, 0);
	need(next() == 0);
	before = colour_serial();
	check(chunk.colour_serial == before);
	check_ret(get_blob(DRM_MIRACAST_BLOB_GAMMA, got, &size, &serial), 0);
	check(size == 0 && serial == before);

	check_ret(set_blob("GAMMA_LUT", lut, sizeof(lut)), 0);
	/* It changes every pixel, so it is a chunk, of the whole picture. */
	need(next() == 0);
	check(chunk.colour_serial > before && chunk.flags & DRM_MIRACAST_CHUNK_FULL);
	check(colour_serial() == chunk.colour_serial);
	/* A room that is too small is told how much it takes, and is not written to. */
	memset(got, 0x55, sizeof(got));
	size = sizeof(got) - 1;
	check_ret(get_blob(DRM_MIRACAST_BLOB_GAMMA, got, &size, &serial), 0);
	check(size == sizeof(got) && got[0].red == 0x5555 && got[LUT - 1].blue == 0x5555);
	check_ret(get_blob(DRM_MIRACAST_BLOB_GAMMA, got, &size, &serial), 0);
	check(serial == chunk.colour_serial && !memcmp(got, lut, sizeof(lut)));
	check_ret(get_blob(DRM_MIRACAST_BLOB_GAMMA, NULL, &size, &serial), -EFAULT);
	size = sizeof(got);
	check_ret(get_blob(DRM_MIRACAST_BLOB_CTM + 1, got, &size, &serial), -EINVAL);

	/* Another number of entries is no table of ours. */
	check_ret(set_blob("GAMMA_LUT", lut, sizeof(lut) / 2), -EINVAL);
	check_ret(set_blob("GAMMA_LUT", NULL, 0), 0);
	size = sizeof(got);
	check_ret(get_blob(DRM_MIRACAST_BLOB_GAMMA, got, &size, &serial), 0);
	check(size == 0 && serial > chunk.colour_serial);
	end();
}

static void the_matrix_is_told(void)
{
	struct drm_color_ctm ctm = { { 1ULL << 31, 0, 1ULL << 63 | 1, 0, 1ULL << 32, 0, 7, 8, 9 } }, got;
	uint32_t size = sizeof(got);
	uint64_t serial;

	begin();
	show(0, 0);
	check_ret(set_blob("CTM", &ctm, sizeof(ctm)), 0);
	check_ret(get_blob(DRM_MIRACAST_BLOB_CTM, &got, &size, &serial), 0);
	check(size == sizeof(got) && !memcmp(&got, &ctm, sizeof(got)));
	check_ret(set_blob("CTM", NULL, 0), 0);
	end();
}

/* The plane of a type that can be on our CRTC, beside primary and cursor. */
static uint32_t find_overlay(void)
{
	drmModeRes *resources = drmModeGetResources(kms.fd);
	drmModePlaneRes *planes = drmModeGetPlaneResources(kms.fd);
	uint32_t found = 0, mask = 0;

	for (int i = 0; i < resources->count_crtcs; i++)
		mask |= resources->crtcs[i] == kms.crtc ? 1u << i : 0;
	for (uint32_t i = 0; i < planes->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(kms.fd, planes->planes[i]);

		if (plane->possible_crtcs & mask && plane->plane_id != kms.primary && plane->plane_id != kms.cursor)
			found = plane->plane_id;
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
	drmModeFreeResources(resources);
	return found;
}

static void an_overlay_is_a_plane_of_the_chunk(void)
{
	uint32_t overlay;
	struct kms_fb small;

	begin();
	overlay = find_overlay();
	need(overlay);
	check_ret(kms_fb(&kms, &small, 64, 32, DRM_FORMAT_ARGB8888), 0);
	show(0, 0);
	need(next() == 0);
	check(chunk.planes_count == 1 && chunk.planes[0].alpha == 0xffff);
	check_ret(drmModeSetPlane(kms.fd, overlay, kms.crtc, small.id, 0, 100, 50, 64, 32, 0, 0, 64 << 16, 32 << 16), 0);
	need(next() == 0);
	need(chunk.planes_count == 2);
	check(chunk.planes[1].type == DRM_MIRACAST_PLANE_OVERLAY && chunk.planes[1].fourcc == DRM_FORMAT_ARGB8888);
	check(chunk.planes[1].dst_x == 100 && chunk.planes[1].dst_y == 50 && chunk.planes[1].dst_w == 64 && chunk.planes[1].dst_h == 32);
	check(chunk.planes[1].alpha == 0xffff && chunk.planes[1].blend == DRM_MIRACAST_BLEND_PREMULTIPLIED);
	/* Only what it covers is another picture. */
	check(chunk.damage_count == 1 && chunk.damage[0].x1 == 100 && chunk.damage[0].y1 == 50 && chunk.damage[0].x2 == 164 &&
	      chunk.damage[0].y2 == 82);
	check_ret(kms_set(&kms, overlay, DRM_MODE_OBJECT_PLANE, "alpha", 0x4000, 0), 0);
	need(next() == 0);
	check(chunk.planes[1].alpha == 0x4000);
	check_ret(drmModeSetPlane(kms.fd, overlay, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0);
	need(next() == 0);
	check(chunk.planes_count == 1 && chunk.damage_count == 1 && chunk.damage[0].x1 == 100);
	kms_fb_free(&kms, &small);
	end();
}

int main(int argc, char **argv)
{
	tap_only = argc > 1 ? argv[1] : NULL;
	seed = 1;
	run(gamma_is_told_with_its_serial);
	run(the_matrix_is_told);
	run(an_overlay_is_a_plane_of_the_chunk);
	return tap_done();
}
