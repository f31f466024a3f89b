// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who owns what, and what is left after the end: contexts, channels, state, threads and second holders. A test is named after the rule
 * that it tests. Needs root and the module with at least two targets.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "uapi.h"

static void every_target_taken_is_ebusy(void)
{
	struct drm_miracast_query_caps caps = {};
	struct mc_context many[16];
	uint32_t count = 0;
	int ret;

	control = mc_open();
	mc_ioctl(control, DRM_IOCTL_MIRACAST_QUERY_CAPS, &caps);
	while (count < 16 && !(ret = mc_create(control, "one of many", &many[count])))
		count++;
	check(count == caps.targets);
	check_ret(ret, -EBUSY);
	for (uint32_t i = 1; i < count; i++)
		check(many[i].connector != many[0].connector && many[i].crtc != many[0].crtc && many[i].id != many[0].id);
	/* A target is free as soon as its context is gone. */
	check_ret(mc_destroy(&many[count - 1]), 0);
	check_ret(mc_create(control, "again", &many[count]), 0);
	check(many[count].connector == many[count - 1].connector);
	for (uint32_t i = 0; i <= count; i++)
		close(many[i].fd);
	close(control);
}

static void channels_beyond_the_limit_are_enospc(void)
{
	int vcs[DRM_MIRACAST_VCS];

	begin();
	for (int i = 1; i < DRM_MIRACAST_VCS; i++)
		check((vcs[i] = mc_vc(context.fd)) >= 0);
	check_ret(mc_vc(context.fd), -ENOSPC);
	close(vcs[3]);
	check((vcs[3] = mc_vc(context.fd)) >= 0);
	for (int i = 1; i < DRM_MIRACAST_VCS; i++)
		close(vcs[i]);
	end();
}

static void new_files_are_close_on_exec(void)
{
	begin();
	check(fcntl(context.fd, F_GETFD) & FD_CLOEXEC);
	check(fcntl(files[CHANNEL], F_GETFD) & FD_CLOEXEC);
	end();
}

/* Every ioctl of the context and of the channel says so, and poll() does. */
static void check_ended(int error)
{
	uint64_t zeros[256] = {};

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].kind != CONTROL)
			expect(&rows[i], rows[i].request, zeros, error, "nothing left");
	}
	check(mc_wait(files[CONTEXT], 0) == (POLLHUP | POLLERR));
	check(mc_wait(files[CHANNEL], 0) == (POLLHUP | POLLERR));
}

static void an_open_context_fd_does_not_keep_a_destroyed_one_usable(void)
{
	begin();
	check_ret(mc_activate(files[CHANNEL], 0, 0), 0);
	check_ret(mc_destroy(&context), 0);
	check_ended(-ESHUTDOWN);
	check_ret(mc_destroy(&context), -ENOENT);
	end();
}

static void the_release_of_the_control_file_destroys_its_contexts(void)
{
	begin();
	close(control);
	check_ended(-ESHUTDOWN);
	control = mc_open();
	end();
}

static void the_last_context_fd_destroys(void)
{
	struct mc_context again;
	int second;

	begin();
	second = dup(context.fd);
	close(context.fd);
	check(mc_wait(files[CHANNEL], 0) == POLLHUP);
	files[CONTEXT] = second;
	close(second);
	/* An open vc does not keep it alive. */
	check(mc_wait(files[CHANNEL], 0) == (POLLHUP | POLLERR));
	check_ret(mc_activate(files[CHANNEL], 0, 0), -ESHUTDOWN);
	check_ret(mc_create(control, "next", &again), 0);
	check(again.connector == context.connector);
	context.fd = again.fd;
	end();
}

static void a_context_belongs_to_the_control_file_that_made_it(void)
{
	int other;

	begin();
	other = mc_open();
	check_ret(mc_destroy(&(struct mc_context){ .control = other, .id = context.id }), -ENOENT);
	close(other);
	check_ret(mc_state(context.fd, &(struct drm_miracast_get_state){}), 0);
	check_ret(mc_destroy(&(struct mc_context){ .control = control, .id = 0 }), -ENOENT);
	check_ret(mc_destroy(&(struct mc_context){ .control = control, .id = context.id + 1 }), -ENOENT);
	check_ret(mc_state(context.fd, &(struct drm_miracast_get_state){}), 0);
	end();
}

