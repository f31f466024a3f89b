// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRC: a checksum of the composed picture for every refresh, for tests.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <drm/drm_crtc.h>
#include <drm/drm_debugfs_crc.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <drm/drm_vblank.h>

#include "miracast_compat.h"
#include "miracast_composer.h"
#include "miracast_internal.h"

static const char *const sources[] = { "auto" };

/* The checksum of what the pipe shows; -errno when it cannot be read. */
static int checksum(struct miracast_composition *composition, struct miracast_maps *maps, u32 *crc)
{
	const struct miracast_picture *picture = miracast_composition_picture(composition);
	struct miracast_checksum sum = {};
	u32 *scratch, y;
	int ret;

	scratch = kmalloc_array(picture->width, sizeof(*scratch), GFP_KERNEL);
	if (!scratch)
		return -ENOMEM;
	ret = miracast_composition_begin(composition, maps);
	if (!ret) {
		for (y = 0; y < picture->height; y++) {
			miracast_compose_sum(picture, y, scratch, &sum);
			cond_resched();
		}
		*crc = miracast_checksum_end(&sum);
	}
	kfree(scratch);
	return ret;
}

static struct miracast_crc_entry *nth(struct miracast_crc *crc, unsigned int n)
{
	return &crc->entry[(crc->head + n) % MIRACAST_CRC_QUEUE];
}

/* The oldest entry, marked as being composed; NULL when there is none. */
static struct miracast_crc_entry *begin(struct miracast_pipe *pipe)
{
	struct miracast_crc_entry *entry = NULL;

	spin_lock_irq(&pipe->lock);
	if (pipe->crc.count) {
		entry = nth(&pipe->crc, 0);
		pipe->crc.busy = true;
	}
	spin_unlock_irq(&pipe->lock);
	return entry;
}

static void end(struct miracast_pipe *pipe)
{
	spin_lock_irq(&pipe->lock);
	pipe->crc.busy = false;
	pipe->crc.head = (pipe->crc.head + 1) % MIRACAST_CRC_QUEUE;
	pipe->crc.count--;
	pipe->crc.done++;
	spin_unlock_irq(&pipe->lock);
	wake_up_all(&pipe->crc.wait);
}

static void crc_work(struct work_struct *work)
{
	struct miracast_pipe *pipe = container_of(work, struct miracast_pipe, crc.work);
	struct miracast_crc_entry *entry;

	while ((entry = begin(pipe))) {
		u64 frame;
		u32 crc;
		int ret = checksum(entry->composition, &pipe->crc.maps, &crc);

		if (ret)
			drm_dbg_kms(&pipe->mdev->drm, "no checksum of refresh %llu: %d\n", entry->first, ret);
		for (frame = entry->first; !ret && frame <= entry->last; frame++)
			drm_crtc_add_crc_entry(&pipe->crtc, true, frame, &crc);
		end(pipe);
	}
}

/* What is shown belongs to this refresh, whenever it will be composed. */
static void enqueue(struct miracast_pipe *pipe, u64 frame)
{
	struct miracast_crc *crc = &pipe->crc;
	struct miracast_crc_entry *last = crc->count ? nth(crc, crc->count - 1) : NULL;
	const bool open = last && !(crc->busy && crc->count == 1);
	/* A timer that is late has passed over refreshes, in which nothing else was seen. */
	const u64 first = crc->seen ? crc->seen + 1 : frame;

	crc->seen = frame;
	/* The same picture; or a worker that is so late that pictures are left out. */
	if (open && (last->shown_serial == pipe->shown_serial || crc->count == MIRACAST_CRC_QUEUE)) {
		last->last = frame;
		return;
	}
	if (crc->count == MIRACAST_CRC_QUEUE)
		return;
	crc->queued++;
	last = nth(crc, crc->count++);
	last->shown_serial = pipe->shown_serial;
	last->first = first;
	last->last = frame;
	miracast_composition_take(last->composition, pipe);
}

/**
 * miracast_crc_tick - a refresh has begun
 * @pipe: the target; in the vblank timer
 */
void miracast_crc_tick(struct miracast_pipe *pipe)
{
	unsigned long flags;

	if (!READ_ONCE(pipe->crc.on))
		return;
	spin_lock_irqsave(&pipe->lock, flags);
	if (pipe->crc.on && pipe->active) {
		enqueue(pipe, drm_crtc_vblank_count(&pipe->crtc));
		queue_work(system_highpri_wq, &pipe->crc.work);
	}
	spin_unlock_irqrestore(&pipe->lock, flags);
}

