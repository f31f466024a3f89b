// SPDX-License-Identifier: GPL-2.0-or-later
/* A sink that says anything: the input is cut into pieces, each heard by the source at its time. */
#include <stdlib.h>

#include "session/wfd/source.h"

#define MINUTE_MS 60000

static struct mc_wfd_source *source;
static bool configure, transport, ended;

static void on_send(void *data, const char *bytes, gsize size)
{
	/* Whatever is said is whole: an answer or a request, ended by an empty line and its body. */
	if (size < 12 || !g_strstr_len(bytes, size, "\r\n\r\n"))
		abort();
}

static void on_step(void *data, const char *text)
{
	if (!g_utf8_validate(text, -1, NULL))
		abort();
}

static void on_capabilities(void *data, const struct mc_wfd_sink *sink)
{
	configure = true;
}

static void on_setup(void *data, uint16_t rtp, uint16_t rtcp)
{
	if (!rtp)
		abort();
	transport = true;
}

static void on_chosen(void *data, const struct mc_wfd_choice *choice, bool audio)
{
	if (!choice->mode || !choice->level)
		abort();
}

static void on_event(void *data)
{
	if (ended)
		abort();
}

static void on_ended(void *data, enum mc_wfd_end reason, const char *name, const char *text)
{
	if (ended)
		abort();
	ended = true;
}

static const struct mc_wfd_ops ops = {
	on_send, on_step, on_capabilities, on_setup, on_chosen, on_event, on_event, on_event, on_ended,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_wfd_config config = { .local = "10.0.0.1", .port = 7236, .audio = true };
	int64_t now = 1000;
	bool closes = size && data[size - 1] & 1;

	configure = transport = ended = false;
	source = mc_wfd_source_new(&config, &ops, NULL);
	mc_wfd_source_start(source, now);
	while (size > 1) {
		size_t piece = 1 + data[0] * 4;
		uint8_t wait = data[1];

		data++;
		size--;
		piece = piece < size ? piece : size;
		mc_wfd_source_receive(source, data, piece, now);
		if (configure && !ended)
			mc_wfd_source_configure(source, now);
		if (transport && !ended)
			mc_wfd_source_transport(source, 40000, 40001, now);
		configure = transport = false;
		/* Up to 127 ms, or a minute, in which keep-alives and time limits come. */
		now += wait < 128 ? wait : wait < 240 ? 0 : MINUTE_MS;
		if (wait >= 128 && wait < 160)
			mc_wfd_source_idr_sent(source, now);
		mc_wfd_source_tick(source, now);
		data += piece;
		size -= piece;
	}
	/* It always comes to an end. */
	if (closes && !ended)
		mc_wfd_source_eof(source, now);
	else
		mc_wfd_source_stop(source, now);
	for (int i = 0; i < 4 && !ended; i++)
		mc_wfd_source_tick(source, now += 3000);
	if (!ended)
		abort();
	mc_wfd_source_free(source);
	return 0;
}
