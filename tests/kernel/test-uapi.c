// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel interface's manners: every ioctl with what it must refuse, who owns what, and what is left after the end.
 * A test is named after the rule that it tests. Needs root and the module with at least two targets.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kms.h"
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
	  { offsetof(struct drm_miracast_create_context, flags), -1 } },
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

static void begin(void)
{
	files[CONTROL] = control = mc_open();
	if (mc_create(control, "test", &context))
		return;
	files[CONTEXT] = context.fd;
	files[CHANNEL] = mc_vc(context.fd);
}

static void end(void)
{
	close(files[CHANNEL]);
	close(context.fd);
	close(control);
}

static unsigned long resized(unsigned long request, size_t size)
{
	return (request & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) | size << _IOC_SIZESHIFT;
}

static int expect(const struct row *row, unsigned long request, const void *arg, int wanted, const char *what)
{
	int ret = mc_ioctl(files[row->kind], request, arg);

	if (ret != wanted)
		printf("# %s with %s: %d, expected %d\n", row->name, what, ret, wanted);
	return check(ret == wanted);
}

static int open_files(void)
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

static struct world look(void)
{
	struct world world = { .files = open_files() };
	struct drm_miracast_query_caps caps = {};

	mc_state(context.fd, &world.state);
	mc_ioctl(control, DRM_IOCTL_MIRACAST_QUERY_CAPS, &caps);
	world.policy = caps.import_policy;
	return world;
}

static void check_unchanged(const struct world *before)
{
	struct world now = look();

	check(!memcmp(&now.state, &before->state, sizeof(now.state)));
	check(now.files == before->files);
	check(now.policy == before->policy);
}

static void a_smaller_structure_is_einval(void)
{
	uint64_t zeros[256] = {};
	struct world before;

	begin();
	before = look();
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t size = 0; size < _IOC_SIZE(rows[i].request); size += 4)
			expect(&rows[i], resized(rows[i].request, size), zeros, -EINVAL, "a smaller structure");
	}
	check_unchanged(&before);
	end();
}

static void a_larger_structure_with_a_non_zero_tail_is_e2big(void)
{
	struct world before;

	begin();
	before = look();
	for (size_t i = 0; i < ROWS; i++) {
		size_t size = _IOC_SIZE(rows[i].request);
		uint8_t bytes[2048] = {};

		if (!(_IOC_DIR(rows[i].request) & _IOC_WRITE))
			continue;
		bytes[size + 8] = 1;
		expect(&rows[i], resized(rows[i].request, size + 16), bytes, -E2BIG, "an unknown member in use");
	}
	check_unchanged(&before);
	end();
}

static void a_larger_structure_with_a_zero_tail_is_taken(void)
{
	struct drm_miracast_query_caps caps[2] = {};
	uint8_t bytes[256] = {};

	begin();
	check_ret(mc_ioctl(control, resized(DRM_IOCTL_MIRACAST_QUERY_CAPS, 64), caps), 0);
	check(caps[0].version == DRM_MIRACAST_VERSION);
	check_ret(mc_ioctl(context.fd, resized(DRM_IOCTL_MIRACAST_MONITOR_DEPARTURE, 64), bytes), 0);
	check_ret(mc_ioctl(files[CHANNEL], resized(DRM_IOCTL_MIRACAST_ACTIVATE, 128), bytes), 0);
	end();
}

static void unknown_flags_and_padding_are_einval(void)
{
	struct world before;

	begin();
	before = look();
	for (size_t i = 0; i < ROWS; i++) {
		for (const int *zero = rows[i].zero; *zero >= 0; zero++) {
			for (int bit = 0; bit < 32; bit++) {
				uint64_t args[256] = {};

				if (rows[i].request == DRM_IOCTL_MIRACAST_ACTIVATE && !bit && zero == rows[i].zero)
					continue;
				*(uint32_t *)((char *)args + *zero) = 1u << bit;
				expect(&rows[i], rows[i].request, args, -EINVAL, "an unknown flag or padding");
			}
		}
	}
	check_unchanged(&before);
	end();
}

static void a_bad_pointer_is_efault(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct world before;

	mprotect(pages + page, page, PROT_NONE);
	begin();
	before = look();
	for (size_t i = 0; i < ROWS; i++) {
		expect(&rows[i], rows[i].request, NULL, -EFAULT, "NULL");
		expect(&rows[i], rows[i].request, (void *)-4096L, -EFAULT, "a kernel address");
		expect(&rows[i], rows[i].request, pages + page - 4, -EFAULT, "a structure that leaves its page");
	}
	check_unchanged(&before);
	end();
	munmap(pages, 2 * page);
}

