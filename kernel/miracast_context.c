// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts: a target that a session has taken, its monitor and its state. A context belongs to the control file that made it.
 */
#include <linux/anon_inodes.h>
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_file.h>
#include <drm/drm_fourcc.h>

#include "miracast_compat.h"
#include "miracast_internal.h"

/* A session may show the compositor no more than one change of its monitor in this time. */
#define MONITOR_CHANGE_INTERVAL HZ

static void context_release(struct kref *ref)
{
	struct miracast_context *ctx = container_of(ref, struct miracast_context, ref);

	drm_dev_put(&ctx->pipe->mdev->drm);
	kfree(ctx->formats);
	kfree(ctx);
}

/**
 * miracast_context_put - drop a reference
 * @ctx: destroyed before the last one is dropped
 */
void miracast_context_put(struct miracast_context *ctx)
{
	kref_put(&ctx->ref, context_release);
}

/**
 * miracast_context_reads - whether the consumer can read a framebuffer
 * @ctx: its context
 * @fb: what a compositor wants to show
 */
bool miracast_context_reads(const struct miracast_context *ctx, const struct drm_framebuffer *fb)
{
	unsigned int i;

	if (!ctx->formats_count)
		return fb->modifier == DRM_FORMAT_MOD_LINEAR;
	for (i = 0; i < ctx->formats_count; i++) {
		if (ctx->formats[i].fourcc == fb->format->format && ctx->formats[i].modifier == fb->modifier)
			return true;
	}
	return false;
}

/* --- the monitor -------------------------------------------------------------------------------- */

static void plug_work(struct work_struct *work)
{
	struct miracast_context *ctx = container_of(to_delayed_work(work), struct miracast_context, plug_work);
	struct miracast_monitor *monitor;
	bool valid;
	s32 type;

	mutex_lock(&ctx->lock);
	valid = ctx->wanted_valid;
	monitor = ctx->wanted;
	type = ctx->wanted_type;
	ctx->wanted = NULL;
	ctx->wanted_valid = false;
	if (valid)
		ctx->next_change = jiffies + MONITOR_CHANGE_INTERVAL;
	mutex_unlock(&ctx->lock);

	if (valid)
		miracast_connector_plug(ctx->pipe, monitor, type);
}

/* Takes @monitor over. Called with ctx->lock. */
static void want_monitor(struct miracast_context *ctx, struct miracast_monitor *monitor, s32 type)
{
	unsigned long now = jiffies;

	miracast_monitor_free(ctx->wanted);
	ctx->wanted = monitor;
	ctx->wanted_valid = true;
	if (type != DRM_MIRACAST_MONITOR_UNKNOWN)
		ctx->wanted_type = type;
	mod_delayed_work(miracast_system_wq, &ctx->plug_work, time_before(now, ctx->next_change) ? ctx->next_change - now : 0);
}

static int context_monitor_arrival(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct miracast_context *ctx = object;
	const struct drm_miracast_monitor_arrival *args = data;
	struct miracast_monitor *monitor = miracast_monitor_create(args);

	if (IS_ERR(monitor))
		return PTR_ERR(monitor);
	mutex_lock(&ctx->lock);
	if (ctx->error) {
		int ret = ctx->error;

		mutex_unlock(&ctx->lock);
		miracast_monitor_free(monitor);
		return ret;
	}
	want_monitor(ctx, monitor, args->monitor_type);
	mutex_unlock(&ctx->lock);
	return 0;
}

static int context_monitor_departure(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct miracast_context *ctx = object;
	const struct drm_miracast_monitor_departure *args = data;
	int ret;

	if (args->flags || args->pad)
		return -EINVAL;
	mutex_lock(&ctx->lock);
	ret = ctx->error;
	if (!ret && (ctx->wanted_valid ? !!ctx->wanted : READ_ONCE(ctx->pipe->plugged)))
		want_monitor(ctx, NULL, DRM_MIRACAST_MONITOR_UNKNOWN);
	mutex_unlock(&ctx->lock);
	return ret;
}

/* --- the state ---------------------------------------------------------------------------------- */

