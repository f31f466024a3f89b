// SPDX-License-Identifier: GPL-2.0-or-later
/* Services that we need, and what firewalls do to our ports. */
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "doctor.h"

#define RTSP 7236	/* in: the sink connects to us */
#define MICE 7250	/* out: a sink is asked */
#define MDNS 5353	/* both: sinks are found */
/* RTCP comes to the port beside that of RTP, one that the kernel chose; UIBC and RTP go out to ports that the sink chooses. */
#define SOME_PORT 40001

/* --- services ------------------------------------------------------------------------------------------------------ */

static bool has_owner(const char *name)
{
	g_autoptr(GVariant) reply = mc_ctl.bus ? g_dbus_connection_call_sync(mc_ctl.bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		"org.freedesktop.DBus", "NameHasOwner", g_variant_new("(s)", name), G_VARIANT_TYPE("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL) : NULL;
	gboolean owned = FALSE;

	if (reply)
		g_variant_get(reply, "(b)", &owned);
	return owned;
}

static bool start(const char *name)
{
	g_autoptr(GVariant) reply = mc_ctl.bus ? g_dbus_connection_call_sync(mc_ctl.bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		"org.freedesktop.DBus", "StartServiceByName", g_variant_new("(su)", name, 0), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL) : NULL;

	return reply || has_owner(name);
}

static void check_polkit(struct mc_doctor *doctor)
{
	GVariantBuilder subject = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT), details = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{ss}"));
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GError) error = NULL;
	gboolean may, challenge;

	if (!start("org.freedesktop.PolicyKit1")) {
		mc_doctor_say(doctor, "polkit", MC_BAD, "sudo apt-get install polkitd", "polkit does not run: only root can cast");
		return;
	}
	g_variant_builder_add(&subject, "{sv}", "name", g_variant_new_string(g_dbus_connection_get_unique_name(mc_ctl.bus)));
	reply = g_dbus_connection_call_sync(mc_ctl.bus, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
		"org.freedesktop.PolicyKit1.Authority", "CheckAuthorization", g_variant_new("((sa{sv})sa{ss}us)", "system-bus-name", &subject,
		"org.miracastd1.connect", &details, 0, ""), G_VARIANT_TYPE("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
	if (!reply) {
		g_dbus_error_strip_remote_error(error);
		mc_doctor_say(doctor, "polkit", MC_BAD, "sudo make install   # or reinstall the package miracast", "polkit does not know us: %s", error->message);
		return;
	}
	g_variant_get(reply, "((bba{ss}))", &may, &challenge, NULL);
	if (may)
		mc_doctor_say(doctor, "polkit", MC_GOOD, NULL, "you may cast from here");
	else
		mc_doctor_say(doctor, "polkit", MC_WARN, NULL, "%s; who sits at this machine may", challenge ? "a cast from here asks for an administrator's "
			      "password" : "you may not cast from here");
}

void mc_check_services(struct mc_doctor *doctor)
{
	g_autofree char *limit = mc_doctor_read("/proc/sys/user/max_user_namespaces");

	if (!mc_ctl.bus)
		mc_doctor_say(doctor, "D-Bus", MC_BAD, "sudo apt-get install dbus", "there is no system bus");
	else if (mc_ctl.manager)
		mc_doctor_say(doctor, "miracastd", MC_GOOD, NULL, "runs, version %s", mc_manager_get_version(mc_ctl.manager));
	else
		mc_doctor_say(doctor, "miracastd", MC_BAD, "systemctl status miracastd; journalctl -u miracastd -n 20", "does not run and does not start");
	if (mc_ctl.bus)
		check_polkit(doctor);
	if (has_owner("org.freedesktop.Avahi") || start("org.freedesktop.Avahi"))
		mc_doctor_say(doctor, "Avahi", MC_GOOD, NULL, "runs: TVs on the network can be found");
	else
		mc_doctor_say(doctor, "Avahi", MC_WARN, "sudo apt-get install avahi-daemon && sudo systemctl enable --now avahi-daemon",
			      "does not run: TVs are cast to by address only");
	if (!strcmp(limit, "0"))
		mc_doctor_say(doctor, "sandbox", MC_WARN, "sudo sysctl user.max_user_namespaces=10000",
			      "user namespaces are off: sessions are locked up less well");
}

/* --- firewalls ------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *what, *hook, *protocol;
	unsigned int port;
	const char *why, *ufw, *firewalld, *nft;
} needs[] = {
	{ "tcp 7236", "input", "tcp", RTSP, "the TV connects to it", "sudo ufw allow 7236/tcp",
	  "sudo firewall-cmd --permanent --add-port=7236/tcp && sudo firewall-cmd --reload", "sudo nft insert rule inet filter input tcp dport 7236 accept" },
	{ "udp 5353", "input", "udp", MDNS, "by it TVs are found", "sudo ufw allow 5353/udp",
	  "sudo firewall-cmd --permanent --add-service=mdns && sudo firewall-cmd --reload", "sudo nft insert rule inet filter input udp dport 5353 accept" },
	{ "udp RTCP", "input", "udp", SOME_PORT, "the TV reports losses to a free port of ours", "sudo ufw allow 32768:60999/udp",
	  "sudo firewall-cmd --permanent --add-port=32768-60999/udp && sudo firewall-cmd --reload",
	  "sudo nft insert rule inet filter input udp dport 32768-60999 accept" },
	{ "tcp 7250", "output", "tcp", MICE, "a TV on the LAN is asked by it", "sudo ufw allow out 7250/tcp", NULL,
	  "sudo nft insert rule inet filter output tcp dport 7250 accept" },
	{ "udp RTP", "output", "udp", SOME_PORT, "the picture goes out to a port that the TV chooses", "sudo ufw allow out 1024:65535/udp", NULL,
	  "sudo nft insert rule inet filter output udp dport 1024-65535 accept" },
	{ "tcp UIBC", "output", "tcp", SOME_PORT, "touches come back over a connection to a port that the TV chooses",
	  "sudo ufw allow out 1024:65535/tcp", NULL, "sudo nft insert rule inet filter output tcp dport 1024-65535 accept" },
};

static void check_ruleset(struct mc_doctor *doctor, const char *ruleset, const char *manager)
{
	unsigned int closed = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(needs); i++) {
		const char *fix = !strcmp(manager, "ufw") ? needs[i].ufw : needs[i].nft;
		/* Without RTCP the rate is not adapted, without UIBC nothing comes back; a cast runs all the same. */
		bool vital = strcmp(needs[i].what, "udp RTCP") && strcmp(needs[i].what, "tcp UIBC");

		if (mc_firewall_passes(ruleset, needs[i].hook, needs[i].protocol, needs[i].port))
			continue;
		closed++;
		mc_doctor_say(doctor, "firewall", vital ? MC_BAD : MC_WARN, fix, "%s is closed (%s), and %s", needs[i].what, manager, needs[i].why);
	}
	if (!closed)
		mc_doctor_say(doctor, "firewall", MC_GOOD, NULL, "%s lets our ports through", manager);
}

