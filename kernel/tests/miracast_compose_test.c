// SPDX-License-Identifier: GPL-2.0-only
/*
 * Composing lines: formats, blending, colour, checksums.
 */
#include <linux/prandom.h>

#include "../miracast_compose.c"
#include "miracast_kunit.h"

#define W 37
#define H 5

static struct miracast_layer layer_of(u32 fourcc, const void *pixels, u32 pitch)
{
	return (struct miracast_layer){
		.fourcc = fourcc, .data = { pixels }, .pitch = { pitch }, .dst = DRM_RECT_INIT(0, 0, W, H), .alpha = 65535,
		.blend = MIRACAST_BLEND_PREMULTIPLIED,
	};
}

static struct miracast_picture picture_of(struct miracast_layer layer)
{
	return (struct miracast_picture){ .width = W, .height = H, .count = 1, .layer = { layer } };
}

static u32 first_pixel(u32 fourcc, const void *pixels)
{
	struct miracast_picture picture = picture_of(layer_of(fourcc, pixels, 0));
	u32 line[W];

	picture.width = 1;
	picture.layer[0].dst = DRM_RECT_INIT(0, 0, 1, 1);
	miracast_compose_line(&picture, 0, line);
	return line[0];
}

static void one_colour_is_one_in_every_format(struct kunit *test)
{
	/* White, red, and a grey that five bits have, too. */
	static const struct { u32 rgb, rgb10; u16 rgb565; } colours[] = {
		{ 0xffffff, 0x3fffffff, 0xffff }, { 0xff0000, 0x3ff00000, 0xf800 }, { 0x000000, 0, 0 }, { 0x00ff00, 0x3ff << 10, 0x07e0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(colours); i++) {
		u32 x = 0x55000000 | colours[i].rgb, a = 0xff000000 | colours[i].rgb;
		u32 xb = swap_red_blue(x), ab = swap_red_blue(a);

		KUNIT_EXPECT_EQ(test, first_pixel(DRM_FORMAT_XRGB8888, &x), colours[i].rgb);
		KUNIT_EXPECT_EQ(test, first_pixel(DRM_FORMAT_ARGB8888, &a), colours[i].rgb);
		KUNIT_EXPECT_EQ(test, first_pixel(DRM_FORMAT_XBGR8888, &xb), colours[i].rgb);
		KUNIT_EXPECT_EQ(test, first_pixel(DRM_FORMAT_ABGR8888, &ab), colours[i].rgb);
		KUNIT_EXPECT_EQ(test, first_pixel(DRM_FORMAT_XRGB2101010, &colours[i].rgb10), colours[i].rgb);
		KUNIT_EXPECT_EQ(test, first_pixel(DRM_FORMAT_RGB565, &colours[i].rgb565), colours[i].rgb);
	}
}

static u32 nv12_pixel(u8 y, u8 cb, u8 cr, bool bt709, bool full)
{
	u8 luma = y, chroma[2] = { cb, cr };
	struct miracast_layer layer = layer_of(DRM_FORMAT_NV12, &luma, 0);

	layer.data[1] = chroma;
	layer.bt709 = bt709;
	layer.full_range = full;
	return fetch(&layer, 0, 0) & RGB_MASK;
}

static void ycbcr_is_what_the_standards_say(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, nv12_pixel(16, 128, 128, false, false), 0x000000);
	KUNIT_EXPECT_EQ(test, nv12_pixel(235, 128, 128, true, false), 0xffffff);
	KUNIT_EXPECT_EQ(test, nv12_pixel(0, 128, 128, true, true), 0x000000);
	KUNIT_EXPECT_EQ(test, nv12_pixel(255, 128, 128, false, true), 0xffffff);
	/* Red: 81, 90, 240 by BT.601; 63, 102, 240 by BT.709. */
	KUNIT_EXPECT_EQ(test, nv12_pixel(81, 90, 240, false, false) & 0xff0000, 0xfe0000);
	KUNIT_EXPECT_LE(test, nv12_pixel(81, 90, 240, false, false) & 0xffff, 0x0101);
	KUNIT_EXPECT_GE(test, nv12_pixel(63, 102, 240, true, false) >> 16, 254);
	KUNIT_EXPECT_LE(test, nv12_pixel(63, 102, 240, true, false) & 0xff, 1);
}

