// SPDX-License-Identifier: GPL-2.0-only
/*
 * Miracast for Linux: a DRM card whose monitors are reached over the network. The module hands every finished frame to user space
 * without touching a pixel; miracastd and its sessions do the rest.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#include <drm/drm_atomic_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>
#include <drm/drm_mode_config.h>
#include <drm/drm_modeset_helper.h>
#include <drm/drm_probe_helper.h>
#include <drm/drm_vblank.h>

#include "miracast_compat.h"
#include "miracast_internal.h"
#include "miracast_mode.h"

#define DRIVER_NAME "miracast"
#define DRIVER_DESC "Miracast displays"

static unsigned int targets = 4;
module_param(targets, uint, 0444);
MODULE_PARM_DESC(targets, "Displays that can be cast at the same time, 1 to 16 (default 4)");

static unsigned int overlay;
module_param(overlay, uint, 0444);
MODULE_PARM_DESC(overlay, "Overlay planes of each display, 0 to 2 (default 0: casts show primary and cursor only)");

static bool color;
module_param(color, bool, 0444);
MODULE_PARM_DESC(color, "Gamma table and colour matrix (default off: casts ignore them)");

DEFINE_DRM_GEM_FOPS(miracast_fops);

/*
 * The last program that had the card open is gone. Its framebuffers went with it, but not the cursor that the core made for
 * SETCURSOR: nobody is left to take it away, and it would keep memory and this module in use.
 */
static void miracast_postclose(struct drm_device *dev, struct drm_file *file)
{
	mutex_lock(&dev->master_mutex);
	if (!dev->master && atomic_read(&dev->open_count) == 1)
		drm_atomic_helper_shutdown(dev);
	mutex_unlock(&dev->master_mutex);
}

static const struct drm_driver miracast_driver = {
	.driver_features = DRIVER_MODESET | DRIVER_ATOMIC | DRIVER_GEM,
	.fops = &miracast_fops,
	.postclose = miracast_postclose,
	.debugfs_init = miracast_debugfs_init,
	.dumb_create = miracast_gem_dumb_create,
	.gem_prime_import = miracast_gem_prime_import,
	MIRACAST_PRIME_DRIVER_OPS
	.name = DRIVER_NAME,
	.desc = DRIVER_DESC,
	MIRACAST_DRIVER_DATE
	.major = 1,
};

/*
 * Enables before planes: the event of an enabling commit is sent after its vblank is on. hw_done before the flips: a flip that is
 * held delays no cursor.
 */
static void miracast_commit_tail(struct drm_atomic_commit *commit)
{
	struct drm_device *dev = commit->dev;
	struct drm_crtc_state *state;
	struct drm_crtc *crtc;
	unsigned int i;

	drm_atomic_helper_commit_modeset_disables(dev, commit);
	drm_atomic_helper_commit_modeset_enables(dev, commit);
	drm_atomic_helper_commit_planes(dev, commit, 0);
	drm_atomic_helper_fake_vblank(commit);
	drm_atomic_helper_commit_hw_done(commit);
	drm_atomic_helper_wait_for_flip_done(dev, commit);
	for_each_new_crtc_in_state(commit, crtc, state, i)
		miracast_crc_settle(crtc_to_pipe(crtc));
	drm_atomic_helper_cleanup_planes(dev, commit);
}

static const struct drm_mode_config_helper_funcs mode_config_helper_funcs = {
	.atomic_commit_tail = miracast_commit_tail,
};

static const struct drm_mode_config_funcs mode_config_funcs = {
	.fb_create = miracast_fb_create,
	.atomic_check = drm_atomic_helper_check,
	.atomic_commit = drm_atomic_helper_commit,
};

static int miracast_mode_config_init(struct miracast_device *mdev)
{
	struct drm_mode_config *config = &mdev->drm.mode_config;
	int ret;

	ret = drmm_mode_config_init(&mdev->drm);
	if (ret)
		return ret;
	config->max_width = MIRACAST_SIZE_MAX;
	config->max_height = MIRACAST_SIZE_MAX;
	config->cursor_width = MIRACAST_CURSOR_MAX;
	config->cursor_height = MIRACAST_CURSOR_MAX;
	config->preferred_depth = 24;
	config->funcs = &mode_config_funcs;
	config->helper_private = &mode_config_helper_funcs;
	return 0;
}

