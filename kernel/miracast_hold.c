// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bounded hold, the tear guard, and the pace: when may a flip complete? Pure: no locks, no clock.
 */
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include <drm/miracast_drm.h>

#include "miracast_hold.h"

/**
 * miracast_hold_tick - decide about a flip
 * @hold: the pacing channel's record
 * @blocked: the channel holds a frame whose buffer the flip would give back
 * @waited_ns: since the flip was flushed
 * @bound_ns: longest hold
 */
enum miracast_hold_verdict miracast_hold_tick(struct miracast_hold *hold, bool blocked, u64 waited_ns, u64 bound_ns)
{
	if (!blocked)
		return MIRACAST_HOLD_COMPLETE;
	/* A consumer that is always late would only slow the compositor: its frames are revoked at once. */
	if (miracast_hold_off(hold))
		return MIRACAST_HOLD_EXPIRE;
	if (waited_ns < bound_ns)
		return MIRACAST_HOLD_WAIT;
	hold->expiries++;
	return MIRACAST_HOLD_EXPIRE;
}

/**
 * miracast_hold_released - the pacing channel has given a frame back
 * @hold: the pacing channel's record
 * @in_time: the frame was not revoked
 */
void miracast_hold_released(struct miracast_hold *hold, bool in_time)
{
	if (in_time)
		hold->expiries = 0;
}

/**
 * miracast_hold_bound_us - the longest hold in force
 * @refresh_mhz: refresh rate of the mode in millihertz, not 0
 * @asked_us: microseconds, 0 for the default
 *
 * Returns: microseconds, DRM_MIRACAST_HOLD_MAX_US at most.
 */
u32 miracast_hold_bound_us(u32 refresh_mhz, u32 asked_us)
{
	u64 us = asked_us ?: div_u64(MIRACAST_HOLD_REFRESHES * 1000000000ULL, refresh_mhz);

	return min_t(u64, us, DRM_MIRACAST_HOLD_MAX_US);
}

/**
 * miracast_hold_divider - on every which refresh flips complete
 * @refresh_mhz: refresh rate of the mode in millihertz, not 0
 * @max_rate_mhz: most frames in 1000 seconds, 0 for no limit
 *
 * Returns: the smallest n with refresh / n not above the rate, n refreshes not longer than DRM_MIRACAST_PERIOD_MAX_US;
 * 1 at least. A rate that differs by less than a thousandth counts as the same, so that 60 Hz timed at 60.0003 is not halved.
 */
u32 miracast_hold_divider(u32 refresh_mhz, u32 max_rate_mhz)
{
	u32 longest = div_u64((u64)refresh_mhz * DRM_MIRACAST_PERIOD_MAX_US, 1000000000);
	u64 rate = max_rate_mhz + max_rate_mhz / 1000ULL;

	if (!max_rate_mhz)
		return 1;
	return clamp_t(u64, DIV64_U64_ROUND_UP(refresh_mhz, rate), 1, max(longest, 1U));
}