static void check_firewalld(struct mc_doctor *doctor)
{
	for (gsize i = 0; i < G_N_ELEMENTS(needs); i++) {
		g_autofree char *port = g_strdup_printf("--query-port=%u/%s", needs[i].port, needs[i].protocol), *open = NULL, *service = NULL;

		if (strcmp(needs[i].hook, "input"))
			continue;
		open = mc_doctor_run((const char *const[]){ "firewall-cmd", port, NULL });
		service = needs[i].port == MDNS ? mc_doctor_run((const char *const[]){ "firewall-cmd", "--query-service=mdns", NULL }) : NULL;
		if (open || service)
			mc_doctor_say(doctor, "firewall", MC_GOOD, NULL, "firewalld lets %s through", needs[i].what);
		else
			mc_doctor_say(doctor, "firewall", needs[i].port == SOME_PORT ? MC_WARN : MC_BAD, needs[i].firewalld,
				      "%s is closed (firewalld), and %s", needs[i].what, needs[i].why);
	}
}

void mc_check_firewall(struct mc_doctor *doctor)
{
	g_autofree char *ufw_file = NULL, *ruleset = NULL;
	bool ufw = false;

	if (has_owner("org.fedoraproject.FirewallD1")) {
		check_firewalld(doctor);
		return;
	}
	if (g_file_get_contents("/etc/ufw/ufw.conf", &ufw_file, NULL, NULL))
		ufw = strstr(ufw_file, "\nENABLED=yes") || g_str_has_prefix(ufw_file, "ENABLED=yes");
	ruleset = mc_doctor_run((const char *const[]){ "nft", "list", "ruleset", NULL });
	if (!ruleset)
		ruleset = mc_doctor_run((const char *const[]){ "/usr/sbin/nft", "list", "ruleset", NULL });
	if (!ruleset && geteuid())
		mc_doctor_say(doctor, "firewall", ufw ? MC_WARN : MC_INFO, "sudo miracastctl doctor", "%s; its rules only root may read", ufw ? "ufw is on" :
			      "there may be one");
	else if (!ruleset)
		mc_doctor_say(doctor, "firewall", MC_INFO, NULL, "nft is not installed: rules cannot be read");
	else
		check_ruleset(doctor, ruleset, ufw ? "ufw" : "nftables");
}
