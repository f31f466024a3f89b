// SPDX-License-Identifier: GPL-2.0-or-later
/* The sink's answer to M3. Wi-Fi Display 1.1, 6.1; lenient, as real sinks need it. */
#include "sink.h"

#include <stdio.h>
#include <string.h>

char *mc_wfd_parameter(const char *body, const char *name)
{
	gsize length = strlen(name);

	for (const char *line = body; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!g_ascii_strncasecmp(line, name, length) && line[length] == ':')
			return g_strstrip(g_strndup(line + length + 1, strcspn(line + length + 1, "\r\n")));
	}
	return NULL;
}

static void parse_audio(struct mc_wfd_sink *sink, const char *value)
{
	g_auto(GStrv) codecs = g_strsplit(value, ",", 16);

	for (char **codec = codecs; *codec; codec++) {
		char name[8];
		unsigned int modes;

		if (sscanf(*codec, " %7s %8x", name, &modes) != 2 || !modes)
			continue;
		sink->has_audio = true;
		/* Bit 1: 48 kHz, 16 bit, stereo, which every sink with sound has to take. */
		if (!g_ascii_strcasecmp(name, "LPCM") && modes & 2)
			sink->lpcm = true;
	}
}

static bool parse_ports(struct mc_wfd_sink *sink, const char *value)
{
	unsigned int port = 0;
	const char *at = strstr(value, "unicast");

	if (!at || sscanf(at, "unicast %u", &port) != 1 || !port || port > 65535)
		return false;
	sink->rtp_port = port;
	return true;
}

char *mc_wfd_sink_parse(const char *body, struct mc_wfd_sink *sink)
{
	g_autofree char *video = mc_wfd_parameter(body, "wfd_video_formats"), *audio = mc_wfd_parameter(body, "wfd_audio_codecs");
	g_autofree char *ports = mc_wfd_parameter(body, "wfd_client_rtp_ports"), *edid = mc_wfd_parameter(body, "wfd_display_edid");
	g_autofree char *connector = mc_wfd_parameter(body, "wfd_connector_type");

	if (!video || !mc_wfd_video_parse(video, &sink->video))
		return g_strdup_printf("expected wfd_video_formats, got %s%.60s; this is no Wi-Fi Display sink that we know",
				       video ? "" : "no such line", video ? video : "");
	/* A sink of old says its port in SETUP alone; there is one that every source assumes. */
	if (!ports || !parse_ports(sink, ports))
		sink->rtp_port = 19000;
	if (audio)
		parse_audio(sink, audio);
	if (edid)
		sink->edid_size = mc_edid_parse(edid, sink->edid);
	sink->connector = connector && g_ascii_isxdigit(*connector) ? g_ascii_strtoull(connector, NULL, 16) : 0xff;
	return NULL;
}
