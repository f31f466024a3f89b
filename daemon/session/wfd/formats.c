// SPDX-License-Identifier: GPL-2.0-or-later
/* Resolution tables, levels and the choice of a mode. */
#include "formats.h"

#include <string.h>

#define P(table, bit, width, height, hz) { table, bit, width, height, hz, false }
#define I(table, bit, width, height, hz) { table, bit, width, height, hz, true }
#define BOTH(table, bit, width, height) P(table, bit, width, height, 30), P(table, bit + 1, width, height, 60)

/* Wi-Fi Display 1.1, tables 5-10 to 5-12. Every other table of this program is made from this one. */
static const struct mc_wfd_mode modes[] = {
	P(MC_WFD_CEA, 0, 640, 480, 60), P(MC_WFD_CEA, 1, 720, 480, 60), I(MC_WFD_CEA, 2, 720, 480, 60),
	P(MC_WFD_CEA, 3, 720, 576, 50), I(MC_WFD_CEA, 4, 720, 576, 50), P(MC_WFD_CEA, 5, 1280, 720, 30),
	P(MC_WFD_CEA, 6, 1280, 720, 60), P(MC_WFD_CEA, 7, 1920, 1080, 30), P(MC_WFD_CEA, 8, 1920, 1080, 60),
	I(MC_WFD_CEA, 9, 1920, 1080, 60), P(MC_WFD_CEA, 10, 1280, 720, 25), P(MC_WFD_CEA, 11, 1280, 720, 50),
	P(MC_WFD_CEA, 12, 1920, 1080, 25), P(MC_WFD_CEA, 13, 1920, 1080, 50), I(MC_WFD_CEA, 14, 1920, 1080, 50),
	P(MC_WFD_CEA, 15, 1280, 720, 24), P(MC_WFD_CEA, 16, 1920, 1080, 24),
	BOTH(MC_WFD_VESA, 0, 800, 600), BOTH(MC_WFD_VESA, 2, 1024, 768), BOTH(MC_WFD_VESA, 4, 1152, 864),
	BOTH(MC_WFD_VESA, 6, 1280, 768), BOTH(MC_WFD_VESA, 8, 1280, 800), BOTH(MC_WFD_VESA, 10, 1360, 768),
	BOTH(MC_WFD_VESA, 12, 1366, 768), BOTH(MC_WFD_VESA, 14, 1280, 1024), BOTH(MC_WFD_VESA, 16, 1400, 1050),
	BOTH(MC_WFD_VESA, 18, 1440, 900), BOTH(MC_WFD_VESA, 20, 1600, 900), BOTH(MC_WFD_VESA, 22, 1600, 1200),
	BOTH(MC_WFD_VESA, 24, 1680, 1024), BOTH(MC_WFD_VESA, 26, 1680, 1050), P(MC_WFD_VESA, 28, 1920, 1200, 30),
	BOTH(MC_WFD_HH, 0, 800, 480), BOTH(MC_WFD_HH, 2, 854, 480), BOTH(MC_WFD_HH, 4, 864, 480),
	BOTH(MC_WFD_HH, 6, 640, 360), BOTH(MC_WFD_HH, 8, 960, 540), BOTH(MC_WFD_HH, 10, 848, 480),
};

/* H.264 table A-1, from the lowest level that Wi-Fi Display names: bit n of its bitmap is entry n. */
static const struct {
	uint8_t idc;
	uint32_t macroblocks_s, macroblocks, kbps;
} levels[] = {
	{ 31, 108000, 3600, 14000 }, { 32, 216000, 5120, 20000 }, { 40, 245760, 8192, 20000 }, { 41, 245760, 8192, 50000 },
	{ 42, 522240, 8704, 50000 }, { 50, 589824, 22080, 135000 }, { 51, 983040, 36864, 240000 }, { 52, 2073600, 36864, 240000 },
};

const struct mc_wfd_mode *mc_wfd_modes(gsize *count)
{
	*count = G_N_ELEMENTS(modes);
	return modes;
}

static uint32_t macroblocks(const struct mc_wfd_mode *mode)
{
	return ((mode->width + 15u) / 16) * ((mode->height + 15u) / 16);
}

