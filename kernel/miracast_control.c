// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/miracast: the control file, and what the ioctls of all three kinds of file share.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "miracast_compat.h"
#include "miracast_internal.h"

/* Arguments of every ioctl but NEXT_CHUNK, which has its own buffer. */
#define ARGS_MAX 128

static_assert(sizeof(struct drm_miracast_query_caps) == 32);
static_assert(sizeof(struct drm_miracast_format) == 16);
static_assert(sizeof(struct drm_miracast_create_context) == 88);
static_assert(sizeof(struct drm_miracast_destroy_context) == 8);
static_assert(sizeof(struct drm_miracast_set_import_policy) == 8);
static_assert(sizeof(struct drm_miracast_mode) == 16);
static_assert(sizeof(struct drm_miracast_monitor_arrival) == 40);
static_assert(sizeof(struct drm_miracast_monitor_departure) == 8);
static_assert(sizeof(struct drm_miracast_get_state) == 128);
static_assert(sizeof(struct drm_miracast_get_blob) == 32);
static_assert(sizeof(struct drm_miracast_ack_state) == 16);
static_assert(sizeof(struct drm_miracast_create_vc) == 24);
static_assert(sizeof(struct drm_miracast_activate) == 24);
static_assert(sizeof(struct drm_miracast_deactivate) == 8);
static_assert(sizeof(struct drm_miracast_plane) == 112);
static_assert(sizeof(struct drm_miracast_next_chunk) == 1064);
static_assert(sizeof(struct drm_miracast_release_chunk) == 16);
static_assert(sizeof(struct drm_miracast_get_buffer) == 16);

/**
 * miracast_new_fd_reserve - a number for the file that an ioctl is about to make
 * @new_fd: filled
 */
int miracast_new_fd_reserve(struct miracast_new_fd *new_fd)
{
	new_fd->fd = get_unused_fd_flags(O_CLOEXEC);
	return new_fd->fd < 0 ? new_fd->fd : 0;
}

static void new_fd_drop(struct miracast_new_fd *new_fd)
{
	if (new_fd->file)
		fput(new_fd->file);
	if (new_fd->fd >= 0)
		put_unused_fd(new_fd->fd);
}

static const struct miracast_ioctl *find_ioctl(const struct miracast_ioctl *table, size_t count, unsigned int cmd)
{
	size_t i;

	for (i = 0; i < count; i++) {
		/* The size is the caller's: another version of the header has another. */
		if (!((table[i].cmd ^ cmd) & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)))
			return &table[i];
	}
	return NULL;
}

/**
 * miracast_ioctl - run one of a file's ioctls
 * @table: the ioctls of this kind of file
 * @count: of @table
 * @object: given to the handler
 * @cmd: from user space
 * @arg: from user space
 */
long miracast_ioctl(const struct miracast_ioctl *table, size_t count, void *object, unsigned int cmd, unsigned long arg)
{
	const struct miracast_ioctl *ioctl = find_ioctl(table, count, cmd);
	struct miracast_new_fd new_fd = { .fd = -1 };
	void __user *user = (void __user *)arg;
	u64 args[ARGS_MAX / sizeof(u64)] = {};
	size_t size, user_size;
	int ret;

	if (!ioctl)
		return -ENOTTY;
	size = _IOC_SIZE(ioctl->cmd);
	user_size = _IOC_SIZE(cmd);
	if (WARN_ON_ONCE(size > sizeof(args)) || user_size < size)
		return -EINVAL;
	if (_IOC_DIR(cmd) & _IOC_WRITE) {
		ret = copy_struct_from_user(args, size, user, user_size);
		if (ret)
			return ret;
	}

	ret = ioctl->handle(object, args, &new_fd);
	if (!ret && _IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, args, size))
		ret = -EFAULT;
	if (ret)
		new_fd_drop(&new_fd);
	else if (new_fd.file)
		fd_install(new_fd.fd, new_fd.file);
	return ret;
}

