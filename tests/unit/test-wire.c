// SPDX-License-Identifier: GPL-2.0-or-later
/* The wire: what goes in comes out, and nothing else comes in. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/wire.h"

struct packet {
	struct mc_wire_header header;
	union mc_wire_body body;
};

static int parse(const struct packet *packet, enum mc_wire_direction direction)
{
	struct mc_wire_message message;

	return mc_wire_parse(packet, packet->header.size, packet->header.fds, direction, &message);
}

static struct packet config(void)
{
	struct packet packet = { .header = { MC_WIRE_VERSION, MC_WIRE_CONFIG,
					     sizeof(struct mc_wire_header) + sizeof(struct mc_wire_config), 1 } };

	strcpy(packet.body.config.sink_name, "Living room");
	packet.body.config.rtsp_port = 7236;
	return packet;
}

static void bad_headers(void)
{
	struct packet good = config(), bad;

	g_assert_cmpint(parse(&good, MC_WIRE_DOWN), ==, 0);
	g_assert_cmpint(parse(&good, MC_WIRE_UP), ==, -EPROTO);
	bad = good;
	bad.header.version++;
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EPROTO);
	bad = good;
	bad.header.size--;
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EPROTO);
	bad = good;
	bad.header.fds = 2;
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EPROTO);
	bad = good;
	bad.header.type = 99;
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EPROTO);
	for (size_t size = 0; size < sizeof(good.header) + sizeof(struct mc_wire_config); size++) {
		struct mc_wire_message message;

		g_assert_cmpint(mc_wire_parse(&good, size, 1, MC_WIRE_DOWN, &message), ==, -EPROTO);
	}
}

static void bad_values(void)
{
	struct packet bad = config();

	memset(bad.body.config.sink_name, 'x', MC_WIRE_NAME);
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EBADMSG);
	strcpy(bad.body.config.sink_name, "red \033[31m");
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EBADMSG);
	strcpy(bad.body.config.sink_name, "\xff\xfe");
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EBADMSG);
	bad = config();
	bad.body.config.rtsp_port = 65536;
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EPROTO);
	bad = config();
	bad.body.config.width = 640;
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EPROTO);
	bad = config();
	bad.body.config.pad = 1;
	g_assert_cmpint(parse(&bad, MC_WIRE_DOWN), ==, -EPROTO);
}

static void there_and_back(void)
{
	struct mc_wire_message out, in;
	int pair[2], file = open("/dev/null", O_RDONLY);

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
	g_assert_cmpint(mc_wire_receive(pair[1], MC_WIRE_DOWN, &in), ==, -EAGAIN);
	mc_wire_message_init(&out, MC_WIRE_RTP);
	out.body.rtp.server_port = 1234;
	out.fds[0] = file;
	g_assert_cmpint(mc_wire_send(pair[0], &out), ==, 0);
	g_assert_cmpint(mc_wire_receive(pair[1], MC_WIRE_DOWN, &in), ==, 1);
	g_assert_cmpint(in.type, ==, MC_WIRE_RTP);
	g_assert_cmpint(in.body.rtp.server_port, ==, 1234);
	g_assert_cmpint(in.fds[0], >=, 0);
	g_assert_cmpint(fcntl(in.fds[0], F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
	g_assert_cmpint(in.fds[1], ==, -1);
	mc_wire_message_clear(&in);

	/* Descriptors never travel upwards. */
	mc_wire_message_init(&out, MC_WIRE_READY);
	out.fds[0] = file;
	g_assert_cmpint(mc_wire_send(pair[1], &out), ==, 0);
	g_assert_cmpint(mc_wire_receive(pair[0], MC_WIRE_UP, &in), ==, -EPROTO);
	g_assert_cmpint(in.fds[0], ==, -1);

	/* A packet larger than any message. */
	g_assert_cmpint(send(pair[1], (char[MC_WIRE_MAX + 1]){ 0 }, MC_WIRE_MAX + 1, 0), ==, MC_WIRE_MAX + 1);
	g_assert_cmpint(mc_wire_receive(pair[0], MC_WIRE_UP, &in), ==, -EPROTO);
	close(pair[1]);
	g_assert_cmpint(mc_wire_receive(pair[0], MC_WIRE_UP, &in), ==, 0);
	g_assert_cmpint(mc_wire_send(pair[0], &out), ==, -EPIPE);
	close(pair[0]);
	close(file);
}

/* Bits of a good packet are turned; whatever is taken is within bounds. */
static void turned_bits(void)
{
	for (int i = 0; i < 200000; i++) {
		struct packet packet = config();
		struct mc_wire_message message;

		for (int n = g_test_rand_int_range(1, 4); n; n--)
			((uint8_t *)&packet)[g_test_rand_int_range(0, packet.header.size % sizeof(packet) + 1)] ^=
				1 << g_test_rand_int_range(0, 8);
		if (mc_wire_parse(&packet, sizeof(packet.header) + sizeof(packet.body.config), 1, MC_WIRE_DOWN, &message))
			continue;
		g_assert_true(memchr(message.body.config.sink_name, 0, MC_WIRE_NAME));
		g_assert_cmpuint(message.body.config.width, <=, 8192);
	}
}

static void texts_are_made_fit(void)
{
	struct packet packet = config();
	char *field = packet.body.config.sink_name;
	g_autofree char *letters = g_strnfill(40, 'x'), *long_text = g_strconcat(letters, "äöüäöüäöüäöüäöü", NULL);

	mc_wire_set_text(field, MC_WIRE_NAME, "a\033[31m\xff\xfe b");
	g_assert_cmpint(parse(&packet, MC_WIRE_DOWN), ==, 0);
	g_assert_true(g_str_has_prefix(field, "a?[31m"));
	/* The 63rd byte is the middle of a letter. */
	mc_wire_set_text(field, MC_WIRE_NAME, long_text);
	g_assert_cmpint(parse(&packet, MC_WIRE_DOWN), ==, 0);
	g_assert_cmpint(strlen(field), ==, 62);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wire/bad-headers", bad_headers);
	g_test_add_func("/wire/bad-values", bad_values);
	g_test_add_func("/wire/there-and-back", there_and_back);
	g_test_add_func("/wire/texts-are-made-fit", texts_are_made_fit);
	g_test_add_func("/wire/turned-bits", turned_bits);
	return g_test_run();
}
