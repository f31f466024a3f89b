// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CRTC: refreshes by an exact timer, flips that complete at the pace of the consumer.
 */
#include <linux/math64.h>

#include <drm/drm_atomic_helper.h>
#include <drm/drm_blend.h>
#include <drm/drm_color_mgmt.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <drm/drm_vblank.h>

#include "miracast_compat.h"
#include "miracast_internal.h"
#include "miracast_mode.h"
#include "miracast_trace.h"

/* --- refreshes ---------------------------------------------------------------------------------- */

/* Number of the refresh that has begun last; refresh 0 is the epoch. */
static u64 refresh_number(const struct miracast_pipe *pipe, ktime_t now)
{
	s64 ns = ktime_to_ns(ktime_sub(now, pipe->epoch));

	return ns > 0 ? div64_u64(ns, pipe->period_ns) : 0;
}

static ktime_t refresh_time(const struct miracast_pipe *pipe, u64 number)
{
	return ktime_add_ns(pipe->epoch, number * pipe->period_ns);
}

/*
 * Sends the event of the flip that is waiting, unless it has to wait for longer. Called with event_lock.
 */
static void complete_flip(struct miracast_pipe *pipe, bool now)
{
	struct drm_pending_vblank_event *event = NULL;
	enum miracast_hold_verdict verdict = MIRACAST_HOLD_COMPLETE;

	spin_lock(&pipe->lock);
	if (pipe->flip.event) {
		const struct miracast_vc *pacer = pipe->pacer;

		if (pacer && !now) {
			u64 waited = ktime_to_ns(ktime_sub(ktime_get(), pipe->flip.flushed));
			u64 bound = 1000ULL * miracast_vc_hold_bound_us(pacer);
			bool blocked = pacer->held && !pacer->revoked && !pipe->flip.never_held &&
				       !miracast_frame_is_shown(pipe, pacer->held);

			verdict = miracast_hold_tick(&pipe->hold, blocked, waited, bound);
			if (blocked)
				trace_miracast_hold(pipe->index, waited, bound, verdict != MIRACAST_HOLD_WAIT);
		}
		if (verdict != MIRACAST_HOLD_WAIT) {
			event = pipe->flip.event;
			pipe->flip.event = NULL;
			/* From here on the compositor may draw into the buffers that it has replaced. */
			miracast_frame_revoke_replaced(pipe);
		}
	}
	spin_unlock(&pipe->lock);

	if (event) {
		drm_crtc_send_vblank_event(&pipe->crtc, event);
		drm_crtc_vblank_put(&pipe->crtc);
	}
}

static enum hrtimer_restart miracast_pipe_tick(struct hrtimer *timer)
{
	struct miracast_pipe *pipe = container_of(timer, struct miracast_pipe, timer);
	struct drm_device *dev = &pipe->mdev->drm;
	unsigned long flags;
	u64 number;

	spin_lock_irqsave(&pipe->timer_lock, flags);
	/* Switched off, or switched off and on again since this expired: then the timer is queued anew. */
	if (!pipe->vblank_on || hrtimer_is_queued(timer)) {
		spin_unlock_irqrestore(&pipe->timer_lock, flags);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(pipe->period_ns));
	number = refresh_number(pipe, ktime_get());
	spin_unlock_irqrestore(&pipe->timer_lock, flags);

	drm_crtc_handle_vblank(&pipe->crtc);
	miracast_crc_tick(pipe);

	spin_lock_irqsave(&dev->event_lock, flags);
	if (number % READ_ONCE(pipe->divider) == 0)
		complete_flip(pipe, false);
	spin_unlock_irqrestore(&dev->event_lock, flags);
	return HRTIMER_RESTART;
}

static int miracast_crtc_enable_vblank(struct drm_crtc *crtc)
{
	struct miracast_pipe *pipe = crtc_to_pipe(crtc);
	unsigned long flags;

	spin_lock_irqsave(&pipe->timer_lock, flags);
	pipe->vblank_on = true;
	hrtimer_start(&pipe->timer, refresh_time(pipe, refresh_number(pipe, ktime_get()) + 1), HRTIMER_MODE_ABS);
	spin_unlock_irqrestore(&pipe->timer_lock, flags);
	return 0;
}

