// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The built-in driver "gst": Wi-Fi Display's RTSP on the control thread, the stream on its own threads.
 */
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <drm/miracast_drm.h>

#include "common/wire.h"
#include "driver.h"
#include "media/stream.h"
#include "wfd/source.h"

/* What the picture gets where nobody says otherwise. */
#define BITRATE_HD 10000
#define BITRATE_SD 5000
/* PTS - PCR: how long a sink that obeys the clock holds a picture back. */
#define PCR_LEAD_MS 40

struct driver {
	void *handle;
	const struct mc_callbacks *host;
	struct mc_wire_config config;
	uint64_t macroblocks;		/* that this machine encodes in a second */

	int rtsp, vc;
	struct mc_wfd_source *source;
	guint rtsp_watch, timer, statistics;
	struct mc_wfd_sink sink;
	bool capabilities, ended, stopping;
	struct mc_wfd_choice choice;
	bool chosen, audio;
	struct mc_message_rtp rtp;
	struct mc_stream *stream;
	enum mc_wire_state state;
	char step[MC_WIRE_TEXT];
};

static int64_t now_ms(void)
{
	return g_get_monotonic_time() / 1000;
}

static uint32_t bitrate(const struct driver *d)
{
	uint32_t kbps = d->config.bitrate_kbps;

	if (!kbps)
		kbps = d->choice.mode->height >= 720 ? BITRATE_HD : BITRATE_SD;
	return CLAMP(kbps, 500, mc_wfd_level_kbps(d->choice.level));
}

static void report_status(struct driver *d)
{
	struct mc_wire_status status = { .state = d->state };

	mc_wire_set_text(status.step, sizeof(status.step), d->step);
	g_strlcpy(status.encoder, "x264enc", sizeof(status.encoder));
	mc_wire_set_text(status.sink, sizeof(status.sink), d->sink.name);
	if (d->chosen) {
		status.width = d->choice.mode->width;
		status.height = d->choice.mode->height;
		status.refresh_mhz = d->choice.mode->hz * 1000;
		status.bitrate_kbps = bitrate(d);
		status.audio = d->audio;
		status.profile = d->choice.profile == MC_WFD_PROFILE_CHP ? 100 : 66;
		status.level = d->choice.level;
	}
	d->host->io_control(d->handle, MC_IO_STATUS, &status, sizeof(status), NULL, 0);
}

static void fail(struct driver *d, enum mc_miracast_status status, int error, const char *step, const char *text)
{
	d->ended = true;
	d->host->report_session_status(d->handle, status, error, step, text);
}

/* --- the stream ---------------------------------------------------------------------------------------- */

struct failure {
	struct driver *driver;
	int error;
	char text[MC_WIRE_TEXT];
};

static gboolean stream_failed_here(void *data)
{
	struct failure *failure = data;

	fail(failure->driver, MC_STATUS_CRITICAL_ERROR, failure->error, "stream", failure->text);
	return G_SOURCE_REMOVE;
}

static void stream_failed(void *data, int error, const char *text)
{
	struct failure *failure = g_new0(struct failure, 1);

	failure->driver = data;
	failure->error = error;
	g_strlcpy(failure->text, text, sizeof(failure->text));
	g_idle_add_full(G_PRIORITY_DEFAULT, stream_failed_here, failure, g_free);
}

static gboolean report_statistics(void *data)
{
	struct driver *d = data;
	struct mc_wire_statistics statistics;

	mc_stream_get_statistics(d->stream, &statistics);
	d->host->io_control(d->handle, MC_IO_STATISTICS, &statistics, sizeof(statistics), NULL, 0);
	return G_SOURCE_CONTINUE;
}

/* The channel that paces the compositor to what is sent. */
static int open_channel(struct driver *d)
{
	struct drm_miracast_activate activate = { .flags = DRM_MIRACAST_ACTIVATE_HOLD, .max_rate_mhz = d->choice.mode->hz * 1000 };
	int ret;

	if (d->vc < 0) {
		ret = d->host->io_control(d->handle, MC_IO_CREATE_VC, NULL, 0, &d->vc, sizeof(d->vc));
		if (ret)
			return ret;
	}
	return ioctl(d->vc, DRM_IOCTL_MIRACAST_ACTIVATE, &activate) ? -errno : 0;
}

