// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may be called when: the gating of the driver contract (0.2, 0.3, 0.4), the kernel's state, the way up to the manager. */
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <drm/miracast_drm.h>

/* G7 */
enum state { STOPPED, START_PENDING, STARTED, STOP_PENDING, DESTROYED };

struct mc_host {
	int wire, context, rtsp, vc;
	struct mc_wire_config config;
	GMainLoop *loop;
	struct mc_driver_interface driver;
	void *driver_context;
	guint state_source;

	GMutex lock;		/* state, ended */
	GCond changed;
	enum state state;
	GThread *inside;	/* the thread that is inside a session class call */
	bool ended;
	struct mc_wire_message ending;	/* what ENDED will say */

	GQueue messages;	/* of struct message, deferred */
	bool stop_wanted;
};

struct message {
	enum mc_message type;
	gsize size;
	uint8_t body[];
};

void mc_host_send(struct mc_host *host, const struct mc_wire_message *message)
{
	/* Whoever does not read loses messages; the manager that is gone ends this process by the wire's end. */
	(void)mc_wire_send(host->wire, message);
}

static void set_state(struct mc_host *host, enum state state, GThread *inside)
{
	g_mutex_lock(&host->lock);
	host->state = state;
	host->inside = inside;
	g_cond_broadcast(&host->changed);
	g_mutex_unlock(&host->lock);
}

/* --- the end ------------------------------------------------------------------------------------------- */

static void stop_driver(struct mc_host *host)
{
	if (host->state != STARTED && host->state != START_PENDING)
		return;
	set_state(host, STOP_PENDING, g_thread_self());
	host->driver.stop_session(host->driver_context);
	set_state(host, STOPPED, NULL);
}

static gboolean end_session(void *data)
{
	struct mc_host *host = data;

	/* Session class: not inside start_session. Asked again soon, not at once: its loop would spin. */
	if (host->state == START_PENDING) {
		g_timeout_add(20, end_session, host);
		return G_SOURCE_REMOVE;
	}
	stop_driver(host);
	g_main_loop_quit(host->loop);
	return G_SOURCE_REMOVE;
}

/* Any thread; the first one says why. */
static void want_end(struct mc_host *host, uint32_t status, int error, const char *step, const char *text)
{
	g_mutex_lock(&host->lock);
	if (!host->ended) {
		struct mc_wire_ended *ended = &host->ending.body.ended;

		host->ended = true;
		mc_wire_message_init(&host->ending, MC_WIRE_ENDED);
		ended->status = status;
		ended->code = error;
		mc_wire_set_text(ended->step, sizeof(ended->step), step);
		mc_wire_set_text(ended->text, sizeof(ended->text), text);
		g_idle_add(end_session, host);
	}
	g_mutex_unlock(&host->lock);
}

static void report_session_status(void *handle, enum mc_miracast_status status, int error, const char *step, const char *text)
{
	struct mc_host *host = handle;

	want_end(host, host->stop_wanted ? MC_WIRE_ENDED_STOPPED : status, error, step, text);
}

/* --- io control ------------------------------------------------------------------------------------------ */

