/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MIRACAST_HOLD_H
#define MIRACAST_HOLD_H

#include <linux/types.h>

/* Expiries in a row that switch the hold off. */
#define MIRACAST_HOLD_EXPIRIES 3
/* The default bound, in refreshes. */
#define MIRACAST_HOLD_REFRESHES 4

/**
 * struct miracast_hold - how the pacing channel has fared
 * @expiries: holds in a row that ran out
 */
struct miracast_hold {
	unsigned int expiries;
};

/**
 * enum miracast_hold_verdict - what to do with a flip at a tick
 * @MIRACAST_HOLD_COMPLETE: send its event
 * @MIRACAST_HOLD_WAIT: ask again at the next tick
 * @MIRACAST_HOLD_EXPIRE: send its event and revoke the frame that is held
 */
enum miracast_hold_verdict {
	MIRACAST_HOLD_COMPLETE,
	MIRACAST_HOLD_WAIT,
	MIRACAST_HOLD_EXPIRE,
};

enum miracast_hold_verdict miracast_hold_tick(struct miracast_hold *hold, bool blocked, u64 waited_ns, u64 bound_ns);
void miracast_hold_released(struct miracast_hold *hold, bool in_time);
u32 miracast_hold_bound_us(u32 refresh_mhz, u32 asked_us);
u32 miracast_hold_divider(u32 refresh_mhz, u32 max_rate_mhz);

static inline bool miracast_hold_off(const struct miracast_hold *hold)
{
	return hold->expiries >= MIRACAST_HOLD_EXPIRIES;
}

#endif
