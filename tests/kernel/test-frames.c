// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a channel tells of the pictures that a compositor flips: damage, slots, cursor, source rectangle. A test is named after the rule
 * that it tests. Needs root and the module; no compositor.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include "frames.h"

static struct drm_mode_rect random_rect(unsigned int *random)
{
	int w = rand_r(random) % (rand_r(random) % 8 ? 64 : W) + 1, h = rand_r(random) % 48 + 1;
	int x = rand_r(random) % (W - w + 1), y = rand_r(random) % (H - h + 1);

	return (struct drm_mode_rect){ x, y, x + w, y + h };
}

/*
 * A compositor with three buffers draws random rectangles; the consumer skips random frames and keeps a picture of its own
 * up to date by damage alone. It is the compositor's picture each time.
 */
static void damage_adds_up_exactly_over_skipped_frames(void)
{
	int frames = getenv("MC_LONG") ? 2000 : 250, differences = 0, partial = 0, skipped = 0;
	uint32_t *mine = calloc(W * H, 4);
	unsigned int random = seed;

	begin();
	fill(&fb[0], &everything, 0xff000000);
	show(DRM_MIRACAST_ACTIVATE_HOLD, 0);
	need(next() == 0);
	check(is_full(&chunk));
	mc_read(&chunk, &buffers, mine, &everything);

	for (int i = 1; i <= frames && differences < 3; i++) {
		struct kms_fb *to = &fb[i % FBS], *from = &fb[(i - 1) % FBS];
		struct drm_mode_rect clips[6];
		int count = rand_r(&random) % 6 + 1;
		bool told = rand_r(&random) % 16;

		/* Our flip may wait for our own consumer: release before. */
		if (token)
			mc_release(vc, token, NULL);
		token = 0;
		memcpy(to->map, from->map, to->size);
		for (int c = 0; c < count; c++) {
			clips[c] = random_rect(&random);
			fill(to, &clips[c], 0xff000000 + i * 0x10305);
		}
		need(check_ret(flip(i % FBS, told ? clips : NULL, count), 0));
		if (rand_r(&random) % 3 == 0)
			continue;
		need(check_ret(next(), 0));
		skipped += chunk.skipped;
		partial += !(chunk.flags & DRM_MIRACAST_CHUNK_FULL);
		for (uint32_t d = 0; d < chunk.damage_count; d++)
			mc_read(&chunk, &buffers, mine, &chunk.damage[d]);
		for (int y = 0; y < H; y++) {
			for (int x = 0; x < W; x++) {
				if (mine[y * W + x] == (to->map[y * (to->pitch / 4) + x] | 0xff000000))
					continue;
				printf("# frame %d differs at %d,%d\n", i, x, y);
				differences++;
				y = H;
				break;
			}
		}
	}
	printf("# %d frames, %d skipped, %d with partial damage, %d buffers told\n", frames, skipped, partial, buffers.told);
	check(!differences);
	check(partial > frames / 3 && skipped > frames / 8);
	check(buffers.told == FBS);
	end();
	free(mine);
}

static void damage_without_clips_is_everything(void)
{
	begin();
	show(0, 0);
	need(next() == 0);
	give_back();
	check_ret(flip(1, &(struct drm_mode_rect){ 8, 9, 20, 30 }, 1), 0);
	need(next() == 0);
	give_back();
	check(chunk.damage_count == 1 && chunk.damage[0].x1 == 8 && chunk.damage[0].y1 == 9 && chunk.damage[0].x2 == 20 &&
	      chunk.damage[0].y2 == 30);
	check_ret(flip(2, NULL, 0), 0);
	need(next() == 0);
	check(is_full(&chunk));
	end();
}

static void next_chunk_with_nothing_newer_is_eagain_and_tells_of_the_release(void)
{
	begin();
	show(0, 0);
	need(next() == 0);
	check_ret(mc_next(vc, token, &chunk), -EAGAIN);
	check(chunk.release_status == DRM_MIRACAST_RELEASE_OK);
	check_ret(mc_next(vc, token, &chunk), -EINVAL);
	check(chunk.release_status == DRM_MIRACAST_RELEASE_NONE);
	check_ret(mc_next(vc, 0, &chunk), -EAGAIN);
	check(mc_wait(vc, 0) == 0);
	end();
}

