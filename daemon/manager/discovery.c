// SPDX-License-Identifier: GPL-2.0-or-later
/* Sinks by Avahi. */
#include "discovery.h"

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-common/address.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-glib/glib-malloc.h>
#include <avahi-glib/glib-watch.h>
#include <string.h>

#define SERVICE "_display._tcp"
#define LOOK_S 60
/* A second after the question nearly everybody has answered; who sleeps or is busy comes later and is shown then. */
#define SETTLE_MS 1500
/* Avahi itself may have to be started. */
#define SETTLE_LATEST_MS 4000

struct found {
	struct mc_sink sink;
	mc_discovery *discovery;
	AvahiServiceResolver *resolver;
	AvahiProtocol protocol;
	char *instance, *domain;
	bool resolved;
};

struct mc_discovery {
	void (*changed)(void *data);
	void *data;
	AvahiGLibPoll *poll;
	AvahiClient *client;
	AvahiServiceBrowser *browser;
	GPtrArray *found;		/* of struct found */
	guint until, settle;
	bool settled;
	char *problem;
};

static void free_found(void *data)
{
	struct found *f = data;

	if (f->resolver)
		avahi_service_resolver_free(f->resolver);
	g_clear_object(&f->sink.address);
	g_free(f->sink.id);
	g_free(f->sink.name);
	g_free(f->instance);
	g_free(f->domain);
	g_free(f);
}

static void set_problem(mc_discovery *d, const char *problem)
{
	g_free(d->problem);
	d->problem = g_strdup(problem);
}

/* --- what a sink says of itself -------------------------------------------------------------------------- */

static char *clean_name(const char *name)
{
	char *text = g_utf8_make_valid(name, -1);

	for (char *p = text; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		/* What could move a terminal's cursor, or turn the direction of what follows. */
		if (c < 0x80 && g_ascii_iscntrl(c))
			*p = '?';
		else if (!g_unichar_isprint(c))
			memset(p, '?', g_utf8_next_char(p) - p);
	}
	return *text ? text : (g_free(text), g_strdup("(no name)"));
}

/* "{GUID}" or "GUID", in lower case and without braces; NULL for what is none. */
static char *parse_guid(const char *text, size_t size)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (size == sizeof(form) + 1 && text[0] == '{' && text[size - 1] == '}') {
		text++;
		size -= 2;
	}
	if (size != sizeof(form) - 1)
		return NULL;
	for (size_t i = 0; i < size; i++) {
		if (form[i] == '-' ? text[i] != '-' : !g_ascii_isxdigit(text[i]))
			return NULL;
	}
	return g_ascii_strdown(text, size);
}

static char *make_id(AvahiStringList *txt, const char *host)
{
	AvahiStringList *entry = avahi_string_list_find(txt, "container_id");
	char *key = NULL, *value = NULL, *id = NULL;
	size_t size = 0;
	g_autofree char *clean = NULL;

	if (entry && !avahi_string_list_get_pair(entry, &key, &value, &size) && value)
		id = parse_guid(value, size);
	avahi_free(key);
	avahi_free(value);
	if (id)
		return id;
	clean = clean_name(host);
	return g_strconcat("host:", clean, NULL);
}

