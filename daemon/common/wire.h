/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire between miracastd and a miracast-session: one SOCK_SEQPACKET pair, the session's end is its
 * standard input. One packet is one message: struct mc_wire_header, then the type's own struct, of fixed
 * size. File descriptors travel only downwards. Both ways are asynchronous; nobody waits for an answer.
 *
 * The session is hostile to the manager: mc_wire_receive() checks every length, type and string before
 * anybody looks at a message.
 *
 * Order of a session's life:
 *
 *   down CONFIG (context fd)     what to cast to and how
 *   up   READY                   plug-ins loaded, devices opened, locked: from here on no privilege
 *   down RTSP (tcp fd)           the sink has connected
 *   up   STATUS*                 each step of the negotiation
 *   up   RTP_REQUEST             the sink's ports, known from its M3 answer
 *   down RTP (udp fd[, udp fd])  sockets connected to the sink's host, and no other
 *   up   STATUS, STATISTICS      about once a second while it streams
 *   down STOP                    end it: the session says TEARDOWN, then ENDED, then exits
 *   up   ENDED                   the last message: why
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MC_WIRE_VERSION 1u
#define MC_WIRE_MAX 4096u	/* bytes of a packet */
#define MC_WIRE_FDS_MAX 4u	/* file descriptors of a packet */
#define MC_WIRE_TEXT 256u	/* bytes of a text with its terminating zero; UTF-8 */
#define MC_WIRE_NAME 64u	/* bytes of a short name with its terminating zero */
#define MC_WIRE_HISTOGRAM 24u	/* buckets: bucket n counts times in [2^n, 2^(n+1)) microseconds, bucket 0 from 0 */

enum mc_wire_type {
	/* down */
	MC_WIRE_CONFIG = 1,
	MC_WIRE_RTSP = 2,
	MC_WIRE_RTP = 3,
	MC_WIRE_STOP = 4,
	/* up */
	MC_WIRE_READY = 64,
	MC_WIRE_STATUS = 65,
	MC_WIRE_RTP_REQUEST = 66,
	MC_WIRE_STATISTICS = 67,
	MC_WIRE_ENDED = 68,
};

struct mc_wire_header {
	uint32_t version;	/* MC_WIRE_VERSION */
	uint32_t type;		/* enum mc_wire_type */
	uint32_t size;		/* of the whole packet in bytes */
	uint32_t fds;		/* file descriptors that come with it */
};

/* CONFIG: one fd, the kernel context. */
struct mc_wire_config {
	char sink_name[MC_WIRE_NAME];	/* what the monitor is called */
	char driver[MC_WIRE_NAME];	/* "gst", or a shared object's path */
	char encoder[MC_WIRE_NAME];	/* "" for the best */
	char peer[MC_WIRE_NAME];	/* the sink's address, numeric */
	char local[MC_WIRE_NAME];	/* our address towards it, numeric */
	uint32_t rtsp_port;		/* that we listen on: for the presentation URL */
	uint32_t width, height;		/* mode that the user asked for; 0: negotiate */
	uint32_t refresh_mhz;		/* with it; 0: the highest that the sink and this machine can */
	uint32_t bitrate_kbps;		/* at most; 0: the default */
	uint32_t audio;			/* 1: send sound where the sink takes it */
	uint32_t pcr_lead_ms;		/* PTS - PCR */
	uint32_t pad;
};

/* RTSP: one fd, the connected TCP socket. */
struct mc_wire_rtsp {
	uint64_t pad;
};

/* RTP: one fd or two, UDP sockets connected to the sink: media, and RTCP when it was asked for. */
struct mc_wire_rtp {
	uint32_t server_port;	/* ours, for the SETUP answer */
	uint32_t rtcp_port;	/* ours, 0 for none */
};

enum mc_wire_stop_reason {
	MC_WIRE_STOP_USER = 0,	/* disconnect was asked for */
	MC_WIRE_STOP_LINK = 1,	/* the link is gone: do not wait for the sink */
	MC_WIRE_STOP_SHUTDOWN = 2,
};

struct mc_wire_stop {
	uint32_t reason;	/* enum mc_wire_stop_reason */
	uint32_t pad;
};

struct mc_wire_ready {
	uint64_t sandbox;	/* MC_WIRE_SANDBOX_*: what of the lock this kernel has granted */
};

#define MC_WIRE_SANDBOX_NO_NEW_PRIVS (1u << 0)
#define MC_WIRE_SANDBOX_NAMESPACES (1u << 1)
#define MC_WIRE_SANDBOX_LANDLOCK (1u << 2)
#define MC_WIRE_SANDBOX_SECCOMP (1u << 3)

enum mc_wire_state {
	MC_WIRE_STATE_NEGOTIATING = 1,
	MC_WIRE_STATE_STREAMING = 2,
	MC_WIRE_STATE_PAUSED = 3,
	MC_WIRE_STATE_STOPPING = 4,
};

