// SPDX-License-Identifier: GPL-2.0-or-later
/* Networks, by NetworkManager or by their gateway. */
#include "network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NM "org.freedesktop.NetworkManager"
#define TIMEOUT_MS 1000

static GVariant *nm_property(GDBusConnection *bus, const char *path, const char *interface, const char *name)
{
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(bus, NM, path, "org.freedesktop.DBus.Properties", "Get",
		g_variant_new("(ss)", interface, name), G_VARIANT_TYPE("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, TIMEOUT_MS, NULL, NULL);
	GVariant *value = NULL;

	if (reply)
		g_variant_get(reply, "(v)", &value);
	return value;
}

static char *nm_text(GDBusConnection *bus, const char *path, const char *interface, const char *name)
{
	g_autoptr(GVariant) value = nm_property(bus, path, interface, name);

	/* Strings and object paths. */
	return value && (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) || g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH)) ?
	       g_variant_dup_string(value, NULL) : NULL;
}

/* NetworkManager's active connection on the interface. */
static bool ask_nm(GDBusConnection *bus, mc_network *network)
{
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(bus, NM, "/org/freedesktop/NetworkManager", NM, "GetDeviceByIpIface",
		g_variant_new("(s)", network->interface), G_VARIANT_TYPE("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, TIMEOUT_MS, NULL, NULL);
	g_autofree char *active = NULL, *uuid = NULL;
	const char *device;

	if (!reply)
		return false;
	g_variant_get(reply, "(&o)", &device);
	active = nm_text(bus, device, NM ".Device", "ActiveConnection");
	if (!active || !strcmp(active, "/"))
		return false;
	uuid = nm_text(bus, active, NM ".Connection.Active", "Uuid");
	if (!uuid || !*uuid)
		return false;
	network->key = g_strconcat("nm:", uuid, NULL);
	network->name = nm_text(bus, active, NM ".Connection.Active", "Id");
	return true;
}

/* The default gateway of the interface, in network byte order; 0: none. */
static uint32_t gateway_of(const char *interface)
{
	FILE *file = fopen("/proc/net/route", "re");
	char line[256], name[IFNAMSIZ];
	uint32_t destination, gateway, found = 0;

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%15s %x %x", name, &destination, &gateway) == 3 && !strcmp(name, interface) && !destination)
			found = gateway;
	}
	if (file)
		fclose(file);
	return found;
}

static char *hardware_address(const char *interface, uint32_t address)
{
	FILE *file = fopen("/proc/net/arp", "re");
	char line[256], ip[INET_ADDRSTRLEN], mac[18], device[IFNAMSIZ], wanted[INET_ADDRSTRLEN], *found = NULL;
	unsigned int flags;

	inet_ntop(AF_INET, &address, wanted, sizeof(wanted));
	while (file && !found && fgets(line, sizeof(line), file)) {
		/* ATF_COM: the entry is complete. */
		if (sscanf(line, "%15s 0x%*x 0x%x %17s %*s %15s", ip, &flags, mac, device) == 4 && flags & 2 && !strcmp(ip, wanted) &&
		    !strcmp(device, interface))
			found = g_ascii_strdown(mac, -1);
	}
	if (file)
		fclose(file);
	return found;
}

static void ask_gateway(mc_network *network)
{
	uint32_t gateway = gateway_of(network->interface);
	g_autofree char *mac = gateway ? hardware_address(network->interface, gateway) : NULL;
	char text[INET_ADDRSTRLEN];

	if (!mac)
		return;
	inet_ntop(AF_INET, &gateway, text, sizeof(text));
	network->key = g_strconcat("gateway:", mac, NULL);
	network->name = g_strdup_printf("%s by %s", network->interface, text);
}

mc_network *mc_network_of(GDBusConnection *bus, unsigned int ifindex)
{
	mc_network *network = g_new0(mc_network, 1);
	char interface[IFNAMSIZ] = "";

	if_indextoname(ifindex, interface);
	network->interface = g_strdup(interface);
	if (*interface && !(bus && ask_nm(bus, network)))
		ask_gateway(network);
	if (!network->name || !*network->name) {
		g_free(network->name);
		network->name = g_strdup(interface);
	}
	return network;
}

void mc_network_free(mc_network *network)
{
	if (!network)
		return;
	g_free(network->key);
	g_free(network->name);
	g_free(network->interface);
	g_free(network);
}
