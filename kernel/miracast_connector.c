// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connector: the EDID and the modes that an arrival gave, hot plug.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_atomic_state_helper.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <drm/drm_probe_helper.h>

#include "miracast_compat.h"
#include "miracast_edid.h"
#include "miracast_internal.h"
#include "miracast_mode.h"
#include "miracast_trace.h"

#define EDID_BLOCK MIRACAST_EDID_BLOCK
#define EDID_EXTENSIONS 126

void miracast_monitor_free(struct miracast_monitor *monitor)
{
	if (!monitor)
		return;
	kfree(monitor->edid);
	kfree(monitor->modes);
	kfree(monitor);
}

static int copy_edid(struct miracast_monitor *monitor, const struct drm_miracast_monitor_arrival *arrival)
{
	u8 *edid;

	if (!arrival->edid_size)
		return 0;
	if (arrival->edid_size % EDID_BLOCK || arrival->edid_size > DRM_MIRACAST_EDID_MAX)
		return -EINVAL;
	edid = memdup_user(u64_to_user_ptr(arrival->edid_ptr), arrival->edid_size);
	if (IS_ERR(edid))
		return PTR_ERR(edid);
	monitor->edid = edid;
	monitor->edid_size = arrival->edid_size;
	if ((edid[EDID_EXTENSIONS] + 1) * EDID_BLOCK != arrival->edid_size ||
	    !miracast_edid_valid(edid, arrival->edid_size))
		return -EINVAL;
	miracast_edid_filter(edid, arrival->edid_size, 0);
	return 0;
}

static int copy_modes(struct miracast_monitor *monitor, const struct drm_miracast_monitor_arrival *arrival)
{
	unsigned int i;

	if (!arrival->modes_count)
		return 0;
	if (arrival->modes_count > DRM_MIRACAST_MODES_MAX)
		return -EINVAL;
	monitor->modes = memdup_user(u64_to_user_ptr(arrival->modes_ptr),
				     arrival->modes_count * sizeof(*monitor->modes));
	if (IS_ERR(monitor->modes)) {
		int ret = PTR_ERR(monitor->modes);

		monitor->modes = NULL;
		return ret;
	}
	monitor->modes_count = arrival->modes_count;
	for (i = 0; i < monitor->modes_count; i++) {
		if (!miracast_mode_ok(&monitor->modes[i]))
			return -EINVAL;
	}
	return 0;
}

static bool known_type(s32 type)
{
	/* The enumeration of Windows leaves 7 out. */
	return type >= DRM_MIRACAST_MONITOR_UNKNOWN && type <= DRM_MIRACAST_MONITOR_MIRACAST && type != 7;
}

/**
 * miracast_monitor_create - take over what an arrival says
 * @arrival: from user space, its pointers not yet followed
 *
 * Returns: the monitor, or an error pointer: -EINVAL, -EFAULT, -ENOMEM.
 */
struct miracast_monitor *miracast_monitor_create(const struct drm_miracast_monitor_arrival *arrival)
{
	struct miracast_monitor *monitor;
	int ret;

	if (arrival->flags || !known_type(arrival->monitor_type))
		return ERR_PTR(-EINVAL);

	monitor = kzalloc(sizeof(*monitor), GFP_KERNEL);
	if (!monitor)
		return ERR_PTR(-ENOMEM);
	monitor->max_pixel_rate = arrival->max_pixel_rate;

	ret = copy_edid(monitor, arrival);
	if (!ret)
		ret = copy_modes(monitor, arrival);
	if (ret) {
		miracast_monitor_free(monitor);
		return ERR_PTR(ret);
	}
	return monitor;
}

static bool has_mode(struct drm_connector *connector, const struct drm_miracast_mode *want)
{
	struct drm_display_mode *mode;

	list_for_each_entry(mode, &connector->probed_modes, head) {
		if (miracast_mode_matches(want, mode))
			return true;
	}
	return false;
}

static int add_listed_modes(struct drm_connector *connector, const struct miracast_monitor *monitor)
{
	struct drm_display_mode *mode;
	unsigned int i;
	int count = 0;

	for (i = 0; i < monitor->modes_count; i++) {
		if (has_mode(connector, &monitor->modes[i]))
			continue;
		mode = drm_mode_create(connector->dev);
		if (!mode)
			break;
		miracast_mode_fill(mode, &monitor->modes[i]);
		mode->type = DRM_MODE_TYPE_DRIVER;
		drm_mode_probed_add(connector, mode);
		count++;
	}
	return count;
}