static void a_second_frame_is_ebusy_while_one_is_held(void)
{
	begin();
	show(0, 0);
	need(next() == 0);
	check_ret(flip(1, NULL, 0), 0);
	check_ret(mc_next(vc, 0, &chunk), -EBUSY);
	check_ret(mc_next(vc, token + 1, &chunk), -EINVAL);
	check_ret(next(), 0);
	end();
}

static void efault_acquires_nothing_and_keeps_damage(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct drm_mode_rect a = { 1, 2, 3, 4 }, b = { 100, 100, 120, 130 };
	uint64_t number;

	begin();
	show(0, 0);
	need(next() == 0);
	number = chunk.chunk_id;
	give_back();
	check_ret(flip(1, &a, 1), 0);
	need(next() == 0);
	give_back();
	check_ret(flip(2, &a, 1), 0);
	*(uint64_t *)page = 0;
	mprotect(page, 4096, PROT_READ);
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_NEXT_CHUNK, page), -EFAULT);
	check(mc_wait(vc, 0) == POLLIN);
	check_ret(flip(0, &b, 1), 0);
	need(next() == 0);
	check(chunk.damage_count == 2 && chunk.chunk_id == number + 3 && chunk.skipped == 1);
	/* A release takes place all the same. */
	check_ret(flip(1, &b, 1), 0);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	*(uint64_t *)page = token;
	mprotect(page, 4096, PROT_READ);
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_NEXT_CHUNK, page), -EFAULT);
	check_ret(mc_release(vc, token, NULL), -EINVAL);
	end();
	munmap(page, 4096);
}

static void activate_makes_the_current_picture_pending_with_full_damage(void)
{
	int told;

	begin();
	show(0, 0);
	need(next() == 0);
	check_ret(flip(1, NULL, 0), 0);
	need(next() == 0);
	told = buffers.told;
	check_ret(mc_release(vc, token, NULL), 0);
	token = 0;
	check_ret(mc_activate(vc, 0, 0), 0);
	check(mc_wait(vc, 0) == POLLIN);
	need(next() == 0);
	check(is_full(&chunk));
	/* And every slot is new. */
	check(buffers.told == told + 1 && chunk.new_slots == 1u << chunk.planes[0].slot[0]);
	end();
}

static void deactivate_leaves_the_held_frame_valid(void)
{
	struct drm_miracast_get_buffer get = {};
	uint32_t status = 0;

	begin();
	show(0, 0);
	need(next() == 0);
	check_ret(mc_deactivate(vc), 0);
	check(mc_wait(vc, 0) == 0);
	get.slot = chunk.planes[0].slot[0];
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_GET_BUFFER, &get), 0);
	close(get.fd);
	check_ret(mc_activate(vc, 0, 0), -EBUSY);
	check_ret(flip(1, NULL, 0), 0);
	check(mc_wait(vc, 0) == 0);
	check_ret(mc_release(vc, token, &status), 0);
	check(status != DRM_MIRACAST_RELEASE_NONE);
	/* Drained. */
	check(mc_wait(vc, 0) == POLLHUP);
	check_ret(mc_activate(vc, 0, 0), 0);
	token = 0;
	check_ret(next(), 0);
	end();
}

static void get_buffer_of_a_frame_that_is_gone_is_estale(void)
{
	struct drm_miracast_get_buffer get = {};

	begin();
	show(0, 0);
	need(next() == 0);
	get.slot = chunk.planes[0].slot[0];
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_GET_BUFFER, &get), 0);
	check(fcntl(get.fd, F_GETFD) & FD_CLOEXEC);
	close(get.fd);
	get.slot = (get.slot + 1) % DRM_MIRACAST_SLOTS;
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_GET_BUFFER, &get), -ESTALE);
	get.slot = chunk.planes[0].slot[0];
	check_ret(mc_release(vc, token, NULL), 0);
	token = 0;
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_GET_BUFFER, &get), -ESTALE);
	end();
}

