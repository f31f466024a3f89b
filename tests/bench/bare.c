// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x264 and nothing else, on the pictures that the producer shows, at the same rate and with the session's settings: the reference.
 * bare PICTURES.raw WIDTH HEIGHT COUNT KBPS LEVEL HZ. Prints a time in us for each picture.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <x264.h>

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* BT.709, limited range: the picture is made before anything is measured, so it may be slow. */
static void to_nv12(const uint8_t *from, uint8_t *to, int width, int height)
{
	uint8_t *uv = to + (size_t)width * height;

	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			const uint8_t *p = from + ((size_t)y * width + x) * 4;

			to[(size_t)y * width + x] = (47 * p[2] + 157 * p[1] + 16 * p[0] + 16 * 256 + 128) >> 8;
			if (!(x & 1) && !(y & 1)) {
				uv[(size_t)y / 2 * width + x] = (-26 * p[2] - 86 * p[1] + 112 * p[0] + 128 * 256 + 128) >> 8;
				uv[(size_t)y / 2 * width + x + 1] = (112 * p[2] - 102 * p[1] - 10 * p[0] + 128 * 256 + 128) >> 8;
			}
		}
	}
}

static x264_t *open_encoder(int width, int height, int kbps, int level, int hz)
{
	x264_param_t param;
	int vbv_ms = 1000 / hz > 160000 / kbps ? 1000 / hz : 160000 / kbps;

	x264_param_default_preset(&param, "ultrafast", "zerolatency");
	param.i_threads = 1;
	param.b_sliced_threads = 0;
	param.i_sync_lookahead = 0;
	param.rc.i_lookahead = 0;
	param.i_width = width;
	param.i_height = height;
	param.i_csp = X264_CSP_NV12;
	param.i_fps_num = hz;
	param.i_fps_den = 1;
	param.i_timebase_num = 1;
	param.i_timebase_den = 1000000000;
	param.b_vfr_input = 1;
	param.i_keyint_max = 100000;
	param.i_scenecut_threshold = 0;
	param.rc.i_rc_method = X264_RC_ABR;
	param.rc.i_bitrate = param.rc.i_vbv_max_bitrate = kbps;
	param.rc.i_vbv_buffer_size = kbps * vbv_ms / 1000;
	param.rc.i_qp_min = 18;
	param.b_cabac = 0;
	param.b_aud = 1;
	param.b_annexb = 1;
	param.b_repeat_headers = 1;
	param.i_level_idc = level;
	param.i_log_level = X264_LOG_ERROR;
	x264_param_apply_profile(&param, "baseline");
	return x264_encoder_open(&param);
}

int main(int argc, char **argv)
{
	struct timespec next;
	struct stat stat;
	int width, height, count, hz, file;
	size_t size, nv12, pictures;
	uint8_t *converted;
	const uint8_t *raw;
	uint64_t cpu;
	x264_t *encoder;

	if (argc != 8) {
		fprintf(stderr, "Usage: bare PICTURES.raw WIDTH HEIGHT COUNT KBPS LEVEL HZ\n");
		return 2;
	}
	width = atoi(argv[2]);
	height = atoi(argv[3]);
	count = atoi(argv[4]);
	hz = atoi(argv[7]);
	size = (size_t)width * height * 4;
	nv12 = (size_t)width * height * 3 / 2;
	file = open(argv[1], O_RDONLY);
	if (file < 0 || fstat(file, &stat) || (pictures = stat.st_size / size) < 2) {
		perror("bare");
		return 1;
	}
	raw = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	converted = malloc(pictures * nv12);
	for (size_t i = 0; i < pictures; i++)
		to_nv12(raw + i * size, converted + i * nv12, width, height);
	encoder = open_encoder(width, height, atoi(argv[5]), atoi(argv[6]), hz);
	if (!encoder)
		return 1;

	clock_gettime(CLOCK_MONOTONIC, &next);
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (int i = 0; i < count; i++) {
		size_t step = i % (2 * pictures - 2), number = step < pictures ? step : 2 * pictures - 2 - step;
		x264_picture_t in, out;
		x264_nal_t *nals;
		uint64_t begin;
		int n;

		x264_picture_init(&in);
		in.img.i_csp = X264_CSP_NV12;
		in.img.i_plane = 2;
		in.img.plane[0] = converted + number * nv12;
		in.img.plane[1] = in.img.plane[0] + (size_t)width * height;
		in.img.i_stride[0] = in.img.i_stride[1] = width;
		in.i_pts = (int64_t)i * 1000000000 / hz;
		begin = now_ns(CLOCK_MONOTONIC);
		if (x264_encoder_encode(encoder, &nals, &n, &in, &out) < 0)
			return 1;
		printf("%llu\n", (unsigned long long)(now_ns(CLOCK_MONOTONIC) - begin) / 1000);
		next.tv_nsec += 1000000000L / hz;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	fprintf(stderr, "cpu_us_per_picture %llu\n", (unsigned long long)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1000 / count);
	x264_encoder_close(encoder);
	return 0;
}
