// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: dumb buffers, imports without attachment, and framebuffers that know the dma-bufs of their objects. The driver never
 * maps or attaches to a buffer: how pixels are read is the consumer's choice.
 */
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/iosys-map.h>
#include <linux/slab.h>

#include <drm/drm_damage_helper.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_prime.h>

#include "miracast_compat.h"
#include "miracast_internal.h"

/* radeonsi refuses other layouts when a GPU draws into our dumb buffers. */
#define DUMB_PITCH_ALIGN 256
#define DUMB_HEIGHT_ALIGN 16
#define DUMB_BPP_MAX 64
#define DUMB_BPP_NV12 12

/**
 * struct miracast_import - a foreign buffer
 * @base: its GEM object; base.dma_buf is the core's and goes with the last handle
 * @dma_buf: our own reference
 */
struct miracast_import {
	struct drm_gem_object base;
	struct dma_buf *dma_buf;
};

static struct miracast_import *to_import(struct drm_gem_object *obj)
{
	return container_of(obj, struct miracast_import, base);
}

static void import_free(struct drm_gem_object *obj)
{
	struct miracast_import *import = to_import(obj);

	drm_gem_object_release(obj);
	dma_buf_put(import->dma_buf);
	kfree(import);
}

static struct dma_buf *import_export(struct drm_gem_object *obj, int flags)
{
	struct dma_buf *dma_buf = to_import(obj)->dma_buf;

	get_dma_buf(dma_buf);
	return dma_buf;
}

static int import_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	return dma_buf_vmap(to_import(obj)->dma_buf, map);
}

static void import_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	dma_buf_vunmap(to_import(obj)->dma_buf, map);
}

/* No get_sg_table, pin, mmap or vm_ops: their absence makes mmap() of an import fail. */
static const struct drm_gem_object_funcs import_funcs = {
	.free = import_free,
	.export = import_export,
	.vmap = import_vmap,
	.vunmap = import_vunmap,
};

/* Every dma-buf of this module is the export of a GEM object. */
static struct drm_gem_object *own_object(struct drm_device *dev, struct dma_buf *dma_buf)
{
	struct drm_gem_object *obj;

	if (dma_buf->owner != THIS_MODULE)
		return NULL;
	obj = dma_buf->priv;
	return obj->dev == dev ? obj : NULL;
}

/**
 * miracast_gem_prime_import - wrap a foreign buffer
 * @dev: the card
 * @dma_buf: the buffer; a reference is kept
 *
 * Does not attach: exporters need neither move the buffer nor know us. Returns: the object, or an error pointer: -EOPNOTSUPP when
 * the import policy refuses it, -ENOMEM.
 */
struct drm_gem_object *miracast_gem_prime_import(struct drm_device *dev, struct dma_buf *dma_buf)
{
	struct drm_gem_object *obj = own_object(dev, dma_buf);
	struct miracast_import *import;

	if (obj) {
		drm_gem_object_get(obj);
		return obj;
	}

	if (atomic_read(&to_miracast_device(dev)->import_policy) == DRM_MIRACAST_IMPORT_NEVER)
		return ERR_PTR(-EOPNOTSUPP);

	import = kzalloc(sizeof(*import), GFP_KERNEL);
	if (!import)
		return ERR_PTR(-ENOMEM);
	get_dma_buf(dma_buf);
	import->dma_buf = dma_buf;
	import->base.funcs = &import_funcs;
	/* Set before the init, which brings its own otherwise: implicit fences are the exporter's. */
	import->base.resv = dma_buf->resv;
	drm_gem_private_object_init(dev, &import->base, PAGE_ALIGN(dma_buf->size));
	return &import->base;
}

/**
 * miracast_gem_dumb_create - a buffer for software rendering, cached
 * @file: who asks
 * @dev: the card
 * @args: width, height and bits per pixel in; pitch, size and handle out
 */
