// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A Wayland client that shows a picture, full screen, with a barcode that names the frame: 16 squares in the lower left corner,
 * black or white, the highest bit first. `testcard FILE.png`; on standard input: `step` shows the next number, `run N HZ` as many
 * of them at this rate, `quit`. Says `shown N` for each. Only the barcode is damaged.
 */
#include <errno.h>
#include <poll.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <wayland-client.h>

#include "xdg-shell-client-protocol.h"

#define SQUARE 32
#define BITS 16

static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct xdg_wm_base *shell;
static struct wl_surface *surface;
static int width, height;
static uint32_t *picture;	/* of the file */
static uint32_t *pixels[2];	/* of the buffers */
static struct wl_buffer *buffers[2];
static bool busy[2];
static unsigned int number;
static bool configured, closed;

static void ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener shell_listener = { ping };

static void on_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	if (!strcmp(interface, "wl_compositor"))
		compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	else if (!strcmp(interface, "wl_shm"))
		shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	else if (!strcmp(interface, "xdg_wm_base"))
		shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = { on_global, on_global_remove };

static void on_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	xdg_surface_ack_configure(xdg, serial);
	configured = true;
}

static const struct xdg_surface_listener surface_listener = { on_configure };

static void on_size(void *data, struct xdg_toplevel *toplevel, int32_t w, int32_t h, struct wl_array *states)
{
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	closed = true;
}

static const struct xdg_toplevel_listener toplevel_listener = { .configure = on_size, .close = on_close };

static void on_release(void *data, struct wl_buffer *buffer)
{
	*(bool *)data = false;
}

static const struct wl_buffer_listener buffer_listener = { on_release };

static void load(const char *path)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	if (!png_image_begin_read_from_file(&image, path)) {
		fprintf(stderr, "testcard: %s: %s\n", path, image.message);
		exit(1);
	}
	image.format = PNG_FORMAT_BGRA;
	width = image.width;
	height = image.height;
	picture = malloc(PNG_IMAGE_SIZE(image));
	png_image_finish_read(&image, NULL, picture, 0, NULL);
}

static void make_buffers(void)
{
	size_t size = (size_t)width * height * 4;
	int fd = memfd_create("testcard", MFD_CLOEXEC);
	struct wl_shm_pool *pool;
	char *map;

	if (fd < 0 || ftruncate(fd, 2 * size))
		exit(1);
	map = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pool = wl_shm_create_pool(shm, fd, 2 * size);
	for (int i = 0; i < 2; i++) {
		pixels[i] = (uint32_t *)(map + i * size);
		memcpy(pixels[i], picture, size);
		buffers[i] = wl_shm_pool_create_buffer(pool, i * size, width, height, width * 4, WL_SHM_FORMAT_XRGB8888);
		wl_buffer_add_listener(buffers[i], &buffer_listener, &busy[i]);
	}
	wl_shm_pool_destroy(pool);
	close(fd);
}

static void draw_barcode(uint32_t *to)
{
	for (int y = height - SQUARE; y < height; y++) {
		for (int x = 0; x < SQUARE * BITS && x < width; x++)
			to[y * width + x] = number >> (BITS - 1 - x / SQUARE) & 1 ? 0xffffffff : 0xff000000;
	}
}

static bool show(void)
{
	int i = busy[0] ? 1 : 0;

	if (busy[i])
		return false;
	draw_barcode(pixels[i]);
	wl_surface_attach(surface, buffers[i], 0, 0);
	wl_surface_damage_buffer(surface, 0, height - SQUARE, SQUARE * BITS, SQUARE);
	wl_surface_commit(surface);
	busy[i] = true;
	printf("shown %u\n", number);
	fflush(stdout);
	return true;
}

static void nap_until(struct timespec *next, long ns)
{
	next->tv_nsec += ns;
	if (next->tv_nsec >= 1000000000) {
		next->tv_nsec -= 1000000000;
		next->tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

static void run(struct wl_display *display, int count, int hz)
{
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (count--) {
		number++;
		while (!show() && wl_display_dispatch(display) >= 0)
			;
		wl_display_roundtrip(display);
		nap_until(&next, 1000000000L / hz);
	}
}

/* Returns false when there is nothing more to do. */
static bool command(struct wl_display *display)
{
	int count, hz;
	char line[80];

	if (!fgets(line, sizeof(line), stdin) || !strncmp(line, "quit", 4))
		return false;
	if (!strncmp(line, "step", 4))
		run(display, 1, 1000);
	else if (sscanf(line, "run %d %d", &count, &hz) == 2 && hz > 0)
		run(display, count, hz);
	else
		fprintf(stderr, "testcard: unknown command\n");
	return true;
}

int main(int argc, char **argv)
{
	struct wl_display *display = wl_display_connect(NULL);
	struct wl_registry *registry;
	struct xdg_surface *xdg;
	struct xdg_toplevel *toplevel;

	if (argc != 2 || !display) {
		fprintf(stderr, display ? "Usage: testcard FILE.png\n" : "testcard: no Wayland display\n");
		return 2;
	}
	setvbuf(stdin, NULL, _IONBF, 0);
	load(argv[1]);
	registry = wl_display_get_registry(display);
	wl_registry_add_listener(registry, &registry_listener, NULL);
	wl_display_roundtrip(display);
	xdg_wm_base_add_listener(shell, &shell_listener, NULL);
	make_buffers();
	surface = wl_compositor_create_surface(compositor);
	xdg = xdg_wm_base_get_xdg_surface(shell, surface);
	xdg_surface_add_listener(xdg, &surface_listener, NULL);
	toplevel = xdg_surface_get_toplevel(xdg);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
	xdg_toplevel_set_fullscreen(toplevel, NULL);
	wl_surface_commit(surface);
	while (!configured && wl_display_dispatch(display) >= 0)
		;
	wl_surface_damage_buffer(surface, 0, 0, width, height);
	show();

	while (!closed) {
		struct pollfd fds[2] = { { wl_display_get_fd(display), POLLIN, 0 }, { 0, POLLIN, 0 } };

		wl_display_flush(display);
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (fds[0].revents && wl_display_dispatch(display) < 0)
			return 1;
		if (fds[1].revents && !command(display))
			return 0;
	}
	return 0;
}
