// SPDX-License-Identifier: GPL-2.0-or-later
/* Incremental parser of RTSP messages: lenient in what it takes, strict in its bounds. */
#include "rtsp.h"

#include <errno.h>
#include <string.h>

void mc_rtsp_parser_init(struct mc_rtsp_parser *parser)
{
	parser->bytes = g_string_new(NULL);
}

void mc_rtsp_parser_clear(struct mc_rtsp_parser *parser)
{
	if (parser->bytes)
		g_string_free(parser->bytes, TRUE);
	parser->bytes = NULL;
}

void mc_rtsp_parser_push(struct mc_rtsp_parser *parser, const void *bytes, gsize size)
{
	g_string_append_len(parser->bytes, bytes, size);
}

void mc_rtsp_message_free(struct mc_rtsp_message *message)
{
	for (unsigned int i = 0; i < message->headers_count; i++) {
		g_free(message->headers[i].name);
		g_free(message->headers[i].value);
	}
	g_free(message->method);
	g_free(message->uri);
	g_free(message->body);
	g_free(message);
}

const char *mc_rtsp_header(const struct mc_rtsp_message *message, const char *name)
{
	for (unsigned int i = 0; i < message->headers_count; i++) {
		if (!g_ascii_strcasecmp(message->headers[i].name, name))
			return message->headers[i].value;
	}
	return NULL;
}

/* Where the head ends, after its empty line; 0 when it does not yet. Lines may end with LF alone. */
static gsize head_size(const GString *bytes)
{
	for (gsize i = 0; i + 1 < bytes->len; i++) {
		if (bytes->str[i] != '\n')
			continue;
		if (bytes->str[i + 1] == '\n')
			return i + 2;
		if (i + 2 < bytes->len && bytes->str[i + 1] == '\r' && bytes->str[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

/* A whole decimal number of up to nine digits, -1 for anything else. */
static int number(const char *text)
{
	char *end;
	gint64 value;

	while (*text == ' ')
		text++;
	if (!g_ascii_isdigit(*text))
		return -1;
	value = g_ascii_strtoll(text, &end, 10);
	while (*end == ' ')
		end++;
	return *end || value > 999999999 ? -1 : value;
}

static bool start_line(struct mc_rtsp_message *m, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", 3);

	if (g_strv_length(words) < 2)
		return false;
	if (g_str_has_prefix(words[0], "RTSP/1.")) {
		m->status = number(words[1]);
		return m->status >= 100 && m->status <= 999;
	}
	if (!words[2] || !g_str_has_prefix(words[2], "RTSP/1.") || !*words[0] || !*words[1])
		return false;
	m->request = true;
	m->method = g_strdup(words[0]);
	m->uri = g_strdup(words[1]);
	return true;
}

static bool parse_head(struct mc_rtsp_message *m, const char *head)
{
	g_auto(GStrv) lines = g_strsplit(head, "\n", 0);
	const char *cseq;

	g_strchomp(lines[0]);
	if (!start_line(m, lines[0]))
		return false;
	for (gsize i = 1; lines[i]; i++) {
		char *colon = strchr(lines[i], ':');

		g_strchomp(lines[i]);
		if (!*lines[i])
			continue;
		if (!colon || colon == lines[i] || m->headers_count == MC_RTSP_HEADERS_MAX)
			return false;
		m->headers[m->headers_count].name = g_strchomp(g_strndup(lines[i], colon - lines[i]));
		m->headers[m->headers_count++].value = g_strdup(g_strchug(colon + 1));
	}
	cseq = mc_rtsp_header(m, "CSeq");
	m->cseq = cseq ? number(cseq) : -1;
	return true;
}

int mc_rtsp_parser_next(struct mc_rtsp_parser *parser, struct mc_rtsp_message **result)
{
	g_autoptr(mc_rtsp_message) m = NULL;
	g_autofree char *head = NULL;
	const char *length;
	gsize size, skip;
	int body = 0;
	bool good;

	skip = strspn(parser->bytes->str, "\r\n");
	g_string_erase(parser->bytes, 0, MIN(skip, parser->bytes->len));
	size = head_size(parser->bytes);
	if (!size)
		return parser->bytes->len > MC_RTSP_HEAD_MAX ? -EMSGSIZE : 0;
	if (size > MC_RTSP_HEAD_MAX)
		return -EMSGSIZE;

	m = g_new0(struct mc_rtsp_message, 1);
	m->cseq = -1;
	head = g_strndup(parser->bytes->str, size);
	good = strlen(head) == size && parse_head(m, head);
	length = mc_rtsp_header(m, "Content-Length");
	if (length)
		body = number(length);
	if (body < 0) {
		good = false;
		body = 0;
	}
	if (body > (int)MC_RTSP_BODY_MAX)
		return -EMSGSIZE;
	if (parser->bytes->len < size + body)
		return 0;
	m->body = g_strndup(parser->bytes->str + size, body);
	m->body_size = body;
	g_string_erase(parser->bytes, 0, size + body);
	/* A zero byte is in no text. */
	if (!good || strlen(m->body) != m->body_size)
		return -EBADMSG;
	*result = g_steal_pointer(&m);
	return 1;
}
