// SPDX-License-Identifier: GPL-2.0-only
/*
 * Composes lines of what a pipe shows, XRGB8888 with X zero: an eight-bit link, whatever the planes' formats. Pure. For checksums
 * (CRC) and writeback only; no stream depends on it.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include <drm/drm_fourcc.h>

#include "miracast_compat.h"
#include "miracast_compose.h"

#define RGB_MASK 0x00ffffffu
/* Primes of xxHash, which mix well. */
#define PRIME1 0x9e3779b185ebca87ULL
#define PRIME2 0xc2b2ae3d27d4eb4fULL

/* --- pixels ------------------------------------------------------------------------------------- */

static u32 argb(u32 a, u32 r, u32 g, u32 b)
{
	return a << 24 | r << 16 | g << 8 | b;
}

static u32 swap_red_blue(u32 p)
{
	return (p & 0xff00ff00) | (p & 0xff) << 16 | (p >> 16 & 0xff);
}

static u32 from_10_bit(u32 value)
{
	return ((value & 0x3ff) * 255 + 511) / 1023;
}

static u32 from_565(u16 p)
{
	return argb(255, ((p >> 11) * 255 + 15) / 31, ((p >> 5 & 63) * 255 + 31) / 63, ((p & 31) * 255 + 15) / 31);
}

static u32 clamp_8(s32 fixed)
{
	return clamp((fixed + (1 << 15)) >> 16, 0, 255);
}

/* ITU-R BT.601 and BT.709, limited and full range; 16.16. */
static u32 from_ycbcr(const struct miracast_layer *layer, int y, int cb, int cr)
{
	static const s32 matrix[2][2][5] = {
		/* luma, Cr to red, Cb to green, Cr to green, Cb to blue */
		{ { 76309, 104597, -25675, -53279, 132201 }, { 65536, 91881, -22554, -46802, 116130 } },
		{ { 76309, 117489, -13975, -34925, 138438 }, { 65536, 103206, -12276, -30679, 121609 } },
	};
	const s32 *m = matrix[layer->bt709][layer->full_range];

	y = (y - (layer->full_range ? 0 : 16)) * m[0];
	cb -= 128;
	cr -= 128;
	return argb(255, clamp_8(y + m[1] * cr), clamp_8(y + m[2] * cb + m[3] * cr), clamp_8(y + m[4] * cb));
}

/**
 * miracast_compose_reads - whether layers may have this format
 * @fourcc: DRM_FORMAT_*
 */
bool miracast_compose_reads(u32 fourcc)
{
	switch (fourcc) {
	case DRM_FORMAT_XRGB8888:
	case DRM_FORMAT_ARGB8888:
	case DRM_FORMAT_XBGR8888:
	case DRM_FORMAT_ABGR8888:
	case DRM_FORMAT_XRGB2101010:
	case DRM_FORMAT_RGB565:
	case DRM_FORMAT_NV12:
		return true;
	default:
		return false;
	}
}

/* A pixel as ARGB8888; formats without alpha are opaque. */
static u32 fetch(const struct miracast_layer *layer, u32 x, u32 y)
{
	const u8 *row = layer->data[0] + (size_t)y * layer->pitch[0], *chroma;
	u32 p;

	switch (layer->fourcc) {
	case DRM_FORMAT_ARGB8888:
		return get_unaligned_le32(row + x * 4);
	case DRM_FORMAT_XBGR8888:
		return swap_red_blue(get_unaligned_le32(row + x * 4)) | 0xff000000;
	case DRM_FORMAT_ABGR8888:
		return swap_red_blue(get_unaligned_le32(row + x * 4));
	case DRM_FORMAT_XRGB2101010:
		p = get_unaligned_le32(row + x * 4);
		return argb(255, from_10_bit(p >> 20), from_10_bit(p >> 10), from_10_bit(p));
	case DRM_FORMAT_RGB565:
		return from_565(get_unaligned_le16(row + x * 2));
	case DRM_FORMAT_NV12:
		chroma = layer->data[1] + (size_t)(y / 2) * layer->pitch[1] + x / 2 * 2;
		return from_ycbcr(layer, row[x], chroma[0], chroma[1]);
	default:
		return get_unaligned_le32(row + x * 4) | 0xff000000;
	}
}

