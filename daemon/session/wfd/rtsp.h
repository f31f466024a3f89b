/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTSP messages out of a byte stream, and into one. Pure and bounded. Wi-Fi Display 1.1, 6; RFC 2326. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define MC_RTSP_HEAD_MAX 8192u	/* bytes up to and with the empty line */
#define MC_RTSP_BODY_MAX 16384u
#define MC_RTSP_HEADERS_MAX 64u

struct mc_rtsp_header {
	char *name, *value;
};

struct mc_rtsp_message {
	bool request;
	char *method, *uri;		/* of a request */
	int status;			/* of a response */
	int cseq;			/* -1: it has none */
	struct mc_rtsp_header headers[MC_RTSP_HEADERS_MAX];
	unsigned int headers_count;
	char *body;			/* terminated; "" without one */
	gsize body_size;
};

struct mc_rtsp_parser {
	GString *bytes;
};

void mc_rtsp_parser_init(struct mc_rtsp_parser *parser);
void mc_rtsp_parser_clear(struct mc_rtsp_parser *parser);
void mc_rtsp_parser_push(struct mc_rtsp_parser *parser, const void *bytes, gsize size);

/*
 * The next message. Returns 1 and *message (to be freed); 0 when more bytes are needed; -EBADMSG for a message that makes no
 * sense, which has been taken away (answer 400, go on); -EMSGSIZE for one that is too long (end the connection).
 */
int mc_rtsp_parser_next(struct mc_rtsp_parser *parser, struct mc_rtsp_message **message);

void mc_rtsp_message_free(struct mc_rtsp_message *message);
typedef struct mc_rtsp_message mc_rtsp_message;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(mc_rtsp_message, mc_rtsp_message_free)

/* A header's value, NULL without it; names are compared without case. */
const char *mc_rtsp_header(const struct mc_rtsp_message *message, const char *name);