static bool is_done(struct miracast_pipe *pipe, u64 queued)
{
	bool done;

	spin_lock_irq(&pipe->lock);
	done = pipe->crc.done >= queued;
	spin_unlock_irq(&pipe->lock);
	return done;
}

/**
 * miracast_crc_settle - a commit is through: what it has replaced may be drawn into
 * @pipe: the target
 */
void miracast_crc_settle(struct miracast_pipe *pipe)
{
	u64 queued;

	if (!READ_ONCE(pipe->crc.on))
		return;
	spin_lock_irq(&pipe->lock);
	queued = pipe->crc.queued;
	spin_unlock_irq(&pipe->lock);
	/* Not for those that come meanwhile: where composing takes longer than a refresh there is no end of them. */
	wait_event(pipe->crc.wait, is_done(pipe, queued));
}

const char *const *miracast_crc_sources(struct drm_crtc *crtc, size_t *count)
{
	*count = ARRAY_SIZE(sources);
	return sources;
}

static int parse_source(const char *source, bool *on)
{
	*on = source;
	return !source || !strcmp(source, sources[0]) ? 0 : -EINVAL;
}

int miracast_crc_verify_source(struct drm_crtc *crtc, const char *source, size_t *values)
{
	bool on;

	*values = 1;
	return parse_source(source, &on);
}

/* Refreshes are counted while somebody wants their checksums. */
static void count(struct miracast_pipe *pipe)
{
	if (pipe->crc.on && !pipe->crc.counting) {
		pipe->crc.counting = !drm_crtc_vblank_get(&pipe->crtc);
	} else if (!pipe->crc.on && pipe->crc.counting) {
		drm_crtc_vblank_put(&pipe->crtc);
		pipe->crc.counting = false;
	}
}

static void set_on(struct miracast_pipe *pipe, bool on)
{
	spin_lock_irq(&pipe->lock);
	WRITE_ONCE(pipe->crc.on, on);
	pipe->crc.seen = 0;
	spin_unlock_irq(&pipe->lock);
}

static void switch_off(struct miracast_pipe *pipe)
{
	unsigned int i;

	set_on(pipe, false);
	count(pipe);
	flush_work(&pipe->crc.work);
	miracast_maps_clear(&pipe->crc.maps);
	for (i = 0; i < MIRACAST_CRC_QUEUE; i++) {
		miracast_composition_free(pipe->crc.entry[i].composition);
		pipe->crc.entry[i].composition = NULL;
	}
}

static int switch_on(struct miracast_pipe *pipe)
{
	unsigned int i;

	if (pipe->crc.on)
		return 0;
	for (i = 0; i < MIRACAST_CRC_QUEUE; i++) {
		pipe->crc.entry[i].composition = miracast_composition_create();
		if (!pipe->crc.entry[i].composition) {
			switch_off(pipe);
			return -ENOMEM;
		}
	}
	set_on(pipe, true);
	count(pipe);
	return 0;
}

int miracast_crc_set_source(struct drm_crtc *crtc, const char *source)
{
	struct miracast_pipe *pipe = crtc_to_pipe(crtc);
	bool on;
	int ret;

	ret = parse_source(source, &on);
	if (ret)
		return ret;
	mutex_lock(&pipe->crc.lock);
	if (on)
		ret = switch_on(pipe);
	else
		switch_off(pipe);
	mutex_unlock(&pipe->crc.lock);
	return ret;
}

/**
 * miracast_crc_enable - the CRTC has been switched on
 * @pipe: the target
 */
void miracast_crc_enable(struct miracast_pipe *pipe)
{
	spin_lock_irq(&pipe->lock);
	pipe->crc.seen = 0;
	spin_unlock_irq(&pipe->lock);
	mutex_lock(&pipe->crc.lock);
	count(pipe);
	mutex_unlock(&pipe->crc.lock);
}

static void miracast_crc_release(struct drm_device *dev, void *data)
{
	struct miracast_pipe *pipe = data;

	cancel_work_sync(&pipe->crc.work);
	switch_off(pipe);
}

int miracast_crc_init(struct miracast_pipe *pipe)
{
	mutex_init(&pipe->crc.lock);
	init_waitqueue_head(&pipe->crc.wait);
	INIT_WORK(&pipe->crc.work, crc_work);
	return drmm_add_action_or_reset(&pipe->mdev->drm, miracast_crc_release, pipe);
}
