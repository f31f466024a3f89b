// SPDX-License-Identifier: GPL-2.0-or-later
/* The state machine of one cast. */
#include "display.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <drm/miracast_drm.h>

#include "mice.h"
#include "net.h"
#include "spawn.h"

#define READY_S 20		/* for the session to load its plug-ins */
#define STOP_MS 3000		/* Windows' figure, too */
#define ASK_AGAIN_S 2		/* a sink by address that is not up yet */
/* Messages of a session: so many in a second, as many again saved up. It says some ten while it negotiates, then one or two. */
#define RATE 200

struct mc_display {
	struct mc_display_environment environment;
	struct mc_display_options options;
	struct mc_display_snapshot now;
	char *target, *name;
	GInetAddress *peer, *local;
	uint16_t mice_port;
	bool mice_required;
	mc_mice *mice;
	const char *ended_by;		/* what to say instead of "disconnected" */
	mc_display_changed changed;
	void *data;

	uint32_t context_id;		/* 0: none */
	int context, wire, rtsp;	/* rtsp: a sink that came before the session was ready */
	bool ready, connected, asked;	/* asked: by MICE */
	pid_t pid;
	guint wire_source, child_source, timer, ask_timer;
	double tokens;
	int64_t tokens_at;
};

static const char *const state_names[] = {
	"starting", "waiting", "negotiating", "streaming", "paused", "stopping", "ended", "failed",
};

bool mc_display_is_over(const mc_display *d)
{
	return d->now.state >= MC_DISPLAY_ENDED;
}

GInetAddress *mc_display_peer(const mc_display *d)
{
	return d->peer;
}

const struct mc_display_snapshot *mc_display_look(const mc_display *d)
{
	return &d->now;
}

static void set_state(mc_display *d, enum mc_display_state state, const char *step)
{
	d->now.state = state;
	d->now.state_name = state_names[state];
	if (step)
		g_strlcpy(d->now.step, step, sizeof(d->now.step));
	d->changed(d, d->data);
}

static void cancel_timer(mc_display *d)
{
	if (d->timer)
		g_source_remove(d->timer);
	d->timer = 0;
}

static void close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* --- the end ------------------------------------------------------------------------------------------- */

/* The monitor departs and the process dies, whatever it is doing. */
static void destroy(mc_display *d)
{
	struct drm_miracast_destroy_context args = { .context_id = d->context_id };

	cancel_timer(d);
	if (d->ask_timer)
		g_source_remove(d->ask_timer);
	d->ask_timer = 0;
	g_clear_pointer(&d->mice, mc_mice_free);
	if (d->context_id)
		ioctl(d->environment.control, DRM_IOCTL_MIRACAST_DESTROY_CONTEXT, &args);
	d->context_id = 0;
	close_file(&d->context);
	close_file(&d->rtsp);
	if (d->wire_source)
		g_source_remove(d->wire_source);
	d->wire_source = 0;
	close_file(&d->wire);
	/* A dma-buf that it has mapped cannot be taken from it otherwise. */
	if (d->pid > 0)
		kill(d->pid, SIGKILL);
}

G_GNUC_PRINTF(4, 5)
static void finish(mc_display *d, enum mc_display_state state, const char *step, const char *format, ...)
{
	g_autofree char *reason = NULL;
	va_list args;

	if (mc_display_is_over(d))
		return;
	va_start(args, format);
	reason = g_strdup_vprintf(format, args);
	va_end(args);
	mc_wire_set_text(d->now.reason, sizeof(d->now.reason), reason);
	g_strlcpy(d->now.failed_step, step, sizeof(d->now.failed_step));
	destroy(d);
	g_message("%s: %s: %s", d->target, state_names[state], d->now.reason);
	set_state(d, state, "");
}

static gboolean stop_timed_out(void *data)
{
	mc_display *d = data;

	d->timer = 0;
	finish(d, MC_DISPLAY_ENDED, "stop", "disconnected; the session did not end in 3 s and was killed");
	return G_SOURCE_REMOVE;
}