/**
 * struct control - one open control file
 * @mdev: the card, a reference
 * @file: identity as an owner of contexts
 */
struct control {
	struct miracast_device *mdev;
	struct file *file;
};

static int control_query_caps(void *object, void *data, struct miracast_new_fd *new_fd)
{
	const struct control *control = object;
	struct drm_miracast_query_caps *args = data;

	args->version = DRM_MIRACAST_VERSION;
	args->targets = control->mdev->targets;
	args->slots = DRM_MIRACAST_SLOTS;
	args->vcs = DRM_MIRACAST_VCS;
	args->hold_max_us = DRM_MIRACAST_HOLD_MAX_US;
	args->import_policy = atomic_read(&control->mdev->import_policy);
	return 0;
}

static int control_create_context(void *object, void *data, struct miracast_new_fd *new_fd)
{
	const struct control *control = object;

	return miracast_context_create(control->mdev, control->file, data, new_fd);
}

static int control_destroy_context(void *object, void *data, struct miracast_new_fd *new_fd)
{
	const struct control *control = object;
	const struct drm_miracast_destroy_context *args = data;

	if (args->pad)
		return -EINVAL;
	return miracast_context_destroy_id(control->mdev, control->file, args->context_id);
}

static int control_set_import_policy(void *object, void *data, struct miracast_new_fd *new_fd)
{
	const struct control *control = object;
	const struct drm_miracast_set_import_policy *args = data;

	if (args->pad || args->policy > DRM_MIRACAST_IMPORT_NEVER)
		return -EINVAL;
	atomic_set(&control->mdev->import_policy, args->policy);
	return 0;
}

static const struct miracast_ioctl control_ioctls[] = {
	{ DRM_IOCTL_MIRACAST_QUERY_CAPS, control_query_caps },
	{ DRM_IOCTL_MIRACAST_CREATE_CONTEXT, control_create_context },
	{ DRM_IOCTL_MIRACAST_DESTROY_CONTEXT, control_destroy_context },
	{ DRM_IOCTL_MIRACAST_SET_IMPORT_POLICY, control_set_import_policy },
};

static long control_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct control *control = file->private_data;

	if (READ_ONCE(control->mdev->dead))
		return -ENODEV;
	return miracast_ioctl(control_ioctls, ARRAY_SIZE(control_ioctls), control, cmd, arg);
}

static int control_open(struct inode *inode, struct file *file)
{
	struct miracast_device *mdev = container_of(file->private_data, struct miracast_device, misc);
	struct control *control = kzalloc(sizeof(*control), GFP_KERNEL);

	if (!control)
		return -ENOMEM;
	drm_dev_get(&mdev->drm);
	control->mdev = mdev;
	control->file = file;
	file->private_data = control;
	return nonseekable_open(inode, file);
}

static int control_release(struct inode *inode, struct file *file)
{
	struct control *control = file->private_data;

	miracast_context_destroy_all(control->mdev, file, -ESHUTDOWN);
	drm_dev_put(&control->mdev->drm);
	kfree(control);
	return 0;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.release = control_release,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/**
 * miracast_control_register - make /dev/miracast
 * @mdev: the card, registered
 */
int miracast_control_register(struct miracast_device *mdev)
{
	mdev->misc.minor = MISC_DYNAMIC_MINOR;
	mdev->misc.name = "miracast";
	mdev->misc.mode = 0600;
	mdev->misc.fops = &control_fops;
	mdev->misc.parent = mdev->drm.dev;
	return misc_register(&mdev->misc);
}

/**
 * miracast_control_unregister - nobody opens /dev/miracast any more, and who has it open finds it dead
 * @mdev: the card
 */
void miracast_control_unregister(struct miracast_device *mdev)
{
	misc_deregister(&mdev->misc);
	mutex_lock(&mdev->lock);
	WRITE_ONCE(mdev->dead, true);
	mutex_unlock(&mdev->lock);
	miracast_context_destroy_all(mdev, NULL, -ENODEV);
}
