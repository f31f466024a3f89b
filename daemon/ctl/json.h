/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of D-Bus as JSON. */
#pragma once

#include <glib.h>

/* Appends a string with its quotes. */
void mc_json_string(GString *out, const char *text);
/* Appends any value: numbers, strings, booleans, arrays, tuples as arrays, dictionaries of strings as objects, variants. */
void mc_json_variant(GString *out, GVariant *value);
