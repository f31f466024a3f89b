// SPDX-License-Identifier: GPL-2.0-or-later
/* MPEG transport stream over RTP as Wi-Fi Display wants it (ISO 13818-1, RFC 2250, WFD 1.1 annex B for LPCM). */
#include "packetiser.h"

#include <glib.h>
#include <string.h>

enum { PID_PAT = 0x0000, PID_PMT = 0x0100, PID_PCR = 0x1000, PID_VIDEO = 0x1011, PID_AUDIO = 0x1100 };
enum { STREAM_H264 = 0x1b, STREAM_LPCM = 0x83 };
enum { ID_VIDEO = 0xe0, ID_PRIVATE_1 = 0xbd };

#define RTP_MP2T 33
/* ISO 13818-1 wants a PCR every 100 ms; sent a little earlier. In 90 kHz. */
#define PCR_INTERVAL (70 * 90)
#define PSI_INTERVAL (90 * 90)

/* Where the transport packets of one call go. */
struct writer {
	struct mc_packetiser *p;
	struct mc_datagrams *out;
	uint32_t timestamp;
	size_t packets;		/* in the last datagram; 0: none is open */
};

void mc_datagrams_clear(struct mc_datagrams *out)
{
	out->count = 0;
}

void mc_datagrams_free(struct mc_datagrams *out)
{
	g_free(out->bytes);
	g_free(out->sizes);
	memset(out, 0, sizeof(*out));
}

void mc_packetiser_init(struct mc_packetiser *p, uint32_t ssrc, uint16_t sequence, bool audio, uint8_t profile,
			uint8_t constraints, uint8_t level)
{
	*p = (struct mc_packetiser){ .ssrc = ssrc, .sequence = sequence, .audio = audio, .profile = profile,
				     .constraints = constraints, .level = level };
}

static void put16(uint8_t *to, uint16_t value)
{
	to[0] = value >> 8;
	to[1] = value;
}

static void put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value);
}

/* Room for one transport packet, in a new datagram when the last one is full. */
static uint8_t *next_packet(struct writer *w)
{
	struct mc_datagrams *out = w->out;
	uint8_t *datagram;

	if (!w->packets || w->packets == MC_RTP_TS_PACKETS) {
		if (out->count == out->room) {
			out->room = out->room ? 2 * out->room : 64;
			out->bytes = g_realloc_n(out->bytes, out->room, MC_DATAGRAM_MAX);
			out->sizes = g_realloc_n(out->sizes, out->room, sizeof(*out->sizes));
		}
		datagram = out->bytes + out->count * MC_DATAGRAM_MAX;
		out->sizes[out->count++] = MC_RTP_HEADER;
		datagram[0] = 0x80;
		datagram[1] = RTP_MP2T;
		put16(datagram + 2, w->p->sequence++);
		put32(datagram + 4, w->timestamp);
		put32(datagram + 8, w->p->ssrc);
		w->packets = 0;
	}
	datagram = out->bytes + (out->count - 1) * MC_DATAGRAM_MAX;
	w->packets++;
	out->sizes[out->count - 1] += MC_TS_SIZE;
	return datagram + MC_RTP_HEADER + (w->packets - 1) * MC_TS_SIZE;
}

static void header(uint8_t *packet, uint16_t pid, bool start, uint8_t control, uint8_t counter)
{
	packet[0] = 0x47;
	put16(packet + 1, pid | (start ? 0x4000 : 0));
	packet[3] = control << 4 | (counter & 15);
}

/* CRC of program specific information, ISO 13818-1 annex A. */
static uint32_t crc32_mpeg(const uint8_t *bytes, size_t size)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= (uint32_t)bytes[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x80000000 ? 0x04c11db7 : 0);
	}
	return crc;
}

/* A table that fits into one packet: @section from the table id to before the CRC, its length filled here. */
static void write_section(struct writer *w, uint16_t pid, uint8_t *counter, uint8_t *section, size_t size)
{
	uint8_t *packet = next_packet(w);

	put16(section + 1, 0xb000 | (size - 3 + 4));
	header(packet, pid, true, 1, (*counter)++);
	packet[4] = 0;
	memcpy(packet + 5, section, size);
	put32(packet + 5 + size, crc32_mpeg(section, size));
	memset(packet + 9 + size, 0xff, MC_TS_SIZE - 9 - size);
}

static void write_pat(struct writer *w)
{
	uint8_t section[] = { 0x00, 0, 0, 0x00, 0x01, 0xc1, 0x00, 0x00, 0x00, 0x01, 0xe0 | PID_PMT >> 8, PID_PMT & 0xff };

	write_section(w, PID_PAT, &w->p->cc_pat, section, sizeof(section));
}