int miracast_gem_dumb_create(struct drm_file *file, struct drm_device *dev, struct drm_mode_create_dumb *args)
{
	struct drm_gem_shmem_object *shmem;
	u64 pitch, size;
	int ret;

	/* 12 bits are those of NV12, both planes in one buffer; user space counts on whole bytes then. */
	if (!args->width || !args->height || !args->bpp || (args->bpp % 8 && args->bpp != DUMB_BPP_NV12) || args->bpp > DUMB_BPP_MAX)
		return -EINVAL;
	pitch = (u64)args->width * DIV_ROUND_UP(args->bpp, 8);
	/* A line that is shorter is a small cursor's: SETCURSOR takes its pitch to be its width. */
	if (pitch > DUMB_PITCH_ALIGN)
		pitch = ALIGN(pitch, DUMB_PITCH_ALIGN);
	size = PAGE_ALIGN(pitch * ALIGN((u64)args->height, DUMB_HEIGHT_ALIGN));
	if (pitch > U32_MAX || size > U32_MAX)
		return -EINVAL;

	shmem = drm_gem_shmem_create(dev, size);
	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	ret = drm_gem_handle_create(file, &shmem->base, &args->handle);
	drm_gem_object_put(&shmem->base);
	if (ret)
		return ret;
	args->pitch = pitch;
	args->size = size;
	return 0;
}

/*
 * The dma-buf that stands for an object, a reference: the exporter's for an import, else the one that every export of the object
 * gives, made now if there is none.
 */
static struct dma_buf *object_dma_buf(struct drm_gem_object *obj)
{
	struct drm_device *dev = obj->dev;
	struct dma_buf *dma_buf;

	if (obj->funcs == &import_funcs)
		return import_export(obj, 0);

	mutex_lock(&dev->object_name_lock);
	dma_buf = obj->dma_buf;
	if (dma_buf) {
		get_dma_buf(dma_buf);
	} else {
		dma_buf = drm_gem_prime_export(obj, O_RDWR | O_CLOEXEC);
		/* The core drops this one with the last handle. */
		if (!IS_ERR(dma_buf) && obj->handle_count) {
			obj->dma_buf = dma_buf;
			get_dma_buf(dma_buf);
		}
	}
	mutex_unlock(&dev->object_name_lock);
	return dma_buf;
}

/* Whole lines of every colour plane lie in its buffer: some kernels' own check rounds the chroma of odd sizes down. */
static bool fits(const struct drm_framebuffer *fb)
{
	const struct drm_format_info *format = fb->format;
	unsigned int i;

	for (i = 0; i < format->num_planes; i++) {
		u64 width = i ? DIV_ROUND_UP(fb->width, format->hsub) : fb->width;
		u64 height = i ? DIV_ROUND_UP(fb->height, format->vsub) : fb->height;
		u64 line = drm_format_info_min_pitch(format, i, width);

		if (fb->pitches[i] < line || fb->offsets[i] + (height - 1) * fb->pitches[i] + line > fb->obj[i]->size)
			return false;
	}
	return true;
}

static void fb_destroy(struct drm_framebuffer *fb)
{
	struct miracast_fb *mfb = to_miracast_fb(fb);
	struct drm_device *dev = fb->dev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mfb->dma_buf); i++) {
		if (mfb->dma_buf[i])
			dma_buf_put(mfb->dma_buf[i]);
	}
	drm_gem_fb_destroy(fb);
	drm_dev_put(dev);
}

static const struct drm_framebuffer_funcs fb_funcs = {
	.destroy = fb_destroy,
	.create_handle = drm_gem_fb_create_handle,
	.dirty = drm_atomic_helper_dirtyfb,
};

struct drm_framebuffer *miracast_fb_create(struct drm_device *dev, struct drm_file *file, MIRACAST_FB_INFO_ARG
					   const struct drm_mode_fb_cmd2 *cmd)
{
	struct miracast_fb *mfb;
	unsigned int i;
	int ret;

	mfb = kzalloc(sizeof(*mfb), GFP_KERNEL);
	if (!mfb)
		return ERR_PTR(-ENOMEM);
	ret = drm_gem_fb_init_with_funcs(dev, &mfb->base, file, MIRACAST_FB_INFO cmd, &fb_funcs);
	if (ret) {
		kfree(mfb);
		return ERR_PTR(ret);
	}
	/* The core drops that of a writeback whenever it gets round to it, which may be after the unbinding. */
	drm_dev_get(dev);
	if (!fits(&mfb->base)) {
		drm_framebuffer_put(&mfb->base);
		return ERR_PTR(-EINVAL);
	}

	for (i = 0; i < mfb->base.format->num_planes; i++) {
		struct dma_buf *dma_buf = object_dma_buf(mfb->base.obj[i]);

		if (IS_ERR(dma_buf)) {
			drm_framebuffer_put(&mfb->base);
			return ERR_CAST(dma_buf);
		}
		mfb->dma_buf[i] = dma_buf;
	}
	return &mfb->base;
}
