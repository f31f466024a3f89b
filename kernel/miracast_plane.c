// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planes: primary with damage clips, cursor with asynchronous updates. An update takes a snapshot of what the plane shows.
 */
#include <linux/dma-buf.h>

#include <drm/drm_atomic_helper.h>
#include <drm/drm_blend.h>
#include <drm/drm_damage_helper.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_gem_atomic_helper.h>
#include <drm/drm_print.h>

#include "miracast_compat.h"
#include "miracast_internal.h"

static const u32 picture_formats[] = {
	DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888, DRM_FORMAT_XBGR8888, DRM_FORMAT_ABGR8888, DRM_FORMAT_XRGB2101010, DRM_FORMAT_RGB565,
	DRM_FORMAT_NV12,
};
static const u32 cursor_formats[] = { DRM_FORMAT_ARGB8888 };
static const u64 modifiers[] = { DRM_FORMAT_MOD_LINEAR, DRM_FORMAT_MOD_INVALID };

/* A plane has one CRTC that it can be on. */
static struct miracast_pipe *plane_to_pipe(const struct drm_plane *plane)
{
	return to_miracast_device(plane->dev)->pipe[__ffs(plane->possible_crtcs)];
}

static unsigned int plane_index(const struct drm_plane *plane)
{
	switch (plane->type) {
	case DRM_PLANE_TYPE_PRIMARY:
		return DRM_MIRACAST_PLANE_PRIMARY;
	case DRM_PLANE_TYPE_CURSOR:
		return DRM_MIRACAST_PLANE_CURSOR;
	default:
		return DRM_MIRACAST_PLANE_OVERLAY + (plane - plane_to_pipe(plane)->overlay);
	}
}

static int check_state(struct drm_plane *plane, struct drm_plane_state *state, struct drm_atomic_commit *commit)
{
	struct miracast_pipe *pipe = plane_to_pipe(plane);
	bool cursor = plane->type == DRM_PLANE_TYPE_CURSOR;
	struct drm_crtc_state *crtc_state;
	bool readable = true;
	int ret;

	if (!state->fb || !state->crtc)
		return 0;

	crtc_state = drm_atomic_get_crtc_state(commit, state->crtc);
	if (IS_ERR(crtc_state))
		return PTR_ERR(crtc_state);
	ret = drm_atomic_helper_check_plane_state(state, crtc_state, DRM_PLANE_NO_SCALING, DRM_PLANE_NO_SCALING,
						  plane->type != DRM_PLANE_TYPE_PRIMARY, true);
	if (ret)
		return ret;
	if (cursor && (state->fb->width > MIRACAST_CURSOR_MAX || state->fb->height > MIRACAST_CURSOR_MAX))
		return -EINVAL;

	spin_lock_irq(&pipe->lock);
	if (pipe->ctx)
		readable = miracast_context_reads(pipe->ctx, state->fb);
	spin_unlock_irq(&pipe->lock);
	if (!readable) {
		drm_dbg_atomic(plane->dev, "[PLANE:%d:%s] the consumer cannot read format %p4cc, modifier 0x%llx\n",
			       plane->base.id, plane->name, &state->fb->format->format, state->fb->modifier);
		return -EINVAL;
	}
	return 0;
}

static int miracast_plane_atomic_check(struct drm_plane *plane, struct drm_atomic_commit *commit)
{
	return check_state(plane, drm_atomic_get_new_plane_state(commit, plane), commit);
}

static u8 blend_of(const struct drm_plane_state *state)
{
	if (!state->fb->format->has_alpha || state->pixel_blend_mode == DRM_MODE_BLEND_PIXEL_NONE)
		return DRM_MIRACAST_BLEND_NONE;
	return state->pixel_blend_mode == DRM_MODE_BLEND_COVERAGE ? DRM_MIRACAST_BLEND_COVERAGE : DRM_MIRACAST_BLEND_PREMULTIPLIED;
}

