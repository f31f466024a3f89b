/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Miracast for Linux: the interface between miracast.ko and the programs that cast what it displays.
 *
 * The driver is a DRM card whose connectors have no wire. Three kinds of file make up the interface;
 * a compositor needs none of them:
 *
 *  - control, open("/dev/miracast"): makes contexts, owns them, and destroys them when it is released.
 *  - context, from DRM_IOCTL_MIRACAST_CREATE_CONTEXT: one connector and CRTC ("target"), its monitor
 *    and its state.
 *  - channel ("virtual channel", vc), from DRM_IOCTL_MIRACAST_CREATE_VC: a stream of chunks, each a
 *    consistent snapshot of what the pipe displays. No pixel is copied: a chunk names dma-bufs.
 *
 * No ioctl waits for a frame or for user space, whatever the file's flags: poll() does.
 *
 *  - A context is readable (EPOLLIN) while its newest state serial is beyond the acknowledged one.
 *  - A channel is readable while a chunk newer than the last one acquired is there. It reports EPOLLHUP
 *    while it is not active and holds no frame.
 *  - When the context is destroyed, or the device is gone, both report EPOLLHUP | EPOLLERR for ever.
 *
 * Errors common to every ioctl: -EINVAL for an unknown flag, for non-zero padding or for a structure
 * smaller than the one of version 1; -E2BIG for a larger one whose unknown part is not zero; -EFAULT for
 * a bad pointer; -ENOTTY for an ioctl that this kind of file does not have; -ESHUTDOWN once the context is
 * destroyed; -ENODEV once the device is unplugged or unbound. An ioctl that fails changes nothing, but
 * where its description says so.
 */
#ifndef _UAPI_MIRACAST_DRM_H_
#define _UAPI_MIRACAST_DRM_H_

#include "drm.h"
#include "drm_mode.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* Version of this interface; &drm_miracast_query_caps.version. */
#define DRM_MIRACAST_VERSION		1

/* Buffer slots of a channel. */
#define DRM_MIRACAST_SLOTS		16
/* Planes of a chunk. */
#define DRM_MIRACAST_PLANES		4
/* Damage rectangles of a chunk. */
#define DRM_MIRACAST_DAMAGE_RECTS	32
/* Channels of a context. */
#define DRM_MIRACAST_VCS		8
/* Bytes of an EDID: four blocks. */
#define DRM_MIRACAST_EDID_MAX		512
/* Modes that one monitor arrival may list. */
#define DRM_MIRACAST_MODES_MAX		128
/* Formats that one context may list. */
#define DRM_MIRACAST_FORMATS_MAX	64
/* Bytes of a context's name with its terminating zero. */
#define DRM_MIRACAST_NAME_LEN		32
/* Longest hold and longest paced period, in microseconds. */
#define DRM_MIRACAST_HOLD_MAX_US	100000
#define DRM_MIRACAST_PERIOD_MAX_US	100000

/**
 * struct drm_miracast_query_caps - what the driver can do (DxgkDdiMiracastQueryCaps)
 * @version: out: DRM_MIRACAST_VERSION
 * @flags: out: none defined; bit 0 will say that the target transmits protected content
 * @targets: out: connectors that can be cast
 * @max_chunk_private_size: out: bytes of private data that a chunk may carry: 0
 * @slots: out: DRM_MIRACAST_SLOTS
 * @vcs: out: DRM_MIRACAST_VCS
 * @hold_max_us: out: DRM_MIRACAST_HOLD_MAX_US
 * @import_policy: out: the policy in force, &enum drm_miracast_import_policy
 *
 * On a control file. Constant while the driver is loaded, but for @import_policy.
 */
struct drm_miracast_query_caps {
	__u32 version;
	__u32 flags;
	__u32 targets;
	__u32 max_chunk_private_size;
	__u32 slots;
	__u32 vcs;
	__u32 hold_max_us;
	__u32 import_policy;
};

