// SPDX-License-Identifier: GPL-2.0-or-later
/* A writer of JSON for what D-Bus carries. */
#include "json.h"

void mc_json_string(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (const char *p = text ? text : ""; *p; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_printf(out, "\\%c", *p);
		else if ((guchar)*p < 0x20)
			g_string_append_printf(out, "\\u%04x", *p);
		else
			g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

static void list(GString *out, GVariant *value)
{
	GVariantIter iter;
	GVariant *child;
	gboolean object = g_variant_is_of_type(value, G_VARIANT_TYPE("a{s*}")), first = TRUE;

	g_string_append_c(out, object ? '{' : '[');
	g_variant_iter_init(&iter, value);
	while ((child = g_variant_iter_next_value(&iter))) {
		if (!first)
			g_string_append_c(out, ',');
		first = FALSE;
		if (object) {
			g_autoptr(GVariant) key = g_variant_get_child_value(child, 0), entry = g_variant_get_child_value(child, 1);

			mc_json_string(out, g_variant_get_string(key, NULL));
			g_string_append_c(out, ':');
			mc_json_variant(out, entry);
		} else {
			mc_json_variant(out, child);
		}
		g_variant_unref(child);
	}
	g_string_append_c(out, object ? '}' : ']');
}

void mc_json_variant(GString *out, GVariant *value)
{
	switch (g_variant_classify(value)) {
	case G_VARIANT_CLASS_BOOLEAN:
		g_string_append(out, g_variant_get_boolean(value) ? "true" : "false");
		break;
	case G_VARIANT_CLASS_UINT32:
		g_string_append_printf(out, "%u", g_variant_get_uint32(value));
		break;
	case G_VARIANT_CLASS_UINT64:
		g_string_append_printf(out, "%" G_GUINT64_FORMAT, g_variant_get_uint64(value));
		break;
	case G_VARIANT_CLASS_STRING:
	case G_VARIANT_CLASS_OBJECT_PATH:
		mc_json_string(out, g_variant_get_string(value, NULL));
		break;
	case G_VARIANT_CLASS_VARIANT: {
		g_autoptr(GVariant) inner = g_variant_get_variant(value);

		mc_json_variant(out, inner);
		break;
	}
	case G_VARIANT_CLASS_ARRAY:
	case G_VARIANT_CLASS_TUPLE:
		list(out, value);
		break;
	default:
		g_string_append(out, "null");
	}
}
