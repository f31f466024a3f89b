// SPDX-License-Identifier: GPL-2.0-or-later
/* A small DRM master for tests. */
#include "kms.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

int kms_open(struct kms *kms, uint32_t minor)
{
	char path[32];

	memset(kms, 0, sizeof(*kms));
	snprintf(path, sizeof(path), "/dev/dri/card%u", minor);
	kms->fd = open(path, O_RDWR | O_CLOEXEC);
	if (kms->fd < 0)
		return -errno;
	drmSetMaster(kms->fd);
	if (drmSetClientCap(kms->fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) ||
	    drmSetClientCap(kms->fd, DRM_CLIENT_CAP_ATOMIC, 1))
		return -EOPNOTSUPP;
	return 0;
}

void kms_close(struct kms *kms)
{
	if (kms->fd >= 0)
		close(kms->fd);
	kms->fd = -1;
}

static uint32_t property(struct kms *kms, uint32_t object, uint32_t type, const char *name, uint64_t *value)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(kms->fd, object, type);
	uint32_t id = 0;

	for (uint32_t i = 0; list && !id && i < list->count_props; i++) {
		drmModePropertyRes *p = drmModeGetProperty(kms->fd, list->props[i]);

		if (p && !strcmp(p->name, name)) {
			id = p->prop_id;
			if (value)
				*value = list->prop_values[i];
		}
		drmModeFreeProperty(p);
	}
	drmModeFreeObjectProperties(list);
	return id;
}

int kms_target(struct kms *kms, uint32_t connector, uint32_t crtc)
{
	drmModeRes *res = drmModeGetResources(kms->fd);
	drmModePlaneRes *planes = drmModeGetPlaneResources(kms->fd);
	int index = -1;

	kms->connector = connector;
	kms->crtc = crtc;
	kms->primary = kms->cursor = 0;
	for (int i = 0; res && i < res->count_crtcs; i++) {
		if (res->crtcs[i] == crtc)
			index = i;
	}
	for (uint32_t i = 0; planes && index >= 0 && i < planes->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(kms->fd, planes->planes[i]);
		uint64_t type = 0;

		if (plane && plane->possible_crtcs & (1u << index)) {
			property(kms, plane->plane_id, DRM_MODE_OBJECT_PLANE, "type", &type);
			if (type == DRM_PLANE_TYPE_PRIMARY)
				kms->primary = plane->plane_id;
			else if (type == DRM_PLANE_TYPE_CURSOR)
				kms->cursor = plane->plane_id;
		}
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
	drmModeFreeResources(res);
	return kms->primary ? 0 : -ENOENT;
}

int kms_first(struct kms *kms)
{
	drmModeRes *res = drmModeGetResources(kms->fd);
	int ret = -ENOENT;

	for (int i = 0; res && ret && i < res->count_connectors; i++) {
		drmModeConnector *connector = drmModeGetConnector(kms->fd, res->connectors[i]);

		if (connector && connector->connection == DRM_MODE_CONNECTED)
			ret = kms_target(kms, connector->connector_id, res->crtcs[i]);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(res);
	return ret;
}

int kms_fb(struct kms *kms, struct kms_fb *fb, uint32_t width, uint32_t height, uint32_t fourcc)
{
	uint32_t handles[4] = {}, pitches[4] = {}, offsets[4] = {};
	uint64_t offset;

	memset(fb, 0, sizeof(*fb));
	fb->width = width;
	fb->height = height;
	if (drmModeCreateDumbBuffer(kms->fd, width, height, 32, 0, &fb->handle, &fb->pitch, &fb->size))
		return -errno;
	handles[0] = fb->handle;
	pitches[0] = fb->pitch;
	if (drmModeAddFB2(kms->fd, width, height, fourcc, handles, pitches, offsets, &fb->id, 0))
		return -errno;
	if (drmModeMapDumbBuffer(kms->fd, fb->handle, &offset))
		return -errno;
	fb->map = mmap(NULL, fb->size, PROT_READ | PROT_WRITE, MAP_SHARED, kms->fd, offset);
	return fb->map == MAP_FAILED ? -errno : 0;
}

void kms_fb_free(struct kms *kms, struct kms_fb *fb)
{
	munmap(fb->map, fb->size);
	drmModeRmFB(kms->fd, fb->id);
	drmModeDestroyDumbBuffer(kms->fd, fb->handle);
	memset(fb, 0, sizeof(*fb));
}

/* Ids never change; names are string literals. */
static uint32_t property_id(struct kms *kms, uint32_t object, uint32_t type, const char *name)
{
	uint32_t id;

	for (int i = 0; i < kms->known_count; i++) {
		if (kms->known[i].object == object && !strcmp(kms->known[i].name, name))
			return kms->known[i].id;
	}
	id = property(kms, object, type, name, NULL);
	if (kms->known_count < (int)(sizeof(kms->known) / sizeof(kms->known[0]))) {
		kms->known[kms->known_count].object = object;
		kms->known[kms->known_count].id = id;
		kms->known[kms->known_count++].name = name;
	}
	return id;
}

static void add(struct kms *kms, drmModeAtomicReq *req, uint32_t object, uint32_t type, const char *name, uint64_t value)
{
	drmModeAtomicAddProperty(req, object, property_id(kms, object, type, name), value);
}

static void add_primary(struct kms *kms, drmModeAtomicReq *req, const struct kms_fb *fb)
{
	const struct { const char *name; uint64_t value; } props[] = {
		{ "FB_ID", fb->id }, { "CRTC_ID", kms->crtc },
		{ "SRC_X", 0 }, { "SRC_Y", 0 },
		{ "SRC_W", (uint64_t)kms->mode.hdisplay << 16 }, { "SRC_H", (uint64_t)kms->mode.vdisplay << 16 },
		{ "CRTC_X", 0 }, { "CRTC_Y", 0 }, { "CRTC_W", kms->mode.hdisplay }, { "CRTC_H", kms->mode.vdisplay },
	};

	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++)
		add(kms, req, kms->primary, DRM_MODE_OBJECT_PLANE, props[i].name, props[i].value);
}

static int commit(struct kms *kms, drmModeAtomicReq *req, uint32_t flags)
{
	struct timespec now;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &now);
	kms->commit_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	ret = drmModeAtomicCommit(kms->fd, req, flags, NULL);

	drmModeAtomicFree(req);
	return ret ? -errno : 0;
}

