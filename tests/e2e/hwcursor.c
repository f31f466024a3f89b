// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A display server that is nothing but a picture and a cursor plane: hwcursor PICTURE.png CURSOR.png. On standard input:
 * `move X Y`, `hide`, `quit`; says `done` after each. For what desktops with a graphics chip do, and pixman's do not.
 */
#include <drm_fourcc.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel/kms.h"

static uint32_t *load(const char *path, uint32_t *width, uint32_t *height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint32_t *pixels;

	if (!png_image_begin_read_from_file(&image, path)) {
		fprintf(stderr, "hwcursor: %s: %s\n", path, image.message);
		exit(1);
	}
	image.format = PNG_FORMAT_BGRA;
	*width = image.width;
	*height = image.height;
	pixels = malloc(PNG_IMAGE_SIZE(image));
	png_image_finish_read(&image, NULL, pixels, 0, NULL);
	return pixels;
}

static int copy(struct kms *kms, struct kms_fb *fb, const char *path, uint32_t fourcc)
{
	uint32_t width, height, *pixels = load(path, &width, &height);
	int ret = kms_fb(kms, fb, width, height, fourcc);

	for (uint32_t y = 0; !ret && y < height; y++)
		memcpy((char *)fb->map + (size_t)y * fb->pitch, pixels + (size_t)y * width, width * 4);
	free(pixels);
	return ret;
}

int main(int argc, char **argv)
{
	struct kms_fb picture, cursor;
	struct kms kms;
	char line[80];
	int ret, x, y;

	if (argc != 3) {
		fprintf(stderr, "Usage: hwcursor PICTURE.png CURSOR.png\n");
		return 2;
	}
	ret = kms_open(&kms, 0);
	if (!ret)
		ret = kms_first(&kms);
	if (!ret)
		ret = copy(&kms, &picture, argv[1], DRM_FORMAT_XRGB8888);
	if (!ret)
		ret = copy(&kms, &cursor, argv[2], DRM_FORMAT_ARGB8888);
	if (!ret)
		ret = kms_modeset(&kms, picture.width, picture.height, 0, &picture);
	if (ret) {
		fprintf(stderr, "hwcursor: %s\n", strerror(-ret));
		return 1;
	}
	printf("done\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strncmp(line, "quit", 4)) {
		if (sscanf(line, "move %d %d", &x, &y) == 2) {
			drmModeMoveCursor(kms.fd, kms.crtc, x, y);
			drmModeSetCursor(kms.fd, kms.crtc, cursor.handle, cursor.width, cursor.height);
		} else {
			drmModeSetCursor(kms.fd, kms.crtc, 0, 0, 0);
		}
		printf("done\n");
		fflush(stdout);
	}
	return 0;
}
