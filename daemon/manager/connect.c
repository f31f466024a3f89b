// SPDX-License-Identifier: GPL-2.0-or-later
/* From Connect() to a cast: the module is loaded if it has to be, the sink is looked for, then the cast begins. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "errors.h"
#include "manager.h"
#include "mice-message.h"
#include "net.h"

#define MODULE_UNIT "miracast-module.service"
/* For the module to be there and ours; for a sink to be found. */
#define DEVICE_S 10
#define FIND_S 10
#define STEP_MS 100

struct request {
	struct manager *manager;
	GDBusMethodInvocation *invocation;
	char *target;
	GVariant *dictionary;
	gint64 begun;
	guint timer;
	bool loading;			/* systemd was asked for the module */
	bool load_failed;
	char *problem;
};

static void free_request(struct request *r)
{
	r->manager->requests = g_list_remove(r->manager->requests, r);
	if (r->timer)
		g_source_remove(r->timer);
	g_variant_unref(r->dictionary);
	g_free(r->target);
	g_free(r->problem);
	g_free(r);
}

static void refuse(struct request *r, GError *error)
{
	mc_return_error(r->invocation, error);
	free_request(r);
}

static double age(const struct request *r)
{
	return (g_get_monotonic_time() - r->begun) / 1e6;
}

/* --- the module --------------------------------------------------------------------------------------------- */

struct loading {
	struct manager *manager;
	struct request *request;
};

static void on_loaded(GObject *bus, GAsyncResult *result, void *data)
{
	struct loading *loading = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);

	/* The request may be over. */
	if (!reply && g_list_find(loading->manager->requests, loading->request)) {
		g_dbus_error_strip_remote_error(error);
		loading->request->load_failed = true;
		loading->request->problem = g_strdup(error->message);
	}
	g_free(loading);
}

/* The unit does it as root; a polkit rule lets us start this one. */
static void load_module(struct request *r)
{
	struct loading *loading = g_new0(struct loading, 1);

	r->loading = true;
	loading->manager = r->manager;
	loading->request = r;
	g_dbus_connection_call(r->manager->bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
			       "StartUnit", g_variant_new("(ss)", MODULE_UNIT, "replace"), NULL, G_DBUS_CALL_FLAGS_NONE, DEVICE_S * 1000, NULL,
			       on_loaded, loading);
}

static bool set_policy(struct manager *m, GError **error)
{
	struct drm_miracast_set_import_policy args = { .policy = m->config.import_policy };

	if (!ioctl(m->environment.control, DRM_IOCTL_MIRACAST_SET_IMPORT_POLICY, &args))
		return true;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the module refuses the import policy: %s", g_strerror(errno));
	return false;
}

/* Whether the device is open; *@wait when it may still come. */
static bool open_device(struct request *r, bool *wait, GError **error)
{
	struct manager *m = r->manager;

	if (m->environment.control >= 0)
		return true;
	m->environment.control = open(m->device, O_RDWR | O_CLOEXEC);
	if (m->environment.control >= 0)
		return set_policy(m, error);
	if (errno == ENOENT && !r->loading && !m->user_bus)
		load_module(r);
	if (r->loading && !r->load_failed && age(r) < DEVICE_S) {
		*wait = true;
		return false;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s%s%s%s", m->device, g_strerror(errno),
		    errno == ENOENT ? "; the module is not loaded: modprobe miracast" : errno == EACCES ? "; only the user miracast may open it" : "",
		    r->problem ? "; systemd: " : "", r->problem ? r->problem : "");
	return false;
}

/* --- the sink ------------------------------------------------------------------------------------------------- */

/* Configuration, then the user's defaults for this sink, then what was said now. */
static bool gather(struct manager *m, const char *id, GVariant *dictionary, struct mc_display_options *options, GError **error)
{
	mc_options_copy(options, &m->config.cast);
	options->driver = g_strdup(m->config.driver);
	for (const char *const *key = mc_options_keys; *key; key++) {
		g_autofree char *value = mc_store_get(m->store, id, *key);

		if (value && !mc_options_set(options, *key, value, error))
			return false;
	}
	return mc_options_set_all(options, dictionary, error);
}