/**
 * struct drm_miracast_format - one pixel layout that the consumer of a context can read
 * @fourcc: DRM_FORMAT_*
 * @pad: zero
 * @modifier: DRM_FORMAT_MOD_*
 */
struct drm_miracast_format {
	__u32 fourcc;
	__u32 pad;
	__u64 modifier;
};

/**
 * struct drm_miracast_create_context - take a target (DxgkDdiMiracastCreateContext)
 * @name: in: for debugfs and messages: printable ASCII, terminated within the array, else -EINVAL
 * @user_handle: in: any value; returned in every chunk of the context
 * @formats_ptr: in: user pointer to @formats_count &struct drm_miracast_format
 * @formats_count: in: 0 for every linear format of the planes, DRM_MIRACAST_FORMATS_MAX at most; a
 *	framebuffer of another format fails the compositor's atomic check
 * @hold_max_us: in: longest hold of a flip in microseconds; 0 for the default of four refreshes;
 *	above DRM_MIRACAST_HOLD_MAX_US: -EINVAL
 * @flags: in: zero
 * @fd: out: the context file, O_CLOEXEC
 * @context_id: out: for DRM_IOCTL_MIRACAST_DESTROY_CONTEXT on the same control file; never 0
 * @connector_id: out: KMS object id of the target's connector
 * @crtc_id: out: KMS object id of the target's CRTC
 * @card_minor: out: N of /dev/dri/cardN
 * @connector_type_id: out: N of the connector's name, Virtual-N
 * @pad: zero
 *
 * On a control file. Everything that a session needs is allocated here. The context ends with
 * DRM_IOCTL_MIRACAST_DESTROY_CONTEXT, with the release of the control file, or with its own last
 * file descriptor. Errors: -EBUSY when every target is taken; -ENOMEM; -EMFILE.
 */
struct drm_miracast_create_context {
	char name[DRM_MIRACAST_NAME_LEN];
	__u64 user_handle;
	__u64 formats_ptr;
	__u32 formats_count;
	__u32 hold_max_us;
	__u32 flags;
	__s32 fd;
	__u32 context_id;
	__u32 connector_id;
	__u32 crtc_id;
	__u32 card_minor;
	__u32 connector_type_id;
	__u32 pad;
};

/**
 * struct drm_miracast_destroy_context - give a target back (DxgkDdiMiracastDestroyContext)
 * @context_id: in: from DRM_IOCTL_MIRACAST_CREATE_CONTEXT on this control file
 * @pad: zero
 *
 * On a control file. The monitor departs, held frames are dropped, sleepers in poll() wake, all before
 * this returns. -ENOENT: no such context of this file.
 */
struct drm_miracast_destroy_context {
	__u32 context_id;
	__u32 pad;
};

/**
 * enum drm_miracast_import_policy - which foreign buffers compositors may show
 * @DRM_MIRACAST_IMPORT_AUTO: the driver's choice; acts as ALWAYS
 * @DRM_MIRACAST_IMPORT_ALWAYS: wrap them; the consumer gets the exporter's own dma-buf
 * @DRM_MIRACAST_IMPORT_NEVER: refuse them; compositors copy into dumb buffers of this card
 */
enum drm_miracast_import_policy {
	DRM_MIRACAST_IMPORT_AUTO = 0,
	DRM_MIRACAST_IMPORT_ALWAYS = 1,
	DRM_MIRACAST_IMPORT_NEVER = 2,
};

/**
 * struct drm_miracast_set_import_policy - choose how imports are treated from now on
 * @policy: in: &enum drm_miracast_import_policy, else -EINVAL
 * @pad: zero
 *
 * On a control file; holds for the whole card and for imports made after it.
 */
struct drm_miracast_set_import_policy {
	__u32 policy;
	__u32 pad;
};

