// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damage: exact while the rectangles suffice, never too little.
 */
#include <linux/prandom.h>

#include "../miracast_damage.c"
#include "miracast_kunit.h"

#define W 64
#define H 48
#define SEED 20261120

static void add(struct miracast_damage *damage, int x1, int y1, int x2, int y2)
{
	const struct drm_rect r = { .x1 = x1, .y1 = y1, .x2 = x2, .y2 = y2 };

	miracast_damage_add(damage, &r);
}

static bool covers(const struct miracast_damage *damage, int x, int y)
{
	unsigned int i;

	if (damage->full)
		return true;
	for (i = 0; i < damage->count; i++) {
		const struct drm_rect *r = &damage->rect[i];

		if (x >= r->x1 && x < r->x2 && y >= r->y1 && y < r->y2)
			return true;
	}
	return false;
}

static void empty_rectangles_are_ignored(struct kunit *test)
{
	struct miracast_damage damage = {};

	add(&damage, 5, 5, 5, 9);
	add(&damage, 5, 5, 9, 5);
	add(&damage, 9, 9, 5, 5);
	KUNIT_EXPECT_TRUE(test, miracast_damage_empty(&damage));
}

static void contained_rectangles_vanish(struct kunit *test)
{
	struct miracast_damage damage = {};

	add(&damage, 0, 0, 10, 10);
	add(&damage, 2, 2, 4, 4);
	KUNIT_EXPECT_EQ(test, damage.count, 1);
	add(&damage, 0, 0, 20, 20);
	KUNIT_EXPECT_EQ(test, damage.count, 1);
	KUNIT_EXPECT_EQ(test, damage.rect[0].x2, 20);
}

static void neighbours_join(struct kunit *test)
{
	struct miracast_damage damage = {};

	add(&damage, 0, 0, 10, 10);
	add(&damage, 20, 0, 30, 10);
	add(&damage, 10, 0, 20, 10);
	KUNIT_EXPECT_EQ(test, damage.count, 1);
	KUNIT_EXPECT_EQ(test, damage.rect[0].x1, 0);
	KUNIT_EXPECT_EQ(test, damage.rect[0].x2, 30);
}

static void full_absorbs(struct kunit *test)
{
	struct miracast_damage damage = {}, full = {};

	add(&damage, 0, 0, 1, 1);
	miracast_damage_set_full(&full);
	miracast_damage_union(&damage, &full);
	KUNIT_EXPECT_TRUE(test, damage.full);
	add(&damage, 3, 3, 4, 4);
	KUNIT_EXPECT_EQ(test, damage.count, 0);
}

static void clip_keeps_the_picture(struct kunit *test)
{
	struct miracast_damage damage = {};

	add(&damage, -10, -10, 5, 5);
	add(&damage, W, 0, W + 9, 9);
	add(&damage, W - 3, H - 3, W + 9, H + 9);
	miracast_damage_clip(&damage, W, H);
	KUNIT_EXPECT_EQ(test, damage.count, 2);
	KUNIT_EXPECT_TRUE(test, covers(&damage, 0, 0));
	KUNIT_EXPECT_TRUE(test, covers(&damage, W - 1, H - 1));
	KUNIT_EXPECT_FALSE(test, covers(&damage, W, 0));
	KUNIT_EXPECT_FALSE(test, covers(&damage, -1, 0));
}

static struct drm_rect random_rect(struct rnd_state *rnd, int largest)
{
	int x = prandom_u32_state(rnd) % W, y = prandom_u32_state(rnd) % H;
	struct drm_rect r = {
		.x1 = x, .y1 = y,
		.x2 = min_t(int, W, x + 1 + prandom_u32_state(rnd) % largest),
		.y2 = min_t(int, H, y + 1 + prandom_u32_state(rnd) % largest),
	};

	return r;
}

/* Against a map of pixels: everything that was added is covered; nothing else is while there are rectangles enough. */
static void random_unions(struct kunit *test)
{
	struct miracast_damage *damage = kunit_kzalloc(test, sizeof(*damage), GFP_KERNEL);
	u8 *map = kunit_kzalloc(test, W * H, GFP_KERNEL);
	struct rnd_state rnd;
	int round, i, x, y;

	KUNIT_ASSERT_NOT_NULL(test, damage);
	KUNIT_ASSERT_NOT_NULL(test, map);
	prandom_seed_state(&rnd, SEED);

	for (round = 0; round < 300; round++) {
		int count = 1 + prandom_u32_state(&rnd) % (round % 2 ? MIRACAST_DAMAGE_RECTS : 200);
		bool exact = count <= MIRACAST_DAMAGE_RECTS;
		int missed = 0, extra = 0;

		memset(map, 0, W * H);
		miracast_damage_clear(damage);
		for (i = 0; i < count; i++) {
			struct drm_rect r = random_rect(&rnd, 12);

			miracast_damage_add(damage, &r);
			for (y = r.y1; y < r.y2; y++)
				memset(map + y * W + r.x1, 1, r.x2 - r.x1);
		}
		for (y = 0; y < H; y++) {
			for (x = 0; x < W; x++) {
				missed += map[y * W + x] && !covers(damage, x, y);
				extra += !map[y * W + x] && covers(damage, x, y);
			}
		}
		KUNIT_EXPECT_EQ_MSG(test, missed, 0, "round %d of seed %d", round, SEED);
		if (exact)
			KUNIT_EXPECT_EQ_MSG(test, extra, 0, "round %d of seed %d", round, SEED);
		KUNIT_EXPECT_LE(test, damage->count, MIRACAST_DAMAGE_RECTS);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(empty_rectangles_are_ignored),
	KUNIT_CASE(contained_rectangles_vanish),
	KUNIT_CASE(neighbours_join),
	KUNIT_CASE(full_absorbs),
	KUNIT_CASE(clip_keeps_the_picture),
	KUNIT_CASE(random_unions),
	{}
};

struct kunit_suite miracast_damage_suite = { .name = "miracast_damage", .test_cases = cases };
