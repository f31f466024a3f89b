// SPDX-License-Identifier: GPL-2.0-or-later
/* A MICE message of anybody's: what is read stays in its bounds, and says the same when it is written and read again. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "manager/mice-message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_mice_message message = {}, again = {};
	int used = mc_mice_parse(data, size, &message);
	uint8_t out[MC_MICE_MAX];
	int written;

	if (used <= 0)
		return 0;
	if ((size_t)used > size || used > MC_MICE_MAX || !g_utf8_validate(message.name, -1, NULL))
		abort();
	/* A byte less is no message yet. */
	if (mc_mice_parse(data, used - 1, &again))
		abort();
	/* A byte order mark at the beginning is none of the name. */
	if (g_str_has_prefix(message.name, "\xef\xbb\xbf"))
		return 0;
	if (message.command > MC_MICE_STOP_PROJECTION || !message.has_id || (message.command == MC_MICE_SOURCE_READY && !message.has_port))
		return 0;
	written = mc_mice_build(out, sizeof(out), message.command, message.name, message.rtsp_port, message.id);
	if (mc_mice_parse(out, written, &again) != written || strcmp(message.name, again.name) || memcmp(message.id, again.id, MC_MICE_ID))
		abort();
	if (message.command == MC_MICE_SOURCE_READY && message.rtsp_port != again.rtsp_port)
		abort();
	return 0;
}
