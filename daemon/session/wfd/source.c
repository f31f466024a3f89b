// SPDX-License-Identifier: GPL-2.0-or-later
/* The source's state machine. Wi-Fi Display 1.1, 6.4 to 6.8; timers of Android and of real sinks. */
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rtsp.h"

#define RESPONSE_MS 5000	/* for an answer */
#define REQUEST_MS 6000		/* for the sink's next request */
#define M2_MS 1000		/* sinks that never ask are not waited for any longer */
#define SESSION_S 30
#define KEEPALIVE_MS (SESSION_S * 1000 - 5000)
#define TEARDOWN_MS 2000
#define IDR_MS 300
#define URI "rtsp://localhost/wfd1.0"
#define WFD "org.wfa.wfd1.0"
#define PUBLIC WFD ", SETUP, TEARDOWN, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER"

enum state { IDLE, M1, M2, M3, CONFIGURE, M4, M5, WAIT_SETUP, WAIT_TRANSPORT, WAIT_PLAY, PLAYING, PAUSED, STOPPING, WAIT_TEARDOWN, ENDED };

struct mc_wfd_source {
	const struct mc_wfd_ops *ops;
	void *data;
	char *local;
	uint16_t port;
	struct mc_wfd_wish wish;
	bool want_audio;

	enum state state;
	struct mc_rtsp_parser parser;
	int cseq;		/* of our last request */
	int waiting;		/* cseq that an answer is awaited for; 0: none */
	int keepalive;		/* cseq of the M16 on the way; 0: none */
	int unanswered;		/* M16s */
	bool m1_done, m2_done, retried, triggered;
	int setup_cseq;		/* the sink's SETUP that waits for sockets */
	uint16_t setup_ports[2];
	char session[16];
	int64_t deadline;	/* of the state */
	int64_t keepalive_at;
	int64_t idr_last, idr_at;	/* 0: none */

	struct mc_wfd_sink sink;
	struct mc_wfd_choice choice;
	bool audio;
};

static const char *const m3_names[] = {
	"wfd_video_formats", "wfd_audio_codecs", "wfd_client_rtp_ports", "wfd_display_edid", "wfd_uibc_capability",
	"wfd_connector_type", "wfd_content_protection", "wfd_standby_resume_capability", "wfd_idr_request_capability",
	"microsoft_cursor", "microsoft_rtcp_capability", "microsoft_latency_management_capability",
	"microsoft_format_change_capability", "microsoft_max_bitrate",
};

struct mc_wfd_source *mc_wfd_source_new(const struct mc_wfd_config *config, const struct mc_wfd_ops *ops, void *data)
{
	struct mc_wfd_source *s = g_new0(struct mc_wfd_source, 1);

	s->ops = ops;
	s->data = data;
	s->local = g_strdup(config->local);
	s->port = config->port;
	s->wish = config->wish;
	s->want_audio = config->audio;
	s->deadline = s->keepalive_at = G_MAXINT64;
	/* Some sinks store no more than 15 characters. */
	g_snprintf(s->session, sizeof(s->session), "%08x", g_random_int());
	mc_rtsp_parser_init(&s->parser);
	return s;
}

void mc_wfd_source_free(struct mc_wfd_source *s)
{
	if (!s)
		return;
	mc_rtsp_parser_clear(&s->parser);
	g_free(s->local);
	g_free(s);
}

static const char *step_name(const struct mc_wfd_source *s)
{
	static const char *const names[] = { "connect", "M1", "M2", "M3", "M4", "M4", "M5", "M6", "M6", "M7", "stream", "stream",
					     "M8", "M8", "end" };

	return names[s->state];
}

G_GNUC_PRINTF(4, 5) static void end(struct mc_wfd_source *s, enum mc_wfd_end reason, const char *name, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	if (s->state == ENDED)
		return;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	s->state = ENDED;
	s->deadline = s->keepalive_at = G_MAXINT64;
	s->idr_at = 0;
	s->ops->ended(s->data, reason, name, text);
}

static void enter(struct mc_wfd_source *s, enum state state, int64_t deadline)
{
	s->state = state;
	s->deadline = deadline;
}

/* --- out ------------------------------------------------------------------------------------------- */

static void send_request(struct mc_wfd_source *s, const char *method, const char *uri, const char *headers, const char *body)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "%s %s RTSP/1.0\r\nCSeq: %d\r\n%s", method, uri, ++s->cseq, headers);
	if (*body)
		g_string_append_printf(text, "Content-Type: text/parameters\r\nContent-Length: %zu\r\n", strlen(body));
	g_string_append_printf(text, "\r\n%s", body);
	s->ops->send(s->data, text->str, text->len);
}

