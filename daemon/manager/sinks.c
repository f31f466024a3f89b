// SPDX-License-Identifier: GPL-2.0-or-later
/* Sinks and networks as the user sees them: who is there, which one a name means, whom we trust. */
#include <net/if.h>
#include <string.h>

#include "errors.h"
#include "manager.h"
#include "network.h"

/* The longest that a list is waited for. */
#define LIST_MS 5000

/* A ListSinks() that waits for the network's answers. */
struct question {
	struct manager *manager;
	GDBusMethodInvocation *invocation;
	guint timer;
};

static GDBusConnection *system_bus(struct manager *m)
{
	return m->user_bus ? NULL : m->bus;
}

static bool is_trusted(struct manager *m, const mc_network *network)
{
	return network->key && mc_store_is_trusted(m->store, network->key);
}

/* --- which sink a name means ----------------------------------------------------------------------------------- */

static void set_unknown(struct manager *m, const char *target, GPtrArray *sinks, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	const char *problem = mc_discovery_problem(m->discovery);

	for (guint i = 0; i < sinks->len && i < 8; i++)
		g_string_append_printf(names, "%s\"%s\"", i ? ", " : "", ((struct mc_sink *)sinks->pdata[i])->name);
	if (problem)
		g_set_error(error, MC_ERROR, MC_ERROR_UNKNOWN_SINK, "\"%.80s\" was not found: %s", target, problem);
	else if (sinks->len)
		g_set_error(error, MC_ERROR, MC_ERROR_UNKNOWN_SINK, "\"%.80s\" was not found; there are %s", target, names->str);
	else
		g_set_error(error, MC_ERROR, MC_ERROR_UNKNOWN_SINK, "\"%.80s\" was not found, nor any other sink; is the TV on, in the same "
			    "network, and its screen sharing switched on? A firewall here may be in the way: miracastctl doctor", target);
}

static void set_ambiguous(GPtrArray *named, const char *target, GError **error)
{
	g_autoptr(GString) ids = g_string_new(NULL);

	for (guint i = 0; i < named->len; i++) {
		const struct mc_sink *sink = named->pdata[i];
		g_autofree char *address = g_inet_address_to_string(sink->address);

		g_string_append_printf(ids, "%s%s (%s)", i ? ", " : "", sink->id, address);
	}
	g_set_error(error, MC_ERROR, MC_ERROR_AMBIGUOUS, "%u sinks call themselves \"%.80s\"; choose one by its id: %s", named->len, target,
		    ids->str);
}

/* The one sink of this name that may be taken for it. A name is no identity: who was not cast to before and calls himself like one who
 * was is chosen by id. */
static const struct mc_sink *by_name(struct manager *m, GPtrArray *sinks, const char *target, GError **error)
{
	g_autoptr(GPtrArray) named = g_ptr_array_new(), known = g_ptr_array_new();
	g_auto(GStrv) remembered = mc_store_ids(m->store, target);

	for (guint i = 0; i < sinks->len; i++) {
		struct mc_sink *sink = sinks->pdata[i];

		if (strcmp(sink->name, target))
			continue;
		g_ptr_array_add(named, sink);
		if (mc_store_knows(m->store, sink->id))
			g_ptr_array_add(known, sink);
	}
	if (known->len == 1)
		return known->pdata[0];
	if (named->len == 1 && !*remembered)
		return named->pdata[0];
	if (named->len == 1)
		g_set_error(error, MC_ERROR, MC_ERROR_AMBIGUOUS, "the \"%.80s\" that is there is not the one that you have cast to before; if you "
			    "mean it, choose it by its id: %s", target, ((struct mc_sink *)named->pdata[0])->id);
	else if (named->len)
		set_ambiguous(known->len ? known : named, target, error);
	else
		set_unknown(m, target, sinks, error);
	return NULL;
}