/* What carries the picture from the sink to its panel, numbered as D3DKMDT_VIDEO_OUTPUT_TECHNOLOGY. */
#define DRM_MIRACAST_MONITOR_UNKNOWN	(-2)	/* keeps the type last reported */
#define DRM_MIRACAST_MONITOR_OTHER	(-1)
#define DRM_MIRACAST_MONITOR_VGA	0
#define DRM_MIRACAST_MONITOR_SVIDEO	1
#define DRM_MIRACAST_MONITOR_COMPOSITE	2
#define DRM_MIRACAST_MONITOR_COMPONENT	3
#define DRM_MIRACAST_MONITOR_DVI	4
#define DRM_MIRACAST_MONITOR_HDMI	5
#define DRM_MIRACAST_MONITOR_LVDS	6
#define DRM_MIRACAST_MONITOR_D_JPN	8
#define DRM_MIRACAST_MONITOR_SDI	9
#define DRM_MIRACAST_MONITOR_DP		10
#define DRM_MIRACAST_MONITOR_EDP	11
#define DRM_MIRACAST_MONITOR_UDI	12
#define DRM_MIRACAST_MONITOR_UDI_EMB	13
#define DRM_MIRACAST_MONITOR_DONGLE	14
#define DRM_MIRACAST_MONITOR_MIRACAST	15	/* the sink is built into the panel */

#define DRM_MIRACAST_MODE_PREFERRED	(1 << 0)

/**
 * struct drm_miracast_mode - one mode that the sink takes
 * @width: pixels, 16 to 8192
 * @height: lines, 16 to 8192
 * @refresh_mhz: refresh rate in millihertz, 23900 to 240000
 * @flags: DRM_MIRACAST_MODE_PREFERRED: what a compositor chooses by itself
 */
struct drm_miracast_mode {
	__u32 width;
	__u32 height;
	__u32 refresh_mhz;
	__u32 flags;
};

/**
 * struct drm_miracast_monitor_arrival - a monitor is there, or has changed
 * @edid_ptr: in: user pointer to @edid_size bytes
 * @edid_size: in: 0 for none, else a multiple of 128, DRM_MIRACAST_EDID_MAX at most; -EINVAL when the
 *	kernel does not find it valid
 * @modes_count: in: 0 for whatever the EDID names, else DRM_MIRACAST_MODES_MAX at most
 * @modes_ptr: in: user pointer to @modes_count &struct drm_miracast_mode. The connector offers exactly
 *	these: those that the EDID also times in its timing, the others in one of ours
 * @max_pixel_rate: in: pixels per second (width times height times refresh) at most; 0 for no limit
 * @monitor_type: in: DRM_MIRACAST_MONITOR_*
 * @flags: in: zero
 *
 * On a context file. Changes of the monitor, arrivals and departures, reach the compositor at most once a
 * second: this one returns at once, the last state wins. -EINVAL: a bad EDID, mode or type.
 */
struct drm_miracast_monitor_arrival {
	__u64 edid_ptr;
	__u64 modes_ptr;
	__u64 max_pixel_rate;
	__u32 edid_size;
	__u32 modes_count;
	__s32 monitor_type;
	__u32 flags;
};

/**
 * struct drm_miracast_monitor_departure - the monitor is gone, the session goes on
 * @flags: in: zero
 * @pad: zero
 *
 * On a context file. Without a monitor it does nothing.
 */
struct drm_miracast_monitor_departure {
	__u32 flags;
	__u32 pad;
};

#define DRM_MIRACAST_STATE_CONNECTED	(1 << 0)	/* a monitor is plugged in */
#define DRM_MIRACAST_STATE_ENABLED	(1 << 1)	/* the CRTC has a mode */
#define DRM_MIRACAST_STATE_ACTIVE	(1 << 2)	/* the CRTC is powered (DPMS on) */
#define DRM_MIRACAST_STATE_HOLDING	(1 << 3)	/* there is a pacing channel and its hold is in force */