static void write_pmt(struct writer *w)
{
	const struct mc_packetiser *p = w->p;
	uint8_t section[64] = { 0x02, 0, 0, 0x00, 0x01, 0xc1, 0x00, 0x00, 0xe0 | PID_PCR >> 8, PID_PCR & 0xff, 0xf0, 0x00 };
	const uint8_t video[] = {
		STREAM_H264, 0xe0 | PID_VIDEO >> 8, PID_VIDEO & 0xff, 0xf0, 10,
		/* AVC video: neither still pictures nor 24 hour pictures; AVC timing and HRD: nothing promised */
		40, 4, p->profile, p->constraints, p->level, 0x3f,
		42, 2, 0x7e, 0x1f,
	};
	/* LPCM: 48 kHz, no emphasis, stereo */
	static const uint8_t lpcm[] = {
		STREAM_LPCM, 0xe0 | PID_AUDIO >> 8, PID_AUDIO & 0xff, 0xf0, 4, 0x83, 2, 2 << 5 | 3 << 1, 1 << 5 | 0x0f,
	};
	size_t size = 12;

	memcpy(section + size, video, sizeof(video));
	size += sizeof(video);
	if (p->audio) {
		memcpy(section + size, lpcm, sizeof(lpcm));
		size += sizeof(lpcm);
	}
	write_section(w, PID_PMT, &w->p->cc_pmt, section, size);
}

/* Adaptation field alone: the continuity counter of its PID stands still. */
static void write_pcr(struct writer *w, uint64_t now)
{
	uint8_t *packet = next_packet(w);
	uint64_t base = now & 0x1ffffffffULL;

	header(packet, PID_PCR, false, 2, 0);
	packet[4] = MC_TS_SIZE - 5;
	packet[5] = 0x10;
	put32(packet + 6, base >> 1);
	put16(packet + 10, (base & 1) << 15 | 0x7e00);
	memset(packet + 12, 0xff, MC_TS_SIZE - 12);
}

static void write_due(struct writer *w, bool key, uint64_t now)
{
	struct mc_packetiser *p = w->p;

	if (key || !p->started || now >= p->psi_due) {
		write_pat(w);
		write_pmt(w);
		p->psi_due = now + PSI_INTERVAL;
	}
	if (key || !p->started || now >= p->pcr_due) {
		write_pcr(w, now);
		p->pcr_due = now + PCR_INTERVAL;
	}
	p->started = true;
}

/* PES header with PTS; @extra bytes of payload header follow it. Returns its size. */
static size_t pes_header(uint8_t *to, uint8_t id, size_t payload, uint64_t pts)
{
	size_t length = payload + 8;

	put32(to, 0x00000100 | id);
	/* Unbounded is for video alone, where it does not fit. */
	put16(to + 4, length > 0xffff ? 0 : length);
	to[6] = 0x84;
	to[7] = 0x80;
	to[8] = 5;
	to[9] = 0x21 | (pts >> 29 & 0x0e);
	put16(to + 10, (pts >> 14 & 0xfffe) | 1);
	put16(to + 12, (pts << 1 & 0xfffe) | 1);
	return 14;
}

/* A PES packet: @head before @body, in transport packets of which only the last is stuffed. */
static void write_pes(struct writer *w, uint16_t pid, uint8_t *counter, const uint8_t *head, size_t head_size,
		      const uint8_t *body, size_t body_size)
{
	size_t total = head_size + body_size, done = 0;

	while (done < total) {
		uint8_t *packet = next_packet(w), *to = packet + 4;
		size_t left = total - done, take = MIN(left, MC_TS_SIZE - 4);
		size_t stuffing = MC_TS_SIZE - 4 - take;

		header(packet, pid, !done, stuffing ? 3 : 1, (*counter)++);
		if (stuffing) {
			to[0] = stuffing - 1;
			if (stuffing > 1) {
				to[1] = 0;
				memset(to + 2, 0xff, stuffing - 2);
			}
			to += stuffing;
		}
		if (done < head_size) {
			size_t part = MIN(take, head_size - done);

			memcpy(to, head + done, part);
			to += part;
			done += part;
			take -= part;
		}
		memcpy(to, body + (done - head_size), take);
		done += take;
	}
}

void mc_packetiser_video(struct mc_packetiser *p, const uint8_t *unit, size_t size, bool key, uint64_t pts, uint64_t now,
			 struct mc_datagrams *out)
{
	struct writer w = { p, out, now, 0 };
	uint8_t head[14];

	write_due(&w, key, now);
	write_pes(&w, PID_VIDEO, &p->cc_video, head, pes_header(head, ID_VIDEO, size, pts), unit, size);
}

void mc_packetiser_lpcm(struct mc_packetiser *p, const uint8_t *samples, uint64_t pts, uint64_t now, struct mc_datagrams *out)
{
	struct writer w = { p, out, now, 0 };
	uint8_t head[18];
	size_t size;

	write_due(&w, false, now);
	size = pes_header(head, ID_PRIVATE_1, MC_LPCM_BYTES + 4, pts);
	/* Substream, six access units, then 16 bit, 48 kHz, two channels. */
	memcpy(head + size, (const uint8_t[]){ 0xa0, 0x06, 0x00, 0x11 }, 4);
	write_pes(&w, PID_AUDIO, &p->cc_audio, head, size + 4, samples, MC_LPCM_BYTES);
}

void mc_packetiser_idle(struct mc_packetiser *p, uint64_t now, struct mc_datagrams *out)
{
	struct writer w = { p, out, now, 0 };

	write_due(&w, false, now);
}
