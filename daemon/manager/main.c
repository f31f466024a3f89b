// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastd: the D-Bus service, its displays and its listeners. */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <locale.h>
#include <polkit/polkit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "display.h"
#include "miracastd-bus.h"
#include "net.h"

#define BUS_NAME "org.miracastd1"
#define PATH "/org/miracastd1"
#define TIMEOUT_S 30
/* Displays that are over and are still shown. */
#define HISTORY 16

struct entry {
	mc_display *display;
	McDisplay *object;
	char *path;
	struct manager *manager;
};

struct manager {
	GMainLoop *loop;
	GDBusConnection *bus;
	McManager *object;
	PolkitAuthority *authority;	/* NULL on a bus of one user */
	struct mc_display_environment environment;
	const char *device, *driver;	/* driver: NULL for the built-in one */
	GList *entries;			/* of struct entry, oldest first */
	GHashTable *listeners;		/* address as text -> mc_listener */
	unsigned int next;
	bool ending;
	gboolean user_bus;
	int status;
};

/* --- what D-Bus shows ---------------------------------------------------------------------------------- */

static GVariant *histogram(const struct mc_wire_histogram *h)
{
	return g_variant_new("(ttt@au)", h->count, h->sum_us, h->max_us,
			     g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, h->bucket, MC_WIRE_HISTOGRAM, sizeof(uint32_t)));
}

static GVariant *statistics(const struct mc_wire_statistics *s)
{
	static const char *const stages[MC_WIRE_STAGES] = { "acquire", "convert", "encode", "send", "total" };
	const struct { const char *name; uint64_t value; } counters[] = {
		{ "time_ns", s->time_ns }, { "frames_acquired", s->frames_acquired }, { "frames_skipped", s->frames_skipped },
		{ "frames_revoked", s->frames_revoked }, { "pictures_encoded", s->pictures_encoded },
		{ "pictures_refined", s->pictures_refined }, { "idr", s->idr }, { "idr_requests", s->idr_requests },
		{ "bytes_sent", s->bytes_sent }, { "datagrams_sent", s->datagrams_sent }, { "send_errors", s->send_errors },
	};
	GVariantBuilder builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

	for (gsize i = 0; i < G_N_ELEMENTS(counters); i++)
		g_variant_builder_add(&builder, "{sv}", counters[i].name, g_variant_new_uint64(counters[i].value));
	for (int i = 0; i < MC_WIRE_STAGES; i++)
		g_variant_builder_add(&builder, "{sv}", stages[i], histogram(&s->stage[i]));
	return g_variant_builder_end(&builder);
}

static void show(struct entry *entry)
{
	const struct mc_display_snapshot *now = mc_display_look(entry->display);
	static const char *const audio[] = { "none", "LPCM", "AAC" };
	const char *sandbox[5] = {};
	g_autofree char *mode = now->width ? g_strdup_printf("%ux%u@%g", now->width, now->height, now->refresh_mhz / 1000.0) : g_strdup("");
	g_autofree char *format = now->level ? g_strdup_printf("H.264 %s, level %u.%u", now->profile == 100 ? "constrained high" :
							       "constrained baseline", now->level / 10, now->level % 10) : g_strdup("");
	int n = 0;

	for (int i = 0; i < 4; i++) {
		static const char *const names[] = { "no_new_privs", "namespaces", "landlock", "seccomp" };

		if (now->sandbox & 1u << i)
			sandbox[n++] = names[i];
	}
	g_object_set(entry->object, "target", now->target, "address", now->address, "step", now->step, "failed-step", now->failed_step,
		     "reason", now->reason, "mode", mode, "connector", now->connector, "sink", now->sink, "encoder", now->encoder,
		     "format", format, "bitrate", now->bitrate_kbps, "audio", audio[MIN(now->audio, 2)], "sandbox", sandbox,
		     "statistics", statistics(&now->statistics), "state", now->state_name, NULL);
	g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(entry->object));
}

static void list_displays(struct manager *m)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new();

	for (GList *l = m->entries; l; l = l->next)
		g_ptr_array_add(paths, ((struct entry *)l->data)->path);
	g_ptr_array_add(paths, NULL);
	mc_manager_set_displays(m->object, (const char *const *)paths->pdata);
	g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(m->object));
}

static void drop_entry(struct entry *entry)
{
	entry->manager->entries = g_list_remove(entry->manager->entries, entry);
	g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(entry->object));
	mc_display_free(entry->display);
	g_object_unref(entry->object);
	g_free(entry->path);
	g_free(entry);
}