void mc_display_stop(mc_display *d, enum mc_wire_stop_reason reason)
{
	struct mc_wire_message message;

	if (mc_display_is_over(d) || d->now.state == MC_DISPLAY_STOPPING)
		return;
	cancel_timer(d);
	mc_wire_message_init(&message, MC_WIRE_STOP);
	message.body.stop.reason = reason;
	if (!d->ready || !d->connected || mc_wire_send(d->wire, &message)) {
		finish(d, MC_DISPLAY_ENDED, "stop", "disconnected");
		return;
	}
	d->timer = g_timeout_add(STOP_MS, stop_timed_out, d);
	set_state(d, MC_DISPLAY_STOPPING, "stop: telling the sink");
}

/* --- from the session ------------------------------------------------------------------------------------ */

static gboolean sink_timed_out(void *data)
{
	mc_display *d = data;

	d->timer = 0;
	if (d->asked)
		finish(d, MC_DISPLAY_FAILED, "connect", "the sink at %s was asked to, and has not connected to us (TCP port %d) in %u s; was it "
		       "accepted there? A firewall here may be in the way: miracastctl doctor", d->now.address, MC_RTSP_PORT,
		       d->options.timeout_s);
	else
		finish(d, MC_DISPLAY_FAILED, "connect", "the sink at %s has not connected to us (TCP port %d) in %u s; is it on, and does it "
		       "wait for a Miracast source? A firewall here may be in the way: miracastctl doctor", d->now.address, MC_RTSP_PORT,
		       d->options.timeout_s);
	return G_SOURCE_REMOVE;
}

static void hand_down_rtsp(mc_display *d)
{
	struct mc_wire_message message;

	cancel_timer(d);
	mc_wire_message_init(&message, MC_WIRE_RTSP);
	message.fds[0] = d->rtsp;
	if (mc_wire_send(d->wire, &message))
		finish(d, MC_DISPLAY_FAILED, "session", "the session process does not listen");
	close_file(&d->rtsp);
	if (!mc_display_is_over(d))
		set_state(d, MC_DISPLAY_NEGOTIATING, "M1: the sink has connected");
}

bool mc_display_take_connection(mc_display *d, GInetAddress *peer, int fd)
{
	if (mc_display_is_over(d) || d->connected || !g_inet_address_equal(d->peer, peer))
		return false;
	d->connected = true;
	d->rtsp = fd;
	if (d->ready)
		hand_down_rtsp(d);
	return true;
}

static void on_mice(void *data, enum mc_mice_event event, const char *text);

static void ask(mc_display *d)
{
	g_clear_pointer(&d->mice, mc_mice_free);
	d->mice = mc_mice_new(d->local, d->peer, d->mice_port, d->environment.source_name, MC_RTSP_PORT, on_mice, d);
}

static gboolean ask_again(void *data)
{
	mc_display *d = data;

	d->ask_timer = 0;
	if (!d->connected)
		ask(d);
	return G_SOURCE_REMOVE;
}

static void on_mice(void *data, enum mc_mice_event event, const char *text)
{
	mc_display *d = data;

	switch (event) {
	case MC_MICE_ASKED:
		d->asked = true;
		if (d->now.state == MC_DISPLAY_WAITING)
			set_state(d, MC_DISPLAY_WAITING, "connect: the sink was asked; accept the cast there if it asks you");
		break;
	case MC_MICE_UNREACHABLE:
		/* It may come by itself: who is connected by Wi-Fi Direct does. */
		if (d->mice_required && !d->connected)
			finish(d, MC_DISPLAY_FAILED, "MICE", "%s; is the TV on?", text);
		else if (!d->connected)
			d->ask_timer = g_timeout_add_seconds(ASK_AGAIN_S, ask_again, d);
		break;
	case MC_MICE_NONSENSE:
		finish(d, MC_DISPLAY_FAILED, "MICE", "%s", text);
		break;
	case MC_MICE_ENDED:
		/* What it said by RTSP says more. */
		if (d->now.state == MC_DISPLAY_STOPPING)
			break;
		d->ended_by = "the sink has ended the cast";
		if (d->connected)
			mc_display_stop(d, MC_WIRE_STOP_USER);
		else if (d->mice_required)
			finish(d, MC_DISPLAY_FAILED, "MICE", "%s before it connected to us; was the cast refused there?", text);
		break;
	}
}