static void answer(struct mc_wfd_source *s, int cseq, const char *status, const char *headers)
{
	g_autofree char *text = cseq >= 0 ? g_strdup_printf("RTSP/1.0 %s\r\nCSeq: %d\r\n%s\r\n", status, cseq, headers) :
					    g_strdup_printf("RTSP/1.0 %s\r\n%s\r\n", status, headers);

	s->ops->send(s->data, text, strlen(text));
}

static void send_m3(struct mc_wfd_source *s, int64_t now)
{
	g_autoptr(GString) body = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(m3_names); i++)
		g_string_append_printf(body, "%s\r\n", m3_names[i]);
	s->ops->step(s->data, "M3: asking what the sink can show");
	send_request(s, "GET_PARAMETER", URI, "", body->str);
	s->waiting = s->cseq;
	enter(s, M3, now + RESPONSE_MS);
}

static void send_m4(struct mc_wfd_source *s, int64_t now)
{
	g_autofree char *format = mc_wfd_video_format(&s->choice);
	const char *brackets = strchr(s->local, ':') ? "[]" : "";
	g_autofree char *port = s->port == 7236 ? g_strdup("") : g_strdup_printf(":%u", s->port);
	g_autofree char *body = g_strdup_printf(
		"wfd_video_formats: %s\r\n%s"
		"wfd_presentation_URL: rtsp://%.1s%s%.1s%s/wfd1.0/streamid=0 none\r\n"
		"wfd_client_rtp_ports: RTP/AVP/UDP;unicast %u 0 mode=play\r\n",
		format, s->audio ? "wfd_audio_codecs: LPCM 00000002 00\r\n" : "", brackets, s->local, *brackets ? brackets + 1 : "",
		port, s->sink.rtp_port);
	g_autofree char *step = g_strdup_printf("M4: telling the sink %ux%u at %u Hz, %s", s->choice.mode->width, s->choice.mode->height,
						s->choice.mode->hz, s->audio ? "sound as LPCM" : "no sound");

	s->ops->step(s->data, step);
	send_request(s, "SET_PARAMETER", URI, "", body);
	s->waiting = s->cseq;
	enter(s, M4, now + RESPONSE_MS);
}

static void send_trigger(struct mc_wfd_source *s, const char *what)
{
	g_autofree char *body = g_strdup_printf("wfd_trigger_method: %s\r\n", what);

	send_request(s, "SET_PARAMETER", URI, "", body);
	s->waiting = s->cseq;
}

/* --- answers of the sink ----------------------------------------------------------------------------- */

static void handle_m3(struct mc_wfd_source *s, const char *body)
{
	g_autofree char *why = mc_wfd_sink_parse(body, &s->sink);

	if (why) {
		end(s, MC_WFD_END_PROTOCOL, "M3", "%s", why);
		return;
	}
	enter(s, CONFIGURE, G_MAXINT64);
	s->ops->capabilities(s->data, &s->sink);
}

static void remember_name(struct mc_wfd_source *s, const struct mc_rtsp_message *m)
{
	const char *name = mc_rtsp_header(m, "User-Agent");
	gsize n = 0;

	if (!name)
		name = mc_rtsp_header(m, "Server");
	if (!name || *s->sink.name)
		return;
	for (; n < sizeof(s->sink.name) - 1 && name[n]; n++)
		s->sink.name[n] = g_ascii_isprint(name[n]) ? name[n] : '?';
}

const struct mc_wfd_choice *mc_wfd_source_configure(struct mc_wfd_source *s, int64_t now)
{
	g_autofree char *why = NULL;

	if (s->state != CONFIGURE)
		return NULL;
	mc_edid_preferred(s->sink.edid, s->sink.edid_size, &s->wish.preferred_width, &s->wish.preferred_height);
	if (!mc_wfd_choose(&s->sink.video, &s->wish, &s->choice, &why)) {
		end(s, MC_WFD_END_MODE, "M3", "%s", why);
		return NULL;
	}
	if (why)
		s->ops->step(s->data, why);
	s->audio = s->want_audio && s->sink.lpcm;
	send_m4(s, now);
	return &s->choice;
}

bool mc_wfd_source_audio(const struct mc_wfd_source *s)
{
	return s->audio;
}