static void start_stream(struct driver *d)
{
	struct mc_stream_config config = {
		.vc = d->vc, .rtp = d->rtp.rtp, .width = d->choice.mode->width, .height = d->choice.mode->height,
		.refresh_mhz = d->choice.mode->hz * 1000, .bitrate_kbps = bitrate(d), .level = d->choice.level,
		.high_profile = d->choice.profile == MC_WFD_PROFILE_CHP, .audio = d->audio,
		.frame_skipping = d->choice.frame_skipping,
		.pcr_lead_ms = d->config.pcr_lead_ms ? d->config.pcr_lead_ms : PCR_LEAD_MS,
	};
	g_autoptr(GError) error = NULL;

	d->stream = mc_stream_new(&config, stream_failed, d, &error);
	if (!d->stream) {
		fail(d, MC_STATUS_CRITICAL_ERROR, -EIO, "stream", error->message);
		return;
	}
	d->statistics = g_timeout_add(1000, report_statistics, d);
}

/* The monitor that the compositor sees: one mode, the stream's. */
static int arrive(struct driver *d)
{
	const struct mc_wfd_mode *mode = d->choice.mode;
	struct drm_miracast_mode listed = { mode->width, mode->height, mode->hz * 1000, DRM_MIRACAST_MODE_PREFERRED };
	uint8_t made[MC_EDID_BLOCK];
	struct drm_miracast_monitor_arrival arrival = {
		.modes_ptr = (uintptr_t)&listed, .modes_count = 1, .monitor_type = DRM_MIRACAST_MONITOR_MIRACAST,
		.edid_ptr = (uintptr_t)d->sink.edid, .edid_size = d->sink.edid_size,
	};
	int ret = -EINVAL;

	if (d->sink.edid_size)
		ret = d->host->io_control(d->handle, MC_IO_MONITOR_ARRIVAL, &arrival, sizeof(arrival), NULL, 0);
	if (ret == -EINVAL) {
		/* None, or one that the kernel does not take. */
		mc_edid_make(*d->config.sink_name ? d->config.sink_name : d->sink.name, mode->width, mode->height, mode->hz, made);
		arrival.edid_ptr = (uintptr_t)made;
		arrival.edid_size = sizeof(made);
		ret = d->host->io_control(d->handle, MC_IO_MONITOR_ARRIVAL, &arrival, sizeof(arrival), NULL, 0);
	}
	return ret;
}

/* --- what the protocol wants ----------------------------------------------------------------------------- */

static void schedule(struct driver *d);

