// SPDX-License-Identifier: GPL-2.0-or-later
/* What a bug report must not tell. */
#include <glib.h>
#include <string.h>

#include "ctl/redact.h"

static char *redact(const char *text)
{
	struct mc_redactor *redactor = mc_redactor_new();
	char *out;

	mc_redactor_add(redactor, "tv", "Anna's TV");
	mc_redactor_add(redactor, "host", "annas-laptop");
	mc_redactor_add(redactor, "user", "root");
	mc_redactor_add(redactor, "user", NULL);
	out = mc_redact(redactor, text);
	mc_redactor_free(redactor);
	return out;
}

static void check(const char *text, const char *expected)
{
	g_autofree char *out = redact(text);

	g_assert_cmpstr(out, ==, expected);
}

static void addresses_go(void)
{
	check("from 192.168.49.7 to 192.168.49.1, again 192.168.49.7", "from [ip-1] to [ip-2], again [ip-1]");
	check("peer fe80::1a2b:3c4d:5e6f:7788 and 2001:db8::42", "peer [ip-1] and [ip-2]");
	check("mac DE:AD:BE:EF:00:01, de:ad:be:ef:00:01", "mac [mac-1], [mac-1]");
	check("id 1B4E28BA-2FA1-11D2-883F-0016D3CCA427", "id [id-1]");
}

static void names_go(void)
{
	check("\"Anna's TV\" by annas-laptop.local, ANNAS-LAPTOP", "\"[tv-1]\" by [host-1].local, [host-1]");
	check("/home/anna/miracast/log", "[home-1]/miracast/log");
}

static void the_rest_stays(void)
{
	check("12:34:56 miracastd[1]: 1920x1080@60, 127.0.0.1, Linux 6.1.0-56, root", "12:34:56 miracastd[1]: 1920x1080@60, 127.0.0.1, Linux 6.1.0-56, root");
	check("[   12.345678] drm::init 0x1f: 3", "[   12.345678] drm::init 0x1f: 3");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/redact/addresses_go", addresses_go);
	g_test_add_func("/redact/names_go", names_go);
	g_test_add_func("/redact/the_rest_stays", the_rest_stays);
	return g_test_run();
}