/* What the sink prefers comes from the list, not from the EDID; the first that matches. */
static void prefer_listed_mode(struct drm_connector *connector, const struct miracast_monitor *monitor)
{
	struct drm_display_mode *mode;
	unsigned int i;

	for (i = 0; i < monitor->modes_count; i++) {
		if (monitor->modes[i].flags & DRM_MIRACAST_MODE_PREFERRED)
			break;
	}
	if (i == monitor->modes_count)
		return;

	list_for_each_entry(mode, &connector->probed_modes, head)
		mode->type &= ~DRM_MODE_TYPE_PREFERRED;
	list_for_each_entry(mode, &connector->probed_modes, head) {
		if (miracast_mode_matches(&monitor->modes[i], mode)) {
			mode->type |= DRM_MODE_TYPE_PREFERRED;
			return;
		}
	}
}

static int miracast_connector_get_modes(struct drm_connector *connector)
{
	struct miracast_pipe *pipe = connector_to_pipe(connector);
	const struct miracast_monitor *monitor;
	const struct drm_edid *edid = NULL;
	int count;

	mutex_lock(&pipe->monitor_lock);
	monitor = pipe->monitor;
	if (monitor && monitor->edid)
		edid = drm_edid_alloc(monitor->edid, monitor->edid_size);
	count = miracast_edid_update(connector, edid);
	drm_edid_free(edid);

	if (monitor && monitor->modes_count) {
		count += add_listed_modes(connector, monitor);
		prefer_listed_mode(connector, monitor);
	} else if (!count) {
		count = drm_add_modes_noedid(connector, 1920, 1080);
		drm_set_preferred_mode(connector, 1024, 768);
	}
	mutex_unlock(&pipe->monitor_lock);
	return count;
}

static bool listed(const struct miracast_monitor *monitor, const struct drm_display_mode *mode)
{
	unsigned int i;

	if (!monitor->modes_count)
		return true;
	for (i = 0; i < monitor->modes_count; i++) {
		if (miracast_mode_matches(&monitor->modes[i], mode))
			return true;
	}
	return false;
}

static enum drm_mode_status miracast_connector_mode_valid(struct drm_connector *connector,
							  MIRACAST_CONST_MODE struct drm_display_mode *mode)
{
	struct miracast_pipe *pipe = connector_to_pipe(connector);
	enum drm_mode_status status = miracast_mode_bounds(mode);
	u32 mhz = miracast_mode_refresh_mhz(mode);

	if (status != MODE_OK)
		return status;
	mutex_lock(&pipe->monitor_lock);
	if (pipe->monitor) {
		u64 rate = (u64)mode->hdisplay * mode->vdisplay * mhz / 1000;

		/* A thousandth of slack: our own timings round their clock. */
		if (pipe->monitor->max_pixel_rate && rate - rate / 1000 > pipe->monitor->max_pixel_rate)
			status = MODE_CLOCK_HIGH;
		else if (!listed(pipe->monitor, mode))
			status = MODE_BAD;
	}
	mutex_unlock(&pipe->monitor_lock);
	return status;
}

/* A mode of the compositor's own has to be one that the sink takes, too: it is what the stream will be. */
static int miracast_connector_atomic_check(struct drm_connector *connector, struct drm_atomic_commit *commit)
{
	const struct drm_connector_state *state = drm_atomic_get_new_connector_state(commit, connector);
	struct drm_crtc_state *crtc_state;
	enum drm_mode_status status;

	if (!state->crtc)
		return 0;
	crtc_state = drm_atomic_get_new_crtc_state(commit, state->crtc);
	if (!crtc_state || !crtc_state->mode_changed || !crtc_state->enable)
		return 0;
	status = miracast_connector_mode_valid(connector, &crtc_state->mode);
	if (status == MODE_OK)
		return 0;
	drm_dbg_atomic(connector->dev, "[CONNECTOR:%d:%s] the sink does not take " DRM_MODE_FMT ": %d\n", connector->base.id,
		       connector->name, DRM_MODE_ARG(&crtc_state->mode), status);
	return -EINVAL;
}

