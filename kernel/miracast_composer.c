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
 * @colour: what @picture refers to, if anything
 * @picture: its layers are there once it has begun
 */
struct miracast_composition {
	struct miracast_snapshot plane[DRM_MIRACAST_PLANES];
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

static void drop_map(struct miracast_map *map)
{
	if (!map->dma_buf)
		return;
	miracast_dma_buf_vunmap(map->dma_buf, &map->map);
	dma_buf_put(map->dma_buf);
	map->dma_buf = NULL;
}

/**
 * miracast_maps_clear - unmap everything
 * @maps: whose compositions are over
 */
void miracast_maps_clear(struct miracast_maps *maps)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps->map); i++)
		drop_map(&maps->map[i]);
}

/* Buffers come round again: the one that is asked for, else the one that was not used for longest. */
static struct miracast_map *find_map(struct miracast_maps *maps, const struct dma_buf *dma_buf)
{
	struct miracast_map *oldest = &maps->map[0];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps->map); i++) {
		struct miracast_map *map = &maps->map[i];

		if (map->dma_buf == dma_buf)
			return map;
		if (map->used < oldest->used)
			oldest = map;
	}
	drop_map(oldest);
	return oldest;
}

/*
 * Where a buffer's memory is. Without dma_buf_begin_cpu_access(), which waits for fences: the commit has waited for those of this
 * picture, and one of later may be waiting for the fence that a writeback signals.
 */
static int map_buffer(struct miracast_maps *maps, struct dma_buf *dma_buf, const u8 **vaddr)
{
	struct miracast_map *map = find_map(maps, dma_buf);
	int ret;

	if (!map->dma_buf) {
		ret = miracast_dma_buf_vmap(dma_buf, &map->map);
		if (ret)
			return ret;
		get_dma_buf(dma_buf);
		map->dma_buf = dma_buf;
	}
	if (map->map.is_iomem)
		return -EOPNOTSUPP;
	map->used = maps->clock;
	*vaddr = map->map.vaddr;
	return 0;
}

/* What has not been shown for a while is let go. */
static void expire_maps(struct miracast_maps *maps)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps->map); i++) {
		if (maps->map[i].used + MIRACAST_MAPS_AGE < maps->clock)
			drop_map(&maps->map[i]);
	}
}

static int add_layer(struct miracast_composition *composition, struct miracast_maps *maps, unsigned int plane)
{
	const struct miracast_snapshot *snapshot = &composition->plane[plane];
	const struct drm_miracast_plane *info = &snapshot->info;
	struct miracast_layer *layer;
	unsigned int i;
	int ret;

	if (!info->objects || !miracast_compose_reads(info->fourcc))
		return 0;
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
		ret = map_buffer(maps, snapshot->dma_buf[i], &layer->data[i]);
		if (ret)
			return ret;
		layer->data[i] += info->offset[i];
		layer->pitch[i] = info->pitch[i];
	}
	miracast_layer_clip(layer, composition->picture.width, composition->picture.height);
	return 0;
}

/**
 * miracast_composition_begin - make layers of the planes
 * @composition: taken
 * @maps: keeps the buffers mapped until it is used again or cleared
 *
 * Returns: 0, then miracast_composition_picture() can be composed; or the exporter's error.
 */
int miracast_composition_begin(struct miracast_composition *composition, struct miracast_maps *maps)
{
	static const unsigned int order[] = {
		DRM_MIRACAST_PLANE_PRIMARY, DRM_MIRACAST_PLANE_OVERLAY, DRM_MIRACAST_PLANE_OVERLAY + 1, DRM_MIRACAST_PLANE_CURSOR,
	};
	unsigned int i;
	int ret;

	maps->clock++;
	composition->picture.count = 0;
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		ret = add_layer(composition, maps, order[i]);
		if (ret)
			return ret;
	}
	expire_maps(maps);
	return 0;
}