/**
 * struct drm_miracast_get_state - what the compositor has made of the target
 * @state_serial: out: changes whenever anything below does
 * @acked_serial: out: the last serial that was acknowledged
 * @mode_serial: out: changes with every mode set; chunks carry it
 * @colour_serial: out: changes with gamma, CTM or HDR metadata; chunks carry it
 * @flags: out: DRM_MIRACAST_STATE_*
 * @monitor_type: out: DRM_MIRACAST_MONITOR_*
 * @refresh_mhz: out: refresh rate of the mode in millihertz, 0 without one
 * @divider: out: flips complete on every @divider-th refresh
 * @mode: out: the mode, zero without one
 * @ack_status: out: the status of the last acknowledgement
 * @pad: out: zero
 *
 * On a context file.
 */
struct drm_miracast_get_state {
	__u64 state_serial;
	__u64 acked_serial;
	__u64 mode_serial;
	__u64 colour_serial;
	__u32 flags;
	__s32 monitor_type;
	__u32 refresh_mhz;
	__u32 divider;
	struct drm_mode_modeinfo mode;
	__s32 ack_status;
	__u32 pad;
};

/* &struct drm_miracast_get_blob.type */
#define DRM_MIRACAST_BLOB_GAMMA	0	/* 256 &struct drm_color_lut, applied after the matrix */
#define DRM_MIRACAST_BLOB_CTM	1	/* &struct drm_color_ctm */

/**
 * struct drm_miracast_get_blob - what the compositor wants done to every pixel
 * @data_ptr: in: user pointer to @size bytes
 * @size: in: room there; out: bytes of the blob, 0 when the compositor has set none. A room that is too small is not written
 *	to: ask again
 * @type: in: DRM_MIRACAST_BLOB_*, else -EINVAL
 * @colour_serial: out: that it belongs to
 * @flags: in: zero
 * @pad: zero
 *
 * On a context file. Frames are as the compositor drew them; whoever shows them applies this, or says that he cannot by
 * DRM_IOCTL_MIRACAST_ACK_STATE. -ENOMEM.
 */
struct drm_miracast_get_blob {
	__u64 data_ptr;
	__u32 size;
	__u32 type;
	__u64 colour_serial;
	__u32 flags;
	__u32 pad;
};

/**
 * struct drm_miracast_ack_state - the state up to a serial has been dealt with
 * @serial: in: a state serial; one that is not there yet: -EINVAL; an older one than the last: ignored
 * @status: in: 0 or a negative errno: how the session fared with it
 * @pad: zero
 *
 * On a context file. Completes the kernel's message; the kernel never waits for it.
 */
struct drm_miracast_ack_state {
	__u64 serial;
	__s32 status;
	__u32 pad;
};

/**
 * struct drm_miracast_create_vc - make a channel (MiniportCoCreateVc)
 * @user_handle: in: any value; returned in every chunk of the channel
 * @flags: in: zero
 * @fd: out: the channel file, O_CLOEXEC
 * @vc_id: out: number of the channel within its context, from 1
 * @pad: zero
 *
 * On a context file. Complete or nothing, never pending; no chunk comes before
 * DRM_IOCTL_MIRACAST_ACTIVATE. The channel ends with its last file descriptor and does not keep the
 * context alive. Errors: -ENOSPC beyond DRM_MIRACAST_VCS; -ENOMEM; -EMFILE.
 */
struct drm_miracast_create_vc {
	__u64 user_handle;
	__u32 flags;
	__s32 fd;
	__u32 vc_id;
	__u32 pad;
};

/* The channel that paces the target and whose frames are not overwritten while it holds them. */
#define DRM_MIRACAST_ACTIVATE_HOLD	(1 << 0)

