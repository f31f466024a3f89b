// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastctl: what a person types. A client of org.miracastd1; only doctor and report look at the machine themselves. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "json.h"

/* A password may have to be typed. */
#define CALL_TIMEOUT_MS 120000

struct mc_ctl mc_ctl;

static const GOptionEntry common_options[] = {
	{ "json", 0, 0, G_OPTION_ARG_NONE, &mc_ctl.json, "Print JSON", NULL },
	{ "session-bus", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &mc_ctl.user_bus, "", NULL },
	{ NULL },
};

static const struct command {
	const char *name, *arguments, *help;
	int (*run)(int argc, char **argv);
	const GOptionEntry *options;
	bool without_daemon;
} commands[] = {
	{ "list", "", "TVs that are there, and casts", mc_do_list, mc_list_options },
	{ "connect", "TARGET", "Cast to a TV: its name, its id, or ip:ADDRESS", mc_do_connect, mc_connect_options },
	{ "disconnect", "[TARGET]", "End one cast, or all", mc_do_disconnect },
	{ "status", "[TARGET]", "Everything about a cast", mc_do_status },
	{ "monitor", "[TARGET]", "Frames, rates and the time of each stage, once a second", mc_do_monitor, mc_monitor_options },
	{ "set", "TV KEY=VALUE...", "Remember how to cast to a TV; KEY= forgets", mc_do_set },
	{ "forget", "TV", "Forget a TV and what was set for it", mc_do_forget },
	{ "trust", "[NETWORK]", "Networks, and which of them TVs are cast to on by name", mc_do_trust, mc_trust_options },
	{ "doctor", "", "Check this machine, and say how to mend what is wrong", mc_do_doctor, NULL, true },
	{ "report", "", "Collect what a bug report needs, without names and addresses", mc_do_report, mc_report_options, true },
};

int mc_fail(int code, const char *text)
{
	if (mc_ctl.json) {
		g_autoptr(GString) out = g_string_new("{\"error\":");

		mc_json_string(out, text);
		puts(g_string_append_c(out, '}')->str);
	} else {
		g_printerr("miracastctl: %s\n", text);
	}
	return code;
}

int mc_fail_with(GError *error)
{
	static const struct { const char *name; int code; } names[] = {
		{ "org.miracastd1.Error.InvalidArgument", USAGE }, { "org.miracastd1.Error.NotFound", NOT_FOUND },
		{ "org.miracastd1.Error.UnknownSink", NOT_FOUND }, { "org.miracastd1.Error.Ambiguous", NOT_FOUND },
		{ "org.miracastd1.Error.NotTrusted", NOT_TRUSTED }, { "org.freedesktop.DBus.Error.AccessDenied", DENIED },
		{ "org.freedesktop.DBus.Error.ServiceUnknown", NO_DAEMON }, { "org.freedesktop.DBus.Error.NameHasNoOwner", NO_DAEMON },
	};
	g_autofree char *remote = g_dbus_error_get_remote_error(error);
	int code = FAILED;

	for (gsize i = 0; remote && i < G_N_ELEMENTS(names); i++) {
		if (!strcmp(names[i].name, remote))
			code = names[i].code;
	}
	if (code == NO_DAEMON)
		return mc_fail(code, "miracastd is not running; try: systemctl start miracastd");
	g_dbus_error_strip_remote_error(error);
	return mc_fail(code, error->message);
}

static void help(FILE *to)
{
	fputs("Usage: miracastctl COMMAND [OPTIONS]\n\nMakes a TV a monitor of this desktop.\n\n", to);
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(to, "  %-11s%-16s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
	fputs("\nEvery command takes --help and --json. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no daemon, 4 not found,\n"
	      "5 not allowed, 6 the sink did not connect in time, 7 the network is not trusted. See miracastctl(1).\n", to);
}

static int reach_daemon(bool needed)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *owner = NULL;

	mc_ctl.bus = g_bus_get_sync(mc_ctl.user_bus ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, &error);
	if (!mc_ctl.bus) {
		g_autofree char *text = g_strdup_printf("there is no D-Bus to reach miracastd by: %s", error->message);

		return needed ? mc_fail(NO_DAEMON, text) : OK;
	}
	mc_ctl.manager = mc_manager_proxy_new_sync(mc_ctl.bus, G_DBUS_PROXY_FLAGS_NONE, MC_BUS_NAME, MC_PATH, NULL, &error);
	if (!mc_ctl.manager)
		return needed ? mc_fail_with(error) : OK;
	g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(mc_ctl.manager), CALL_TIMEOUT_MS);
	owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(mc_ctl.manager));
	if (owner)
		return OK;
	g_clear_object(&mc_ctl.manager);
	return needed ? mc_fail(NO_DAEMON, "miracastd is not running; try: systemctl start miracastd") : OK;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	g_autofree char *title = g_strdup_printf("%s - %s", command->arguments, command->help);
	g_autofree char *program = g_strdup_printf("miracastctl %s", command->name);
	g_autoptr(GOptionContext) context = g_option_context_new(title);
	g_autoptr(GError) error = NULL;
	int ret;

	g_set_prgname(program);
	g_option_context_add_main_entries(context, common_options, NULL);
	if (command->options)
		g_option_context_add_main_entries(context, command->options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error))
		return mc_fail(USAGE, error->message);
	ret = reach_daemon(!command->without_daemon);
	return ret ? ret : command->run(argc, argv);
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