static void session_ready(mc_display *d, const struct mc_wire_ready *ready)
{
	if (d->ready)
		return;
	d->ready = true;
	d->now.sandbox = ready->sandbox;
	cancel_timer(d);
	if (d->connected) {
		hand_down_rtsp(d);
		return;
	}
	d->timer = g_timeout_add_seconds(d->options.timeout_s, sink_timed_out, d);
	set_state(d, MC_DISPLAY_WAITING, "connect: waiting for the sink");
	if (d->mice_port)
		ask(d);
}

static void session_status(mc_display *d, const struct mc_wire_status *status)
{
	static const enum mc_display_state states[] = {
		[MC_WIRE_STATE_NEGOTIATING] = MC_DISPLAY_NEGOTIATING, [MC_WIRE_STATE_STREAMING] = MC_DISPLAY_STREAMING,
		[MC_WIRE_STATE_PAUSED] = MC_DISPLAY_PAUSED, [MC_WIRE_STATE_STOPPING] = MC_DISPLAY_STOPPING,
	};

	if (!d->connected)
		return;
	d->now.width = status->width;
	d->now.height = status->height;
	d->now.refresh_mhz = status->refresh_mhz;
	d->now.bitrate_kbps = status->bitrate_kbps;
	d->now.audio = status->audio;
	d->now.profile = status->profile;
	d->now.level = status->level;
	g_strlcpy(d->now.encoder, status->encoder, sizeof(d->now.encoder));
	g_strlcpy(d->now.sink, status->sink, sizeof(d->now.sink));
	/* Only the manager says that it is over or stopping. */
	if (d->now.state == MC_DISPLAY_STOPPING || status->state == MC_WIRE_STATE_STOPPING)
		return;
	set_state(d, states[status->state], status->step);
}

/* Sockets towards the peer of the RTSP connection, and no other host. */
static void session_wants_rtp(mc_display *d, const struct mc_wire_rtp_request *request)
{
	struct mc_wire_message message;
	uint16_t port = 0, rtcp_port = 0;
	int ret;

	if (!d->connected)
		return;
	mc_wire_message_init(&message, MC_WIRE_RTP);
	/* An even port with its odd neighbour free: some sinks want both. */
	for (int tries = 0; tries < 20; tries++) {
		ret = mc_net_udp(d->local, d->peer, request->port, 0, &port);
		message.fds[0] = ret;
		if (ret < 0 || !request->rtcp_port)
			break;
		message.fds[1] = port & 1 || port == 65534 ? -1 : mc_net_udp(d->local, d->peer, request->rtcp_port, port + 1, &rtcp_port);
		if (message.fds[1] >= 0)
			break;
		message.fds[1] = -1;
		close_file(&message.fds[0]);
	}
	if (message.fds[0] < 0) {
		finish(d, MC_DISPLAY_FAILED, "M6", "no UDP socket towards %s: %s", d->now.address, g_strerror(-ret));
		return;
	}
	message.body.rtp.server_port = port;
	message.body.rtp.rtcp_port = message.fds[1] >= 0 ? rtcp_port : 0;
	ret = mc_wire_send(d->wire, &message);
	mc_wire_message_clear(&message);
	if (ret)
		finish(d, MC_DISPLAY_FAILED, "session", "the session process does not listen");
}

static void session_ended(mc_display *d, const struct mc_wire_ended *ended)
{
	bool stopped = ended->status == MC_WIRE_ENDED_STOPPED;

	if (d->now.state == MC_DISPLAY_STOPPING)
		finish(d, MC_DISPLAY_ENDED, ended->step, "%s", d->ended_by ? d->ended_by : stopped ? ended->text : "disconnected");
	else
		finish(d, stopped ? MC_DISPLAY_ENDED : MC_DISPLAY_FAILED, ended->step, "%s", ended->text);
}

