// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: what every target does, for a person. dri/N/miracast
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_file.h>

#include "miracast_compat.h"
#include "miracast_internal.h"

#define CREATE_TRACE_POINTS
#include "miracast_trace.h"

/* What is printed of a target, copied under its lock: seq_printf() may take its time. */
struct target_view {
	bool taken, plugged, active, holding;
	char name[DRM_MIRACAST_NAME_LEN];
	u32 id, divider, refresh_mhz, width, height, channels, held, revoked;
	u64 frame, state_serial, acked_serial;
};

static struct target_view look_at(struct miracast_pipe *pipe)
{
	struct target_view view = {};
	const struct miracast_vc *vc;

	spin_lock_irq(&pipe->lock);
	view.taken = pipe->ctx;
	view.plugged = pipe->plugged;
	view.active = pipe->active;
	view.holding = pipe->pacer && !miracast_hold_off(&pipe->hold);
	view.divider = pipe->divider;
	view.refresh_mhz = pipe->refresh_mhz;
	view.width = pipe->mode.hdisplay;
	view.height = pipe->mode.vdisplay;
	view.frame = pipe->frame_number;
	view.state_serial = pipe->state_serial;
	if (pipe->ctx) {
		view.id = pipe->ctx->id;
		view.acked_serial = pipe->ctx->acked_serial;
		memcpy(view.name, pipe->ctx->name, sizeof(view.name));
		list_for_each_entry(vc, &pipe->ctx->vcs, link) {
			view.channels++;
			view.held += !!vc->held;
			view.revoked += vc->revoked;
		}
	}
	spin_unlock_irq(&pipe->lock);
	return view;
}

static int targets_show(struct seq_file *file, void *data)
{
	struct miracast_device *mdev = file->private;
	unsigned int i;

	for (i = 0; i < mdev->targets; i++) {
		struct target_view view = look_at(mdev->pipe[i]);

		if (!view.taken) {
			seq_printf(file, "target %u: free%s\n", i, view.active ? ", lit" : "");
			continue;
		}
		seq_printf(file, "target %u: context %u \"%s\", %s, %ux%u, %u.%03u Hz / %u%s\n", i, view.id, view.name,
			   view.plugged ? "plugged" : "unplugged", view.width, view.height, view.refresh_mhz / 1000,
			   view.refresh_mhz % 1000, view.divider, view.holding ? ", may hold" : "");
		seq_printf(file, "  frame %llu, state %llu (%llu acknowledged), channels %u, frames held %u, revoked %u\n", view.frame,
			   view.state_serial, view.acked_serial, view.channels, view.held, view.revoked);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(targets);

/**
 * miracast_debugfs_init - the card's files
 * @minor: of the card
 */
void miracast_debugfs_init(struct drm_minor *minor)
{
	debugfs_create_file("miracast", 0400, minor->debugfs_root, to_miracast_device(minor->dev), &targets_fops);
}
