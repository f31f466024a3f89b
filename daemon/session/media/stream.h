/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream: a kernel channel in, RTP out. One thread takes frames and pushes them into `appsrc ! x264enc ! wfdtssink`, whose
 * own thread encodes, packetises and sends; a second one says what must be said while no picture goes: PCR, tables, silence.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/wire.h"

struct mc_stream;

struct mc_stream_config {
	int vc;				/* channel, activated; stays the caller's, open until mc_stream_free() */
	int rtp;			/* connected UDP socket; likewise */
	uint32_t width, height;
	uint32_t refresh_mhz;		/* frames per 1000 seconds */
	uint32_t bitrate_kbps;
	uint32_t level;			/* H.264 level_idc */
	bool high_profile;		/* constrained high instead of constrained baseline */
	bool audio;			/* silence as LPCM */
	bool frame_skipping;		/* the sink takes a stream in which no picture comes for long */
	uint32_t pcr_lead_ms;		/* PTS - PCR of a frame that is sent at once */
};

/* Told once, from a thread of the stream: what failed, in words. */
typedef void (*mc_stream_failed)(void *data, int error, const char *text);

/* Initialises GStreamer and loads every plug-in that a stream needs; before the process locks itself. */
bool mc_stream_prepare(GError **error);

/* Macroblocks that the encoder makes of a moving picture in a second, on one processor; takes a tenth of a second. 0: unknown. */
uint64_t mc_stream_measure(void);

/* Starts a stream, with an IDR. NULL and @error when it cannot. */
struct mc_stream *mc_stream_new(const struct mc_stream_config *config, mc_stream_failed failed, void *data, GError **error);

/* The next picture is an IDR, whatever the screen does. Any thread. */
void mc_stream_request_idr(struct mc_stream *stream);

/* What has happened so far. Any thread. */
void mc_stream_get_statistics(struct mc_stream *stream, struct mc_wire_statistics *statistics);

/* No picture is sent any more, or pictures again, beginning with an IDR. Any thread. */
void mc_stream_pause(struct mc_stream *stream, bool pause);

/* Stops both threads and frees everything. NULL is fine. */
void mc_stream_free(struct mc_stream *stream);
