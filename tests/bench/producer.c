// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A DRM master that does nothing but flip: producer PICTURES.raw WIDTH HEIGHT FLIPS OUT.csv. The file holds XRGB8888 pictures, shown
 * forwards and backwards. Writes for each flip CLOCK_MONOTONIC in ns before its commit, and its result.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#include "../kernel/kms.h"

#define BUFFERS 3

int main(int argc, char **argv)
{
	struct kms_fb fb[BUFFERS];
	struct kms kms;
	struct stat stat;
	uint32_t width, height;
	size_t size, count;
	const char *pictures;
	FILE *out;
	int file, flips, ret;

	if (argc != 6) {
		fprintf(stderr, "Usage: producer PICTURES.raw WIDTH HEIGHT FLIPS OUT.csv\n");
		return 2;
	}
	width = atoi(argv[2]);
	height = atoi(argv[3]);
	flips = atoi(argv[4]);
	size = (size_t)width * height * 4;
	file = open(argv[1], O_RDONLY);
	out = fopen(argv[5], "w");
	if (file < 0 || !out || fstat(file, &stat) || (count = stat.st_size / size) < 2) {
		perror("producer");
		return 1;
	}
	pictures = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
	ret = kms_open(&kms, 0);
	if (!ret)
		ret = kms_first(&kms);
	for (int i = 0; i < BUFFERS && !ret; i++)
		ret = kms_fb(&kms, &fb[i], width, height, DRM_FORMAT_XRGB8888);
	for (int i = 0; i < BUFFERS && !ret; i++)
		memset(fb[i].map, 0, fb[i].size);
	if (!ret)
		ret = kms_modeset(&kms, width, height, 0, &fb[0]);
	if (ret) {
		fprintf(stderr, "producer: %s\n", strerror(-ret));
		return 1;
	}
	fprintf(out, "flip,commit_ns\n");
	for (int i = 0; i < flips; i++) {
		size_t step = i % (2 * count - 2), number = step < count ? step : 2 * count - 2 - step;
		struct kms_fb *to = &fb[(i + 1) % BUFFERS];
		uint64_t begin;

		for (uint32_t y = 0; y < height; y++)
			memcpy((char *)to->map + (size_t)y * to->pitch, pictures + number * size + (size_t)y * width * 4, width * 4);
		ret = kms_flip(&kms, to, NULL, 0);
		begin = kms.commit_ns;
		if (!ret)
			ret = kms_wait(&kms, 2000, NULL, NULL);
		if (ret) {
			fprintf(stderr, "producer: flip %d: %s\n", i, strerror(-ret));
			return 1;
		}
		fprintf(out, "%d,%llu\n", i, (unsigned long long)begin);
	}
	fclose(out);
	return 0;
}