static struct entry *begin(struct manager *m, struct mc_display_target *target, GVariant *dictionary, GError **error)
{
	struct mc_display_options options;
	struct entry *entry = NULL;

	if (gather(m, target->target, dictionary, &options, error))
		entry = mc_casts_begin(m, target, &options, error);
	mc_options_clear(&options);
	return entry;
}

static struct entry *begin_by_address(struct request *r, GError **error)
{
	g_autoptr(GInetAddress) peer = mc_net_parse_target(r->target, error);
	/* A sink that is asked by MICE gets asked; one that waits for Wi-Fi Direct's group has no such port and comes by itself. */
	struct mc_display_target target = { .target = r->target, .name = "", .peer = peer, .mice_port = MC_MICE_PORT };

	return peer ? begin(r->manager, &target, r->dictionary, error) : NULL;
}

static struct entry *begin_by_name(struct request *r, bool *wait, GError **error)
{
	const struct mc_sink *sink = mc_sinks_resolve(r->manager, r->target, wait, error);
	struct mc_display_target target = { .mice_required = true };

	if (!sink)
		return NULL;
	target.target = sink->id;
	target.name = sink->name;
	target.peer = sink->address;
	target.mice_port = sink->port;
	return begin(r->manager, &target, r->dictionary, error);
}

/* Goes as far as it can; @r is gone when it is through. */
static void advance(struct request *r)
{
	GError *error = NULL;
	struct entry *entry = NULL;
	bool wait = false;

	if (open_device(r, &wait, &error)) {
		if (g_str_has_prefix(r->target, "ip:"))
			entry = begin_by_address(r, &error);
		else
			entry = begin_by_name(r, &wait, &error);
	}
	if (entry) {
		mc_manager_complete_connect(r->manager->object, r->invocation, entry->path);
		free_request(r);
	} else if (!wait || age(r) >= FIND_S + DEVICE_S) {
		refuse(r, error);
	} else {
		g_clear_error(&error);
	}
}

static gboolean step(void *data)
{
	struct request *r = data;
	struct manager *m = r->manager;

	advance(r);
	return g_list_find(m->requests, r) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void mc_connect_advance(struct manager *m)
{
	for (GList *l = m->requests, *next; l; l = next) {
		next = l->next;
		advance(l->data);
	}
}

gboolean mc_connect_handle(McManager *object, GDBusMethodInvocation *invocation, const char *target, GVariant *dictionary, void *data)
{
	struct manager *m = data;
	struct request *r = g_new0(struct request, 1);
	struct mc_display_options options;
	GError *error = NULL;
	bool good;

	/* What is wrong in itself is told at once. */
	mc_options_init(&options);
	good = mc_options_set_all(&options, dictionary, &error);
	mc_options_clear(&options);
	r->manager = m;
	r->invocation = invocation;
	r->target = g_strdup(target);
	r->dictionary = g_variant_ref(dictionary);
	r->begun = g_get_monotonic_time();
	m->requests = g_list_append(m->requests, r);
	if (good && g_str_has_prefix(target, "ip:")) {
		g_autoptr(GInetAddress) peer = mc_net_parse_target(target, &error);

		good = peer;
	}
	if (!good) {
		refuse(r, error);
		return TRUE;
	}
	if (!g_str_has_prefix(target, "ip:"))
		mc_discovery_look(m->discovery);
	r->timer = g_timeout_add(STEP_MS, step, r);
	advance(r);
	return TRUE;
}

void mc_connect_end(struct manager *m)
{
	while (m->requests)
		refuse(m->requests->data, g_error_new(G_IO_ERROR, G_IO_ERROR_CANCELLED, "miracastd ends"));
}
