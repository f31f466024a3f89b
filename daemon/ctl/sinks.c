// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastctl list, set, forget, trust: TVs and networks. */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "json.h"
#include "report.h"

static gboolean names_only, untrust;

const GOptionEntry mc_list_options[] = {
	{ "names", 0, 0, G_OPTION_ARG_NONE, &names_only, "Print only what a TV may be called by, a line each", NULL },
	{ NULL },
};

const GOptionEntry mc_trust_options[] = {
	{ "names", 0, 0, G_OPTION_ARG_NONE, &names_only, "Print only the networks' names, a line each", NULL },
	{ "remove", 0, 0, G_OPTION_ARG_NONE, &untrust, "Trust it no longer", NULL },
	{ NULL },
};

static const char *text_of(GVariant *dictionary, const char *key)
{
	const char *text = "";

	g_variant_lookup(dictionary, key, "&s", &text);
	return text;
}

static bool flag_of(GVariant *dictionary, const char *key)
{
	gboolean flag = FALSE;

	g_variant_lookup(dictionary, key, "b", &flag);
	return flag;
}

/* --- list ------------------------------------------------------------------------------------------------------ */

/* One that runs, or has failed: one that is over tells nothing about its TV. */
static McDisplay *cast_to(GPtrArray *casts, const char *id)
{
	for (guint i = 0; i < casts->len; i++) {
		if (!g_strcmp0(mc_display_get_target(casts->pdata[i]), id) && !mc_display_state_is(casts->pdata[i], "ended"))
			return casts->pdata[i];
	}
	return NULL;
}

static bool is_sink(GVariant *sinks, const char *id)
{
	for (gsize i = 0; i < g_variant_n_children(sinks); i++) {
		g_autoptr(GVariant) sink = g_variant_get_child_value(sinks, i);

		if (!g_strcmp0(text_of(sink, "id"), id))
			return true;
	}
	return false;
}

static void line(GString *out, const char *name, const char *state, const char *network, const char *id)
{
	g_string_append_printf(out, "%s", name);
	/* Columns, of characters and not of bytes. */
	for (glong n = g_utf8_strlen(name, -1); n < 24; n++)
		g_string_append_c(out, ' ');
	g_string_append_printf(out, " %-12s %-20s %s\n", state, network, id);
}

static void sink_line(GVariant *sink, GPtrArray *casts, GString *out)
{
	const char *id = text_of(sink, "id");
	McDisplay *cast = cast_to(casts, id);
	g_autofree char *network = flag_of(sink, "there") ? g_strdup_printf("%s%s", text_of(sink, "network"), flag_of(sink, "trusted") ? "" :
									    " (untrusted)") : g_strdup("");

	line(out, text_of(sink, "name"), cast ? mc_display_get_state(cast) : flag_of(sink, "there") ? "there" : "not there", network, id);
}

static int list_json(GVariant *sinks, GPtrArray *casts, const char *problem)
{
	g_autoptr(GString) out = g_string_new("{\"sinks\":");

	mc_json_variant(out, sinks);
	g_string_append(out, ",\"casts\":[");
	for (guint i = 0; i < casts->len; i++) {
		if (i)
			g_string_append_c(out, ',');
		mc_report_json(casts->pdata[i], out);
	}
	g_string_append(out, "],\"problem\":");
	mc_json_string(out, problem);
	puts(g_string_append_c(out, '}')->str);
	return OK;
}

static void print_once(GHashTable *printed, const char *name)
{
	if (g_hash_table_add(printed, g_strdup(name)))
		puts(name);
}

static int list_names(GVariant *sinks, GPtrArray *casts)
{
	g_autoptr(GHashTable) printed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (gsize i = 0; i < g_variant_n_children(sinks); i++) {
		g_autoptr(GVariant) sink = g_variant_get_child_value(sinks, i);

		print_once(printed, text_of(sink, "name"));
		print_once(printed, text_of(sink, "id"));
	}
	for (guint i = 0; i < casts->len; i++)
		print_once(printed, mc_display_get_target(casts->pdata[i]));
	return OK;
}