static int context_get_state(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct miracast_context *ctx = object;
	struct drm_miracast_get_state *args = data;
	int ret;

	spin_lock_irq(&ctx->pipe->lock);
	ret = ctx->error;
	if (!ret) {
		miracast_pipe_get_state(ctx->pipe, args);
		args->acked_serial = ctx->acked_serial;
		args->ack_status = ctx->ack_status;
	}
	spin_unlock_irq(&ctx->pipe->lock);
	return ret;
}

static int context_ack_state(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct miracast_context *ctx = object;
	const struct drm_miracast_ack_state *args = data;
	int ret;

	if (args->pad || args->status > 0 || args->status < -MAX_ERRNO)
		return -EINVAL;
	spin_lock_irq(&ctx->pipe->lock);
	ret = ctx->error;
	if (!ret && args->serial > ctx->pipe->state_serial)
		ret = -EINVAL;
	if (!ret && args->serial > ctx->acked_serial) {
		ctx->acked_serial = args->serial;
		ctx->ack_status = args->status;
	}
	spin_unlock_irq(&ctx->pipe->lock);
	return ret;
}

/* --- the file ----------------------------------------------------------------------------------- */

static int context_create_vc(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct miracast_context *ctx = object;
	int ret;

	mutex_lock(&ctx->lock);
	ret = miracast_vc_create(ctx, data, new_fd);
	mutex_unlock(&ctx->lock);
	return ret;
}

/* A blob's bytes from the pipe's colour; the pipe's lock is held. Returns how many. */
static u32 fill_blob(const struct miracast_colour *colour, u32 type, void *data)
{
	struct drm_color_lut *lut = data;
	unsigned int i;

	if (type == DRM_MIRACAST_BLOB_CTM) {
		memcpy(data, colour->ctm, sizeof(colour->ctm));
		return colour->ctm_on ? sizeof(colour->ctm) : 0;
	}
	for (i = 0; i < MIRACAST_LUT_SIZE; i++) {
		lut[i] = (struct drm_color_lut){
			.red = colour->lut[i][0], .green = colour->lut[i][1], .blue = colour->lut[i][2],
		};
	}
	return colour->lut_on ? MIRACAST_LUT_SIZE * sizeof(*lut) : 0;
}

static int context_get_blob(void *object, void *data, struct miracast_new_fd *new_fd)
{
	struct drm_miracast_get_blob *args = data;
	struct miracast_context *ctx = object;
	u32 room = args->size;
	void *bytes;
	int ret;

	if (args->type > DRM_MIRACAST_BLOB_CTM || args->flags || args->pad)
		return -EINVAL;
	bytes = kcalloc(MIRACAST_LUT_SIZE, sizeof(struct drm_color_lut), GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	spin_lock_irq(&ctx->pipe->lock);
	ret = ctx->error;
	args->size = fill_blob(&ctx->pipe->colour, args->type, bytes);
	args->colour_serial = ctx->pipe->colour_serial;
	spin_unlock_irq(&ctx->pipe->lock);
	if (!ret && args->size <= room && copy_to_user(u64_to_user_ptr(args->data_ptr), bytes, args->size))
		ret = -EFAULT;
	kfree(bytes);
	return ret;
}

static const struct miracast_ioctl context_ioctls[] = {
	{ DRM_IOCTL_MIRACAST_MONITOR_ARRIVAL, context_monitor_arrival },
	{ DRM_IOCTL_MIRACAST_MONITOR_DEPARTURE, context_monitor_departure },
	{ DRM_IOCTL_MIRACAST_GET_STATE, context_get_state },
	{ DRM_IOCTL_MIRACAST_ACK_STATE, context_ack_state },
	{ DRM_IOCTL_MIRACAST_CREATE_VC, context_create_vc },
	{ DRM_IOCTL_MIRACAST_GET_BLOB, context_get_blob },
};

static long context_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct miracast_context *ctx = file->private_data;
	int error = READ_ONCE(ctx->error);

	if (error)
		return error;
	return miracast_ioctl(context_ioctls, ARRAY_SIZE(context_ioctls), ctx, cmd, arg);
}

