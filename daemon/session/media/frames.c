// SPDX-License-Identifier: GPL-2.0-or-later
/* Chunks of a kernel channel to a persistent NV12 picture. */
#include "frames.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <glib.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int call(int fd, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(fd, request, arg);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

void mc_frames_init(struct mc_frames *frames, int vc, enum mc_matrix matrix, const struct mc_nv12 *picture)
{
	memset(frames, 0, sizeof(*frames));
	frames->vc = vc;
	frames->matrix = matrix;
	frames->picture = *picture;
	for (int i = 0; i < DRM_MIRACAST_SLOTS; i++)
		frames->fd[i] = -1;
}

static void unmap(struct mc_frames *frames, int slot)
{
	if (frames->map[slot])
		munmap(frames->map[slot], frames->size[slot]);
	if (frames->fd[slot] >= 0)
		close(frames->fd[slot]);
	frames->map[slot] = NULL;
	frames->fd[slot] = -1;
}

void mc_frames_clear(struct mc_frames *frames)
{
	for (int i = 0; i < DRM_MIRACAST_SLOTS; i++)
		unmap(frames, i);
	g_clear_pointer(&frames->patch, g_free);
}

static int map_new(struct mc_frames *frames)
{
	for (int i = 0; i < DRM_MIRACAST_SLOTS; i++) {
		struct drm_miracast_get_buffer get = { .slot = i };
		off_t size;
		int ret;

		if (!(frames->chunk.new_slots & 1u << i))
			continue;
		unmap(frames, i);
		ret = call(frames->vc, DRM_IOCTL_MIRACAST_GET_BUFFER, &get);
		if (ret)
			return ret;
		frames->fd[i] = get.fd;
		size = lseek(get.fd, 0, SEEK_END);
		if (size <= 0)
			return -EPROTO;
		frames->size[i] = size;
		frames->map[i] = mmap(NULL, size, PROT_READ, MAP_SHARED, get.fd, 0);
		if (frames->map[i] == MAP_FAILED) {
			frames->map[i] = NULL;
			return -errno;
		}
	}
	return 0;
}

/* The first pixel of a plane's source rectangle, or NULL when the rectangle does not lie in the mapped buffer. */
static const uint8_t *source(const struct mc_frames *frames, const struct drm_miracast_plane *plane)
{
	uint64_t x = plane->src_x >> 16, y = plane->src_y >> 16, w = plane->src_w >> 16, h = plane->src_h >> 16;
	uint32_t slot = plane->slot[0];
	uint64_t last;

	if (slot >= DRM_MIRACAST_SLOTS || !frames->map[slot] || plane->modifier != DRM_FORMAT_MOD_LINEAR || !w || !h)
		return NULL;
	if (plane->fourcc != DRM_FORMAT_XRGB8888 && plane->fourcc != DRM_FORMAT_ARGB8888)
		return NULL;
	last = plane->offset[0] + (y + h - 1) * plane->pitch[0] + (x + w) * 4;
	if (last > frames->size[slot] || (uint64_t)plane->pitch[0] < (x + w) * 4)
		return NULL;
	return (const uint8_t *)frames->map[slot] + plane->offset[0] + y * plane->pitch[0] + x * 4;
}

static void begin_read(const struct mc_frames *frames, const struct drm_miracast_plane *plane, uint64_t when)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_READ | when };

	call(frames->fd[plane->slot[0]], DMA_BUF_IOCTL_SYNC, &sync);
}

static void convert(struct mc_frames *frames, const uint8_t *pixels, int pitch, struct mc_rect r)
{
	if (r.x2 > r.x1 && r.y2 > r.y1)
		mc_convert(frames->matrix, pixels + (intptr_t)r.y1 * pitch + r.x1 * 4, pitch, &frames->picture, r);
}

