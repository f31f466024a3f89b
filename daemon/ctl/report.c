// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts about displays. */
#include "report.h"

#include <stdbool.h>
#include <string.h>

#include "json.h"

#define BUCKETS 24

struct histogram {
	guint64 count, sum, max;
	guint32 bucket[BUCKETS];
};

static guint64 counter(GVariant *statistics, const char *name)
{
	guint64 value = 0;

	if (statistics)
		g_variant_lookup(statistics, name, "t", &value);
	return value;
}

static struct histogram histogram(GVariant *statistics, const char *name)
{
	struct histogram h = {};
	g_autoptr(GVariant) value = statistics ? g_variant_lookup_value(statistics, name, G_VARIANT_TYPE("(tttau)")) : NULL;

	if (value) {
		g_autoptr(GVariant) buckets = NULL;
		const guint32 *numbers;
		gsize n;

		g_variant_get(value, "(ttt@au)", &h.count, &h.sum, &h.max, &buckets);
		numbers = g_variant_get_fixed_array(buckets, &n, sizeof(guint32));
		memcpy(h.bucket, numbers, MIN(n, BUCKETS) * sizeof(guint32));
	}
	return h;
}

/* A percentile in ms: between the two ends of its bucket in proportion. */
static double percentile(const struct histogram *h, double share)
{
	double rank = share * h->count, seen = 0;

	for (int i = 0; i < BUCKETS; i++) {
		double low = i ? 1u << i : 0, high = MIN(2u << i, h->max ? h->max : 2u << i);

		if (h->bucket[i] && seen + h->bucket[i] >= rank)
			return (low + MAX(high - low, 0) * (rank - seen) / h->bucket[i]) / 1000;
		seen += h->bucket[i];
	}
	return h->max / 1000.0;
}

static const char *number(McDisplay *display)
{
	return strrchr(g_dbus_proxy_get_object_path(G_DBUS_PROXY(display)), '/') + 1;
}

const char *mc_report_name(McDisplay *d)
{
	const char *name = mc_display_get_name(d);

	return name && *name ? name : mc_display_get_target(d);
}

static void field(GString *out, const char *name, const char *value)
{
	if (value && *value)
		g_string_append_printf(out, "  %-10s %s\n", name, value);
}

void mc_report_status(McDisplay *d, GString *out)
{
	g_autofree char *bitrate = mc_display_get_bitrate(d) ? g_strdup_printf("%u kbit/s", mc_display_get_bitrate(d)) : NULL;
	g_autofree char *sandbox = g_strjoinv(" ", (char **)mc_display_get_sandbox(d));
	bool over = *mc_display_get_reason(d);
	g_autofree char *reason = over ? g_strdup_printf("%s: %s", mc_display_get_failed_step(d), mc_display_get_reason(d)) : NULL;

	g_string_append_printf(out, "%s (%s)\n", mc_report_name(d), number(d));
	field(out, "state", mc_display_get_state(d));
	field(out, "step", mc_display_get_step(d));
	field(out, "reason", reason);
	field(out, "address", mc_display_get_address(d));
	field(out, "output", mc_display_get_connector(d));
	field(out, "mode", mc_display_get_mode(d));
	field(out, "format", mc_display_get_format(d));
	field(out, "encoder", mc_display_get_encoder(d));
	field(out, "bit rate", bitrate);
	field(out, "sound", *mc_display_get_mode(d) ? mc_display_get_audio(d) : NULL);
	field(out, "sink", mc_display_get_sink(d));
	field(out, "locked by", sandbox);
}

void mc_report_monitor(McDisplay *d, GVariant *before, GString *out)
{
	static const char *const stages[][2] = {
		{ "acquire", "published -> taken" }, { "convert", "taken -> NV12, given back" }, { "encode", "NV12 -> access unit" },
		{ "send", "access unit -> last datagram" }, { "total", "published -> last datagram" },
	};
	GVariant *now = mc_display_get_statistics(d);
	guint64 begin = counter(before, "time_ns"), end = counter(now, "time_ns");
	double s = begin && end > begin ? (end - begin) / 1e9 : 0;

	g_string_append_printf(out, "%s: %s, %s on %s\n", mc_report_name(d), mc_display_get_state(d), mc_display_get_mode(d),
			       mc_display_get_connector(d));
	if (s > 0)
		g_string_append_printf(out, "  %.1f frames/s, %.1f pictures/s, %.2f Mbit/s\n",
				       (counter(now, "frames_acquired") - counter(before, "frames_acquired")) / s,
				       (counter(now, "pictures_encoded") - counter(before, "pictures_encoded")) / s,
				       (counter(now, "bytes_sent") - counter(before, "bytes_sent")) * 8 / s / 1e6);
	g_string_append_printf(out, "  frames %" G_GUINT64_FORMAT ", skipped %" G_GUINT64_FORMAT ", torn %" G_GUINT64_FORMAT
			       "; pictures %" G_GUINT64_FORMAT ", of them to refine %" G_GUINT64_FORMAT ", IDR %" G_GUINT64_FORMAT
			       " (asked for %" G_GUINT64_FORMAT "); %.1f MB in %" G_GUINT64_FORMAT " datagrams, %" G_GUINT64_FORMAT " refused\n",
			       counter(now, "frames_acquired"), counter(now, "frames_skipped"), counter(now, "frames_revoked"),
			       counter(now, "pictures_encoded"), counter(now, "pictures_refined"), counter(now, "idr"),
			       counter(now, "idr_requests"), counter(now, "bytes_sent") / 1e6, counter(now, "datagrams_sent"),
			       counter(now, "send_errors"));
	g_string_append_printf(out, "  %-8s %-30s %8s %8s %8s %8s  ms\n", "stage", "", "mean", "p50", "p95", "max");
	for (gsize i = 0; i < G_N_ELEMENTS(stages); i++) {
		struct histogram h = histogram(now, stages[i][0]);

		g_string_append_printf(out, "  %-8s %-30s %8.2f %8.2f %8.2f %8.2f\n", stages[i][0], stages[i][1],
				       h.count ? h.sum / 1000.0 / h.count : 0, percentile(&h, 0.5), percentile(&h, 0.95), h.max / 1000.0);
	}
}

void mc_report_json(McDisplay *d, GString *out)
{
	g_auto(GStrv) names = g_dbus_proxy_get_cached_property_names(G_DBUS_PROXY(d));

	g_string_append_printf(out, "{\"number\":%s", number(d));
	for (char **name = names; name && *name; name++) {
		g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(G_DBUS_PROXY(d), *name);

		g_string_append_c(out, ',');
		mc_json_string(out, *name);
		g_string_append_c(out, ':');
		mc_json_variant(out, value);
	}
	g_string_append_c(out, '}');
}