const struct mc_sink *mc_sinks_resolve(struct manager *m, const char *target, bool *wait, GError **error)
{
	g_autoptr(GPtrArray) sinks = mc_discovery_sinks(m->discovery);
	g_autoptr(mc_network) network = NULL;
	const struct mc_sink *sink = NULL;

	for (guint i = 0; i < sinks->len; i++) {
		const struct mc_sink *candidate = sinks->pdata[i];

		if (!strcmp(candidate->id, target))
			sink = candidate;
	}
	if (!sink && !mc_discovery_is_settled(m->discovery)) {
		/* Another of the same name may still answer. */
		*wait = true;
		return NULL;
	}
	if (!sink)
		sink = by_name(m, sinks, target, error);
	if (!sink)
		return NULL;
	network = mc_network_of(system_bus(m), sink->ifindex);
	if (is_trusted(m, network))
		return sink;
	if (network->key)
		g_set_error(error, MC_ERROR, MC_ERROR_NOT_TRUSTED, "\"%s\" is on the network \"%s\", which is not trusted: there anybody may call "
			    "himself so. If it is your own: miracastctl trust \"%s\"", sink->name, network->name, network->name);
	else
		g_set_error(error, MC_ERROR, MC_ERROR_NOT_TRUSTED, "\"%s\" is on %s, a network that nothing is known by: no NetworkManager "
			    "connection and no gateway; it can be cast to by address", sink->name, network->interface);
	return NULL;
}

/* --- ListSinks ------------------------------------------------------------------------------------------------------ */

static void add_defaults(struct manager *m, const char *id, GVariantBuilder *sink)
{
	GVariantBuilder defaults = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{ss}"));

	for (const char *const *key = mc_options_keys; *key; key++) {
		/* "name" is the sink's own there. */
		g_autofree char *value = strcmp(*key, "name") ? mc_store_get(m->store, id, *key) : NULL;

		if (value)
			g_variant_builder_add(&defaults, "{ss}", *key, value);
	}
	g_variant_builder_add(sink, "{sv}", "defaults", g_variant_builder_end(&defaults));
}

static void add_sink(struct manager *m, const struct mc_sink *s, GVariantBuilder *list)
{
	g_autoptr(mc_network) network = mc_network_of(system_bus(m), s->ifindex);
	g_autofree char *address = g_inet_address_to_string(s->address);
	GVariantBuilder sink = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

	g_variant_builder_add(&sink, "{sv}", "id", g_variant_new_string(s->id));
	g_variant_builder_add(&sink, "{sv}", "name", g_variant_new_string(s->name));
	g_variant_builder_add(&sink, "{sv}", "link", g_variant_new_string("LAN"));
	g_variant_builder_add(&sink, "{sv}", "address", g_variant_new_string(address));
	g_variant_builder_add(&sink, "{sv}", "network", g_variant_new_string(network->name));
	g_variant_builder_add(&sink, "{sv}", "trusted", g_variant_new_boolean(is_trusted(m, network)));
	g_variant_builder_add(&sink, "{sv}", "known", g_variant_new_boolean(mc_store_knows(m->store, s->id)));
	g_variant_builder_add(&sink, "{sv}", "there", g_variant_new_boolean(TRUE));
	add_defaults(m, s->id, &sink);
	g_variant_builder_add(list, "a{sv}", &sink);
}

static void add_absent(struct manager *m, const char *id, GVariantBuilder *list)
{
	g_autofree char *name = mc_store_name(m->store, id);
	GVariantBuilder sink = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

	g_variant_builder_add(&sink, "{sv}", "id", g_variant_new_string(id));
	g_variant_builder_add(&sink, "{sv}", "name", g_variant_new_string(name ? name : ""));
	g_variant_builder_add(&sink, "{sv}", "known", g_variant_new_boolean(TRUE));
	g_variant_builder_add(&sink, "{sv}", "there", g_variant_new_boolean(FALSE));
	add_defaults(m, id, &sink);
	g_variant_builder_add(list, "a{sv}", &sink);
}

static void answer(struct question *q)
{
	struct manager *m = q->manager;
	g_autoptr(GPtrArray) sinks = mc_discovery_sinks(m->discovery);
	g_auto(GStrv) remembered = mc_store_ids(m->store, NULL);
	GVariantBuilder list = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
	const char *problem = mc_discovery_problem(m->discovery);

	for (guint i = 0; i < sinks->len; i++)
		add_sink(m, sinks->pdata[i], &list);
	for (char **id = remembered; *id; id++) {
		bool there = false;

		for (guint i = 0; i < sinks->len; i++)
			there |= !strcmp(((struct mc_sink *)sinks->pdata[i])->id, *id);
		if (!there)
			add_absent(m, *id, &list);
	}
	mc_manager_complete_list_sinks(m->object, q->invocation, g_variant_builder_end(&list), problem ? problem : "");
	if (q->timer)
		g_source_remove(q->timer);
	m->questions = g_list_remove(m->questions, q);
	g_free(q);
}

