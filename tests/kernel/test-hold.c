// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who waits for whom, and who sees what: hold, pace, revocation; another user's picture, a monitor that changes too often, a display
 * server that dies. A test is named after the rule that it tests. Needs root and the module; no compositor.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include "frames.h"

/* While a frame is held, the flip that would give its buffer back does not complete; it does at release. */
static void a_flip_completes_when_the_pacer_releases(void)
{
	int good = 0;

	begin();
	show(DRM_MIRACAST_ACTIVATE_HOLD, 0);
	for (int i = 1; i < 40 && good < 3; i++) {
		uint32_t status = 0;
		int early;

		need(next() == 0);
		need(check_ret(kms_flip(&kms, &fb[i % FBS], NULL, 0), 0));
		early = kms_wait(&kms, 30, NULL, NULL);
		check_ret(mc_release(vc, token, &status), 0);
		token = 0;
		/* A guest that stood still past the bound proves nothing. */
		if (status == DRM_MIRACAST_RELEASE_OK) {
			check_ret(early, -ETIME);
			good++;
		}
		if (early)
			check_ret(kms_wait(&kms, 2000, NULL, NULL), 0);
	}
	check(good == 3);
	end();
}

static void a_frame_that_is_held_too_long_is_revoked_and_its_damage_comes_again(void)
{
	struct drm_mode_rect a = { 10, 10, 20, 20 }, b = { 300, 300, 320, 320 }, c = { 400, 10, 420, 20 };

	begin();
	show(DRM_MIRACAST_ACTIVATE_HOLD, 0);
	need(next() == 0);
	check_ret(kms_flip(&kms, &fb[1], &a, 1), 0);
	mc_release(vc, token, NULL);
	token = 0;
	check_ret(kms_wait(&kms, 2000, NULL, NULL), 0);
	need(next() == 0);
	check(chunk.damage_count == 1);
	/* Held: two flips; the one that takes the buffer back has to wait for the bound, no longer. */
	check_ret(flip(2, &b, 1), 0);
	check_ret(flip(0, &c, 1), 0);
	check_ret(mc_next(vc, token, &chunk), 0);
	token = chunk.token;
	check(chunk.release_status == DRM_MIRACAST_RELEASE_REVOKED);
	check(chunk.damage_count == 3);
	end();
}

static void three_expiries_switch_the_hold_off_until_a_release_in_time(void)
{
	struct drm_miracast_get_state state;
	int i;

	begin();
	show(DRM_MIRACAST_ACTIVATE_HOLD, 0);
	check_ret(mc_state(context.fd, &state), 0);
	check(state.flags & DRM_MIRACAST_STATE_HOLDING);
	for (i = 1; i < 30; i++) {
		need(next() == 0);
		check_ret(flip(i % FBS, NULL, 0), 0);
		check_ret(mc_state(context.fd, &state), 0);
		if (!(state.flags & DRM_MIRACAST_STATE_HOLDING))
			break;
	}
	check(i == 3);
	mc_release(vc, token, NULL);
	token = 0;
	need(next() == 0);
	mc_release(vc, token, NULL);
	token = 0;
	check_ret(mc_state(context.fd, &state), 0);
	check(state.flags & DRM_MIRACAST_STATE_HOLDING);
	end();
}

static void another_channel_never_delays_a_flip(void)
{
	begin();
	show(0, 0);
	need(next() == 0);
	for (int i = 1; i < 6; i++) {
		check_ret(flip(i % FBS, NULL, 0), 0);
		check_ret(flip((i + 1) % FBS, NULL, 0), 0);
		check_ret(mc_next(vc, token, &chunk), 0);
		check(chunk.release_status == DRM_MIRACAST_RELEASE_REVOKED);
		token = chunk.token;
	}
	end();
}

/* The flip event carries the number of the refresh: with a divider of two it moves by an even count. */
static void the_pace_is_a_divider_of_the_refresh(void)
{
	struct drm_miracast_activate args = { .flags = DRM_MIRACAST_ACTIVATE_HOLD, .max_rate_mhz = 30000 };
	unsigned int first = 0, sequence;

	begin();
	show(0, 0);
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_ACTIVATE, &args), 0);
	check(args.divider == 2 && args.rate_mhz > 29900 && args.rate_mhz < 30100);
	for (int i = 0; i < 12; i++) {
		check_ret(kms_flip(&kms, &fb[i % FBS], NULL, 0), 0);
		check_ret(kms_wait(&kms, 2000, &sequence, NULL), 0);
		if (i)
			check((sequence - first) % 2 == 0);
		first = sequence;
	}
	args = (struct drm_miracast_activate){ .flags = DRM_MIRACAST_ACTIVATE_HOLD, .max_rate_mhz = 1 };
	check_ret(mc_ioctl(vc, DRM_IOCTL_MIRACAST_ACTIVATE, &args), 0);
	check(args.divider == 6);
	end();
}

