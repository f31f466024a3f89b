// SPDX-License-Identifier: GPL-2.0-or-later
/* The wire between manager and session: one packet, one message. Everything that comes in is checked here. */
#include "wire.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct rule {
	enum mc_wire_type type;
	enum mc_wire_direction direction;
	uint32_t size;			/* of the body */
	uint32_t fds_min, fds_max;
};

static const struct rule rules[] = {
	{ MC_WIRE_CONFIG, MC_WIRE_DOWN, sizeof(struct mc_wire_config), 1, 1 },
	{ MC_WIRE_RTSP, MC_WIRE_DOWN, sizeof(struct mc_wire_rtsp), 1, 1 },
	{ MC_WIRE_RTP, MC_WIRE_DOWN, sizeof(struct mc_wire_rtp), 1, 2 },
	{ MC_WIRE_STOP, MC_WIRE_DOWN, sizeof(struct mc_wire_stop), 0, 0 },
	{ MC_WIRE_READY, MC_WIRE_UP, sizeof(struct mc_wire_ready), 0, 0 },
	{ MC_WIRE_STATUS, MC_WIRE_UP, sizeof(struct mc_wire_status), 0, 0 },
	{ MC_WIRE_RTP_REQUEST, MC_WIRE_UP, sizeof(struct mc_wire_rtp_request), 0, 0 },
	{ MC_WIRE_STATISTICS, MC_WIRE_UP, sizeof(struct mc_wire_statistics), 0, 0 },
	{ MC_WIRE_ENDED, MC_WIRE_UP, sizeof(struct mc_wire_ended), 0, 0 },
};

G_STATIC_ASSERT(sizeof(union mc_wire_body) + sizeof(struct mc_wire_header) <= MC_WIRE_MAX);

static const struct rule *find_rule(uint32_t type)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (rules[i].type == type)
			return &rules[i];
	}
	return NULL;
}

void mc_wire_message_init(struct mc_wire_message *message, enum mc_wire_type type)
{
	memset(message, 0, sizeof(*message));
	message->type = type;
	for (size_t i = 0; i < MC_WIRE_FDS_MAX; i++)
		message->fds[i] = -1;
}

void mc_wire_message_clear(struct mc_wire_message *message)
{
	for (size_t i = 0; i < MC_WIRE_FDS_MAX; i++) {
		if (message->fds[i] >= 0)
			close(message->fds[i]);
		message->fds[i] = -1;
	}
}

void mc_wire_set_text(char *field, size_t size, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	size_t used = 0;

	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		size_t n = g_utf8_next_char(p) - p;
		bool control = g_unichar_iscntrl(g_utf8_get_char(p));

		if (used + (control ? 1 : n) >= size)
			break;
		memcpy(field + used, control ? "?" : p, control ? 1 : n);
		used += control ? 1 : n;
	}
	memset(field + used, 0, size - used);
}

/* Terminated UTF-8 that can be shown: a session must not write escape sequences to a terminal. */
static bool text_ok(const char *text, size_t size)
{
	const char *end = memchr(text, 0, size);

	if (!end || !g_utf8_validate(text, end - text, NULL))
		return false;
	for (const char *p = text; p < end; p = g_utf8_next_char(p)) {
		if (g_unichar_iscntrl(g_utf8_get_char(p)))
			return false;
	}
	return true;
}

static bool port_ok(uint32_t port)
{
	return port >= 1 && port <= 65535;
}

static int check_config(const struct mc_wire_config *c)
{
	if (!text_ok(c->sink_name, sizeof(c->sink_name)) || !text_ok(c->driver, sizeof(c->driver)) ||
	    !text_ok(c->encoder, sizeof(c->encoder)) || !text_ok(c->peer, sizeof(c->peer)) ||
	    !text_ok(c->local, sizeof(c->local)))
		return -EBADMSG;
	if (!port_ok(c->rtsp_port) || c->width > 8192 || c->height > 8192 || !c->width != !c->height ||
	    c->refresh_mhz > 240000 || c->audio > 1 || c->pcr_lead_ms > 1000 || c->pad)
		return -EPROTO;
	return 0;
}

static int check_status(const struct mc_wire_status *s)
{
	if (!text_ok(s->step, sizeof(s->step)) || !text_ok(s->encoder, sizeof(s->encoder)) || !text_ok(s->sink, sizeof(s->sink)))
		return -EBADMSG;
	if (s->state < MC_WIRE_STATE_NEGOTIATING || s->state > MC_WIRE_STATE_STOPPING || s->width > 8192 || s->height > 8192 ||
	    s->refresh_mhz > 240000 || s->audio > 2 || s->profile > 255 || s->level > 255)
		return -EPROTO;
	return 0;
}