static gboolean asked_long_enough(void *data)
{
	struct question *q = data;

	q->timer = 0;
	answer(q);
	return G_SOURCE_REMOVE;
}

gboolean mc_sinks_handle_list(McManager *object, GDBusMethodInvocation *invocation, void *data)
{
	struct manager *m = data;
	struct question *q = g_new0(struct question, 1);

	q->manager = m;
	q->invocation = invocation;
	m->questions = g_list_append(m->questions, q);
	mc_discovery_look(m->discovery);
	if (mc_discovery_is_settled(m->discovery))
		answer(q);
	else
		q->timer = g_timeout_add(LIST_MS, asked_long_enough, q);
	return TRUE;
}

void mc_sinks_changed(struct manager *m)
{
	if (!mc_discovery_is_settled(m->discovery))
		return;
	while (m->questions)
		answer(m->questions->data);
}

void mc_sinks_end(struct manager *m)
{
	while (m->questions)
		answer(m->questions->data);
}

/* --- networks ------------------------------------------------------------------------------------------------------- */

/* One of each network that this machine is on. */
static GPtrArray *networks_here(struct manager *m)
{
	GPtrArray *networks = g_ptr_array_new_with_free_func((GDestroyNotify)mc_network_free);
	/* Without if_nameindex(), which would need a netlink socket. */
	g_autoptr(GDir) interfaces = g_dir_open("/sys/class/net", 0, NULL);
	const char *name;

	while (interfaces && (name = g_dir_read_name(interfaces))) {
		mc_network *network = strcmp(name, "lo") ? mc_network_of(system_bus(m), if_nametoindex(name)) : NULL;

		if (network && network->key)
			g_ptr_array_add(networks, network);
		else
			mc_network_free(network);
	}
	return networks;
}

static void add_network(GVariantBuilder *list, const char *key, const char *name, const char *interface, bool trusted)
{
	GVariantBuilder network = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

	g_variant_builder_add(&network, "{sv}", "key", g_variant_new_string(key));
	g_variant_builder_add(&network, "{sv}", "name", g_variant_new_string(name));
	g_variant_builder_add(&network, "{sv}", "interface", g_variant_new_string(interface));
	g_variant_builder_add(&network, "{sv}", "trusted", g_variant_new_boolean(trusted));
	g_variant_builder_add(list, "a{sv}", &network);
}

gboolean mc_sinks_handle_networks(McManager *object, GDBusMethodInvocation *invocation, void *data)
{
	struct manager *m = data;
	g_autoptr(GPtrArray) here = networks_here(m);
	g_autoptr(GVariant) trusted = g_variant_ref_sink(mc_store_trusted(m->store));
	GVariantBuilder list = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
	const char *key, *name;
	GVariantIter iter;

	for (guint i = 0; i < here->len; i++) {
		const mc_network *network = here->pdata[i];

		add_network(&list, network->key, network->name, network->interface, is_trusted(m, network));
	}
	g_variant_iter_init(&iter, trusted);
	while (g_variant_iter_next(&iter, "(&s&s)", &key, &name)) {
		bool is_here = false;

		for (guint i = 0; i < here->len; i++)
			is_here |= !strcmp(((mc_network *)here->pdata[i])->key, key);
		if (!is_here)
			add_network(&list, key, name, "", true);
	}
	mc_manager_complete_networks(object, invocation, g_variant_builder_end(&list));
	return TRUE;
}

/* The key and name that @wanted, a key or a name, means. */
static bool find_network(struct manager *m, const char *wanted, char **key, char **name, GError **error)
{
	g_autoptr(GPtrArray) here = networks_here(m);
	g_autoptr(GVariant) trusted = g_variant_ref_sink(mc_store_trusted(m->store));
	g_autoptr(GString) names = g_string_new(NULL);
	const char *stored, *called;
	GVariantIter iter;

	for (guint i = 0; i < here->len; i++) {
		const mc_network *network = here->pdata[i];

		if (!strcmp(network->key, wanted) || !strcmp(network->name, wanted)) {
			*key = g_strdup(network->key);
			*name = g_strdup(network->name);
			return true;
		}
		g_string_append_printf(names, "%s\"%s\"", i ? ", " : "", network->name);
	}
	g_variant_iter_init(&iter, trusted);
	while (g_variant_iter_next(&iter, "(&s&s)", &stored, &called)) {
		if (!strcmp(stored, wanted) || !strcmp(called, wanted)) {
			*key = g_strdup(stored);
			*name = g_strdup(called);
			return true;
		}
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no network \"%.80s\"; this machine is on %s", wanted,
		    names->len ? names->str : "none that it could be known by");
	return false;
}

