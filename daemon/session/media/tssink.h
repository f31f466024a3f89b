/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wfdtssink: the end of the pipeline, which hands each access unit to the stream at once. */
#pragma once

#include <gst/gst.h>
#include <stdbool.h>
#include <stdint.h>

/* An access unit, in the encoder's thread; @pts in nanoseconds as the picture was pushed. */
typedef void (*mc_ts_sink_receiver)(void *data, const uint8_t *unit, gsize size, bool key, uint64_t pts);

bool mc_ts_sink_register(GError **error);
void mc_ts_sink_set_receiver(GstElement *sink, mc_ts_sink_receiver receiver, void *data);
