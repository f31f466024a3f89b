/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access units and sound in, RTP datagrams of MPEG transport stream out, as Wi-Fi Display wants them. Pure: no clock, no socket.
 * Program: PAT 0x0000, PMT 0x0100, PCR 0x1000 (its own PID), H.264 0x1011, LPCM 0x1100.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MC_TS_SIZE 188u
#define MC_RTP_HEADER 12u
#define MC_RTP_TS_PACKETS 7u	/* of one datagram at most: 1316 bytes */
#define MC_DATAGRAM_MAX (MC_RTP_HEADER + MC_RTP_TS_PACKETS * MC_TS_SIZE)
/* 48 kHz, 16 bit, stereo: six access units of 80 samples in a PES, 10 ms. */
#define MC_LPCM_FRAMES 480u
#define MC_LPCM_BYTES (MC_LPCM_FRAMES * 4u)

/* The datagrams that one call makes; grows, is used again. */
struct mc_datagrams {
	uint8_t *bytes;		/* MC_DATAGRAM_MAX for each */
	size_t *sizes;
	size_t count, room;
};

struct mc_packetiser {
	uint32_t ssrc;
	uint16_t sequence;
	bool audio;			/* the program has sound */
	uint8_t profile, constraints, level;	/* as in the sequence parameter set */
	uint8_t cc_pat, cc_pmt, cc_video, cc_audio;
	bool started;
	uint64_t psi_due, pcr_due;	/* 90 kHz */
};

void mc_datagrams_clear(struct mc_datagrams *out);
void mc_datagrams_free(struct mc_datagrams *out);

void mc_packetiser_init(struct mc_packetiser *p, uint32_t ssrc, uint16_t sequence, bool audio, uint8_t profile,
			uint8_t constraints, uint8_t level);

/*
 * One access unit, Annex B with its delimiter. @pts and @now: 90 kHz on one time base, not wrapped; @now is the PCR and the
 * RTP time stamp. Tables and PCR come first with a key picture, and when they are due. Appends to @out.
 */
void mc_packetiser_video(struct mc_packetiser *p, const uint8_t *unit, size_t size, bool key, uint64_t pts, uint64_t now,
			 struct mc_datagrams *out);

/* MC_LPCM_BYTES of big-endian samples. */
void mc_packetiser_lpcm(struct mc_packetiser *p, const uint8_t *samples, uint64_t pts, uint64_t now, struct mc_datagrams *out);

/* Nothing to say: PCR and tables where they are due, else nothing. */
void mc_packetiser_idle(struct mc_packetiser *p, uint64_t now, struct mc_datagrams *out);
