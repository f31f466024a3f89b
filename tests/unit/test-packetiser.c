// SPDX-License-Identifier: GPL-2.0-or-later
/* The transport stream, taken apart again by a reader of its own. */
#include <glib.h>
#include <string.h>

#include "session/media/packetiser.h"

/* What a receiver makes of the datagrams. */
struct reader {
	int sequence, cc[8192];
	GByteArray *video, *audio;
	int video_starts, pcrs, pats, pmts;
	uint64_t pts, pcr, last_pcr_rtp;
	bool unbounded;
};

static void reader_init(struct reader *r)
{
	memset(r, 0, sizeof(*r));
	memset(r->cc, 0xff, sizeof(r->cc));
	r->sequence = -1;
	r->video = g_byte_array_new();
	r->audio = g_byte_array_new();
}

static void reader_clear(struct reader *r)
{
	g_byte_array_unref(r->video);
	g_byte_array_unref(r->audio);
}

static void read_packet(struct reader *r, const uint8_t *p)
{
	int pid = (p[1] & 0x1f) << 8 | p[2], start = p[1] >> 6 & 1, control = p[3] >> 4, cc = p[3] & 15, at = 4;

	g_assert_cmpint(p[0], ==, 0x47);
	if (control & 1) {
		if (r->cc[pid] >= 0)
			g_assert_cmpint(cc, ==, (r->cc[pid] + 1) & 15);
		r->cc[pid] = cc;
	}
	if (control & 2) {
		at += 1 + p[4];
		g_assert_cmpint(at, <=, 188);
		if (p[4] && p[5] & 0x10) {
			r->pcr = ((uint64_t)p[6] << 25 | p[7] << 17 | p[8] << 9 | p[9] << 1 | p[10] >> 7);
			r->pcrs++;
			g_assert_cmpint(pid, ==, 0x1000);
		}
	}
	if (!(control & 1))
		return;
	r->pats += pid == 0;
	r->pmts += pid == 0x100;
	if (pid == 0x1011 || pid == 0x1100) {
		GByteArray *to = pid == 0x1011 ? r->video : r->audio;

		if (start) {
			g_assert_cmpmem(p + at, 3, ((uint8_t[]){ 0, 0, 1 }), 3);
			g_assert_cmpint(p[at + 3], ==, pid == 0x1011 ? 0xe0 : 0xbd);
			g_assert_cmpint(p[at + 6], ==, 0x84);
			r->unbounded = !p[at + 4] && !p[at + 5];
			r->pts = (uint64_t)(p[at + 9] & 0x0e) << 29 | p[at + 10] << 22 | (p[at + 11] & 0xfe) << 14 |
				 p[at + 12] << 7 | p[at + 13] >> 1;
			g_byte_array_set_size(to, 0);
			if (!r->unbounded) {
				g_assert_cmpint(p[at + 4] << 8 | p[at + 5], >, 8);
			}
			at += 9 + p[at + 8];
			r->video_starts += pid == 0x1011;
		}
		g_byte_array_append(to, p + at, 188 - at);
	}
}

static void read_all(struct reader *r, struct mc_datagrams *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const uint8_t *bytes = d->bytes + i * MC_DATAGRAM_MAX;
		int sequence = bytes[2] << 8 | bytes[3];

		g_assert_cmpint(bytes[0], ==, 0x80);
		g_assert_cmpint(bytes[1] & 0x7f, ==, 33);
		if (r->sequence >= 0)
			g_assert_cmpint(sequence, ==, (r->sequence + 1) & 0xffff);
		r->sequence = sequence;
		g_assert_cmpint((d->sizes[i] - 12) % 188, ==, 0);
		g_assert_cmpint(d->sizes[i], <=, MC_DATAGRAM_MAX);
		g_assert_cmpint(d->sizes[i], >, 12);
		for (size_t at = 12; at < d->sizes[i]; at += 188)
			read_packet(r, bytes + at);
	}
	mc_datagrams_clear(d);
}

static uint8_t *noise(size_t size)
{
	uint8_t *bytes = g_malloc(size + 1);

	for (size_t i = 0; i < size; i++)
		bytes[i] = g_test_rand_int_range(0, 256);
	return bytes;
}

