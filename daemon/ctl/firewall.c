// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads what `nft list ruleset` prints, which is the rules of ufw and of iptables-nft, too. Knows ports, verdicts and jumps. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

#define DEPTH_MAX 8
/* Chains that jump to one another make more ways through than anybody can go. */
#define JUMPS_MAX 256

enum verdict { PASSED_ON, ACCEPTED, STOPPED };

/* Whether @port stands in a rule's "dport" match: one port, a range, or a set of those. */
static bool names_port(const char *rule, const char *protocol, unsigned int port)
{
	g_autofree char *words = g_strdup_printf("%s dport ", protocol), *either = g_strdup("th dport ");
	const char *match = strstr(rule, words);

	if (!match)
		match = strstr(rule, either);
	if (!match)
		return false;
	match = strstr(match, "dport ") + strlen("dport ");
	if (g_str_has_prefix(match, "!="))
		return false;
	for (const char *p = match + (*match == '{'); *p && *p != '}'; ) {
		unsigned int from, to;
		int used = 0;

		p += strspn(p, " ,");
		if (sscanf(p, "%u-%u%n", &from, &to, &used) == 2 && used) {
			if (port >= from && port <= to)
				return true;
		} else if (sscanf(p, "%u%n", &from, &used) == 1 && used) {
			if (port == from)
				return true;
		} else {
			return false;
		}
		p += used;
		/* Outside a set one item is all. */
		if (*match != '{')
			return false;
	}
	return false;
}

/* A rule that lets through, or stops, whatever its packet is: no match but a counter and a log before the verdict. */
static bool is_unconditional(const char *rule, const char *verdict)
{
	g_autofree char *text = g_strstrip(g_strdup(rule));

	if (g_str_has_prefix(text, "counter")) {
		char *rest = strstr(text, "bytes ");

		if (!rest)
			return false;
		rest += strlen("bytes ");
		rest += strspn(rest, "0123456789 ");
		return g_str_has_prefix(rest, verdict);
	}
	return g_str_has_prefix(text, verdict);
}

/* The line after "chain NAME {" in the table that begins at @table. */
static char **find_chain(char **table, const char *name)
{
	g_autofree char *head = g_strdup_printf("chain %s {", name);

	for (char **line = table + 1; *line && !g_str_has_prefix(*line, "table "); line++) {
		if (g_str_has_suffix(*line, head))
			return line + 1;
	}
	return NULL;
}

struct question {
	const char *protocol;
	unsigned int port, jumps;
};

/* A chain's rules in order. What we do not understand neither accepts nor stops. */
static enum verdict judge(struct question *q, char **table, char **rules, int depth)
{
	for (char **line = rules; *line && strcmp(g_strstrip(*line), "}"); line++) {
		bool ours = names_port(*line, q->protocol, q->port);
		const char *jump = strstr(*line, "jump ");

		if (strstr(*line, "type filter hook"))
			continue;
		if (is_unconditional(*line, "accept") || (ours && strstr(*line, "accept")))
			return ACCEPTED;
		if (is_unconditional(*line, "drop") || is_unconditional(*line, "reject") ||
		    (ours && (strstr(*line, "drop") || strstr(*line, "reject"))))
			return STOPPED;
		if (jump && (ours || is_unconditional(*line, "jump")) && depth < DEPTH_MAX &&
		    q->jumps++ < JUMPS_MAX) {
			g_autofree char *name = g_strndup(jump + 5, strcspn(jump + 5, " \t"));
			char **chain = find_chain(table, name);
			enum verdict verdict = chain ? judge(q, table, chain, depth + 1) : PASSED_ON;

			if (verdict != PASSED_ON)
				return verdict;
		}
	}
	return PASSED_ON;
}

bool mc_firewall_passes(const char *ruleset, const char *hook, const char *protocol, unsigned int port)
{
	g_auto(GStrv) lines = g_strsplit(ruleset, "\n", -1);
	g_autofree char *base = g_strdup_printf("type filter hook %s ", hook);
	struct question q = { .protocol = protocol, .port = port };
	char **table = lines;

	/* Every base chain of the hook has to let it through. */
	for (char **line = lines; *line; line++) {
		enum verdict verdict;

		if (g_str_has_prefix(*line, "table "))
			table = line;
		if (!strstr(*line, base))
			continue;
		verdict = judge(&q, table, line + 1, 0);
		if (verdict == STOPPED || (verdict == PASSED_ON && strstr(*line, "policy drop")))
			return false;
	}
	return true;
}