static GInetAddress *usable(const AvahiAddress *address)
{
	GInetAddress *a = g_inet_address_new_from_bytes((const guint8 *)&address->data,
							address->proto == AVAHI_PROTO_INET ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

	/* An IPv6 link-local address says nothing without its interface, which a socket address of GLib's would have to carry. */
	if (g_inet_address_get_is_any(a) || g_inet_address_get_is_multicast(a) || g_inet_address_get_is_loopback(a) ||
	    (address->proto == AVAHI_PROTO_INET6 && g_inet_address_get_is_link_local(a)))
		g_clear_object(&a);
	return a;
}

/* --- Avahi ---------------------------------------------------------------------------------------------------- */

static void on_resolved(AvahiServiceResolver *resolver, AvahiIfIndex interface, AvahiProtocol protocol, AvahiResolverEvent event,
			const char *name, const char *type, const char *domain, const char *host, const AvahiAddress *address,
			uint16_t port, AvahiStringList *txt, AvahiLookupResultFlags flags, void *data)
{
	struct found *f = data;

	g_clear_object(&f->sink.address);
	f->resolved = false;
	if (event == AVAHI_RESOLVER_FOUND && port) {
		g_free(f->sink.id);
		f->sink.id = make_id(txt, host);
		f->sink.port = port;
		f->sink.address = usable(address);
		f->resolved = f->sink.address != NULL;
	}
	f->discovery->changed(f->discovery->data);
}

static void add(mc_discovery *d, AvahiIfIndex interface, AvahiProtocol protocol, const char *name, const char *domain)
{
	struct found *f;

	if (d->found->len >= 4 * MC_DISCOVERY_MAX)
		return;
	f = g_new0(struct found, 1);
	f->discovery = d;
	f->sink.name = clean_name(name);
	f->sink.ifindex = interface;
	f->protocol = protocol;
	f->instance = g_strdup(name);
	f->domain = g_strdup(domain);
	/* Lives as long as the service: a sink that gets another address is told. */
	f->resolver = avahi_service_resolver_new(d->client, interface, protocol, name, SERVICE, domain, protocol, 0, on_resolved, f);
	g_ptr_array_add(d->found, f);
}

static void on_browsed(AvahiServiceBrowser *browser, AvahiIfIndex interface, AvahiProtocol protocol, AvahiBrowserEvent event,
		       const char *name, const char *type, const char *domain, AvahiLookupResultFlags flags, void *data)
{
	mc_discovery *d = data;

	switch (event) {
	case AVAHI_BROWSER_NEW:
		/* A receiver on this machine would show the screen to itself. */
		if (!(flags & AVAHI_LOOKUP_RESULT_LOCAL))
			add(d, interface, protocol, name, domain);
		break;
	case AVAHI_BROWSER_REMOVE:
		for (guint i = d->found->len; i-- > 0;) {
			struct found *f = d->found->pdata[i];

			if (f->sink.ifindex == (unsigned int)interface && f->protocol == protocol && !strcmp(f->instance, name) &&
			    !strcmp(f->domain, domain))
				g_ptr_array_remove_index(d->found, i);
		}
		d->changed(d->data);
		break;
	case AVAHI_BROWSER_FAILURE:
		set_problem(d, avahi_strerror(avahi_client_errno(d->client)));
		break;
	default:
		break;
	}
}

static void stop_browsing(mc_discovery *d)
{
	g_ptr_array_set_size(d->found, 0);
	if (d->browser)
		avahi_service_browser_free(d->browser);
	d->browser = NULL;
}

static gboolean settled(void *data)
{
	mc_discovery *d = data;

	d->settle = 0;
	d->settled = true;
	d->changed(d->data);
	return G_SOURCE_REMOVE;
}

static void settle_in(mc_discovery *d, guint ms)
{
	if (d->settle)
		g_source_remove(d->settle);
	d->settle = g_timeout_add(ms, settled, d);
}

static void on_client(AvahiClient *client, AvahiClientState state, void *data)
{
	mc_discovery *d = data;

	/* Called from within avahi_client_new(), too. */
	d->client = client;
	switch (state) {
	case AVAHI_CLIENT_S_RUNNING:
	case AVAHI_CLIENT_S_REGISTERING:
	case AVAHI_CLIENT_S_COLLISION:
		set_problem(d, NULL);
		if (d->browser)
			break;
		d->browser = avahi_service_browser_new(client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, SERVICE, NULL, 0, on_browsed, d);
		if (!d->browser)
			set_problem(d, avahi_strerror(avahi_client_errno(client)));
		if (!d->settled)
			settle_in(d, SETTLE_MS);
		break;
	case AVAHI_CLIENT_CONNECTING:
	case AVAHI_CLIENT_FAILURE:
		stop_browsing(d);
		set_problem(d, "Avahi does not run, by which sinks on the network are found; try: systemctl enable --now avahi-daemon");
		break;
	}
}

static gboolean enough(void *data)
{
	mc_discovery *d = data;

	d->until = 0;
	stop_browsing(d);
	if (d->client)
		avahi_client_free(d->client);
	d->client = NULL;
	return G_SOURCE_REMOVE;
}

void mc_discovery_look(mc_discovery *d)
{
	int error = 0;

	if (d->until)
		g_source_remove(d->until);
	d->until = g_timeout_add_seconds(LOOK_S, enough, d);
	/* A client whose D-Bus has gone does not come back. */
	if (d->client && avahi_client_get_state(d->client) == AVAHI_CLIENT_FAILURE) {
		stop_browsing(d);
		avahi_client_free(d->client);
		d->client = NULL;
	}
	if (d->client)
		return;
	d->settled = false;
	settle_in(d, SETTLE_LATEST_MS);
	if (!avahi_client_new(avahi_glib_poll_get(d->poll), AVAHI_CLIENT_NO_FAIL, on_client, d, &error)) {
		d->client = NULL;
		set_problem(d, avahi_strerror(error));
	}
}

/* --- for the manager ---------------------------------------------------------------------------------------- */

mc_discovery *mc_discovery_new(void (*changed)(void *data), void *data)
{
	mc_discovery *d = g_new0(mc_discovery, 1);

	avahi_set_allocator(avahi_glib_allocator());
	d->changed = changed;
	d->data = data;
	d->poll = avahi_glib_poll_new(NULL, G_PRIORITY_DEFAULT);
	d->found = g_ptr_array_new_with_free_func(free_found);
	return d;
}

void mc_discovery_free(mc_discovery *d)
{
	if (!d)
		return;
	if (d->until)
		g_source_remove(d->until);
	if (d->settle)
		g_source_remove(d->settle);
	enough(d);
	g_ptr_array_unref(d->found);
	avahi_glib_poll_free(d->poll);
	g_free(d->problem);
	g_free(d);
}

bool mc_discovery_is_settled(const mc_discovery *d)
{
	return d->settled;
}

const char *mc_discovery_problem(const mc_discovery *d)
{
	return d->problem;
}

GPtrArray *mc_discovery_sinks(const mc_discovery *d)
{
	GPtrArray *sinks = g_ptr_array_new();

	for (guint i = 0; i < d->found->len; i++) {
		struct found *f = d->found->pdata[i];
		guint k;

		if (!f->resolved)
			continue;
		for (k = 0; k < sinks->len; k++) {
			const struct mc_sink *other = sinks->pdata[k];

			/* On another network it may be somebody else who says so. */
			if (!strcmp(other->id, f->sink.id) && other->ifindex == f->sink.ifindex)
				break;
		}
		if (k == sinks->len) {
			if (sinks->len < MC_DISCOVERY_MAX)
				g_ptr_array_add(sinks, &f->sink);
		} else if (f->protocol == AVAHI_PROTO_INET &&
			   g_inet_address_get_family(((struct mc_sink *)sinks->pdata[k])->address) == G_SOCKET_FAMILY_IPV6) {
			/* The same one by IPv4: what every sink of today is tested with. */
			sinks->pdata[k] = &f->sink;
		}
	}
	return sinks;
}
