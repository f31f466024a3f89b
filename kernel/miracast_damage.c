// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damage: which part of a picture has changed since a channel last looked. Pure: no locks, no allocation.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "miracast_damage.h"

void miracast_damage_clear(struct miracast_damage *damage)
{
	damage->full = false;
	damage->count = 0;
}

void miracast_damage_set_full(struct miracast_damage *damage)
{
	damage->full = true;
	damage->count = 0;
}

static u64 area(const struct drm_rect *r)
{
	return (u64)drm_rect_width(r) * drm_rect_height(r);
}

static struct drm_rect bounds(const struct drm_rect *a, const struct drm_rect *b)
{
	struct drm_rect r = {
		.x1 = min(a->x1, b->x1), .y1 = min(a->y1, b->y1),
		.x2 = max(a->x2, b->x2), .y2 = max(a->y2, b->y2),
	};

	return r;
}

static bool contains(const struct drm_rect *a, const struct drm_rect *b)
{
	return a->x1 <= b->x1 && a->y1 <= b->y1 && a->x2 >= b->x2 && a->y2 >= b->y2;
}

static void remove(struct miracast_damage *damage, unsigned int i)
{
	damage->rect[i] = damage->rect[--damage->count];
}

/* Whether the bounding box of two rectangles covers their union and nothing else. */
static bool joins(const struct drm_rect *a, const struct drm_rect *b)
{
	if (a->x1 == b->x1 && a->x2 == b->x2)
		return a->y1 <= b->y2 && b->y1 <= a->y2;
	if (a->y1 == b->y1 && a->y2 == b->y2)
		return a->x1 <= b->x2 && b->x1 <= a->x2;
	return contains(a, b) || contains(b, a);
}

/* No room: replaces the pair (@rect and one of the list) whose bounding box adds least. */
static void merge_cheapest(struct miracast_damage *damage, const struct drm_rect *rect)
{
	unsigned int i, best = 0;
	u64 least = U64_MAX;
	struct drm_rect merged;

	for (i = 0; i < damage->count; i++) {
		struct drm_rect box = bounds(&damage->rect[i], rect);
		u64 growth = area(&box) - area(&damage->rect[i]);

		if (growth < least) {
			least = growth;
			best = i;
		}
	}

	merged = bounds(&damage->rect[best], rect);
	remove(damage, best);
	/* The box may now swallow others. */
	miracast_damage_add(damage, &merged);
}

/**
 * miracast_damage_add - add one rectangle
 * @damage: what to add to
 * @rect: pixels of the picture; an empty one is ignored
 */
void miracast_damage_add(struct miracast_damage *damage, const struct drm_rect *rect)
{
	struct drm_rect r = *rect;
	unsigned int i;

	if (damage->full || r.x1 >= r.x2 || r.y1 >= r.y2)
		return;

	for (i = 0; i < damage->count;) {
		if (contains(&damage->rect[i], &r))
			return;
		if (joins(&damage->rect[i], &r)) {
			/* The joined one may join one that was passed over. */
			r = bounds(&damage->rect[i], &r);
			remove(damage, i);
			i = 0;
		} else {
			i++;
		}
	}

	if (damage->count < MIRACAST_DAMAGE_RECTS)
		damage->rect[damage->count++] = r;
	else
		merge_cheapest(damage, &r);
}

/**
 * miracast_damage_union - add another damage
 * @damage: what to add to
 * @other: what to add
 */
void miracast_damage_union(struct miracast_damage *damage, const struct miracast_damage *other)
{
	unsigned int i;

	if (other->full) {
		miracast_damage_set_full(damage);
		return;
	}
	for (i = 0; i < other->count; i++)
		miracast_damage_add(damage, &other->rect[i]);
}

/**
 * miracast_damage_clip - keep what lies within the picture
 * @damage: what to clip
 * @width: of the picture in pixels
 * @height: of the picture in lines
 */
void miracast_damage_clip(struct miracast_damage *damage, int width, int height)
{
	const struct drm_rect picture = { .x2 = width, .y2 = height };
	unsigned int i;

	for (i = 0; i < damage->count;) {
		if (drm_rect_intersect(&damage->rect[i], &picture))
			i++;
		else
			remove(damage, i);
	}
}
