// SPDX-License-Identifier: GPL-2.0-or-later
/* The stream's threads and its pipeline. Times: CLOCK_MONOTONIC in nanoseconds, counted from the stream's begin in buffers. */
#include "stream.h"

#include <errno.h>
#include <gio/gio.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"
#include "packetiser.h"
#include "sender.h"
#include "tssink.h"

/* A P picture of an unchanged screen that is not longer has nothing left to refine at its quantiser... */
#define CLEAN_BYTES 200
/* ...which falls only after some of them: the rate control pays for the change first. So many in a row are the end. */
#define CLEAN_PICTURES 8
/* Pictures that refine one change at most. */
#define REFINE_MAX 60
#define NSEC 1000000000ULL
/* What a sink that was not told of skipped frames gets of a screen that stands still. */
#define KEEPALIVE_NS NSEC
/* Without an answer of the encoder for so long the stream has failed. */
#define ENCODER_TIMEOUT_US (5 * G_USEC_PER_SEC)

struct mc_stream {
	struct mc_stream_config config;
	mc_stream_failed failed;
	void *data;
	gint failure_told;

	GstElement *pipeline, *appsrc, *encoder, *sink;
	struct mc_frames frames;
	uint8_t *memory;
	gsize memory_size;
	GThread *frame_thread, *idle_thread;
	int wake;
	uint64_t begin, period;
	gint stopping, idr_wanted, paused;

	GMutex lock;		/* everything below */
	GCond encoded;
	bool encoding;
	uint64_t captured, pushed;	/* of the picture that is being encoded; captured 0: a refinement */
	gsize unit_size;	/* of the last access unit */
	uint64_t sent_ns;	/* when something was sent last */
	struct mc_packetiser packetiser;
	struct mc_datagrams datagrams;
	struct mc_wire_statistics statistics;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

/* Of all threads together: what an encoder costs does not depend on who else is running. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static uint64_t to_90khz(uint64_t ns)
{
	return ns / 100000 * 9 + ns % 100000 * 9 / 100000;
}

static void note(struct mc_wire_histogram *histogram, uint64_t from, uint64_t to)
{
	uint64_t us = to > from ? (to - from) / 1000 : 0;
	unsigned int bucket = us ? 63 - __builtin_clzll(us) : 0;

	histogram->count++;
	histogram->sum_us += us;
	histogram->max_us = MAX(histogram->max_us, us);
	histogram->bucket[MIN(bucket, MC_WIRE_HISTOGRAM - 1)]++;
}

static void tell_failure(struct mc_stream *s, int error, const char *text)
{
	if (g_atomic_int_compare_and_exchange(&s->failure_told, 0, 1) && !g_atomic_int_get(&s->stopping))
		s->failed(s->data, error, text);
}

static void wake(struct mc_stream *s)
{
	uint64_t one = 1;

	if (write(s->wake, &one, sizeof(one)) < 0)
		return;	/* the counter is full: it is awake */
}

/* --- out: encoder's thread, idle thread ----------------------------------------------------------- */

/* With the lock. */
static void send_datagrams(struct mc_stream *s)
{
	for (size_t i = 0; i < s->datagrams.count; i++)
		s->statistics.bytes_sent += s->datagrams.sizes[i];
	s->statistics.datagrams_sent += s->datagrams.count;
	/* Half a frame's time: the next picture never waits for this one. */
	s->statistics.send_errors += mc_sender_send(s->config.rtp, &s->datagrams, s->period / 2000);
	mc_datagrams_clear(&s->datagrams);
	s->sent_ns = now_ns();
}

/* The sink element has an access unit. */
static void access_unit(void *data, const uint8_t *unit, gsize size, bool key, uint64_t pts)
{
	struct mc_stream *s = data;
	uint64_t arrived = now_ns();

	g_mutex_lock(&s->lock);
	note(&s->statistics.stage[MC_WIRE_STAGE_ENCODE], s->pushed, arrived);
	mc_packetiser_video(&s->packetiser, unit, size, key, to_90khz(s->begin + pts) + s->config.pcr_lead_ms * 90,
			    to_90khz(arrived), &s->datagrams);
	send_datagrams(s);
	note(&s->statistics.stage[MC_WIRE_STAGE_SEND], arrived, s->sent_ns);
	if (s->captured)
		note(&s->statistics.stage[MC_WIRE_STAGE_TOTAL], s->captured, s->sent_ns);
	else
		s->statistics.pictures_refined++;
	s->statistics.pictures_encoded++;
	s->statistics.idr += key;
	s->unit_size = size;
	g_mutex_unlock(&s->lock);
}

