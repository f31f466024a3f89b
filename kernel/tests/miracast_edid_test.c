// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is taken out of an EDID, and what stays.
 */
#include <linux/prandom.h>

#include "../miracast_edid.c"
#include "miracast_kunit.h"

#define BLOCK MIRACAST_EDID_BLOCK
#define DTD 18

/* Audio, video, HDMI with latencies, one HDMI VIC and 3-D, HDMI Forum with VRR and DSC, FreeSync, colorimetry, HDR, 4:2:0 map. */
static const u8 blocks[] = {
	0x23, 0x09, 0x07, 0x07,
	0x42, 0x90, 0x04,
	0x6f, 0x03, 0x0c, 0x00, 0x10, 0x00, 0x38, 0x3c, 0xa0, 0x10, 0x20, 0xc0, 0x23, 0x01, 0x80, 0x00,
	0x6d, 0xd8, 0x5d, 0xc4, 0x01, 0x78, 0x87, 0x40, 0x0f, 0x30, 0x90, 0x01, 0x02, 0x03,
	0x68, 0x1a, 0x00, 0x00, 0x01, 0x01, 0x30, 0x90, 0x00,
	0xe3, 0x05, 0xc0, 0x00,
	0xe6, 0x06, 0x05, 0x01, 0x5a, 0x46, 0x3c,
	0xe2, 0x0f, 0x03,
};

static const u8 filtered[] = {
	0x23, 0x09, 0x07, 0x07,
	0x42, 0x90, 0x04,
	0x6d, 0x03, 0x0c, 0x00, 0x10, 0x00, 0x38, 0x3c, 0xa0, 0x10, 0x20, 0x00, 0x20, 0x01,
	0x67, 0xd8, 0x5d, 0xc4, 0x01, 0x78, 0x80, 0x40,
	0xe2, 0x0f, 0x03,
};

static void make_cta(u8 *block, const u8 *data, size_t size)
{
	unsigned int i;

	memset(block, 0, BLOCK);
	block[0] = EXTENSION_CTA;
	block[1] = 3;
	block[2] = CTA_BLOCKS + size;
	block[3] = 0x70;
	memcpy(block + CTA_BLOCKS, data, size);
	/* A timing behind the data blocks. */
	for (i = 0; i < DTD && block[2] + i < CHECKSUM; i++)
		block[block[2] + i] = i + 1;
	block[CHECKSUM] = checksum(block, CHECKSUM);
}

static void sums_are_right(struct kunit *test, const u8 *edid, size_t size)
{
	size_t at;

	for (at = 0; at < size; at += BLOCK)
		KUNIT_EXPECT_EQ(test, checksum(edid + at, BLOCK), 0);
}

static void hdr_vrr_dsc_and_3d_go_the_rest_stays(struct kunit *test)
{
	u8 edid[2 * BLOCK] = { [EDID_FEATURES] = 0xeb, [8] = 0x4c, [21] = 60 };
	u8 *cta = edid + BLOCK;
	unsigned int i;

	make_cta(cta, blocks, sizeof(blocks));
	miracast_edid_filter(edid, sizeof(edid), 0);
	sums_are_right(test, edid, sizeof(edid));
	KUNIT_EXPECT_EQ(test, edid[EDID_FEATURES], 0xea);
	KUNIT_EXPECT_EQ(test, edid[8], 0x4c);
	KUNIT_EXPECT_EQ(test, edid[21], 60);
	KUNIT_EXPECT_EQ(test, cta[2], CTA_BLOCKS + sizeof(filtered));
	KUNIT_EXPECT_EQ(test, cta[3], 0x70);
	for (i = 0; i < sizeof(filtered); i++)
		KUNIT_EXPECT_EQ_MSG(test, cta[CTA_BLOCKS + i], filtered[i], "byte %u", i);
	for (i = 0; i < DTD; i++)
		KUNIT_EXPECT_EQ(test, cta[cta[2] + i], i + 1);
	for (i = cta[2] + DTD; i < CHECKSUM; i++)
		KUNIT_EXPECT_EQ(test, cta[i], 0);
}

static void what_is_asked_for_stays(struct kunit *test)
{
	u8 edid[2 * BLOCK] = { [EDID_FEATURES] = 0xeb };
	u8 *cta = edid + BLOCK;

	make_cta(cta, blocks, sizeof(blocks));
	miracast_edid_filter(edid, sizeof(edid), MIRACAST_EDID_KEEP_HDR | MIRACAST_EDID_KEEP_VRR);
	sums_are_right(test, edid, sizeof(edid));
	KUNIT_EXPECT_EQ(test, edid[EDID_FEATURES], 0xeb);
	/* Less three bytes of DSC and two of 3-D. */
	KUNIT_EXPECT_EQ(test, cta[2], CTA_BLOCKS + sizeof(blocks) - 3 - 2);
}