/* A bucket of tokens: a session that talks without end costs nobody but itself. */
static bool within_rate(mc_display *d)
{
	int64_t now = g_get_monotonic_time();

	d->tokens = MIN(2.0 * RATE, d->tokens + (now - d->tokens_at) * (RATE / 1e6));
	d->tokens_at = now;
	d->tokens -= 1;
	return d->tokens >= 0;
}

static gboolean from_session(int fd, GIOCondition condition, void *data)
{
	mc_display *d = data;
	struct mc_wire_message message;
	int ret = mc_wire_receive(d->wire, MC_WIRE_UP, &message);

	if (ret == -EAGAIN)
		return G_SOURCE_CONTINUE;
	if (!ret || ret == -EPIPE) {
		/* The process ends, and child_ended() says why. */
		g_source_remove(d->wire_source);
		d->wire_source = 0;
		return G_SOURCE_REMOVE;
	}
	if (ret < 0) {
		finish(d, MC_DISPLAY_FAILED, "session", "the session process sent what is no message (%s) and was killed", g_strerror(-ret));
		return G_SOURCE_REMOVE;
	}
	if (!within_rate(d)) {
		finish(d, MC_DISPLAY_FAILED, "session", "the session process sent more than %d messages a second and was killed", RATE);
		return G_SOURCE_REMOVE;
	}
	switch (message.type) {
	case MC_WIRE_READY:
		session_ready(d, &message.body.ready);
		break;
	case MC_WIRE_STATUS:
		session_status(d, &message.body.status);
		break;
	case MC_WIRE_RTP_REQUEST:
		session_wants_rtp(d, &message.body.rtp_request);
		break;
	case MC_WIRE_STATISTICS:
		d->now.statistics = message.body.statistics;
		d->changed(d, d->data);
		break;
	case MC_WIRE_ENDED:
		session_ended(d, &message.body.ended);
		break;
	default:
		break;
	}
	mc_wire_message_clear(&message);
	return d->wire_source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void child_ended(GPid pid, int status, void *data)
{
	mc_display *d = data;

	d->pid = 0;
	d->child_source = 0;
	g_spawn_close_pid(pid);
	/* What it said last may still wait to be read. */
	while (d->wire_source && !mc_display_is_over(d) && from_session(d->wire, G_IO_IN, d) == G_SOURCE_CONTINUE) {
		struct pollfd p = { .fd = d->wire, .events = POLLIN };

		if (poll(&p, 1, 0) <= 0)
			break;
	}
	if (mc_display_is_over(d))
		return;
	if (d->now.state == MC_DISPLAY_STOPPING)
		finish(d, MC_DISPLAY_ENDED, "stop", "%s", d->ended_by ? d->ended_by : "disconnected");
	else if (WIFSIGNALED(status))
		finish(d, MC_DISPLAY_FAILED, "session", "the session process was killed by signal %d (%s); connect again", WTERMSIG(status),
		       g_strsignal(WTERMSIG(status)));
	else
		finish(d, MC_DISPLAY_FAILED, "session", "the session process ended with status %d before it had said why", WEXITSTATUS(status));
}

/* --- life -------------------------------------------------------------------------------------------------- */

static bool create_context(mc_display *d, GError **error)
{
	static const struct drm_miracast_format formats[] = { { .fourcc = 0x34325258 }, { .fourcc = 0x34325241 } };	/* XR24, AR24 */
	struct drm_miracast_create_context args = { .formats_ptr = (uintptr_t)formats, .formats_count = G_N_ELEMENTS(formats) };

	g_strlcpy(args.name, *d->name ? d->name : d->target, sizeof(args.name));
	/* For debugfs, in ASCII. */
	for (char *p = args.name; *p; p++) {
		if (!g_ascii_isprint(*p))
			*p = '?';
	}
	if (ioctl(d->environment.control, DRM_IOCTL_MIRACAST_CREATE_CONTEXT, &args)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), errno == EBUSY ?
			    "every connector of the module is in use; disconnect another display or load it with more targets=" :
			    "the module gives no target: %s", g_strerror(errno));
		return false;
	}
	d->context_id = args.context_id;
	d->context = args.fd;
	g_snprintf(d->now.connector, sizeof(d->now.connector), "Virtual-%u", args.connector_type_id);
	return true;
}