static int miracast_modeset_init(struct miracast_device *mdev)
{
	unsigned int i;
	int ret;

	/* Allocated before the mode configuration, so freed after it: it holds the planes and CRTCs. */
	for (i = 0; i < mdev->targets; i++) {
		mdev->pipe[i] = drmm_kzalloc(&mdev->drm, sizeof(*mdev->pipe[i]), GFP_KERNEL);
		if (!mdev->pipe[i])
			return -ENOMEM;
	}

	ret = miracast_mode_config_init(mdev);
	if (ret)
		return ret;
	/* Before the pipes, so freed after them: their timers and checksums count refreshes. */
	ret = drm_vblank_init(&mdev->drm, mdev->targets);
	if (ret)
		return ret;
	for (i = 0; i < mdev->targets; i++) {
		ret = miracast_pipe_init(mdev->pipe[i], mdev, i);
		if (ret)
			return ret;
	}
	drm_mode_config_reset(&mdev->drm);
	return 0;
}

static int miracast_probe(struct platform_device *pdev)
{
	struct miracast_device *mdev;
	int ret;

	mdev = devm_drm_dev_alloc(&pdev->dev, &miracast_driver, struct miracast_device, drm);
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	platform_set_drvdata(pdev, mdev);
	ret = drmm_mutex_init(&mdev->drm, &mdev->lock);
	if (ret)
		return ret;
	INIT_LIST_HEAD(&mdev->contexts);
	mdev->overlays = min(overlay, (unsigned int)MIRACAST_OVERLAYS_MAX);
	mdev->color = color;
	mdev->targets = clamp(targets, 1U, (unsigned int)MIRACAST_TARGETS_MAX);
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;

	ret = miracast_modeset_init(mdev);
	if (ret)
		return ret;
	drm_kms_helper_poll_init(&mdev->drm);
	ret = drm_dev_register(&mdev->drm, 0);
	if (ret)
		goto err_poll;
	ret = miracast_control_register(mdev);
	if (ret)
		goto err_unregister;
	return 0;

err_unregister:
	drm_dev_unregister(&mdev->drm);
err_poll:
	drm_kms_helper_poll_fini(&mdev->drm);
	return ret;
}

static void miracast_remove(struct platform_device *pdev)
{
	struct miracast_device *mdev = platform_get_drvdata(pdev);

	miracast_control_unregister(mdev);
	drm_kms_helper_poll_fini(&mdev->drm);
	drm_dev_unplug(&mdev->drm);
	drm_atomic_helper_shutdown(&mdev->drm);
}
MIRACAST_PLATFORM_REMOVE(miracast_remove)

static void miracast_shutdown(struct platform_device *pdev)
{
	struct miracast_device *mdev = platform_get_drvdata(pdev);

	drm_atomic_helper_shutdown(&mdev->drm);
}

static int miracast_suspend(struct device *dev)
{
	struct miracast_device *mdev = dev_get_drvdata(dev);

	return drm_mode_config_helper_suspend(&mdev->drm);
}

static int miracast_resume(struct device *dev)
{
	struct miracast_device *mdev = dev_get_drvdata(dev);

	return drm_mode_config_helper_resume(&mdev->drm);
}

static DEFINE_SIMPLE_DEV_PM_OPS(miracast_pm_ops, miracast_suspend, miracast_resume);

static struct platform_driver miracast_platform_driver = {
	.probe = miracast_probe,
	.remove = MIRACAST_PLATFORM_REMOVE_FN(miracast_remove),
	.shutdown = miracast_shutdown,
	.driver = {
		.name = DRIVER_NAME,
		.pm = pm_sleep_ptr(&miracast_pm_ops),
	},
};

static struct platform_device *miracast_platform_device;

static int __init miracast_init(void)
{
	int ret;

	if (drm_firmware_drivers_only())
		return -ENODEV;
	if (targets < 1 || targets > MIRACAST_TARGETS_MAX) {
		pr_err("targets=%u is not within 1 to %u\n", targets, MIRACAST_TARGETS_MAX);
		return -EINVAL;
	}
	if (overlay > MIRACAST_OVERLAYS_MAX) {
		pr_err("overlay=%u is not within 0 to %u\n", overlay, (unsigned int)MIRACAST_OVERLAYS_MAX);
		return -EINVAL;
	}
	ret = platform_driver_register(&miracast_platform_driver);
	if (ret)
		return ret;
	miracast_platform_device = platform_device_register_simple(DRIVER_NAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(miracast_platform_device)) {
		platform_driver_unregister(&miracast_platform_driver);
		return PTR_ERR(miracast_platform_device);
	}
	return 0;
}
module_init(miracast_init);

static void __exit miracast_exit(void)
{
	platform_device_unregister(miracast_platform_device);
	platform_driver_unregister(&miracast_platform_driver);
}
module_exit(miracast_exit);

MIRACAST_IMPORT_NS(DMA_BUF);
MODULE_DESCRIPTION("Miracast for Linux: virtual DRM connectors, cast by user space");
MODULE_AUTHOR("The Miracast for Linux authors");
MODULE_LICENSE("GPL");
