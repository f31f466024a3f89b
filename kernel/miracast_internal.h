/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of miracast.ko and what protects them.
 *
 * Order of locks: mdev->lock, ctx->lock, vc->lock, (the core's modeset locks), dev->event_lock, pipe->lock. The commit path and
 * the vblank timer take pipe->lock only, and no lock that an ioctl holds across a copy from or to user space.
 */
#ifndef MIRACAST_INTERNAL_H
#define MIRACAST_INTERNAL_H

#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_connector.h>
#include <drm/drm_crtc.h>
#include <drm/drm_device.h>
#include <drm/drm_encoder.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem.h>
#include <drm/drm_plane.h>
#include <drm/drm_vblank.h>
#include <drm/miracast_drm.h>

#include "miracast_composer.h"
#include "miracast_damage.h"
#include "miracast_hold.h"
#include "miracast_slots.h"

struct dma_buf;
struct drm_minor;
struct file;
struct miracast_context;
struct miracast_pipe;
struct miracast_vc;

#define MIRACAST_TARGETS_MAX 16
#define MIRACAST_OVERLAYS_MAX (DRM_MIRACAST_PLANES - DRM_MIRACAST_PLANE_OVERLAY)
#define MIRACAST_CURSOR_MAX 256
/* Current, the one being published, and one held by each channel. */
#define MIRACAST_FRAMES (2 + DRM_MIRACAST_VCS)

/**
 * struct miracast_fb - a framebuffer and the dma-bufs that the consumer will get
 * @base: first member, drm_gem_fb_destroy() frees it
 * @dma_buf: of each colour plane, a reference; made here so that no flip has to
 */
struct miracast_fb {
	struct drm_framebuffer base;
	struct dma_buf *dma_buf[DRM_FORMAT_MAX_PLANES];
};

/**
 * struct miracast_snapshot - what one plane shows
 * @info: as a chunk says it, without slots; info.objects 0: nothing
 * @dma_buf: a reference for each object
 * @key: identity of each object's buffer, see &struct miracast_slots
 */
struct miracast_snapshot {
	struct drm_miracast_plane info;
	struct dma_buf *dma_buf[DRM_FORMAT_MAX_PLANES];
	u64 key[DRM_FORMAT_MAX_PLANES];
};

/**
 * struct miracast_frame - one consistent snapshot of a pipe
 * @refs: 0: free. Protected by the pipe's lock, like all of it
 * @plane: indexed by DRM_MIRACAST_PLANE_*, overlays from OVERLAY on
 */
struct miracast_frame {
	unsigned int refs;
	u64 number;
	u64 mode_serial;
	u64 colour_serial;
	u64 publish_ns;
	u64 vblank_ns;
	u32 width;
	u32 height;
	bool in_place;
	struct miracast_snapshot plane[DRM_MIRACAST_PLANES];
};

/**
 * struct miracast_monitor - what an arrival told
 * @edid: whole blocks, or NULL
 * @modes: exactly what the connector offers, or NULL for the EDID's
 */
struct miracast_monitor {
	void *edid;
	size_t edid_size;
	struct drm_miracast_mode *modes;
	unsigned int modes_count;
	u64 max_pixel_rate;
};

/**
 * struct miracast_pipe - a target: CRTC, planes, encoder, connector
 * @monitor_lock: protects @monitor
 * @monitor: what is plugged in, or NULL
 * @timer_lock: protects @vblank_on, @epoch, @period_ns and the timer's restart
 * @epoch: refreshes happen at @epoch + n * @period_ns
 * @lock: protects everything below; taken in the vblank timer
 * @ctx: the context that has taken this target, or NULL
 * @colour: what the CRTC does to every pixel of its picture
 * @shown: what the planes show now
 * @shown_serial: changes with @shown and @colour
 * @damage: of the primary plane since the last frame
 * @in_place: the last update of the primary plane drew into the buffer that was shown
 * @fresh: a picture was committed since the context's monitor was plugged in
 * @current_frame: the newest frame, or NULL
 * @pacer: the channel with HOLD, or NULL
 * @flip: the commit whose event is still to be sent
 */
struct miracast_pipe {
	struct miracast_device *mdev;
	unsigned int index;
	struct drm_plane primary;
	struct drm_plane cursor;
	struct drm_plane overlay[MIRACAST_OVERLAYS_MAX];
	struct drm_crtc crtc;
	struct drm_encoder encoder;
	struct drm_connector connector;
	struct miracast_writeback writeback;
	struct miracast_crc crc;

	struct mutex monitor_lock;
	struct miracast_monitor *monitor;

	spinlock_t timer_lock;
	struct hrtimer timer;
	bool vblank_on;
	ktime_t epoch;
	u64 period_ns;

	spinlock_t lock;
	struct miracast_context *ctx;
	bool plugged;
	bool enabled;
	bool active;
	bool fresh;
	bool in_place;
	s32 monitor_type;
	u32 refresh_mhz;
	u32 divider;
	struct drm_mode_modeinfo mode;
	u64 state_serial;
	u64 mode_serial;
	u64 colour_serial;
	u64 frame_number;
	struct miracast_colour colour;
	struct miracast_snapshot shown[DRM_MIRACAST_PLANES];
	u64 shown_serial;
	struct miracast_damage damage;
	struct miracast_frame frames[MIRACAST_FRAMES];
	struct miracast_frame *current_frame;
	struct miracast_vc *pacer;
	struct miracast_hold hold;
	struct {
		struct drm_pending_vblank_event *event;
		ktime_t flushed;
		bool never_held;
	} flip;
};

/**
 * struct miracast_device - the card
 * @misc: /dev/miracast
 * @lock: protects which context has which target, and what follows
 * @dead: unplugged; no context is made any more
 * @contexts: those that are not destroyed
 * @overlays: overlay planes of each target
 * @color: CRTCs have gamma and CTM
 * @pipe: the targets; in memory that outlives the mode configuration
 */
struct miracast_device {
	struct drm_device drm;
	struct miscdevice misc;
	struct mutex lock;
	bool dead;
	u32 last_context_id;
	struct list_head contexts;
	atomic_t import_policy;
	unsigned int overlays;
	bool color;
	unsigned int targets;
	struct miracast_pipe *pipe[MIRACAST_TARGETS_MAX];
};

/**
 * struct miracast_context - a target that a session has taken
 * @ref: of its file, of the control file's list, and of each channel
 * @owner: the control file that made it
 * @error: 0, or what every ioctl returns since it was destroyed; protected by the pipe's lock
 * @lock: serialises the context's own ioctls (the "Miracast class" of the Windows contract)
 * @plug_work: brings a change of the monitor to the compositor
 * @wanted: the monitor that @plug_work will plug in, or NULL; with @wanted_valid
 */
struct miracast_context {
	struct kref ref;
	struct list_head link;
	struct miracast_pipe *pipe;
	struct file *owner;
	u32 id;
	u64 user_handle;
	u32 hold_max_us;
	char name[DRM_MIRACAST_NAME_LEN];
	struct drm_miracast_format *formats;
	unsigned int formats_count;

	struct mutex lock;
	struct delayed_work plug_work;
	struct miracast_monitor *wanted;
	s32 wanted_type;
	bool wanted_valid;
	unsigned long next_change;

	/* protected by the pipe's lock */
	int error;
	u64 acked_serial;
	s32 ack_status;
	unsigned long vc_ids;
	struct list_head vcs;
	wait_queue_head_t wait;
};

/**
 * struct miracast_vc - a channel
 * @lock: one NEXT_CHUNK at a time, which only tries it; protects @chunk and @next_slots
 * @chunk: what NEXT_CHUNK writes, too large for the stack
 * @next_slots: the slot table as it will be once the consumer has the chunk
 * @active: chunks flow. This and all below: protected by the pipe's lock
 * @draining: a frame of before a deactivation is still held
 * @revoked: the held frame's buffers went back to the compositor
 * @generation: counts activations
 * @acquired: number of the frame that was acquired last, 0 for none since the activation
 * @token: of the frame that is held, or was last
 * @slots: what the consumer was told
 * @slots_mode: the mode serial that @slots belong to
 * @held: the frame that the consumer reads, or NULL
 * @held_damage: what it was told with it
 * @damage: since the frame that was acquired last
 */
struct miracast_vc {
	struct list_head link;
	struct miracast_context *ctx;
	u32 id;
	u64 user_handle;
	struct mutex lock;
	struct drm_miracast_next_chunk chunk;
	struct miracast_slots next_slots;

	bool active;
	bool draining;
	bool revoked;
	u32 max_rate_mhz;
	u32 hold_max_us;
	u32 generation;
	u64 acquired;
	u64 token;
	struct miracast_slots slots;
	u64 slots_mode;
	struct miracast_frame *held;
	struct miracast_damage held_damage;
	struct miracast_damage damage;
	wait_queue_head_t wait;
};

#define to_miracast_device(d) container_of(d, struct miracast_device, drm)
#define to_miracast_fb(f) container_of(f, struct miracast_fb, base)
#define crtc_to_pipe(c) container_of(c, struct miracast_pipe, crtc)
#define connector_to_pipe(c) container_of(c, struct miracast_pipe, connector)

/* miracast_pipe.c */
int miracast_pipe_init(struct miracast_pipe *pipe, struct miracast_device *mdev, unsigned int index);
u64 miracast_pipe_next_flip_ns(struct miracast_pipe *pipe);
void miracast_pipe_update_pace(struct miracast_pipe *pipe);
void miracast_pipe_get_state(struct miracast_pipe *pipe, struct drm_miracast_get_state *state);

/* miracast_plane.c */
int miracast_planes_init(struct miracast_pipe *pipe);

/* miracast_frame.c: what the consumer sees of a pipe; each is called with pipe->lock held */
void miracast_snapshot_put(struct miracast_snapshot *snapshot);
void miracast_snapshot_copy(struct miracast_snapshot *to, const struct miracast_snapshot *from);
void miracast_frame_show(struct miracast_pipe *pipe, unsigned int plane, struct miracast_snapshot *snapshot);
void miracast_frame_publish(struct miracast_pipe *pipe);
void miracast_frame_drop_current(struct miracast_pipe *pipe);
void miracast_frame_revoke_replaced(struct miracast_pipe *pipe);
void miracast_frame_put(struct miracast_frame *frame);
bool miracast_frame_is_shown(struct miracast_pipe *pipe, const struct miracast_frame *frame);
void miracast_frame_changed(struct miracast_pipe *pipe);

/* miracast_connector.c */
int miracast_connector_init(struct miracast_pipe *pipe);
struct miracast_monitor *miracast_monitor_create(const struct drm_miracast_monitor_arrival *arrival);
void miracast_monitor_free(struct miracast_monitor *monitor);
void miracast_connector_plug(struct miracast_pipe *pipe, struct miracast_monitor *monitor, s32 type);

/* miracast_gem.c */
struct drm_framebuffer *miracast_fb_create(struct drm_device *dev, struct drm_file *file,
#ifdef MIRACAST_HAVE_FB_CREATE_INFO
					   const struct drm_format_info *info,
#endif
					   const struct drm_mode_fb_cmd2 *cmd);
struct drm_gem_object *miracast_gem_prime_import(struct drm_device *dev, struct dma_buf *dma_buf);
int miracast_gem_dumb_create(struct drm_file *file, struct drm_device *dev, struct drm_mode_create_dumb *args);

/**
 * struct miracast_new_fd - a descriptor that an ioctl makes
 * @fd: reserved, or -1
 * @file: installed in @fd after the last copy to user space, put if that fails
 */
struct miracast_new_fd {
	int fd;
	struct file *file;
};

/**
 * struct miracast_ioctl - one ioctl of a kind of file
 * @cmd: with the size of version 1
 * @handle: @args is a copy, zero where user space only reads; returns 0 or a negative errno
 */
struct miracast_ioctl {
	unsigned int cmd;
	int (*handle)(void *object, void *args, struct miracast_new_fd *new_fd);
};

/* miracast_control.c */
int miracast_control_register(struct miracast_device *mdev);
void miracast_control_unregister(struct miracast_device *mdev);
long miracast_ioctl(const struct miracast_ioctl *table, size_t count, void *object, unsigned int cmd, unsigned long arg);
int miracast_new_fd_reserve(struct miracast_new_fd *new_fd);

/* miracast_context.c */
int miracast_context_create(struct miracast_device *mdev, struct file *owner, struct drm_miracast_create_context *args,
			    struct miracast_new_fd *new_fd);
int miracast_context_destroy_id(struct miracast_device *mdev, struct file *owner, u32 id);
void miracast_context_destroy_all(struct miracast_device *mdev, struct file *owner, int error);
void miracast_context_put(struct miracast_context *ctx);
bool miracast_context_reads(const struct miracast_context *ctx, const struct drm_framebuffer *fb);

/* miracast_debugfs.c */
void miracast_debugfs_init(struct drm_minor *minor);

/* miracast_vc.c */
int miracast_vc_create(struct miracast_context *ctx, struct drm_miracast_create_vc *args, struct miracast_new_fd *new_fd);
void miracast_vc_kill(struct miracast_vc *vc);
u32 miracast_vc_hold_bound_us(const struct miracast_vc *vc);

#endif