/* STATUS: the state, and in words the step that it is at. */
struct mc_wire_status {
	uint32_t state;		/* enum mc_wire_state */
	uint32_t width, height, refresh_mhz;	/* of the stream, 0 until known */
	uint32_t bitrate_kbps;
	uint32_t audio;		/* 0 none, 1 LPCM, 2 AAC */
	uint32_t profile;	/* H.264 profile_idc */
	uint32_t level;		/* H.264 level_idc */
	char step[MC_WIRE_TEXT];	/* "M4: told the sink the mode" */
	char encoder[MC_WIRE_NAME];
	char sink[MC_WIRE_NAME];	/* what the sink calls itself, or "" */
};

/* RTP_REQUEST: the ports of the sink that RTP and RTCP go to; the host is the RTSP peer's. */
struct mc_wire_rtp_request {
	uint32_t port;		/* 1 to 65535 */
	uint32_t rtcp_port;	/* 0: none */
};

/* The times of one stage over the session. Sums, not averages, so that a reader can take differences. */
struct mc_wire_histogram {
	uint64_t count;
	uint64_t sum_us;
	uint64_t max_us;
	uint32_t bucket[MC_WIRE_HISTOGRAM];
};

enum mc_wire_stage {
	MC_WIRE_STAGE_ACQUIRE,	/* published by the kernel -> acquired */
	MC_WIRE_STAGE_CONVERT,	/* acquired -> NV12, released */
	MC_WIRE_STAGE_ENCODE,	/* NV12 -> access unit */
	MC_WIRE_STAGE_SEND,	/* access unit -> last datagram given to the kernel */
	MC_WIRE_STAGE_TOTAL,	/* published -> last datagram */
	MC_WIRE_STAGES,
};

/* STATISTICS: since the stream began. */
struct mc_wire_statistics {
	uint64_t time_ns;	/* CLOCK_MONOTONIC */
	uint64_t frames_acquired;
	uint64_t frames_skipped;	/* published, never acquired */
	uint64_t frames_revoked;
	uint64_t pictures_encoded;
	uint64_t pictures_refined;	/* of them, of an unchanged screen */
	uint64_t idr;
	uint64_t idr_requests;
	uint64_t bytes_sent;
	uint64_t datagrams_sent;
	uint64_t send_errors;
	struct mc_wire_histogram stage[MC_WIRE_STAGES];
};

/* ENDED: numbered as MIRACAST_STATUS of the Windows contract (driver.h), or MC_WIRE_ENDED_STOPPED. */
#define MC_WIRE_ENDED_STOPPED 0xffffffffu	/* as asked, or by the sink's TEARDOWN after our trigger */

struct mc_wire_ended {
	uint32_t status;	/* enum mc_miracast_status, or MC_WIRE_ENDED_STOPPED */
	int32_t code;		/* negative errno, or 0 */
	char step[MC_WIRE_NAME];	/* "M3" */
	char text[MC_WIRE_TEXT];	/* what was expected, what came, what to do */
};

union mc_wire_body {
	struct mc_wire_config config;
	struct mc_wire_rtsp rtsp;
	struct mc_wire_rtp rtp;
	struct mc_wire_stop stop;
	struct mc_wire_ready ready;
	struct mc_wire_status status;
	struct mc_wire_rtp_request rtp_request;
	struct mc_wire_statistics statistics;
	struct mc_wire_ended ended;
};

struct mc_wire_message {
	enum mc_wire_type type;
	union mc_wire_body body;
	int fds[MC_WIRE_FDS_MAX];	/* -1 where there is none; the receiver owns and closes them */
};

/* Which way a message goes: a receiver names the one that it accepts. */
enum mc_wire_direction {
	MC_WIRE_DOWN,
	MC_WIRE_UP,
};

/* An empty message of a type, without file descriptors. */
void mc_wire_message_init(struct mc_wire_message *message, enum mc_wire_type type);

/* Closes the file descriptors that a received message still has. */
void mc_wire_message_clear(struct mc_wire_message *message);

/*
 * Copies a text into a field of a message: cut at a letter, what is no UTF-8 or a control character replaced. What a sink said may
 * be quoted in it, and a receiver takes no message whose text cannot be shown.
 */
void mc_wire_set_text(char *field, size_t size, const char *text);

/*
 * Checks a packet's bytes, without its file descriptors: pure. On success *message is the packet's content with every
 * text terminated. Returns 0; -EPROTO for a wrong version, type, direction, size or number of descriptors, or a value
 * out of its range; -EBADMSG for text that is not terminated UTF-8 without control characters.
 */
int mc_wire_parse(const void *packet, size_t size, size_t fds, enum mc_wire_direction direction,
		  struct mc_wire_message *message);

/*
 * Sends a message, never blocking; the descriptors stay the caller's. Returns 0; -EAGAIN when the peer does not read;
 * -EPIPE when it is gone; another negative errno of sendmsg().
 */
int mc_wire_send(int socket, const struct mc_wire_message *message);

/*
 * Receives a message, never blocking. Returns 1; 0 at the peer's end; -EAGAIN when none is there; what
 * mc_wire_parse() returns for a bad one, whose descriptors are closed (the caller ends the session).
 */
int mc_wire_receive(int socket, enum mc_wire_direction direction, struct mc_wire_message *message);