/*
 * The core calls this under a lock that the timer's callback takes: it cannot wait for the callback, which sees for itself that it
 * is not wanted any more.
 */
static void miracast_crtc_disable_vblank(struct drm_crtc *crtc)
{
	struct miracast_pipe *pipe = crtc_to_pipe(crtc);
	unsigned long flags;

	spin_lock_irqsave(&pipe->timer_lock, flags);
	pipe->vblank_on = false;
	hrtimer_try_to_cancel(&pipe->timer);
	spin_unlock_irqrestore(&pipe->timer_lock, flags);
}

/* Refreshes go on at their times whether the timer runs or not: the time of the last one follows from the clock. */
static bool miracast_crtc_get_vblank_timestamp(struct drm_crtc *crtc, int *max_error, ktime_t *time, bool in_irq)
{
	struct miracast_pipe *pipe = crtc_to_pipe(crtc);
	unsigned long flags;

	spin_lock_irqsave(&pipe->timer_lock, flags);
	*time = refresh_time(pipe, refresh_number(pipe, ktime_get()));
	spin_unlock_irqrestore(&pipe->timer_lock, flags);
	return true;
}

/**
 * miracast_pipe_next_flip_ns - when a flip that is flushed now completes, if nothing holds it
 * @pipe: the target, active; its lock is held
 *
 * Returns: CLOCK_MONOTONIC in nanoseconds.
 */
u64 miracast_pipe_next_flip_ns(struct miracast_pipe *pipe)
{
	u64 number, ns;

	spin_lock(&pipe->timer_lock);
	number = div_u64(refresh_number(pipe, ktime_get()), pipe->divider) + 1;
	ns = ktime_to_ns(refresh_time(pipe, number * pipe->divider));
	spin_unlock(&pipe->timer_lock);
	return ns;
}

/**
 * miracast_pipe_update_pace - the pacing channel or the mode has changed
 * @pipe: the target; its lock is held
 */
void miracast_pipe_update_pace(struct miracast_pipe *pipe)
{
	u32 divider = 1;

	if (pipe->pacer && pipe->refresh_mhz)
		divider = miracast_hold_divider(pipe->refresh_mhz, pipe->pacer->max_rate_mhz);
	if (divider == pipe->divider)
		return;
	WRITE_ONCE(pipe->divider, divider);
	miracast_frame_changed(pipe);
}

/**
 * miracast_pipe_get_state - what the compositor has made of the target
 * @pipe: the target; its lock is held
 * @state: filled, but for the acknowledgement
 */
void miracast_pipe_get_state(struct miracast_pipe *pipe, struct drm_miracast_get_state *state)
{
	state->state_serial = pipe->state_serial;
	state->mode_serial = pipe->mode_serial;
	state->colour_serial = pipe->colour_serial;
	state->flags = (pipe->plugged ? DRM_MIRACAST_STATE_CONNECTED : 0) |
		       (pipe->enabled ? DRM_MIRACAST_STATE_ENABLED : 0) |
		       (pipe->active ? DRM_MIRACAST_STATE_ACTIVE : 0) |
		       (pipe->pacer && !miracast_hold_off(&pipe->hold) ? DRM_MIRACAST_STATE_HOLDING : 0);
	state->monitor_type = pipe->monitor_type;
	state->refresh_mhz = pipe->refresh_mhz;
	state->divider = pipe->divider;
	state->mode = pipe->mode;
}

/* --- the CRTC ----------------------------------------------------------------------------------- */

static void set_mode(struct miracast_pipe *pipe, const struct drm_display_mode *mode)
{
	struct drm_vblank_crtc *vblank = &pipe->mdev->drm.vblank[pipe->index];

	spin_lock_irq(&pipe->timer_lock);
	pipe->epoch = ktime_get();
	pipe->period_ns = vblank->framedur_ns;
	spin_unlock_irq(&pipe->timer_lock);

	spin_lock_irq(&pipe->lock);
	miracast_mode_to_user(&pipe->mode, mode);
	pipe->refresh_mhz = miracast_mode_refresh_mhz(mode);
	pipe->mode_serial++;
	pipe->enabled = true;
	pipe->active = true;
	miracast_damage_set_full(&pipe->damage);
	miracast_pipe_update_pace(pipe);
	miracast_frame_changed(pipe);
	spin_unlock_irq(&pipe->lock);
}