/* What a plane's state shows; with references. */
static void take_snapshot(struct miracast_snapshot *snapshot, const struct drm_plane *plane,
			  const struct drm_plane_state *state)
{
	struct drm_miracast_plane *info = &snapshot->info;
	const struct drm_framebuffer *fb = state->fb;
	struct miracast_fb *mfb;
	unsigned int i;

	memset(snapshot, 0, sizeof(*snapshot));
	if (!fb || !state->visible)
		return;

	mfb = to_miracast_fb(fb);
	info->type = min_t(u32, plane_index(plane), DRM_MIRACAST_PLANE_OVERLAY);
	info->fourcc = fb->format->format;
	info->modifier = fb->modifier;
	info->width = fb->width;
	info->height = fb->height;
	info->src_x = state->src.x1;
	info->src_y = state->src.y1;
	info->src_w = drm_rect_width(&state->src);
	info->src_h = drm_rect_height(&state->src);
	info->dst_x = state->dst.x1;
	info->dst_y = state->dst.y1;
	info->dst_w = drm_rect_width(&state->dst);
	info->dst_h = drm_rect_height(&state->dst);
	info->alpha = state->alpha;
	info->blend = blend_of(state);
	if (fb->format->is_yuv)
		info->ycbcr = (state->color_encoding == DRM_COLOR_YCBCR_BT709 ? DRM_MIRACAST_YCBCR_BT709 : 0) |
			      (state->color_range == DRM_COLOR_YCBCR_FULL_RANGE ? DRM_MIRACAST_YCBCR_FULL : 0);
	info->objects = fb->format->num_planes;
	for (i = 0; i < info->objects; i++) {
		info->offset[i] = fb->offsets[i];
		info->pitch[i] = fb->pitches[i];
		get_dma_buf(mfb->dma_buf[i]);
		snapshot->dma_buf[i] = mfb->dma_buf[i];
		/* Unlike the pointer, the number is never used again. */
		snapshot->key[i] = file_inode(mfb->dma_buf[i]->file)->i_ino;
	}
}

/* Adds the damage of an update, moved from the framebuffer to the picture. */
static void add_damage(struct miracast_pipe *pipe, const struct drm_plane_state *old, const struct drm_plane_state *new)
{
	int dx = new->dst.x1 - (new->src.x1 >> 16), dy = new->dst.y1 - (new->src.y1 >> 16);
	struct drm_atomic_helper_damage_iter iter;
	struct drm_rect clip;

	if (!new->visible)
		return;
	if (!old->visible || !old->fb || old->fb->format != new->fb->format || old->fb->modifier != new->fb->modifier ||
	    !drm_rect_equals(&old->dst, &new->dst)) {
		miracast_damage_set_full(&pipe->damage);
		return;
	}

	drm_atomic_helper_damage_iter_init(&iter, old, new);
	drm_atomic_for_each_plane_damage(&iter, &clip) {
		drm_rect_translate(&clip, dx, dy);
		miracast_damage_add(&pipe->damage, &clip);
	}
	miracast_damage_clip(&pipe->damage, pipe->mode.hdisplay, pipe->mode.vdisplay);
}

/* An overlay lies on the picture: what it covers, and has covered, is another. */
static void add_overlay_damage(struct miracast_pipe *pipe, const struct drm_plane_state *old, const struct drm_plane_state *new)
{
	if (old->visible)
		miracast_damage_add(&pipe->damage, &old->dst);
	if (new->visible)
		miracast_damage_add(&pipe->damage, &new->dst);
	miracast_damage_clip(&pipe->damage, pipe->mode.hdisplay, pipe->mode.vdisplay);
}

static void miracast_plane_atomic_update(struct drm_plane *plane, struct drm_atomic_commit *commit)
{
	struct drm_plane_state *old = drm_atomic_get_old_plane_state(commit, plane);
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(commit, plane);
	struct miracast_pipe *pipe = plane_to_pipe(plane);
	struct miracast_snapshot snapshot;
	unsigned long flags;

	take_snapshot(&snapshot, plane, new);
	spin_lock_irqsave(&pipe->lock, flags);
	if (plane->type == DRM_PLANE_TYPE_PRIMARY)
		add_damage(pipe, old, new);
	else if (plane->type == DRM_PLANE_TYPE_OVERLAY)
		add_overlay_damage(pipe, old, new);
	miracast_frame_show(pipe, plane_index(plane), &snapshot);
	spin_unlock_irqrestore(&pipe->lock, flags);
}

static void miracast_plane_atomic_disable(struct drm_plane *plane, struct drm_atomic_commit *commit)
{
	struct drm_plane_state *old = drm_atomic_get_old_plane_state(commit, plane);
	struct miracast_pipe *pipe = plane_to_pipe(plane);
	struct miracast_snapshot nothing = {};
	unsigned long flags;

	spin_lock_irqsave(&pipe->lock, flags);
	if (plane->type == DRM_PLANE_TYPE_OVERLAY && old->visible)
		miracast_damage_add(&pipe->damage, &old->dst);
	miracast_frame_show(pipe, plane_index(plane), &nothing);
	spin_unlock_irqrestore(&pipe->lock, flags);
}

static int miracast_cursor_atomic_async_check(struct drm_plane *plane, struct drm_atomic_commit *commit MIRACAST_FLIP_ARG)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(commit, plane);
	struct drm_crtc_state *crtc_state = drm_atomic_get_new_crtc_state(commit, new->crtc);

	if (!plane->state->fb || !new->fb || !crtc_state || !crtc_state->active)
		return -EINVAL;
	return check_state(plane, new, commit);
}

