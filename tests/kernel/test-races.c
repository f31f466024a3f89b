// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything at once on two processors: a display server, a consumer, an owner and a meddler, threads of one process with the same
 * files, and the context destroyed under all of them. test-races SECONDS; MC_SEED. The kernel's log is judged by who runs this.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "works.h"

static unsigned int seed, seconds = 10;
static atomic_bool stop;
static atomic_uint flips, chunks, calls;
static struct mc_context context;
static int vc;

struct part {
	void (*body)(unsigned int *seed);
	unsigned int seed;
	int cpu;
	pthread_t thread;
};

static void server(unsigned int *rand)
{
	struct kms_fb fb[3], cursor;
	struct kms kms;

	if (kms_open(&kms, context.minor))
		return;
	kms_target(&kms, context.connector, context.crtc);
	for (int i = 0; i < 3; i++)
		kms_fb(&kms, &fb[i], 640, 480, DRM_FORMAT_XRGB8888);
	kms_fb(&kms, &cursor, 64, 64, DRM_FORMAT_ARGB8888);
	for (unsigned int i = 0; !stop; i++) {
		struct drm_mode_rect clip = { 0, i % 400, 100, i % 400 + 50 };

		if (i % 16 == 0)
			kms_modeset(&kms, rand_r(rand) % 2 ? 640 : 320, 0, 0, &fb[0]);
		if (rand_r(rand) % 32 == 0)
			kms_off(&kms);
		drmModeMoveCursor(kms.fd, kms.crtc, i % 640, i % 480);
		if (i % 8 == 0)
			drmModeSetCursor(kms.fd, kms.crtc, i % 16 ? cursor.handle : 0, 64, 64);
		if (kms_flip(&kms, &fb[i % 3], &clip, 1))
			usleep(500);
		else if (!kms_wait(&kms, 500, NULL, NULL))
			flips++;
	}
	kms_off(&kms);
	for (int i = 0; i < 3; i++)
		kms_fb_free(&kms, &fb[i]);
	kms_fb_free(&kms, &cursor);
	kms_close(&kms);
}

static void consumer(unsigned int *rand)
{
	struct drm_miracast_next_chunk chunk;
	uint64_t token = 0;

	while (!stop) {
		int ret = rand_r(rand) % 8 ? 0 : mc_activate(vc, rand_r(rand) % 4 ? DRM_MIRACAST_ACTIVATE_HOLD : 0, 0);

		if (ret == -ESHUTDOWN)
			return;
		ret = mc_acquire(vc, token, &chunk, 20);
		token = ret ? 0 : chunk.token;
		chunks += !ret;
		if (rand_r(rand) % 16 == 0) {
			mc_deactivate(vc);
			mc_release(vc, token, NULL);
			token = 0;
		}
	}
}

static void owner(unsigned int *rand)
{
	const char *const modes[] = { "640x480@60", "320x240@60", NULL };

	for (; !stop; calls++) {
		if (mc_arrive(context.fd, &modes[rand_r(rand) % 2], NULL, 0) == -ESHUTDOWN)
			return;
		usleep(rand_r(rand) % 3000);
		if (rand_r(rand) % 4 == 0)
			mc_depart(context.fd);
	}
}

/* The same files from a second thread, and neighbours that come and go. */
static void meddler(unsigned int *rand)
{
	struct drm_miracast_next_chunk chunk;
	struct drm_miracast_get_state state;
	int control = mc_open();

	for (; !stop; calls++) {
		struct mc_context other;
		int channel;

		switch (rand_r(rand) % 6) {
		case 0:
			if (!mc_state(context.fd, &state))
				mc_ack(context.fd, state.state_serial);
			break;
		case 1:
			mc_next(vc, 0, &chunk);
			break;
		case 2:
			mc_release(vc, rand_r(rand) % 64, NULL);
			break;
		case 3:
			channel = mc_vc(context.fd);
			if (channel >= 0) {
				mc_activate(channel, 0, 0);
				mc_acquire(channel, 0, &chunk, 5);
				close(channel);
			}
			break;
		case 4:
			if (!mc_create(control, "other", &other)) {
				mc_arrive(other.fd, (const char *[]){ "320x240@60", NULL }, NULL, 0);
				if (rand_r(rand) % 2)
					mc_destroy(&other);
				close(other.fd);
			}
			break;
		case 5:
			mc_activate(vc, DRM_MIRACAST_ACTIVATE_HOLD, rand_r(rand) % 2 ? 30000 : 0);
			break;
		}
	}
	close(control);
}

static void *pinned(void *data)
{
	struct part *part = data;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(part->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	part->body(&part->seed);
	return NULL;
}

static void everything_at_once(void)
{
	void (*const bodies[])(unsigned int *) = { server, consumer, owner, meddler, consumer };
	const unsigned int count = sizeof(bodies) / sizeof(bodies[0]);
	struct part parts[sizeof(bodies) / sizeof(bodies[0])];
	unsigned int rounds = 0;
	time_t end = time(NULL) + seconds;

	while (time(NULL) < end) {
		int control = mc_open();

		need(check_ret(mc_create(control, "races", &context), 0));
		vc = mc_vc(context.fd);
		need(check(vc >= 0));
		mc_arrive(context.fd, (const char *[]){ "640x480@60", "320x240@60", NULL }, NULL, 0);
		/* Later changes reach the display server once a second. */
		need(check_ret(mc_wait_state(context.fd, DRM_MIRACAST_STATE_CONNECTED, DRM_MIRACAST_STATE_CONNECTED, 3000), 0));
		stop = false;
		for (unsigned int i = 0; i < count; i++) {
			parts[i] = (struct part){ .body = bodies[i], .seed = seed++, .cpu = (i + rounds) % 2 };
			pthread_create(&parts[i].thread, NULL, pinned, &parts[i]);
		}
		usleep(100000 + rand_r(&seed) % 2500000);
		if (rounds++ % 2)
			check_ret(mc_destroy(&context), 0);
		else
			close(control);
		usleep(rand_r(&seed) % 100000);
		stop = true;
		for (unsigned int i = 0; i < count; i++)
			pthread_join(parts[i].thread, NULL);
		close(vc);
		close(context.fd);
		if (rounds % 2 == 0)
			close(control);
	}
	printf("# %u rounds: %u flips, %u chunks, %u other calls\n", rounds, flips, chunks, calls);
	check(flips > rounds && chunks > rounds && calls > rounds);
}

static void the_next_context_works(void)
{
	check(works());
}

int main(int argc, char **argv)
{
	const char *value = getenv("MC_SEED");

	if (argc > 1)
		seconds = atoi(argv[1]);
	seed = value ? strtoul(value, NULL, 0) : 1;
	run(everything_at_once);
	run(the_next_context_works);
	return tap_done();
}
