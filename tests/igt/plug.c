// SPDX-License-Identifier: GPL-2.0-or-later
/* Plugs monitors in and keeps them until its standard input ends: IGT wants connected connectors. plug COUNT [EDID] */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../kernel/mc.h"

int main(int argc, char **argv)
{
	static const char *const modes[] = { "1024x768@60", "1920x1080@60", "1280x720@60", "800x600@60", "640x480@60", NULL };
	int count = argc > 1 ? atoi(argv[1]) : 1, control = mc_open(), ret = 0;
	static unsigned char edid[DRM_MIRACAST_EDID_MAX];
	size_t size = 0;
	char end;

	if (argc > 2) {
		FILE *file = fopen(argv[2], "rb");

		size = file ? fread(edid, 1, sizeof(edid), file) : 0;
		if (!size) {
			fprintf(stderr, "plug: %s cannot be read\n", argv[2]);
			return 1;
		}
	}
	for (int i = 0; i < count && !ret; i++) {
		struct mc_context context;

		ret = mc_create(control, "igt", &context);
		if (!ret)
			ret = mc_arrive(context.fd, size ? NULL : modes, edid, size);
	}
	if (ret) {
		fprintf(stderr, "plug: %d\n", ret);
		return 1;
	}
	puts("plugged");
	fflush(stdout);
	return read(0, &end, 1) < 0;
}
