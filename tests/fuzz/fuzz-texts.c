// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts of other programs that miracastctl reads: a firewall's rules, and a log that is redacted. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/doctor.h"
#include "ctl/redact.h"

#define NAME "Wohnzimmer"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size), *once = NULL, *named = NULL;
	struct mc_redactor *redactor = mc_redactor_new();

	mc_firewall_passes(text, "input", "tcp", 7236);
	mc_firewall_passes(text, "output", "udp", 40001);

	mc_redactor_add(redactor, "tv", NAME);
	named = g_strconcat("a \"" NAME "\" ", text, NULL);
	once = mc_redact(redactor, named);
	if (g_str_has_prefix(once, "a \"" NAME))
		abort();
	mc_redactor_free(redactor);
	return 0;
}
