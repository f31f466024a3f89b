/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MIRACAST_DAMAGE_H
#define MIRACAST_DAMAGE_H

#include <drm/drm_rect.h>

#define MIRACAST_DAMAGE_RECTS 32

/**
 * struct miracast_damage - the part of a picture that has changed
 * @full: everything has; @count is 0
 * @count: rectangles in use
 * @rect: exclusive right and bottom edges, in pixels of the picture; they may overlap
 *
 * Covers every pixel that was added. More pixels than were added only once more than MIRACAST_DAMAGE_RECTS rectangles
 * were needed.
 */
struct miracast_damage {
	bool full;
	unsigned int count;
	struct drm_rect rect[MIRACAST_DAMAGE_RECTS];
};

void miracast_damage_clear(struct miracast_damage *damage);
void miracast_damage_set_full(struct miracast_damage *damage);
void miracast_damage_add(struct miracast_damage *damage, const struct drm_rect *rect);
void miracast_damage_union(struct miracast_damage *damage, const struct miracast_damage *other);
void miracast_damage_clip(struct miracast_damage *damage, int width, int height);

static inline bool miracast_damage_empty(const struct miracast_damage *damage)
{
	return !damage->full && !damage->count;
}

#endif
