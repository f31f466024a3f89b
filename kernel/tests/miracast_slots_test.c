// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffer slots.
 */
#include "../miracast_slots.c"
#include "miracast_kunit.h"

static void a_buffer_keeps_its_slot(struct kunit *test)
{
	struct miracast_slots slots = {};
	unsigned int first, chunk;
	u32 new = 0;

	miracast_slots_begin(&slots);
	first = miracast_slots_name(&slots, 77, &new);
	KUNIT_EXPECT_EQ(test, new, BIT(first));
	for (chunk = 0; chunk < 100; chunk++) {
		new = 0;
		miracast_slots_begin(&slots);
		KUNIT_EXPECT_EQ(test, miracast_slots_name(&slots, 77, &new), first);
		KUNIT_EXPECT_EQ(test, new, 0);
	}
}

static void buffers_of_one_chunk_have_their_own(struct kunit *test)
{
	struct miracast_slots slots = {};
	u32 new = 0;
	u64 key;

	miracast_slots_begin(&slots);
	for (key = 1; key <= MIRACAST_SLOTS; key++)
		miracast_slots_name(&slots, key, &new);
	KUNIT_EXPECT_EQ(test, new, GENMASK(MIRACAST_SLOTS - 1, 0));
}

static void the_oldest_is_given_up(struct kunit *test)
{
	struct miracast_slots slots = {};
	unsigned int slot_of_two;
	u32 new = 0;
	u64 key;

	for (key = 1; key <= MIRACAST_SLOTS; key++) {
		miracast_slots_begin(&slots);
		miracast_slots_name(&slots, key, &new);
	}
	miracast_slots_begin(&slots);
	miracast_slots_name(&slots, 1, &new);
	slot_of_two = miracast_slots_name(&slots, 2, &new);

	new = 0;
	miracast_slots_begin(&slots);
	miracast_slots_name(&slots, 1, &new);
	KUNIT_EXPECT_EQ(test, new, 0);
	/* 3 is the oldest now. */
	miracast_slots_name(&slots, 100, &new);
	KUNIT_EXPECT_EQ(test, hweight32(new), 1);
	KUNIT_EXPECT_FALSE(test, new & BIT(slot_of_two));
	new = 0;
	miracast_slots_begin(&slots);
	miracast_slots_name(&slots, 3, &new);
	KUNIT_EXPECT_EQ(test, hweight32(new), 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_buffer_keeps_its_slot),
	KUNIT_CASE(buffers_of_one_chunk_have_their_own),
	KUNIT_CASE(the_oldest_is_given_up),
	{}
};

struct kunit_suite miracast_slots_suite = { .name = "miracast_slots", .test_cases = cases };