/**
 * struct drm_miracast_activate - let chunks flow (MiniportCoActivateVc)
 * @flags: in: DRM_MIRACAST_ACTIVATE_HOLD
 * @max_rate_mhz: in: most frames per 1000 seconds; 0 for every refresh. Only with HOLD, else -EINVAL.
 *	The compositor's flips then complete on every n-th refresh, n the smallest with refresh / n not
 *	above this rate and n refreshes not longer than DRM_MIRACAST_PERIOD_MAX_US
 * @hold_max_us: in: with HOLD, a lower bound on the hold than the context's; 0 for the context's; a higher
 *	one, or one without HOLD: -EINVAL. out: the bound in force, 0 without HOLD
 * @rate_mhz: out: the rate at which frames come at most: refresh / n; 0 while the target has no mode
 * @divider: out: n; 1 while the target has no mode
 * @pad: zero
 *
 * On a channel. Makes the current picture pending, with full damage and every slot new. May be repeated to
 * change the flow; one that fails leaves the old flow. Errors: -EBUSY when another channel has HOLD, or
 * while a frame of before a DRM_IOCTL_MIRACAST_DEACTIVATE is still held.
 */
struct drm_miracast_activate {
	__u32 flags;
	__u32 max_rate_mhz;
	__u32 hold_max_us;
	__u32 rate_mhz;
	__u32 divider;
	__u32 pad;
};

/**
 * struct drm_miracast_deactivate - stop the flow (MiniportCoDeactivateVc)
 * @flags: in: zero
 * @pad: zero
 *
 * On a channel. One ends any number of activations. No chunk is published any more; a frame that is held
 * stays valid until it is released. -EINVAL when the channel is not active.
 */
struct drm_miracast_deactivate {
	__u32 flags;
	__u32 pad;
};

/* How the release of a frame ended. */
#define DRM_MIRACAST_RELEASE_NONE	0	/* there was nothing to release */
#define DRM_MIRACAST_RELEASE_OK		1	/* the frame was not touched while it was held */
#define DRM_MIRACAST_RELEASE_REVOKED	2	/* its buffers went back to the compositor before */

/* &struct drm_miracast_plane.type */
#define DRM_MIRACAST_PLANE_PRIMARY	0
#define DRM_MIRACAST_PLANE_CURSOR	1
#define DRM_MIRACAST_PLANE_OVERLAY	2

/* &struct drm_miracast_plane.blend: what the pixels' alpha means */
#define DRM_MIRACAST_BLEND_NONE			0	/* nothing: opaque */
#define DRM_MIRACAST_BLEND_PREMULTIPLIED	1
#define DRM_MIRACAST_BLEND_COVERAGE		2

/* &struct drm_miracast_plane.ycbcr, of YCbCr formats */
#define DRM_MIRACAST_YCBCR_BT709	(1 << 0)	/* else BT.601 */
#define DRM_MIRACAST_YCBCR_FULL		(1 << 1)	/* full range, else limited */

/**
 * struct drm_miracast_plane - what one plane shows
 *
 * Planes lie over one another in the order primary, overlays as they stand in the chunk, cursor.
 *
 * @type: DRM_MIRACAST_PLANE_*
 * @fourcc: DRM_FORMAT_*
 * @modifier: DRM_FORMAT_MOD_*
 * @width: of the framebuffer, pixels
 * @height: of the framebuffer, lines
 * @src_x: left edge of the source rectangle in the framebuffer, in 1/65536 pixel
 * @src_y: its top edge
 * @src_w: its width
 * @src_h: its height
 * @dst_x: where the source rectangle lies on the CRTC, pixels; may be negative for a cursor
 * @dst_y: lines
 * @dst_w: pixels
 * @dst_h: lines
 * @objects: memory objects: entries in use of @slot, @offset and @pitch (one for each colour plane)
 * @alpha: of the whole plane, 65535 opaque
 * @blend: DRM_MIRACAST_BLEND_*
 * @ycbcr: DRM_MIRACAST_YCBCR_*
 * @slot: buffer slot of each colour plane
 * @offset: of its first byte in the buffer
 * @pitch: bytes from line to line
 */