static void alpha_mixes(struct kunit *test)
{
	const struct miracast_layer premultiplied = { .alpha = 65535, .blend = MIRACAST_BLEND_PREMULTIPLIED };
	const struct miracast_layer coverage = { .alpha = 65535, .blend = MIRACAST_BLEND_COVERAGE };
	const struct miracast_layer half = { .alpha = 32768, .blend = MIRACAST_BLEND_NONE };

	KUNIT_EXPECT_EQ(test, blend(&premultiplied, 0x00000000, 0x123456), 0x123456);
	KUNIT_EXPECT_EQ(test, blend(&premultiplied, 0xffabcdef, 0x123456), 0xabcdef);
	KUNIT_EXPECT_EQ(test, blend(&premultiplied, 0x80800000, 0x0000ff), 0x80007f);
	KUNIT_EXPECT_EQ(test, blend(&coverage, 0x80ff0000, 0x0000ff), 0x80007f);
	KUNIT_EXPECT_EQ(test, blend(&half, 0x00ffffff, 0x000000), 0x808080);
	/* What is not premultiplied though it says so becomes white, not something else. */
	KUNIT_EXPECT_EQ(test, blend(&premultiplied, 0x00ffffff, 0xffffff), 0xffffff);
}

static void colour_is_matrix_then_table(struct kunit *test)
{
	struct miracast_colour *colour = kunit_kzalloc(test, sizeof(*colour), GFP_KERNEL);
	u32 line[] = { 0x204060, 0xffffff };
	unsigned int i;

	/* Red from blue, green halved, blue minus red. */
	colour->ctm_on = true;
	colour->ctm[2] = 1ULL << 32;
	colour->ctm[4] = 1ULL << 31;
	colour->ctm[6] = 1ULL << 63 | 1ULL << 32;
	colour_line(colour, line, 2);
	KUNIT_EXPECT_EQ(test, line[0], 0x602000);
	KUNIT_EXPECT_EQ(test, line[1], 0xff8000);

	colour->lut_on = true;
	colour->ctm_on = false;
	for (i = 0; i < MIRACAST_LUT_SIZE; i++) {
		colour->lut[i][0] = 65535 - i * 257;
		colour->lut[i][1] = i * 257;
		colour->lut[i][2] = 65535;
	}
	line[0] = 0x00aa00;
	colour_line(colour, line, 1);
	KUNIT_EXPECT_EQ(test, line[0], 0xffaaff);
}

struct scene {
	u32 pixels[W * H], scratch[W], copy[W];
	struct miracast_picture picture, shown;
};

static u32 sum_of(struct scene *scene)
{
	struct miracast_checksum sum = {};
	u32 y;

	for (y = 0; y < H; y++)
		miracast_compose_sum(&scene->picture, y, scene->scratch, &sum);
	return miracast_checksum_end(&sum);
}

/* That of the composed lines, and of a framebuffer with these lines in it. */
static void sums_of_lines(struct scene *scene, u32 *composed, u32 *shown)
{
	struct miracast_checksum a = {}, b = {};
	u32 y;

	for (y = 0; y < H; y++) {
		miracast_compose_line(&scene->picture, y, scene->copy);
		sum_line(&a, scene->copy, W);
		miracast_compose_sum(&scene->shown, y, scene->scratch, &b);
	}
	*composed = miracast_checksum_end(&a);
	*shown = miracast_checksum_end(&b);
}

