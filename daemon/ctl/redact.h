/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes out of a text what would tell whose it is: addresses, ids, home folders, and names that it is told. */
#pragma once

struct mc_redactor;

struct mc_redactor *mc_redactor_new(void);
void mc_redactor_free(struct mc_redactor *redactor);

/* From now on @name becomes "[kind-N]" wherever it stands as a word of its own. NULL, and what is shorter than two bytes or says
 * nothing ("root", "localhost", "miracast"), is passed over. */
void mc_redactor_add(struct mc_redactor *redactor, const char *kind, const char *name);

/* The text with the same number for the same thing throughout; free it. */
char *mc_redact(struct mc_redactor *redactor, const char *text);
