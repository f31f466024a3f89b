// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel interface's manners: every ioctl with what it must refuse; what it refuses changes nothing. A test is named after the
 * rule that it tests. Needs root and the module with at least two targets.
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "uapi.h"

static unsigned long resized(unsigned long request, size_t size)
{
	return (request & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) | size << _IOC_SIZESHIFT;
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

int main(int argc, char **argv)
{
	tap_only = argc > 1 ? argv[1] : NULL;
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
	run(no_file_descriptor_left_is_emfile);
	return tap_done();
}
