/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user-mode driver interface: what a Miracast driver gives its host, miracast-session, and gets from it. Keeps the meaning of
 * Windows' netdispumdddi.h; the rows are those of its contract (E1-E7, F0-F5, G1-G6). Functions return 0 or a negative errno.
 *
 * The host calls create_context, start_session, stop_session and destroy_context from one thread, one at a time, and
 * handle_kernel_message from the same thread, never inside one of them. Messages of before start_session has returned come
 * after it; those of after stop_session was called never come.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MC_DRIVER_INTERFACE_VERSION_1 1u
#define MC_DRIVER_SYMBOL "query_miracast_driver_interface"

/* G5. Every value is an error: there is no "fine". */
enum mc_miracast_status {
	MC_STATUS_CRITICAL_ERROR = 0,
	MC_STATUS_MISSING_KEEPALIVE = 1,
	MC_STATUS_SINK_DISCONNECT_REQUEST = 2,
	MC_STATUS_INSUFFICIENT_BANDWIDTH = 3,
	MC_STATUS_SINK_FAILED_STANDARD_MODE_CHANGE = 4,
	MC_STATUS_COMPANION_DRIVER_DISCONNECT = 5,
};

/* G6 */
enum mc_protocol_event {
	MC_EVENT_IFRAME_REQUEST = 0,
	MC_EVENT_MONITOR_ARRIVE = 1,
	MC_EVENT_MONITOR_DEPART = 2,
};

/* G1 */
enum mc_statistic_type {
	MC_STATISTIC_CHUNK_PROCESSING_COMPLETE = 0,
	MC_STATISTIC_CHUNK_SENT = 1,	/* about to be sent */
	MC_STATISTIC_EVENT = 2,
};

struct mc_statistic {
	uint32_t type;		/* enum mc_statistic_type */
	uint32_t event;		/* enum mc_protocol_event, with MC_STATISTIC_EVENT */
	uint64_t chunk_id;
	uint64_t reserved[2];
};

/* G2: bits per second; frames are Wi-Fi's, counted since the last call. */
struct mc_datarate {
	uint64_t encoder_bit_rate, max_bit_rate;
	uint64_t transmitted, failed, retried, retried_often;
};

/* G3: bits per second; 0: not known. */
struct mc_connection_stats {
	uint64_t current_bit_rate, local_max_bit_rate, remote_max_bit_rate;
};

/* G4 */
#define MC_SESSION_MONITOR_CONNECTED (1u << 0)
#define MC_SESSION_REDUCED_MODES (1u << 1)

/* What io_control does. Structures of the kernel's are those of drm/miracast_drm.h. */
enum mc_io {
	MC_IO_CONFIG,			/* out: struct mc_wire_config */
	MC_IO_MONITOR_ARRIVAL,		/* in: struct drm_miracast_monitor_arrival */
	MC_IO_MONITOR_DEPARTURE,
	MC_IO_CREATE_VC,		/* out: int, a channel's file, the driver's to close */
	MC_IO_GET_STATE,		/* out: struct drm_miracast_get_state */
	MC_IO_STATUS,			/* in: struct mc_wire_status, for a person */
	MC_IO_RTP_REQUEST,		/* in: struct mc_wire_rtp_request; the answer is MC_MESSAGE_RTP */
	MC_IO_STATISTICS,		/* in: struct mc_wire_statistics */
};

/* Kernel messages, and the manager's answer to MC_IO_RTP_REQUEST. */
enum mc_message {
	MC_MESSAGE_STATE,		/* struct drm_miracast_get_state: the compositor has changed something */
	MC_MESSAGE_RTP,			/* struct mc_message_rtp: the files are the driver's to close */
};

struct mc_message_rtp {
	int rtp, rtcp;			/* connected UDP sockets; rtcp may be -1 */
	uint32_t server_port, rtcp_port;
};

/* F0: the host's functions, for the life of a context. @handle is what create_context was given. */
struct mc_callbacks {
	/* F5: the session cannot go on; the first report wins. Ends in stop_session and destroy_context, never inside the call. */
	void (*report_session_status)(void *handle, enum mc_miracast_status status, int error, const char *step, const char *text);
	/* F1: -ECANCELED while a session is being stopped, but in the thread that stops it; -ESHUTDOWN afterwards. */
	int (*io_control)(void *handle, enum mc_io io, const void *in, size_t in_size, void *out, size_t out_size);
	/* F3: never fails, never waits. */
	void (*report_statistic)(void *handle, const struct mc_statistic *statistic);
	/* F2: struct drm_miracast_next_chunk, token included, of a channel of the host's own that nobody is paced by; @token of the
	 * chunk before. -ETIME when none comes in time (-1: for ever). For drivers that keep no channel themselves. */
	int (*get_next_chunk)(void *handle, int timeout_ms, uint64_t release_token, void *chunk, size_t chunk_size);
	/* F4: -EOPNOTSUPP where nobody measures the link; -EINVAL when registered twice. NULL ends it. */
	int (*register_for_data_rate_notifications)(void *handle, void *context,
						    void (*notify)(void *context, const struct mc_datarate *rate));
};

/* E2 */
struct mc_driver_interface {
	uint32_t size;		/* of what the driver filled */
	/* E3: prepares everything that a session needs, before the process is locked: plug-ins, devices. */
	int (*create_context)(void *handle, const struct mc_callbacks *callbacks, void **context);
	/* E7 */
	void (*destroy_context)(void *context);
	/*
	 * E4: the sink is connected. Speaks with it until it is known whether it has a monitor (M3). The monitor's arrival is
	 * reported after this has returned. -ENOSPC: the rate does not carry the lowest mode.
	 */
	int (*start_session)(void *context, int rtsp, const struct mc_connection_stats *stats, uint32_t *session_info);
	/* E5: fast; closes its own sockets, not @rtsp. */
	void (*stop_session)(void *context);
	/* E6 */
	int (*handle_kernel_message)(void *context, enum mc_message message, const void *in, size_t in_size);
};

/* E1: exported by a driver under MC_DRIVER_SYMBOL. -EOPNOTSUPP for another version, -EMSGSIZE for a smaller @size. */
typedef int (*mc_query_driver_interface)(uint32_t version, uint32_t size, struct mc_driver_interface *interface);

/* The built-in driver. */
int mc_gst_query_driver_interface(uint32_t version, uint32_t size, struct mc_driver_interface *interface);