static void filtering_twice_changes_nothing_more(struct kunit *test)
{
	u8 edid[2 * BLOCK] = {}, again[2 * BLOCK];

	make_cta(edid + BLOCK, blocks, sizeof(blocks));
	miracast_edid_filter(edid, sizeof(edid), 0);
	memcpy(again, edid, sizeof(edid));
	miracast_edid_filter(again, sizeof(again), 0);
	KUNIT_EXPECT_EQ(test, memcmp(edid, again, sizeof(edid)), 0);
}

static void displayid_loses_adaptive_sync(struct kunit *test)
{
	static const u8 section[] = {
		0x20, 16, 0, 0,
		0x2b, 0, 2, 1, 2,
		0x22, 0, 3, 7, 8, 9,
		0x26, 0, 2, 3, 4,
	};
	u8 edid[2 * BLOCK] = {}, *block = edid + BLOCK, *inner = block + 1;

	/* The section's length counts what follows its four bytes, without the checksum. */
	block[0] = EXTENSION_DISPLAYID;
	memcpy(inner, section, sizeof(section));
	inner[sizeof(section)] = checksum(inner, sizeof(section));
	block[CHECKSUM] = checksum(block, CHECKSUM);
	miracast_edid_filter(edid, sizeof(edid), 0);
	sums_are_right(test, edid, sizeof(edid));
	KUNIT_EXPECT_EQ(test, checksum(inner, sizeof(section) + 1), 0);
	KUNIT_EXPECT_EQ(test, inner[1], 16);
	KUNIT_EXPECT_EQ(test, memcmp(inner + 4, section + 9, 6), 0);
	KUNIT_EXPECT_EQ(test, inner[10], 0);
}

/* A product (number 0 in version 1), then CTA data blocks with HDR in them. */
static void displayid_hides_no_cta_blocks(struct kunit *test)
{
	static const u8 section[] = {
		0x12, 18, 0, 0,
		0x00, 0, 2, 5, 6,
		0x81, 0, 10, 0xe6, 0x06, 0x05, 0x01, 0x5a, 0x46, 0x3c, 0xe2, 0x0f, 0x03,
	};
	static const u8 left[] = { 0x00, 0, 2, 5, 6, 0x81, 0, 3, 0xe2, 0x0f, 0x03, 0, 0 };
	u8 edid[2 * BLOCK] = {}, *block = edid + BLOCK, *inner = block + 1;

	block[0] = EXTENSION_DISPLAYID;
	memcpy(inner, section, sizeof(section));
	inner[4 + 18] = checksum(inner, 4 + 18);
	block[CHECKSUM] = checksum(block, CHECKSUM);
	miracast_edid_filter(edid, sizeof(edid), 0);
	sums_are_right(test, edid, sizeof(edid));
	KUNIT_EXPECT_EQ(test, checksum(inner, 4 + 18 + 1), 0);
	KUNIT_EXPECT_EQ(test, memcmp(inner + 4, left, sizeof(left)), 0);
}

static void anything_is_survived(struct kunit *test)
{
	u8 *edid = kunit_kmalloc(test, 4 * BLOCK, GFP_KERNEL);
	struct rnd_state random;
	unsigned int round;

	prandom_seed_state(&random, 7);
	for (round = 0; round < 20000; round++) {
		prandom_bytes_state(&random, edid, 4 * BLOCK);
		edid[BLOCK] = EXTENSION_CTA;
		edid[BLOCK + 1] = 3;
		edid[BLOCK + 2] &= 127;
		edid[2 * BLOCK] = EXTENSION_DISPLAYID;
		edid[2 * BLOCK + 2] &= 127;
		miracast_edid_filter(edid, 4 * BLOCK, round & 3);
		if (checksum(edid, BLOCK) || checksum(edid + BLOCK, BLOCK) || checksum(edid + 2 * BLOCK, BLOCK))
			KUNIT_FAIL(test, "round %u", round);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(hdr_vrr_dsc_and_3d_go_the_rest_stays),
	KUNIT_CASE(what_is_asked_for_stays),
	KUNIT_CASE(filtering_twice_changes_nothing_more),
	KUNIT_CASE(displayid_loses_adaptive_sync),
	KUNIT_CASE(displayid_hides_no_cta_blocks),
	KUNIT_CASE(anything_is_survived),
	{}
};

struct kunit_suite miracast_edid_suite = {
	.name = "miracast_edid",
	.test_cases = cases,
};