struct drm_miracast_plane {
	__u32 type;
	__u32 fourcc;
	__u64 modifier;
	__u32 width;
	__u32 height;
	__u32 src_x;
	__u32 src_y;
	__u32 src_w;
	__u32 src_h;
	__s32 dst_x;
	__s32 dst_y;
	__u32 dst_w;
	__u32 dst_h;
	__u32 objects;
	__u16 alpha;
	__u8 blend;
	__u8 ycbcr;
	__u32 slot[4];
	__u32 offset[4];
	__u32 pitch[4];
};

/* &struct drm_miracast_next_chunk.flags */
#define DRM_MIRACAST_CHUNK_IN_PLACE	(1 << 0)	/* drawn into the buffer that was shown before: may mix */
#define DRM_MIRACAST_CHUNK_FULL		(1 << 1)	/* everything is damaged; damage has the one rectangle */

/* &struct drm_miracast_next_chunk.chunk_id: frame number below, part number above (MIRACAST_CHUNK_ID). */
#define DRM_MIRACAST_CHUNK_FRAME_BITS	40
#define DRM_MIRACAST_CHUNK_FRAME(id)	((id) & ((1ULL << DRM_MIRACAST_CHUNK_FRAME_BITS) - 1))
#define DRM_MIRACAST_CHUNK_PART(id)	((id) >> DRM_MIRACAST_CHUNK_FRAME_BITS)

/**
 * struct drm_miracast_next_chunk - release a frame and acquire the newest one
 * @release_token: in: @token of the frame that is held, 0 when none is; another value: -EINVAL
 * @token: out: of the frame acquired; never 0
 * @chunk_id: out: frame number in the low 40 bits, part 0
 * @context_handle: out: user_handle of the context
 * @vc_handle: out: user_handle of the channel
 * @mode_serial: out: as in &struct drm_miracast_get_state
 * @colour_serial: out: likewise
 * @publish_ns: out: CLOCK_MONOTONIC when the picture was complete and published
 * @vblank_ns: out: CLOCK_MONOTONIC of the refresh that it is meant for
 * @flags: out: DRM_MIRACAST_CHUNK_*
 * @release_status: out, whatever is returned but -EFAULT: DRM_MIRACAST_RELEASE_*
 * @width: out: of the picture (the mode), pixels
 * @height: out: lines
 * @new_slots: out: bit n is set when slot n holds another buffer than this channel was last told
 * @planes_count: out: entries of @planes in use; the first is the primary plane
 * @damage_count: out: entries of @damage in use; 0 when only a cursor moved
 * @skipped: out: frames that were published but not acquired since the last chunk
 * @planes: out: from the lowest to the highest
 * @damage: out: what may differ from the chunk acquired before, in pixels of the picture, without the
 *	cursor; exclusive right and bottom edges
 *
 * On a channel. One frame can be held. A frame that was revoked while it was held adds its damage to the
 * next chunk's.
 *
 * Errors: -EAGAIN when nothing newer is there (a release has taken place); -EBUSY when another call is
 * running on this channel, or a frame is held and @release_token is 0; -EINVAL also when the channel is not
 * active; -EFAULT: nothing is acquired and damage is kept, but the release has taken place.
 */
struct drm_miracast_next_chunk {
	__u64 release_token;
	__u64 token;
	__u64 chunk_id;
	__u64 context_handle;
	__u64 vc_handle;
	__u64 mode_serial;
	__u64 colour_serial;
	__u64 publish_ns;
	__u64 vblank_ns;
	__u32 flags;
	__u32 release_status;
	__u32 width;
	__u32 height;
	__u32 new_slots;
	__u32 planes_count;
	__u32 damage_count;
	__u32 skipped;
	struct drm_miracast_plane planes[DRM_MIRACAST_PLANES];
	struct drm_mode_rect damage[DRM_MIRACAST_DAMAGE_RECTS];
};

/**
 * struct drm_miracast_release_chunk - give a frame back
 * @token: in: of the frame that is held; another value: -EINVAL
 * @status: out: DRM_MIRACAST_RELEASE_OK or DRM_MIRACAST_RELEASE_REVOKED
 * @flags: in: zero
 *
 * On a channel, active or not.
 */