static gboolean session_not_ready(void *data)
{
	mc_display *d = data;

	d->timer = 0;
	finish(d, MC_DISPLAY_FAILED, "session", "the session process is not ready after %d s", READY_S);
	return G_SOURCE_REMOVE;
}

static bool start_session(mc_display *d, GError **error)
{
	struct mc_wire_message message;
	struct mc_wire_config *config = &message.body.config;
	g_autofree char *local = g_inet_address_to_string(d->local);
	int pair[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "no socket: %s", g_strerror(errno));
		return false;
	}
	d->wire = pair[0];
	d->pid = mc_spawn(d->environment.session_program, pair[1], d->environment.session_user, error);
	close(pair[1]);
	if (d->pid < 0)
		return false;
	d->child_source = g_child_watch_add(d->pid, child_ended, d);

	mc_wire_message_init(&message, MC_WIRE_CONFIG);
	message.fds[0] = d->context;
	mc_wire_set_text(config->sink_name, sizeof(config->sink_name), d->options.name ? d->options.name : d->name);
	mc_wire_set_text(config->driver, sizeof(config->driver), d->options.driver ? d->options.driver : "gst");
	mc_wire_set_text(config->encoder, sizeof(config->encoder), d->options.encoder ? d->options.encoder : "");
	g_strlcpy(config->peer, d->now.address, sizeof(config->peer));
	g_strlcpy(config->local, local, sizeof(config->local));
	config->rtsp_port = MC_RTSP_PORT;
	config->width = d->options.width;
	config->height = d->options.height;
	config->refresh_mhz = d->options.refresh_mhz;
	config->bitrate_kbps = d->options.bitrate_kbps;
	config->audio = d->options.audio;
	ret = mc_wire_send(d->wire, &message);
	if (ret) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-ret), "the session process takes no configuration: %s",
			    g_strerror(-ret));
		return false;
	}
	/* The session's copy is the only one besides the control file: when it is closed the context ends, too. */
	close_file(&d->context);
	d->wire_source = g_unix_fd_add(d->wire, G_IO_IN | G_IO_HUP, from_session, d);
	d->timer = g_timeout_add_seconds(READY_S, session_not_ready, d);
	return true;
}

mc_display *mc_display_new(const struct mc_display_environment *environment, const struct mc_display_target *target,
			   const struct mc_display_options *options, mc_display_changed changed, void *data, GError **error)
{
	mc_display *d = g_new0(mc_display, 1);
	g_autofree char *address = g_inet_address_to_string(target->peer);

	d->environment = *environment;
	mc_options_copy(&d->options, options);
	d->target = g_strdup(target->target);
	d->name = g_strdup(target->name ? target->name : "");
	d->now.target = d->target;
	d->now.name = d->name;
	d->peer = g_object_ref(target->peer);
	d->local = g_object_ref(target->local);
	d->mice_port = target->mice_port;
	d->mice_required = target->mice_required;
	d->context = d->wire = d->rtsp = -1;
	d->tokens = 2.0 * RATE;
	d->tokens_at = g_get_monotonic_time();
	d->changed = changed;
	d->data = data;
	d->now.state_name = state_names[MC_DISPLAY_STARTING];
	g_strlcpy(d->now.address, address, sizeof(d->now.address));
	g_strlcpy(d->now.step, "session: loading the encoder", sizeof(d->now.step));
	if (!create_context(d, error) || !start_session(d, error)) {
		mc_display_free(d);
		return NULL;
	}
	return d;
}

static void reap(GPid pid, int status, void *data)
{
	g_spawn_close_pid(pid);
}

void mc_display_free(mc_display *d)
{
	if (!d)
		return;
	destroy(d);
	if (d->child_source) {
		/* The child outlives us by a moment. */
		g_source_remove(d->child_source);
		g_child_watch_add(d->pid, reap, NULL);
	}
	g_object_unref(d->peer);
	g_object_unref(d->local);
	mc_options_clear(&d->options);
	g_free(d->target);
	g_free(d->name);
	g_free(d);
}