static void end_when_all_are_over(struct manager *m)
{
	for (GList *l = m->entries; l; l = l->next) {
		if (!mc_display_is_over(((struct entry *)l->data)->display))
			return;
	}
	if (m->ending)
		g_main_loop_quit(m->loop);
}

/* What only a running cast needs: listeners, and the device, which would keep the module loaded. */
static gboolean close_unused(void *data)
{
	struct manager *m = data;
	GHashTableIter iter;
	gpointer address;
	bool running = false;

	for (GList *l = m->entries; l; l = l->next)
		running |= !mc_display_is_over(((struct entry *)l->data)->display);
	if (!running && m->environment.control >= 0) {
		close(m->environment.control);
		m->environment.control = -1;
	}
	g_hash_table_iter_init(&iter, m->listeners);
	while (g_hash_table_iter_next(&iter, &address, NULL)) {
		bool used = false;

		for (GList *l = m->entries; l; l = l->next) {
			mc_display *display = ((struct entry *)l->data)->display;
			g_autoptr(GInetAddress) local = mc_net_local_for(mc_display_peer(display), NULL);
			g_autofree char *name = local ? g_inet_address_to_string(local) : NULL;

			used |= !mc_display_is_over(display) && (!name || !strcmp(name, address));
		}
		if (!used)
			g_hash_table_iter_remove(&iter);
	}
	return G_SOURCE_REMOVE;
}

static void display_changed(mc_display *display, void *data)
{
	struct entry *entry = data;

	/* It may still be on its way into the entry. */
	if (!entry->display)
		return;
	show(entry);
	if (mc_display_is_over(display)) {
		g_idle_add(close_unused, entry->manager);
		end_when_all_are_over(entry->manager);
	}
}

/* --- connect and disconnect ------------------------------------------------------------------------------ */

static bool sink_connected(void *data, GInetAddress *peer, int fd)
{
	struct manager *m = data;

	for (GList *l = m->entries; l; l = l->next) {
		if (mc_display_take_connection(((struct entry *)l->data)->display, peer, fd))
			return true;
	}
	return false;
}

static bool parse_mode(const char *text, struct mc_display_options *options)
{
	double hz = 0;
	int used = 0;

	if (sscanf(text, "%ux%u%n@%lf%n", &options->width, &options->height, &used, &hz, &used) < 2 || text[used])
		return false;
	options->refresh_mhz = hz * 1000 + 0.5;
	return options->width >= 16 && options->width <= 8192 && options->height >= 16 && options->height <= 8192 && hz >= 0 && hz <= 240;
}

static bool parse_options(GVariant *dictionary, struct mc_display_options *options, GError **error)
{
	GVariantIter iter;
	const char *key;
	GVariant *value;

	g_variant_iter_init(&iter, dictionary);
	while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
		g_autoptr(GVariant) owned = value;
		bool text = g_variant_is_of_type(value, G_VARIANT_TYPE_STRING), number = g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32);

		if (!strcmp(key, "mode") && text && parse_mode(g_variant_get_string(value, NULL), options))
			continue;
		if (!strcmp(key, "bitrate") && number && g_variant_get_uint32(value) <= 100000)
			options->bitrate_kbps = g_variant_get_uint32(value);
		else if (!strcmp(key, "timeout") && number && g_variant_get_uint32(value) >= 1 && g_variant_get_uint32(value) <= 600)
			options->timeout_s = g_variant_get_uint32(value);
		else if (!strcmp(key, "audio") && g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
			options->audio = g_variant_get_boolean(value);
		else if (!strcmp(key, "name") && text && g_variant_get_size(value) < MC_WIRE_NAME)
			options->name = g_strdup(g_variant_get_string(value, NULL));
		else if (!strcmp(key, "encoder") && text && !strcmp(g_variant_get_string(value, NULL), "x264enc"))
			options->encoder = g_strdup("x264enc");
		else {
			g_autofree char *printed = g_variant_print(value, FALSE);

			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "option %.40s cannot be %.60s", key, printed);
			return false;
		}
	}
	return true;
}

static bool open_device(struct manager *m, GError **error)
{
	if (m->environment.control >= 0)
		return true;
	m->environment.control = open(m->device, O_RDWR | O_CLOEXEC);
	if (m->environment.control >= 0)
		return true;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s%s", m->device, g_strerror(errno),
		    errno == ENOENT ? "; is the module loaded? modprobe miracast" : errno == EACCES ? "; only the user miracast may" : "");
	return false;
}