/* What the CRTC does to every pixel, from its state to where a composition can read it. */
static void set_colour(struct miracast_pipe *pipe, const struct drm_crtc_state *state)
{
	struct miracast_colour *colour = &pipe->colour;
	unsigned int i;

	colour->ctm_on = state->ctm;
	if (state->ctm)
		memcpy(colour->ctm, ((struct drm_color_ctm *)state->ctm->data)->matrix, sizeof(colour->ctm));
	colour->lut_on = state->gamma_lut;
	for (i = 0; state->gamma_lut && i < MIRACAST_LUT_SIZE; i++) {
		const struct drm_color_lut *lut = (struct drm_color_lut *)state->gamma_lut->data + i;

		colour->lut[i][0] = lut->red;
		colour->lut[i][1] = lut->green;
		colour->lut[i][2] = lut->blue;
	}
	pipe->colour_serial++;
	pipe->shown_serial++;
	miracast_damage_set_full(&pipe->damage);
	miracast_frame_changed(pipe);
}

static enum drm_mode_status miracast_crtc_mode_valid(struct drm_crtc *crtc, const struct drm_display_mode *mode)
{
	return miracast_mode_bounds(mode);
}

static int miracast_crtc_atomic_check(struct drm_crtc *crtc, struct drm_atomic_commit *commit)
{
	const struct drm_crtc_state *state = drm_atomic_get_new_crtc_state(commit, crtc);

	if (state->gamma_lut && drm_color_lut_size(state->gamma_lut) != MIRACAST_LUT_SIZE)
		return -EINVAL;
	return 0;
}

static void miracast_crtc_atomic_enable(struct drm_crtc *crtc, struct drm_atomic_commit *commit)
{
	set_mode(crtc_to_pipe(crtc), &crtc->state->adjusted_mode);
	drm_crtc_vblank_on(crtc);
	miracast_crc_enable(crtc_to_pipe(crtc));
}

static void miracast_crtc_atomic_disable(struct drm_crtc *crtc, struct drm_atomic_commit *commit)
{
	struct miracast_pipe *pipe = crtc_to_pipe(crtc);
	struct drm_device *dev = crtc->dev;

	spin_lock_irq(&dev->event_lock);
	complete_flip(pipe, true);
	spin_unlock_irq(&dev->event_lock);
	drm_crtc_vblank_off(crtc);

	spin_lock_irq(&pipe->lock);
	pipe->active = false;
	pipe->enabled = crtc->state->enable;
	if (!pipe->enabled) {
		memset(&pipe->mode, 0, sizeof(pipe->mode));
		pipe->refresh_mhz = 0;
		miracast_pipe_update_pace(pipe);
	}
	miracast_frame_drop_current(pipe);
	miracast_frame_changed(pipe);
	spin_unlock_irq(&pipe->lock);
}

/* Whether the commit is one that a consumer must never delay. */
static bool never_held(struct drm_atomic_commit *commit, const struct drm_crtc_state *state)
{
	struct drm_crtc_state *crtc_state;
	struct drm_crtc *crtc;
	unsigned int i, count = 0;

	for_each_new_crtc_in_state(commit, crtc, crtc_state, i)
		count++;
	return count > 1 || drm_atomic_crtc_needs_modeset(state);
}