/* The owner is killed while somebody else holds context and channel. */
static void the_death_of_the_owner_destroys(void)
{
	int pair[2], status;
	pid_t child;

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	child = fork();
	if (!child) {
		char control_space[CMSG_SPACE(2 * sizeof(int))] = {};
		struct iovec iov = { "x", 1 };
		struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control_space,
					  .msg_controllen = sizeof(control_space) };
		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

		begin();
		*cmsg = (struct cmsghdr){ CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(cmsg), &files[CONTEXT], 2 * sizeof(int));
		sendmsg(pair[0], &message, 0);
		for (;;)
			pause();
	}
	{
		char control_space[CMSG_SPACE(2 * sizeof(int))] = {}, byte;
		struct iovec iov = { &byte, 1 };
		struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control_space,
					  .msg_controllen = sizeof(control_space) };

		need(recvmsg(pair[1], &message, 0) == 1);
		memcpy(&files[CONTEXT], CMSG_DATA(CMSG_FIRSTHDR(&message)), 2 * sizeof(int));
	}
	check_ret(mc_activate(files[CHANNEL], 0, 0), 0);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	check_ended(-ESHUTDOWN);
	close(files[CONTEXT]);
	close(files[CHANNEL]);
	close(pair[0]);
	close(pair[1]);
}

static void destruction_wakes_sleepers(void)
{
	pid_t children[2];
	int status;

	begin();
	mc_activate(files[CHANNEL], 0, 0);
	mc_ack(context.fd, ({ struct drm_miracast_get_state s; mc_state(context.fd, &s); s.state_serial; }));
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (!children[i]) {
			close(control);
			_exit(mc_wait(files[CONTEXT + i], 5000) == (POLLHUP | POLLERR) ? 0 : 1);
		}
	}
	usleep(50000);
	check_ret(mc_destroy(&context), 0);
	for (int i = 0; i < 2; i++) {
		waitpid(children[i], &status, 0);
		check(!status);
	}
	end();
}

static void no_ioctl_waits(void)
{
	struct drm_miracast_next_chunk chunk;

	begin();
	check(!(fcntl(files[CHANNEL], F_GETFL) & O_NONBLOCK));
	check_ret(mc_next(files[CHANNEL], 0, &chunk), -EINVAL);
	check_ret(mc_activate(files[CHANNEL], 0, 0), 0);
	check_ret(mc_next(files[CHANNEL], 0, &chunk), -EAGAIN);
	check(chunk.release_status == DRM_MIRACAST_RELEASE_NONE);
	check_ret(mc_deactivate(files[CHANNEL]), 0);
	check(mc_wait(files[CHANNEL], 0) == POLLHUP);
	end();
}

static void state_is_level_triggered(void)
{
	struct drm_miracast_get_state state;
	struct drm_miracast_ack_state ack = {};

	begin();
	check_ret(mc_arrive(context.fd, (const char *[]){ "1280x720@60", NULL }, NULL, 0), 0);
	check_ret(mc_wait_state(context.fd, DRM_MIRACAST_STATE_CONNECTED, DRM_MIRACAST_STATE_CONNECTED, 3000), 0);
	check_ret(mc_state(context.fd, &state), 0);
	check_ret(mc_depart(context.fd), 0);
	check(mc_wait(context.fd, 3000) == POLLIN);
	check(mc_wait(context.fd, 0) == POLLIN);
	check_ret(mc_state(context.fd, &state), 0);
	check(state.state_serial > state.acked_serial);
	check(mc_wait(context.fd, 0) == POLLIN);

	ack.serial = state.state_serial + 1;
	check_ret(mc_ioctl(context.fd, DRM_IOCTL_MIRACAST_ACK_STATE, &ack), -EINVAL);
	check(mc_wait(context.fd, 0) == POLLIN);
	ack = (struct drm_miracast_ack_state){ .serial = state.state_serial, .status = -5 };
	check_ret(mc_ioctl(context.fd, DRM_IOCTL_MIRACAST_ACK_STATE, &ack), 0);
	check(mc_wait(context.fd, 0) == 0);
	check_ret(mc_state(context.fd, &state), 0);
	check(state.acked_serial == state.state_serial && state.ack_status == -5);

	/* An older one is ignored. */
	ack = (struct drm_miracast_ack_state){ .serial = state.state_serial - 1, .status = 0 };
	check_ret(mc_ioctl(context.fd, DRM_IOCTL_MIRACAST_ACK_STATE, &ack), 0);
	check_ret(mc_state(context.fd, &state), 0);
	check(state.acked_serial == state.state_serial && state.ack_status == -5);
	end();
}

