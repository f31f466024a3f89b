// SPDX-License-Identifier: GPL-2.0-or-later
/* Casts, those that have ended among them, and their D-Bus objects. */
#include <string.h>
#include <unistd.h>

#include "errors.h"
#include "manager.h"
#include "net.h"

/* Displays that are over and are still shown. */
#define HISTORY 16

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
	g_object_set(entry->object, "target", now->target, "name", now->name, "address", now->address, "step", now->step, "failed-step", now->failed_step,
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
	if (mc_display_look(display)->state == MC_DISPLAY_STREAMING && !entry->remembered) {
		const struct mc_display_snapshot *now = mc_display_look(display);

		/* Who has shown a picture is known from now on; an address is nobody's. */
		entry->remembered = true;
		if (*now->name)
			mc_store_remember(entry->manager->store, now->target, now->name);
	}
	if (mc_display_is_over(display)) {
		g_idle_add(close_unused, entry->manager);
		end_when_all_are_over(entry->manager);
	}
}

/* --- beginning and ending ---------------------------------------------------------------------------------- */

static bool sink_connected(void *data, GInetAddress *peer, int fd)
{
	struct manager *m = data;

	for (GList *l = m->entries; l; l = l->next) {
		if (mc_display_take_connection(((struct entry *)l->data)->display, peer, fd))
			return true;
	}
	return false;
}

struct entry *mc_casts_find(struct manager *m, const char *target, bool running)
{
	for (GList *l = g_list_last(m->entries); l; l = l->prev) {
		struct entry *entry = l->data;
		const struct mc_display_snapshot *now = mc_display_look(entry->display);
		const char *number = strrchr(entry->path, '/') + 1;

		if ((!strcmp(now->target, target) || !strcmp(number, target) || (*now->name && !strcmp(now->name, target))) &&
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

static gboolean disconnect_one(McDisplay *object, GDBusMethodInvocation *invocation, void *data)
{
	struct entry *entry = data;

	mc_display_stop(entry->display, MC_WIRE_STOP_USER);
	mc_display_complete_disconnect(object, invocation);
	return TRUE;
}

struct entry *mc_casts_begin(struct manager *m, struct mc_display_target *target, const struct mc_display_options *options, GError **error)
{
	g_autoptr(GInetAddress) local = NULL;
	g_autofree char *local_name = NULL;
	struct entry *entry, *old;

	if (mc_casts_find(m, target->target, true)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s is connected already; disconnect it first",
			    *target->name ? target->name : target->target);
		return NULL;
	}
	target->local = local = mc_net_local_for(target->peer, error);
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
	entry->display = mc_display_new(&m->environment, target, options, display_changed, entry, error);
	if (!entry->display) {
		g_free(entry);
		g_idle_add(close_unused, m);
		return NULL;
	}
	old = mc_casts_find(m, target->target, false);
	if (old)
		drop_entry(old);
	entry->path = g_strdup_printf(MC_PATH "/display/%u", ++m->next);
	entry->object = mc_display_skeleton_new();
	g_signal_connect(entry->object, "handle-disconnect", G_CALLBACK(disconnect_one), entry);
	if (!m->user_bus)
		g_signal_connect(entry->object, "g-authorize-method", G_CALLBACK(mc_authorise), m);
	show(entry);
	g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(entry->object), m->bus, entry->path, NULL);
	m->entries = g_list_append(m->entries, entry);
	trim_history(m);
	list_displays(m);
	g_message("%s: connecting, output %s", target->target, mc_display_look(entry->display)->connector);
	return entry;
}

gboolean mc_casts_handle_disconnect(McManager *object, GDBusMethodInvocation *invocation, const char *target, void *data)
{
	struct manager *m = data;
	bool all = !strcmp(target, "all");
	struct entry *entry = mc_casts_find(m, target, true);

	if (!all && !entry) {
		mc_return_error(invocation, g_error_new(G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%.80s is not connected", target));
		return TRUE;
	}
	for (GList *l = m->entries; l; l = l->next) {
		if (all || l->data == entry)
			mc_display_stop(((struct entry *)l->data)->display, MC_WIRE_STOP_USER);
	}
	mc_manager_complete_disconnect(object, invocation);
	return TRUE;
}

void mc_casts_stop_all(struct manager *m, enum mc_wire_stop_reason reason)
{
	for (GList *l = m->entries; l; l = l->next)
		mc_display_stop(((struct entry *)l->data)->display, reason);
	end_when_all_are_over(m);
}

void mc_casts_drop_all(struct manager *m)
{
	while (m->entries)
		drop_entry(m->entries->data);
}