/* Silence every 10 ms where there is sound, else what is due of PCR and tables. */
static void *idle_loop(void *data)
{
	static const uint8_t silence[MC_LPCM_BYTES];
	struct mc_stream *s = data;
	uint64_t step = s->config.audio ? NSEC / 100 : NSEC / 40;
	uint64_t next = now_ns();

	while (!g_atomic_int_get(&s->stopping)) {
		struct timespec until;
		uint64_t now;

		next += step;
		now = now_ns();
		/* After a stop of the whole machine the sound goes on from now. */
		if (now > next + NSEC)
			next = now;
		until = (struct timespec){ next / NSEC, next % NSEC };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		if (g_atomic_int_get(&s->paused))
			continue;
		now = to_90khz(now_ns());
		g_mutex_lock(&s->lock);
		if (s->config.audio)
			mc_packetiser_lpcm(&s->packetiser, silence, to_90khz(next) + s->config.pcr_lead_ms * 90, now,
					   &s->datagrams);
		else
			mc_packetiser_idle(&s->packetiser, now, &s->datagrams);
		if (s->datagrams.count)
			send_datagrams(s);
		g_mutex_unlock(&s->lock);
	}
	return NULL;
}

/* --- in: frame thread ------------------------------------------------------------------------------ */

/* The encoder has given the picture back. */
static void picture_free(void *data)
{
	struct mc_stream *s = data;

	g_mutex_lock(&s->lock);
	s->encoding = false;
	g_cond_signal(&s->encoded);
	g_mutex_unlock(&s->lock);
}

static bool force_idr(struct mc_stream *s)
{
	GstEvent *event = gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0);

	return gst_element_send_event(s->sink, event);
}

/* Encodes the picture as it is and waits until the encoder has given it back. Returns whether to go on. */
static bool encode(struct mc_stream *s, uint64_t captured)
{
	uint64_t now = now_ns(), shown = captured ? captured : now;
	int64_t deadline = g_get_monotonic_time() + ENCODER_TIMEOUT_US;
	GstBuffer *buffer;
	bool good = true;

	if (g_atomic_int_compare_and_exchange(&s->idr_wanted, 1, 0))
		force_idr(s);
	g_mutex_lock(&s->lock);
	s->encoding = true;
	s->captured = captured;
	s->pushed = now;
	g_mutex_unlock(&s->lock);

	buffer = gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, s->memory, s->memory_size, 0, s->memory_size, s, picture_free);
	GST_BUFFER_PTS(buffer) = shown > s->begin ? shown - s->begin : 0;
	GST_BUFFER_DURATION(buffer) = s->period;
	if (gst_app_src_push_buffer(GST_APP_SRC(s->appsrc), buffer) != GST_FLOW_OK) {
		tell_failure(s, -EIO, "the encoder takes no picture");
		return false;
	}
	g_mutex_lock(&s->lock);
	while (s->encoding && good)
		good = g_cond_wait_until(&s->encoded, &s->lock, deadline);
	g_mutex_unlock(&s->lock);
	if (!good)
		tell_failure(s, -ETIMEDOUT, "the encoder has not finished a picture in 5 s");
	return good;
}

/* Takes a frame if there is one; returns 1 when the picture has changed, 0 when not, negative when the stream is over. */
static int take_frame(struct mc_stream *s, uint64_t *captured)
{
	uint64_t acquired = 0, converted;
	int ret = mc_frames_take(&s->frames, &acquired);
	const struct drm_miracast_next_chunk *chunk = &s->frames.chunk;

	if (ret < 0) {
		tell_failure(s, ret, ret == -ESHUTDOWN || ret == -ENODEV ? "the kernel's context is gone" :
			     "the kernel names a picture that cannot be read");
		return ret;
	}
	if (ret == MC_FRAME_NONE)
		return 0;
	converted = now_ns();
	g_mutex_lock(&s->lock);
	s->statistics.frames_acquired++;
	s->statistics.frames_skipped += chunk->skipped;
	s->statistics.frames_revoked += ret == MC_FRAME_DROPPED;
	note(&s->statistics.stage[MC_WIRE_STAGE_ACQUIRE], chunk->publish_ns, acquired);
	note(&s->statistics.stage[MC_WIRE_STAGE_CONVERT], acquired, converted);
	g_mutex_unlock(&s->lock);
	*captured = chunk->publish_ns;
	return ret == MC_FRAME_NEW;
}

