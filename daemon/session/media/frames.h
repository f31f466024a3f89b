/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel channel as pictures: takes chunks, keeps the mapping of each buffer slot, and keeps an NV12 picture up to date by
 * damage, with the cursor in it. For one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm/miracast_drm.h>

#include "convert.h"

struct mc_frames {
	int vc;			/* the caller's */
	enum mc_matrix matrix;
	struct mc_nv12 picture;	/* the caller's */
	void *map[DRM_MIRACAST_SLOTS];
	size_t size[DRM_MIRACAST_SLOTS];
	int fd[DRM_MIRACAST_SLOTS];
	struct mc_rect cursor;	/* where the picture has one; empty: nowhere */
	uint8_t *patch;		/* pixels under a cursor, for blending */
	size_t patch_size;
	bool dropped;		/* the picture before was dropped */
	struct drm_miracast_next_chunk chunk;
};

enum mc_frame {
	MC_FRAME_NONE,		/* nothing newer is there */
	MC_FRAME_NEW,		/* the picture has changed */
	MC_FRAME_DROPPED,	/* it was overwritten while it was read, and a newer one is there */
	MC_FRAME_OTHER_SIZE,	/* the target's mode is not the stream's: the picture stays */
};

void mc_frames_init(struct mc_frames *frames, int vc, enum mc_matrix matrix, const struct mc_nv12 *picture);
void mc_frames_clear(struct mc_frames *frames);

/*
 * Takes the newest chunk, brings the picture up to date, gives the chunk back. Never waits. Returns an enum mc_frame, or a
 * negative errno: -ESHUTDOWN when the context is gone, -EPROTO when the kernel names what cannot be read.
 * @acquired_ns: CLOCK_MONOTONIC of the acquisition.
 */
int mc_frames_take(struct mc_frames *frames, uint64_t *acquired_ns);
