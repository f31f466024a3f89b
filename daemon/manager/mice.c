// SPDX-License-Identifier: GPL-2.0-or-later
/* One MICE connection, on the main loop. */
#include "mice.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "mice-message.h"

#define CONNECT_S 5

struct mc_mice {
	GSocket *socket;
	GSource *source, *timer;
	mc_mice_callback callback;
	void *data;
	char *name, *address;
	uint16_t port, rtsp_port;
	uint8_t id[MC_MICE_ID];
	bool asked;
	uint8_t in[MC_MICE_MAX];
	size_t filled;
};

static void drop_source(GSource **source)
{
	if (*source) {
		g_source_destroy(*source);
		g_source_unref(*source);
	}
	*source = NULL;
}

/* The last thing that is said: @m may be gone after it. */
G_GNUC_PRINTF(3, 4)
static gboolean over(mc_mice *m, enum mc_mice_event event, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	drop_source(&m->source);
	drop_source(&m->timer);
	if (event != MC_MICE_NONSENSE)
		m->asked = false;
	m->callback(m->data, event, text);
	return G_SOURCE_REMOVE;
}

static bool say(mc_mice *m, enum mc_mice_command command)
{
	uint8_t message[MC_MICE_MAX];
	size_t size = mc_mice_build(message, sizeof(message), command, m->name, m->rtsp_port, m->id);

	/* Below 600 bytes into an empty buffer: all of it goes, or the peer reads nothing. */
	return size && g_socket_send(m->socket, (const char *)message, size, NULL, NULL) == (gssize)size;
}

static gboolean handle(mc_mice *m, const struct mc_mice_message *message)
{
	switch (message->command) {
	case MC_MICE_STOP_PROJECTION:
		return over(m, MC_MICE_ENDED, "the sink has ended the cast");
	case MC_MICE_SECURITY_HANDSHAKE:
	case MC_MICE_PIN_RESPONSE:
		return over(m, MC_MICE_NONSENSE, "the sink wants an encrypted or PIN-protected session, which this version does not speak; "
			    "switch \"require PIN\" off at the sink");
	default:
		return over(m, MC_MICE_NONSENSE, "the sink sent MICE command %u, which only a source sends", message->command);
	}
}

static gboolean readable(GSocket *socket, GIOCondition condition, void *data)
{
	mc_mice *m = data;
	struct mc_mice_message message;
	g_autoptr(GError) error = NULL;
	gssize n = g_socket_receive(socket, (char *)m->in + m->filled, sizeof(m->in) - m->filled, NULL, &error);
	int used;

	if (n < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
		return G_SOURCE_CONTINUE;
	if (n <= 0)
		return over(m, MC_MICE_ENDED, "the sink has closed its MICE connection%s%s", error ? ": " : "", error ? error->message : "");
	m->filled += n;
	used = mc_mice_parse(m->in, m->filled, &message);
	if (used < 0)
		return over(m, MC_MICE_NONSENSE, "what %s port %u sent is no MICE message", m->address, m->port);
	return used ? handle(m, &message) : G_SOURCE_CONTINUE;
}

static gboolean connected(GSocket *socket, GIOCondition condition, void *data)
{
	mc_mice *m = data;
	g_autoptr(GError) error = NULL;

	if (!g_socket_check_connect_result(socket, &error) || !say(m, MC_MICE_SOURCE_READY))
		return over(m, MC_MICE_UNREACHABLE, "%s port %u: %s", m->address, m->port, error ? error->message : "it takes no data");
	drop_source(&m->source);
	drop_source(&m->timer);
	m->asked = true;
	m->source = g_socket_create_source(m->socket, G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
	g_source_set_callback(m->source, G_SOURCE_FUNC(readable), m, NULL);
	g_source_attach(m->source, NULL);
	m->callback(m->data, MC_MICE_ASKED, "");
	return G_SOURCE_REMOVE;
}

static gboolean timed_out(void *data)
{
	mc_mice *m = data;

	return over(m, MC_MICE_UNREACHABLE, "%s port %u does not answer", m->address, m->port);
}

static gboolean cannot_begin(void *data)
{
	mc_mice *m = data;

	return over(m, MC_MICE_UNREACHABLE, "%s port %u cannot be reached", m->address, m->port);
}

mc_mice *mc_mice_new(GInetAddress *local, GInetAddress *peer, uint16_t port, const char *name, uint16_t rtsp_port,
		     mc_mice_callback callback, void *data)
{
	mc_mice *m = g_new0(mc_mice, 1);
	g_autoptr(GSocketAddress) to = g_inet_socket_address_new(peer, port), from = g_inet_socket_address_new(local, 0);
	g_autoptr(GError) error = NULL;

	m->callback = callback;
	m->data = data;
	m->name = g_strdup(name);
	m->address = g_inet_address_to_string(peer);
	m->port = port;
	m->rtsp_port = rtsp_port;
	for (int i = 0; i < MC_MICE_ID; i++)
		m->id[i] = g_random_int_range(0, 256);
	m->socket = g_socket_new(g_inet_address_get_family(peer), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
	if (m->socket)
		g_socket_set_blocking(m->socket, FALSE);
	if (!m->socket || !g_socket_bind(m->socket, from, TRUE, NULL) ||
	    (!g_socket_connect(m->socket, to, NULL, &error) && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PENDING))) {
		m->timer = g_idle_source_new();
		g_source_set_callback(m->timer, cannot_begin, m, NULL);
		g_source_attach(m->timer, NULL);
		return m;
	}
	m->source = g_socket_create_source(m->socket, G_IO_OUT | G_IO_HUP | G_IO_ERR, NULL);
	g_source_set_callback(m->source, G_SOURCE_FUNC(connected), m, NULL);
	g_source_attach(m->source, NULL);
	m->timer = g_timeout_source_new_seconds(CONNECT_S);
	g_source_set_callback(m->timer, timed_out, m, NULL);
	g_source_attach(m->timer, NULL);
	return m;
}

void mc_mice_free(mc_mice *m)
{
	if (!m)
		return;
	if (m->asked)
		say(m, MC_MICE_STOP_PROJECTION);
	drop_source(&m->source);
	drop_source(&m->timer);
	g_clear_object(&m->socket);
	g_free(m->name);
	g_free(m->address);
	g_free(m);
}
