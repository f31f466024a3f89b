// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastctl: what a person types. A client of org.miracastd1 and nothing else. */
#include <gio/gio.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "miracastd-bus.h"
#include "report.h"

#define BUS_NAME "org.miracastd1"
#define PATH "/org/miracastd1"

/* Exit codes, as the manual page has them. */
enum { OK = 0, FAILED = 1, USAGE = 2, NO_DAEMON = 3, NOT_FOUND = 4, DENIED = 5, TIMED_OUT = 6 };

static gboolean as_json, user_bus, wait_for_end, once, no_audio;
static char *mode, *name, *encoder;
static int bitrate, timeout_s, seconds;
static GDBusConnection *bus;
static McManager *manager;

static const GOptionEntry common_options[] = {
	{ "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL },
	{ "session-bus", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &user_bus, "", NULL },
	{ NULL },
};

static const GOptionEntry connect_options[] = {
	{ "mode", 0, 0, G_OPTION_ARG_STRING, &mode, "Picture to ask for; else the best that sink and machine can", "WxH[@HZ]" },
	{ "bitrate", 0, 0, G_OPTION_ARG_INT, &bitrate, "At most so many kbit/s", "N" },
	{ "timeout", 0, 0, G_OPTION_ARG_INT, &timeout_s, "Give the sink so long to connect (30)", "SECONDS" },
	{ "name", 0, 0, G_OPTION_ARG_STRING, &name, "What the desktop calls the monitor", "TEXT" },
	{ "encoder", 0, 0, G_OPTION_ARG_STRING, &encoder, "GStreamer element to encode with", "NAME" },
	{ "no-audio", 0, 0, G_OPTION_ARG_NONE, &no_audio, "Send no sound", NULL },
	{ "wait", 0, 0, G_OPTION_ARG_NONE, &wait_for_end, "Stay until the cast ends", NULL },
	{ NULL },
};

static const GOptionEntry monitor_options[] = {
	{ "once", 0, 0, G_OPTION_ARG_NONE, &once, "Print once and leave", NULL },
	{ "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "Leave after so long", "N" },
	{ NULL },
};

static int fail(int code, const char *text)
{
	if (as_json) {
		g_autoptr(GString) out = g_string_new("{\"error\":");

		mc_json_string(out, text);
		puts(g_string_append_c(out, '}')->str);
	} else {
		g_printerr("miracastctl: %s\n", text);
	}
	return code;
}

static int fail_with(GError *error)
{
	int code = FAILED;

	if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
	    g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
		return fail(NO_DAEMON, "miracastd is not running; try: systemctl start miracastd");
	if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
		code = DENIED;
	else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
		code = NOT_FOUND;
	else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
		code = USAGE;
	g_dbus_error_strip_remote_error(error);
	return fail(code, error->message);
}

static McDisplay *display_at(const char *path, GError **error)
{
	return mc_display_proxy_new_sync(bus, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, BUS_NAME, path, NULL, error);
}

/* The displays whose target or number is @which; all of them when it is NULL. */
static GPtrArray *displays(const char *which)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_object_unref);
	const char *const *paths = mc_manager_get_displays(manager);

	for (gsize i = 0; paths && paths[i]; i++) {
		McDisplay *display = display_at(paths[i], NULL);

		/* One that has gone since it was listed has no properties. */
		if (display && mc_display_get_target(display) && (!which || !g_strcmp0(mc_display_get_target(display), which) || !strcmp(strrchr(paths[i], '/') + 1, which)))
			g_ptr_array_add(found, display);
		else
			g_clear_object(&display);
	}
	return found;
}

/* --- connect ---------------------------------------------------------------------------------------------- */

struct progress {
	GMainLoop *loop;
	McDisplay *display;
	char *step;
	bool streaming, gone;
};

static bool is_state(McDisplay *display, const char *state)
{
	return !g_strcmp0(mc_display_get_state(display), state);
}