static struct entry *find(struct manager *m, const char *target, bool running)
{
	for (GList *l = m->entries; l; l = l->next) {
		struct entry *entry = l->data;
		const char *number = strrchr(entry->path, '/') + 1;

		if ((!strcmp(mc_display_look(entry->display)->target, target) || !strcmp(number, target)) &&
		    (!running || !mc_display_is_over(entry->display)))
			return entry;
	}
	return NULL;
}

static void trim_history(struct manager *m)
{
	unsigned int over = 0;

	for (GList *l = g_list_last(m->entries), *previous; l; l = previous) {
		struct entry *entry = l->data;

		previous = l->prev;
		if (mc_display_is_over(entry->display) && ++over > HISTORY)
			drop_entry(entry);
	}
}

static gboolean disconnect_one(McDisplay *object, GDBusMethodInvocation *invocation, void *data);
static gboolean authorise(GDBusInterfaceSkeleton *skeleton, GDBusMethodInvocation *invocation, void *data);

static struct entry *connect_target(struct manager *m, const char *target, struct mc_display_options *options, GError **error)
{
	g_autoptr(GInetAddress) peer = mc_net_parse_target(target, error), local = NULL;
	g_autofree char *local_name = NULL;
	struct entry *entry, *old;

	if (!peer || !open_device(m, error))
		return NULL;
	if (find(m, target, true)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s is connected already; disconnect it first", target);
		return NULL;
	}
	local = mc_net_local_for(peer, error);
	if (!local)
		return NULL;
	local_name = g_inet_address_to_string(local);
	if (!g_hash_table_contains(m->listeners, local_name)) {
		mc_listener *listener = mc_listener_new(local, sink_connected, m, error);

		if (!listener)
			return NULL;
		g_hash_table_insert(m->listeners, g_strdup(local_name), listener);
	}
	entry = g_new0(struct entry, 1);
	entry->manager = m;
	entry->display = mc_display_new(&m->environment, target, peer, local, options, display_changed, entry, error);
	if (!entry->display) {
		g_free(entry);
		g_idle_add(close_unused, m);
		return NULL;
	}
	old = find(m, target, false);
	if (old)
		drop_entry(old);
	entry->path = g_strdup_printf(PATH "/display/%u", ++m->next);
	entry->object = mc_display_skeleton_new();
	g_signal_connect(entry->object, "handle-disconnect", G_CALLBACK(disconnect_one), entry);
	if (!m->user_bus)
		g_signal_connect(entry->object, "g-authorize-method", G_CALLBACK(authorise), m);
	show(entry);
	g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(entry->object), m->bus, entry->path, NULL);
	m->entries = g_list_append(m->entries, entry);
	trim_history(m);
	list_displays(m);
	g_message("%s: connecting, output %s", target, mc_display_look(entry->display)->connector);
	return entry;
}

static gboolean disconnect_one(McDisplay *object, GDBusMethodInvocation *invocation, void *data)
{
	struct entry *entry = data;

	mc_display_stop(entry->display, MC_WIRE_STOP_USER);
	mc_display_complete_disconnect(object, invocation);
	return TRUE;
}

static gboolean handle_connect(McManager *object, GDBusMethodInvocation *invocation, const char *target, GVariant *dictionary, void *data)
{
	struct manager *m = data;
	struct mc_display_options options = { .timeout_s = TIMEOUT_S, .audio = true, .driver = (char *)m->driver };
	GError *error = NULL;
	struct entry *entry = parse_options(dictionary, &options, &error) ? connect_target(m, target, &options, &error) : NULL;

	if (entry)
		mc_manager_complete_connect(object, invocation, entry->path);
	else
		g_dbus_method_invocation_take_error(invocation, error);
	g_free(options.name);
	g_free(options.encoder);
	return TRUE;
}