/* The sum without composing is that of the composed line, whatever lies where. */
static void sums_are_of_what_is_seen(struct kunit *test)
{
	struct scene *scene = kunit_kzalloc(test, sizeof(*scene), GFP_KERNEL);
	struct rnd_state random;
	unsigned int round;

	prandom_seed_state(&random, 1);
	scene->shown = picture_of(layer_of(DRM_FORMAT_XRGB8888, scene->copy, 0));
	scene->picture = picture_of(layer_of(DRM_FORMAT_XRGB8888, scene->pixels, W * 4));
	scene->picture.layer[1] = layer_of(DRM_FORMAT_ARGB8888, scene->pixels, W * 4);
	for (round = 0; round < 50; round++) {
		int left = prandom_u32_state(&random) % W, top = prandom_u32_state(&random) % H;
		u32 composed, shown, sum;

		prandom_bytes_state(&random, scene->pixels, sizeof(scene->pixels));
		scene->picture.count = 1 + round % 2;
		scene->picture.layer[1].dst = DRM_RECT_INIT(left, top, W - left, H - top);
		sum = sum_of(scene);
		sums_of_lines(scene, &composed, &shown);
		KUNIT_EXPECT_EQ(test, sum, composed);
		KUNIT_EXPECT_EQ(test, sum, shown);
		/* The byte that nobody sees makes no other sum, one bit of one pixel does. */
		scene->pixels[W * H - 1] ^= 0x01000000;
		if (scene->picture.count == 1)
			KUNIT_EXPECT_EQ(test, sum_of(scene), sum);
		scene->pixels[0] ^= 1;
		KUNIT_EXPECT_NE(test, sum_of(scene), sum);
	}
}

static void a_source_rectangle_moves_the_picture(struct kunit *test)
{
	u32 pixels[8 * 4], line[4], i;
	struct miracast_picture picture = { .width = 4, .height = 2, .count = 1 };

	for (i = 0; i < ARRAY_SIZE(pixels); i++)
		pixels[i] = i;
	picture.layer[0] = layer_of(DRM_FORMAT_XRGB8888, pixels, 8 * 4);
	picture.layer[0].src_x = 3;
	picture.layer[0].src_y = 1;
	picture.layer[0].dst = DRM_RECT_INIT(1, 1, 2, 1);
	miracast_compose_line(&picture, 0, line);
	KUNIT_EXPECT_EQ(test, line[1], 0);
	miracast_compose_line(&picture, 1, line);
	KUNIT_EXPECT_EQ(test, line[0], 0);
	KUNIT_EXPECT_EQ(test, line[1], 8 + 3);
	KUNIT_EXPECT_EQ(test, line[2], 8 + 4);
	KUNIT_EXPECT_EQ(test, line[3], 0);
}

static void layers_of_another_mode_are_clipped(struct kunit *test)
{
	static const struct { struct drm_rect dst, left; u32 src_x, src_y; } layers[] = {
		{ { 0, 0, 100, 50 }, { 0, 0, 4, 2 }, 7, 9 }, { { -3, -1, 2, 1 }, { 0, 0, 2, 1 }, 10, 10 },
		{ { 3, 1, 9, 9 }, { 3, 1, 4, 2 }, 7, 9 }, { { 4, 0, 9, 9 }, { 0, 0, 0, 0 } }, { { -9, 0, 0, 2 }, { 0, 0, 0, 0 } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layers); i++) {
		struct miracast_layer layer = { .src_x = 7, .src_y = 9, .dst = layers[i].dst };

		miracast_layer_clip(&layer, 4, 2);
		KUNIT_EXPECT_TRUE(test, drm_rect_equals(&layer.dst, &layers[i].left));
		if (drm_rect_visible(&layer.dst)) {
			KUNIT_EXPECT_EQ(test, layer.src_x, layers[i].src_x);
			KUNIT_EXPECT_EQ(test, layer.src_y, layers[i].src_y);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_colour_is_one_in_every_format),
	KUNIT_CASE(ycbcr_is_what_the_standards_say),
	KUNIT_CASE(alpha_mixes),
	KUNIT_CASE(colour_is_matrix_then_table),
	KUNIT_CASE(sums_are_of_what_is_seen),
	KUNIT_CASE(a_source_rectangle_moves_the_picture),
	KUNIT_CASE(layers_of_another_mode_are_clipped),
	{}
};

struct kunit_suite miracast_compose_suite = {
	.name = "miracast_compose",
	.test_cases = cases,
};