/* Access units of every size around the edges of a packet, a datagram and a PES length; the sequence number wraps. */
static void units_come_out_whole(void)
{
	struct mc_packetiser p;
	struct mc_datagrams d = {};
	struct reader r;
	uint64_t now = 12345;

	reader_init(&r);
	mc_packetiser_init(&p, 0xdeadbeef, 65500, true, 66, 0xc0, 40);
	for (int i = 0; i < 1400; i++) {
		size_t size = i < 1320 ? i + 1 : g_test_rand_int_range(1, 400000);
		g_autofree uint8_t *unit = noise(size);

		now += 1500;
		mc_packetiser_video(&p, unit, size, i % 100 == 0, now + 900, now, &d);
		read_all(&r, &d);
		g_assert_cmpmem(r.video->data, r.video->len, unit, size);
		g_assert_cmpuint(r.pts, ==, now + 900);
		g_assert_cmpint(r.unbounded, ==, size + 8 > 65535);
	}
	g_assert_cmpint(r.video_starts, ==, 1400);
	reader_clear(&r);
	mc_datagrams_free(&d);
}

static void sound_is_wfd_lpcm(void)
{
	struct mc_packetiser p;
	struct mc_datagrams d = {};
	struct reader r;
	g_autofree uint8_t *samples = noise(MC_LPCM_BYTES);

	reader_init(&r);
	mc_packetiser_init(&p, 1, 1, true, 66, 0xc0, 40);
	mc_packetiser_lpcm(&p, samples, 90000, 80000, &d);
	read_all(&r, &d);
	g_assert_cmpint(r.audio->len, ==, 4 + MC_LPCM_BYTES);
	g_assert_cmpmem(r.audio->data, 4, ((uint8_t[]){ 0xa0, 6, 0, 0x11 }), 4);
	g_assert_cmpmem(r.audio->data + 4, MC_LPCM_BYTES, samples, MC_LPCM_BYTES);
	reader_clear(&r);
	mc_datagrams_free(&d);
}

/* Whatever comes or does not come, PCR and tables are never more than 100 ms apart. */
static void clock_and_tables_are_on_time(void)
{
	struct mc_packetiser p;
	struct mc_datagrams d = {};
	uint64_t now = 0, pcr_at = 0, psi_at = 0;

	mc_packetiser_init(&p, 1, 1, false, 66, 0xc0, 40);
	for (int i = 0; i < 5000; i++) {
		struct reader r;

		reader_init(&r);
		now += g_test_rand_int_range(1, 26 * 90);
		if (g_test_rand_int_range(0, 4))
			mc_packetiser_idle(&p, now, &d);
		else
			mc_packetiser_video(&p, (uint8_t[]){ 0, 0, 0, 1, 9, 0x10 }, 6, g_test_rand_int_range(0, 10) == 0, now, now, &d);
		read_all(&r, &d);
		if (r.pcrs) {
			g_assert_cmpuint(r.pcr, ==, now);
			g_assert_cmpuint(now - pcr_at, <=, 100 * 90);
			pcr_at = now;
		}
		if (r.pats) {
			g_assert_cmpint(r.pmts, ==, r.pats);
			g_assert_cmpuint(now - psi_at, <=, 120 * 90);
			psi_at = now;
		}
		g_assert_cmpuint(now - pcr_at, <=, 100 * 90);
		reader_clear(&r);
	}
	mc_datagrams_free(&d);
}

static void clocks_of_33_bits_wrap(void)
{
	struct mc_packetiser p;
	struct mc_datagrams d = {};
	struct reader r;
	uint64_t now = (1ULL << 33) - 10;

	reader_init(&r);
	mc_packetiser_init(&p, 1, 1, false, 66, 0xc0, 40);
	mc_packetiser_video(&p, (uint8_t[]){ 0 }, 1, true, now + 20, now, &d);
	read_all(&r, &d);
	g_assert_cmpuint(r.pts, ==, 10);
	g_assert_cmpuint(r.pcr, ==, (1ULL << 33) - 10);
	reader_clear(&r);
	mc_datagrams_free(&d);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/packetiser/units-come-out-whole", units_come_out_whole);
	g_test_add_func("/packetiser/sound-is-wfd-lpcm", sound_is_wfd_lpcm);
	g_test_add_func("/packetiser/clock-and-tables-are-on-time", clock_and_tables_are_on_time);
	g_test_add_func("/packetiser/clocks-of-33-bits-wrap", clocks_of_33_bits_wrap);
	return g_test_run();
}
