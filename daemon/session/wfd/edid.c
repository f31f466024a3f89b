// SPDX-License-Identifier: GPL-2.0-or-later
/* EDID in and out. */
#include "edid.h"

#include <glib.h>
#include <string.h>

static const uint8_t magic[8] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00 };

static bool sum_ok(const uint8_t *block)
{
	uint8_t sum = 0;

	for (unsigned int i = 0; i < MC_EDID_BLOCK; i++)
		sum += block[i];
	return !sum;
}

bool mc_edid_valid(const uint8_t *edid, size_t size)
{
	if (size < MC_EDID_BLOCK || size % MC_EDID_BLOCK || size > MC_EDID_MAX || memcmp(edid, magic, sizeof(magic)))
		return false;
	for (size_t at = 0; at < size; at += MC_EDID_BLOCK) {
		if (!sum_ok(edid + at))
			return false;
	}
	return true;
}

size_t mc_edid_parse(const char *value, uint8_t edid[MC_EDID_MAX])
{
	size_t size = 0;

	while (*value == ' ')
		value++;
	/* The number of blocks, which some sinks get wrong by one. */
	if (!g_ascii_isxdigit(*value))
		return 0;
	while (g_ascii_isxdigit(*value))
		value++;
	while (*value == ' ')
		value++;
	while (size < MC_EDID_MAX && g_ascii_isxdigit(value[0]) && g_ascii_isxdigit(value[1])) {
		edid[size++] = g_ascii_xdigit_value(value[0]) << 4 | g_ascii_xdigit_value(value[1]);
		value += 2;
	}
	size -= size % MC_EDID_BLOCK;
	while (size && !mc_edid_valid(edid, size))
		size -= MC_EDID_BLOCK;
	/* A base block alone says so. */
	if (size >= MC_EDID_BLOCK && edid[126] != size / MC_EDID_BLOCK - 1) {
		edid[127] += edid[126] - (size / MC_EDID_BLOCK - 1);
		edid[126] = size / MC_EDID_BLOCK - 1;
	}
	return size;
}

bool mc_edid_preferred(const uint8_t *edid, size_t size, uint32_t *width, uint32_t *height)
{
	const uint8_t *d = edid + 54;

	if (size < MC_EDID_BLOCK || (!d[0] && !d[1]))
		return false;
	*width = d[2] | (d[4] & 0xf0) << 4;
	*height = d[5] | (d[7] & 0xf0) << 4;
	return *width && *height;
}

static void put_timing(uint8_t *d, uint32_t w, uint32_t h, uint32_t hz)
{
	/* CVT with reduced blanking: 160 pixels (48 before a sync of 32), 460 us at least (3 lines before the sync). */
	uint32_t hblank = 160, sync = w * 3 == h * 4 ? 4 : w * 9 == h * 16 ? 5 : w * 10 == h * 16 ? 6 : 10;
	double line_us = (1e6 / hz - 460) / h;
	uint32_t vblank = MAX((uint32_t)(460 / line_us) + 1, 3 + sync + 6);
	uint32_t clock = (w + hblank) * (uint64_t)(h + vblank) * hz / 250000 * 25;	/* in 10 kHz, steps of 0.25 MHz */
	uint32_t mm_w = w * 254 / 960, mm_h = h * 254 / 960;

	d[0] = clock;
	d[1] = clock >> 8;
	d[2] = w;
	d[3] = hblank;
	d[4] = (w >> 4 & 0xf0) | hblank >> 8;
	d[5] = h;
	d[6] = vblank;
	d[7] = (h >> 4 & 0xf0) | vblank >> 8;
	d[8] = 48;
	d[9] = 32;
	d[10] = 3 << 4 | sync;
	d[11] = 0;
	d[12] = mm_w;
	d[13] = mm_h;
	d[14] = (mm_w >> 4 & 0xf0) | mm_h >> 8;
	d[17] = 0x1a;	/* separate digital sync: horizontal positive, vertical negative */
}

static void put_text(uint8_t *d, uint8_t tag, const char *text)
{
	size_t n = 0;

	d[3] = tag;
	memset(d + 5, ' ', 13);
	while (n < 13 && text[n]) {
		d[5 + n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
		n++;
	}
	if (n < 13)
		d[5 + n] = '\n';
}

void mc_edid_make(const char *name, uint32_t width, uint32_t height, uint32_t hz, uint8_t e[MC_EDID_BLOCK])
{
	/* sRGB primaries, as 10-bit fractions. */
	static const uint8_t colours[10] = { 0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54 };
	uint8_t sum = 0;

	memset(e, 0, MC_EDID_BLOCK);
	memcpy(e, magic, sizeof(magic));
	/* "LNX", five bits a letter; product 0x4d43. */
	e[8] = ('L' - '@') << 2 | ('N' - '@') >> 3;
	e[9] = (('N' - '@') & 7) << 5 | ('X' - '@');
	e[10] = 0x43;
	e[11] = 0x4d;
	e[16] = 0xff;		/* model year */
	e[17] = 2026 - 1990;
	e[18] = 1;
	e[19] = 4;
	e[20] = 0xa0;		/* digital, 8 bit, undefined interface */
	e[21] = (width * 254 / 960 + 5) / 10;
	e[22] = (height * 254 / 960 + 5) / 10;
	e[23] = 120;		/* gamma 2.2 */
	e[24] = 0x06;		/* sRGB; the first timing is native */
	memcpy(e + 25, colours, sizeof(colours));
	memset(e + 38, 0x01, 16);
	put_timing(e + 54, width, height, hz);
	put_text(e + 72, 0xfc, *name ? name : "Miracast");
	e[90 + 3] = 0x10;	/* unused descriptors */
	e[108 + 3] = 0x10;
	for (unsigned int i = 0; i < 127; i++)
		sum += e[i];
	e[127] = -sum;
}
