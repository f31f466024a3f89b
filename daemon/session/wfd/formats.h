/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pictures a sink takes and which one it gets: the tables of Wi-Fi Display's resolution bitmaps, its wfd_video_formats,
 * H.264's levels, and the choice. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum mc_wfd_table { MC_WFD_CEA, MC_WFD_VESA, MC_WFD_HH, MC_WFD_TABLES };

struct mc_wfd_mode {
	enum mc_wfd_table table;
	uint8_t bit;
	uint16_t width, height;
	uint8_t hz;
	bool interlaced;
};

/* One codec tuple of wfd_video_formats. */
struct mc_wfd_codec {
	uint8_t profile, level;		/* bitmaps */
	uint32_t modes[MC_WFD_TABLES];
	uint8_t latency;		/* in 5 ms */
	uint16_t min_slice, slice_enc;
	uint8_t frame_rate_control;
};

#define MC_WFD_CODECS_MAX 8
struct mc_wfd_video {
	uint8_t native;
	unsigned int count;		/* 0: none */
	struct mc_wfd_codec codec[MC_WFD_CODECS_MAX];
};

enum { MC_WFD_PROFILE_CBP = 1 << 0, MC_WFD_PROFILE_CHP = 1 << 1 };
enum { MC_WFD_FRC_SKIPPING = 1 << 0 };

/* What somebody asks for: 0 for "no matter". */
struct mc_wfd_wish {
	uint32_t width, height, refresh_mhz;
	uint64_t macroblocks;		/* that this machine encodes in a second; 0: not measured */
	uint32_t preferred_width, preferred_height;	/* the EDID's */
	bool safe;			/* the sink has refused another choice: the least that it must take */
};

/* What the sink gets. */
struct mc_wfd_choice {
	const struct mc_wfd_mode *mode;
	uint8_t profile;		/* one bit of MC_WFD_PROFILE_* */
	uint8_t level_bit;		/* one bit */
	uint8_t level;			/* level_idc */
	bool frame_skipping;
	bool slow;			/* more than this machine was measured to encode */
	uint8_t latency;
};

/* The modes, MC_WFD_TABLES tables in a row. */
const struct mc_wfd_mode *mc_wfd_modes(gsize *count);

/* Parses wfd_video_formats' value, "none" included. Unknown bits are kept. FALSE for what is not one. */
bool mc_wfd_video_parse(const char *value, struct mc_wfd_video *video);

/* M4's value for a choice: to be freed. */
char *mc_wfd_video_format(const struct mc_wfd_choice *choice);

/* The least level_idc for a mode, and its bit in wfd_video_formats; 0 when none is enough. H.264 table A-1. */
uint8_t mc_wfd_level_for(const struct mc_wfd_mode *mode, uint8_t *bit);

/* The highest bit rate of a level in kbit/s, baseline. */
uint32_t mc_wfd_level_kbps(uint8_t level_idc);

/* Chooses. NULL and words in *why (to be freed) when there is nothing to choose; *why may be set to a remark otherwise. */
bool mc_wfd_choose(const struct mc_wfd_video *video, const struct mc_wfd_wish *wish, struct mc_wfd_choice *choice, char **why);
