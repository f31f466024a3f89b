// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual channels: a stream of chunks. A channel holds one frame at most; one channel of a context, the pacer, may hold it
 * against the compositor.
 */
#include <linux/anon_inodes.h>
#include <linux/dma-buf.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "miracast_compat.h"
#include "miracast_internal.h"
#include "miracast_trace.h"

static_assert(DRM_MIRACAST_SLOTS == MIRACAST_SLOTS);
static_assert(DRM_MIRACAST_DAMAGE_RECTS == MIRACAST_DAMAGE_RECTS);

/* Everything up to the ioctls is called with the pipe's lock. */

static bool newer_frame(const struct miracast_vc *vc)
{
	const struct miracast_frame *frame = vc->ctx->pipe->current_frame;

	return vc->active && frame && frame->number != vc->acquired;
}

static void drop_held(struct miracast_vc *vc)
{
	miracast_frame_put(vc->held);
	vc->held = NULL;
	vc->revoked = false;
	vc->draining = false;
	miracast_damage_clear(&vc->held_damage);
}

/* Gives the held frame back; returns how that ended. */
static u32 release_held(struct miracast_vc *vc)
{
	bool revoked = vc->revoked;

	trace_miracast_release(vc->ctx->pipe->index, vc->id, vc->held->number, revoked);
	if (vc->ctx->pipe->pacer == vc)
		miracast_hold_released(&vc->ctx->pipe->hold, !revoked);
	drop_held(vc);
	if (!vc->active)
		wake_up_interruptible_poll(&vc->wait, EPOLLHUP);
	return revoked ? DRM_MIRACAST_RELEASE_REVOKED : DRM_MIRACAST_RELEASE_OK;
}

static void stop_pacing(struct miracast_vc *vc)
{
	struct miracast_pipe *pipe = vc->ctx->pipe;

	if (pipe->pacer != vc)
		return;
	pipe->pacer = NULL;
	memset(&pipe->hold, 0, sizeof(pipe->hold));
	miracast_frame_changed(pipe);
	miracast_pipe_update_pace(pipe);
}

/**
 * miracast_vc_kill - the channel's context is being destroyed, or its last file is closed
 * @vc: the channel; the pipe's lock is held
 */
void miracast_vc_kill(struct miracast_vc *vc)
{
	stop_pacing(vc);
	drop_held(vc);
	vc->active = false;
	list_del_init(&vc->link);
	clear_bit(vc->id - 1, &vc->ctx->vc_ids);
	wake_up_all(&vc->wait);
}

static u32 context_bound_us(const struct miracast_context *ctx)
{
	if (!ctx->pipe->refresh_mhz)
		return ctx->hold_max_us ?: DRM_MIRACAST_HOLD_MAX_US;
	return miracast_hold_bound_us(ctx->pipe->refresh_mhz, ctx->hold_max_us);
}

/**
 * miracast_vc_hold_bound_us - the longest that this channel may hold a flip
 * @vc: the pacer; the pipe's lock is held
 *
 * Returns: microseconds.
 */
u32 miracast_vc_hold_bound_us(const struct miracast_vc *vc)
{
	u32 bound = context_bound_us(vc->ctx);

	return vc->hold_max_us ? min(vc->hold_max_us, bound) : bound;
}

/* --- activation --------------------------------------------------------------------------------- */

static int activate(struct miracast_vc *vc, struct drm_miracast_activate *args)
{
	struct miracast_pipe *pipe = vc->ctx->pipe;
	bool hold = args->flags & DRM_MIRACAST_ACTIVATE_HOLD;

	if (vc->ctx->error)
		return vc->ctx->error;
	if (args->hold_max_us > context_bound_us(vc->ctx))
		return -EINVAL;
	if (vc->draining || (hold && pipe->pacer && pipe->pacer != vc))
		return -EBUSY;

	vc->max_rate_mhz = args->max_rate_mhz;
	vc->hold_max_us = args->hold_max_us;
	if (hold && pipe->pacer != vc) {
		pipe->pacer = vc;
		memset(&pipe->hold, 0, sizeof(pipe->hold));
		miracast_frame_changed(pipe);
	} else if (!hold) {
		stop_pacing(vc);
	}
	miracast_pipe_update_pace(pipe);

	vc->active = true;
	vc->generation++;
	vc->acquired = 0;
	memset(&vc->slots, 0, sizeof(vc->slots));
	miracast_damage_set_full(&vc->damage);
	if (pipe->current_frame)
		wake_up_interruptible_poll(&vc->wait, EPOLLIN | EPOLLRDNORM);

	args->hold_max_us = hold ? miracast_vc_hold_bound_us(vc) : 0;
	args->divider = pipe->divider;
	args->rate_mhz = pipe->refresh_mhz / pipe->divider;
	return 0;
}

