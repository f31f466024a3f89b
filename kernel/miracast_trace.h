/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace events: what happens to a frame from the commit to its release. Times are CLOCK_MONOTONIC in nanoseconds. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM miracast

#if !defined(MIRACAST_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MIRACAST_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(miracast_commit,
	TP_PROTO(unsigned int target, bool modeset, bool event),
	TP_ARGS(target, modeset, event),
	TP_STRUCT__entry(
		__field(unsigned int, target)
		__field(bool, modeset)
		__field(bool, event)
	),
	TP_fast_assign(
		__entry->target = target;
		__entry->modeset = modeset;
		__entry->event = event;
	),
	TP_printk("target=%u modeset=%d event=%d", __entry->target, __entry->modeset, __entry->event)
);

TRACE_EVENT(miracast_publish,
	TP_PROTO(unsigned int target, u64 frame, u64 vblank_ns, bool in_place),
	TP_ARGS(target, frame, vblank_ns, in_place),
	TP_STRUCT__entry(
		__field(unsigned int, target)
		__field(u64, frame)
		__field(u64, vblank_ns)
		__field(bool, in_place)
	),
	TP_fast_assign(
		__entry->target = target;
		__entry->frame = frame;
		__entry->vblank_ns = vblank_ns;
		__entry->in_place = in_place;
	),
	TP_printk("target=%u frame=%llu vblank_ns=%llu in_place=%d", __entry->target, __entry->frame, __entry->vblank_ns,
		  __entry->in_place)
);

TRACE_EVENT(miracast_acquire,
	TP_PROTO(unsigned int target, unsigned int channel, u64 frame, u64 age_ns),
	TP_ARGS(target, channel, frame, age_ns),
	TP_STRUCT__entry(
		__field(unsigned int, target)
		__field(unsigned int, channel)
		__field(u64, frame)
		__field(u64, age_ns)
	),
	TP_fast_assign(
		__entry->target = target;
		__entry->channel = channel;
		__entry->frame = frame;
		__entry->age_ns = age_ns;
	),
	TP_printk("target=%u channel=%u frame=%llu age_ns=%llu", __entry->target, __entry->channel, __entry->frame, __entry->age_ns)
);

DECLARE_EVENT_CLASS(miracast_held_frame,
	TP_PROTO(unsigned int target, unsigned int channel, u64 frame, bool revoked),
	TP_ARGS(target, channel, frame, revoked),
	TP_STRUCT__entry(
		__field(unsigned int, target)
		__field(unsigned int, channel)
		__field(u64, frame)
		__field(bool, revoked)
	),
	TP_fast_assign(
		__entry->target = target;
		__entry->channel = channel;
		__entry->frame = frame;
		__entry->revoked = revoked;
	),
	TP_printk("target=%u channel=%u frame=%llu revoked=%d", __entry->target, __entry->channel, __entry->frame, __entry->revoked)
);

DEFINE_EVENT(miracast_held_frame, miracast_release,
	TP_PROTO(unsigned int target, unsigned int channel, u64 frame, bool revoked),
	TP_ARGS(target, channel, frame, revoked));

DEFINE_EVENT(miracast_held_frame, miracast_revoke,
	TP_PROTO(unsigned int target, unsigned int channel, u64 frame, bool revoked),
	TP_ARGS(target, channel, frame, revoked));

TRACE_EVENT(miracast_hold,
	TP_PROTO(unsigned int target, u64 waited_ns, u64 bound_ns, bool expired),
	TP_ARGS(target, waited_ns, bound_ns, expired),
	TP_STRUCT__entry(
		__field(unsigned int, target)
		__field(u64, waited_ns)
		__field(u64, bound_ns)
		__field(bool, expired)
	),
	TP_fast_assign(
		__entry->target = target;
		__entry->waited_ns = waited_ns;
		__entry->bound_ns = bound_ns;
		__entry->expired = expired;
	),
	TP_printk("target=%u waited_ns=%llu bound_ns=%llu expired=%d", __entry->target, __entry->waited_ns, __entry->bound_ns,
		  __entry->expired)
);

TRACE_EVENT(miracast_hotplug,
	TP_PROTO(unsigned int target, bool plugged, int monitor_type),
	TP_ARGS(target, plugged, monitor_type),
	TP_STRUCT__entry(
		__field(unsigned int, target)
		__field(bool, plugged)
		__field(int, monitor_type)
	),
	TP_fast_assign(
		__entry->target = target;
		__entry->plugged = plugged;
		__entry->monitor_type = monitor_type;
	),
	TP_printk("target=%u plugged=%d monitor_type=%d", __entry->target, __entry->plugged, __entry->monitor_type)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE miracast_trace
#include <trace/define_trace.h>
