/* SPDX-License-Identifier: GPL-2.0-only */
/* A sink's EDID, without what the stream does not carry; pure. */
#ifndef MIRACAST_EDID_H
#define MIRACAST_EDID_H

#include <linux/bits.h>
#include <linux/types.h>

#define MIRACAST_EDID_BLOCK 128

/* What is kept though a stream by default has nothing of it. */
#define MIRACAST_EDID_KEEP_HDR BIT(0)	/* HDR and colorimetry */
#define MIRACAST_EDID_KEEP_VRR BIT(1)	/* variable refresh */

void miracast_edid_filter(u8 *edid, size_t size, unsigned int keep);

#endif