static gboolean handle_disconnect(McManager *object, GDBusMethodInvocation *invocation, const char *target, void *data)
{
	struct manager *m = data;
	bool all = !strcmp(target, "all");
	struct entry *entry = find(m, target, true);

	if (!all && !entry) {
		g_dbus_method_invocation_return_error(invocation, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%.80s is not connected", target);
		return TRUE;
	}
	for (GList *l = m->entries; l; l = l->next) {
		if (all || l->data == entry)
			mc_display_stop(((struct entry *)l->data)->display, MC_WIRE_STOP_USER);
	}
	mc_manager_complete_disconnect(object, invocation);
	return TRUE;
}

/* --- who may ------------------------------------------------------------------------------------------------ */

/* In the object's own thread, before every method. Root needs no polkit: it could load another module. */
static gboolean authorise(GDBusInterfaceSkeleton *skeleton, GDBusMethodInvocation *invocation, void *data)
{
	struct manager *m = data;
	const char *sender = g_dbus_method_invocation_get_sender(invocation);
	g_autoptr(PolkitSubject) subject = polkit_system_bus_name_new(sender);
	g_autoptr(PolkitAuthorizationResult) result = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(PolkitUnixUser) user = NULL;

	user = polkit_system_bus_name_get_user_sync(POLKIT_SYSTEM_BUS_NAME(subject), NULL, NULL);
	if (user && !polkit_unix_user_get_uid(user))
		return TRUE;
	if (m->authority)
		result = polkit_authority_check_authorization_sync(m->authority, subject, "org.miracastd1.connect", NULL,
			POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION, NULL, &error);
	if (result && polkit_authorization_result_get_is_authorized(result))
		return TRUE;
	g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
		"you may not cast from here (polkit action org.miracastd1.connect)%s%s", error ? ": " : "", error ? error->message : "");
	return FALSE;
}

/* --- life ---------------------------------------------------------------------------------------------------- */

static gboolean terminate(void *data)
{
	struct manager *m = data;

	m->ending = true;
	for (GList *l = m->entries; l; l = l->next)
		mc_display_stop(((struct entry *)l->data)->display, MC_WIRE_STOP_SHUTDOWN);
	end_when_all_are_over(m);
	return G_SOURCE_CONTINUE;
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
	if (!g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(m->object), bus, PATH, &error)) {
		g_printerr("miracastd: %s\n", error->message);
		name_lost(bus, name, data);
	}
}

int main(int argc, char **argv)
{
	g_autofree char *session_program = NULL, *device = NULL, *driver = NULL;
	gboolean version = FALSE;
	struct manager m = { .environment = { .control = -1, .session_user = "miracast-session" } };
	const GOptionEntry entries[] = {
		{ "session-bus", 0, 0, G_OPTION_ARG_NONE, &m.user_bus, "Serve the bus of this login session, without polkit", NULL },
		{ "session-program", 0, 0, G_OPTION_ARG_FILENAME, &session_program, "The session program", "PATH" },
		{ "device", 0, 0, G_OPTION_ARG_FILENAME, &device, "The module's control file (/dev/miracast)", "PATH" },
		{ "driver", 0, 0, G_OPTION_ARG_FILENAME, &driver, "Another driver than gst, a shared object (driver.h)", "PATH" },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &version, "Say the version and leave", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) options = g_option_context_new("- casts displays to Miracast sinks");
	g_autoptr(GError) error = NULL;
	guint name;

	setlocale(LC_ALL, "C.UTF-8");
	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error)) {
		g_printerr("miracastd: %s (see --help)\n", error->message);
		return 2;
	}
	if (version) {
		puts("miracastd " MC_VERSION);
		return 0;
	}
	m.loop = g_main_loop_new(NULL, FALSE);
	m.device = device ? device : "/dev/miracast";
	m.driver = driver;
	m.environment.session_program = session_program ? session_program : MC_SESSION_PROGRAM;
	m.listeners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mc_listener_free);
	m.object = mc_manager_skeleton_new();
	mc_manager_set_version(m.object, MC_VERSION);
	mc_manager_set_displays(m.object, (const char *const[]){ NULL });
	g_signal_connect(m.object, "handle-connect", G_CALLBACK(handle_connect), &m);
	g_signal_connect(m.object, "handle-disconnect", G_CALLBACK(handle_disconnect), &m);
	if (!m.user_bus) {
		m.authority = polkit_authority_get_sync(NULL, NULL);
		g_signal_connect(m.object, "g-authorize-method", G_CALLBACK(authorise), &m);
	}
	name = g_bus_own_name(m.user_bus ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, bus_acquired,
			      NULL, name_lost, &m, NULL);
	g_unix_signal_add(SIGTERM, terminate, &m);
	g_unix_signal_add(SIGINT, terminate, &m);
	g_main_loop_run(m.loop);

	while (m.entries)
		drop_entry(m.entries->data);
	g_hash_table_unref(m.listeners);
	g_bus_unown_name(name);
	g_clear_object(&m.bus);
	g_object_unref(m.object);
	g_clear_object(&m.authority);
	if (m.environment.control >= 0)
		close(m.environment.control);
	g_main_loop_unref(m.loop);
	return m.status;
}