static int vc_activate(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct drm_miracast_activate *args = data;
	struct miracast_vc *vc = object;
	int ret;

	if (args->flags & ~DRM_MIRACAST_ACTIVATE_HOLD || args->pad || args->hold_max_us > DRM_MIRACAST_HOLD_MAX_US)
		return -EINVAL;
	if (!(args->flags & DRM_MIRACAST_ACTIVATE_HOLD) && (args->max_rate_mhz || args->hold_max_us))
		return -EINVAL;
	spin_lock_irq(&vc->ctx->pipe->lock);
	ret = activate(vc, args);
	spin_unlock_irq(&vc->ctx->pipe->lock);
	return ret;
}

static int vc_deactivate(void *object, void *data, struct miracast_new_fd *new_fd)
{
	const struct drm_miracast_deactivate *args = data;
	struct miracast_vc *vc = object;
	int ret;

	if (args->flags || args->pad)
		return -EINVAL;
	spin_lock_irq(&vc->ctx->pipe->lock);
	ret = vc->ctx->error;
	if (!ret && !vc->active)
		ret = -EINVAL;
	if (!ret) {
		vc->active = false;
		vc->draining = vc->held;
		stop_pacing(vc);
		if (!vc->held)
			wake_up_interruptible_poll(&vc->wait, EPOLLHUP);
	}
	spin_unlock_irq(&vc->ctx->pipe->lock);
	return ret;
}

/* --- chunks ------------------------------------------------------------------------------------- */

static int vc_release_chunk(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct drm_miracast_release_chunk *args = data;
	struct miracast_vc *vc = object;
	int ret;

	if (args->flags)
		return -EINVAL;
	spin_lock_irq(&vc->ctx->pipe->lock);
	ret = vc->ctx->error;
	if (!ret && (!vc->held || args->token != vc->token))
		ret = -EINVAL;
	if (!ret)
		args->status = release_held(vc);
	spin_unlock_irq(&vc->ctx->pipe->lock);
	return ret;
}

/* The release half of NEXT_CHUNK. */
static int next_release(struct miracast_vc *vc, u64 token, u32 *status)
{
	if (vc->ctx->error)
		return vc->ctx->error;
	if (!token)
		return vc->held ? -EBUSY : 0;
	if (!vc->held || token != vc->token)
		return -EINVAL;
	*status = release_held(vc);
	return 0;
}

static void describe_damage(struct drm_miracast_next_chunk *chunk, const struct miracast_damage *damage)
{
	const struct drm_rect picture = { .x2 = chunk->width, .y2 = chunk->height };
	unsigned int i;

	if (damage->full || (damage->count && drm_rect_equals(&damage->rect[0], &picture))) {
		chunk->flags |= DRM_MIRACAST_CHUNK_FULL;
		chunk->damage_count = 1;
		chunk->damage[0] = (struct drm_mode_rect){ .x2 = chunk->width, .y2 = chunk->height };
		return;
	}
	chunk->damage_count = damage->count;
	for (i = 0; i < damage->count; i++) {
		chunk->damage[i] = (struct drm_mode_rect){
			.x1 = damage->rect[i].x1, .y1 = damage->rect[i].y1,
			.x2 = damage->rect[i].x2, .y2 = damage->rect[i].y2,
		};
	}
}

/* Names a buffer slot for every object of a frame, in the table that becomes valid with the chunk. */
static void describe_planes(struct miracast_vc *vc, const struct miracast_frame *frame)
{
	struct drm_miracast_next_chunk *chunk = &vc->chunk;
	unsigned int i, j;

	vc->next_slots = vc->slots;
	if (vc->slots_mode != frame->mode_serial)
		memset(&vc->next_slots, 0, sizeof(vc->next_slots));
	miracast_slots_begin(&vc->next_slots);

	for (i = 0; i < ARRAY_SIZE(frame->plane); i++) {
		const struct miracast_snapshot *snapshot = &frame->plane[i];
		struct drm_miracast_plane *plane;

		if (!snapshot->info.objects)
			continue;
		plane = &chunk->planes[chunk->planes_count++];
		*plane = snapshot->info;
		for (j = 0; j < plane->objects; j++)
			plane->slot[j] = miracast_slots_name(&vc->next_slots, snapshot->key[j], &chunk->new_slots);
	}
}

