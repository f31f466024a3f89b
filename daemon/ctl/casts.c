// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastctl disconnect, status, monitor: what runs. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "json.h"
#include "report.h"

static gboolean once;
static int seconds;

const GOptionEntry mc_monitor_options[] = {
	{ "once", 0, 0, G_OPTION_ARG_NONE, &once, "Print once and leave", NULL },
	{ "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "Leave after so long", "N" },
	{ NULL },
};

McDisplay *mc_display_at(const char *path, GError **error)
{
	return mc_display_proxy_new_sync(mc_ctl.bus, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, MC_BUS_NAME, path, NULL, error);
}

GPtrArray *mc_displays(const char *which)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_object_unref);
	const char *const *paths = mc_manager_get_displays(mc_ctl.manager);

	for (gsize i = 0; paths && paths[i]; i++) {
		McDisplay *display = mc_display_at(paths[i], NULL);

		/* One that has gone since it was listed has no properties. */
		if (display && mc_display_get_target(display) && (!which || !strcmp(mc_display_get_target(display), which) ||
		    !g_strcmp0(mc_display_get_name(display), which) || !strcmp(strrchr(paths[i], '/') + 1, which)))
			g_ptr_array_add(found, display);
		else
			g_clear_object(&display);
	}
	return found;
}

bool mc_display_state_is(McDisplay *display, const char *state)
{
	return !g_strcmp0(mc_display_get_state(display), state);
}

int mc_do_disconnect(int argc, char **argv)
{
	const char *target = argc > 1 ? argv[1] : "all";
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) before = mc_displays(argc > 1 ? target : NULL);

	if (argc > 2)
		return mc_fail(USAGE, "disconnect wants one target, or none for all");
	if (!mc_manager_call_disconnect_sync(mc_ctl.manager, target, NULL, &error))
		return mc_fail_with(error);
	/* The daemon ends every session within three seconds. */
	for (guint i = 0; i < before->len; i++) {
		McDisplay *display = before->pdata[i];

		for (int n = 0; n < 100 && !mc_display_state_is(display, "ended") && !mc_display_state_is(display, "failed"); n++) {
			while (g_main_context_iteration(NULL, FALSE))
				;
			g_usleep(50000);
		}
	}
	if (mc_ctl.json)
		puts("{}");
	return OK;
}

int mc_do_status(int argc, char **argv)
{
	g_autoptr(GPtrArray) found = mc_displays(argc > 1 ? argv[1] : NULL);
	g_autoptr(GString) out = g_string_new(NULL);

	if (argc > 2)
		return mc_fail(USAGE, "status wants one target, or none for all");
	if (argc > 1 && !found->len)
		return mc_fail(NOT_FOUND, "no such display; see: miracastctl list");
	for (guint i = 0; i < found->len; i++) {
		if (mc_ctl.json) {
			g_string_append_c(out, i ? ',' : '[');
			mc_report_json(found->pdata[i], out);
		} else {
			mc_report_status(found->pdata[i], out);
		}
	}
	if (mc_ctl.json)
		g_string_append(out, found->len ? "]\n" : "[]\n");
	else if (!found->len)
		g_string_append(out, "Nothing is cast.\n");
	fputs(out->str, stdout);
	return OK;
}

int mc_do_monitor(int argc, char **argv)
{
	g_autoptr(GHashTable) before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_variant_unref);

	if (argc > 2 || seconds < 0)
		return mc_fail(USAGE, argc > 2 ? "monitor wants one target, or none for all" : "--seconds wants a number above 0");
	for (int n = 0; ; n++) {
		g_autoptr(GPtrArray) found = mc_displays(argc > 1 ? argv[1] : NULL);
		g_autoptr(GString) out = g_string_new(NULL);

		if (!found->len)
			return mc_fail(NOT_FOUND, argc > 1 ? "no such display; see: miracastctl list" : "no display is connected");
		for (guint i = 0; i < found->len; i++) {
			const char *path = g_dbus_proxy_get_object_path(found->pdata[i]);
			GVariant *statistics = mc_display_get_statistics(found->pdata[i]);

			if (mc_ctl.json) {
				mc_report_json(found->pdata[i], out);
				g_string_append_c(out, '\n');
			} else {
				mc_report_monitor(found->pdata[i], g_hash_table_lookup(before, path), out);
			}
			if (statistics)
				g_hash_table_insert(before, g_strdup(path), g_variant_ref(statistics));
		}
		if (n && !mc_ctl.json && isatty(1))
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
