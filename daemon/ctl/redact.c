// SPDX-License-Identifier: GPL-2.0-or-later
/* Redaction: names that we know first, then everything that has the form of an address or an id. */
#include "redact.h"

#include <glib.h>
#include <string.h>

struct mc_redactor {
	GHashTable *numbers;	/* "kind/thing" -> number */
	GHashTable *counts;	/* kind -> how many */
	GPtrArray *names;	/* kind, name, kind, name... */
};

/* In this order: what is longer first. */
static const struct { const char *kind, *pattern; } forms[] = {
	{ "id", "(?i)\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b" },
	{ "mac", "(?i)\\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\\b" },
	/* At least three groups, or "::" beside a group of hexadecimal digits: a time of day has no such form. */
	{ "ip", "(?i)(?<![\\w:])(([0-9a-f]{1,4}:){3,7}(:?[0-9a-f]{1,4}){1,4}|([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,6}|::[0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,6}|"
	  "fe80::[0-9a-f:]*)(?![\\w:])" },
	{ "ip", "\\b(?!127\\.0\\.0\\.1\\b)(?!0\\.0\\.0\\.0\\b)\\d{1,3}(\\.\\d{1,3}){3}\\b(?!\\.\\d)" },
	{ "home", "/home/[^/\\s\"]+" },
};

struct mc_redactor *mc_redactor_new(void)
{
	struct mc_redactor *r = g_new0(struct mc_redactor, 1);

	r->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->names = g_ptr_array_new_with_free_func(g_free);
	return r;
}

void mc_redactor_free(struct mc_redactor *r)
{
	g_hash_table_unref(r->numbers);
	g_hash_table_unref(r->counts);
	g_ptr_array_unref(r->names);
	g_free(r);
}

void mc_redactor_add(struct mc_redactor *r, const char *kind, const char *name)
{
	static const char *const common[] = { "root", "localhost", "miracast", "Linux", "linux", "debian", "Unknown", "lo", NULL };

	if (!name || strlen(name) < 2 || g_strv_contains(common, name))
		return;
	g_ptr_array_add(r->names, g_strdup(kind));
	g_ptr_array_add(r->names, g_strdup(name));
}

static char *placeholder(struct mc_redactor *r, const char *kind, const char *thing)
{
	g_autofree char *lower = g_ascii_strdown(thing, -1), *key = g_strdup_printf("%s/%s", kind, lower);
	guint number = GPOINTER_TO_UINT(g_hash_table_lookup(r->numbers, key));

	if (!number) {
		number = GPOINTER_TO_UINT(g_hash_table_lookup(r->counts, kind)) + 1;
		g_hash_table_insert(r->counts, g_strdup(kind), GUINT_TO_POINTER(number));
		g_hash_table_insert(r->numbers, g_steal_pointer(&key), GUINT_TO_POINTER(number));
	}
	return g_strdup_printf("[%s-%u]", kind, number);
}

struct pass {
	struct mc_redactor *redactor;
	const char *kind;
};

static gboolean replace(const GMatchInfo *match, GString *out, void *data)
{
	const struct pass *pass = data;
	g_autofree char *thing = g_match_info_fetch(match, 0), *mark = placeholder(pass->redactor, pass->kind, thing);

	g_string_append(out, mark);
	return FALSE;
}

static char *apply(struct mc_redactor *r, const char *kind, const char *pattern, char *text)
{
	g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
	struct pass pass = { r, kind };
	char *out = regex ? g_regex_replace_eval(regex, text, -1, 0, 0, replace, &pass, NULL) : NULL;

	if (!out)
		return text;
	g_free(text);
	return out;
}

char *mc_redact(struct mc_redactor *r, const char *text)
{
	char *out = g_utf8_make_valid(text, -1);

	for (guint i = 0; i < r->names->len; i += 2) {
		g_autofree char *quoted = g_regex_escape_string(r->names->pdata[i + 1], -1);
		g_autofree char *pattern = g_strdup_printf("(?i)(?<!\\w)%s(?!\\w)", quoted);

		out = apply(r, r->names->pdata[i], pattern, out);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
		out = apply(r, forms[i].kind, forms[i].pattern, out);
	return out;
}