uint8_t mc_wfd_level_for(const struct mc_wfd_mode *mode, uint8_t *bit)
{
	uint32_t size = macroblocks(mode);

	for (unsigned int i = 0; i < G_N_ELEMENTS(levels); i++) {
		/* Neither side may be longer than the square root of eight times the size allows. */
		uint32_t side = (MAX(mode->width, mode->height) + 15u) / 16;

		if (size > levels[i].macroblocks || size * mode->hz > levels[i].macroblocks_s || side * side > 8 * levels[i].macroblocks)
			continue;
		*bit = 1u << i;
		return levels[i].idc;
	}
	return 0;
}

uint32_t mc_wfd_level_kbps(uint8_t level_idc)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(levels); i++) {
		if (levels[i].idc == level_idc)
			return levels[i].kbps;
	}
	return levels[0].kbps;
}

/* --- parsing --------------------------------------------------------------------------------------- */

/* A hexadecimal field of up to @digits digits and what follows it of spaces. */
static bool hex(const char **at, unsigned int digits, uint32_t *value)
{
	unsigned int n = 0;

	*value = 0;
	while (n < digits && g_ascii_isxdigit((*at)[n]))
		*value = *value << 4 | g_ascii_xdigit_value((*at)[n++]);
	if (!n || g_ascii_isxdigit((*at)[n]))
		return false;
	*at += n;
	while (**at == ' ')
		(*at)++;
	return true;
}

static void skip_word(const char **at)
{
	while (**at && **at != ' ' && **at != ',')
		(*at)++;
	while (**at == ' ')
		(*at)++;
}

static bool parse_codec(const char **at, struct mc_wfd_codec *codec)
{
	uint32_t v[10];
	static const uint8_t digits[10] = { 2, 2, 8, 8, 8, 2, 4, 4, 2, 0 };

	for (int i = 0; i < 9; i++) {
		if (!hex(at, digits[i], &v[i]))
			return false;
	}
	/* hres and vres: "none", a number, or not there. */
	skip_word(at);
	skip_word(at);
	*codec = (struct mc_wfd_codec){ .profile = v[0], .level = v[1], .modes = { v[2], v[3], v[4] }, .latency = v[5],
					.min_slice = v[6], .slice_enc = v[7], .frame_rate_control = v[8] };
	return true;
}

bool mc_wfd_video_parse(const char *at, struct mc_wfd_video *video)
{
	uint32_t native, preferred;

	memset(video, 0, sizeof(*video));
	while (*at == ' ')
		at++;
	if (g_str_has_prefix(at, "none"))
		return true;
	if (!hex(&at, 2, &native) || !hex(&at, 2, &preferred))
		return false;
	video->native = native;
	while (video->count < MC_WFD_CODECS_MAX) {
		if (!parse_codec(&at, &video->codec[video->count]))
			return video->count > 0;
		video->count++;
		if (*at != ',')
			break;
		at++;
		while (*at == ' ')
			at++;
	}
	return true;
}

char *mc_wfd_video_format(const struct mc_wfd_choice *choice)
{
	uint32_t mask[MC_WFD_TABLES] = {};

	mask[choice->mode->table] = 1u << choice->mode->bit;
	return g_strdup_printf("00 00 %02X %02X %08X %08X %08X 00 0000 0000 %02X none none", choice->profile, choice->level_bit,
			       mask[MC_WFD_CEA], mask[MC_WFD_VESA], mask[MC_WFD_HH], choice->frame_skipping ? MC_WFD_FRC_SKIPPING : 0);
}

/* --- the choice ------------------------------------------------------------------------------------ */

