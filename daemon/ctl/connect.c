// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastctl connect: asks, and watches until the cast runs. */
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

#include "ctl.h"
#include "report.h"

static gboolean wait_for_end, no_audio;
static char *mode, *name, *encoder;
static int bitrate, timeout_s;

const GOptionEntry mc_connect_options[] = {
	{ "mode", 0, 0, G_OPTION_ARG_STRING, &mode, "Picture to ask for; else the best that sink and machine can", "WxH[@HZ]" },
	{ "bitrate", 0, 0, G_OPTION_ARG_INT, &bitrate, "At most so many kbit/s", "N" },
	{ "timeout", 0, 0, G_OPTION_ARG_INT, &timeout_s, "Give the sink so long to connect (30)", "SECONDS" },
	{ "name", 0, 0, G_OPTION_ARG_STRING, &name, "What the desktop calls the monitor", "TEXT" },
	{ "encoder", 0, 0, G_OPTION_ARG_STRING, &encoder, "GStreamer element to encode with", "NAME" },
	{ "no-audio", 0, 0, G_OPTION_ARG_NONE, &no_audio, "Send no sound", NULL },
	{ "wait", 0, 0, G_OPTION_ARG_NONE, &wait_for_end, "Stay until the cast ends", NULL },
	{ NULL },
};

struct progress {
	GMainLoop *loop;
	McDisplay *display;
	char *step;
	bool streaming, gone, interrupted;
};

static void on_change(struct progress *p)
{
	const char *step = mc_display_get_step(p->display);

	if (!mc_ctl.json && step && *step && g_strcmp0(step, p->step)) {
		g_free(p->step);
		p->step = g_strdup(step);
		g_printerr("  %s\n", step);
	}
	p->streaming |= mc_display_state_is(p->display, "streaming");
	if (mc_display_state_is(p->display, "failed") || mc_display_state_is(p->display, "ended") || (p->streaming && !wait_for_end))
		g_main_loop_quit(p->loop);
}

static void on_properties(GDBusProxy *proxy, GVariant *changed, GStrv invalidated, void *data)
{
	on_change(data);
}

static void on_owner(GObject *proxy, GParamSpec *spec, void *data)
{
	struct progress *p = data;
	g_autofree char *owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(proxy));

	if (!owner) {
		p->gone = true;
		g_main_loop_quit(p->loop);
	}
}

/* Whoever gives up before the cast runs does not want it. */
static gboolean on_interrupt(void *data)
{
	struct progress *p = data;

	mc_display_call_disconnect_sync(p->display, NULL, NULL);
	p->interrupted = true;
	g_main_loop_quit(p->loop);
	return G_SOURCE_CONTINUE;
}

static int watch(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(McDisplay) display = mc_display_at(path, &error);
	struct progress p = { .display = display };
	g_autoptr(GString) out = g_string_new(NULL);

	if (!display)
		return mc_fail_with(error);
	p.loop = g_main_loop_new(NULL, FALSE);
	g_signal_connect(display, "g-properties-changed", G_CALLBACK(on_properties), &p);
	g_signal_connect(display, "notify::g-name-owner", G_CALLBACK(on_owner), &p);
	/* What came before the signal was connected. */
	if (!mc_display_state_is(display, "failed") && !mc_display_state_is(display, "ended")) {
		guint signal = g_unix_signal_add(SIGINT, on_interrupt, &p);

		on_change(&p);
		g_main_loop_run(p.loop);
		g_source_remove(signal);
	}
	g_main_loop_unref(p.loop);
	g_free(p.step);
	if (p.interrupted)
		return mc_fail(128 + SIGINT, "interrupted; the cast is off");
	if (p.gone)
		return mc_fail(NO_DAEMON, "miracastd has ended");
	if (mc_display_state_is(display, "failed")) {
		g_autofree char *text = g_strdup_printf("%s: %s", mc_display_get_failed_step(display), mc_display_get_reason(display));

		return mc_fail(!g_strcmp0(mc_display_get_failed_step(display), "connect") ? TIMED_OUT : FAILED, text);
	}
	if (mc_ctl.json) {
		mc_report_json(display, out);
		puts(out->str);
	} else if (mc_display_state_is(display, "ended")) {
		printf("%s\n", mc_display_get_reason(display));
	} else {
		printf("%s: %s on output %s, %s\n", mc_report_name(display), mc_display_get_mode(display),
		       mc_display_get_connector(display), mc_display_get_format(display));
	}
	return OK;
}

int mc_do_connect(int argc, char **argv)
{
	GVariantBuilder options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	if (argc != 2)
		return mc_fail(USAGE, "connect wants one target: a name or an id of miracastctl list, or ip:ADDRESS");
	if (bitrate < 0 || timeout_s < 0)
		return mc_fail(USAGE, "--bitrate and --timeout want a number above 0");
	if (mode)
		g_variant_builder_add(&options, "{sv}", "mode", g_variant_new_string(mode));
	if (bitrate)
		g_variant_builder_add(&options, "{sv}", "bitrate", g_variant_new_uint32(bitrate));
	if (timeout_s)
		g_variant_builder_add(&options, "{sv}", "timeout", g_variant_new_uint32(timeout_s));
	if (name)
		g_variant_builder_add(&options, "{sv}", "name", g_variant_new_string(name));
	if (encoder)
		g_variant_builder_add(&options, "{sv}", "encoder", g_variant_new_string(encoder));
	if (no_audio)
		g_variant_builder_add(&options, "{sv}", "audio", g_variant_new_boolean(FALSE));
	if (!mc_manager_call_connect_sync(mc_ctl.manager, argv[1], g_variant_builder_end(&options), &path, NULL, &error))
		return mc_fail_with(error);
	return watch(path);
}
