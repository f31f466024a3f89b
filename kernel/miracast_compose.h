/* SPDX-License-Identifier: GPL-2.0-only */
/* What a pipe shows, as one picture of eight bits per colour; pure. */
#ifndef MIRACAST_COMPOSE_H
#define MIRACAST_COMPOSE_H

#include <linux/types.h>

#include <drm/drm_rect.h>

#define MIRACAST_LUT_SIZE 256
#define MIRACAST_LAYERS 4

enum miracast_blend { MIRACAST_BLEND_NONE, MIRACAST_BLEND_PREMULTIPLIED, MIRACAST_BLEND_COVERAGE };

/**
 * struct miracast_layer - one plane's picture in memory
 * @fourcc: DRM_FORMAT_*, one that miracast_compose_reads()
 * @data: first byte of each colour plane
 * @pitch: bytes from a line to the next of each colour plane
 * @src_x: the pixel of the framebuffer that @dst begins with
 * @src_y: and its line
 * @dst: where on the picture
 * @alpha: of the whole plane, 65535 opaque
 * @blend: what the pixels' own alpha means
 * @bt709: YCbCr by BT.709, else BT.601
 * @full_range: YCbCr of full range, else limited
 */
struct miracast_layer {
	u32 fourcc;
	const u8 *data[2];
	u32 pitch[2];
	u32 src_x;
	u32 src_y;
	struct drm_rect dst;
	u16 alpha;
	enum miracast_blend blend;
	bool bt709;
	bool full_range;
};

/**
 * struct miracast_colour - what is done to every pixel of the composed picture
 * @ctm_on: the matrix is used
 * @lut_on: the table is used, after the matrix
 * @ctm: rows, S31.32 sign-magnitude as KMS has them
 * @lut: red, green, blue of 16 bits
 */
struct miracast_colour {
	bool ctm_on;
	bool lut_on;
	u64 ctm[9];
	u16 lut[MIRACAST_LUT_SIZE][3];
};

/**
 * struct miracast_picture - a pipe's picture to compose
 * @width: pixels
 * @height: lines
 * @count: of @layer in use
 * @layer: from the lowest to the highest
 * @colour: or NULL
 */
struct miracast_picture {
	u32 width;
	u32 height;
	unsigned int count;
	struct miracast_layer layer[MIRACAST_LAYERS];
	const struct miracast_colour *colour;
};

/**
 * struct miracast_checksum - of a picture's lines in order; zero at first
 */
struct miracast_checksum {
	u64 lane[4];
};

bool miracast_compose_reads(u32 fourcc);
void miracast_layer_clip(struct miracast_layer *layer, u32 width, u32 height);
void miracast_compose_line(const struct miracast_picture *picture, u32 y, u32 *line);
void miracast_compose_sum(const struct miracast_picture *picture, u32 y, u32 *scratch, struct miracast_checksum *sum);
u32 miracast_checksum_end(const struct miracast_checksum *sum);

#endif