static void a_slot_is_told_once_and_again_when_its_content_differs(void)
{
	struct kms_fb more[20] = {};

	begin();
	show(0, 0);
	for (int i = 0; i < 12; i++) {
		need(next() == 0);
		check_ret(flip((i + 1) % FBS, NULL, 0), 0);
	}
	check(buffers.told == FBS);
	/* More buffers than slots. */
	for (int i = 0; i < 20; i++)
		check_ret(kms_fb(&kms, &more[i], W, H, DRM_FORMAT_XRGB8888), 0);
	for (int i = 0; i < 60; i++) {
		uint32_t got;

		fill(&more[i % 20], &everything, 0xff000000 + i);
		check_ret(kms_flip(&kms, &more[i % 20], NULL, 0), 0);
		check_ret(kms_wait(&kms, 2000, NULL, NULL), 0);
		need(next() == 0);
		mc_read(&chunk, &buffers, &got, &(struct drm_mode_rect){ 0, 0, 1, 1 });
		check(got == 0xff000000u + i);
	}
	for (int i = 0; i < 20; i++)
		kms_fb_free(&kms, &more[i]);
	end();
}

static void a_mode_change_makes_every_slot_new(void)
{
	struct drm_miracast_get_state state;
	struct kms_fb big;
	uint64_t serial;

	begin();
	show(0, 0);
	need(next() == 0);
	serial = chunk.mode_serial;
	check_ret(mc_state(context.fd, &state), 0);
	check(state.mode_serial == serial && state.mode.hdisplay == W && state.refresh_mhz > 59000 && state.refresh_mhz < 61000);
	check_ret(kms_fb(&kms, &big, 800, 600, DRM_FORMAT_XRGB8888), 0);
	check_ret(kms_modeset(&kms, 800, 600, 0, &big), 0);
	need(next() == 0);
	check(chunk.width == 800 && chunk.height == 600 && chunk.mode_serial > serial && chunk.new_slots);
	check(chunk.flags & DRM_MIRACAST_CHUNK_FULL && chunk.damage[0].x2 == 800 && chunk.damage[0].y2 == 600);
	/* The same buffer in the same mode, set again. */
	check_ret(kms_modeset(&kms, W, H, 0, &fb[0]), 0);
	need(next() == 0);
	check(chunk.new_slots);
	kms_fb_free(&kms, &big);
	end();
}

static void a_cursor_move_is_a_chunk_with_empty_damage(void)
{
	struct kms_fb cursor;
	uint64_t number;

	begin();
	check_ret(kms_fb(&kms, &cursor, 64, 64, DRM_FORMAT_ARGB8888), 0);
	show(0, 0);
	need(next() == 0);
	check(chunk.planes_count == 1);
	number = chunk.chunk_id;
	check_ret(drmModeSetCursor(kms.fd, context.crtc, cursor.handle, 64, 64), 0);
	need(next() == 0);
	check_ret(drmModeMoveCursor(kms.fd, context.crtc, -10, 33), 0);
	need(next() == 0);
	check(chunk.damage_count == 0 && !(chunk.flags & DRM_MIRACAST_CHUNK_FULL) && chunk.chunk_id > number);
	need(chunk.planes_count == 2);
	check(chunk.planes[1].type == DRM_MIRACAST_PLANE_CURSOR && chunk.planes[1].fourcc == DRM_FORMAT_ARGB8888);
	/* Clipped to the picture, or whole with a negative place: both say which pixel lies where. */
	check(chunk.planes[1].dst_y == 33);
	check(chunk.planes[1].dst_x - (int)(chunk.planes[1].src_x >> 16) == -10);
	check_ret(drmModeSetCursor(kms.fd, context.crtc, 0, 0, 0), 0);
	need(next() == 0);
	check(chunk.planes_count == 1 && chunk.damage_count == 0);
	kms_fb_free(&kms, &cursor);
	end();
}

