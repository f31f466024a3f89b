// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastd: the D-Bus service's beginning and end. */
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "manager.h"
#include "net.h"

#define BUS_NAME "org.miracastd1"
#define CONFIG "/etc/miracast/miracastd.conf"
#define STATE "/var/lib/miracast"

static gboolean terminate(void *data)
{
	struct manager *m = data;

	m->ending = true;
	mc_connect_end(m);
	mc_sinks_end(m);
	mc_casts_stop_all(m, MC_WIRE_STOP_SHUTDOWN);
	return G_SOURCE_CONTINUE;
}

static void discovery_changed(void *data)
{
	mc_sinks_changed(data);
	mc_connect_advance(data);
}

static void name_lost(GDBusConnection *bus, const char *name, void *data)
{
	struct manager *m = data;

	g_printerr(bus ? "miracastd: the name " BUS_NAME " is taken, or this user may not have it\n" : "miracastd: no D-Bus\n");
	m->status = 1;
	g_main_loop_quit(m->loop);
}

static void bus_acquired(GDBusConnection *bus, const char *name, void *data)
{
	struct manager *m = data;
	g_autoptr(GError) error = NULL;

	m->bus = g_object_ref(bus);
	if (!g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(m->object), bus, MC_PATH, &error)) {
		g_printerr("miracastd: %s\n", error->message);
		name_lost(bus, name, data);
	}
}

static void connect_handlers(struct manager *m)
{
	const struct { const char *signal; GCallback handler; } handlers[] = {
		{ "handle-connect", G_CALLBACK(mc_connect_handle) }, { "handle-disconnect", G_CALLBACK(mc_casts_handle_disconnect) },
		{ "handle-list-sinks", G_CALLBACK(mc_sinks_handle_list) }, { "handle-networks", G_CALLBACK(mc_sinks_handle_networks) },
		{ "handle-set-trust", G_CALLBACK(mc_sinks_handle_trust) }, { "handle-set-defaults", G_CALLBACK(mc_sinks_handle_set) },
		{ "handle-forget", G_CALLBACK(mc_sinks_handle_forget) },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++)
		g_signal_connect(m->object, handlers[i].signal, handlers[i].handler, m);
	if (!m->user_bus) {
		m->authority = polkit_authority_get_sync(NULL, NULL);
		g_signal_connect(m->object, "g-authorize-method", G_CALLBACK(mc_authorise), m);
	}
}

static void serve(struct manager *m)
{
	guint name;

	m->loop = g_main_loop_new(NULL, FALSE);
	m->listeners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mc_listener_free);
	m->discovery = mc_discovery_new(discovery_changed, m);
	m->object = mc_manager_skeleton_new();
	mc_manager_set_version(m->object, MC_VERSION);
	mc_manager_set_displays(m->object, (const char *const[]){ NULL });
	connect_handlers(m);
	name = g_bus_own_name(m->user_bus ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, bus_acquired,
			      NULL, name_lost, m, NULL);
	g_unix_signal_add(SIGTERM, terminate, m);
	g_unix_signal_add(SIGINT, terminate, m);
	g_main_loop_run(m->loop);

	mc_casts_drop_all(m);
	mc_discovery_free(m->discovery);
	g_hash_table_unref(m->listeners);
	g_bus_unown_name(name);
	g_clear_object(&m->bus);
	g_object_unref(m->object);
	g_clear_object(&m->authority);
	if (m->environment.control >= 0)
		close(m->environment.control);
	g_main_loop_unref(m->loop);
}

/* systemd says where; without it the same place. */
static char *state_file(const char *chosen)
{
	const char *directory = chosen ? chosen : g_getenv("STATE_DIRECTORY");

	return g_build_filename(directory ? directory : STATE, "state", NULL);
}

int main(int argc, char **argv)
{
	g_autofree char *session_program = NULL, *device = NULL, *config = NULL, *state = NULL, *file = NULL;
	gboolean version = FALSE, check = FALSE;
	struct manager m = { .environment = { .control = -1, .session_user = "miracast-session" } };
	const GOptionEntry entries[] = {
		{ "config", 0, 0, G_OPTION_ARG_FILENAME, &config, "The configuration file (" CONFIG ")", "PATH" },
		{ "check-config", 0, 0, G_OPTION_ARG_NONE, &check, "Read the configuration file, say what is wrong and leave", NULL },
		{ "state-directory", 0, 0, G_OPTION_ARG_FILENAME, &state, "Where to remember sinks and networks (" STATE ")", "PATH" },
		{ "session-bus", 0, 0, G_OPTION_ARG_NONE, &m.user_bus, "Serve the bus of this login session, without polkit", NULL },
		{ "session-program", 0, 0, G_OPTION_ARG_FILENAME, &session_program, "The session program", "PATH" },
		{ "device", 0, 0, G_OPTION_ARG_FILENAME, &device, "The module's control file (/dev/miracast)", "PATH" },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &version, "Say the version and leave", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) options = g_option_context_new("- casts displays to Miracast sinks");
	g_autoptr(GError) error = NULL;

	setlocale(LC_ALL, "C.UTF-8");
	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error) || argc > 1) {
		g_printerr("miracastd: %s (see --help)\n", error ? error->message : "it takes no arguments");
		return 2;
	}
	if (version) {
		puts("miracastd " MC_VERSION);
		return 0;
	}
	if (!mc_config_load(&m.config, config ? config : CONFIG, config != NULL, &error)) {
		g_printerr("miracastd: %s\n", error->message);
		m.status = 2;
	}
	if (!m.status && !check) {
		file = state_file(state);
		m.store = mc_store_new(file);
		m.device = device ? device : "/dev/miracast";
		m.environment.session_program = session_program ? session_program : MC_SESSION_PROGRAM;
		m.environment.source_name = m.config.name;
		serve(&m);
		mc_store_free(m.store);
	}
	mc_config_clear(&m.config);
	return m.status;
}
