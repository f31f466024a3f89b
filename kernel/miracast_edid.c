// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes out of an EDID what a compositor would offer and a stream does not carry: HDR, colorimetry, variable refresh, DSC, 3-D.
 * Identity, size, timings and audio stay. VESA E-EDID 1.4, CTA-861-H 7.4 and 7.5, HDMI 1.4b 8.3.2, HDMI 2.1 10.3.2, DisplayID 2.0.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "miracast_edid.h"

#define EDID_FEATURES 24
#define EDID_CONTINUOUS_FREQUENCY BIT(0)
#define EXTENSION_CTA 0x02
#define EXTENSION_DISPLAYID 0x70
#define CHECKSUM (MIRACAST_EDID_BLOCK - 1)

/* CTA data blocks: a byte of tag and length, then as many bytes. */
#define CTA_BLOCKS 4
#define CTA_VENDOR 3
#define CTA_EXTENDED 7
#define CTA_EXT_VENDOR_VIDEO 0x01	/* Dolby Vision, HDR10+ */
#define CTA_EXT_COLORIMETRY 0x05
#define CTA_EXT_HDR_STATIC 0x06
#define CTA_EXT_HDR_DYNAMIC 0x07
#define CTA_EXT_HDMI_FORUM 0x79

#define OUI_HDMI 0x000c03
#define OUI_HDMI_FORUM 0xc45dd8
#define OUI_AMD 0x00001a		/* FreeSync */

/* HDMI Forum's block and its extended twin have the same layout behind three bytes of identity. */
#define FORUM_FLAGS 5
#define FORUM_3D 0x07
#define FORUM_WITHOUT_VRR 7
#define FORUM_WITH_VRR 10

#define HDMI_LATENCY_FLAGS 7
#define HDMI_VIDEO_PRESENT BIT(5)

/* DisplayID data blocks: tag, revision, length. */
#define DISPLAYID_BLOCKS 4
#define DISPLAYID_HEADER 3
#define DISPLAYID_2 0x20
#define DISPLAYID_STEREO_1 0x10
#define DISPLAYID_INTERFACE_FEATURES 0x26
#define DISPLAYID_STEREO_2 0x27
#define DISPLAYID_ADAPTIVE_SYNC 0x2b
#define DISPLAYID_CTA 0x81		/* CTA data blocks in it */

static u8 checksum(const u8 *bytes, size_t size)
{
	u8 sum = 0;

	while (size--)
		sum += *bytes++;
	return -sum;
}

static u32 oui(const u8 *payload)
{
	return payload[2] << 16 | payload[1] << 8 | payload[0];
}

/* HDMI's own block without 3-D; returns its new length. */
static unsigned int hdmi_without_3d(u8 *payload, unsigned int length)
{
	unsigned int at = HDMI_LATENCY_FLAGS + 1;

	if (length <= HDMI_LATENCY_FLAGS || !(payload[HDMI_LATENCY_FLAGS] & HDMI_VIDEO_PRESENT))
		return length;
	/* Latencies of progressive and of interlaced video. */
	at += payload[HDMI_LATENCY_FLAGS] & BIT(7) ? 2 : 0;
	at += payload[HDMI_LATENCY_FLAGS] & BIT(6) ? 2 : 0;
	if (at + 2 > length)
		return HDMI_LATENCY_FLAGS;
	payload[at] &= 0x18;
	payload[at + 1] &= 0xe0;
	return min(length, at + 2 + (payload[at + 1] >> 5));
}

static unsigned int forum_without_vrr(u8 *payload, unsigned int length, unsigned int keep)
{
	if (length > FORUM_FLAGS)
		payload[FORUM_FLAGS] &= ~FORUM_3D;
	return min(length, keep & MIRACAST_EDID_KEEP_VRR ? FORUM_WITH_VRR : FORUM_WITHOUT_VRR);
}

/* Changes a data block; returns the new length of its payload, -1 when it goes. */
static int filter_cta_block(u8 *payload, unsigned int tag, unsigned int length, unsigned int keep)
{
	if (tag == CTA_VENDOR && length >= 3) {
		switch (oui(payload)) {
		case OUI_HDMI:
			return hdmi_without_3d(payload, length);
		case OUI_HDMI_FORUM:
			return forum_without_vrr(payload, length, keep);
		case OUI_AMD:
			return keep & MIRACAST_EDID_KEEP_VRR ? length : -1;
		}
	} else if (tag == CTA_EXTENDED && length) {
		switch (payload[0]) {
		case CTA_EXT_VENDOR_VIDEO:
		case CTA_EXT_COLORIMETRY:
		case CTA_EXT_HDR_STATIC:
		case CTA_EXT_HDR_DYNAMIC:
			return keep & MIRACAST_EDID_KEEP_HDR ? length : -1;
		case CTA_EXT_HDMI_FORUM:
			return forum_without_vrr(payload, length, keep);
		}
	}
	return length;
}