/* The sink's codec that carries a mode: a baseline one before a high one, which costs more to encode. */
static bool offered(const struct mc_wfd_video *video, const struct mc_wfd_mode *mode, struct mc_wfd_choice *choice)
{
	uint8_t bit, idc = mc_wfd_level_for(mode, &bit);
	bool found = false;

	if (!idc || mode->interlaced)
		return false;
	for (unsigned int i = 0; i < video->count; i++) {
		const struct mc_wfd_codec *c = &video->codec[i];
		bool baseline = c->profile & MC_WFD_PROFILE_CBP || !(c->profile & MC_WFD_PROFILE_CHP);

		/* The bitmap names the highest level that is decoded: it holds the lower ones. Some sinks send more than one bit. */
		if (!(c->modes[mode->table] & 1u << mode->bit) || c->level < bit || (found && !baseline))
			continue;
		*choice = (struct mc_wfd_choice){ .mode = mode, .level_bit = bit, .level = idc, .latency = c->latency,
			.profile = baseline ? MC_WFD_PROFILE_CBP : MC_WFD_PROFILE_CHP,
			.frame_skipping = c->frame_rate_control & MC_WFD_FRC_SKIPPING };
		found = true;
	}
	return found;
}

static bool wished(const struct mc_wfd_mode *mode, const struct mc_wfd_wish *wish)
{
	if (wish->width && (mode->width != wish->width || mode->height != wish->height))
		return false;
	return !wish->refresh_mhz || ABS((int)(mode->hz * 1000 - wish->refresh_mhz)) <= 100;
}

static char *list_modes(const struct mc_wfd_video *video)
{
	GString *text = g_string_new(NULL);
	struct mc_wfd_choice choice;

	for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
		if (offered(video, &modes[i], &choice))
			g_string_append_printf(text, "%s%ux%u@%u", text->len ? ", " : "", modes[i].width, modes[i].height, modes[i].hz);
	}
	return g_string_free(text, FALSE);
}

/* Which of two is better, of those that fit. */
static uint64_t worth(const struct mc_wfd_mode *mode, const struct mc_wfd_wish *wish, uint8_t native)
{
	uint64_t value = (uint64_t)mode->width * mode->height * mode->hz;
	gboolean is_native = false;

	for (gsize i = 0; native && i < G_N_ELEMENTS(modes); i++) {
		if (modes[i].table == (native & 7) && modes[i].bit == native >> 3)
			is_native = modes[i].width == mode->width && modes[i].height == mode->height;
	}
	/* Its own resolution, at whatever rate, looks better on a panel than more pixels per second do. */
	if (mode->width == wish->preferred_width && mode->height == wish->preferred_height)
		value += 2ULL << 40;
	else if (!wish->preferred_width && is_native)
		value += 1ULL << 40;
	return value;
}

bool mc_wfd_choose(const struct mc_wfd_video *video, const struct mc_wfd_wish *wish, struct mc_wfd_choice *choice, char **why)
{
	uint64_t best = 0;

	*why = NULL;
	if (!video->count) {
		*why = g_strdup("the sink says that it takes no video");
		return false;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
		const struct mc_wfd_mode *mode = &modes[i];
		uint64_t load = (uint64_t)macroblocks(mode) * mode->hz, value;
		struct mc_wfd_choice offer;

		if (!offered(video, mode, &offer) || !wished(mode, wish))
			continue;
		if (wish->safe && !(mode->table == MC_WFD_CEA && (mode->bit == 0 || mode->bit == 5)))
			continue;
		/* A quarter is left to the desktop; who names a mode gets it. */
		offer.slow = wish->macroblocks && load > wish->macroblocks * 3 / 4;
		value = worth(mode, wish, video->native);
		if (offer.slow && !wish->width)
			value = 1 + (UINT32_MAX - load) / 2;
		/* A desktop at less than 30 Hz is nobody's wish. */
		if (mode->hz < 30 && !wish->refresh_mhz)
			value = 1;
		if (value > best) {
			best = value;
			*choice = offer;
		}
	}
	if (!best) {
		g_autofree char *list = list_modes(video);

		if (wish->width)
			*why = g_strdup_printf("the sink does not take %ux%u%s; it takes %s", wish->width, wish->height,
					       wish->refresh_mhz ? " at this rate" : "", *list ? list : "no mode that we can send");
		else
			*why = g_strdup_printf("the sink takes no mode that we can send (%s)", *list ? list : "none");
		return false;
	}
	if (choice->slow)
		*why = g_strdup_printf("this machine may be too slow for %ux%u at %u Hz", choice->mode->width, choice->mode->height,
				       choice->mode->hz);
	return true;
}
