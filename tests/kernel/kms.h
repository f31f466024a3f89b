/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small DRM master for tests: dumb buffers, atomic commits with damage, cursor. */
#pragma once

#include <stdint.h>
#include <xf86drmMode.h>

struct kms {
	int fd;
	uint32_t connector, crtc, primary, cursor;
	drmModeModeInfo mode;
	uint32_t mode_blob;
	uint64_t commit_ns;	/* CLOCK_MONOTONIC before the last commit's system call */
	struct { uint32_t object, id; const char *name; } known[64];	/* properties looked up before */
	int known_count;
};

struct kms_fb {
	uint32_t handle, id, width, height, pitch;
	uint64_t size;
	uint32_t *map;
};

/* Opens /dev/dri/cardMINOR and becomes its master; returns 0 or a negative errno. */
int kms_open(struct kms *kms, uint32_t minor);
void kms_close(struct kms *kms);

/* Which connector and CRTC the calls below are about. */
int kms_target(struct kms *kms, uint32_t connector, uint32_t crtc);

/* kms_target() for the first connector that is plugged in. */
int kms_first(struct kms *kms);

/* A framebuffer in a dumb buffer. */
int kms_fb(struct kms *kms, struct kms_fb *fb, uint32_t width, uint32_t height, uint32_t fourcc);
void kms_fb_free(struct kms *kms, struct kms_fb *fb);

/* Sets the mode of this size (height 0: any; hz 0: any) with the framebuffer on the primary plane; blocking. */
int kms_modeset(struct kms *kms, uint32_t width, uint32_t height, uint32_t hz, const struct kms_fb *fb);
/* Shows a framebuffer with damage (NULL: none told, that is all), without blocking, with an event. */
int kms_flip(struct kms *kms, const struct kms_fb *fb, const struct drm_mode_rect *clips, int count);
/* Waits for the event; *sequence and *us may be NULL. Returns 0 or -ETIME. */
int kms_wait(struct kms *kms, int ms, unsigned int *sequence, uint64_t *us);
/* A commit with one property of an object: blocking. */
int kms_set(struct kms *kms, uint32_t object, uint32_t type, const char *property, uint64_t value, uint32_t flags);
/* Disables the CRTC. */
int kms_off(struct kms *kms);