static void refused_m4(struct mc_wfd_source *s, const struct mc_rtsp_message *m, int64_t now)
{
	g_autofree char *why = NULL, *detail = g_strndup(m->body, strcspn(m->body, "\r\n"));
	struct mc_wfd_wish wish = s->wish;

	wish.safe = true;
	wish.width = wish.height = wish.refresh_mhz = 0;
	/* Who asked for a mode by name is told; nobody is given another one behind their back. */
	if (s->retried || s->wish.width || !mc_wfd_choose(&s->sink.video, &wish, &s->choice, &why)) {
		end(s, MC_WFD_END_MODE, "M4", "the sink refused %ux%u at %u Hz (%d %.80s); try another --mode", s->choice.mode->width,
		    s->choice.mode->height, s->choice.mode->hz, m->status, detail);
		return;
	}
	s->retried = true;
	s->ops->chosen(s->data, &s->choice, s->audio);
	send_m4(s, now);
}

static void advance_to_m3(struct mc_wfd_source *s, int64_t now)
{
	if (s->m1_done && s->m2_done)
		send_m3(s, now);
	else if (s->m1_done)
		enter(s, M2, now + M2_MS);
}

static void handle_response(struct mc_wfd_source *s, const struct mc_rtsp_message *m, int64_t now)
{
	bool good = m->status == 200;

	remember_name(s, m);
	if (s->keepalive && m->cseq == s->keepalive) {
		/* Whatever it says, it is alive. */
		s->keepalive = 0;
		s->unanswered = 0;
		s->keepalive_at = now + KEEPALIVE_MS;
		return;
	}
	/* Sinks without CSeq in their answers exist; one that answers something else than was asked is passed over. */
	if (!s->waiting || (m->cseq >= 0 && m->cseq != s->waiting))
		return;
	s->waiting = 0;
	switch (s->state) {
	case M1:
		if (!good) {
			end(s, MC_WFD_END_PROTOCOL, "M1", "the sink answered %d to OPTIONS, expected 200", m->status);
			return;
		}
		s->m1_done = true;
		advance_to_m3(s, now);
		break;
	case M3:
		if (!good) {
			end(s, MC_WFD_END_PROTOCOL, "M3", "the sink answered %d when asked for its formats, expected 200", m->status);
			return;
		}
		handle_m3(s, m->body);
		break;
	case M4:
		if (!good) {
			refused_m4(s, m, now);
			return;
		}
		s->ops->step(s->data, "M5: asking the sink to set up the stream");
		send_trigger(s, "SETUP");
		enter(s, M5, now + RESPONSE_MS);
		break;
	case M5:
		if (!good) {
			end(s, MC_WFD_END_PROTOCOL, "M5", "the sink answered %d to the SETUP trigger, expected 200", m->status);
			return;
		}
		enter(s, WAIT_SETUP, now + REQUEST_MS);
		break;
	case STOPPING:
		enter(s, WAIT_TEARDOWN, MIN(s->deadline, now + TEARDOWN_MS));
		break;
	default:
		break;
	}
}

/* --- requests of the sink ---------------------------------------------------------------------------- */

static void ask_idr(struct mc_wfd_source *s, int64_t now)
{
	if (s->state != PLAYING || s->idr_at)
		return;
	if (s->idr_last && now < s->idr_last + IDR_MS) {
		/* Kept: the sink may have lost what the last one began. */
		s->idr_at = s->idr_last + IDR_MS;
		return;
	}
	s->idr_last = now;
	s->ops->idr(s->data);
}

void mc_wfd_source_idr_sent(struct mc_wfd_source *s, int64_t now)
{
	s->idr_last = now;
}

static void handle_setup(struct mc_wfd_source *s, const struct mc_rtsp_message *m, int64_t now)
{
	const char *transport = mc_rtsp_header(m, "Transport"), *at = transport ? strstr(transport, "client_port=") : NULL;
	unsigned int rtp = s->sink.rtp_port, rtcp = 0;

	/* After M5's answer, or, of an impatient sink, before it. */
	if (s->state != WAIT_SETUP && s->state != M5) {
		answer(s, m->cseq, "455 Method Not Valid in This State", "");
		return;
	}
	if (transport && strstr(transport, "TCP")) {
		answer(s, m->cseq, "461 Unsupported Transport", "");
		return;
	}
	if (at && (sscanf(at, "client_port=%u-%u", &rtp, &rtcp) < 1 || !rtp || rtp > 65535 || rtcp > 65535)) {
		answer(s, m->cseq, "400 Bad Request", "");
		return;
	}
	s->waiting = 0;
	s->setup_cseq = m->cseq;
	s->setup_ports[0] = rtp;
	s->setup_ports[1] = rtcp;
	enter(s, WAIT_TRANSPORT, now + RESPONSE_MS);
	s->ops->step(s->data, "M6: opening the stream's sockets");
	s->ops->setup(s->data, rtp, rtcp);
}

