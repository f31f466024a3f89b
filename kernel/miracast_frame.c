// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames: what a pipe shows, published to its channels. The newest frame wins; damage adds up in each channel over the frames
 * that it skips. Everything here runs under the pipe's lock, allocates nothing and copies no pixel.
 */
#include <linux/dma-buf.h>
#include <linux/file.h>
#include <linux/poll.h>

#include <drm/drm_print.h>

#include "miracast_compat.h"
#include "miracast_internal.h"
#include "miracast_trace.h"

/* References to what a plane shows; these need no lock. */
void miracast_snapshot_put(struct miracast_snapshot *snapshot)
{
	unsigned int i;

	/* Not dma_buf_put(): some kernels trace in it, with a lock that must not be taken with interrupts off. */
	for (i = 0; i < snapshot->info.objects; i++)
		fput(snapshot->dma_buf[i]->file);
	snapshot->info.objects = 0;
}

void miracast_snapshot_copy(struct miracast_snapshot *to, const struct miracast_snapshot *from)
{
	unsigned int i;

	*to = *from;
	for (i = 0; i < to->info.objects; i++)
		get_dma_buf(to->dma_buf[i]);
}

/* Same memory, whatever the framebuffer or handle through which it is shown. */
static bool same_buffers(const struct miracast_snapshot *a, const struct miracast_snapshot *b)
{
	unsigned int i;

	if (!a->info.objects || a->info.objects != b->info.objects)
		return false;
	for (i = 0; i < a->info.objects; i++) {
		if (a->key[i] != b->key[i])
			return false;
	}
	return true;
}

/* A frame that nobody refers to: there are as many as can be referred to, and one. */
static struct miracast_frame *free_frame(struct miracast_pipe *pipe)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pipe->frames); i++) {
		if (!pipe->frames[i].refs)
			return &pipe->frames[i];
	}
	return NULL;
}

void miracast_frame_put(struct miracast_frame *frame)
{
	unsigned int i;

	if (!frame || --frame->refs)
		return;
	for (i = 0; i < ARRAY_SIZE(frame->plane); i++)
		miracast_snapshot_put(&frame->plane[i]);
}

/**
 * miracast_frame_is_shown - whether a frame's picture lies in the buffer that is shown now
 * @pipe: the target
 * @frame: one of its frames
 */
bool miracast_frame_is_shown(struct miracast_pipe *pipe, const struct miracast_frame *frame)
{
	return same_buffers(&frame->plane[DRM_MIRACAST_PLANE_PRIMARY], &pipe->shown[DRM_MIRACAST_PLANE_PRIMARY]);
}

/**
 * miracast_frame_changed - the state that GET_STATE tells has changed
 * @pipe: the target
 */
void miracast_frame_changed(struct miracast_pipe *pipe)
{
	pipe->state_serial++;
	if (pipe->ctx)
		wake_up_interruptible_poll(&pipe->ctx->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * miracast_frame_drop_current - there is no picture any more
 * @pipe: the target
 *
 * Frames that are held stay readable, but are revoked: their buffers are the compositor's.
 */
void miracast_frame_drop_current(struct miracast_pipe *pipe)
{
	miracast_frame_put(pipe->current_frame);
	pipe->current_frame = NULL;
}

/**
 * miracast_frame_show - a plane shows something else
 * @pipe: the target
 * @plane: DRM_MIRACAST_PLANE_*, overlays from OVERLAY on
 * @snapshot: taken over with its references; without objects when the plane shows nothing
 */
void miracast_frame_show(struct miracast_pipe *pipe, unsigned int plane, struct miracast_snapshot *snapshot)
{
	struct miracast_snapshot *shown = &pipe->shown[plane];

	if (plane == DRM_MIRACAST_PLANE_PRIMARY) {
		pipe->in_place = same_buffers(shown, snapshot);
		if (!snapshot->info.objects) {
			miracast_frame_drop_current(pipe);
		} else if (pipe->ctx && pipe->plugged && !pipe->fresh) {
			pipe->fresh = true;
			miracast_damage_set_full(&pipe->damage);
		}
	}
	miracast_snapshot_put(shown);
	*shown = *snapshot;
	pipe->shown_serial++;
}

/**
 * miracast_frame_publish - make what is shown the newest frame
 * @pipe: the target
 *
 * Without a context, or before the first picture that was meant for its monitor, nothing is published.
 */
void miracast_frame_publish(struct miracast_pipe *pipe)
{
	struct miracast_frame *frame;
	struct miracast_vc *vc;
	unsigned int i;

	if (!pipe->active || !pipe->fresh || !pipe->shown[DRM_MIRACAST_PLANE_PRIMARY].info.objects) {
		miracast_damage_clear(&pipe->damage);
		return;
	}
	frame = free_frame(pipe);
	if (drm_WARN_ON_ONCE(&pipe->mdev->drm, !frame))
		return;

	frame->refs = 1;
	frame->number = ++pipe->frame_number & ((1ULL << DRM_MIRACAST_CHUNK_FRAME_BITS) - 1);
	frame->mode_serial = pipe->mode_serial;
	frame->colour_serial = pipe->colour_serial;
	frame->publish_ns = ktime_get_ns();
	frame->vblank_ns = miracast_pipe_next_flip_ns(pipe);
	frame->width = pipe->mode.hdisplay;
	frame->height = pipe->mode.vdisplay;
	frame->in_place = pipe->in_place;
	for (i = 0; i < ARRAY_SIZE(frame->plane); i++)
		miracast_snapshot_copy(&frame->plane[i], &pipe->shown[i]);

	miracast_frame_put(pipe->current_frame);
	pipe->current_frame = frame;
	trace_miracast_publish(pipe->index, frame->number, frame->vblank_ns, frame->in_place);

	list_for_each_entry(vc, &pipe->ctx->vcs, link) {
		if (!vc->active)
			continue;
		miracast_damage_union(&vc->damage, &pipe->damage);
		wake_up_interruptible_poll(&vc->wait, EPOLLIN | EPOLLRDNORM);
	}
	miracast_damage_clear(&pipe->damage);
}

/**
 * miracast_frame_revoke_replaced - a flip has completed: buffers that are not shown are the compositor's again
 * @pipe: the target
 *
 * What a channel was told to read of a frame that it still holds is told again with its next chunk.
 */
void miracast_frame_revoke_replaced(struct miracast_pipe *pipe)
{
	struct miracast_vc *vc;

	if (!pipe->ctx)
		return;
	list_for_each_entry(vc, &pipe->ctx->vcs, link) {
		if (!vc->held || vc->revoked || miracast_frame_is_shown(pipe, vc->held))
			continue;
		vc->revoked = true;
		trace_miracast_revoke(pipe->index, vc->id, vc->held->number, true);
		miracast_damage_union(&vc->damage, &vc->held_damage);
	}
}
