// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hold and the pace.
 */
#include "../miracast_hold.c"
#include "miracast_kunit.h"

#define MS 1000000ULL

static void a_free_buffer_is_not_held(struct kunit *test)
{
	struct miracast_hold hold = {};

	KUNIT_EXPECT_EQ(test, miracast_hold_tick(&hold, false, 0, 60 * MS), MIRACAST_HOLD_COMPLETE);
	KUNIT_EXPECT_EQ(test, miracast_hold_tick(&hold, false, 100 * MS, 60 * MS), MIRACAST_HOLD_COMPLETE);
}

static void a_held_buffer_waits_until_the_bound(struct kunit *test)
{
	struct miracast_hold hold = {};

	KUNIT_EXPECT_EQ(test, miracast_hold_tick(&hold, true, 59 * MS, 60 * MS), MIRACAST_HOLD_WAIT);
	KUNIT_EXPECT_EQ(test, miracast_hold_tick(&hold, true, 60 * MS, 60 * MS), MIRACAST_HOLD_EXPIRE);
}

static void three_expiries_switch_it_off(struct kunit *test)
{
	struct miracast_hold hold = {};
	int i;

	for (i = 0; i < MIRACAST_HOLD_EXPIRIES; i++) {
		KUNIT_EXPECT_FALSE(test, miracast_hold_off(&hold));
		KUNIT_EXPECT_EQ(test, miracast_hold_tick(&hold, true, 60 * MS, 60 * MS), MIRACAST_HOLD_EXPIRE);
		miracast_hold_released(&hold, false);
	}
	KUNIT_EXPECT_TRUE(test, miracast_hold_off(&hold));
	KUNIT_EXPECT_EQ(test, miracast_hold_tick(&hold, true, 0, 60 * MS), MIRACAST_HOLD_EXPIRE);

	miracast_hold_released(&hold, true);
	KUNIT_EXPECT_EQ(test, miracast_hold_tick(&hold, true, 0, 60 * MS), MIRACAST_HOLD_WAIT);
}

static void a_release_in_time_forgets_expiries(struct kunit *test)
{
	struct miracast_hold hold = {};

	miracast_hold_tick(&hold, true, 60 * MS, 60 * MS);
	miracast_hold_tick(&hold, true, 60 * MS, 60 * MS);
	miracast_hold_released(&hold, true);
	miracast_hold_tick(&hold, true, 60 * MS, 60 * MS);
	KUNIT_EXPECT_FALSE(test, miracast_hold_off(&hold));
}

static void bounds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, miracast_hold_bound_us(60000, 0), 66666);
	KUNIT_EXPECT_EQ(test, miracast_hold_bound_us(24000, 0), DRM_MIRACAST_HOLD_MAX_US);
	KUNIT_EXPECT_EQ(test, miracast_hold_bound_us(60000, 5000), 5000);
}

static void dividers(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(60000, 0), 1);
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(60000, 60000), 1);
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(60000, 30000), 2);
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(60000, 59000), 2);
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(60000, 25000), 3);
	/* A timing that rounds its clock up is still the rate that was asked for. */
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(60001, 60000), 1);
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(59940, 30000), 2);
	/* 60 Hz: six refreshes are 100 ms. */
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(60000, 1), 6);
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(23976, 1), 2);
	KUNIT_EXPECT_EQ(test, miracast_hold_divider(240000, U32_MAX), 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_free_buffer_is_not_held),
	KUNIT_CASE(a_held_buffer_waits_until_the_bound),
	KUNIT_CASE(three_expiries_switch_it_off),
	KUNIT_CASE(a_release_in_time_forgets_expiries),
	KUNIT_CASE(bounds),
	KUNIT_CASE(dividers),
	{}
};

struct kunit_suite miracast_hold_suite = { .name = "miracast_hold", .test_cases = cases };