void mc_wfd_source_transport(struct mc_wfd_source *s, uint16_t server_port, uint16_t rtcp_port, int64_t now)
{
	g_autofree char *client = NULL, *server = NULL, *headers = NULL;

	if (s->state != WAIT_TRANSPORT)
		return;
	client = s->setup_ports[1] ? g_strdup_printf("%u-%u", s->setup_ports[0], s->setup_ports[1]) :
				     g_strdup_printf("%u", s->setup_ports[0]);
	server = rtcp_port ? g_strdup_printf("%u-%u", server_port, rtcp_port) : g_strdup_printf("%u", server_port);
	headers = g_strdup_printf("Session: %s;timeout=%d\r\nTransport: RTP/AVP/UDP;unicast;client_port=%s;server_port=%s\r\n",
				  s->session, SESSION_S, client, server);
	answer(s, s->setup_cseq, "200 OK", headers);
	enter(s, WAIT_PLAY, now + REQUEST_MS);
}

static void handle_play(struct mc_wfd_source *s, const struct mc_rtsp_message *m, int64_t now)
{
	g_autofree char *headers = g_strdup_printf("Session: %s\r\nRange: npt=now-\r\n", s->session);

	if (s->state != WAIT_PLAY && s->state != PLAYING && s->state != PAUSED) {
		answer(s, m->cseq, "455 Method Not Valid in This State", "");
		return;
	}
	answer(s, m->cseq, "200 OK", headers);
	if (s->state == PLAYING)
		return;
	if (s->state == WAIT_PLAY)
		s->keepalive_at = now + KEEPALIVE_MS;
	enter(s, PLAYING, G_MAXINT64);
	s->idr_last = now;
	s->ops->step(s->data, "M7: streaming");
	s->ops->play(s->data);
}

static void handle_pause(struct mc_wfd_source *s, const struct mc_rtsp_message *m)
{
	if (s->state != PLAYING && s->state != PAUSED) {
		answer(s, m->cseq, "455 Method Not Valid in This State", "");
		return;
	}
	answer(s, m->cseq, "200 OK", "");
	enter(s, PAUSED, G_MAXINT64);
	s->idr_at = 0;
	s->ops->step(s->data, "M9: paused by the sink");
	s->ops->pause(s->data);
}

static void handle_parameters(struct mc_wfd_source *s, const struct mc_rtsp_message *m, int64_t now)
{
	/* Unknown ones are accepted: some sinks end the session over a refusal. */
	answer(s, m->cseq, "200 OK", "");
	for (const char *line = m->body; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (g_str_has_prefix(line, "wfd_idr_request"))
			ask_idr(s, now);
	}
}

static void handle_teardown(struct mc_wfd_source *s, const struct mc_rtsp_message *m)
{
	g_autofree char *reason = mc_wfd_parameter(m->body, "microsoft_teardown_reason");

	answer(s, m->cseq, "200 OK", "Connection: close\r\n");
	if (s->triggered)
		end(s, MC_WFD_END_STOPPED, "M8", "disconnected");
	else
		end(s, MC_WFD_END_SINK, "M8", "the sink ended the session%s%.60s", reason ? ", reason " : "", reason ? reason : "");
}

static void handle_request(struct mc_wfd_source *s, const struct mc_rtsp_message *m, int64_t now)
{
	remember_name(s, m);
	if (!strcmp(m->method, "OPTIONS")) {
		answer(s, m->cseq, "200 OK", "Public: " PUBLIC "\r\nServer: miracastd/0.1\r\n");
		s->m2_done = true;
		if (s->state == M1 || s->state == M2)
			advance_to_m3(s, now);
	} else if (!strcmp(m->method, "GET_PARAMETER")) {
		answer(s, m->cseq, "200 OK", "");
	} else if (!strcmp(m->method, "SET_PARAMETER")) {
		handle_parameters(s, m, now);
	} else if (!strcmp(m->method, "SETUP")) {
		handle_setup(s, m, now);
	} else if (!strcmp(m->method, "PLAY")) {
		handle_play(s, m, now);
	} else if (!strcmp(m->method, "PAUSE")) {
		handle_pause(s, m);
	} else if (!strcmp(m->method, "TEARDOWN")) {
		handle_teardown(s, m);
	} else {
		answer(s, m->cseq, "405 Method Not Allowed", "Allow: OPTIONS, " PUBLIC "\r\n");
	}
}

/* --- in ------------------------------------------------------------------------------------------------ */