struct drm_miracast_release_chunk {
	__u64 token;
	__u32 status;
	__u32 flags;
};

/**
 * struct drm_miracast_get_buffer - the dma-buf of a slot
 * @slot: in: below DRM_MIRACAST_SLOTS, else -EINVAL
 * @flags: in: zero
 * @fd: out: the dma-buf, O_CLOEXEC | O_RDWR
 * @pad: zero
 *
 * On a channel. -ESTALE when the frame that is held does not name the slot, or none is held; -EMFILE.
 * Reads of its pixels are bracketed by DMA_BUF_IOCTL_SYNC. It stays valid as long as it is open.
 */
struct drm_miracast_get_buffer {
	__u32 slot;
	__u32 flags;
	__s32 fd;
	__u32 pad;
};

#define DRM_MIRACAST_IOCTL_BASE			0xdc

/* control */
#define DRM_IOCTL_MIRACAST_QUERY_CAPS		_IOR(DRM_MIRACAST_IOCTL_BASE, 0x00, struct drm_miracast_query_caps)
#define DRM_IOCTL_MIRACAST_CREATE_CONTEXT	_IOWR(DRM_MIRACAST_IOCTL_BASE, 0x01, struct drm_miracast_create_context)
#define DRM_IOCTL_MIRACAST_DESTROY_CONTEXT	_IOW(DRM_MIRACAST_IOCTL_BASE, 0x02, struct drm_miracast_destroy_context)
#define DRM_IOCTL_MIRACAST_SET_IMPORT_POLICY	_IOW(DRM_MIRACAST_IOCTL_BASE, 0x03, struct drm_miracast_set_import_policy)
/* context */
#define DRM_IOCTL_MIRACAST_MONITOR_ARRIVAL	_IOW(DRM_MIRACAST_IOCTL_BASE, 0x08, struct drm_miracast_monitor_arrival)
#define DRM_IOCTL_MIRACAST_MONITOR_DEPARTURE	_IOW(DRM_MIRACAST_IOCTL_BASE, 0x09, struct drm_miracast_monitor_departure)
#define DRM_IOCTL_MIRACAST_GET_STATE		_IOR(DRM_MIRACAST_IOCTL_BASE, 0x0a, struct drm_miracast_get_state)
#define DRM_IOCTL_MIRACAST_ACK_STATE		_IOW(DRM_MIRACAST_IOCTL_BASE, 0x0b, struct drm_miracast_ack_state)
#define DRM_IOCTL_MIRACAST_CREATE_VC		_IOWR(DRM_MIRACAST_IOCTL_BASE, 0x0c, struct drm_miracast_create_vc)
#define DRM_IOCTL_MIRACAST_GET_BLOB		_IOWR(DRM_MIRACAST_IOCTL_BASE, 0x0d, struct drm_miracast_get_blob)
/* channel */
#define DRM_IOCTL_MIRACAST_ACTIVATE		_IOWR(DRM_MIRACAST_IOCTL_BASE, 0x10, struct drm_miracast_activate)
#define DRM_IOCTL_MIRACAST_DEACTIVATE		_IOW(DRM_MIRACAST_IOCTL_BASE, 0x11, struct drm_miracast_deactivate)
#define DRM_IOCTL_MIRACAST_NEXT_CHUNK		_IOWR(DRM_MIRACAST_IOCTL_BASE, 0x12, struct drm_miracast_next_chunk)
#define DRM_IOCTL_MIRACAST_RELEASE_CHUNK	_IOWR(DRM_MIRACAST_IOCTL_BASE, 0x13, struct drm_miracast_release_chunk)
#define DRM_IOCTL_MIRACAST_GET_BUFFER		_IOWR(DRM_MIRACAST_IOCTL_BASE, 0x14, struct drm_miracast_get_buffer)

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_MIRACAST_DRM_H_ */
