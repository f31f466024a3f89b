// SPDX-License-Identifier: GPL-2.0-or-later
/* The colour conversion beside a reference in floating point, and rectangles beside the whole. */
#include <glib.h>
#include <string.h>

#include "session/media/convert.h"

#define W 150
#define H 90

static uint8_t pixels[W * H * 4];

static void make_noise(void)
{
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = g_test_rand_int_range(0, 256);
	/* Saturated corners. */
	for (int i = 0; i < 8; i++) {
		for (int x = 0; x < 2; x++) {
			for (int y = 0; y < 2; y++) {
				uint8_t *p = pixels + ((y * W) + 2 * i + x) * 4;

				p[0] = i & 1 ? 255 : 0;
				p[1] = i & 2 ? 255 : 0;
				p[2] = i & 4 ? 255 : 0;
			}
		}
	}
}

static void close_to_the_definition(gconstpointer data)
{
	enum mc_matrix matrix = GPOINTER_TO_INT(data);
	double kr = matrix == MC_MATRIX_BT709 ? 0.2126 : 0.299, kb = matrix == MC_MATRIX_BT709 ? 0.0722 : 0.114;
	static uint8_t y[W * H], uv[W * H / 2];
	struct mc_nv12 to = { y, uv, W, W, H };

	make_noise();
	mc_convert(matrix, pixels, W * 4, &to, (struct mc_rect){ 0, 0, W, H });
	for (int j = 0; j < H; j++) {
		for (int i = 0; i < W; i++) {
			const uint8_t *p = pixels + (j * W + i) * 4;
			double luma = kr * p[2] + (1 - kr - kb) * p[1] + kb * p[0];

			g_assert_cmpfloat_with_epsilon(y[j * W + i], 16 + luma * 219 / 255, 1.0);
		}
	}
	for (int j = 0; j < H / 2; j++) {
		for (int i = 0; i < W / 2; i++) {
			double r = 0, g = 0, b = 0, luma;

			for (int n = 0; n < 4; n++) {
				const uint8_t *p = pixels + ((2 * j + n / 2) * W + 2 * i + n % 2) * 4;

				b += p[0] / 4.0;
				g += p[1] / 4.0;
				r += p[2] / 4.0;
			}
			luma = kr * r + (1 - kr - kb) * g + kb * b;
			g_assert_cmpfloat_with_epsilon(uv[j * W + 2 * i], 128 + (b - luma) / (1 - kb) / 2 * 224 / 255, 1.3);
			g_assert_cmpfloat_with_epsilon(uv[j * W + 2 * i + 1], 128 + (r - luma) / (1 - kr) / 2 * 224 / 255, 1.3);
		}
	}
}

static void rectangles_make_the_whole(void)
{
	static uint8_t y[2][W * H], uv[2][W * H / 2];
	struct mc_nv12 whole = { y[0], uv[0], W, W, H }, parts = { y[1], uv[1], W, W, H };

	make_noise();
	mc_convert(MC_MATRIX_BT709, pixels, W * 4, &parts, (struct mc_rect){ 0, 0, W, H });
	for (int i = 0; i < 500; i++) {
		struct mc_rect r = { g_test_rand_int_range(-9, W), g_test_rand_int_range(-9, H) }, even;

		r.x2 = r.x1 + g_test_rand_int_range(1, 40);
		r.y2 = r.y1 + g_test_rand_int_range(1, 40);
		even = mc_rect_even(r, W, H);
		g_assert_true(even.x1 >= 0 && even.y1 >= 0 && even.x2 <= W && even.y2 <= H);
		g_assert_false((even.x1 | even.y1 | even.x2 | even.y2) & 1);
		for (int j = MAX(r.y1, 0); j < MIN(r.y2, H); j++) {
			for (int k = MAX(r.x1, 0); k < MIN(r.x2, W); k++)
				pixels[(j * W + k) * 4 + i % 3] ^= 0x5a;
		}
		mc_convert(MC_MATRIX_BT709, pixels + (even.y1 * W + even.x1) * 4, W * 4, &parts, even);
	}
	mc_convert(MC_MATRIX_BT709, pixels, W * 4, &whole, (struct mc_rect){ 0, 0, W, H });
	g_assert_cmpmem(y[0], sizeof(y[0]), y[1], sizeof(y[1]));
	g_assert_cmpmem(uv[0], sizeof(uv[0]), uv[1], sizeof(uv[1]));
}

static void a_cursor_is_premultiplied(void)
{
	uint8_t below[8] = { 100, 100, 100, 0, 200, 200, 200, 0 };
	const uint8_t above[8] = { 0, 0, 0, 0, 127, 0, 0, 127 };

	mc_blend(below, above, 2);
	g_assert_cmpmem(below, 3, ((uint8_t[]){ 100, 100, 100 }), 3);
	g_assert_cmpint(below[4], ==, 127 + 100);
	g_assert_cmpint(below[5], ==, 100);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/convert/bt601", GINT_TO_POINTER(MC_MATRIX_BT601), close_to_the_definition);
	g_test_add_data_func("/convert/bt709", GINT_TO_POINTER(MC_MATRIX_BT709), close_to_the_definition);
	g_test_add_func("/convert/rectangles-make-the-whole", rectangles_make_the_whole);
	g_test_add_func("/convert/a-cursor-is-premultiplied", a_cursor_is_premultiplied);
	return g_test_run();
}