void mc_wfd_source_start(struct mc_wfd_source *s, int64_t now)
{
	s->ops->step(s->data, "M1: greeting the sink");
	send_request(s, "OPTIONS", "*", "Require: " WFD "\r\n", "");
	s->waiting = s->cseq;
	enter(s, M1, now + RESPONSE_MS);
}

void mc_wfd_source_receive(struct mc_wfd_source *s, const void *bytes, gsize size, int64_t now)
{
	if (s->state == ENDED)
		return;
	mc_rtsp_parser_push(&s->parser, bytes, size);
	while (s->state != ENDED) {
		g_autoptr(mc_rtsp_message) m = NULL;
		int ret = mc_rtsp_parser_next(&s->parser, &m);

		if (!ret)
			break;
		if (ret == -EMSGSIZE) {
			end(s, MC_WFD_END_PROTOCOL, step_name(s), "the sink sent a message of more than %u bytes",
			    MC_RTSP_BODY_MAX);
		} else if (ret < 0) {
			answer(s, -1, "400 Bad Request", "");
		} else if (m->request) {
			handle_request(s, m, now);
		} else {
			handle_response(s, m, now);
		}
	}
}

void mc_wfd_source_eof(struct mc_wfd_source *s, int64_t now)
{
	if (s->triggered)
		end(s, MC_WFD_END_STOPPED, "M8", "disconnected; the sink closed the connection without TEARDOWN");
	else
		end(s, MC_WFD_END_SINK, step_name(s), "the sink closed the connection");
}

static void keepalive(struct mc_wfd_source *s, int64_t now)
{
	g_autofree char *headers = g_strdup_printf("Session: %s\r\n", s->session);

	send_request(s, "GET_PARAMETER", URI, headers, "");
	s->keepalive = s->cseq;
	s->keepalive_at = now + RESPONSE_MS;
}

static void keepalive_due(struct mc_wfd_source *s, int64_t now)
{
	if (s->keepalive) {
		s->keepalive = 0;
		if (++s->unanswered == 2) {
			end(s, MC_WFD_END_KEEPALIVE, "M16", "the sink has not answered two keep-alives in %d s: it is switched off or out "
			    "of reach", (KEEPALIVE_MS + RESPONSE_MS) / 1000);
			return;
		}
		s->keepalive_at = now + KEEPALIVE_MS - RESPONSE_MS;
		return;
	}
	keepalive(s, now);
}

static void state_timed_out(struct mc_wfd_source *s, int64_t now)
{
	switch (s->state) {
	case M2:
		send_m3(s, now);
		break;
	case M1:
	case M3:
	case M4:
	case M5:
		end(s, MC_WFD_END_PROTOCOL, step_name(s), "the sink has not answered in %d s; switch it off and on, then try again",
		    RESPONSE_MS / 1000);
		break;
	case WAIT_SETUP:
	case WAIT_PLAY:
		end(s, MC_WFD_END_PROTOCOL, step_name(s), "the sink has not sent %s in %d s", s->state == WAIT_PLAY ? "PLAY" : "SETUP",
		    REQUEST_MS / 1000);
		break;
	case WAIT_TRANSPORT:
		end(s, MC_WFD_END_PROTOCOL, "M6", "miracastd has not opened the stream's sockets");
		break;
	case STOPPING:
	case WAIT_TEARDOWN:
		end(s, MC_WFD_END_STOPPED, "M8", "disconnected; the sink did not answer TEARDOWN");
		break;
	default:
		s->deadline = G_MAXINT64;
	}
}

void mc_wfd_source_tick(struct mc_wfd_source *s, int64_t now)
{
	if (s->idr_at && now >= s->idr_at) {
		s->idr_at = 0;
		s->idr_last = now;
		s->ops->idr(s->data);
	}
	if (s->state != ENDED && now >= s->deadline)
		state_timed_out(s, now);
	if (s->state != ENDED && now >= s->keepalive_at)
		keepalive_due(s, now);
}

int64_t mc_wfd_source_deadline(const struct mc_wfd_source *s)
{
	int64_t next = MIN(s->deadline, s->keepalive_at);

	return s->idr_at ? MIN(next, s->idr_at) : next;
}

void mc_wfd_source_stop(struct mc_wfd_source *s, int64_t now)
{
	if (s->state == ENDED || s->triggered)
		return;
	s->triggered = true;
	s->keepalive_at = G_MAXINT64;
	s->idr_at = 0;
	/* Before SETUP there is nothing that a sink would tear down. */
	if (s->state < WAIT_PLAY) {
		end(s, MC_WFD_END_STOPPED, step_name(s), "disconnected");
		return;
	}
	send_trigger(s, "TEARDOWN");
	enter(s, STOPPING, now + TEARDOWN_MS);
}
