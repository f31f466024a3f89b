/* SPDX-License-Identifier: GPL-2.0-only */
/* Composed pictures of a pipe: checksums of what it shows, and writeback. */
#ifndef MIRACAST_COMPOSER_H
#define MIRACAST_COMPOSER_H

#include <linux/iosys-map.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_writeback.h>

#include "miracast_compose.h"

struct dma_buf;
struct miracast_composition;
struct miracast_job;
struct miracast_pipe;

/* Buffers of a picture, at most, and others that it takes turns with. */
#define MIRACAST_MAPS 16
/* Compositions that a buffer stays mapped for without being in one. */
#define MIRACAST_MAPS_AGE 120

/**
 * struct miracast_maps - mapped buffers: mapping one costs more than reading it
 * @clock: counts compositions
 * @map: buffers with a reference on each; used: the composition that has needed it last
 */
struct miracast_maps {
	u64 clock;
	struct miracast_map {
		struct dma_buf *dma_buf;
		struct iosys_map map;
		u64 used;
	} map[MIRACAST_MAPS];
};

/* Refreshes that may wait for their checksums with pictures of their own. */
#define MIRACAST_CRC_QUEUE 8

/**
 * struct miracast_crc - checksums of a pipe's picture, one for each refresh
 * @lock: serialises switching on and off
 * @counting: a reference on the vblank is held
 * @on: read in the vblank timer; all below is protected by the pipe's lock
 * @busy: the entry at @head is being composed
 * @head: the oldest entry, with @count of them
 * @seen: the last refresh that was counted, 0 for none since the CRTC or the checksums were switched on
 * @queued: entries that there have been
 * @done: of them, composed; @wait is woken when it grows
 * @entry: what was shown, from refresh @first to refresh @last; compositions are there while @on
 * @maps: of @work's
 * @work: composes
 */
struct miracast_crc {
	struct mutex lock;
	bool counting;
	bool on;
	bool busy;
	unsigned int head;
	unsigned int count;
	u64 seen;
	u64 queued;
	u64 done;
	wait_queue_head_t wait;
	struct miracast_crc_entry {
		struct miracast_composition *composition;
		u64 shown_serial;
		u64 first;
		u64 last;
	} entry[MIRACAST_CRC_QUEUE];
	struct miracast_maps maps;
	struct work_struct work;
};

/**
 * struct miracast_writeback - the connector that writes the picture into a buffer
 * @job: of the commit that will be flushed, or NULL; protected by the pipe's lock
 * @ready: the one that @work writes
 * @work: writes; one commit at a time
 */
struct miracast_writeback {
	struct drm_writeback_connector connector;
	struct miracast_job *job;
	struct miracast_job *ready;
	struct work_struct work;
};

/* miracast_composer.c */
struct miracast_composition *miracast_composition_create(void);
void miracast_composition_free(struct miracast_composition *composition);
void miracast_composition_take(struct miracast_composition *composition, struct miracast_pipe *pipe);
int miracast_composition_begin(struct miracast_composition *composition, struct miracast_maps *maps);
void miracast_maps_clear(struct miracast_maps *maps);
const struct miracast_picture *miracast_composition_picture(const struct miracast_composition *composition);

/* miracast_crc.c */
int miracast_crc_init(struct miracast_pipe *pipe);
void miracast_crc_enable(struct miracast_pipe *pipe);
void miracast_crc_tick(struct miracast_pipe *pipe);
void miracast_crc_settle(struct miracast_pipe *pipe);
const char *const *miracast_crc_sources(struct drm_crtc *crtc, size_t *count);
int miracast_crc_verify_source(struct drm_crtc *crtc, const char *source, size_t *values);
int miracast_crc_set_source(struct drm_crtc *crtc, const char *source);

/* miracast_writeback.c */
int miracast_writeback_init(struct miracast_pipe *pipe);
bool miracast_writeback_take(struct miracast_pipe *pipe);

#endif
