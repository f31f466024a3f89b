/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One interface over the kernels that we build on, from 6.1 to 7.3. The only place with conditionals; Kbuild probes the
 * target's headers for each MIRACAST_HAVE_*.
 */
#ifndef MIRACAST_COMPAT_H
#define MIRACAST_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_edid.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_modes.h>
#include <drm/drm_prime.h>

#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* These take the reservation's lock themselves, by a name of their own since 6.2. */
#ifdef MIRACAST_HAVE_DMA_BUF_VMAP_UNLOCKED
#define miracast_dma_buf_vmap dma_buf_vmap_unlocked
#define miracast_dma_buf_vunmap dma_buf_vunmap_unlocked
#else
#define miracast_dma_buf_vmap dma_buf_vmap
#define miracast_dma_buf_vunmap dma_buf_vunmap
#endif

/* 7.2 renamed the struct. No function of the old name's kernels is used. */
#ifndef MIRACAST_HAVE_ATOMIC_COMMIT
#define drm_atomic_commit drm_atomic_state
#endif

#ifdef MIRACAST_HAVE_DRIVER_DATE
#define MIRACAST_DRIVER_DATE .date = "20261120",
#else
#define MIRACAST_DRIVER_DATE
#endif

/* Defaults of the core since 6.6; a dma-buf's mmap goes to the object's since 6.2. */
#ifdef MIRACAST_HAVE_GEM_PRIME_MMAP
#define MIRACAST_PRIME_DRIVER_OPS \
	.prime_handle_to_fd = drm_gem_prime_handle_to_fd, \
	.prime_fd_to_handle = drm_gem_prime_fd_to_handle, \
	.gem_prime_mmap = drm_gem_prime_mmap,
#else
#define MIRACAST_PRIME_DRIVER_OPS
#endif

#ifdef MIRACAST_HAVE_MODULE_IMPORT_NS_STRING
#define MIRACAST_IMPORT_NS(ns) MODULE_IMPORT_NS(#ns)
#else
#define MIRACAST_IMPORT_NS(ns) MODULE_IMPORT_NS(ns)
#endif

#ifdef MIRACAST_HAVE_CONST_MODE_VALID
#define MIRACAST_CONST_MODE const
#else
#define MIRACAST_CONST_MODE
#endif

/* Extra arguments of callbacks, as they stand in a parameter list. */
#ifdef MIRACAST_HAVE_ASYNC_CHECK_FLIP
#define MIRACAST_FLIP_ARG , bool flip
#else
#define MIRACAST_FLIP_ARG
#endif

#ifdef MIRACAST_HAVE_FB_CREATE_INFO
#define MIRACAST_FB_INFO_ARG const struct drm_format_info *info,
#define MIRACAST_FB_INFO info,
#else
#define MIRACAST_FB_INFO_ARG
#define MIRACAST_FB_INFO
#endif

/* The workqueue that schedule_work() uses has had a name of its own since 6.17. */
#ifdef MIRACAST_HAVE_SYSTEM_PERCPU_WQ
#define miracast_system_wq system_percpu_wq
#else
#define miracast_system_wq system_wq
#endif

#ifndef MIRACAST_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* Sets the connector's EDID property and adds the EDID's modes; returns their number. */
static inline int miracast_edid_update(struct drm_connector *connector, const struct drm_edid *edid)
{
#ifdef MIRACAST_HAVE_EDID_ADD_MODES
	int ret = drm_edid_connector_update(connector, edid);

	return ret ? 0 : drm_edid_connector_add_modes(connector);
#else
	return drm_edid_connector_update(connector, edid);
#endif
}

/* Whether the kernel takes these whole blocks for an EDID; may repair the header of an old kernel's copy. */
static inline bool miracast_edid_valid(void *edid, size_t size)
{
#ifdef MIRACAST_HAVE_EDID_VALID
	const struct drm_edid *drm_edid = drm_edid_alloc(edid, size);
	bool valid = drm_edid_valid(drm_edid);

	drm_edid_free(drm_edid);
	return valid;
#else
	return drm_edid_is_valid(edid);
#endif
}

/* A platform driver's remove() returns nothing since 6.11. */
#ifdef MIRACAST_HAVE_PLATFORM_REMOVE_INT
#define MIRACAST_PLATFORM_REMOVE(name) \
	static int name##_compat(struct platform_device *pdev) { name(pdev); return 0; }
#define MIRACAST_PLATFORM_REMOVE_FN(name) name##_compat
#else
#define MIRACAST_PLATFORM_REMOVE(name)
#define MIRACAST_PLATFORM_REMOVE_FN(name) name
#endif

#endif
