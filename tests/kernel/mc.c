// SPDX-License-Identifier: GPL-2.0-or-later
/* The consumer's side of miracast.ko for tests. */
#include "mc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int mc_ioctl(int fd, unsigned long request, const void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

int mc_open(void)
{
	int fd = open("/dev/miracast", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		perror("/dev/miracast");
		exit(2);
	}
	return fd;
}

int mc_create(int control, const char *name, struct mc_context *context)
{
	struct drm_miracast_create_context args = { .user_handle = 0x1122334455667788ULL };
	int ret;

	snprintf(args.name, sizeof(args.name), "%s", name);
	ret = mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &args);
	if (ret)
		return ret;
	*context = (struct mc_context){ control, args.fd, args.context_id, args.connector_id, args.crtc_id, args.card_minor };
	return 0;
}

int mc_destroy(const struct mc_context *context)
{
	struct drm_miracast_destroy_context args = { .context_id = context->id };

	return mc_ioctl(context->control, DRM_IOCTL_MIRACAST_DESTROY_CONTEXT, &args);
}

int mc_arrive(int context, const char *const *modes, const void *edid, size_t edid_size)
{
	struct drm_miracast_mode list[8] = {};
	struct drm_miracast_monitor_arrival args = {
		.edid_ptr = (uintptr_t)edid, .edid_size = edid_size, .modes_ptr = (uintptr_t)list,
		.monitor_type = DRM_MIRACAST_MONITOR_HDMI,
	};
	int i;

	for (i = 0; i < 8 && modes && modes[i]; i++) {
		double hz = 60;

		if (sscanf(modes[i], "%ux%u@%lf", &list[i].width, &list[i].height, &hz) < 2)
			return -EINVAL;
		list[i].refresh_mhz = hz * 1000 + 0.5;
	}
	list[0].flags = DRM_MIRACAST_MODE_PREFERRED;
	args.modes_count = i;
	return mc_ioctl(context, DRM_IOCTL_MIRACAST_MONITOR_ARRIVAL, &args);
}

int mc_depart(int context)
{
	return mc_ioctl(context, DRM_IOCTL_MIRACAST_MONITOR_DEPARTURE, &(struct drm_miracast_monitor_departure){});
}

int mc_vc(int context)
{
	struct drm_miracast_create_vc args = { .user_handle = 0x99aabbccddeeff00ULL };
	int ret = mc_ioctl(context, DRM_IOCTL_MIRACAST_CREATE_VC, &args);

	return ret ? ret : args.fd;
}

int mc_activate(int vc, uint32_t flags, uint32_t max_rate_mhz)
{
	struct drm_miracast_activate args = { .flags = flags, .max_rate_mhz = max_rate_mhz };

	return mc_ioctl(vc, DRM_IOCTL_MIRACAST_ACTIVATE, &args);
}

int mc_deactivate(int vc)
{
	return mc_ioctl(vc, DRM_IOCTL_MIRACAST_DEACTIVATE, &(struct drm_miracast_deactivate){});
}

int mc_next(int vc, uint64_t release_token, struct drm_miracast_next_chunk *chunk)
{
	memset(chunk, 0, sizeof(*chunk));
	chunk->release_token = release_token;
	return mc_ioctl(vc, DRM_IOCTL_MIRACAST_NEXT_CHUNK, chunk);
}

int mc_release(int vc, uint64_t token, uint32_t *status)
{
	struct drm_miracast_release_chunk args = { .token = token };
	int ret = mc_ioctl(vc, DRM_IOCTL_MIRACAST_RELEASE_CHUNK, &args);

	if (status)
		*status = args.status;
	return ret;
}

int mc_state(int context, struct drm_miracast_get_state *state)
{
	return mc_ioctl(context, DRM_IOCTL_MIRACAST_GET_STATE, state);
}

int mc_ack(int context, uint64_t serial)
{
	return mc_ioctl(context, DRM_IOCTL_MIRACAST_ACK_STATE, &(struct drm_miracast_ack_state){ .serial = serial });
}

