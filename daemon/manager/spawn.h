/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts a session process: own user, empty environment, the wire as its standard input, nothing else. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * Runs @program with @wire as standard input, standard output to /dev/null, as @user where this process may change to it (NULL:
 * the same user). Returns the process id, or -1 and @error.
 */
pid_t mc_spawn(const char *program, int wire, const char *user, GError **error);
