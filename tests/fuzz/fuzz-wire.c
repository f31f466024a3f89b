// SPDX-License-Identifier: GPL-2.0-or-later
/* A session, or a manager, that sends anything over the wire. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire.h"

static void check_text(const char *text, size_t size)
{
	if (!memchr(text, 0, size) || !g_utf8_validate(text, -1, NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_wire_message message;

	for (size_t fds = 0; fds < 3; fds++) {
		if (!mc_wire_parse(data, size, fds, MC_WIRE_UP, &message)) {
			if (fds)
				abort();
			if (message.type == MC_WIRE_ENDED)
				check_text(message.body.ended.text, sizeof(message.body.ended.text));
			if (message.type == MC_WIRE_STATUS)
				check_text(message.body.status.step, sizeof(message.body.status.step));
		}
		if (!mc_wire_parse(data, size, fds, MC_WIRE_DOWN, &message) && message.type == MC_WIRE_CONFIG)
			check_text(message.body.config.sink_name, sizeof(message.body.config.sink_name));
	}
	return 0;
}