static int miracast_connector_detect(struct drm_connector *connector, struct drm_modeset_acquire_ctx *ctx, bool force)
{
	struct miracast_pipe *pipe = connector_to_pipe(connector);

	return READ_ONCE(pipe->plugged) ? connector_status_connected : connector_status_disconnected;
}

static const struct drm_connector_helper_funcs miracast_connector_helper_funcs = {
	.get_modes = miracast_connector_get_modes,
	.mode_valid = miracast_connector_mode_valid,
	.atomic_check = miracast_connector_atomic_check,
	.detect_ctx = miracast_connector_detect,
};

static const struct drm_connector_funcs miracast_connector_funcs = {
	.reset = drm_atomic_helper_connector_reset,
	.fill_modes = drm_helper_probe_single_connector_modes,
	.atomic_duplicate_state = drm_atomic_helper_connector_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_connector_destroy_state,
};

/**
 * miracast_connector_plug - plug a monitor in, change it, or take it away
 * @pipe: the target
 * @monitor: taken over; NULL for none
 * @type: DRM_MIRACAST_MONITOR_*; UNKNOWN keeps the last
 *
 * The compositor has its hot-plug event when this returns. Takes modeset locks.
 */
void miracast_connector_plug(struct miracast_pipe *pipe, struct miracast_monitor *monitor, s32 type)
{
	struct miracast_monitor *old;
	bool was;

	mutex_lock(&pipe->monitor_lock);
	old = pipe->monitor;
	pipe->monitor = monitor;
	mutex_unlock(&pipe->monitor_lock);

	spin_lock_irq(&pipe->lock);
	was = pipe->plugged;
	WRITE_ONCE(pipe->plugged, monitor);
	if (type != DRM_MIRACAST_MONITOR_UNKNOWN)
		pipe->monitor_type = type;
	/* No picture of before: what the pipe shows now was not meant for this monitor. */
	if (!was || !monitor)
		pipe->fresh = false;
	miracast_frame_changed(pipe);
	trace_miracast_hotplug(pipe->index, monitor, pipe->monitor_type);
	spin_unlock_irq(&pipe->lock);

	miracast_monitor_free(old);

	/* Until somebody probes again, sysfs would go on showing whose monitor it was. */
	if (was && !monitor) {
		mutex_lock(&pipe->mdev->drm.mode_config.mutex);
		drm_connector_update_edid_property(&pipe->connector, NULL);
		mutex_unlock(&pipe->mdev->drm.mode_config.mutex);
	}

	/* A changed EDID behind the same status is news, too. */
	if ((was || monitor) && !drm_connector_helper_hpd_irq_event(&pipe->connector))
		drm_kms_helper_connector_hotplug_event(&pipe->connector);
}

static void miracast_connector_release(struct drm_device *dev, void *data)
{
	struct miracast_pipe *pipe = data;

	miracast_monitor_free(pipe->monitor);
}

int miracast_connector_init(struct miracast_pipe *pipe)
{
	struct drm_device *dev = &pipe->mdev->drm;
	int ret;

	mutex_init(&pipe->monitor_lock);
	pipe->monitor_type = DRM_MIRACAST_MONITOR_MIRACAST;

	ret = drmm_add_action_or_reset(dev, miracast_connector_release, pipe);
	if (ret)
		return ret;
	ret = drmm_connector_init(dev, &pipe->connector, &miracast_connector_funcs, DRM_MODE_CONNECTOR_VIRTUAL, NULL);
	if (ret)
		return ret;
	drm_connector_helper_add(&pipe->connector, &miracast_connector_helper_funcs);
	pipe->connector.polled = DRM_CONNECTOR_POLL_HPD;
	/* A VIRTUAL connector does not get it by itself, and without it an EDID's modes are lost. */
	drm_connector_attach_edid_property(&pipe->connector);

	ret = drmm_encoder_init(dev, &pipe->encoder, NULL, DRM_MODE_ENCODER_VIRTUAL, NULL);
	if (ret)
		return ret;
	pipe->encoder.possible_crtcs = drm_crtc_mask(&pipe->crtc);
	return drm_connector_attach_encoder(&pipe->connector, &pipe->encoder);
}