static void *frame_loop(void *data)
{
	struct mc_stream *s = data;
	uint64_t refine_at = 0, last = 0;
	int refinements = 0, clean = 0;

	while (!g_atomic_int_get(&s->stopping)) {
		struct pollfd fds[2] = { { .fd = s->config.vc, .events = POLLIN }, { .fd = s->wake, .events = POLLIN } };
		uint64_t now = now_ns(), due = last + KEEPALIVE_NS, captured = 0, count;
		bool paused = g_atomic_int_get(&s->paused);
		struct timespec wait;
		int changed = 0;

		if (refine_at)
			due = MIN(due, refine_at);
		wait = (struct timespec){ due > now ? (due - now) / NSEC : 0, due > now ? (due - now) % NSEC : 0 };
		if (paused)
			fds[0].fd = -1;
		if (ppoll(fds, 2, paused || !last ? NULL : &wait, NULL) < 0 && errno != EINTR)
			break;
		if (fds[1].revents && read(s->wake, &count, sizeof(count)) < 0)
			continue;
		if (g_atomic_int_get(&s->stopping) || g_atomic_int_get(&s->paused))
			continue;
		if (fds[0].revents)
			changed = take_frame(s, &captured);
		if (changed < 0)
			break;
		/* Before the first picture there is nothing to repeat. */
		if (!changed && !last)
			continue;
		now = now_ns();
		if (!changed && now < due && !g_atomic_int_get(&s->idr_wanted))
			continue;
		if (!changed && !refine_at && s->config.frame_skipping && !g_atomic_int_get(&s->idr_wanted)) {
			last = now;
			continue;
		}
		if (!encode(s, captured))
			break;
		last = now;
		refinements = changed ? 0 : refinements + 1;
		g_mutex_lock(&s->lock);
		clean = changed || s->unit_size > CLEAN_BYTES ? 0 : clean + 1;
		g_mutex_unlock(&s->lock);
		refine_at = (refine_at || changed) && clean < CLEAN_PICTURES && refinements < REFINE_MAX ? now + s->period : 0;
	}
	return NULL;
}

/* --- life ------------------------------------------------------------------------------------------ */

bool mc_stream_prepare(GError **error)
{
	static const char *const needed[][3] = {
		{ "libgstx264.so", "x264enc", "gstreamer1.0-plugins-ugly" }, { "libgstapp.so", "appsrc", "gstreamer1.0-plugins-base" },
		{ "libgstcoreelements.so", "capsfilter", "libgstreamer1.0-0" },
	};

	/* Three plug-ins by name instead of a scan of all: a process without a home has no cache of what it found the last time. */
	g_setenv("GST_REGISTRY_1_0", "/dev/null", TRUE);
	g_setenv("GST_REGISTRY_UPDATE", "no", TRUE);
	g_setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
	g_thread_pool_set_max_unused_threads(0);
	if (!gst_init_check(NULL, NULL, error) || !mc_ts_sink_register(error))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
		g_autofree char *path = g_build_filename(MC_GST_PLUGINS, needed[i][0], NULL);
		g_autoptr(GstPlugin) plugin = gst_plugin_load_file(path, NULL);
		GstElement *element = gst_element_factory_make(needed[i][1], NULL);

		if (!element) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no GStreamer element %s; install %s",
				    needed[i][1], needed[i][2]);
			return false;
		}
		gst_object_unref(gst_object_ref_sink(element));
	}
	return true;
}

