/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XRGB8888 to NV12, rectangle by rectangle, in the colour matrix that the stream signals. */
#pragma once

#include <stdint.h>

enum mc_matrix {
	MC_MATRIX_BT601,	/* below 720 lines */
	MC_MATRIX_BT709,
};

/* A picture in memory; owned by the caller. */
struct mc_nv12 {
	uint8_t *y, *uv;
	int stride;		/* bytes, of both planes */
	int width, height;	/* even */
};

/* Pixels, half open; @x1 and @y1 even, @x2 and @y2 even or the picture's edge. */
struct mc_rect {
	int x1, y1, x2, y2;
};

/* The smallest rectangle of even edges that holds @rect, within @width x @height. */
struct mc_rect mc_rect_even(struct mc_rect rect, int width, int height);

/*
 * Converts a rectangle, limited range, chroma the mean of four pixels. @xrgb is the pixel at the rectangle's corner, bytes B G
 * R X; @pitch in bytes.
 */
void mc_convert(enum mc_matrix matrix, const uint8_t *xrgb, int pitch, const struct mc_nv12 *to, struct mc_rect rect);

/* Blends premultiplied ARGB8888 over XRGB8888, @width pixels. */
void mc_blend(uint8_t *below, const uint8_t *above, int width);
