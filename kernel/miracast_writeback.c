// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writeback: the composed picture of a commit, written into a buffer of the compositor's. For tests and screenshots.
 */
#include <linux/dma-buf.h>
#include <linux/iosys-map.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <drm/drm_atomic_state_helper.h>
#include <drm/drm_edid.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_managed.h>
#include <drm/drm_modeset_helper_vtables.h>
#include <drm/drm_print.h>
#include <drm/drm_probe_helper.h>

#include "miracast_compat.h"
#include "miracast_composer.h"
#include "miracast_internal.h"

static const u32 formats[] = { DRM_FORMAT_XRGB8888 };

/**
 * struct miracast_job - a writeback that user space has asked for
 * @fb: where to; the job's
 * @map: of its buffer
 * @sources: what is composed, mapped
 * @composition: what, taken when the commit is flushed
 */
struct miracast_job {
	struct miracast_fb *fb;
	struct iosys_map map;
	struct miracast_maps sources;
	struct miracast_composition *composition;
};

static struct miracast_pipe *to_pipe(struct drm_writeback_connector *connector)
{
	return container_of(connector, struct miracast_pipe, writeback.connector);
}

static int check(struct drm_connector *connector, struct drm_atomic_commit *commit)
{
	struct drm_connector_state *state = drm_atomic_get_new_connector_state(commit, connector);
	const struct drm_crtc_state *crtc_state;
	const struct drm_framebuffer *fb;

	if (!state->writeback_job || !state->writeback_job->fb || !state->crtc)
		return 0;
	fb = state->writeback_job->fb;
	crtc_state = drm_atomic_get_new_crtc_state(commit, state->crtc);
	if (fb->width != crtc_state->mode.hdisplay || fb->height != crtc_state->mode.vdisplay ||
	    fb->format->format != formats[0] || fb->modifier != DRM_FORMAT_MOD_LINEAR) {
		drm_dbg_atomic(connector->dev, "[CONNECTOR:%d:%s] writes %ux%u XRGB8888, not %ux%u %p4cc\n", connector->base.id,
			       connector->name, crtc_state->mode.hdisplay, crtc_state->mode.vdisplay, fb->width, fb->height,
			       &fb->format->format);
		return -EINVAL;
	}
	return 0;
}

static void unmap_job(struct miracast_job *job)
{
	struct dma_buf *dma_buf = job->fb->dma_buf[0];

	if (iosys_map_is_null(&job->map))
		return;
	miracast_dma_buf_vunmap(dma_buf, &job->map);
	iosys_map_clear(&job->map);
	dma_buf_end_cpu_access(dma_buf, DMA_BIDIRECTIONAL);
}

static void free_job(struct miracast_job *job)
{
	unmap_job(job);
	miracast_composition_free(job->composition);
	kfree(job);
}

static int map_job(struct miracast_job *job)
{
	struct dma_buf *dma_buf = job->fb->dma_buf[0];
	int ret;

	ret = dma_buf_begin_cpu_access(dma_buf, DMA_BIDIRECTIONAL);
	if (ret)
		return ret;
	ret = miracast_dma_buf_vmap(dma_buf, &job->map);
	if (ret) {
		iosys_map_clear(&job->map);
		dma_buf_end_cpu_access(dma_buf, DMA_BIDIRECTIONAL);
		return ret;
	}
	return job->map.is_iomem ? -EOPNOTSUPP : 0;
}

static int prepare_job(struct drm_writeback_connector *connector, struct drm_writeback_job *wb_job)
{
	struct miracast_job *job;
	int ret;

	if (!wb_job->fb)
		return 0;
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	job->fb = to_miracast_fb(wb_job->fb);
	job->composition = miracast_composition_create();
	ret = job->composition ? map_job(job) : -ENOMEM;
	if (ret) {
		free_job(job);
		return ret;
	}
	wb_job->priv = job;
	return 0;
}

static void cleanup_job(struct drm_writeback_connector *connector, struct drm_writeback_job *wb_job)
{
	if (wb_job->priv)
		free_job(wb_job->priv);
	wb_job->priv = NULL;
}