uint64_t mc_stream_measure(void)
{
	enum { WIDTH = 1280, HEIGHT = 720, PICTURES = 16, FIRST = 4, SIZE = WIDTH * HEIGHT * 3 / 2 };
	g_autofree uint8_t *noise = g_malloc(SIZE + PICTURES * 64);
	GstElement *pipeline = gst_parse_launch("appsrc name=src format=time block=true max-buffers=1 "
		"caps=video/x-raw,format=NV12,width=1280,height=720,framerate=60/1 ! x264enc tune=zerolatency speed-preset=ultrafast "
		"threads=1 sliced-threads=false rc-lookahead=0 bitrate=10000 vbv-buf-capacity=17 ! fakesink sync=false", NULL);
	GstElement *source = pipeline ? gst_bin_get_by_name(GST_BIN(pipeline), "src") : NULL;
	uint64_t begin = 0, end = 0;
	GstMessage *message;
	GstBus *bus;

	if (!source)
		return 0;
	/* Ramps under a little noise, 4 pixels to the side with each picture: about what a film costs. */
	for (int i = 0; i < SIZE + PICTURES * 64; i++)
		noise[i] = 64 + (i * 2654435761u >> 29) + (i / 640 & 63);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	for (int i = 0; i < PICTURES; i++) {
		GstBuffer *buffer = gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, noise + i * 4, SIZE, 0, SIZE, NULL, NULL);

		GST_BUFFER_PTS(buffer) = i * NSEC / 60;
		/* The first ones pay for the start. */
		if (i == FIRST)
			begin = cpu_ns();
		if (gst_app_src_push_buffer(GST_APP_SRC(source), buffer) != GST_FLOW_OK)
			break;
	}
	gst_app_src_end_of_stream(GST_APP_SRC(source));
	bus = gst_element_get_bus(pipeline);
	message = gst_bus_timed_pop_filtered(bus, 5 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
	if (message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS)
		end = cpu_ns();
	g_clear_pointer(&message, gst_message_unref);
	gst_object_unref(bus);
	gst_element_set_state(pipeline, GST_STATE_NULL);
	gst_object_unref(source);
	gst_object_unref(pipeline);
	/* Threads that are kept for later would not be locked with the rest. */
	g_thread_pool_stop_unused_threads();
	return end > begin && begin ? (PICTURES - FIRST) * (WIDTH / 16 * HEIGHT / 16) * NSEC / (end - begin) : 0;
}

/* One frame's share of the rate, 160 kbit at least: a smaller buffer starves text. In ms. */
static unsigned int vbv_ms(const struct mc_stream_config *c)
{
	return MAX(1000000 / MAX(c->refresh_mhz, 1), 160 * 1000 / MAX(c->bitrate_kbps, 1));
}

static bool make_pipeline(struct mc_stream *s, GError **error)
{
	const struct mc_stream_config *c = &s->config;
	const char *profile = c->high_profile ? "constrained-high" : "constrained-baseline";
	g_autofree char *level = c->level % 10 ? g_strdup_printf("%u.%u", c->level / 10, c->level % 10) :
						 g_strdup_printf("%u", c->level / 10);
	g_autofree char *text = g_strdup_printf(
		"appsrc name=src is-live=true format=time block=true max-buffers=1 "
		"caps=video/x-raw,format=NV12,width=%u,height=%u,framerate=%u/1000,interlace-mode=progressive,"
		"pixel-aspect-ratio=1/1,colorimetry=%s "
		"! x264enc name=enc tune=zerolatency speed-preset=ultrafast threads=1 sliced-threads=false rc-lookahead=0 "
		"bitrate=%u vbv-buf-capacity=%u key-int-max=100000 byte-stream=true qp-min=18 aud=true cabac=%s dct8x8=%s "
		"option-string=level=%s:scenecut=0 "
		"! video/x-h264,stream-format=byte-stream,alignment=au,profile=%s ! wfdtssink name=sink sync=false async=false",
		c->width, c->height, c->refresh_mhz, s->frames.matrix == MC_MATRIX_BT709 ? "bt709" : "bt601",
		c->bitrate_kbps, vbv_ms(c), c->high_profile ? "true" : "false", c->high_profile ? "true" : "false", level, profile);

	s->pipeline = gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
	if (!s->pipeline)
		return false;
	gst_object_ref_sink(s->pipeline);
	s->appsrc = gst_bin_get_by_name(GST_BIN(s->pipeline), "src");
	s->encoder = gst_bin_get_by_name(GST_BIN(s->pipeline), "enc");
	s->sink = gst_bin_get_by_name(GST_BIN(s->pipeline), "sink");
	mc_ts_sink_set_receiver(s->sink, access_unit, s);
	return true;
}

