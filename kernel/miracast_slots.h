/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MIRACAST_SLOTS_H
#define MIRACAST_SLOTS_H

#include <linux/types.h>

#define MIRACAST_SLOTS 16

/**
 * struct miracast_slots - what a channel was told about its buffer slots
 * @key: identity of the buffer that each slot stands for, 0 for none. A number that no other buffer ever has (the inode
 *	number of its dma-buf), not a pointer: the table holds no reference
 * @used: when the slot was last named, counted in chunks
 * @chunk: the current count
 */
struct miracast_slots {
	u64 key[MIRACAST_SLOTS];
	u64 used[MIRACAST_SLOTS];
	u64 chunk;
};

void miracast_slots_begin(struct miracast_slots *slots);
unsigned int miracast_slots_name(struct miracast_slots *slots, u64 key, u32 *new_slots);

#endif