static __poll_t context_poll(struct file *file, struct poll_table_struct *table)
{
	struct miracast_context *ctx = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &ctx->wait, table);
	spin_lock_irq(&ctx->pipe->lock);
	if (ctx->error)
		mask = EPOLLHUP | EPOLLERR;
	else if (ctx->pipe->state_serial > ctx->acked_serial)
		mask = EPOLLIN | EPOLLRDNORM;
	spin_unlock_irq(&ctx->pipe->lock);
	return mask;
}

/*
 * Ends a context: cannot fail, departs at once. A commit that is under way finishes and its flip event is sent; the session gets
 * nothing more. Called with mdev->lock.
 */
static void context_destroy(struct miracast_context *ctx, int error)
{
	struct miracast_pipe *pipe = ctx->pipe;
	struct miracast_vc *vc, *next;

	if (ctx->error)
		return;

	spin_lock_irq(&pipe->lock);
	WRITE_ONCE(ctx->error, error);
	list_for_each_entry_safe(vc, next, &ctx->vcs, link)
		miracast_vc_kill(vc);
	miracast_frame_drop_current(pipe);
	pipe->fresh = false;
	pipe->ctx = NULL;
	wake_up_all(&ctx->wait);
	spin_unlock_irq(&pipe->lock);

	mutex_lock(&ctx->lock);
	miracast_monitor_free(ctx->wanted);
	ctx->wanted = NULL;
	ctx->wanted_valid = false;
	mutex_unlock(&ctx->lock);
	cancel_delayed_work_sync(&ctx->plug_work);
	miracast_connector_plug(pipe, NULL, DRM_MIRACAST_MONITOR_UNKNOWN);

	list_del(&ctx->link);
	miracast_context_put(ctx);
}

static int context_file_release(struct inode *inode, struct file *file)
{
	struct miracast_context *ctx = file->private_data;
	struct miracast_device *mdev = ctx->pipe->mdev;

	mutex_lock(&mdev->lock);
	context_destroy(ctx, -ESHUTDOWN);
	mutex_unlock(&mdev->lock);
	miracast_context_put(ctx);
	return 0;
}

