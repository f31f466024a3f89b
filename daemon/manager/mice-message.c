// SPDX-License-Identifier: GPL-2.0-or-later
/* MICE messages, built and read. */
#include "mice-message.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define HEADER 4
#define TLV 3
#define VERSION 1

enum { NAME = 0, RTSP_PORT = 2, SOURCE_ID = 3 };

static size_t put_tlv(uint8_t *out, uint8_t type, const void *value, uint16_t size)
{
	out[0] = type;
	out[1] = size >> 8;
	out[2] = size;
	memcpy(out + TLV, value, size);
	return TLV + size;
}

size_t mc_mice_build(uint8_t *out, size_t room, enum mc_mice_command command, const char *name, uint16_t rtsp_port,
		     const uint8_t id[MC_MICE_ID])
{
	g_autofree gunichar2 *text = NULL;
	uint8_t encoded[MC_MICE_NAME_MAX], port[2] = { rtsp_port >> 8, rtsp_port };
	glong units = 0;
	size_t used = HEADER, needed;

	text = g_utf8_to_utf16(name, -1, NULL, &units, NULL);
	if (!text)
		return 0;
	units = MIN(units, MC_MICE_NAME_MAX / 2);
	/* Half a surrogate pair is no character. */
	if (units && (text[units - 1] & 0xfc00) == 0xd800)
		units--;
	for (glong i = 0; i < units; i++) {
		encoded[2 * i] = text[i];
		encoded[2 * i + 1] = text[i] >> 8;
	}
	needed = HEADER + TLV + 2 * units + (command == MC_MICE_SOURCE_READY ? TLV + sizeof(port) : 0) + TLV + MC_MICE_ID;
	if (needed > room)
		return 0;
	out[0] = needed >> 8;
	out[1] = needed;
	out[2] = VERSION;
	out[3] = command;
	used += put_tlv(out + used, NAME, encoded, 2 * units);
	if (command == MC_MICE_SOURCE_READY)
		used += put_tlv(out + used, RTSP_PORT, port, sizeof(port));
	used += put_tlv(out + used, SOURCE_ID, id, MC_MICE_ID);
	return used;
}

static int read_name(const uint8_t *value, size_t size, char *name, size_t room)
{
	gunichar2 text[MC_MICE_NAME_MAX / 2];
	g_autofree char *utf8 = NULL;
	size_t units = size / 2, first;

	if (size % 2 || size > MC_MICE_NAME_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < units; i++)
		text[i] = value[2 * i] | value[2 * i + 1] << 8;
	/* Some peers begin with a byte order mark. */
	first = units && text[0] == 0xfeff;
	utf8 = g_utf16_to_utf8(text + first, units - first, NULL, NULL, NULL);
	if (!utf8)
		return -EBADMSG;
	g_strlcpy(name, utf8, room);
	return 0;
}

static int read_tlv(uint8_t type, const uint8_t *value, size_t size, struct mc_mice_message *message)
{
	switch (type) {
	case NAME:
		return read_name(value, size, message->name, sizeof(message->name));
	case RTSP_PORT:
		if (size != 2)
			return -EBADMSG;
		message->has_port = true;
		message->rtsp_port = value[0] << 8 | value[1];
		return 0;
	case SOURCE_ID:
		if (size != MC_MICE_ID)
			return -EBADMSG;
		message->has_id = true;
		memcpy(message->id, value, MC_MICE_ID);
		return 0;
	default:
		return 0;
	}
}

int mc_mice_parse(const uint8_t *data, size_t size, struct mc_mice_message *message)
{
	size_t total, at = HEADER;

	memset(message, 0, sizeof(*message));
	if (size < HEADER)
		return 0;
	total = data[0] << 8 | data[1];
	if (total < HEADER || data[2] != VERSION || data[3] < MC_MICE_SOURCE_READY || data[3] > MC_MICE_PIN_RESPONSE)
		return -EBADMSG;
	if (total > MC_MICE_MAX)
		return -EMSGSIZE;
	if (size < total)
		return 0;
	message->command = data[3];
	while (at < total) {
		size_t length;

		if (total - at < TLV)
			return -EBADMSG;
		length = data[at + 1] << 8 | data[at + 2];
		if (total - at - TLV < length || read_tlv(data[at], data + at + TLV, length, message))
			return -EBADMSG;
		at += TLV + length;
	}
	return total;
}