static int find_mode(struct kms *kms, uint32_t width, uint32_t height, uint32_t hz)
{
	drmModeConnector *connector = drmModeGetConnector(kms->fd, kms->connector);
	int ret = -ENOENT;

	for (int i = 0; connector && ret && i < connector->count_modes; i++) {
		const drmModeModeInfo *mode = &connector->modes[i];

		if (mode->hdisplay == width && (!height || mode->vdisplay == height) && (!hz || mode->vrefresh == hz)) {
			kms->mode = *mode;
			ret = 0;
		}
	}
	drmModeFreeConnector(connector);
	return ret;
}

int kms_modeset(struct kms *kms, uint32_t width, uint32_t height, uint32_t hz, const struct kms_fb *fb)
{
	drmModeAtomicReq *req;
	int ret = find_mode(kms, width, height, hz);

	if (ret)
		return ret;
	if (kms->mode_blob)
		drmModeDestroyPropertyBlob(kms->fd, kms->mode_blob);
	drmModeCreatePropertyBlob(kms->fd, &kms->mode, sizeof(kms->mode), &kms->mode_blob);
	req = drmModeAtomicAlloc();
	add(kms, req, kms->connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", kms->crtc);
	add(kms, req, kms->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", kms->mode_blob);
	add(kms, req, kms->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", 1);
	add_primary(kms, req, fb);
	return commit(kms, req, DRM_MODE_ATOMIC_ALLOW_MODESET);
}

int kms_flip(struct kms *kms, const struct kms_fb *fb, const struct drm_mode_rect *clips, int count)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();
	uint32_t blob = 0;
	int ret;

	if (clips)
		drmModeCreatePropertyBlob(kms->fd, clips, count * sizeof(*clips), &blob);
	add_primary(kms, req, fb);
	add(kms, req, kms->primary, DRM_MODE_OBJECT_PLANE, "FB_DAMAGE_CLIPS", blob);
	ret = commit(kms, req, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT);
	if (blob)
		drmModeDestroyPropertyBlob(kms->fd, blob);
	return ret;
}

static unsigned int last_sequence;
static uint64_t last_us;
static int events;

static void flipped(int fd, unsigned int sequence, unsigned int sec, unsigned int usec, unsigned int crtc, void *data)
{
	(void)fd, (void)crtc, (void)data;
	last_sequence = sequence;
	last_us = sec * 1000000ULL + usec;
	events++;
}

int kms_wait(struct kms *kms, int ms, unsigned int *sequence, uint64_t *us)
{
	drmEventContext context = { .version = 3, .page_flip_handler2 = flipped };
	struct pollfd p = { .fd = kms->fd, .events = POLLIN };
	int before = events;

	while (events == before) {
		if (poll(&p, 1, ms) <= 0)
			return -ETIME;
		drmHandleEvent(kms->fd, &context);
	}
	if (sequence)
		*sequence = last_sequence;
	if (us)
		*us = last_us;
	return 0;
}

int kms_set(struct kms *kms, uint32_t object, uint32_t type, const char *name, uint64_t value, uint32_t flags)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	add(kms, req, object, type, name, value);
	return commit(kms, req, flags);
}

int kms_off(struct kms *kms)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	add(kms, req, kms->connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", 0);
	add(kms, req, kms->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", 0);
	add(kms, req, kms->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", 0);
	add(kms, req, kms->primary, DRM_MODE_OBJECT_PLANE, "FB_ID", 0);
	add(kms, req, kms->primary, DRM_MODE_OBJECT_PLANE, "CRTC_ID", 0);
	return commit(kms, req, DRM_MODE_ATOMIC_ALLOW_MODESET);
}
