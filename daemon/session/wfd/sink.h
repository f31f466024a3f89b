/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sink says of itself in its answer to M3. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edid.h"
#include "formats.h"

/* What M3 told. */
struct mc_wfd_sink {
	struct mc_wfd_video video;
	uint8_t edid[MC_EDID_MAX];
	size_t edid_size;
	bool lpcm;		/* 48 kHz, 16 bit, stereo */
	bool has_audio;		/* it named some codec */
	uint8_t connector;	/* wfd_connector_type; 0xff: unknown */
	uint16_t rtp_port;
	char name[64];		/* of its User-Agent or Server header; "" */
};

/* Parses the answer's body. NULL, or in words (to be freed) what is missing. */
char *mc_wfd_sink_parse(const char *body, struct mc_wfd_sink *sink);

/* The value of a "name: value" line of a body, to be freed; NULL without it. */
char *mc_wfd_parameter(const char *body, const char *name);
