// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastctl report: one text file with what a bug report needs; redacted before it is written. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "doctor.h"
#include "redact.h"

static char *output;

const GOptionEntry mc_report_options[] = {
	{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The file to write, \"-\" for the standard output; one that exists is not touched", "FILE" },
	{ NULL },
};

static const struct section {
	const char *title;
	const char *argv[12];
} sections[] = {
	{ "system", { "uname", "-srvm" } },
	{ "distribution", { "cat", "/etc/os-release" } },
	{ "packages", { "dpkg-query", "-W", "miracast", "miracast-dkms", "libgstreamer1.0-0", "gstreamer1.0-plugins-ugly", "libdrm2", "avahi-daemon" } },
	{ "module", { "/sbin/modinfo", "miracast" } },
	{ "graphics cards", { "sh", "-c", "for c in /sys/class/drm/card[0-9]*; do echo \"$c $(readlink $c/device/driver) $(cat $c/status 2>/dev/null)\"; done" } },
	{ "doctor", { "miracastctl", "doctor", "--json" } },
	{ "casts", { "miracastctl", "status", "--json" } },
	{ "sinks", { "miracastctl", "list", "--json" } },
	{ "service", { "systemctl", "show", "miracastd", "-p", "ActiveState,SubState,Result,NRestarts,ExecMainStatus" } },
	{ "daemon's journal", { "journalctl", "-u", "miracastd", "-n", "400", "-o", "short-monotonic", "--no-hostname", "--no-pager" } },
	{ "kernel log", { "sh", "-c", "(dmesg || journalctl -k --no-hostname --no-pager) 2>/dev/null | grep -iE 'miracast|drm' | tail -n 200" } },
};

static char *collect(const char *self)
{
	g_autoptr(GString) text = g_string_new("Miracast for Linux " MC_VERSION ", report for a bug.\nNames, addresses and ids are replaced: the same one is "
					       "the same number throughout. Read it before you send it.\n");

	for (gsize i = 0; i < G_N_ELEMENTS(sections); i++) {
		const char *argv[G_N_ELEMENTS(sections[i].argv) + 1] = {};
		g_autofree char *out = NULL;

		memcpy(argv, sections[i].argv, sizeof(sections[i].argv));
		if (!strcmp(argv[0], "miracastctl"))
			argv[0] = self;
		out = mc_doctor_output(argv);
		g_string_append_printf(text, "\n== %s\n%s\n", sections[i].title, out && *out ? g_strchomp(out) : "(nothing)");
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What is to be replaced though it has no form of its own. */
static void add_names(struct mc_redactor *redactor)
{
	struct utsname host;
	g_autoptr(GVariant) sinks = NULL, networks = NULL;

	uname(&host);
	mc_redactor_add(redactor, "host", host.nodename);
	mc_redactor_add(redactor, "user", g_get_user_name());
	mc_redactor_add(redactor, "user", g_getenv("SUDO_USER"));
	mc_redactor_add(redactor, "person", g_get_real_name());
	if (!mc_ctl.manager)
		return;
	mc_manager_call_list_sinks_sync(mc_ctl.manager, &sinks, NULL, NULL, NULL);
	mc_manager_call_networks_sync(mc_ctl.manager, &networks, NULL, NULL);
	for (gsize i = 0; sinks && i < g_variant_n_children(sinks); i++) {
		g_autoptr(GVariant) sink = g_variant_get_child_value(sinks, i);
		const char *name = NULL, *id = NULL;

		g_variant_lookup(sink, "name", "&s", &name);
		g_variant_lookup(sink, "id", "&s", &id);
		mc_redactor_add(redactor, "tv", name);
		mc_redactor_add(redactor, "id", id);
	}
	for (gsize i = 0; networks && i < g_variant_n_children(networks); i++) {
		g_autoptr(GVariant) network = g_variant_get_child_value(networks, i);
		const char *name = NULL;

		g_variant_lookup(network, "name", "&s", &name);
		mc_redactor_add(redactor, "network", name);
	}
}

int mc_do_report(int argc, char **argv)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL), *raw = NULL, *text = NULL, *path = NULL;
	struct mc_redactor *redactor = mc_redactor_new();
	FILE *file;
	int fd;

	if (argc > 1)
		return mc_fail(USAGE, "report takes no arguments");
	if (!mc_ctl.json)
		g_printerr("  looking round; this takes some seconds\n");
	add_names(redactor);
	raw = collect(self ? self : "miracastctl");
	text = mc_redact(redactor, raw);
	mc_redactor_free(redactor);
	if (output && !strcmp(output, "-")) {
		fputs(text, stdout);
		return OK;
	}
	path = output ? g_strdup(output) : g_strdup_printf("miracast-report-%lld.txt", (long long)time(NULL));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file || fputs(text, file) < 0 || fclose(file)) {
		g_autofree char *why = g_strdup_printf("%s: %m", path);

		return mc_fail(FAILED, why);
	}
	if (mc_ctl.json)
		printf("{\"file\":\"%s\"}\n", path);
	else
		printf("%s: read it, then add it to your report.\n", path);
	return OK;
}