/* The acquire half of NEXT_CHUNK: makes the newest frame the held one and describes it in vc->chunk. */
static int next_acquire(struct miracast_vc *vc)
{
	struct drm_miracast_next_chunk *chunk = &vc->chunk;
	struct miracast_pipe *pipe = vc->ctx->pipe;
	struct miracast_frame *frame = pipe->current_frame;

	if (!vc->active)
		return -EINVAL;
	if (!newer_frame(vc))
		return -EAGAIN;

	frame->refs++;
	vc->held = frame;
	vc->held_damage = vc->damage;
	miracast_damage_clear(&vc->damage);

	chunk->token = ++vc->token;
	chunk->chunk_id = frame->number;
	chunk->context_handle = vc->ctx->user_handle;
	chunk->vc_handle = vc->user_handle;
	chunk->mode_serial = frame->mode_serial;
	chunk->colour_serial = frame->colour_serial;
	chunk->publish_ns = frame->publish_ns;
	chunk->vblank_ns = frame->vblank_ns;
	chunk->width = frame->width;
	chunk->height = frame->height;
	chunk->flags = frame->in_place ? DRM_MIRACAST_CHUNK_IN_PLACE : 0;
	chunk->skipped = vc->acquired ? frame->number - vc->acquired - 1 : 0;
	describe_damage(chunk, &vc->held_damage);
	describe_planes(vc, frame);
	trace_miracast_acquire(pipe->index, vc->id, frame->number, ktime_get_ns() - frame->publish_ns);
	return 0;
}

/* The consumer has the chunk, or could not be given it. */
static void next_finish(struct miracast_vc *vc, u32 generation, u64 before, bool given)
{
	if (vc->ctx->error || vc->generation != generation || !vc->held || vc->token != vc->chunk.token)
		return;
	if (given) {
		vc->slots = vc->next_slots;
		vc->slots_mode = vc->chunk.mode_serial;
		return;
	}
	if (!vc->revoked)
		miracast_damage_union(&vc->damage, &vc->held_damage);
	drop_held(vc);
	vc->acquired = before;
}

static long vc_next_chunk(struct miracast_vc *vc, struct drm_miracast_next_chunk __user *user, size_t user_size)
{
	struct drm_miracast_next_chunk *chunk = &vc->chunk;
	struct miracast_pipe *pipe = vc->ctx->pipe;
	u64 token, before = 0;
	u32 generation = 0;
	int ret;

	if (user_size < sizeof(*chunk))
		return -EINVAL;
	if (user_size > sizeof(*chunk)) {
		ret = check_zeroed_user((void __user *)(user + 1), user_size - sizeof(*chunk));
		if (ret <= 0)
			return ret ?: -E2BIG;
	}
	if (get_user(token, &user->release_token))
		return -EFAULT;
	if (!mutex_trylock(&vc->lock))
		return -EBUSY;
	memset(chunk, 0, sizeof(*chunk));
	chunk->release_token = token;

	spin_lock_irq(&pipe->lock);
	ret = next_release(vc, token, &chunk->release_status);
	if (!ret) {
		generation = vc->generation;
		before = vc->acquired;
		ret = next_acquire(vc);
		if (!ret)
			vc->acquired = chunk->chunk_id;
	}
	spin_unlock_irq(&pipe->lock);

	if (ret) {
		if (put_user(chunk->release_status, &user->release_status))
			ret = -EFAULT;
		goto out;
	}

	/* Damage that is not there is not copied. */
	if (copy_to_user(user, chunk, offsetof(struct drm_miracast_next_chunk, damage[chunk->damage_count])))
		ret = -EFAULT;
	spin_lock_irq(&pipe->lock);
	next_finish(vc, generation, before, !ret);
	spin_unlock_irq(&pipe->lock);
out:
	mutex_unlock(&vc->lock);
	return ret;
}

/* The dma-buf, with a reference, that a slot stands for in the frame that is held. */
static struct dma_buf *held_buffer(struct miracast_vc *vc, unsigned int slot)
{
	u64 key = vc->slots.key[slot];
	unsigned int i, j;

	if (!vc->held || !key)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(vc->held->plane); i++) {
		struct miracast_snapshot *snapshot = &vc->held->plane[i];

		for (j = 0; j < snapshot->info.objects; j++) {
			if (snapshot->key[j] == key) {
				get_dma_buf(snapshot->dma_buf[j]);
				return snapshot->dma_buf[j];
			}
		}
	}
	return NULL;
}

