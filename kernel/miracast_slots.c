// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffer slots: a channel's short names for the memory objects of its chunks. Pure: no locks, no allocation.
 */
#include <linux/bits.h>

#include "miracast_slots.h"

/**
 * miracast_slots_begin - start a chunk
 * @slots: the channel's table
 *
 * Slots that the chunk names are not given to another buffer until the next one begins.
 */
void miracast_slots_begin(struct miracast_slots *slots)
{
	slots->chunk++;
}

/**
 * miracast_slots_name - the slot of a buffer
 * @slots: the channel's table
 * @key: the buffer's identity, not 0
 * @new_slots: a bit is set for the slot when it stood for something else
 *
 * The least recently named slot is given up when none is free. A chunk names fewer buffers than there are slots.
 */
unsigned int miracast_slots_name(struct miracast_slots *slots, u64 key, u32 *new_slots)
{
	unsigned int i, oldest = 0;

	for (i = 0; i < MIRACAST_SLOTS; i++) {
		if (slots->key[i] == key) {
			slots->used[i] = slots->chunk;
			return i;
		}
		if (slots->used[i] < slots->used[oldest])
			oldest = i;
	}

	slots->key[oldest] = key;
	slots->used[oldest] = slots->chunk;
	*new_slots |= BIT(oldest);
	return oldest;
}
