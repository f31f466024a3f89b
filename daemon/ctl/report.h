/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of a display: a page, the times of its stages, JSON. Each appends to a string. */
#pragma once

#include "miracastd-bus.h"

/* What to call it: the sink's name, else the target. */
const char *mc_report_name(McDisplay *display);
void mc_report_status(McDisplay *display, GString *out);
/* @before: the statistics of a second ago, or NULL: then since the stream began. */
void mc_report_monitor(McDisplay *display, GVariant *before, GString *out);
void mc_report_json(McDisplay *display, GString *out);