static void commit_job(struct drm_connector *connector, struct drm_atomic_commit *commit)
{
	struct drm_connector_state *state = drm_atomic_get_new_connector_state(commit, connector);
	struct drm_writeback_connector *wb = drm_connector_to_writeback(connector);
	struct drm_writeback_job *wb_job = state->writeback_job;
	struct miracast_pipe *pipe = to_pipe(wb);

	/* One at a time: the last commit's may still be written. */
	flush_work(&pipe->writeback.work);
	drm_writeback_queue_job(wb, state);
	spin_lock_irq(&pipe->lock);
	pipe->writeback.job = wb_job->priv;
	spin_unlock_irq(&pipe->lock);
}

/**
 * miracast_writeback_take - the flush has shown what is to be written
 * @pipe: the target; its lock is held
 *
 * Returns: whether writeback.work has to be queued.
 */
bool miracast_writeback_take(struct miracast_pipe *pipe)
{
	if (!pipe->writeback.job)
		return false;
	miracast_composition_take(pipe->writeback.job->composition, pipe);
	pipe->writeback.ready = pipe->writeback.job;
	pipe->writeback.job = NULL;
	return true;
}

static void write(struct work_struct *work)
{
	struct miracast_pipe *pipe = container_of(work, struct miracast_pipe, writeback.work);
	struct miracast_job *job = pipe->writeback.ready;
	const struct miracast_picture *picture = miracast_composition_picture(job->composition);
	const struct drm_framebuffer *fb = &job->fb->base;
	u8 *out = (u8 *)job->map.vaddr + fb->offsets[0];
	u32 y;
	int ret;

	ret = miracast_composition_begin(job->composition, &job->sources);
	if (!ret) {
		for (y = 0; y < picture->height && y < fb->height; y++) {
			miracast_compose_line(picture, y, (u32 *)(out + (size_t)y * fb->pitches[0]));
			cond_resched();
		}
	}
	miracast_maps_clear(&job->sources);
	/* Whoever waits for the fence reads. */
	unmap_job(job);
	/* The job is the core's from here on. */
	drm_writeback_signal_completion(&pipe->writeback.connector, ret);
}

static int get_modes(struct drm_connector *connector)
{
	return drm_add_modes_noedid(connector, connector->dev->mode_config.max_width, connector->dev->mode_config.max_height);
}

static const struct drm_connector_helper_funcs connector_helper_funcs = {
	.get_modes = get_modes,
	.atomic_check = check,
	.prepare_writeback_job = prepare_job,
	.cleanup_writeback_job = cleanup_job,
	.atomic_commit = commit_job,
};

static const struct drm_connector_funcs connector_funcs = {
	.reset = drm_atomic_helper_connector_reset,
	.destroy = drm_connector_cleanup,
	.fill_modes = drm_helper_probe_single_connector_modes,
	.atomic_duplicate_state = drm_atomic_helper_connector_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_connector_destroy_state,
};

static const struct drm_encoder_helper_funcs encoder_helper_funcs = {
};

static void miracast_writeback_release(struct drm_device *dev, void *data)
{
	struct miracast_pipe *pipe = data;

	/* A job that was queued has to be signalled. */
	flush_work(&pipe->writeback.work);
}

/**
 * miracast_writeback_init - the writeback connector of a target
 * @pipe: its CRTC and encoder are there
 */
int miracast_writeback_init(struct miracast_pipe *pipe)
{
	struct drm_writeback_connector *wb = &pipe->writeback.connector;
	u32 clones;
	int ret;

	INIT_WORK(&pipe->writeback.work, write);
	ret = drmm_add_action_or_reset(&pipe->mdev->drm, miracast_writeback_release, pipe);
	if (ret)
		return ret;
	drm_connector_helper_add(&wb->base, &connector_helper_funcs);
	ret = drm_writeback_connector_init(&pipe->mdev->drm, wb, &connector_funcs, &encoder_helper_funcs, formats,
					   ARRAY_SIZE(formats), drm_crtc_mask(&pipe->crtc));
	if (ret)
		return ret;
	/* Beside the monitor, not instead of it. */
	clones = drm_encoder_mask(&pipe->encoder) | drm_encoder_mask(&wb->encoder);
	pipe->encoder.possible_clones = clones;
	wb->encoder.possible_clones = clones;
	return 0;
}
