/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EDIDs: the sink's from wfd_display_edid, or one of ours. VESA E-EDID 1.4. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MC_EDID_BLOCK 128u
#define MC_EDID_MAX 512u

/*
 * wfd_display_edid's value to bytes: up to MC_EDID_MAX in @edid. Returns the size, 0 for "none" or what is no EDID. A wrong count
 * of blocks is put right by the payload's length.
 */
size_t mc_edid_parse(const char *value, uint8_t edid[MC_EDID_MAX]);

/* Whether the bytes are a base block with its header and its sum right, extensions too. */
bool mc_edid_valid(const uint8_t *edid, size_t size);

/* The preferred timing's size; false without one. */
bool mc_edid_preferred(const uint8_t *edid, size_t size, uint32_t *width, uint32_t *height);

/* One block for a monitor of this name (cut to 13 characters of ASCII) and mode. */
void mc_edid_make(const char *name, uint32_t width, uint32_t height, uint32_t hz, uint8_t edid[MC_EDID_BLOCK]);