static void miracast_cursor_atomic_async_update(struct drm_plane *plane, struct drm_atomic_commit *commit)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(commit, plane);
	struct miracast_pipe *pipe = plane_to_pipe(plane);
	struct miracast_snapshot snapshot;

	swap(plane->state->fb, new->fb);
	plane->state->crtc_x = new->crtc_x;
	plane->state->crtc_y = new->crtc_y;
	plane->state->crtc_w = new->crtc_w;
	plane->state->crtc_h = new->crtc_h;
	plane->state->src_x = new->src_x;
	plane->state->src_y = new->src_y;
	plane->state->src_w = new->src_w;
	plane->state->src_h = new->src_h;
	plane->state->src = new->src;
	plane->state->dst = new->dst;
	plane->state->visible = new->visible;

	take_snapshot(&snapshot, plane, plane->state);
	spin_lock_irq(&pipe->lock);
	miracast_frame_show(pipe, plane_index(plane), &snapshot);
	miracast_frame_publish(pipe);
	spin_unlock_irq(&pipe->lock);
}

static const struct drm_plane_helper_funcs picture_helper_funcs = {
	.prepare_fb = drm_gem_plane_helper_prepare_fb,
	.atomic_check = miracast_plane_atomic_check,
	.atomic_update = miracast_plane_atomic_update,
	.atomic_disable = miracast_plane_atomic_disable,
};

static const struct drm_plane_helper_funcs cursor_helper_funcs = {
	.prepare_fb = drm_gem_plane_helper_prepare_fb,
	.atomic_check = miracast_plane_atomic_check,
	.atomic_update = miracast_plane_atomic_update,
	.atomic_disable = miracast_plane_atomic_disable,
	.atomic_async_check = miracast_cursor_atomic_async_check,
	.atomic_async_update = miracast_cursor_atomic_async_update,
};

static const struct drm_plane_funcs plane_funcs = {
	.update_plane = drm_atomic_helper_update_plane,
	.disable_plane = drm_atomic_helper_disable_plane,
	.reset = drm_atomic_helper_plane_reset,
	.destroy = drm_plane_cleanup,
	.atomic_duplicate_state = drm_atomic_helper_plane_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_plane_destroy_state,
};

static int add_plane(struct miracast_pipe *pipe, struct drm_plane *plane, enum drm_plane_type type, unsigned int zpos)
{
	const bool cursor = type == DRM_PLANE_TYPE_CURSOR;
	int ret;

	ret = drm_universal_plane_init(&pipe->mdev->drm, plane, BIT(pipe->index), &plane_funcs,
				       cursor ? cursor_formats : picture_formats,
				       cursor ? ARRAY_SIZE(cursor_formats) : ARRAY_SIZE(picture_formats), modifiers, type, NULL);
	if (ret)
		return ret;
	drm_plane_helper_add(plane, cursor ? &cursor_helper_funcs : &picture_helper_funcs);
	ret = drm_plane_create_zpos_immutable_property(plane, zpos);
	if (ret)
		return ret;
	ret = drm_plane_create_blend_mode_property(plane, BIT(DRM_MODE_BLEND_PREMULTI) |
						   (type == DRM_PLANE_TYPE_OVERLAY ? BIT(DRM_MODE_BLEND_PIXEL_NONE) |
						    BIT(DRM_MODE_BLEND_COVERAGE) : 0));
	if (ret || cursor)
		return ret;
	return drm_plane_create_color_properties(plane, BIT(DRM_COLOR_YCBCR_BT601) | BIT(DRM_COLOR_YCBCR_BT709),
						 BIT(DRM_COLOR_YCBCR_LIMITED_RANGE) | BIT(DRM_COLOR_YCBCR_FULL_RANGE),
						 DRM_COLOR_YCBCR_BT709, DRM_COLOR_YCBCR_LIMITED_RANGE);
}

/**
 * miracast_planes_init - the primary, overlay and cursor planes of a target
 * @pipe: its index is set
 */
int miracast_planes_init(struct miracast_pipe *pipe)
{
	unsigned int i, zpos = 0;
	int ret;

	ret = add_plane(pipe, &pipe->primary, DRM_PLANE_TYPE_PRIMARY, zpos++);
	if (ret)
		return ret;
	drm_plane_enable_fb_damage_clips(&pipe->primary);
	for (i = 0; i < pipe->mdev->overlays; i++) {
		ret = add_plane(pipe, &pipe->overlay[i], DRM_PLANE_TYPE_OVERLAY, zpos++);
		if (!ret)
			ret = drm_plane_create_alpha_property(&pipe->overlay[i]);
		if (ret)
			return ret;
	}
	return add_plane(pipe, &pipe->cursor, DRM_PLANE_TYPE_CURSOR, zpos);
}
