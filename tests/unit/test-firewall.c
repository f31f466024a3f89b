// SPDX-License-Identifier: GPL-2.0-or-later
/* What a ruleset does to our ports, in rulesets as nft prints them. */
#include <glib.h>

#include "ctl/doctor.h"

static const char *const own_rules =
	"table inet filter {\n"
	"\tset blocked {\n\t\ttype ipv4_addr\n\t}\n\n"
	"\tchain input {\n"
	"\t\ttype filter hook input priority filter; policy drop;\n"
	"\t\tct state { established, related } accept\n"
	"\t\tiifname \"lo\" accept\n"
	"\t\ttcp dport { 22, 7000-7100, 7236 } accept\n"
	"\t\tudp dport 5353 counter packets 3 bytes 200 accept\n"
	"\t}\n\n"
	"\tchain output {\n"
	"\t\ttype filter hook output priority filter; policy accept;\n"
	"\t}\n"
	"}\n";

static const char *const like_ufw =
	"table ip filter {\n"
	"\tchain ufw-user-input {\n"
	"\t\tip protocol tcp tcp dport 7236 counter packets 0 bytes 0 accept\n"
	"\t}\n\n"
	"\tchain ufw-before-input {\n"
	"\t\tiifname \"lo\" counter packets 4 bytes 400 accept\n"
	"\t\tip daddr 224.0.0.251 udp dport 5353 counter packets 0 bytes 0 accept\n"
	"\t\tcounter packets 9 bytes 900 jump ufw-user-input\n"
	"\t}\n\n"
	"\tchain INPUT {\n"
	"\t\ttype filter hook input priority filter; policy drop;\n"
	"\t\tcounter packets 9 bytes 900 jump ufw-before-input\n"
	"\t}\n"
	"}\n";

static void rules_open_ports(void)
{
	g_assert_true(mc_firewall_passes(own_rules, "input", "tcp", 7236));
	g_assert_true(mc_firewall_passes(own_rules, "input", "tcp", 7050));
	g_assert_true(mc_firewall_passes(own_rules, "input", "udp", 5353));
	g_assert_true(mc_firewall_passes(own_rules, "output", "tcp", 7250));
}

static void the_policy_closes_the_rest(void)
{
	g_assert_false(mc_firewall_passes(own_rules, "input", "udp", 7236));
	g_assert_false(mc_firewall_passes(own_rules, "input", "tcp", 7250));
	g_assert_false(mc_firewall_passes(own_rules, "input", "udp", 40001));
}

static void no_rules_close_nothing(void)
{
	g_assert_true(mc_firewall_passes("", "input", "tcp", 7236));
}

static void jumps_are_followed(void)
{
	g_assert_true(mc_firewall_passes(like_ufw, "input", "tcp", 7236));
	g_assert_true(mc_firewall_passes(like_ufw, "input", "udp", 5353));
	g_assert_false(mc_firewall_passes(like_ufw, "input", "tcp", 22));
}

static void an_endless_jump_ends(void)
{
	g_assert_false(mc_firewall_passes("table ip t {\n\tchain a {\n\t\ttype filter hook input priority 0; policy drop;\n\t\tjump a\n\t}\n}\n",
					  "input", "tcp", 1));
}

static void a_later_rule_does_not_reopen(void)
{
	g_assert_false(mc_firewall_passes("table ip t {\n\tchain a {\n\t\ttype filter hook input priority 0; policy accept;\n\t\treject\n"
					  "\t\ttcp dport 7236 accept\n\t}\n}\n", "input", "tcp", 7236));
	g_assert_false(mc_firewall_passes("table ip t {\n\tchain a {\n\t\ttype filter hook input priority 0; policy accept;\n"
					  "\t\ttcp dport 7236 drop\n\t}\n}\n", "input", "tcp", 7236));
}

/* A ladder of chains, each of which jumps to the next many times: 40^8 ways through. */
static void jumps_come_to_an_end(void)
{
	g_autoptr(GString) rules = g_string_new("table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\tjump c0\n\t}\n");

	for (int chain = 0; chain < 9; chain++) {
		g_string_append_printf(rules, "\tchain c%d {\n", chain);
		for (int i = 0; i < 40; i++)
			g_string_append_printf(rules, "\t\tjump c%d\n", chain + 1);
		g_string_append(rules, "\t}\n");
	}
	g_string_append(rules, "}\n");
	g_assert_false(mc_firewall_passes(rules->str, "input", "tcp", 7236));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/firewall/rules_open_ports", rules_open_ports);
	g_test_add_func("/firewall/the_policy_closes_the_rest", the_policy_closes_the_rest);
	g_test_add_func("/firewall/no_rules_close_nothing", no_rules_close_nothing);
	g_test_add_func("/firewall/jumps_are_followed", jumps_are_followed);
	g_test_add_func("/firewall/an_endless_jump_ends", an_endless_jump_ends);
	g_test_add_func("/firewall/a_later_rule_does_not_reopen", a_later_rule_does_not_reopen);
	g_test_add_func("/firewall/jumps_come_to_an_end", jumps_come_to_an_end);
	return g_test_run();
}