static void the_same_buffer_again_is_in_place_and_never_held(void)
{
	begin();
	show(DRM_MIRACAST_ACTIVATE_HOLD, 0);
	need(next() == 0);
	check(!(chunk.flags & DRM_MIRACAST_CHUNK_IN_PLACE));
	for (int i = 0; i < 8; i++)
		check_ret(flip(0, &(struct drm_mode_rect){ 0, 0, 8, 8 }, 1), 0);
	need(next() == 0);
	check(chunk.release_status == DRM_MIRACAST_RELEASE_OK || chunk.release_status == DRM_MIRACAST_RELEASE_NONE);
	check(chunk.flags & DRM_MIRACAST_CHUNK_IN_PLACE);
	end();
}

static void disable_is_never_held(void)
{
	begin();
	show(DRM_MIRACAST_ACTIVATE_HOLD, 0);
	need(next() == 0);
	check_ret(kms_off(&kms), 0);
	check_ret(mc_wait_state(context.fd, DRM_MIRACAST_STATE_ENABLED, 0, 1000), 0);
	check_ret(mc_next(vc, token, &chunk), -EAGAIN);
	token = 0;
	end();
}

/* --- nobody sees another's picture ---------------------------------------------------------------- */

static void a_new_context_on_a_lit_pipe_gets_no_chunk_before_a_commit(void)
{
	struct mc_context second;
	int second_vc;

	begin();
	show(DRM_MIRACAST_ACTIVATE_HOLD, 0);
	need(next() == 0);
	check_ret(mc_destroy(&context), 0);
	check_ret(mc_create(control, "second", &second), 0);
	check(second.connector == context.connector);
	check_ret(mc_arrive(second.fd, (const char *[]){ "640x480@60", NULL }, NULL, 0), 0);
	check_ret(mc_wait_state(second.fd, DRM_MIRACAST_STATE_CONNECTED, DRM_MIRACAST_STATE_CONNECTED, 3000), 0);
	second_vc = mc_vc(second.fd);
	check_ret(mc_activate(second_vc, 0, 0), 0);
	/* Still lit by the compositor, which has not noticed. */
	check(mc_wait(second_vc, 100) == 0);
	check_ret(mc_next(second_vc, 0, &chunk), -EAGAIN);
	check_ret(flip(1, &(struct drm_mode_rect){ 0, 0, 8, 8 }, 1), 0);
	check_ret(mc_acquire(second_vc, 0, &chunk, 1000), 0);
	check(is_full(&chunk));
	close(second_vc);
	close(second.fd);
	end();
}

/* A hostile session plugs and unplugs as fast as it can: the compositor hears of it once a second, and of the last state at last. */
static void the_monitor_changes_once_a_second_and_the_last_state_wins(void)
{
	struct drm_miracast_get_state state;
	int changes = 0, was = -1;

	begin();
	check_ret(mc_depart(context.fd), 0);
	for (int i = 0; i < 2400; i++) {
		int now;

		check_ret(i % 3 ? mc_arrive(context.fd, (const char *[]){ "640x480@60", NULL }, NULL, 0) : mc_depart(context.fd), 0);
		mc_state(context.fd, &state);
		now = state.flags & DRM_MIRACAST_STATE_CONNECTED;
		changes += was >= 0 && now != was;
		was = now;
		usleep(1000);
	}
	/* Some three seconds. */
	check(changes <= 5);
	check_ret(mc_depart(context.fd), 0);
	check_ret(mc_wait_state(context.fd, DRM_MIRACAST_STATE_CONNECTED, 0, 3000), 0);
	usleep(1500000);
	mc_state(context.fd, &state);
	check(!(state.flags & DRM_MIRACAST_STATE_CONNECTED));
	end();
}

/* The core makes a framebuffer of its own for SETCURSOR; with nobody left, it kept the module in use. */
static void a_dead_compositor_leaves_no_cursor(void)
{
	int status, users = -1;
	pid_t child = fork();
	FILE *file;

	if (!child) {
		struct kms_fb cursor;

		begin();
		kms_fb(&kms, &cursor, 64, 64, DRM_FORMAT_ARGB8888);
		show(0, 0);
		_exit(drmModeSetCursor(kms.fd, context.crtc, cursor.handle, 64, 64) || next());
	}
	waitpid(child, &status, 0);
	check(!status);
	for (int i = 0; i < 20 && users; i++) {
		usleep(50000);
		file = fopen("/sys/module/miracast/refcnt", "r");
		need(file && fscanf(file, "%d", &users) == 1);
		fclose(file);
	}
	check(users == 0);
}

int main(int argc, char **argv)
{
	tap_only = argc > 1 ? argv[1] : NULL;
	seed = getenv("MC_SEED") ? atoi(getenv("MC_SEED")) : 1;
	printf("# seed %u\n", seed);
	run(a_flip_completes_when_the_pacer_releases);
	run(a_frame_that_is_held_too_long_is_revoked_and_its_damage_comes_again);
	run(three_expiries_switch_the_hold_off_until_a_release_in_time);
	run(another_channel_never_delays_a_flip);
	run(the_pace_is_a_divider_of_the_refresh);
	run(the_same_buffer_again_is_in_place_and_never_held);
	run(disable_is_never_held);
	run(a_new_context_on_a_lit_pipe_gets_no_chunk_before_a_commit);
	run(the_monitor_changes_once_a_second_and_the_last_state_wins);
	run(a_dead_compositor_leaves_no_cursor);
	return tap_done();
}