/* One colour over another; @colour and @below of 8 bits, the factors of 16. */
static u32 mix(u32 colour, u32 factor, u32 below, u32 rest)
{
	return min((colour * factor + below * rest + 32767) / 65535, 255u);
}

static u32 blend(const struct miracast_layer *layer, u32 p, u32 below)
{
	u32 own = layer->blend == MIRACAST_BLEND_NONE ? 255 : p >> 24;
	u32 alpha = (own * 257 * layer->alpha + 32767) / 65535;
	u32 factor = layer->blend == MIRACAST_BLEND_COVERAGE ? alpha : layer->alpha;
	u32 rest = 65535 - alpha;

	return argb(0, mix(p >> 16 & 255, factor, below >> 16 & 255, rest), mix(p >> 8 & 255, factor, below >> 8 & 255, rest),
		    mix(p & 255, factor, below & 255, rest));
}

/* --- lines -------------------------------------------------------------------------------------- */

/* Whether the pixels are what is seen, but for their fourth byte. */
static bool is_plain(const struct miracast_layer *layer)
{
	return layer->fourcc == DRM_FORMAT_XRGB8888 && layer->alpha == 65535;
}

static bool crosses(const struct miracast_layer *layer, u32 y)
{
	return (s32)y >= layer->dst.y1 && (s32)y < layer->dst.y2;
}

static const u8 *plain_row(const struct miracast_layer *layer, u32 y)
{
	return layer->data[0] + (size_t)(layer->src_y + y - layer->dst.y1) * layer->pitch[0] + (size_t)layer->src_x * 4;
}

static void draw_plain(const struct miracast_layer *layer, u32 y, u32 *line)
{
	const u8 *row = plain_row(layer, y);
	int x;

	for (x = layer->dst.x1; x < layer->dst.x2; x++, row += 4)
		line[x] = get_unaligned_le32(row) & RGB_MASK;
}

static void draw(const struct miracast_layer *layer, u32 y, u32 *line)
{
	u32 row = layer->src_y + y - layer->dst.y1;
	int x;

	for (x = layer->dst.x1; x < layer->dst.x2; x++)
		line[x] = blend(layer, fetch(layer, layer->src_x + x - layer->dst.x1, row), line[x]);
}

/* A factor of the matrix times a colour, 16.16 of 8 bits. */
static s64 times(u64 factor, u32 colour)
{
	s64 value = (factor & ~BIT_ULL(63)) >> 16;

	value *= colour;
	return factor & BIT_ULL(63) ? -value : value;
}

static u32 multiply(const u64 *row, u32 r, u32 g, u32 b)
{
	s64 sum = times(row[0], r) + times(row[1], g) + times(row[2], b);

	/* The table has 256 entries, so eight bits are all that it takes. */
	return clamp_t(s64, (sum + (1 << 15)) >> 16, 0, 255);
}

static u32 look_up(u16 value)
{
	return (value + 128u - (value >> 8)) >> 8;
}

static void colour_line(const struct miracast_colour *colour, u32 *line, u32 width)
{
	u32 x;

	for (x = 0; x < width; x++) {
		u32 r = line[x] >> 16 & 255, g = line[x] >> 8 & 255, b = line[x] & 255;

		if (colour->ctm_on) {
			u32 r2 = multiply(colour->ctm, r, g, b), g2 = multiply(colour->ctm + 3, r, g, b);

			b = multiply(colour->ctm + 6, r, g, b);
			r = r2;
			g = g2;
		}
		if (colour->lut_on) {
			r = look_up(colour->lut[r][0]);
			g = look_up(colour->lut[g][1]);
			b = look_up(colour->lut[b][2]);
		}
		line[x] = argb(0, r, g, b);
	}
}

/**
 * miracast_layer_clip - leave of a layer what lies on the picture
 * @layer: changed; its @dst is empty when nothing does
 * @width: of the picture
 * @height: of the picture
 *
 * Planes are clipped to the mode that they were set for; while another mode is being set they are not yet on the new one.
 */