static void on_send(void *data, const char *bytes, gsize size)
{
	struct driver *d = data;

	/* A sink that does not read its few hundred bytes is noticed by the answers that do not come. */
	if (send(d->rtsp, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		g_debug("RTSP: %s", g_strerror(errno));
}

static void on_step(void *data, const char *text)
{
	struct driver *d = data;

	g_strlcpy(d->step, text, sizeof(d->step));
	if (!d->stopping)
		report_status(d);
}

static void on_capabilities(void *data, const struct mc_wfd_sink *sink)
{
	struct driver *d = data;

	d->sink = *sink;
	d->capabilities = true;
}

static void on_chosen(void *data, const struct mc_wfd_choice *choice, bool audio)
{
	struct driver *d = data;

	d->choice = *choice;
	d->audio = audio;
	arrive(d);
}

static void on_setup(void *data, uint16_t rtp_port, uint16_t rtcp_port)
{
	struct driver *d = data;
	struct mc_wire_rtp_request request = { rtp_port, rtcp_port };

	d->host->io_control(d->handle, MC_IO_RTP_REQUEST, &request, sizeof(request), NULL, 0);
}

static void on_play(void *data)
{
	struct driver *d = data;
	int ret;

	if (d->stream) {
		mc_stream_pause(d->stream, false);
	} else {
		ret = open_channel(d);
		if (ret) {
			fail(d, MC_STATUS_CRITICAL_ERROR, ret, "stream", "the kernel gives no channel");
			return;
		}
		start_stream(d);
	}
	d->state = MC_WIRE_STATE_STREAMING;
	report_status(d);
}

static void on_pause(void *data)
{
	struct driver *d = data;

	if (d->stream)
		mc_stream_pause(d->stream, true);
	d->state = MC_WIRE_STATE_PAUSED;
	report_status(d);
}

static void on_idr(void *data)
{
	struct driver *d = data;
	struct mc_statistic event = { .type = MC_STATISTIC_EVENT, .event = MC_EVENT_IFRAME_REQUEST };

	d->host->report_statistic(d->handle, &event);
	if (d->stream)
		mc_stream_request_idr(d->stream);
}

static void on_ended(void *data, enum mc_wfd_end end, const char *name, const char *text)
{
	static const enum mc_miracast_status status[] = {
		[MC_WFD_END_STOPPED] = MC_STATUS_CRITICAL_ERROR, [MC_WFD_END_SINK] = MC_STATUS_SINK_DISCONNECT_REQUEST,
		[MC_WFD_END_KEEPALIVE] = MC_STATUS_MISSING_KEEPALIVE, [MC_WFD_END_PROTOCOL] = MC_STATUS_CRITICAL_ERROR,
		[MC_WFD_END_MODE] = MC_STATUS_SINK_FAILED_STANDARD_MODE_CHANGE,
	};
	static const int error[] = { [MC_WFD_END_STOPPED] = 0, [MC_WFD_END_SINK] = -ECONNRESET, [MC_WFD_END_KEEPALIVE] = -ETIMEDOUT,
				     [MC_WFD_END_PROTOCOL] = -EPROTO, [MC_WFD_END_MODE] = -EOPNOTSUPP };

	fail(data, status[end], error[end], name, text);
}

static const struct mc_wfd_ops ops = {
	on_send, on_step, on_capabilities, on_setup, on_chosen, on_play, on_pause, on_idr, on_ended,
};

/* --- the control thread ------------------------------------------------------------------------------------ */

static gboolean tick(void *data)
{
	struct driver *d = data;

	d->timer = 0;
	mc_wfd_source_tick(d->source, now_ms());
	schedule(d);
	return G_SOURCE_REMOVE;
}

static void schedule(struct driver *d)
{
	int64_t deadline = mc_wfd_source_deadline(d->source), now = now_ms();

	if (d->timer)
		g_source_remove(d->timer);
	d->timer = 0;
	if (deadline != G_MAXINT64)
		d->timer = g_timeout_add(MAX(deadline - now, 0), tick, d);
}

/* Reads what is there; false at the connection's end. */
static bool receive(struct driver *d)
{
	char bytes[4096];
	ssize_t size = recv(d->rtsp, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (size > 0)
		mc_wfd_source_receive(d->source, bytes, size, now_ms());
	else if (!size || (errno != EAGAIN && errno != EINTR))
		mc_wfd_source_eof(d->source, now_ms());
	return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static gboolean rtsp_readable(int fd, GIOCondition condition, void *data)
{
	struct driver *d = data;

	if (!receive(d) || d->ended) {
		d->rtsp_watch = 0;
		schedule(d);
		return G_SOURCE_REMOVE;
	}
	schedule(d);
	return G_SOURCE_CONTINUE;
}

/* --- the interface ------------------------------------------------------------------------------------------- */

static int create_context(void *handle, const struct mc_callbacks *callbacks, void **context)
{
	g_autoptr(GError) error = NULL;
	struct driver *d = g_new0(struct driver, 1);

	d->handle = handle;
	d->host = callbacks;
	d->rtsp = d->vc = d->rtp.rtp = d->rtp.rtcp = -1;
	d->state = MC_WIRE_STATE_NEGOTIATING;
	callbacks->io_control(handle, MC_IO_CONFIG, NULL, 0, &d->config, sizeof(d->config));
	if (!mc_stream_prepare(&error)) {
		callbacks->report_session_status(handle, MC_STATUS_CRITICAL_ERROR, -ENOENT, "session", error->message);
		g_free(d);
		return -ENOENT;
	}
	d->macroblocks = mc_stream_measure();
	*context = d;
	return 0;
}

static void destroy_context(void *context)
{
	g_free(context);
}

static gboolean configure_and_arrive(void *data)
{
	struct driver *d = data;
	const struct mc_wfd_choice *choice = mc_wfd_source_configure(d->source, now_ms());
	int ret;

	schedule(d);
	if (!choice)
		return G_SOURCE_REMOVE;
	d->choice = *choice;
	d->chosen = true;
	d->audio = mc_wfd_source_audio(d->source);
	report_status(d);
	ret = arrive(d);
	if (ret)
		fail(d, MC_STATUS_CRITICAL_ERROR, ret, "monitor", "the kernel does not take the sink's monitor");
	return G_SOURCE_REMOVE;
}

static int start_session(void *context, int rtsp, const struct mc_connection_stats *stats, uint32_t *session_info)
{
	struct driver *d = context;
	struct mc_wfd_config config = {
		.local = d->config.local, .port = d->config.rtsp_port, .audio = d->config.audio,
		.wish = { .width = d->config.width, .height = d->config.height, .refresh_mhz = d->config.refresh_mhz,
			  .macroblocks = d->macroblocks },
	};

	d->rtsp = rtsp;
	d->source = mc_wfd_source_new(&config, &ops, d);
	d->rtsp_watch = g_unix_fd_add(rtsp, G_IO_IN | G_IO_HUP | G_IO_ERR, rtsp_readable, d);
	mc_wfd_source_start(d->source, now_ms());
	schedule(d);
	while (!d->capabilities && !d->ended)
		g_main_context_iteration(NULL, TRUE);
	if (!d->capabilities)
		return 0;
	*session_info = MC_SESSION_MONITOR_CONNECTED;
	/* After this has returned: messages of the compositor's come only then. */
	g_idle_add(configure_and_arrive, d);
	return 0;
}

static void close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void stop_session(void *context)
{
	struct driver *d = context;

	d->stopping = true;
	mc_stream_free(g_steal_pointer(&d->stream));
	if (d->source && !d->ended) {
		d->state = MC_WIRE_STATE_STOPPING;
		mc_wfd_source_stop(d->source, now_ms());
		while (!d->ended) {
			GPollFD fd = { d->rtsp, G_IO_IN | G_IO_HUP, 0 };
			int64_t wait = mc_wfd_source_deadline(d->source) - now_ms();

			if (g_poll(&fd, 1, CLAMP(wait, 0, 2000)) > 0)
				receive(d);
			mc_wfd_source_tick(d->source, now_ms());
		}
	}
	while (g_source_remove_by_user_data(d))
		;
	mc_wfd_source_free(g_steal_pointer(&d->source));
	close_file(&d->vc);
	close_file(&d->rtp.rtp);
	close_file(&d->rtp.rtcp);
}

static int handle_kernel_message(void *context, enum mc_message message, const void *in, size_t in_size)
{
	struct driver *d = context;

	if (message != MC_MESSAGE_RTP)
		return 0;
	close_file(&d->rtp.rtp);
	close_file(&d->rtp.rtcp);
	memcpy(&d->rtp, in, sizeof(d->rtp));
	mc_wfd_source_transport(d->source, d->rtp.server_port, d->rtp.rtcp_port, now_ms());
	schedule(d);
	return 0;
}

int mc_gst_query_driver_interface(uint32_t version, uint32_t size, struct mc_driver_interface *interface)
{
	if (version != MC_DRIVER_INTERFACE_VERSION_1)
		return -EOPNOTSUPP;
	if (size < sizeof(*interface))
		return -EMSGSIZE;
	*interface = (struct mc_driver_interface){ sizeof(*interface), create_context, destroy_context, start_session, stop_session,
						   handle_kernel_message };
	return 0;
}
