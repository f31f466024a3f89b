/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the kernel interface share: a table of every ioctl, one context with a channel, what must not change. */
#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mc.h"
#include "tap.h"

enum kind { CONTROL, CONTEXT, CHANNEL, KINDS };

/* Every ioctl: its file, and where the words lie that must be zero, up to the first -1. */
static const struct row {
	const char *name;
	unsigned long request;
	enum kind kind;
	int zero[3];
} rows[] = {
	{ "QUERY_CAPS", DRM_IOCTL_MIRACAST_QUERY_CAPS, CONTROL, { -1 } },
	{ "CREATE_CONTEXT", DRM_IOCTL_MIRACAST_CREATE_CONTEXT, CONTROL,
	  { offsetof(struct drm_miracast_create_context, flags), offsetof(struct drm_miracast_create_context, pad), -1 } },
	{ "DESTROY_CONTEXT", DRM_IOCTL_MIRACAST_DESTROY_CONTEXT, CONTROL,
	  { offsetof(struct drm_miracast_destroy_context, pad), -1 } },
	{ "SET_IMPORT_POLICY", DRM_IOCTL_MIRACAST_SET_IMPORT_POLICY, CONTROL,
	  { offsetof(struct drm_miracast_set_import_policy, pad), -1 } },
	{ "MONITOR_ARRIVAL", DRM_IOCTL_MIRACAST_MONITOR_ARRIVAL, CONTEXT,
	  { offsetof(struct drm_miracast_monitor_arrival, flags), -1 } },
	{ "MONITOR_DEPARTURE", DRM_IOCTL_MIRACAST_MONITOR_DEPARTURE, CONTEXT,
	  { offsetof(struct drm_miracast_monitor_departure, flags), offsetof(struct drm_miracast_monitor_departure, pad), -1 } },
	{ "GET_STATE", DRM_IOCTL_MIRACAST_GET_STATE, CONTEXT, { -1 } },
	{ "ACK_STATE", DRM_IOCTL_MIRACAST_ACK_STATE, CONTEXT, { offsetof(struct drm_miracast_ack_state, pad), -1 } },
	{ "CREATE_VC", DRM_IOCTL_MIRACAST_CREATE_VC, CONTEXT,
	  { offsetof(struct drm_miracast_create_vc, flags), offsetof(struct drm_miracast_create_vc, pad), -1 } },
	{ "GET_BLOB", DRM_IOCTL_MIRACAST_GET_BLOB, CONTEXT,
	  { offsetof(struct drm_miracast_get_blob, flags), offsetof(struct drm_miracast_get_blob, pad), -1 } },
	{ "ACTIVATE", DRM_IOCTL_MIRACAST_ACTIVATE, CHANNEL,
	  { offsetof(struct drm_miracast_activate, flags), offsetof(struct drm_miracast_activate, pad), -1 } },
	{ "DEACTIVATE", DRM_IOCTL_MIRACAST_DEACTIVATE, CHANNEL,
	  { offsetof(struct drm_miracast_deactivate, flags), offsetof(struct drm_miracast_deactivate, pad), -1 } },
	{ "NEXT_CHUNK", DRM_IOCTL_MIRACAST_NEXT_CHUNK, CHANNEL, { -1 } },
	{ "RELEASE_CHUNK", DRM_IOCTL_MIRACAST_RELEASE_CHUNK, CHANNEL,
	  { offsetof(struct drm_miracast_release_chunk, flags), -1 } },
	{ "GET_BUFFER", DRM_IOCTL_MIRACAST_GET_BUFFER, CHANNEL,
	  { offsetof(struct drm_miracast_get_buffer, flags), offsetof(struct drm_miracast_get_buffer, pad), -1 } },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int control, files[KINDS];
static struct mc_context context;

static inline void begin(void)
{
	files[CONTROL] = control = mc_open();
	if (mc_create(control, "test", &context))
		return;
	files[CONTEXT] = context.fd;
	files[CHANNEL] = mc_vc(context.fd);
}

static inline void end(void)
{
	close(files[CHANNEL]);
	close(context.fd);
	close(control);
}

static inline int expect(const struct row *row, unsigned long request, const void *arg, int wanted, const char *what)
{
	int ret = mc_ioctl(files[row->kind], request, arg);

	if (ret != wanted)
		printf("# %s with %s: %d, expected %d\n", row->name, what, ret, wanted);
	return check(ret == wanted);
}

static inline int open_files(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* What a failed ioctl must leave as it was. */
struct world {
	struct drm_miracast_get_state state;
	int files, policy;
};

static inline struct world look(void)
{
	struct world world = { .files = open_files() };
	struct drm_miracast_query_caps caps = {};

	mc_state(context.fd, &world.state);
	mc_ioctl(control, DRM_IOCTL_MIRACAST_QUERY_CAPS, &caps);
	world.policy = caps.import_policy;
	return world;
}

static inline void check_unchanged(const struct world *before)
{
	struct world now = look();

	check(!memcmp(&now.state, &before->state, sizeof(now.state)));
	check(now.files == before->files);
	check(now.policy == before->policy);
}