/* The copy out fails: what was made is taken back. */
static void a_result_that_cannot_be_written_leaves_nothing(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mc_context many[4];
	struct world before;
	int targets;

	begin();
	before = look();
	mprotect(page, 4096, PROT_READ);
	for (int i = 0; i < 20; i++) {
		check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, page), -EFAULT);
		check_ret(mc_ioctl(context.fd, DRM_IOCTL_MIRACAST_CREATE_VC, page), -EFAULT);
	}
	check_unchanged(&before);
	for (targets = 0; targets < 4 && !mc_create(control, "rest", &many[targets]); targets++)
		;
	check(targets >= 1);
	while (targets--)
		close(many[targets].fd);
	end();
	munmap(page, 4096);
}

static void an_ioctl_of_another_file_is_enotty(void)
{
	uint64_t zeros[256] = {};

	begin();
	for (size_t i = 0; i < ROWS; i++) {
		for (int kind = 0; kind < KINDS; kind++) {
			if (kind != (int)rows[i].kind)
				check_ret(mc_ioctl(files[kind], rows[i].request, zeros), -ENOTTY);
		}
	}
	for (int nr = 0; nr < 256; nr++) {
		bool known = false;

		for (size_t i = 0; i < ROWS; i++)
			known |= _IOC_NR(rows[i].request) == (unsigned int)nr;
		for (int kind = 0; !known && kind < KINDS; kind++)
			check_ret(mc_ioctl(files[kind], _IOWR(DRM_MIRACAST_IOCTL_BASE, nr, uint64_t[32]), zeros), -ENOTTY);
	}
	check_ret(mc_ioctl(control, _IOWR('d', 0x00, uint64_t[8]), zeros), -ENOTTY);
	end();
}

static void no_frame_ioctl_on_the_drm_node(void)
{
	uint64_t zeros[256] = {};
	char path[40];
	int fd;

	begin();
	snprintf(path, sizeof(path), "/dev/dri/card%u", context.minor);
	fd = open(path, O_RDWR);
	need(fd >= 0);
	for (size_t i = 0; i < ROWS; i++)
		check(mc_ioctl(fd, rows[i].request, zeros) < 0);
	for (int nr = 0x40; nr < 0xa0; nr++)
		check(mc_ioctl(fd, _IOWR('d', nr, uint64_t[32]), zeros) < 0);
	close(fd);
	snprintf(path, sizeof(path), "/dev/dri/renderD%u", 128 + context.minor);
	check(access(path, F_OK) < 0);
	end();
}

static void values_out_of_range_are_einval(void)
{
	struct drm_miracast_mode mode = { 1280, 720, 60000, 0 };
	struct drm_miracast_create_context create = {};
	struct drm_miracast_format format = { .fourcc = 0x34325258, .pad = 1 };
	struct world before;
	uint8_t edid[640] = {};

	begin();
	before = look();

	memset(create.name, 'x', sizeof(create.name));
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &create), -EINVAL);
	strcpy(create.name, "a\nb");
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &create), -EINVAL);
	strcpy(create.name, "ok");
	create.hold_max_us = DRM_MIRACAST_HOLD_MAX_US + 1;
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &create), -EINVAL);
	create.hold_max_us = 0;
	create.formats_count = DRM_MIRACAST_FORMATS_MAX + 1;
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &create), -EINVAL);
	create.formats_count = 1;
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &create), -EFAULT);
	create.formats_ptr = (uintptr_t)&format;
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &create), -EINVAL);

	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_SET_IMPORT_POLICY, &(struct drm_miracast_set_import_policy){ 3, 0 }), -EINVAL);

#define ARRIVE(...) ({ struct drm_miracast_monitor_arrival a_ = { __VA_ARGS__ }; \
		a_.modes_ptr = a_.modes_ptr ?: (uintptr_t)&mode; a_.edid_ptr = a_.edid_ptr ?: (uintptr_t)edid; \
		a_.modes_count = a_.modes_count ?: 1; mc_ioctl(context.fd, DRM_IOCTL_MIRACAST_MONITOR_ARRIVAL, &a_); })
	check_ret(ARRIVE(.monitor_type = 7), -EINVAL);
	check_ret(ARRIVE(.monitor_type = 16), -EINVAL);
	check_ret(ARRIVE(.monitor_type = -3), -EINVAL);
	check_ret(ARRIVE(.edid_size = 100), -EINVAL);
	check_ret(ARRIVE(.edid_size = 128), -EINVAL);
	check_ret(ARRIVE(.edid_size = 640), -EINVAL);
	check_ret(ARRIVE(.edid_size = 0xffffff80), -EINVAL);
	check_ret(ARRIVE(.edid_ptr = 8, .edid_size = 128), -EFAULT);
	check_ret(ARRIVE(.modes_count = DRM_MIRACAST_MODES_MAX + 1), -EINVAL);
	check_ret(ARRIVE(.modes_ptr = 8), -EFAULT);
	mode = (struct drm_miracast_mode){ 15, 720, 60000, 0 };
	check_ret(ARRIVE(), -EINVAL);
	mode = (struct drm_miracast_mode){ 1280, 8193, 60000, 0 };
	check_ret(ARRIVE(), -EINVAL);
	mode = (struct drm_miracast_mode){ 1280, 720, 23899, 0 };
	check_ret(ARRIVE(), -EINVAL);
	mode = (struct drm_miracast_mode){ 1280, 720, 240001, 0 };
	check_ret(ARRIVE(), -EINVAL);
	mode = (struct drm_miracast_mode){ 1280, 720, 60000, 2 };
	check_ret(ARRIVE(), -EINVAL);

