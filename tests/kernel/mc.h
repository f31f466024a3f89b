/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The consumer's side of miracast.ko for tests: thin calls that return 0 or a negative errno, and a reader of chunks. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <drm/miracast_drm.h>

struct mc_context {
	int control, fd;
	uint32_t id, connector, crtc, minor;
};

/* The buffers of a channel, mapped. */
struct mc_buffers {
	int fd[DRM_MIRACAST_SLOTS];
	void *map[DRM_MIRACAST_SLOTS];
	size_t size[DRM_MIRACAST_SLOTS];
	int told;	/* how often a slot was new */
};

/* ioctl() that returns a negative errno. */
int mc_ioctl(int fd, unsigned long request, const void *arg);

/* Opens /dev/miracast; exits when it is not there. */
int mc_open(void);

int mc_create(int control, const char *name, struct mc_context *context);
int mc_destroy(const struct mc_context *context);

/* A monitor that offers one mode, or several: "1920x1080@60"; the first is preferred. At most 8. */
int mc_arrive(int context, const char *const *modes, const void *edid, size_t edid_size);
int mc_depart(int context);

/* A channel's file, or a negative errno. */
int mc_vc(int context);
int mc_activate(int vc, uint32_t flags, uint32_t max_rate_mhz);
int mc_deactivate(int vc);
int mc_next(int vc, uint64_t release_token, struct drm_miracast_next_chunk *chunk);
int mc_release(int vc, uint64_t token, uint32_t *status);
int mc_state(int context, struct drm_miracast_get_state *state);
int mc_ack(int context, uint64_t serial);

/* poll() for a chunk, a state or the end; returns revents, 0 after the time. */
int mc_wait(int fd, int ms);

/* Waits until the state's flags under the mask are these; returns 0 or -ETIME. */
int mc_wait_state(int context, uint32_t mask, uint32_t flags, int ms);

/*
 * Waits for a chunk and acquires it, releasing the token before (0: none). Returns 0, -ETIME or what NEXT_CHUNK returns.
 */
int mc_acquire(int vc, uint64_t release_token, struct drm_miracast_next_chunk *chunk, int ms);

/* Maps what a chunk names anew. Returns 0 or a negative errno. */
int mc_map(int vc, const struct drm_miracast_next_chunk *chunk, struct mc_buffers *buffers);
void mc_unmap(struct mc_buffers *buffers);

/* Copies a rectangle of the primary plane to a picture of XRGB8888 words, width words a line; alpha becomes 0xff. */
void mc_read(const struct drm_miracast_next_chunk *chunk, const struct mc_buffers *buffers, uint32_t *picture,
	     const struct drm_mode_rect *rect);

/* Blends the cursor plane, if the chunk has one, over a picture. */
void mc_blend_cursor(const struct drm_miracast_next_chunk *chunk, const struct mc_buffers *buffers, uint32_t *picture);

/* Writes a picture as PNG (RGB); returns 0 or -EIO. */
int mc_png(const char *path, const uint32_t *picture, int width, int height);
