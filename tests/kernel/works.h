/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must still work after a test that was rough. Included once by each program. */
#pragma once

#include <drm_fourcc.h>
#include <unistd.h>

#include "kms.h"
#include "mc.h"
#include "tap.h"

/* The next context works: all targets, an arrival, a picture. */
static bool works(void)
{
	struct drm_miracast_query_caps caps = {};
	struct drm_miracast_next_chunk chunk;
	struct mc_context contexts[16];
	int control = mc_open(), vc, ret = 0;
	struct kms_fb fb;
	struct kms kms;
	uint32_t count;
	bool good;

	mc_ioctl(control, DRM_IOCTL_MIRACAST_QUERY_CAPS, &caps);
	for (count = 0; count < caps.targets && !ret; count++)
		ret = mc_create(control, "works", &contexts[count]);
	good = check_ret(ret, 0);
	vc = mc_vc(contexts[0].fd);
	good &= check_ret(mc_activate(vc, DRM_MIRACAST_ACTIVATE_HOLD, 0), 0);
	good &= check_ret(mc_arrive(contexts[0].fd, (const char *[]){ "640x480@60", NULL }, NULL, 0), 0);
	good &= check_ret(mc_wait_state(contexts[0].fd, DRM_MIRACAST_STATE_CONNECTED, DRM_MIRACAST_STATE_CONNECTED, 5000), 0);
	good &= check_ret(kms_open(&kms, contexts[0].minor), 0);
	good &= check_ret(kms_target(&kms, contexts[0].connector, contexts[0].crtc), 0);
	good &= check_ret(kms_fb(&kms, &fb, 640, 480, DRM_FORMAT_XRGB8888), 0);
	good &= check_ret(kms_modeset(&kms, 640, 480, 0, &fb), 0);
	good &= check_ret(mc_acquire(vc, 0, &chunk, 3000), 0);
	kms_fb_free(&kms, &fb);
	kms_close(&kms);
	close(vc);
	while (count--)
		close(contexts[count].fd);
	close(control);
	return good;
}
