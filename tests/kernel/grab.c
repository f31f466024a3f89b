// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plugs a monitor into miracast.ko and looks at it: a consumer for tests and for a person. Keeps the picture up to date by
 * damage alone, writes it as PNG, and does what it is told on its standard input.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mc.h"

static const char *modes[9];
static int mode_count;
static uint8_t edid[DRM_MIRACAST_EDID_MAX];
static size_t edid_size;
static bool json, blend;
static int control, vc;
static struct mc_context context;
static struct mc_buffers buffers;
static struct drm_miracast_next_chunk chunk;
static uint32_t *picture;
static uint32_t width, height;
static uint64_t frames, cursor_only;

static const char help[] =
"Usage: grab [OPTIONS] [FILE.png]\n"
"Takes a target of miracast.ko, plugs a monitor in and writes what a compositor shows on it.\n\n"
"  --mode WxH[@HZ]  a mode of the monitor; may be given eight times, the first is preferred (1920x1080@60)\n"
"  --edid FILE      the monitor's EDID\n"
"  --frames N       write FILE.png after N chunks (1)\n"
"  --cursor         draw the cursor into the picture\n"
"  --json           a line about every chunk\n"
"  --stay           go on, with commands on the standard input:\n"
"                   png FILE | cursor FILE (with the cursor) | depart | arrive [MODE...] | chunk | count | quit\n"
"  --help\n";

static void arrive(void)
{
	int ret = mc_arrive(context.fd, modes, edid_size ? edid : NULL, edid_size);

	if (ret)
		fprintf(stderr, "grab: the kernel refuses this monitor: %s\n", strerror(-ret));
}

static void read_edid(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		exit(1);
	}
	edid_size = fread(edid, 1, sizeof(edid), file);
	fclose(file);
}

static void describe(void)
{
	printf("{\"frame\":%llu,\"width\":%u,\"height\":%u,\"flags\":%u,\"skipped\":%u,\"planes\":%u,\"slot\":%u,\"damage\":[",
	       (unsigned long long)DRM_MIRACAST_CHUNK_FRAME(chunk.chunk_id), chunk.width, chunk.height, chunk.flags,
	       chunk.skipped, chunk.planes_count, chunk.planes[0].slot[0]);
	for (uint32_t i = 0; i < chunk.damage_count; i++)
		printf("%s[%d,%d,%d,%d]", i ? "," : "", chunk.damage[i].x1, chunk.damage[i].y1, chunk.damage[i].x2,
		       chunk.damage[i].y2);
	printf("]");
	if (chunk.planes_count > 1)
		printf(",\"cursor\":[%d,%d]", chunk.planes[1].dst_x, chunk.planes[1].dst_y);
	printf("}\n");
	fflush(stdout);
}

/* Takes what is there, brings the picture up to date, keeps the frame until the next one comes. */
static int take(uint64_t *token)
{
	int ret = mc_next(vc, *token, &chunk);

	*token = ret ? 0 : chunk.token;
	if (ret)
		return ret;
	ret = mc_map(vc, &chunk, &buffers);
	if (ret)
		return ret;
	if (chunk.width != width || chunk.height != height) {
		width = chunk.width;
		height = chunk.height;
		picture = realloc(picture, (size_t)width * height * 4);
	}
	for (uint32_t i = 0; i < chunk.damage_count; i++)
		mc_read(&chunk, &buffers, picture, &chunk.damage[i]);
	frames++;
	cursor_only += !chunk.damage_count;
	if (json)
		describe();
	return 0;
}

static void write_png(const char *path, bool with_cursor)
{
	uint32_t *copy;

	if (!frames) {
		printf("none\n");
		fflush(stdout);
		return;
	}
	copy = malloc((size_t)width * height * 4);
	memcpy(copy, picture, (size_t)width * height * 4);
	if (with_cursor)
		mc_blend_cursor(&chunk, &buffers, copy);
	printf("%s %ux%u\n", mc_png(path, copy, width, height) ? "cannot write" : "written", width, height);
	fflush(stdout);
	free(copy);
}

static char words[8][32];

static bool command(char *line)
{
	char *word = strtok(line, " \n"), *rest = strtok(NULL, " \n");

	if (!word)
		return true;
	if (!strcmp(word, "quit"))
		return false;
	if (!strcmp(word, "png") && rest) {
		write_png(rest, false);
	} else if (!strcmp(word, "cursor") && rest) {
		write_png(rest, true);
	} else if (!strcmp(word, "depart")) {
		mc_depart(context.fd);
	} else if (!strcmp(word, "arrive")) {
		if (rest)
			memset(modes, 0, sizeof(modes));
		for (int i = 0; rest && i < 8; i++, rest = strtok(NULL, " \n")) {
			snprintf(words[i], sizeof(words[i]), "%s", rest);
			modes[i] = words[i];
		}
		arrive();
	} else if (!strcmp(word, "chunk") && frames) {
		describe();
	} else if (!strcmp(word, "count")) {
		printf("%llu %llu\n", (unsigned long long)frames, (unsigned long long)cursor_only);
		fflush(stdout);
	} else {
		fprintf(stderr, "grab: unknown command: %s\n", word);
	}
	return true;
}

static void options(int argc, char **argv, uint64_t *wanted, bool *stay)
{
	static const struct option list[] = {
		{ "mode", 1, NULL, 'm' }, { "edid", 1, NULL, 'e' }, { "frames", 1, NULL, 'f' }, { "cursor", 0, NULL, 'c' },
		{ "json", 0, NULL, 'j' }, { "stay", 0, NULL, 's' }, { "help", 0, NULL, 'h' }, {},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", list, NULL)) >= 0) {
		switch (option) {
		case 'm':
			if (mode_count < 8)
				modes[mode_count++] = optarg;
			break;
		case 'e':
			read_edid(optarg);
			break;
		case 'f':
			*wanted = atoi(optarg);
			break;
		case 'c':
			blend = true;
			break;
		case 'j':
			json = true;
			break;
		case 's':
			*stay = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			fputs(help, stderr);
			exit(2);
		}
	}
	if (!mode_count && !edid_size)
		modes[0] = "1920x1080@60";
}

int main(int argc, char **argv)
{
	uint64_t wanted = 1, token = 0;
	bool stay = false;
	char line[512];
	int ret;

	options(argc, argv, &wanted, &stay);
	control = mc_open();
	ret = mc_create(control, "grab", &context);
	if (ret) {
		fprintf(stderr, "grab: no target: %s\n", strerror(-ret));
		return 1;
	}
	vc = mc_vc(context.fd);
	mc_activate(vc, DRM_MIRACAST_ACTIVATE_HOLD, 0);
	arrive();
	printf("connector %u crtc %u card%u\n", context.connector, context.crtc, context.minor);
	fflush(stdout);

	for (;;) {
		struct pollfd fds[2] = { { .fd = vc, .events = POLLIN }, { .fd = 0, .events = POLLIN } };

		poll(fds, stay ? 2 : 1, -1);
		if (fds[0].revents & POLLERR)
			return 1;
		if (fds[0].revents & POLLIN) {
			ret = take(&token);
			if (ret && ret != -EAGAIN) {
				fprintf(stderr, "grab: no chunk: %s\n", strerror(-ret));
				return 1;
			}
			if (!ret && frames == wanted && optind < argc)
				write_png(argv[optind], blend);
			if (!stay && frames >= wanted)
				return 0;
		}
		if (stay && fds[1].revents && (!fgets(line, sizeof(line), stdin) || !command(line)))
			return 0;
	}
}