static int kernel(int fd, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(fd, request, arg);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

/* 0.3: waits while a session starts in another thread, fails while it stops. */
static int gate(struct mc_host *host)
{
	int ret = 0;

	g_mutex_lock(&host->lock);
	while (host->state == START_PENDING && host->inside != g_thread_self())
		g_cond_wait(&host->changed, &host->lock);
	if (host->state == DESTROYED)
		ret = -ESHUTDOWN;
	else if (host->state == STOP_PENDING && host->inside != g_thread_self())
		ret = -ECANCELED;
	g_mutex_unlock(&host->lock);
	return ret;
}

static int create_vc(struct mc_host *host)
{
	struct drm_miracast_create_vc args = {};
	int ret = kernel(host->context, DRM_IOCTL_MIRACAST_CREATE_VC, &args);

	return ret ? ret : args.fd;
}

static void send_body(struct mc_host *host, enum mc_wire_type type, const void *body, size_t size)
{
	struct mc_wire_message message;

	mc_wire_message_init(&message, type);
	memcpy(&message.body, body, size);
	mc_host_send(host, &message);
}

static int io_control(void *handle, enum mc_io io, const void *in, size_t in_size, void *out, size_t out_size)
{
	static const struct { size_t in, out; } sizes[] = {
		[MC_IO_CONFIG] = { 0, sizeof(struct mc_wire_config) },
		[MC_IO_MONITOR_ARRIVAL] = { sizeof(struct drm_miracast_monitor_arrival), 0 },
		[MC_IO_MONITOR_DEPARTURE] = { 0, 0 },
		[MC_IO_CREATE_VC] = { 0, sizeof(int) },
		[MC_IO_GET_STATE] = { 0, sizeof(struct drm_miracast_get_state) },
		[MC_IO_STATUS] = { sizeof(struct mc_wire_status), 0 },
		[MC_IO_RTP_REQUEST] = { sizeof(struct mc_wire_rtp_request), 0 },
		[MC_IO_STATISTICS] = { sizeof(struct mc_wire_statistics), 0 },
	};
	struct mc_host *host = handle;
	struct drm_miracast_monitor_arrival arrival;
	int ret = gate(host);

	if (ret)
		return ret;
	if ((unsigned int)io >= G_N_ELEMENTS(sizes) || in_size != sizes[io].in || out_size < sizes[io].out)
		return -EINVAL;
	switch (io) {
	case MC_IO_CONFIG:
		memcpy(out, &host->config, sizeof(host->config));
		return 0;
	case MC_IO_MONITOR_ARRIVAL:
		memcpy(&arrival, in, sizeof(arrival));
		return kernel(host->context, DRM_IOCTL_MIRACAST_MONITOR_ARRIVAL, &arrival);
	case MC_IO_MONITOR_DEPARTURE:
		return kernel(host->context, DRM_IOCTL_MIRACAST_MONITOR_DEPARTURE, &(struct drm_miracast_monitor_departure){});
	case MC_IO_CREATE_VC:
		ret = create_vc(host);
		memcpy(out, &ret, sizeof(ret));
		return ret < 0 ? ret : 0;
	case MC_IO_GET_STATE:
		return kernel(host->context, DRM_IOCTL_MIRACAST_GET_STATE, out);
	case MC_IO_STATUS:
		send_body(host, MC_WIRE_STATUS, in, in_size);
		return 0;
	case MC_IO_RTP_REQUEST:
		send_body(host, MC_WIRE_RTP_REQUEST, in, in_size);
		return 0;
	case MC_IO_STATISTICS:
		send_body(host, MC_WIRE_STATISTICS, in, in_size);
		return 0;
	}
	return -EINVAL;
}

static void report_statistic(void *handle, const struct mc_statistic *statistic)
{
	if (statistic->type == MC_STATISTIC_EVENT)
		g_debug("event %u", statistic->event);
}

static int get_next_chunk(void *handle, int timeout_ms, uint64_t release_token, void *chunk, size_t chunk_size)
{
	struct mc_host *host = handle;
	struct drm_miracast_next_chunk *next = chunk;
	struct pollfd p = { .events = POLLIN };
	int ret = gate(host);

	if (ret)
		return ret;
	if (chunk_size < sizeof(*next))
		return -EMSGSIZE;
	if (host->vc < 0) {
		ret = create_vc(host);
		if (ret < 0)
			return ret;
		host->vc = ret;
		ret = kernel(host->vc, DRM_IOCTL_MIRACAST_ACTIVATE, &(struct drm_miracast_activate){});
		if (ret)
			return ret;
	}
	next->release_token = release_token;
	ret = kernel(host->vc, DRM_IOCTL_MIRACAST_NEXT_CHUNK, next);
	if (ret != -EAGAIN)
		return ret;
	p.fd = host->vc;
	if (poll(&p, 1, timeout_ms) <= 0)
		return -ETIME;
	next->release_token = 0;
	ret = kernel(host->vc, DRM_IOCTL_MIRACAST_NEXT_CHUNK, next);
	return ret == -EAGAIN ? -ETIME : ret;
}

static int register_for_data_rate(void *handle, void *context, void (*notify)(void *, const struct mc_datarate *))
{
	return notify ? -EOPNOTSUPP : -EINVAL;
}

static const struct mc_callbacks callbacks = {
	report_session_status, io_control, report_statistic, get_next_chunk, register_for_data_rate,
};

/* --- messages ---------------------------------------------------------------------------------------------- */

static void drop_message(struct message *message)
{
	struct mc_message_rtp rtp;

	if (message->type == MC_MESSAGE_RTP) {
		memcpy(&rtp, message->body, sizeof(rtp));
		close(rtp.rtp);
		if (rtp.rtcp >= 0)
			close(rtp.rtcp);
	}
	g_free(message);
}

/* 0.4: delivered once the session has started, dropped when it stops. */
static void deliver(struct mc_host *host)
{
	struct message *message;

	while (host->state == STARTED && (message = g_queue_pop_head(&host->messages))) {
		host->driver.handle_kernel_message(host->driver_context, message->type, message->body, message->size);
		g_free(message);
	}
}

static void post(struct mc_host *host, enum mc_message type, const void *body, gsize size)
{
	struct message *message = g_malloc(sizeof(*message) + size);

	message->type = type;
	message->size = size;
	memcpy(message->body, body, size);
	if (host->state == STOP_PENDING || host->state == DESTROYED) {
		drop_message(message);
		return;
	}
	g_queue_push_tail(&host->messages, message);
	deliver(host);
}

static gboolean state_changed(int fd, GIOCondition condition, void *data)
{
	struct mc_host *host = data;
	struct drm_miracast_get_state state;
	struct drm_miracast_ack_state ack = {};
	int ret = kernel(host->context, DRM_IOCTL_MIRACAST_GET_STATE, &state);

	if (ret) {
		want_end(host, MC_STATUS_CRITICAL_ERROR, ret, "kernel", "the kernel's context is gone");
		return G_SOURCE_REMOVE;
	}
	ack.serial = state.state_serial;
	kernel(host->context, DRM_IOCTL_MIRACAST_ACK_STATE, &ack);
	post(host, MC_MESSAGE_STATE, &state, sizeof(state));
	return G_SOURCE_CONTINUE;
}

void mc_host_rtp(struct mc_host *host, struct mc_wire_message *message)
{
	struct mc_message_rtp rtp = { message->fds[0], message->fds[1], message->body.rtp.server_port, message->body.rtp.rtcp_port };

	message->fds[0] = message->fds[1] = -1;
	post(host, MC_MESSAGE_RTP, &rtp, sizeof(rtp));
}

/* --- life -------------------------------------------------------------------------------------------------- */

static gboolean deliver_later(void *data)
{
	deliver(data);
	return G_SOURCE_REMOVE;
}

void mc_host_start(struct mc_host *host, int rtsp)
{
	struct mc_connection_stats stats = { .current_bit_rate = host->config.bitrate_kbps * 1000ULL };
	uint32_t info = 0;
	int ret;

	if (host->state != STOPPED || host->rtsp >= 0 || host->ended) {
		close(rtsp);
		return;
	}
	host->rtsp = rtsp;
	set_state(host, START_PENDING, g_thread_self());
	ret = host->driver.start_session(host->driver_context, rtsp, &stats, &info);
	set_state(host, STARTED, NULL);
	if (ret)
		want_end(host, ret == -ENOSPC ? MC_STATUS_INSUFFICIENT_BANDWIDTH : MC_STATUS_CRITICAL_ERROR, ret, "start",
			 "the driver has not started the session");
	if (host->stop_wanted)
		want_end(host, MC_WIRE_ENDED_STOPPED, 0, "stop", "disconnected");
	g_idle_add(deliver_later, host);
}

void mc_host_stop(struct mc_host *host, enum mc_wire_stop_reason reason)
{
	host->stop_wanted = true;
	if (host->state != START_PENDING)
		want_end(host, MC_WIRE_ENDED_STOPPED, 0, "stop", reason == MC_WIRE_STOP_LINK ? "the link is gone" : "disconnected");
}

static bool load_driver(struct mc_host *host, char **text)
{
	const char *name = host->config.driver;
	mc_query_driver_interface query = mc_gst_query_driver_interface;
	int ret;

	if (*name && strcmp(name, "gst")) {
		void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);

		query = library ? (mc_query_driver_interface)dlsym(library, MC_DRIVER_SYMBOL) : NULL;
		if (!query) {
			*text = g_strdup_printf("the driver %s cannot be loaded: %s", name, dlerror());
			return false;
		}
	}
	ret = query(MC_DRIVER_INTERFACE_VERSION_1, sizeof(host->driver), &host->driver);
	if (ret || host->driver.size < sizeof(host->driver)) {
		*text = g_strdup_printf("the driver %s has not the interface that is asked for", name);
		return false;
	}
	ret = host->driver.create_context(host, &callbacks, &host->driver_context);
	if (ret) {
		*text = host->ended ? g_strdup(host->ending.body.ended.text) :
				      g_strdup_printf("the driver does not start: %s", g_strerror(-ret));
		return false;
	}
	return true;
}

