/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Miracast over Infrastructure (MS-MICE, TCP 7250): pure functions on bytes.
 * A message is its size (2 bytes, big-endian, itself included), version 1, a command and TLVs (type 1, length 2, value).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MC_MICE_PORT 7250
#define MC_MICE_ID 16		/* bytes of a source id */
#define MC_MICE_NAME_MAX 520	/* bytes of a friendly name in UTF-16 */
#define MC_MICE_MAX 2048	/* bytes of the greatest message that we take; ours are below 600 */

enum mc_mice_command {
	MC_MICE_SOURCE_READY = 1,
	MC_MICE_STOP_PROJECTION = 2,
	MC_MICE_SECURITY_HANDSHAKE = 3,
	MC_MICE_SESSION_REQUEST = 4,
	MC_MICE_PIN_CHALLENGE = 5,
	MC_MICE_PIN_RESPONSE = 6,
};

struct mc_mice_message {
	uint8_t command;
	char name[MC_MICE_NAME_MAX * 3 / 2 + 1];	/* UTF-8, "" when there is none */
	bool has_port, has_id;
	uint16_t rtsp_port;
	uint8_t id[MC_MICE_ID];
};

/* Writes SOURCE_READY (with the port) or STOP_PROJECTION; @name is UTF-8 and cut at 520 bytes of UTF-16. Returns its size, 0 when
 * @room is too small or @name is not UTF-8. */
size_t mc_mice_build(uint8_t *out, size_t room, enum mc_mice_command command, const char *name, uint16_t rtsp_port,
		     const uint8_t id[MC_MICE_ID]);

/* Reads the message at the beginning of @data. Returns the bytes that it takes, 0 when more are needed, -EBADMSG for what is none,
 * -EMSGSIZE for one above MC_MICE_MAX. Unknown TLVs are passed over. */
int mc_mice_parse(const uint8_t *data, size_t size, struct mc_mice_message *message);