int mc_do_list(int argc, char **argv)
{
	g_autoptr(GPtrArray) casts = mc_displays(NULL);
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GVariant) sinks = NULL;
	g_autofree char *problem = NULL;
	g_autoptr(GError) error = NULL;

	if (argc > 1)
		return mc_fail(USAGE, "list takes no arguments");
	if (!mc_manager_call_list_sinks_sync(mc_ctl.manager, &sinks, &problem, NULL, &error))
		return mc_fail_with(error);
	if (mc_ctl.json)
		return list_json(sinks, casts, problem);
	if (names_only)
		return list_names(sinks, casts);
	if (g_variant_n_children(sinks) || casts->len)
		line(out, "NAME", "STATE", "NETWORK", "ID");
	for (gsize i = 0; i < g_variant_n_children(sinks); i++) {
		g_autoptr(GVariant) sink = g_variant_get_child_value(sinks, i);

		sink_line(sink, casts, out);
	}
	for (guint i = 0; i < casts->len; i++) {
		McDisplay *cast = casts->pdata[i];

		if (!is_sink(sinks, mc_display_get_target(cast)))
			line(out, mc_report_name(cast), mc_display_get_state(cast), "by address", mc_display_get_target(cast));
	}
	fputs(out->str, stdout);
	if (*problem)
		g_printerr("%s\n", problem);
	else if (!out->len)
		g_printerr("No TV was found. Is it on, in the same network, and its screen sharing switched on?\n"
			   "A firewall may be in the way: miracastctl doctor. By address: miracastctl connect ip:ADDRESS\n");
	return OK;
}

/* --- set, forget ------------------------------------------------------------------------------------------------ */

/* What a name means is looked up among what was found lately. */
static void look_round(void)
{
	mc_manager_call_list_sinks_sync(mc_ctl.manager, NULL, NULL, NULL, NULL);
}

int mc_do_set(int argc, char **argv)
{
	GVariantBuilder values = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{ss}"));
	g_autoptr(GError) error = NULL;

	if (argc < 3)
		return mc_fail(USAGE, "set wants a TV and KEY=VALUE, such as: set \"Living room\" mode=1920x1080@30");
	for (int i = 2; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals || equals == argv[i]) {
			g_autofree char *text = g_strdup_printf("\"%s\" is not KEY=VALUE", argv[i]);

			return mc_fail(USAGE, text);
		}
		*equals = 0;
		g_variant_builder_add(&values, "{ss}", argv[i], equals + 1);
	}
	look_round();
	if (!mc_manager_call_set_defaults_sync(mc_ctl.manager, argv[1], g_variant_builder_end(&values), NULL, &error))
		return mc_fail_with(error);
	if (mc_ctl.json)
		puts("{}");
	return OK;
}

int mc_do_forget(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc != 2)
		return mc_fail(USAGE, "forget wants one TV");
	if (!mc_manager_call_forget_sync(mc_ctl.manager, argv[1], NULL, &error))
		return mc_fail_with(error);
	if (mc_ctl.json)
		puts("{}");
	return OK;
}

/* --- trust ----------------------------------------------------------------------------------------------------------- */

static int list_networks(void)
{
	g_autoptr(GVariant) networks = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);

	if (!mc_manager_call_networks_sync(mc_ctl.manager, &networks, NULL, &error))
		return mc_fail_with(error);
	if (mc_ctl.json) {
		mc_json_variant(out, networks);
		puts(out->str);
		return OK;
	}
	for (gsize i = 0; i < g_variant_n_children(networks); i++) {
		g_autoptr(GVariant) network = g_variant_get_child_value(networks, i);
		const char *interface = text_of(network, "interface");

		if (names_only)
			g_string_append_printf(out, "%s\n", text_of(network, "name"));
		else
			line(out, text_of(network, "name"), flag_of(network, "trusted") ? "trusted" : "not trusted", *interface ? interface : "not connected",
		     text_of(network, "key"));
	}
	fputs(out->len || names_only ? out->str : "This machine is on no network that could be known again.\n", stdout);
	return OK;
}

int mc_do_trust(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc > 2 || (untrust && argc < 2))
		return mc_fail(USAGE, "trust wants one network, or none to list them");
	if (argc < 2)
		return list_networks();
	if (!mc_manager_call_set_trust_sync(mc_ctl.manager, argv[1], !untrust, NULL, &error))
		return mc_fail_with(error);
	if (mc_ctl.json)
		puts("{}");
	else
		printf("\"%s\" is %s.\n", argv[1], untrust ? "not trusted any more" : "trusted: TVs on it can be cast to by name");
	return OK;
}