/* Data blocks in a row; returns how many bytes are left of them, or @size, changing nothing, when they have no end. */
static unsigned int filter_cta_blocks(u8 *bytes, unsigned int size, unsigned int keep)
{
	unsigned int at, to = 0;

	for (at = 0; at < size; at += 1 + (bytes[at] & 31)) {
		if (at + 1 + (bytes[at] & 31) > size)
			return size;
	}
	for (at = 0; at < size; ) {
		unsigned int tag = bytes[at] >> 5, length = bytes[at] & 31;
		int left = filter_cta_block(bytes + at + 1, tag, length, keep);

		if (left >= 0) {
			memmove(bytes + to + 1, bytes + at + 1, left);
			bytes[to] = tag << 5 | left;
			to += 1 + left;
		}
		at += 1 + length;
	}
	return to;
}

static void filter_cta(u8 *block, unsigned int keep)
{
	unsigned int end = block[2], to, timings;

	if (block[1] < 3 || end <= CTA_BLOCKS || end > CHECKSUM)
		return;
	to = CTA_BLOCKS + filter_cta_blocks(block + CTA_BLOCKS, end - CTA_BLOCKS, keep);
	timings = CHECKSUM - end;
	memmove(block + to, block + end, timings);
	memset(block + to + timings, 0, end - to);
	block[2] = to;
}

static bool keeps_displayid(u8 tag, unsigned int keep)
{
	switch (tag) {
	case DISPLAYID_STEREO_1:
	case DISPLAYID_STEREO_2:
		return false;
	case DISPLAYID_INTERFACE_FEATURES:
		return keep & MIRACAST_EDID_KEEP_HDR;
	case DISPLAYID_ADAPTIVE_SYNC:
		return keep & MIRACAST_EDID_KEEP_VRR;
	default:
		return true;
	}
}

/* Zeros behind the last block; until version 2 the number zero was the product's. */
static bool is_filling(const u8 *section, unsigned int at)
{
	return !section[at] && (section[0] >= DISPLAYID_2 || !section[at + 2]);
}

static void filter_displayid(u8 *block, unsigned int keep)
{
	/* The section: behind the extension's tag; four bytes, data blocks, a checksum of its own. */
	u8 *section = block + 1;
	unsigned int end = DISPLAYID_BLOCKS + section[1], at = DISPLAYID_BLOCKS, to = DISPLAYID_BLOCKS, size;

	if (1 + end >= CHECKSUM)
		return;
	for (; at + DISPLAYID_HEADER <= end; at += size) {
		unsigned int left;

		size = DISPLAYID_HEADER + section[at + 2];
		if (at + size > end || is_filling(section, at))
			break;
		if (!keeps_displayid(section[at], keep))
			continue;
		left = size;
		if (section[at] == DISPLAYID_CTA)
			left = DISPLAYID_HEADER + filter_cta_blocks(section + at + DISPLAYID_HEADER, size - DISPLAYID_HEADER, keep);
		memmove(section + to, section + at, left);
		section[to + 2] = left - DISPLAYID_HEADER;
		to += left;
	}
	/* What is not understood, and filling, follows as it was. */
	memmove(section + to, section + at, end - at);
	memset(section + to + end - at, 0, at - to);
	section[end] = checksum(section, end);
}

/**
 * miracast_edid_filter - take out what a stream does not carry
 * @edid: whole blocks, valid; changed
 * @size: of them
 * @keep: MIRACAST_EDID_KEEP_*
 *
 * Checksums are made anew. What is malformed stays as it is.
 */
void miracast_edid_filter(u8 *edid, size_t size, unsigned int keep)
{
	u8 *block;

	if (!(keep & MIRACAST_EDID_KEEP_VRR))
		edid[EDID_FEATURES] &= ~EDID_CONTINUOUS_FREQUENCY;
	for (block = edid; block + MIRACAST_EDID_BLOCK <= edid + size; block += MIRACAST_EDID_BLOCK) {
		if (block > edid && block[0] == EXTENSION_CTA)
			filter_cta(block, keep);
		else if (block > edid && block[0] == EXTENSION_DISPLAYID)
			filter_displayid(block, keep);
		block[CHECKSUM] = checksum(block, CHECKSUM);
	}
}