struct mc_host *mc_host_new(int wire, int context, const struct mc_wire_config *config, GMainLoop *loop, char **text)
{
	struct mc_host *host = g_new0(struct mc_host, 1);

	host->wire = wire;
	host->context = context;
	host->rtsp = host->vc = -1;
	host->config = *config;
	host->loop = loop;
	g_mutex_init(&host->lock);
	g_cond_init(&host->changed);
	g_queue_init(&host->messages);
	if (!load_driver(host, text)) {
		mc_host_free(host);
		return NULL;
	}
	host->state_source = g_unix_fd_add(context, G_IO_IN | G_IO_HUP | G_IO_ERR, state_changed, host);
	return host;
}

void mc_host_free(struct mc_host *host)
{
	if (!host)
		return;
	stop_driver(host);
	set_state(host, DESTROYED, g_thread_self());
	if (host->driver_context)
		host->driver.destroy_context(host->driver_context);
	/* The last word: the manager kills whoever has said it. */
	if (host->ended)
		mc_host_send(host, &host->ending);
	g_queue_clear_full(&host->messages, (GDestroyNotify)drop_message);
	if (host->rtsp >= 0)
		close(host->rtsp);
	if (host->vc >= 0)
		close(host->vc);
	while (g_source_remove_by_user_data(host))
		;
	g_mutex_clear(&host->lock);
	g_cond_clear(&host->changed);
	g_free(host);
}
