// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes what a pipe shows, maps it and makes a picture to compose of it. In a worker: nothing that the compositor waits for
 * depends on it, but a writeback that it has asked for.
 */
#include <linux/dma-buf.h>
#include <linux/iosys-map.h>
#include <linux/slab.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_print.h>

#include "miracast_compat.h"
#include "miracast_composer.h"
#include "miracast_internal.h"

static_assert((int)MIRACAST_BLEND_NONE == DRM_MIRACAST_BLEND_NONE);
static_assert((int)MIRACAST_BLEND_PREMULTIPLIED == DRM_MIRACAST_BLEND_PREMULTIPLIED);
static_assert((int)MIRACAST_BLEND_COVERAGE == DRM_MIRACAST_BLEND_COVERAGE);
static_assert(MIRACAST_LAYERS == DRM_MIRACAST_PLANES);

/**
 * struct miracast_composition - a pipe's picture, with references on its buffers
 * @plane: taken with miracast_composition_take()
 * @map: of each object of each plane, between begin and end
 * @colour: what @picture refers to, if anything
 * @picture: its layers are there between begin and end
 */
struct miracast_composition {
	struct miracast_snapshot plane[DRM_MIRACAST_PLANES];
	struct iosys_map map[DRM_MIRACAST_PLANES][DRM_FORMAT_MAX_PLANES];
	struct miracast_colour colour;
	struct miracast_picture picture;
};

struct miracast_composition *miracast_composition_create(void)
{
	return kzalloc(sizeof(struct miracast_composition), GFP_KERNEL);
}

void miracast_composition_free(struct miracast_composition *composition)
{
	unsigned int i;

	if (!composition)
		return;
	for (i = 0; i < ARRAY_SIZE(composition->plane); i++)
		miracast_snapshot_put(&composition->plane[i]);
	kfree(composition);
}

const struct miracast_picture *miracast_composition_picture(const struct miracast_composition *composition)
{
	return &composition->picture;
}

/**
 * miracast_composition_take - what the pipe shows now
 * @composition: what it held before is let go
 * @pipe: its lock is held
 */
void miracast_composition_take(struct miracast_composition *composition, struct miracast_pipe *pipe)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(composition->plane); i++) {
		miracast_snapshot_put(&composition->plane[i]);
		miracast_snapshot_copy(&composition->plane[i], &pipe->shown[i]);
	}
	composition->picture = (struct miracast_picture){ .width = pipe->mode.hdisplay, .height = pipe->mode.vdisplay };
	if (pipe->colour.ctm_on || pipe->colour.lut_on) {
		composition->colour = pipe->colour;
		composition->picture.colour = &composition->colour;
	}
}

static int map_plane(struct miracast_composition *composition, unsigned int plane)
{
	const struct miracast_snapshot *snapshot = &composition->plane[plane];
	struct iosys_map *map = composition->map[plane];
	unsigned int i;
	int ret;

	/*
	 * Without dma_buf_begin_cpu_access(), which waits for fences: the commit has waited for those of this picture, and one of
	 * later may be waiting for the fence that a writeback signals.
	 */
	for (i = 0; i < snapshot->info.objects; i++) {
		ret = miracast_dma_buf_vmap(snapshot->dma_buf[i], &map[i]);
		if (!ret && map[i].is_iomem) {
			miracast_dma_buf_vunmap(snapshot->dma_buf[i], &map[i]);
			ret = -EOPNOTSUPP;
		}
		if (ret) {
			iosys_map_clear(&map[i]);
			return ret;
		}
	}
	return 0;
}

static void unmap_plane(struct miracast_composition *composition, unsigned int plane)
{
	const struct miracast_snapshot *snapshot = &composition->plane[plane];
	struct iosys_map *map = composition->map[plane];
	unsigned int i;

	for (i = 0; i < snapshot->info.objects; i++) {
		if (iosys_map_is_null(&map[i]))
			continue;
		miracast_dma_buf_vunmap(snapshot->dma_buf[i], &map[i]);
		iosys_map_clear(&map[i]);
	}
}

static void add_layer(struct miracast_composition *composition, unsigned int plane)
{
	const struct miracast_snapshot *snapshot = &composition->plane[plane];
	const struct drm_miracast_plane *info = &snapshot->info;
	struct miracast_layer *layer;
	unsigned int i;

	if (!info->objects || !miracast_compose_reads(info->fourcc))
		return;
	layer = &composition->picture.layer[composition->picture.count++];
	*layer = (struct miracast_layer){
		.fourcc = info->fourcc,
		.src_x = info->src_x >> 16,
		.src_y = info->src_y >> 16,
		.dst = DRM_RECT_INIT(info->dst_x, info->dst_y, info->dst_w, info->dst_h),
		.alpha = info->alpha,
		.blend = info->blend,
		.bt709 = info->ycbcr & DRM_MIRACAST_YCBCR_BT709,
		.full_range = info->ycbcr & DRM_MIRACAST_YCBCR_FULL,
	};
	for (i = 0; i < info->objects && i < ARRAY_SIZE(layer->data); i++) {
		layer->data[i] = (const u8 *)composition->map[plane][i].vaddr + info->offset[i];
		layer->pitch[i] = info->pitch[i];
	}
	miracast_layer_clip(layer, composition->picture.width, composition->picture.height);
}

/**
 * miracast_composition_begin - map the buffers
 * @composition: taken
 *
 * Returns: 0, then miracast_composition_picture() can be composed until miracast_composition_end(); or the exporter's error.
 */
int miracast_composition_begin(struct miracast_composition *composition)
{
	static const unsigned int order[] = {
		DRM_MIRACAST_PLANE_PRIMARY, DRM_MIRACAST_PLANE_OVERLAY, DRM_MIRACAST_PLANE_OVERLAY + 1, DRM_MIRACAST_PLANE_CURSOR,
	};
	unsigned int i;
	int ret;

	composition->picture.count = 0;
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		ret = map_plane(composition, order[i]);
		if (ret) {
			miracast_composition_end(composition);
			return ret;
		}
		add_layer(composition, order[i]);
	}
	return 0;
}

void miracast_composition_end(struct miracast_composition *composition)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(composition->plane); i++)
		unmap_plane(composition, i);
}