gboolean mc_sinks_handle_trust(McManager *object, GDBusMethodInvocation *invocation, const char *network, gboolean trusted, void *data)
{
	struct manager *m = data;
	g_autofree char *key = NULL, *name = NULL;
	GError *error = NULL;

	if (find_network(m, network, &key, &name, &error) && mc_store_set_trusted(m->store, key, name, trusted, &error))
		mc_manager_complete_set_trust(object, invocation);
	else
		mc_return_error(invocation, error);
	return TRUE;
}

/* --- what is remembered of a sink ---------------------------------------------------------------------------------- */

/* The id that @wanted, an id or a name, means: of those that are there, else of those that were. */
static char *find_id(struct manager *m, const char *wanted, char **name, GError **error)
{
	g_autoptr(GPtrArray) sinks = mc_discovery_sinks(m->discovery);
	g_auto(GStrv) remembered = mc_store_ids(m->store, NULL);
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

	if (g_str_has_prefix(wanted, "ip:"))
		return g_strdup(wanted);
	for (char **id = remembered; *id; id++) {
		g_autofree char *own = mc_store_name(m->store, *id);

		if (!strcmp(*id, wanted) || !g_strcmp0(own, wanted)) {
			g_ptr_array_add(ids, g_strdup(*id));
			g_free(*name);
			*name = g_steal_pointer(&own);
		}
	}
	for (guint i = 0; !ids->len && i < sinks->len; i++) {
		const struct mc_sink *sink = sinks->pdata[i];

		if (!strcmp(sink->id, wanted) || !strcmp(sink->name, wanted)) {
			g_ptr_array_add(ids, g_strdup(sink->id));
			g_free(*name);
			*name = g_strdup(sink->name);
		}
	}
	if (ids->len == 1)
		return g_strdup(ids->pdata[0]);
	if (ids->len)
		g_set_error(error, MC_ERROR, MC_ERROR_AMBIGUOUS, "%u sinks are called \"%.80s\"; choose one by its id, see: miracastctl list", ids->len,
			    wanted);
	else
		g_set_error(error, MC_ERROR, MC_ERROR_UNKNOWN_SINK, "\"%.80s\" is not there and was not cast to before; see: miracastctl list", wanted);
	return NULL;
}

gboolean mc_sinks_handle_set(McManager *object, GDBusMethodInvocation *invocation, const char *sink, GVariant *values, void *data)
{
	struct manager *m = data;
	g_autofree char *name = NULL, *id = NULL;
	struct mc_display_options checked;
	const char *key, *value;
	GError *error = NULL;
	GVariantIter iter;
	bool good = true;

	id = find_id(m, sink, &name, &error);
	mc_options_init(&checked);
	/* All of them or none. */
	g_variant_iter_init(&iter, values);
	while (id && good && g_variant_iter_next(&iter, "{&s&s}", &key, &value)) {
		if (!strcmp(key, "name")) {
			g_set_error(&error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "a sink's name is its own");
			good = false;
		} else if (*value) {
			good = mc_options_set(&checked, key, value, &error);
		} else if (!g_strv_contains(mc_options_keys, key)) {
			good = mc_options_set(&checked, key, value, &error);
		}
	}
	mc_options_clear(&checked);
	g_variant_iter_init(&iter, values);
	while (id && good && g_variant_iter_next(&iter, "{&s&s}", &key, &value))
		good = mc_store_set(m->store, id, name, key, value, &error);
	if (id && good)
		mc_manager_complete_set_defaults(object, invocation);
	else
		mc_return_error(invocation, error);
	return TRUE;
}

gboolean mc_sinks_handle_forget(McManager *object, GDBusMethodInvocation *invocation, const char *sink, void *data)
{
	struct manager *m = data;
	g_autofree char *name = NULL, *id = NULL;
	GError *error = NULL;

	id = find_id(m, sink, &name, &error);
	if (id && !mc_store_forget(m->store, id))
		g_set_error(&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "nothing is remembered of \"%.80s\"", sink);
	if (error)
		mc_return_error(invocation, error);
	else
		mc_manager_complete_forget(object, invocation);
	return TRUE;
}