static void on_change(struct progress *p)
{
	const char *step = mc_display_get_step(p->display);

	if (!as_json && step && *step && g_strcmp0(step, p->step)) {
		g_free(p->step);
		p->step = g_strdup(step);
		g_printerr("  %s\n", step);
	}
	p->streaming |= is_state(p->display, "streaming");
	if (is_state(p->display, "failed") || is_state(p->display, "ended") || (p->streaming && !wait_for_end))
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

static int watch(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(McDisplay) display = display_at(path, &error);
	struct progress p = { .display = display };
	g_autoptr(GString) out = g_string_new(NULL);

	if (!display)
		return fail_with(error);
	p.loop = g_main_loop_new(NULL, FALSE);
	g_signal_connect(display, "g-properties-changed", G_CALLBACK(on_properties), &p);
	g_signal_connect(display, "notify::g-name-owner", G_CALLBACK(on_owner), &p);
	/* What came before the signal was connected. */
	if (!is_state(display, "failed") && !is_state(display, "ended")) {
		on_change(&p);
		g_main_loop_run(p.loop);
	}
	g_main_loop_unref(p.loop);
	g_free(p.step);
	if (p.gone)
		return fail(NO_DAEMON, "miracastd has ended");
	if (is_state(display, "failed")) {
		g_autofree char *text = g_strdup_printf("%s: %s", mc_display_get_failed_step(display), mc_display_get_reason(display));

		return fail(!g_strcmp0(mc_display_get_failed_step(display), "connect") ? TIMED_OUT : FAILED, text);
	}
	if (as_json) {
		mc_report_json(display, out);
		puts(out->str);
	} else if (is_state(display, "ended")) {
		printf("%s\n", mc_display_get_reason(display));
	} else {
		printf("%s: %s on output %s, %s\n", mc_display_get_target(display), mc_display_get_mode(display),
		       mc_display_get_connector(display), mc_display_get_format(display));
	}
	return OK;
}

static int do_connect(int argc, char **argv)
{
	GVariantBuilder options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	if (argc != 2)
		return fail(USAGE, "connect wants one target, such as ip:192.168.49.7");
	if (bitrate < 0 || timeout_s < 0)
		return fail(USAGE, "--bitrate and --timeout want a number above 0");
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
	if (!mc_manager_call_connect_sync(manager, argv[1], g_variant_builder_end(&options), &path, NULL, &error))
		return fail_with(error);
	return watch(path);
}

/* --- disconnect, list, status, monitor ---------------------------------------------------------------------- */

static int do_disconnect(int argc, char **argv)
{
	const char *target = argc > 1 ? argv[1] : "all";
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) before = displays(argc > 1 ? target : NULL);

	if (argc > 2)
		return fail(USAGE, "disconnect wants one target, or none for all");
	if (!mc_manager_call_disconnect_sync(manager, target, NULL, &error))
		return fail_with(error);
	/* The daemon ends every session within three seconds. */
	for (guint i = 0; i < before->len; i++) {
		McDisplay *display = before->pdata[i];

		for (int n = 0; n < 100 && !is_state(display, "ended") && !is_state(display, "failed"); n++) {
			while (g_main_context_iteration(NULL, FALSE))
				;
			g_usleep(50000);
		}
	}
	if (as_json)
		puts("{}");
	return OK;
}

static int do_list(int argc, char **argv)
{
	g_autoptr(GPtrArray) found = displays(NULL);
	g_autoptr(GString) out = g_string_new(as_json ? "[" : NULL);

	for (guint i = 0; i < found->len; i++) {
		if (as_json) {
			if (i)
				g_string_append_c(out, ',');
			mc_report_json(found->pdata[i], out);
		} else {
			mc_report_line(found->pdata[i], out);
		}
	}
	if (as_json)
		g_string_append(out, "]\n");
	else if (!found->len)
		g_string_append(out, "No displays. Connect one: miracastctl connect ip:ADDRESS\n");
	fputs(out->str, stdout);
	return OK;
}

static int do_status(int argc, char **argv)
{
	g_autoptr(GPtrArray) found = displays(argc > 1 ? argv[1] : NULL);
	g_autoptr(GString) out = g_string_new(NULL);

	if (argc > 1 && !found->len)
		return fail(NOT_FOUND, "no such display; see: miracastctl list");
	if (as_json)
		return do_list(argc, argv);
	for (guint i = 0; i < found->len; i++)
		mc_report_status(found->pdata[i], out);
	if (!found->len)
		g_string_append(out, "No displays.\n");
	fputs(out->str, stdout);
	return OK;
}