/* The pixels under the cursor with the cursor over them, converted. */
static void draw_cursor(struct mc_frames *frames, const uint8_t *below, int pitch, const struct drm_miracast_plane *cursor)
{
	const uint8_t *above = source(frames, cursor);
	int width = frames->picture.width, height = frames->picture.height;
	struct mc_rect c = { cursor->dst_x, cursor->dst_y, cursor->dst_x + (int)(cursor->src_w >> 16),
			     cursor->dst_y + (int)(cursor->src_h >> 16) };
	struct mc_rect r = mc_rect_even(c, width, height);
	int w = r.x2 - r.x1, h = r.y2 - r.y1;

	if (!above || w <= 0 || h <= 0)
		return;
	if (frames->patch_size < (size_t)w * h * 4) {
		frames->patch_size = (size_t)w * h * 4;
		frames->patch = g_realloc(frames->patch, frames->patch_size);
	}
	begin_read(frames, cursor, DMA_BUF_SYNC_START);
	for (int y = 0; y < h; y++) {
		int from = MAX(c.x1, 0), to = MIN(c.x2, width), line = r.y1 + y;

		memcpy(frames->patch + (size_t)y * w * 4, below + (intptr_t)line * pitch + r.x1 * 4, w * 4);
		if (line >= c.y1 && line < c.y2 && to > from)
			mc_blend(frames->patch + ((size_t)y * w + from - r.x1) * 4,
				 above + (intptr_t)(line - c.y1) * cursor->pitch[0] + (from - c.x1) * 4, to - from);
	}
	begin_read(frames, cursor, DMA_BUF_SYNC_END);
	mc_convert(frames->matrix, frames->patch, w * 4, &frames->picture, r);
	frames->cursor = r;
}

static int bring_up_to_date(struct mc_frames *frames)
{
	const struct drm_miracast_next_chunk *chunk = &frames->chunk;
	const struct drm_miracast_plane *primary = &chunk->planes[0];
	int width = frames->picture.width, height = frames->picture.height;
	const uint8_t *pixels;

	if (!chunk->planes_count || primary->type != DRM_MIRACAST_PLANE_PRIMARY)
		return -EPROTO;
	pixels = source(frames, primary);
	if (!pixels || (int)(primary->src_w >> 16) < width || (int)(primary->src_h >> 16) < height || primary->dst_x || primary->dst_y)
		return -EPROTO;

	begin_read(frames, primary, DMA_BUF_SYNC_START);
	for (uint32_t i = 0; i < MIN(chunk->damage_count, DRM_MIRACAST_DAMAGE_RECTS); i++) {
		struct mc_rect r = { chunk->damage[i].x1, chunk->damage[i].y1, chunk->damage[i].x2, chunk->damage[i].y2 };

		convert(frames, pixels, primary->pitch[0], mc_rect_even(r, width, height));
	}
	convert(frames, pixels, primary->pitch[0], frames->cursor);
	frames->cursor = (struct mc_rect){};
	for (uint32_t i = 1; i < MIN(chunk->planes_count, DRM_MIRACAST_PLANES); i++) {
		if (chunk->planes[i].type == DRM_MIRACAST_PLANE_CURSOR)
			draw_cursor(frames, pixels, primary->pitch[0], &chunk->planes[i]);
	}
	begin_read(frames, primary, DMA_BUF_SYNC_END);
	return 0;
}

static bool newer_is_there(const struct mc_frames *frames)
{
	struct pollfd p = { .fd = frames->vc, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && p.revents & POLLIN;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

int mc_frames_take(struct mc_frames *frames, uint64_t *acquired_ns)
{
	struct drm_miracast_release_chunk release = {};
	struct drm_miracast_next_chunk *chunk = &frames->chunk;
	int ret, result = MC_FRAME_NEW;

	chunk->release_token = 0;
	ret = call(frames->vc, DRM_IOCTL_MIRACAST_NEXT_CHUNK, chunk);
	if (ret == -EAGAIN || ret == -EBUSY)
		return MC_FRAME_NONE;
	if (ret)
		return ret;
	*acquired_ns = now_ns();
	release.token = chunk->token;

	ret = map_new(frames);
	if (!ret) {
		if ((int)chunk->width != frames->picture.width || (int)chunk->height != frames->picture.height)
			result = MC_FRAME_OTHER_SIZE;
		else
			ret = bring_up_to_date(frames);
	}
	/* Before anything else is done: the compositor may be waiting for its buffer. */
	call(frames->vc, DRM_IOCTL_MIRACAST_RELEASE_CHUNK, &release);
	if (ret)
		return ret;
	/* Never twice in a row: a torn picture is better than none. What was damaged comes again by itself. */
	if (result == MC_FRAME_NEW && release.status == DRM_MIRACAST_RELEASE_REVOKED && !frames->dropped && newer_is_there(frames))
		result = MC_FRAME_DROPPED;
	frames->dropped = result == MC_FRAME_DROPPED;
	return result;
}
