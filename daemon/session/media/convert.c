// SPDX-License-Identifier: GPL-2.0-or-later
/* The colour conversion: one loop, which the compiler makes vectors of, for each matrix and each generation of processors. */
#include "convert.h"

#include <glib.h>

struct mc_rect mc_rect_even(struct mc_rect r, int width, int height)
{
	r.x1 = CLAMP(r.x1, 0, width) & ~1;
	r.y1 = CLAMP(r.y1, 0, height) & ~1;
	r.x2 = MIN((CLAMP(r.x2, r.x1, width) + 1) & ~1, width);
	r.y2 = MIN((CLAMP(r.y2, r.y1, height) + 1) & ~1, height);
	return r;
}

/*
 * Coefficients in 1/256: Y = 16 + yr R + yg G + yb B, which fits into 16 bits; the two chroma rows add up to nothing, so that
 * grey stays grey. ITU-R BT.601 and BT.709, limited range.
 */
struct matrix {
	int yr, yg, yb, ur, ug, ub, vr, vg, vb;
};

#define BT601 ((struct matrix){ 66, 129, 25, -38, -74, 112, 112, -94, -18 })
#define BT709 ((struct matrix){ 47, 157, 16, -26, -86, 112, 112, -102, -10 })

/* Two lines. */
static inline __attribute__((always_inline)) void lines(const struct matrix m, const uint8_t *restrict top,
	const uint8_t *restrict bottom, uint8_t *restrict y0, uint8_t *restrict y1, uint8_t *restrict uv, int width)
{
	for (int x = 0; x < width; x++)
		y0[x] = (m.yb * top[4 * x] + m.yg * top[4 * x + 1] + m.yr * top[4 * x + 2] + 16 * 256 + 128) >> 8;
	for (int x = 0; x < width; x++)
		y1[x] = (m.yb * bottom[4 * x] + m.yg * bottom[4 * x + 1] + m.yr * bottom[4 * x + 2] + 16 * 256 + 128) >> 8;
	for (int x = 0; x < width / 2; x++) {
		int b = top[8 * x] + top[8 * x + 4] + bottom[8 * x] + bottom[8 * x + 4];
		int g = top[8 * x + 1] + top[8 * x + 5] + bottom[8 * x + 1] + bottom[8 * x + 5];
		int r = top[8 * x + 2] + top[8 * x + 6] + bottom[8 * x + 2] + bottom[8 * x + 6];

		uv[2 * x] = (m.ub * b + m.ug * g + m.ur * r + 128 * 1024 + 512) >> 10;
		uv[2 * x + 1] = (m.vb * b + m.vg * g + m.vr * r + 128 * 1024 + 512) >> 10;
	}
}

#ifdef __x86_64__
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

CLONES static void lines_601(const uint8_t *top, const uint8_t *bottom, uint8_t *y0, uint8_t *y1, uint8_t *uv, int width)
{
	lines(BT601, top, bottom, y0, y1, uv, width);
}

CLONES static void lines_709(const uint8_t *top, const uint8_t *bottom, uint8_t *y0, uint8_t *y1, uint8_t *uv, int width)
{
	lines(BT709, top, bottom, y0, y1, uv, width);
}

void mc_convert(enum mc_matrix matrix, const uint8_t *xrgb, int pitch, const struct mc_nv12 *to, struct mc_rect r)
{
	void (*convert)(const uint8_t *, const uint8_t *, uint8_t *, uint8_t *, uint8_t *, int) =
		matrix == MC_MATRIX_BT709 ? lines_709 : lines_601;

	for (int y = r.y1; y + 1 < r.y2; y += 2) {
		const uint8_t *top = xrgb + (intptr_t)(y - r.y1) * pitch;
		uint8_t *luma = to->y + (intptr_t)y * to->stride + r.x1;

		convert(top, top + pitch, luma, luma + to->stride, to->uv + (intptr_t)(y / 2) * to->stride + r.x1, r.x2 - r.x1);
	}
}

void mc_blend(uint8_t *below, const uint8_t *above, int width)
{
	for (int i = 0; i < 4 * width; i++) {
		int alpha = above[i | 3], sum = above[i] + (below[i] * (255 - alpha) + 127) / 255;

		below[i] = MIN(sum, 255);
	}
}
