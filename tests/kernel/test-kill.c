// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owner, consumer and compositor are killed at random moments, again and again; each time the next context works at once.
 * test-kill ROUNDS; MC_SEED. The kernel's log is judged by who runs this.
 */
#include <drm_fourcc.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kms.h"
#include "mc.h"
#include "tap.h"
#include "works.h"

static unsigned int seed;
static int rounds = 20;

struct shared {
	uint32_t connector, crtc, minor;
};

static void send_files(int socket, const struct shared *shared, const int fds[2])
{
	char space[CMSG_SPACE(2 * sizeof(int))] = {};
	struct iovec iov = { (void *)shared, sizeof(*shared) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	*cmsg = (struct cmsghdr){ CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(cmsg), fds, 2 * sizeof(int));
	sendmsg(socket, &message, 0);
}

static bool receive_files(int socket, struct shared *shared, int fds[2])
{
	char space[CMSG_SPACE(2 * sizeof(int))] = {};
	struct iovec iov = { shared, sizeof(*shared) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof(*shared) || !CMSG_FIRSTHDR(&message))
		return false;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), 2 * sizeof(int));
	return true;
}

/* The manager's part: makes the context, hands it on, changes the monitor now and then. */
static void owner(int socket)
{
	int control = mc_open(), fds[2];
	struct mc_context context;
	struct shared shared;

	if (mc_create(control, "kill", &context))
		_exit(1);
	fds[0] = context.fd;
	fds[1] = mc_vc(context.fd);
	mc_arrive(context.fd, (const char *[]){ "640x480@60", "320x240@60", NULL }, NULL, 0);
	shared = (struct shared){ context.connector, context.crtc, context.minor };
	send_files(socket, &shared, fds);
	send_files(socket, &shared, fds);
	close(fds[1]);
	for (;;) {
		usleep(rand_r(&seed) % 100000);
		mc_depart(context.fd);
		usleep(rand_r(&seed) % 20000);
		mc_arrive(context.fd, (const char *[]){ "640x480@60", NULL }, NULL, 0);
	}
}

/* The session's part: chunks as fast as they come, held for a while. */
static void consumer(int socket)
{
	struct drm_miracast_next_chunk chunk;
	struct mc_buffers buffers = {};
	struct shared shared;
	uint64_t token = 0;
	uint32_t pixel;
	int fds[2];

	if (!receive_files(socket, &shared, fds))
		_exit(1);
	mc_activate(fds[1], DRM_MIRACAST_ACTIVATE_HOLD, rand_r(&seed) % 2 ? 30000 : 0);
	for (;;) {
		int ret = mc_acquire(fds[1], token, &chunk, 100);

		token = ret ? 0 : chunk.token;
		if (ret == -ESHUTDOWN)
			_exit(0);
		if (ret)
			continue;
		mc_map(fds[1], &chunk, &buffers);
		if (buffers.map[chunk.planes[0].slot[0]])
			mc_read(&chunk, &buffers, &pixel, &(struct drm_mode_rect){ 0, 0, 1, 1 });
		usleep(rand_r(&seed) % 40000);
		if (rand_r(&seed) % 20 == 0) {
			mc_deactivate(fds[1]);
			mc_release(fds[1], token, NULL);
			token = 0;
			mc_activate(fds[1], DRM_MIRACAST_ACTIVATE_HOLD, 0);
		}
	}
}

static void compositor(int socket)
{
	struct shared shared;
	struct kms_fb fb[3], cursor;
	struct kms kms;
	int fds[2];

	if (!receive_files(socket, &shared, fds))
		_exit(1);
	close(fds[0]);
	close(fds[1]);
	if (kms_open(&kms, shared.minor) || kms_target(&kms, shared.connector, shared.crtc))
		_exit(1);
	for (int i = 0; i < 3; i++)
		kms_fb(&kms, &fb[i], 640, 480, DRM_FORMAT_XRGB8888);
	kms_fb(&kms, &cursor, 64, 64, DRM_FORMAT_ARGB8888);
	for (unsigned int i = 0;; i++) {
		struct drm_mode_rect clip = { 0, i % 400, 100, i % 400 + 50 };

		if (i % 64 == 0 && kms_modeset(&kms, rand_r(&seed) % 2 ? 640 : 320, 0, 0, &fb[0]))
			kms_modeset(&kms, 640, 480, 0, &fb[0]);
		if (i % 8 == 0)
			drmModeSetCursor(kms.fd, kms.crtc, i % 16 ? cursor.handle : 0, 64, 64);
		drmModeMoveCursor(kms.fd, kms.crtc, i % 640, i % 480);
		if (kms_flip(&kms, &fb[i % 3], &clip, 1))
			usleep(2000);
		else if (kms_wait(&kms, 1000, NULL, NULL) && kms_flip(&kms, &fb[i % 3], NULL, 0) == -EBUSY)
			_exit(3);	/* a flip that never completes */
	}
}

static pid_t spawn(void (*part)(int), int socket)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	seed += getpid();
	part(socket);
	_exit(0);
}

static void killed_at_random_moments(void)
{
	const char *const names[] = { "owner", "consumer", "compositor" };
	void (*const parts[])(int) = { owner, consumer, compositor };

	for (int i = 0; i < rounds; i++) {
		int pair[2], status, first = rand_r(&seed) % 3;
		pid_t pids[3];

		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
		for (int p = 0; p < 3; p++)
			pids[p] = spawn(parts[p], pair[p > 0]);
		usleep(rand_r(&seed) % 400000);
		kill(pids[first], SIGKILL);
		usleep(rand_r(&seed) % 50000);
		for (int p = 0; p < 3; p++)
			kill(pids[p], SIGKILL);
		for (int p = 0; p < 3; p++) {
			waitpid(pids[p], &status, 0);
			if (WIFEXITED(status) && WEXITSTATUS(status)) {
				printf("# round %d: the %s ended with %d\n", i, names[p], WEXITSTATUS(status));
				check(WEXITSTATUS(status) != 3);
			}
		}
		close(pair[0]);
		close(pair[1]);
		if (i % 10 == 9 || i == rounds - 1) {
			if (!works()) {
				printf("# after round %d, the %s first\n", i, names[first]);
				return;
			}
		}
	}
	printf("# %d rounds\n", rounds);
}

int main(int argc, char **argv)
{
	seed = getenv("MC_SEED") ? atoi(getenv("MC_SEED")) : 1;
	if (argc > 1)
		rounds = atoi(argv[1]);
	printf("# seed %u\n", seed);
	fflush(stdout);
	run(killed_at_random_moments);
	return tap_done();
}