static void a_frame_names_the_source_rectangle(void)
{
	struct kms_fb wide;

	begin();
	check_ret(kms_fb(&kms, &wide, 2 * W, H, DRM_FORMAT_XRGB8888), 0);
	show(0, 0);
	check_ret(kms_flip(&kms, &wide, NULL, 0), 0);
	check_ret(kms_wait(&kms, 2000, NULL, NULL), 0);
	check_ret(kms_set(&kms, kms.primary, DRM_MODE_OBJECT_PLANE, "SRC_X", (uint64_t)W << 16, 0), 0);
	need(next() == 0);
	check(chunk.planes[0].width == 2 * W && chunk.planes[0].src_x == W << 16 && chunk.planes[0].src_w == W << 16);
	check(chunk.width == W);
	give_back();
	/* Damage lies in the picture, not in the buffer. */
	check_ret(kms_set(&kms, kms.primary, DRM_MODE_OBJECT_PLANE, "SRC_X", (uint64_t)W / 2 << 16, 0), 0);
	need(next() == 0);
	check(is_full(&chunk));
	kms_fb_free(&kms, &wide);
	end();
}

static void a_format_that_the_consumer_cannot_read_fails_the_check(void)
{
	struct drm_miracast_format format = { .fourcc = DRM_FORMAT_NV12 };
	struct drm_miracast_create_context create = { .name = "picky", .formats_ptr = (uintptr_t)&format, .formats_count = 1 };

	control = mc_open();
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &create), 0);
	check_ret(mc_arrive(create.fd, (const char *[]){ "640x480@60", NULL }, NULL, 0), 0);
	check_ret(mc_wait_state(create.fd, DRM_MIRACAST_STATE_CONNECTED, DRM_MIRACAST_STATE_CONNECTED, 3000), 0);
	check_ret(kms_open(&kms, create.card_minor), 0);
	check_ret(kms_target(&kms, create.connector_id, create.crtc_id), 0);
	check_ret(kms_fb(&kms, &fb[0], W, H, DRM_FORMAT_XRGB8888), 0);
	check_ret(kms_modeset(&kms, W, H, 0, &fb[0]), -EINVAL);
	kms_fb_free(&kms, &fb[0]);
	kms_close(&kms);
	close(control);
	close(create.fd);
}

static int set_mode(const drmModeModeInfo *mode)
{
	uint32_t blob;
	int ret;

	drmModeCreatePropertyBlob(kms.fd, mode, sizeof(*mode), &blob);
	ret = kms_set(&kms, kms.crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", blob, DRM_MODE_ATOMIC_ALLOW_MODESET);
	drmModeDestroyPropertyBlob(kms.fd, blob);
	return ret;
}

/* A compositor may bring modes of its own; the stream cannot. */
static void a_mode_that_the_sink_does_not_take_is_refused(void)
{
	drmModeModeInfo mode;

	begin();
	show(0, 0);
	mode = kms.mode;
	mode.vdisplay -= 2;
	check_ret(set_mode(&mode), -EINVAL);
	mode = kms.mode;
	mode.clock = INT32_MAX;
	check_ret(set_mode(&mode), -EINVAL);
	/* The same to a thousandth is the same. */
	mode = kms.mode;
	mode.clock -= mode.clock / 1000;
	check_ret(set_mode(&mode), 0);
	end();
}

int main(int argc, char **argv)
{
	tap_only = argc > 1 ? argv[1] : NULL;
	seed = getenv("MC_SEED") ? atoi(getenv("MC_SEED")) : 1;
	printf("# seed %u\n", seed);
	run(damage_adds_up_exactly_over_skipped_frames);
	run(damage_without_clips_is_everything);
	run(next_chunk_with_nothing_newer_is_eagain_and_tells_of_the_release);
	run(a_second_frame_is_ebusy_while_one_is_held);
	run(efault_acquires_nothing_and_keeps_damage);
	run(activate_makes_the_current_picture_pending_with_full_damage);
	run(deactivate_leaves_the_held_frame_valid);
	run(get_buffer_of_a_frame_that_is_gone_is_estale);
	run(a_slot_is_told_once_and_again_when_its_content_differs);
	run(a_mode_change_makes_every_slot_new);
	run(a_cursor_move_is_a_chunk_with_empty_damage);
	run(a_frame_names_the_source_rectangle);
	run(a_format_that_the_consumer_cannot_read_fails_the_check);
	run(a_mode_that_the_sink_does_not_take_is_refused);
	return tap_done();
}