static void miracast_crtc_atomic_flush(struct drm_crtc *crtc, struct drm_atomic_commit *commit)
{
	struct drm_crtc_state *state = drm_atomic_get_new_crtc_state(commit, crtc);
	struct drm_pending_vblank_event *event = state->event;
	struct miracast_pipe *pipe = crtc_to_pipe(crtc);
	struct drm_device *dev = crtc->dev;
	bool later, write;

	trace_miracast_commit(pipe->index, drm_atomic_crtc_needs_modeset(state), event);
	spin_lock_irq(&dev->event_lock);
	/* The core completes one flip before it flushes the next; if it ever did not, none may be lost. */
	if (drm_WARN_ON_ONCE(dev, pipe->flip.event))
		complete_flip(pipe, true);
	later = event && !drm_crtc_vblank_get(crtc);

	spin_lock(&pipe->lock);
	if (state->color_mgmt_changed)
		set_colour(pipe, state);
	write = miracast_writeback_take(pipe);
	if (state->planes_changed || state->color_mgmt_changed || drm_atomic_crtc_needs_modeset(state))
		miracast_frame_publish(pipe);
	if (later) {
		pipe->flip.event = event;
		pipe->flip.flushed = ktime_get();
		pipe->flip.never_held = never_held(commit, state);
	} else {
		miracast_frame_revoke_replaced(pipe);
	}
	spin_unlock(&pipe->lock);

	if (event && !later)
		drm_crtc_send_vblank_event(crtc, event);
	state->event = NULL;
	spin_unlock_irq(&dev->event_lock);
	if (write)
		queue_work(system_highpri_wq, &pipe->writeback.work);
}

static const struct drm_crtc_helper_funcs crtc_helper_funcs = {
	.mode_valid = miracast_crtc_mode_valid,
	.atomic_check = miracast_crtc_atomic_check,
	.atomic_enable = miracast_crtc_atomic_enable,
	.atomic_disable = miracast_crtc_atomic_disable,
	.atomic_flush = miracast_crtc_atomic_flush,
};

static const struct drm_crtc_funcs crtc_funcs = {
	.reset = drm_atomic_helper_crtc_reset,
	.destroy = drm_crtc_cleanup,
	.set_config = drm_atomic_helper_set_config,
	.page_flip = drm_atomic_helper_page_flip,
	.atomic_duplicate_state = drm_atomic_helper_crtc_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_crtc_destroy_state,
	.enable_vblank = miracast_crtc_enable_vblank,
	.disable_vblank = miracast_crtc_disable_vblank,
	.get_vblank_timestamp = miracast_crtc_get_vblank_timestamp,
	.get_crc_sources = miracast_crc_sources,
	.verify_crc_source = miracast_crc_verify_source,
	.set_crc_source = miracast_crc_set_source,
};

static void miracast_pipe_release(struct drm_device *dev, void *data)
{
	struct miracast_pipe *pipe = data;

	hrtimer_cancel(&pipe->timer);
}

/**
 * miracast_pipe_init - a target: CRTC, planes, encoder, connector
 * @pipe: zeroed; outlives the mode configuration
 * @mdev: the card
 * @index: below its number of targets
 */
int miracast_pipe_init(struct miracast_pipe *pipe, struct miracast_device *mdev, unsigned int index)
{
	int ret;

	pipe->mdev = mdev;
	pipe->index = index;
	pipe->divider = 1;
	pipe->state_serial = 1;
	pipe->mode_serial = 1;
	/* Refreshes have a time before the first mode, too: the core asks. */
	pipe->period_ns = NSEC_PER_SEC / 60;
	spin_lock_init(&pipe->lock);
	spin_lock_init(&pipe->timer_lock);
	hrtimer_setup(&pipe->timer, miracast_pipe_tick, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	ret = drmm_add_action_or_reset(&mdev->drm, miracast_pipe_release, pipe);
	if (ret)
		return ret;

	ret = miracast_planes_init(pipe);
	if (ret)
		return ret;
	ret = drm_crtc_init_with_planes(&mdev->drm, &pipe->crtc, &pipe->primary, &pipe->cursor, &crtc_funcs, NULL);
	if (ret)
		return ret;
	drm_crtc_helper_add(&pipe->crtc, &crtc_helper_funcs);
	if (mdev->color) {
		drm_crtc_enable_color_mgmt(&pipe->crtc, 0, true, MIRACAST_LUT_SIZE);
		ret = drm_mode_crtc_set_gamma_size(&pipe->crtc, MIRACAST_LUT_SIZE);
		if (ret)
			return ret;
	}
	ret = miracast_crc_init(pipe);
	if (ret)
		return ret;
	ret = miracast_connector_init(pipe);
	if (ret)
		return ret;
	return miracast_writeback_init(pipe);
}