void miracast_layer_clip(struct miracast_layer *layer, u32 width, u32 height)
{
	struct drm_rect dst = layer->dst;

	dst.x1 = max(dst.x1, 0);
	dst.y1 = max(dst.y1, 0);
	dst.x2 = min(dst.x2, (int)width);
	dst.y2 = min(dst.y2, (int)height);
	if (!drm_rect_visible(&dst))
		dst = (struct drm_rect){};
	layer->src_x += dst.x1 - layer->dst.x1;
	layer->src_y += dst.y1 - layer->dst.y1;
	layer->dst = dst;
}

/**
 * miracast_compose_line - one line of the picture
 * @picture: its layers lie within it
 * @y: below its height
 * @line: picture->width pixels, written: XRGB8888, X zero
 */
void miracast_compose_line(const struct miracast_picture *picture, u32 y, u32 *line)
{
	unsigned int i;

	memset(line, 0, picture->width * sizeof(*line));
	for (i = 0; i < picture->count; i++) {
		const struct miracast_layer *layer = &picture->layer[i];

		if (!crosses(layer, y))
			continue;
		if (is_plain(layer))
			draw_plain(layer, y, line);
		else
			draw(layer, y, line);
	}
	if (picture->colour)
		colour_line(picture->colour, line, picture->width);
}

/* --- checksums ---------------------------------------------------------------------------------- */

static u64 mix_in(u64 lane, u64 pixels)
{
	return rol64(lane + pixels * PRIME2, 31) * PRIME1;
}

static void sum_line(struct miracast_checksum *sum, const void *line, u32 width)
{
	const u64 mask = (u64)RGB_MASK << 32 | RGB_MASK;
	u64 a = sum->lane[0], b = sum->lane[1], c = sum->lane[2], d = sum->lane[3];
	const u8 *p = line;

	for (; width >= 8; width -= 8, p += 32) {
		a = mix_in(a, get_unaligned_le64(p) & mask);
		b = mix_in(b, get_unaligned_le64(p + 8) & mask);
		c = mix_in(c, get_unaligned_le64(p + 16) & mask);
		d = mix_in(d, get_unaligned_le64(p + 24) & mask);
	}
	for (; width; width--, p += 4)
		a = mix_in(a, get_unaligned_le32(p) & RGB_MASK);
	sum->lane[0] = a;
	sum->lane[1] = b;
	sum->lane[2] = c;
	sum->lane[3] = d;
}

/* The only layer on this line when it covers all of it with plain pixels, else NULL. */
static const struct miracast_layer *alone(const struct miracast_picture *picture, u32 y)
{
	const struct miracast_layer *found = NULL;
	unsigned int i;

	for (i = 0; i < picture->count; i++) {
		const struct miracast_layer *layer = &picture->layer[i];

		if (!crosses(layer, y))
			continue;
		if (found || !is_plain(layer) || layer->dst.x1 > 0 || layer->dst.x2 < (s32)picture->width)
			return NULL;
		found = layer;
	}
	return found;
}

/**
 * miracast_compose_sum - add a line of the picture to a checksum
 * @picture: as in miracast_compose_line()
 * @y: below its height
 * @scratch: room for picture->width pixels
 * @sum: of the lines before
 *
 * The sum is that of what miracast_compose_line() writes; a line that needs no composing is not copied.
 */
void miracast_compose_sum(const struct miracast_picture *picture, u32 y, u32 *scratch, struct miracast_checksum *sum)
{
	const struct miracast_layer *layer = picture->colour ? NULL : alone(picture, y);

	if (layer) {
		sum_line(sum, plain_row(layer, y), picture->width);
		return;
	}
	miracast_compose_line(picture, y, scratch);
	sum_line(sum, scratch, picture->width);
}

/**
 * miracast_checksum_end - the checksum of all lines
 * @sum: after the last one
 */
u32 miracast_checksum_end(const struct miracast_checksum *sum)
{
	u64 all = sum->lane[0];
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(sum->lane); i++)
		all = mix_in(all, sum->lane[i]);
	return all ^ all >> 32;
}
