// SPDX-License-Identifier: GPL-2.0-or-later
/* Wi-Fi Display: the parsers, the choice of a mode, and conversations with sinks that behave and that do not. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "session/wfd/rtsp.h"
#include "session/wfd/source.h"

/* --- RTSP ---------------------------------------------------------------------------------------------- */

static int parse(const char *text, gsize size, struct mc_rtsp_message **m)
{
	struct mc_rtsp_parser parser;
	int ret;

	mc_rtsp_parser_init(&parser);
	mc_rtsp_parser_push(&parser, text, size);
	ret = mc_rtsp_parser_next(&parser, m);
	mc_rtsp_parser_clear(&parser);
	return ret;
}

static void messages_split_and_joined(void)
{
	static const char text[] =
		"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: org.wfa.wfd1.0, GET_PARAMETER, SET_PARAMETER\r\n\r\n"
		"SET_PARAMETER rtsp://localhost/wfd1.0 RTSP/1.0\r\ncseq: 4\r\nContent-Type: text/parameters\r\n"
		"content-length: 17\r\n\r\nwfd_idr_request\r\n";

	for (gsize cut = 0; cut < sizeof(text); cut++) {
		g_autoptr(mc_rtsp_message) first = NULL, second = NULL;
		struct mc_rtsp_parser parser;
		int got;

		mc_rtsp_parser_init(&parser);
		mc_rtsp_parser_push(&parser, text, cut);
		got = mc_rtsp_parser_next(&parser, &first);
		mc_rtsp_parser_push(&parser, text + cut, sizeof(text) - 1 - MIN(cut, sizeof(text) - 1));
		if (!got)
			g_assert_cmpint(mc_rtsp_parser_next(&parser, &first), ==, 1);
		g_assert_cmpint(mc_rtsp_parser_next(&parser, &second), ==, 1);
		g_assert_false(first->request);
		g_assert_cmpint(first->status, ==, 200);
		g_assert_true(second->request);
		g_assert_cmpint(second->cseq, ==, 4);
		g_assert_cmpstr(second->body, ==, "wfd_idr_request\r\n");
		mc_rtsp_parser_clear(&parser);
	}
}

static void messages_that_are_none(void)
{
	static const char *const bad[] = {
		"HELLO\r\n\r\n", "OPTIONS *\r\n\r\n", "RTSP/1.0 abc OK\r\n\r\n", "OPTIONS * RTSP/1.0\r\nno colon\r\n\r\n",
		"OPTIONS * RTSP/1.0\r\nContent-Length: -5\r\n\r\n", "OPTIONS * RTSP/1.0\r\nContent-Length: 99999999999\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n", ": x\r\n\r\n", "OPTIONS * RTSP/1.0\r\n: empty\r\n\r\n",
	};
	g_autofree char *large = g_malloc(65536), *many = NULL;
	g_autoptr(GString) headers = g_string_new("OPTIONS * RTSP/1.0\r\n");
	struct mc_rtsp_message *m;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(parse(bad[i], strlen(bad[i]), &m), ==, -EBADMSG);
	memset(large, 'A', 65536);
	g_assert_cmpint(parse(large, 65536, &m), ==, -EMSGSIZE);
	memcpy(large, "OPTIONS * RTSP/1.0\r\nContent-Length: 65536\r\n\r\n", 46);
	g_assert_cmpint(parse(large, 65536, &m), ==, -EMSGSIZE);
	for (unsigned int i = 0; i <= MC_RTSP_HEADERS_MAX; i++)
		g_string_append(headers, "a: b\r\n");
	g_string_append(headers, "\r\n");
	g_assert_cmpint(parse(headers->str, headers->len, &m), ==, -EBADMSG);
	g_assert_cmpint(parse("OPTIONS * RTSP/1.0\r\nCSeq: 1\0\r\n\r\n", 34, &m), ==, -EBADMSG);
}