static int do_monitor(int argc, char **argv)
{
	g_autoptr(GHashTable) before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_variant_unref);

	for (int n = 0; ; n++) {
		g_autoptr(GPtrArray) found = displays(argc > 1 ? argv[1] : NULL);
		g_autoptr(GString) out = g_string_new(NULL);

		if (!found->len)
			return fail(NOT_FOUND, argc > 1 ? "no such display; see: miracastctl list" : "no display is connected");
		for (guint i = 0; i < found->len; i++) {
			const char *path = g_dbus_proxy_get_object_path(found->pdata[i]);
			GVariant *statistics = mc_display_get_statistics(found->pdata[i]);

			if (as_json) {
				mc_report_json(found->pdata[i], out);
				g_string_append_c(out, '\n');
			} else {
				mc_report_monitor(found->pdata[i], g_hash_table_lookup(before, path), out);
			}
			if (statistics)
				g_hash_table_insert(before, g_strdup(path), g_variant_ref(statistics));
		}
		if (n && !as_json && isatty(1))
			fputs("\033[H\033[J", stdout);
		fputs(out->str, stdout);
		fflush(stdout);
		if (once || (seconds && n + 1 >= seconds))
			return OK;
		for (int i = 0; i < 20; i++) {
			while (g_main_context_iteration(NULL, FALSE))
				;
			g_usleep(50000);
		}
	}
}

static const struct command {
	const char *name, *arguments, *help;
	int (*run)(int argc, char **argv);
	const GOptionEntry *options;
} commands[] = {
	{ "connect", "TARGET", "Cast to a sink: ip:ADDRESS", do_connect, connect_options },
	{ "disconnect", "[TARGET]", "End one cast, or all", do_disconnect, NULL },
	{ "list", "", "Casts, a line each", do_list, NULL },
	{ "status", "[TARGET]", "Everything about a cast", do_status, NULL },
	{ "monitor", "[TARGET]", "Frames, rates and the time of each stage, once a second", do_monitor, monitor_options },
};

static void help(FILE *to)
{
	fputs("Usage: miracastctl COMMAND [OPTIONS]\n\nMakes a TV a monitor of this desktop.\n\n", to);
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(to, "  %-11s%-9s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
	fputs("\nEvery command takes --help and --json. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no daemon, 4 not found,\n"
	      "5 not allowed, 6 the sink did not connect in time. See miracastctl(1).\n", to);
}

static int run_command(const struct command *command, int argc, char **argv)
{
	g_autofree char *title = g_strdup_printf("%s - %s", command->arguments, command->help);
	g_autofree char *program = g_strdup_printf("miracastctl %s", command->name);
	g_autoptr(GOptionContext) context = g_option_context_new(title);
	g_autoptr(GError) error = NULL;

	g_set_prgname(program);
	g_option_context_add_main_entries(context, common_options, NULL);
	if (command->options)
		g_option_context_add_main_entries(context, command->options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error))
		return fail(USAGE, error->message);
	bus = g_bus_get_sync(user_bus ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, &error);
	if (!bus) {
		g_autofree char *text = g_strdup_printf("there is no D-Bus to reach miracastd by: %s", error->message);

		return fail(NO_DAEMON, text);
	}
	manager = mc_manager_proxy_new_sync(bus, G_DBUS_PROXY_FLAGS_NONE, BUS_NAME, PATH, NULL, &error);
	if (!manager)
		return fail_with(error);
	if (!g_dbus_proxy_get_name_owner(G_DBUS_PROXY(manager)))
		return fail(NO_DAEMON, "miracastd is not running; try: systemctl start miracastd");
	return command->run(argc, argv);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	if (argc < 2) {
		help(stderr);
		return USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("miracastctl " MC_VERSION);
		return OK;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return run_command(&commands[i], argc - 1, argv + 1);
	}
	g_printerr("miracastctl: there is no command \"%s\"; see miracastctl --help\n", argv[1]);
	return USAGE;
}
