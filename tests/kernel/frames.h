/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of frames share: a monitor, a channel, and a display server with three buffers. Included once by each program. */
#pragma once

#include <drm_fourcc.h>
#include <unistd.h>

#include "kms.h"
#include "mc.h"
#include "tap.h"

#define W 640
#define H 480
#define FBS 3

static struct mc_context context;
static struct mc_buffers buffers;
static struct kms kms;
static struct kms_fb fb[FBS];
static int control, vc;
static uint64_t token;
static unsigned int seed;
static struct drm_miracast_next_chunk chunk;

static void begin(void)
{
	memset(&buffers, 0, sizeof(buffers));
	token = 0;
	control = mc_open();
	check_ret(mc_create(control, "frames", &context), 0);
	check_ret(mc_arrive(context.fd, (const char *[]){ "640x480@60", "800x600@60", NULL }, NULL, 0), 0);
	check_ret(mc_wait_state(context.fd, DRM_MIRACAST_STATE_CONNECTED, DRM_MIRACAST_STATE_CONNECTED, 3000), 0);
	vc = mc_vc(context.fd);
	check(vc >= 0);
	check_ret(kms_open(&kms, context.minor), 0);
	check_ret(kms_target(&kms, context.connector, context.crtc), 0);
	for (int i = 0; i < FBS; i++)
		check_ret(kms_fb(&kms, &fb[i], W, H, DRM_FORMAT_XRGB8888), 0);
}

static void end(void)
{
	mc_unmap(&buffers);
	for (int i = 0; i < FBS; i++)
		kms_fb_free(&kms, &fb[i]);
	kms_off(&kms);
	kms_close(&kms);
	close(vc);
	close(context.fd);
	close(control);
}

static inline void show(uint32_t flags, uint32_t rate)
{
	check_ret(mc_activate(vc, flags, rate), 0);
	check_ret(kms_modeset(&kms, W, H, 0, &fb[0]), 0);
}

/* Acquires the next chunk, giving back the one before. */
static inline int next(void)
{
	int ret = mc_acquire(vc, token, &chunk, 1000);

	token = ret ? 0 : chunk.token;
	return ret ? ret : mc_map(vc, &chunk, &buffers);
}

static inline void give_back(void)
{
	check_ret(mc_release(vc, token, NULL), 0);
	token = 0;
}

static inline int flip(int i, const struct drm_mode_rect *clips, int count)
{
	int ret = kms_flip(&kms, &fb[i], clips, count);

	return ret ? ret : kms_wait(&kms, 2000, NULL, NULL);
}

static inline void fill(struct kms_fb *to, const struct drm_mode_rect *rect, uint32_t value)
{
	for (int y = rect->y1; y < rect->y2; y++) {
		for (int x = rect->x1; x < rect->x2; x++)
			to->map[y * (to->pitch / 4) + x] = value + y * 977 + x;
	}
}

static const struct drm_mode_rect everything = { 0, 0, W, H };

static inline bool is_full(const struct drm_miracast_next_chunk *c)
{
	return c->flags & DRM_MIRACAST_CHUNK_FULL && c->damage_count == 1 && !memcmp(&c->damage[0], &everything, sizeof(everything));
}