/* Nine digits and no more, with blanks around at most. */
static void numbers_are_whole(void)
{
	static const struct { const char *text; int cseq; } cases[] = {
		{ "7", 7 }, { " 007 ", 7 }, { "999999999", 999999999 }, { "1000000000", -1 }, { "99999999999999999999", -1 },
		{ "-1", -1 }, { "+1", -1 }, { "1x", -1 }, { "1 2", -1 }, { "0x10", -1 }, { "", -1 }, { "x", -1 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf("RTSP/1.0 200 OK\r\nCSeq: %s\r\n\r\n", cases[i].text);
		struct mc_rtsp_message *m;

		g_assert_cmpint(parse(text, strlen(text), &m), ==, 1);
		g_assert_cmpint(m->cseq, ==, cases[i].cseq);
		mc_rtsp_message_free(m);
	}
}

static void noise_is_survived(void)
{
	static const char *const words[] = { "OPTIONS * RTSP/1.0\r\n", "CSeq: 1\r\n", "\r\n", "\n", "Content-Length: 5\r\n", ":", "\0x",
					     "RTSP/1.0 200 OK\r\n", "wfd_video_formats: ", "Content-Length: 99999\r\n" };

	for (int i = 0; i < 20000; i++) {
		struct mc_rtsp_parser parser;
		struct mc_rtsp_message *m;
		int ret = 1;

		mc_rtsp_parser_init(&parser);
		for (int n = g_test_rand_int_range(1, 30); n; n--) {
			const char *word = words[g_test_rand_int_range(0, G_N_ELEMENTS(words))];
			char byte = g_test_rand_int_range(0, 256);

			mc_rtsp_parser_push(&parser, word, strlen(word));
			if (n % 4 == 0)
				mc_rtsp_parser_push(&parser, &byte, 1);
		}
		while (ret == 1 || ret == -EBADMSG) {
			ret = mc_rtsp_parser_next(&parser, &m);
			if (ret == 1)
				mc_rtsp_message_free(m);
		}
		mc_rtsp_parser_clear(&parser);
	}
}

/* --- formats --------------------------------------------------------------------------------------------- */

#define SAMSUNG "40 00 02 04 0001DEFF 053C7FFF 00000FFF 00 0000 0000 11 none none, 01 04 0001DEFF 053C7FFF 00000FFF 00 0000 0000 11 none none"
#define WINDOWS "40 00 01 10 0001bdeb 051557ff 00000fff 10 0000 001f 11 0780 0438"
#define VGA "00 00 01 01 00000001 00000000 00000000 00 0000 0000 00 none none"

static char *choose(const char *formats, struct mc_wfd_wish wish)
{
	struct mc_wfd_video video;
	struct mc_wfd_choice choice;
	g_autofree char *why = NULL;

	g_assert_true(mc_wfd_video_parse(formats, &video));
	if (!mc_wfd_choose(&video, &wish, &choice, &why))
		return g_steal_pointer(&why);
	return g_strdup_printf("%ux%u@%u p%u l%u", choice.mode->width, choice.mode->height, choice.mode->hz, choice.profile, choice.level);
}

static void assert_choice(const char *formats, struct mc_wfd_wish wish, const char *wanted)
{
	g_autofree char *got = choose(formats, wish);

	g_assert_cmpstr(got, ==, wanted);
}

static void modes_are_chosen(void)
{
	assert_choice(WINDOWS, (struct mc_wfd_wish){}, "1920x1080@60 p1 l42");
	/* Level 4.0: 1080p60 is beyond it whatever the bitmap says. */
	assert_choice(SAMSUNG, (struct mc_wfd_wish){}, "1920x1080@30 p1 l40");
	assert_choice(VGA, (struct mc_wfd_wish){}, "640x480@60 p1 l31");
	assert_choice(WINDOWS, (struct mc_wfd_wish){ .width = 1280, .height = 720 }, "1280x720@60 p1 l32");
	assert_choice(WINDOWS, (struct mc_wfd_wish){ .width = 1280, .height = 720, .refresh_mhz = 30000 }, "1280x720@30 p1 l31");
	assert_choice(WINDOWS, (struct mc_wfd_wish){ .preferred_width = 1280, .preferred_height = 720 }, "1280x720@60 p1 l32");
	/* 1080p60 are 489,600 macroblocks a second. */
	assert_choice(WINDOWS, (struct mc_wfd_wish){ .macroblocks = 400000 }, "1920x1080@30 p1 l40");
	assert_choice(WINDOWS, (struct mc_wfd_wish){ .macroblocks = 400000, .width = 1920, .height = 1080, .refresh_mhz = 60000 },
		      "1920x1080@60 p1 l42");
	assert_choice(WINDOWS, (struct mc_wfd_wish){ .safe = true }, "1280x720@30 p1 l31");
	assert_choice(VGA, (struct mc_wfd_wish){ .width = 1920, .height = 1080 }, "the sink does not take 1920x1080; it takes 640x480@60");
	assert_choice("none", (struct mc_wfd_wish){}, "the sink says that it takes no video");
}

static void levels_are_computed(void)
{
	gsize count;
	const struct mc_wfd_mode *modes = mc_wfd_modes(&count);

	for (gsize i = 0; i < count; i++) {
		uint8_t bit = 0, idc = mc_wfd_level_for(&modes[i], &bit);

		g_assert_cmpint(idc, >=, 31);
		if (modes[i].width == 1920 && modes[i].height == 1200)
			g_assert_cmpint(idc, ==, 50);
		if (modes[i].width == 1280 && modes[i].height == 720)
			g_assert_cmpint(idc, ==, modes[i].hz <= 30 ? 31 : 32);
		/* No two entries stand for one bit. */
		for (gsize j = 0; j < i; j++)
			g_assert_false(modes[i].table == modes[j].table && modes[i].bit == modes[j].bit);
	}
}

static void formats_that_are_none(void)
{
	static const char *const bad[] = { "", "xx", "40", "40 00", "40 00 01", "40 00 02 04 0001DEFF053C 053C7FFF", "400 00 01 01",
					   "40 00 02 04 0001DEFF 053C7FFF 00000FFF 00 0000 0000" };
	struct mc_wfd_video video;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(mc_wfd_video_parse(bad[i], &video));
	g_assert_true(mc_wfd_video_parse("none", &video));
	g_assert_cmpint(video.count, ==, 0);
	/* Old sinks leave hres and vres out. */
	g_assert_true(mc_wfd_video_parse("40 00 02 04 0001DEFF 053C7FFF 00000FFF 00 0000 0000 00", &video));
	g_assert_cmpint(video.count, ==, 1);
}

static void edids(void)
{
	uint8_t edid[MC_EDID_BLOCK], back[MC_EDID_MAX];
	g_autoptr(GString) text = g_string_new("0001 ");
	uint32_t w = 0, h = 0;

	mc_edid_make("Bedroom \xf0 TV with a long name", 1920, 1080, 60, edid);
	g_assert_true(mc_edid_valid(edid, sizeof(edid)));
	g_assert_true(mc_edid_preferred(edid, sizeof(edid), &w, &h));
	g_assert_cmpint(w, ==, 1920);
	g_assert_cmpint(h, ==, 1080);
	for (unsigned int i = 0; i < sizeof(edid); i++)
		g_string_append_printf(text, "%02x", edid[i]);
	g_assert_cmpint(mc_edid_parse(text->str, back), ==, 128);
	g_assert_cmpmem(edid, 128, back, 128);
	text->str[3] = '2';
	g_assert_cmpint(mc_edid_parse(text->str, back), ==, 128);
	text->str[60] ^= 1;
	g_assert_cmpint(mc_edid_parse(text->str, back), ==, 0);
	g_assert_cmpint(mc_edid_parse("none", back), ==, 0);
	g_assert_cmpint(mc_edid_parse("0000", back), ==, 0);
}

/* --- conversations ----------------------------------------------------------------------------------------- */

struct talk {
	struct mc_wfd_source *source;
	GString *out, *events;
	struct mc_wfd_sink sink;
	int64_t now;
};

static void on_send(void *data, const char *bytes, gsize size)
{
	g_string_append_len(((struct talk *)data)->out, bytes, size);
}

static void on_step(void *data, const char *text)
{
}

static void event(struct talk *t, const char *text)
{
	g_string_append_printf(t->events, "%s%s", t->events->len ? " " : "", text);
}

static void on_capabilities(void *data, const struct mc_wfd_sink *sink)
{
	((struct talk *)data)->sink = *sink;
	event(data, "capabilities");
}

static void on_setup(void *data, uint16_t rtp, uint16_t rtcp)
{
	g_autofree char *text = g_strdup_printf("setup:%u-%u", rtp, rtcp);

	event(data, text);
}

static void on_chosen(void *data, const struct mc_wfd_choice *choice, bool audio)
{
	g_autofree char *text = g_strdup_printf("chosen:%ux%u", choice->mode->width, choice->mode->height);

	event(data, text);
}

static void on_play(void *data)
{
	event(data, "play");
}

static void on_pause(void *data)
{
	event(data, "pause");
}

static void on_idr(void *data)
{
	event(data, "idr");
}

static void on_ended(void *data, enum mc_wfd_end reason, const char *name, const char *text)
{
	g_autofree char *line = g_strdup_printf("ended:%d:%s", reason, name);

	g_test_message("%s: %s", name, text);
	event(data, line);
}

static const struct mc_wfd_ops ops = { on_send, on_step, on_capabilities, on_setup, on_chosen, on_play, on_pause, on_idr, on_ended };

static struct talk begin(void)
{
	return (struct talk){ .out = g_string_new(NULL), .events = g_string_new(NULL), .now = 1000 };
}

static void start(struct talk *t)
{
	struct mc_wfd_config config = { .local = "192.168.49.1", .port = 7236, .audio = true };

	t->source = mc_wfd_source_new(&config, &ops, t);
	mc_wfd_source_start(t->source, t->now);
}

static void finish(struct talk *t)
{
	mc_wfd_source_free(t->source);
	g_string_free(t->out, TRUE);
	g_string_free(t->events, TRUE);
}

static void hear(struct talk *t, const char *text)
{
	mc_wfd_source_receive(t->source, text, strlen(text), t->now);
}

static void assert_said(struct talk *t, const char *part)
{
	if (!strstr(t->out->str, part))
		g_error("expected \"%s\" in:\n%s", part, t->out->str);
	g_string_truncate(t->out, 0);
}

static void assert_events(struct talk *t, const char *wanted)
{
	g_assert_cmpstr(t->events->str, ==, wanted);
	g_string_truncate(t->events, 0);
}

/* Lets the time go until @until, with every deadline on the way. */
static void pass(struct talk *t, int64_t until)
{
	while (mc_wfd_source_deadline(t->source) <= until) {
		t->now = MAX(t->now, mc_wfd_source_deadline(t->source));
		mc_wfd_source_tick(t->source, t->now);
	}
	t->now = until;
}

static void answer_m3(struct talk *t, const char *formats, const char *rest)
{
	g_autofree char *body = g_strdup_printf("wfd_client_rtp_ports: RTP/AVP/UDP;unicast 19000 0 mode=play\r\nwfd_video_formats: %s\r\n%s",
						formats, rest);
	g_autofree char *text = g_strdup_printf("RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);

	hear(t, text);
}

static void to_m4(struct talk *t, const char *formats, const char *rest)
{
	start(t);
	assert_said(t, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nRequire: org.wfa.wfd1.0");
	hear(t, "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: org.wfa.wfd1.0, GET_PARAMETER, SET_PARAMETER\r\n\r\n");
	hear(t, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nRequire: org.wfa.wfd1.0\r\nUser-Agent: SEC-WDH/x\r\n\r\n");
	assert_said(t, "wfd_video_formats\r\n");
	answer_m3(t, formats, rest);
	assert_events(t, "capabilities");
	g_assert_nonnull(mc_wfd_source_configure(t->source, t->now));
}

static void to_play(struct talk *t)
{
	to_m4(t, WINDOWS, "wfd_audio_codecs: LPCM 00000003 00, AAC 00000001 00\r\n");
	assert_said(t, "wfd_video_formats: 00 00 01 10 00000100 00000000 00000000 00 0000 0000 01 none none\r\n"
		    "wfd_audio_codecs: LPCM 00000002 00\r\n"
		    "wfd_presentation_URL: rtsp://192.168.49.1/wfd1.0/streamid=0 none\r\n"
		    "wfd_client_rtp_ports: RTP/AVP/UDP;unicast 19000 0 mode=play\r\n");
	hear(t, "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n");
	assert_said(t, "wfd_trigger_method: SETUP\r\n");
	hear(t, "RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\nSETUP rtsp://localhost/wfd1.0 RTSP/1.0\r\nCSeq: 2\r\n"
	     "Transport: RTP/AVP/UDP;unicast;client_port=19000-19001\r\n\r\n");
	assert_events(t, "setup:19000-19001");
	mc_wfd_source_transport(t->source, 40000, 40001, t->now);
	assert_said(t, "RTSP/1.0 200 OK\r\nCSeq: 2\r\nSession: ");
	hear(t, "PLAY rtsp://192.168.49.1/wfd1.0/streamid=0 RTSP/1.0\r\nCSeq: 3\r\n\r\n");
	assert_said(t, "RTSP/1.0 200 OK\r\nCSeq: 3\r\n");
	assert_events(t, "play");
}

static void from_m1_to_m8(void)
{
	struct talk t = begin();

	to_play(&t);
	g_assert_cmpstr(t.sink.name, ==, "SEC-WDH/x");
	mc_wfd_source_stop(t.source, t.now);
	assert_said(&t, "wfd_trigger_method: TEARDOWN\r\n");
	hear(&t, "RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\nTEARDOWN rtsp://x/wfd1.0/streamid=0 RTSP/1.0\r\nCSeq: 9\r\n\r\n");
	assert_said(&t, "Connection: close");
	assert_events(&t, "ended:0:M8");
	finish(&t);
}

static void a_sink_without_m2(void)
{
	struct talk t = begin();

	start(&t);
	hear(&t, "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n");
	g_string_truncate(t.out, 0);
	pass(&t, 2100);
	assert_said(&t, "GET_PARAMETER rtsp://localhost/wfd1.0 RTSP/1.0\r\nCSeq: 2");
	finish(&t);
}

static void a_silent_sink(void)
{
	struct talk t = begin();

	start(&t);
	pass(&t, 5999);
	assert_events(&t, "");
	pass(&t, 6000);
	assert_events(&t, "ended:3:M1");
	finish(&t);
}

static void a_sink_without_sound(void)
{
	struct talk t = begin();

	to_m4(&t, WINDOWS, "wfd_audio_codecs: none\r\n");
	g_assert_null(strstr(t.out->str, "wfd_audio_codecs"));
	finish(&t);
}

static void a_refused_mode_is_tried_once_again(void)
{
	struct talk t = begin();

	to_m4(&t, WINDOWS, "");
	hear(&t, "RTSP/1.0 303 See Other\r\nCSeq: 3\r\nContent-Length: 24\r\n\r\nwfd_video_formats: 415\r\n");
	assert_events(&t, "chosen:1280x720");
	assert_said(&t, "wfd_video_formats: 00 00 01 01 00000020 ");
	hear(&t, "RTSP/1.0 400 Bad Request\r\nCSeq: 4\r\n\r\n");
	assert_events(&t, "ended:4:M4");
	finish(&t);
}

static void keepalives(void)
{
	struct talk t = begin();

	to_play(&t);
	pass(&t, t.now + 24999);
	g_assert_cmpint(t.out->len, ==, 0);
	pass(&t, t.now + 1);
	assert_said(&t, "GET_PARAMETER rtsp://localhost/wfd1.0 RTSP/1.0\r\nCSeq: 5\r\nSession: ");
	hear(&t, "RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n");
	pass(&t, t.now + 25000);
	assert_said(&t, "CSeq: 6\r\n");
	/* Neither this one nor the next is answered. */
	pass(&t, t.now + 25000);
	assert_said(&t, "CSeq: 7\r\n");
	assert_events(&t, "");
	pass(&t, t.now + 5000);
	assert_events(&t, "ended:2:M16");
	finish(&t);
}

static void idr_requests_are_limited_and_kept(void)
{
	static const char request[] = "SET_PARAMETER rtsp://localhost/wfd1.0 RTSP/1.0\r\nCSeq: 7\r\nContent-Length: 17\r\n\r\nwfd_idr_request\r\n";
	struct talk t = begin();

	to_play(&t);
	t.now += 100;
	for (int i = 0; i < 8; i++)
		hear(&t, request);
	/* The stream began with one. */
	assert_events(&t, "");
	pass(&t, t.now + 199);
	assert_events(&t, "");
	pass(&t, t.now + 1);
	assert_events(&t, "idr");
	pass(&t, t.now + 5000);
	assert_events(&t, "");
	hear(&t, request);
	assert_events(&t, "idr");
	assert_said(&t, "RTSP/1.0 200 OK\r\nCSeq: 7\r\n");
	finish(&t);
}

static void requests_out_of_order(void)
{
	struct talk t = begin();

	start(&t);
	hear(&t, "PLAY rtsp://x/wfd1.0 RTSP/1.0\r\nCSeq: 1\r\n\r\n");
	assert_said(&t, "RTSP/1.0 455 ");
	hear(&t, "SETUP rtsp://x/wfd1.0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP/UDP;unicast;client_port=1\r\n\r\n");
	assert_said(&t, "RTSP/1.0 455 ");
	hear(&t, "DESCRIBE rtsp://x/wfd1.0 RTSP/1.0\r\nCSeq: 3\r\n\r\n");
	assert_said(&t, "RTSP/1.0 405 ");
	hear(&t, "RTSP/1.0 200 OK\r\nCSeq: 77\r\n\r\n");
	hear(&t, "garbage\r\n\r\n");
	assert_said(&t, "RTSP/1.0 400 ");
	hear(&t, "GET_PARAMETER rtsp://x/wfd1.0 RTSP/1.0\r\nCSeq: 4\r\n\r\n");
	assert_said(&t, "RTSP/1.0 200 OK\r\nCSeq: 4\r\n");
	assert_events(&t, "");
	mc_wfd_source_eof(t.source, t.now);
	assert_events(&t, "ended:1:M1");
	finish(&t);
}

static void a_message_without_end(void)
{
	struct talk t = begin();
	g_autofree char *noise = g_malloc(65536);

	start(&t);
	memset(noise, 'x', 65536);
	mc_wfd_source_receive(t.source, noise, 65536, t.now);
	assert_events(&t, "ended:3:M1");
	finish(&t);
}

static void sinks_that_end(void)
{
	struct talk t = begin();

	to_play(&t);
	hear(&t, "TEARDOWN rtsp://x/wfd1.0/streamid=0 RTSP/1.0\r\nCSeq: 9\r\n\r\n");
	assert_events(&t, "ended:1:M8");
	finish(&t);

	t = begin();
	to_play(&t);
	mc_wfd_source_stop(t.source, t.now);
	pass(&t, t.now + 2000);
	assert_events(&t, "ended:0:M8");
	finish(&t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rtsp/messages-split-and-joined", messages_split_and_joined);
	g_test_add_func("/rtsp/messages-that-are-none", messages_that_are_none);
	g_test_add_func("/rtsp/numbers-are-whole", numbers_are_whole);
	g_test_add_func("/rtsp/noise-is-survived", noise_is_survived);
	g_test_add_func("/formats/modes-are-chosen", modes_are_chosen);
	g_test_add_func("/formats/levels-are-computed", levels_are_computed);
	g_test_add_func("/formats/formats-that-are-none", formats_that_are_none);
	g_test_add_func("/edid", edids);
	g_test_add_func("/source/from-m1-to-m8", from_m1_to_m8);
	g_test_add_func("/source/a-sink-without-m2", a_sink_without_m2);
	g_test_add_func("/source/a-silent-sink", a_silent_sink);
	g_test_add_func("/source/a-sink-without-sound", a_sink_without_sound);
	g_test_add_func("/source/a-refused-mode-is-tried-once-again", a_refused_mode_is_tried_once_again);
	g_test_add_func("/source/keepalives", keepalives);
	g_test_add_func("/source/idr-requests-are-limited-and-kept", idr_requests_are_limited_and_kept);
	g_test_add_func("/source/requests-out-of-order", requests_out_of_order);
	g_test_add_func("/source/a-message-without-end", a_message_without_end);
	g_test_add_func("/source/sinks-that-end", sinks_that_end);
	return g_test_run();
}