static void one_channel_paces(void)
{
	int second;

	begin();
	second = mc_vc(context.fd);
	check_ret(mc_activate(files[CHANNEL], DRM_MIRACAST_ACTIVATE_HOLD, 30000), 0);
	check_ret(mc_activate(second, DRM_MIRACAST_ACTIVATE_HOLD, 0), -EBUSY);
	check_ret(mc_deactivate(second), -EINVAL);
	check_ret(mc_activate(second, 0, 0), 0);
	/* The failed activation leaves the flow. */
	check_ret(mc_activate(second, DRM_MIRACAST_ACTIVATE_HOLD, 0), -EBUSY);
	check_ret(mc_deactivate(second), 0);
	check_ret(mc_deactivate(files[CHANNEL]), 0);
	check_ret(mc_activate(second, DRM_MIRACAST_ACTIVATE_HOLD, 0), 0);
	close(second);
	check_ret(mc_activate(files[CHANNEL], DRM_MIRACAST_ACTIVATE_HOLD, 0), 0);
	end();
}

/* --- two threads, and a holder in another process ------------------------------------------------ */

static volatile bool stop;
static unsigned int seed;

static void *hammer(void *argument)
{
	unsigned int random = seed + (uintptr_t)argument;
	union {
		uint64_t words[256];
		struct drm_miracast_create_vc vc;
		struct drm_miracast_get_buffer buffer;
	} args;

	while (!stop) {
		const struct row *row = &rows[rand_r(&random) % ROWS];

		/* Neither take all targets nor end the test's own context. */
		if (row->request == DRM_IOCTL_MIRACAST_CREATE_CONTEXT || row->request == DRM_IOCTL_MIRACAST_DESTROY_CONTEXT)
			continue;
		memset(&args, 0, sizeof(args));
		if (rand_r(&random) % 2)
			args.words[rand_r(&random) % 16] = rand_r(&random) % 64;
		if (!mc_ioctl(files[row->kind], row->request, &args)) {
			if (row->request == DRM_IOCTL_MIRACAST_CREATE_VC)
				close(args.vc.fd);
			if (row->request == DRM_IOCTL_MIRACAST_GET_BUFFER)
				close(args.buffer.fd);
		}
	}
	return NULL;
}

static void two_threads_and_a_second_holder(void)
{
	pthread_t threads[2];
	struct world before;
	pid_t child;
	int status;

	begin();
	before = look();
	stop = false;
	child = fork();
	if (!child) {
		alarm(2);
		hammer((void *)7);
	}
	pthread_create(&threads[0], NULL, hammer, (void *)1);
	pthread_create(&threads[1], NULL, hammer, (void *)2);
	sleep(2);
	stop = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	waitpid(child, &status, 0);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	check(open_files() == before.files);
	check_ret(mc_state(context.fd, &before.state), 0);
	end();
}

int main(int argc, char **argv)
{
	tap_only = argc > 1 ? argv[1] : NULL;
	seed = getenv("MC_SEED") ? atoi(getenv("MC_SEED")) : 1;
	printf("# seed %u\n", seed);
	run(every_target_taken_is_ebusy);
	run(channels_beyond_the_limit_are_enospc);
	run(new_files_are_close_on_exec);
	run(an_open_context_fd_does_not_keep_a_destroyed_one_usable);
	run(the_release_of_the_control_file_destroys_its_contexts);
	run(the_last_context_fd_destroys);
	run(a_context_belongs_to_the_control_file_that_made_it);
	run(the_death_of_the_owner_destroys);
	run(destruction_wakes_sleepers);
	run(no_ioctl_waits);
	run(state_is_level_triggered);
	run(one_channel_paces);
	run(two_threads_and_a_second_holder);
	return tap_done();
}
