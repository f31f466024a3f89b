// SPDX-License-Identifier: GPL-2.0-or-later
/* wfdtssink, a GstBaseSink without a clock. */
#include "tssink.h"

#include <gst/base/gstbasesink.h>

struct _McTsSink {
	GstBaseSink parent;
	mc_ts_sink_receiver receiver;
	void *data;
};

G_DECLARE_FINAL_TYPE(McTsSink, mc_ts_sink, MC, TS_SINK, GstBaseSink)
G_DEFINE_TYPE(McTsSink, mc_ts_sink, GST_TYPE_BASE_SINK)

static GstStaticPadTemplate template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
	GST_STATIC_CAPS("video/x-h264, stream-format=byte-stream, alignment=au"));

static GstFlowReturn render(GstBaseSink *base, GstBuffer *buffer)
{
	McTsSink *sink = MC_TS_SINK(base);
	GstMapInfo map;
	/* Running time: x264enc adds a thousand hours to its time stamps, and says so in the segment. */
	uint64_t pts = gst_segment_to_running_time(&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));

	if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
		return GST_FLOW_ERROR;
	if (sink->receiver)
		sink->receiver(sink->data, map.data, map.size, !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT),
			       pts);
	gst_buffer_unmap(buffer, &map);
	return GST_FLOW_OK;
}

static void mc_ts_sink_class_init(McTsSinkClass *class)
{
	GstElementClass *element = GST_ELEMENT_CLASS(class);

	gst_element_class_add_static_pad_template(element, &template);
	gst_element_class_set_static_metadata(element, "Wi-Fi Display transport stream sink", "Sink/Network",
					      "Hands access units to a Miracast session", "Miracast for Linux");
	GST_BASE_SINK_CLASS(class)->render = render;
}

static void mc_ts_sink_init(McTsSink *sink)
{
}

bool mc_ts_sink_register(GError **error)
{
	static gsize done;

	if (g_once_init_enter(&done))
		g_once_init_leave(&done, gst_element_register(NULL, "wfdtssink", GST_RANK_NONE, mc_ts_sink_get_type()) ? 1 : 2);
	if (done == 1)
		return true;
	g_set_error_literal(error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED, "GStreamer does not take our sink element");
	return false;
}

void mc_ts_sink_set_receiver(GstElement *element, mc_ts_sink_receiver receiver, void *data)
{
	McTsSink *sink = MC_TS_SINK(element);

	sink->receiver = receiver;
	sink->data = data;
}