static int check_body(enum mc_wire_type type, const union mc_wire_body *body)
{
	switch (type) {
	case MC_WIRE_CONFIG:
		return check_config(&body->config);
	case MC_WIRE_RTSP:
		return body->rtsp.pad ? -EPROTO : 0;
	case MC_WIRE_RTP:
		return port_ok(body->rtp.server_port) && body->rtp.rtcp_port <= 65535 ? 0 : -EPROTO;
	case MC_WIRE_STOP:
		return body->stop.reason <= MC_WIRE_STOP_SHUTDOWN && !body->stop.pad ? 0 : -EPROTO;
	case MC_WIRE_READY:
		return body->ready.sandbox < 16 ? 0 : -EPROTO;
	case MC_WIRE_STATUS:
		return check_status(&body->status);
	case MC_WIRE_RTP_REQUEST:
		return port_ok(body->rtp_request.port) && body->rtp_request.rtcp_port <= 65535 ? 0 : -EPROTO;
	case MC_WIRE_STATISTICS:
		return 0;
	case MC_WIRE_ENDED:
		if (body->ended.code > 0 || body->ended.code < -4095)
			return -EPROTO;
		return text_ok(body->ended.step, sizeof(body->ended.step)) &&
		       text_ok(body->ended.text, sizeof(body->ended.text)) ? 0 : -EBADMSG;
	}
	return -EPROTO;
}

int mc_wire_parse(const void *packet, size_t size, size_t fds, enum mc_wire_direction direction,
		  struct mc_wire_message *message)
{
	struct mc_wire_header header;
	const struct rule *rule;
	int ret;

	if (size < sizeof(header))
		return -EPROTO;
	memcpy(&header, packet, sizeof(header));
	rule = find_rule(header.type);
	if (header.version != MC_WIRE_VERSION || !rule || rule->direction != direction)
		return -EPROTO;
	if (header.size != size || size != sizeof(header) + rule->size)
		return -EPROTO;
	if (header.fds != fds || fds < rule->fds_min || fds > rule->fds_max)
		return -EPROTO;
	mc_wire_message_init(message, header.type);
	memcpy(&message->body, (const char *)packet + sizeof(header), rule->size);
	ret = check_body(header.type, &message->body);
	if (ret)
		mc_wire_message_init(message, header.type);
	return ret;
}

int mc_wire_send(int socket, const struct mc_wire_message *message)
{
	const struct rule *rule = find_rule(message->type);
	struct mc_wire_header header = { .version = MC_WIRE_VERSION, .type = message->type };
	struct iovec iov[2] = { { &header, sizeof(header) }, { (void *)&message->body, 0 } };
	union {
		char space[CMSG_SPACE(MC_WIRE_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (!rule)
		return -EPROTO;
	iov[1].iov_len = rule->size;
	header.size = sizeof(header) + rule->size;
	while (header.fds < MC_WIRE_FDS_MAX && message->fds[header.fds] >= 0)
		header.fds++;
	if (header.fds) {
		struct cmsghdr *cmsg = &control.align;

		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(header.fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), message->fds, header.fds * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(header.fds * sizeof(int));
	}
	if (sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : errno == ECONNRESET ? -EPIPE : -errno;
	return 0;
}

/* Takes every descriptor out of the control data; those beyond the limit are closed. Returns how many came. */
static size_t take_fds(struct msghdr *msg, int fds[MC_WIRE_FDS_MAX])
{
	size_t count = 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++, count++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(fd));
			if (count < MC_WIRE_FDS_MAX)
				fds[count] = fd;
			else
				close(fd);
		}
	}
	return count;
}

int mc_wire_receive(int socket, enum mc_wire_direction direction, struct mc_wire_message *message)
{
	uint8_t packet[MC_WIRE_MAX];
	union {
		char space[CMSG_SPACE(4 * MC_WIRE_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int fds[MC_WIRE_FDS_MAX] = { -1, -1, -1, -1 }, ret;
	ssize_t size;
	size_t count;

	mc_wire_message_init(message, 0);
	size = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : errno == ECONNRESET ? 0 : -errno;
	count = take_fds(&msg, fds);
	if (!size && !count)
		return 0;
	ret = msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EPROTO : mc_wire_parse(packet, size, count, direction, message);
	memcpy(message->fds, fds, sizeof(fds));
	if (ret) {
		mc_wire_message_clear(message);
		return ret;
	}
	return 1;
}