static const struct file_operations context_fops = {
	.owner = THIS_MODULE,
	.release = context_file_release,
	.poll = context_poll,
	.unlocked_ioctl = context_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static bool name_ok(const char *name)
{
	size_t i, len = strnlen(name, DRM_MIRACAST_NAME_LEN);

	if (len == DRM_MIRACAST_NAME_LEN)
		return false;
	for (i = 0; i < len; i++) {
		if (!isascii(name[i]) || !isprint(name[i]))
			return false;
	}
	return true;
}

static struct drm_miracast_format *copy_formats(const struct drm_miracast_create_context *args)
{
	struct drm_miracast_format *formats;
	unsigned int i;

	if (!args->formats_count)
		return NULL;
	formats = memdup_user(u64_to_user_ptr(args->formats_ptr), args->formats_count * sizeof(*formats));
	if (IS_ERR(formats))
		return formats;
	for (i = 0; i < args->formats_count; i++) {
		if (formats[i].pad || !formats[i].fourcc) {
			kfree(formats);
			return ERR_PTR(-EINVAL);
		}
	}
	return formats;
}

static struct miracast_context *context_alloc(const struct drm_miracast_create_context *args)
{
	struct miracast_context *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	struct drm_miracast_format *formats;

	if (!ctx)
		return ERR_PTR(-ENOMEM);
	formats = copy_formats(args);
	if (IS_ERR(formats)) {
		kfree(ctx);
		return ERR_CAST(formats);
	}
	kref_init(&ctx->ref);
	mutex_init(&ctx->lock);
	INIT_DELAYED_WORK(&ctx->plug_work, plug_work);
	INIT_LIST_HEAD(&ctx->vcs);
	init_waitqueue_head(&ctx->wait);
	ctx->formats = formats;
	ctx->formats_count = args->formats_count;
	ctx->user_handle = args->user_handle;
	ctx->hold_max_us = args->hold_max_us;
	ctx->next_change = jiffies;
	ctx->wanted_type = DRM_MIRACAST_MONITOR_MIRACAST;
	memcpy(ctx->name, args->name, sizeof(ctx->name));
	return ctx;
}

static struct miracast_pipe *free_target(struct miracast_device *mdev)
{
	unsigned int i;

	for (i = 0; i < mdev->targets; i++) {
		if (!mdev->pipe[i]->ctx)
			return mdev->pipe[i];
	}
	return NULL;
}

/* Gives the context a target and a number; nothing fails from here. Called with mdev->lock. */
static void context_attach(struct miracast_context *ctx, struct miracast_pipe *pipe, struct file *owner)
{
	struct miracast_device *mdev = pipe->mdev;

	drm_dev_get(&mdev->drm);
	ctx->pipe = pipe;
	ctx->owner = owner;
	do {
		ctx->id = ++mdev->last_context_id;
	} while (!ctx->id);
	kref_get(&ctx->ref);
	list_add_tail(&ctx->link, &mdev->contexts);

	spin_lock_irq(&pipe->lock);
	pipe->ctx = ctx;
	/* The pipe may still be lit: what it shows was never meant for this context. */
	pipe->fresh = false;
	memset(&pipe->hold, 0, sizeof(pipe->hold));
	spin_unlock_irq(&pipe->lock);
}

/**
 * miracast_context_create - take a target
 * @mdev: the card
 * @owner: the control file
 * @args: from and to user space
 * @new_fd: the context's file
 */
int miracast_context_create(struct miracast_device *mdev, struct file *owner, struct drm_miracast_create_context *args,
			    struct miracast_new_fd *new_fd)
{
	struct miracast_context *ctx;
	struct miracast_pipe *pipe;
	struct file *file;
	int ret;

	if (args->flags || args->pad || args->formats_count > DRM_MIRACAST_FORMATS_MAX ||
	    args->hold_max_us > DRM_MIRACAST_HOLD_MAX_US || !name_ok(args->name))
		return -EINVAL;

	ret = miracast_new_fd_reserve(new_fd);
	if (ret)
		return ret;
	ctx = context_alloc(args);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);

	mutex_lock(&mdev->lock);
	pipe = free_target(mdev);
	ret = mdev->dead ? -ENODEV : pipe ? 0 : -EBUSY;
	if (ret)
		goto err_free;
	file = anon_inode_getfile("[miracast-context]", &context_fops, ctx, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_free;
	}
	context_attach(ctx, pipe, owner);
	mutex_unlock(&mdev->lock);

	new_fd->file = file;
	args->fd = new_fd->fd;
	args->context_id = ctx->id;
	args->connector_id = pipe->connector.base.id;
	args->crtc_id = pipe->crtc.base.id;
	args->card_minor = mdev->drm.primary->index;
	args->connector_type_id = pipe->connector.connector_type_id;
	return 0;

err_free:
	mutex_unlock(&mdev->lock);
	kfree(ctx->formats);
	kfree(ctx);
	return ret;
}

/**
 * miracast_context_destroy_id - give a target back
 * @mdev: the card
 * @owner: the control file
 * @id: of a context that it made
 *
 * Returns: 0, or -ENOENT.
 */
int miracast_context_destroy_id(struct miracast_device *mdev, struct file *owner, u32 id)
{
	struct miracast_context *ctx;
	int ret = -ENOENT;

	mutex_lock(&mdev->lock);
	list_for_each_entry(ctx, &mdev->contexts, link) {
		if (ctx->owner == owner && ctx->id == id) {
			context_destroy(ctx, -ESHUTDOWN);
			ret = 0;
			break;
		}
	}
	mutex_unlock(&mdev->lock);
	return ret;
}

/**
 * miracast_context_destroy_all - end what a control file has made
 * @mdev: the card
 * @owner: the control file; NULL for all of them
 * @error: what the contexts' ioctls return from now on
 */
void miracast_context_destroy_all(struct miracast_device *mdev, struct file *owner, int error)
{
	struct miracast_context *ctx, *next;

	mutex_lock(&mdev->lock);
	list_for_each_entry_safe(ctx, next, &mdev->contexts, link) {
		if (!owner || ctx->owner == owner)
			context_destroy(ctx, error);
	}
	mutex_unlock(&mdev->lock);
}