#define ACTIVATE(...) mc_ioctl(files[CHANNEL], DRM_IOCTL_MIRACAST_ACTIVATE, &(struct drm_miracast_activate){ __VA_ARGS__ })
	check_ret(ACTIVATE(.max_rate_mhz = 30000), -EINVAL);
	check_ret(ACTIVATE(.hold_max_us = 1000), -EINVAL);
	check_ret(ACTIVATE(.flags = DRM_MIRACAST_ACTIVATE_HOLD, .hold_max_us = DRM_MIRACAST_HOLD_MAX_US + 1), -EINVAL);
	check_ret(mc_deactivate(files[CHANNEL]), -EINVAL);
	check_ret(mc_ioctl(files[CHANNEL], DRM_IOCTL_MIRACAST_GET_BUFFER, &(struct drm_miracast_get_buffer){ .slot = 16 }), -EINVAL);
	check_ret(mc_ioctl(files[CHANNEL], DRM_IOCTL_MIRACAST_GET_BUFFER, &(struct drm_miracast_get_buffer){}), -ESTALE);
	check_ret(mc_release(files[CHANNEL], 1, NULL), -EINVAL);
	check_unchanged(&before);
	end();
}

static void caps_are_those_of_the_header(void)
{
	struct drm_miracast_query_caps caps;

	begin();
	memset(&caps, 0xff, sizeof(caps));
	check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_QUERY_CAPS, &caps), 0);
	check(caps.version == DRM_MIRACAST_VERSION && !caps.flags && caps.slots == 16 && caps.vcs == 8);
	check(caps.hold_max_us == 100000 && !caps.max_chunk_private_size && caps.targets >= 2);
	for (uint32_t policy = 0; policy < 3; policy++) {
		struct drm_miracast_set_import_policy set = { policy, 0 };

		check_ret(mc_ioctl(control, DRM_IOCTL_MIRACAST_SET_IMPORT_POLICY, &set), 0);
		mc_ioctl(control, DRM_IOCTL_MIRACAST_QUERY_CAPS, &caps);
		check(caps.import_policy == policy);
	}
	mc_ioctl(control, DRM_IOCTL_MIRACAST_SET_IMPORT_POLICY, &(struct drm_miracast_set_import_policy){});
	end();
}

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

static void no_file_descriptor_left_is_emfile(void)
{
	struct rlimit limit, none = { 0, 0 };
	struct world before;
	int first;

	begin();
	before = look();
	getrlimit(RLIMIT_NOFILE, &limit);
	none.rlim_max = limit.rlim_max;
	first = dup(0);
	none.rlim_cur = first;
	close(first);
	setrlimit(RLIMIT_NOFILE, &none);
	check_ret(mc_vc(context.fd), -EMFILE);
	check_ret(mc_create(control, "x", &(struct mc_context){}), -EMFILE);
	setrlimit(RLIMIT_NOFILE, &limit);
	check_unchanged(&before);
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
	run(caps_are_those_of_the_header);
	run(a_smaller_structure_is_einval);
	run(a_larger_structure_with_a_non_zero_tail_is_e2big);
	run(a_larger_structure_with_a_zero_tail_is_taken);
	run(unknown_flags_and_padding_are_einval);
	run(a_bad_pointer_is_efault);
	run(a_result_that_cannot_be_written_leaves_nothing);
	run(an_ioctl_of_another_file_is_enotty);
	run(no_frame_ioctl_on_the_drm_node);
	run(values_out_of_range_are_einval);
	run(every_target_taken_is_ebusy);
	run(channels_beyond_the_limit_are_enospc);
	run(no_file_descriptor_left_is_emfile);
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
