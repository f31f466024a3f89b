// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes: our own timings show the size exactly and the rate to a thousandth.
 */
#include "../miracast_mode.c"
#include "miracast_kunit.h"

static const struct drm_miracast_mode listed[] = {
	{ 640, 480, 60000 }, { 1280, 720, 60000 }, { 1366, 768, 60000 }, { 1920, 1080, 23976 }, { 1920, 1080, 30000 },
	{ 1920, 1080, 59940 }, { 1920, 1200, 60000 }, { 3840, 2160, 30000 }, { 3840, 2160, 120000 },
};

static void own_timings_match_what_was_listed(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(listed); i++) {
		struct drm_display_mode mode = {};
		u32 mhz;

		KUNIT_ASSERT_TRUE(test, miracast_mode_ok(&listed[i]));
		miracast_mode_fill(&mode, &listed[i]);
		mhz = miracast_mode_refresh_mhz(&mode);
		KUNIT_EXPECT_EQ(test, mode.hdisplay, listed[i].width);
		KUNIT_EXPECT_EQ(test, mode.vdisplay, listed[i].height);
		KUNIT_EXPECT_LE(test, abs((int)mhz - (int)listed[i].refresh_mhz), listed[i].refresh_mhz / 1000);
		KUNIT_EXPECT_TRUE(test, miracast_mode_matches(&listed[i], &mode));
		KUNIT_EXPECT_LT(test, mode.hdisplay, mode.hsync_start);
		KUNIT_EXPECT_LT(test, mode.hsync_end, mode.htotal);
		KUNIT_EXPECT_LT(test, mode.vdisplay, mode.vsync_start);
		KUNIT_EXPECT_LT(test, mode.vsync_end, mode.vtotal);
	}
}

static void other_modes_do_not_match(struct kunit *test)
{
	const struct drm_miracast_mode full_hd_30 = { 1920, 1080, 30000 };
	struct drm_display_mode mode = {};
	struct drm_miracast_mode want;

	miracast_mode_fill(&mode, &full_hd_30);
	want = full_hd_30;
	want.refresh_mhz = 29900;
	KUNIT_EXPECT_FALSE(test, miracast_mode_matches(&want, &mode));
	want = full_hd_30;
	want.refresh_mhz = 29970;
	KUNIT_EXPECT_TRUE(test, miracast_mode_matches(&want, &mode));
	want = full_hd_30;
	want.height = 1200;
	KUNIT_EXPECT_FALSE(test, miracast_mode_matches(&want, &mode));
	mode.flags |= DRM_MODE_FLAG_INTERLACE;
	KUNIT_EXPECT_FALSE(test, miracast_mode_matches(&full_hd_30, &mode));
}

static void modes_out_of_bounds_are_refused(struct kunit *test)
{
	static const struct drm_miracast_mode bad[] = {
		{ 0, 480, 60000 }, { 8193, 480, 60000 }, { 640, 15, 60000 }, { 640, 8193, 60000 }, { 640, 480, 23899 },
		{ 640, 480, 240001 }, { 640, 480, 60000, 2 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_FALSE(test, miracast_mode_ok(&bad[i]));
}

static void modes_have_bounds(struct kunit *test)
{
	static const struct { u16 htotal, vtotal; int clock; enum drm_mode_status status; } cases[] = {
		{ 2200, 1125, 148500, MODE_OK }, { 2200, 1125, 59000, MODE_VSYNC }, { 2200, 1125, 600000, MODE_VSYNC },
		{ 2200, 1125, INT_MAX, MODE_VSYNC },
		/* A rate that would be 60 Hz again if it were cut at 32 bits. */
		{ 20, 20, 1717987, MODE_VSYNC }, { 0, 0, 148500, MODE_VSYNC },
	};
	struct drm_display_mode mode = { .hdisplay = 1920, .vdisplay = 1080 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mode.htotal = cases[i].htotal;
		mode.vtotal = cases[i].vtotal;
		mode.clock = cases[i].clock;
		KUNIT_EXPECT_EQ_MSG(test, (int)miracast_mode_bounds(&mode), (int)cases[i].status, "case %u", i);
	}
	mode.hdisplay = 8193;
	KUNIT_EXPECT_EQ(test, (int)miracast_mode_bounds(&mode), (int)MODE_BAD_HVALUE);
}

static void a_mode_without_total_has_no_rate(struct kunit *test)
{
	const struct drm_display_mode mode = { .clock = 1000 };

	KUNIT_EXPECT_EQ(test, miracast_mode_refresh_mhz(&mode), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(own_timings_match_what_was_listed),
	KUNIT_CASE(other_modes_do_not_match),
	KUNIT_CASE(modes_out_of_bounds_are_refused),
	KUNIT_CASE(modes_have_bounds),
	KUNIT_CASE(a_mode_without_total_has_no_rate),
	{}
};

struct kunit_suite miracast_mode_suite = { .name = "miracast_mode", .test_cases = cases };