int mc_wait(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0 ? p.revents : 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int mc_wait_state(int context, uint32_t mask, uint32_t flags, int ms)
{
	int64_t end = now_ms() + ms;

	do {
		struct drm_miracast_get_state state;
		int ret = mc_state(context, &state);

		if (ret)
			return ret;
		if ((state.flags & mask) == flags)
			return 0;
		mc_ack(context, state.state_serial);
		mc_wait(context, 50);
	} while (now_ms() < end);
	return -ETIME;
}

int mc_acquire(int vc, uint64_t release_token, struct drm_miracast_next_chunk *chunk, int ms)
{
	int64_t end = now_ms() + ms;

	for (;;) {
		int ret = mc_next(vc, release_token, chunk);
		int left = end - now_ms();

		if (ret != -EAGAIN)
			return ret;
		release_token = 0;
		if (left <= 0 || !mc_wait(vc, left))
			return -ETIME;
	}
}

int mc_map(int vc, const struct drm_miracast_next_chunk *chunk, struct mc_buffers *buffers)
{
	for (int i = 0; i < DRM_MIRACAST_SLOTS; i++) {
		struct drm_miracast_get_buffer args = { .slot = i };
		int ret;

		if (!(chunk->new_slots & (1u << i)))
			continue;
		if (buffers->map[i]) {
			munmap(buffers->map[i], buffers->size[i]);
			close(buffers->fd[i]);
			buffers->map[i] = NULL;
		}
		ret = mc_ioctl(vc, DRM_IOCTL_MIRACAST_GET_BUFFER, &args);
		if (ret)
			return ret;
		buffers->told++;
		buffers->fd[i] = args.fd;
		buffers->size[i] = lseek(args.fd, 0, SEEK_END);
		buffers->map[i] = mmap(NULL, buffers->size[i], PROT_READ, MAP_SHARED, args.fd, 0);
		if (buffers->map[i] == MAP_FAILED) {
			ret = -errno;
			buffers->map[i] = NULL;
			close(args.fd);
			return ret;
		}
	}
	return 0;
}

void mc_unmap(struct mc_buffers *buffers)
{
	for (int i = 0; i < DRM_MIRACAST_SLOTS; i++) {
		if (!buffers->map[i])
			continue;
		munmap(buffers->map[i], buffers->size[i]);
		close(buffers->fd[i]);
	}
	memset(buffers, 0, sizeof(*buffers));
}

static void sync_read(int fd, uint64_t when)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_READ | when };

	ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

/* Address of a pixel of a plane's source rectangle. */
static const uint32_t *pixel(const struct drm_miracast_plane *plane, const struct mc_buffers *buffers, int x, int y)
{
	const char *base = buffers->map[plane->slot[0]];

	x += plane->src_x >> 16;
	y += plane->src_y >> 16;
	return (const uint32_t *)(base + plane->offset[0] + (size_t)y * plane->pitch[0]) + x;
}

void mc_read(const struct drm_miracast_next_chunk *chunk, const struct mc_buffers *buffers, uint32_t *picture,
	     const struct drm_mode_rect *rect)
{
	const struct drm_miracast_plane *plane = &chunk->planes[0];

	sync_read(buffers->fd[plane->slot[0]], DMA_BUF_SYNC_START);
	for (int y = rect->y1; y < rect->y2; y++) {
		const uint32_t *from = pixel(plane, buffers, rect->x1 - plane->dst_x, y - plane->dst_y);
		uint32_t *to = picture + (size_t)y * chunk->width + rect->x1;

		for (int x = rect->x1; x < rect->x2; x++)
			*to++ = *from++ | 0xff000000;
	}
	sync_read(buffers->fd[plane->slot[0]], DMA_BUF_SYNC_END);
}

static uint8_t over(uint32_t above, uint32_t below, uint32_t alpha)
{
	uint32_t value = above + (below * (255 - alpha) + 127) / 255;

	return value > 255 ? 255 : value;
}

void mc_blend_cursor(const struct drm_miracast_next_chunk *chunk, const struct mc_buffers *buffers, uint32_t *picture)
{
	const struct drm_miracast_plane *plane = &chunk->planes[1];

	if (chunk->planes_count < 2)
		return;
	sync_read(buffers->fd[plane->slot[0]], DMA_BUF_SYNC_START);
	for (uint32_t y = 0; y < plane->dst_h; y++) {
		const uint32_t *from = pixel(plane, buffers, 0, y);
		uint32_t *to = picture + (size_t)(plane->dst_y + y) * chunk->width + plane->dst_x;

		for (uint32_t x = 0; x < plane->dst_w; x++) {
			uint32_t a = from[x] >> 24, result = 0xff000000;

			for (int shift = 0; shift < 24; shift += 8)
				result |= (uint32_t)over(from[x] >> shift & 0xff, to[x] >> shift & 0xff, a) << shift;
			to[x] = result;
		}
	}
	sync_read(buffers->fd[plane->slot[0]], DMA_BUF_SYNC_END);
}

int mc_png(const char *path, const uint32_t *picture, int width, int height)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB };
	uint8_t *rgb = malloc((size_t)width * height * 3);
	int ok;

	for (size_t i = 0; i < (size_t)width * height; i++) {
		rgb[3 * i] = picture[i] >> 16;
		rgb[3 * i + 1] = picture[i] >> 8;
		rgb[3 * i + 2] = picture[i];
	}
	ok = png_image_write_to_file(&image, path, 0, rgb, 0, NULL);
	free(rgb);
	return ok ? 0 : -EIO;
}