static int vc_get_buffer(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct drm_miracast_get_buffer *args = data;
	struct miracast_vc *vc = object;
	struct dma_buf *dma_buf = NULL;
	int ret;

	if (args->flags || args->pad || args->slot >= DRM_MIRACAST_SLOTS)
		return -EINVAL;
	spin_lock_irq(&vc->ctx->pipe->lock);
	ret = vc->ctx->error;
	if (!ret) {
		dma_buf = held_buffer(vc, args->slot);
		if (!dma_buf)
			ret = -ESTALE;
	}
	spin_unlock_irq(&vc->ctx->pipe->lock);
	if (ret)
		return ret;

	ret = miracast_new_fd_reserve(new_fd);
	if (ret) {
		dma_buf_put(dma_buf);
		return ret;
	}
	new_fd->file = dma_buf->file;
	args->fd = new_fd->fd;
	return 0;
}

/* --- the file ----------------------------------------------------------------------------------- */

static const struct miracast_ioctl vc_ioctls[] = {
	{ DRM_IOCTL_MIRACAST_ACTIVATE, vc_activate },
	{ DRM_IOCTL_MIRACAST_DEACTIVATE, vc_deactivate },
	{ DRM_IOCTL_MIRACAST_RELEASE_CHUNK, vc_release_chunk },
	{ DRM_IOCTL_MIRACAST_GET_BUFFER, vc_get_buffer },
};

static long vc_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct miracast_vc *vc = file->private_data;
	int error = READ_ONCE(vc->ctx->error);

	if (error)
		return error;
	if (!((cmd ^ DRM_IOCTL_MIRACAST_NEXT_CHUNK) & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)))
		return vc_next_chunk(vc, (void __user *)arg, _IOC_SIZE(cmd));
	return miracast_ioctl(vc_ioctls, ARRAY_SIZE(vc_ioctls), vc, cmd, arg);
}

static __poll_t vc_poll(struct file *file, struct poll_table_struct *table)
{
	struct miracast_vc *vc = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &vc->wait, table);
	spin_lock_irq(&vc->ctx->pipe->lock);
	if (vc->ctx->error)
		mask = EPOLLHUP | EPOLLERR;
	else if (newer_frame(vc))
		mask = EPOLLIN | EPOLLRDNORM;
	else if (!vc->active && !vc->held)
		mask = EPOLLHUP;
	spin_unlock_irq(&vc->ctx->pipe->lock);
	return mask;
}

static int vc_release(struct inode *inode, struct file *file)
{
	struct miracast_vc *vc = file->private_data;
	struct miracast_pipe *pipe = vc->ctx->pipe;

	spin_lock_irq(&pipe->lock);
	if (!vc->ctx->error)
		miracast_vc_kill(vc);
	spin_unlock_irq(&pipe->lock);
	miracast_context_put(vc->ctx);
	kfree(vc);
	return 0;
}

static const struct file_operations vc_fops = {
	.owner = THIS_MODULE,
	.release = vc_release,
	.poll = vc_poll,
	.unlocked_ioctl = vc_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/**
 * miracast_vc_create - make a channel
 * @ctx: its context; ctx->lock is held
 * @args: from and to user space
 * @new_fd: the channel's file
 */
int miracast_vc_create(struct miracast_context *ctx, struct drm_miracast_create_vc *args, struct miracast_new_fd *new_fd)
{
	struct miracast_vc *vc;
	struct file *file;
	int ret;

	if (args->flags || args->pad)
		return -EINVAL;
	ret = miracast_new_fd_reserve(new_fd);
	if (ret)
		return ret;
	vc = kzalloc(sizeof(*vc), GFP_KERNEL);
	if (!vc)
		return -ENOMEM;
	mutex_init(&vc->lock);
	init_waitqueue_head(&vc->wait);
	vc->user_handle = args->user_handle;
	vc->ctx = ctx;
	file = anon_inode_getfile("[miracast-vc]", &vc_fops, vc, O_RDWR);
	if (IS_ERR(file)) {
		kfree(vc);
		return PTR_ERR(file);
	}
	kref_get(&ctx->ref);
	INIT_LIST_HEAD(&vc->link);

	spin_lock_irq(&ctx->pipe->lock);
	vc->id = find_first_zero_bit(&ctx->vc_ids, DRM_MIRACAST_VCS) + 1;
	ret = ctx->error ?: vc->id > DRM_MIRACAST_VCS ? -ENOSPC : 0;
	if (!ret) {
		set_bit(vc->id - 1, &ctx->vc_ids);
		list_add_tail(&vc->link, &ctx->vcs);
	}
	spin_unlock_irq(&ctx->pipe->lock);

	/* From here on the file's release undoes everything. */
	new_fd->file = file;
	args->fd = new_fd->fd;
	args->vc_id = vc->id;
	return ret;
}