static GstBusSyncReply bus_message(GstBus *bus, GstMessage *message, void *data)
{
	struct mc_stream *s = data;

	if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;

		gst_message_parse_error(message, &error, NULL);
		text = g_strdup_printf("GStreamer: %s", error->message);
		tell_failure(s, -EIO, text);
	}
	gst_message_unref(message);
	return GST_BUS_DROP;
}

static void make_picture(struct mc_stream *s)
{
	GstVideoInfo info;
	struct mc_nv12 picture;
	bool hd = s->config.height >= 720;

	gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, s->config.width, s->config.height);
	s->memory_size = GST_VIDEO_INFO_SIZE(&info);
	s->memory = g_malloc(s->memory_size);
	picture = (struct mc_nv12){ .y = s->memory, .uv = s->memory + GST_VIDEO_INFO_PLANE_OFFSET(&info, 1),
				    .stride = GST_VIDEO_INFO_PLANE_STRIDE(&info, 0),
				    .width = s->config.width, .height = s->config.height };
	memset(picture.y, 16, picture.uv - picture.y);
	memset(picture.uv, 128, s->memory_size - (picture.uv - picture.y));
	mc_frames_init(&s->frames, s->config.vc, hd ? MC_MATRIX_BT709 : MC_MATRIX_BT601, &picture);
}

struct mc_stream *mc_stream_new(const struct mc_stream_config *config, mc_stream_failed failed, void *data, GError **error)
{
	struct mc_stream *s = g_new0(struct mc_stream, 1);
	GstBus *bus;

	s->config = *config;
	s->failed = failed;
	s->data = data;
	s->begin = now_ns();
	s->period = 1000 * NSEC / MAX(config->refresh_mhz, 1000);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g_mutex_init(&s->lock);
	g_cond_init(&s->encoded);
	make_picture(s);
	mc_packetiser_init(&s->packetiser, g_random_int(), g_random_int(), config->audio, config->high_profile ? 100 : 66,
			   config->high_profile ? 0x0c : 0xc0, config->level);
	if (!make_pipeline(s, error)) {
		mc_stream_free(s);
		return NULL;
	}
	bus = gst_element_get_bus(s->pipeline);
	gst_bus_set_sync_handler(bus, bus_message, s, NULL);
	gst_object_unref(bus);
	if (gst_element_set_state(s->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the encoder does not start for %ux%u at %u.%03u Hz", config->width,
			    config->height, config->refresh_mhz / 1000, config->refresh_mhz % 1000);
		mc_stream_free(s);
		return NULL;
	}
	s->frame_thread = g_thread_new("frames", frame_loop, s);
	s->idle_thread = g_thread_new("idle", idle_loop, s);
	return s;
}

void mc_stream_request_idr(struct mc_stream *s)
{
	g_mutex_lock(&s->lock);
	s->statistics.idr_requests++;
	g_mutex_unlock(&s->lock);
	g_atomic_int_set(&s->idr_wanted, 1);
	wake(s);
}

void mc_stream_pause(struct mc_stream *s, bool pause)
{
	g_atomic_int_set(&s->paused, pause);
	if (!pause)
		g_atomic_int_set(&s->idr_wanted, 1);
	wake(s);
}

void mc_stream_get_statistics(struct mc_stream *s, struct mc_wire_statistics *statistics)
{
	g_mutex_lock(&s->lock);
	*statistics = s->statistics;
	g_mutex_unlock(&s->lock);
	statistics->time_ns = now_ns();
}

void mc_stream_free(struct mc_stream *s)
{
	if (!s)
		return;
	g_atomic_int_set(&s->stopping, 1);
	wake(s);
	if (s->frame_thread)
		g_thread_join(s->frame_thread);
	if (s->idle_thread)
		g_thread_join(s->idle_thread);
	if (s->pipeline) {
		gst_element_set_state(s->pipeline, GST_STATE_NULL);
		gst_object_unref(s->appsrc);
		gst_object_unref(s->encoder);
		gst_object_unref(s->sink);
		gst_object_unref(s->pipeline);
	}
	mc_frames_clear(&s->frames);
	mc_datagrams_free(&s->datagrams);
	g_free(s->memory);
	close(s->wake);
	g_mutex_clear(&s->lock);
	g_cond_clear(&s->encoded);
	g_free(s);
}
