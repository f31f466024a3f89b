/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source's side of Wi-Fi Display's RTSP: M1 to M8, M13, M16. Sans-IO: bytes and the time go in, actions come out by
 * callbacks, which must not call back into the source. Times in milliseconds on any clock.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "formats.h"
#include "sink.h"

struct mc_wfd_source;

enum mc_wfd_end {
	MC_WFD_END_STOPPED,		/* as asked */
	MC_WFD_END_SINK,		/* the sink said TEARDOWN or closed the connection */
	MC_WFD_END_KEEPALIVE,		/* two M16 without an answer */
	MC_WFD_END_PROTOCOL,		/* an answer did not come, or made no sense */
	MC_WFD_END_MODE,		/* the sink refused every mode that we can send */
};

struct mc_wfd_ops {
	void (*send)(void *data, const char *bytes, gsize size);
	/* For a person; "M4: told the sink 1920x1080 at 60 Hz". */
	void (*step)(void *data, const char *text);
	/* M3 is answered; nothing has been promised yet. Then mc_wfd_source_configure() has to be called. */
	void (*capabilities)(void *data, const struct mc_wfd_sink *sink);
	/* SETUP: wants sockets to these ports of the sink (rtcp 0: none). Then mc_wfd_source_transport() has to be called. */
	void (*setup)(void *data, uint16_t rtp_port, uint16_t rtcp_port);
	/* The sink has refused a mode and gets another one. */
	void (*chosen)(void *data, const struct mc_wfd_choice *choice, bool audio);
	void (*play)(void *data);
	void (*pause)(void *data);
	void (*idr)(void *data);
	/* Once, the last one. @name: the step, "M3". */
	void (*ended)(void *data, enum mc_wfd_end end, const char *name, const char *text);
};

struct mc_wfd_config {
	const char *local;		/* our address, for the presentation URL; copied */
	uint16_t port;			/* that we listen on */
	struct mc_wfd_wish wish;	/* as far as it is known before M3 */
	bool audio;			/* send sound where the sink takes LPCM */
};

struct mc_wfd_source *mc_wfd_source_new(const struct mc_wfd_config *config, const struct mc_wfd_ops *ops, void *data);
void mc_wfd_source_free(struct mc_wfd_source *source);

/* The connection is there: says M1. */
void mc_wfd_source_start(struct mc_wfd_source *source, int64_t now);
void mc_wfd_source_receive(struct mc_wfd_source *source, const void *bytes, gsize size, int64_t now);
void mc_wfd_source_eof(struct mc_wfd_source *source, int64_t now);
/* To be called at mc_wfd_source_deadline(). */
void mc_wfd_source_tick(struct mc_wfd_source *source, int64_t now);
/* When something has to be done; G_MAXINT64: never. */
int64_t mc_wfd_source_deadline(const struct mc_wfd_source *source);

/* Chooses and says M4. Returns the choice; NULL when there is none, and ended() has been called. */
const struct mc_wfd_choice *mc_wfd_source_configure(struct mc_wfd_source *source, int64_t now);
/* Whether the choice has sound. */
bool mc_wfd_source_audio(const struct mc_wfd_source *source);
/* The sockets of setup() are there, with these ports of ours; answers SETUP. */
void mc_wfd_source_transport(struct mc_wfd_source *source, uint16_t server_port, uint16_t rtcp_port, int64_t now);
/* Ends: trigger TEARDOWN, two seconds' patience. */
void mc_wfd_source_stop(struct mc_wfd_source *source, int64_t now);
/* An IDR has been sent for another reason: the limit counts from it. */
void mc_wfd_source_idr_sent(struct mc_wfd_source *source, int64_t now);
