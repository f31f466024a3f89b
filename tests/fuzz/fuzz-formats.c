// SPDX-License-Identifier: GPL-2.0-or-later
/* What a sink says that it can show: formats and EDID. */
#include <stdlib.h>
#include <string.h>

#include "session/wfd/edid.h"
#include "session/wfd/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size), *why = NULL;
	struct mc_wfd_choice choice;
	struct mc_wfd_video video;
	uint8_t edid[MC_EDID_MAX];
	uint32_t width, height;
	size_t bytes;

	if (mc_wfd_video_parse(text, &video)) {
		struct mc_wfd_wish wish = { .macroblocks = size * 10000, .preferred_width = 1920, .preferred_height = 1080 };

		if (video.count > MC_WFD_CODECS_MAX)
			abort();
		if (mc_wfd_choose(&video, &wish, &choice, &why)) {
			g_autofree char *format = mc_wfd_video_format(&choice);
			struct mc_wfd_video back;

			/* What we say is what a sink can parse: one mode, one profile, one level. */
			if (!mc_wfd_video_parse(format, &back) || back.count != 1 || back.codec[0].profile != choice.profile)
				abort();
			if (!(back.codec[0].modes[choice.mode->table] & 1u << choice.mode->bit) || choice.mode->interlaced)
				abort();
		} else if (!why) {
			abort();
		}
	}
	bytes = mc_edid_parse(text, edid);
	if (bytes > MC_EDID_MAX || (bytes && !mc_edid_valid(edid, bytes)))
		abort();
	mc_edid_preferred(edid, bytes, &width, &height);
	return 0;
}
