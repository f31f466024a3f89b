// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * miracast-session: casts one output. Started by miracastd with the wire as its standard input; hosts the driver, and locks
 * itself before the first byte from the network.
 */
#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/wire.h"
#include "host.h"
#include "media/stream.h"
#include "sandbox.h"

#define WIRE 0

static GMainLoop *loop;
static struct mc_host *host;

static void send_ended(const char *step, int code, const char *text)
{
	struct mc_wire_message message;

	mc_wire_message_init(&message, MC_WIRE_ENDED);
	message.body.ended.status = MC_STATUS_CRITICAL_ERROR;
	message.body.ended.code = code;
	mc_wire_set_text(message.body.ended.step, sizeof(message.body.ended.step), step);
	mc_wire_set_text(message.body.ended.text, sizeof(message.body.ended.text), text);
	mc_wire_send(WIRE, &message);
}

static gboolean from_manager(int fd, GIOCondition condition, void *data)
{
	struct mc_wire_message message;
	int ret = mc_wire_receive(WIRE, MC_WIRE_DOWN, &message);

	if (ret == -EAGAIN)
		return G_SOURCE_CONTINUE;
	if (ret != 1) {
		/* Without a manager there is nobody to cast for. */
		_exit(ret ? 1 : 0);
	}
	switch (message.type) {
	case MC_WIRE_RTSP:
		ret = message.fds[0];
		message.fds[0] = -1;
		mc_host_start(host, ret);
		break;
	case MC_WIRE_RTP:
		mc_host_rtp(host, &message);
		break;
	case MC_WIRE_STOP:
		mc_host_stop(host, message.body.stop.reason);
		break;
	default:
		break;
	}
	mc_wire_message_clear(&message);
	return G_SOURCE_CONTINUE;
}

/* The first message, waited for. */
static bool receive_config(struct mc_wire_message *message)
{
	struct pollfd p = { .fd = WIRE, .events = POLLIN };

	if (poll(&p, 1, 5000) != 1 || mc_wire_receive(WIRE, MC_WIRE_DOWN, message) != 1)
		return false;
	return message->type == MC_WIRE_CONFIG;
}

/* For miracastctl doctor: what this machine's encoder does, as numbers. */
static int measure(void)
{
	g_autoptr(GError) error = NULL;

	if (!mc_stream_prepare(&error)) {
		fprintf(stderr, "miracast-session: %s\n", error->message);
		return 1;
	}
	printf("x264enc %" G_GUINT64_FORMAT " macroblocks/s\n", mc_stream_measure());
	return 0;
}

int main(int argc, char **argv)
{
	struct mc_wire_message config, ready;
	g_autofree char *text = NULL;
	uint64_t sandbox;

	setlocale(LC_ALL, "C.UTF-8");
	if (argc == 2 && !strcmp(argv[1], "--measure"))
		return measure();
	if (argc > 1 || isatty(WIRE)) {
		puts("miracast-session is started by miracastd(8), for one cast each. See miracast-session(8).");
		return argc > 1 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	sandbox = mc_sandbox_enter();
	if (!receive_config(&config)) {
		fputs("miracast-session: no configuration on standard input; this program is started by miracastd\n", stderr);
		return 2;
	}
	loop = g_main_loop_new(NULL, FALSE);
	host = mc_host_new(WIRE, config.fds[0], &config.body.config, loop, &text);
	if (!host) {
		send_ended("session", -EIO, text);
		return 1;
	}
	mc_wire_message_init(&ready, MC_WIRE_READY);
	ready.body.ready.sandbox = sandbox | mc_sandbox_lock();
	mc_host_send(host, &ready);

	g_unix_fd_add(WIRE, G_IO_IN | G_IO_HUP, from_manager, NULL);
	g_main_loop_run(loop);
	mc_host_free(host);
	g_main_loop_unref(loop);
	return 0;
}
