/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of miracastctl share. Each returns an exit code. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "miracastd-bus.h"

#define MC_BUS_NAME "org.miracastd1"
#define MC_PATH "/org/miracastd1"

/* Exit codes, as the manual page has them. */
enum { OK = 0, FAILED = 1, USAGE = 2, NO_DAEMON = 3, NOT_FOUND = 4, DENIED = 5, TIMED_OUT = 6, NOT_TRUSTED = 7 };

struct mc_ctl {
	gboolean json, user_bus;
	GDBusConnection *bus;	/* NULL for a command that does without */
	McManager *manager;	/* NULL for a command that does without, or when no daemon runs */
};
extern struct mc_ctl mc_ctl;

/* Prints an error, as JSON when that is asked for, and returns @code. */
int mc_fail(int code, const char *text);
/* The same with what a D-Bus call returned; the code is the error's. */
int mc_fail_with(GError *error);

/* The displays whose target, name or number is @which; all of them when it is NULL. Of McDisplay. */
GPtrArray *mc_displays(const char *which);
McDisplay *mc_display_at(const char *path, GError **error);
bool mc_display_state_is(McDisplay *display, const char *state);

extern const GOptionEntry mc_list_options[], mc_connect_options[], mc_monitor_options[], mc_trust_options[], mc_report_options[];
int mc_do_connect(int argc, char **argv);
int mc_do_disconnect(int argc, char **argv);
int mc_do_list(int argc, char **argv);
int mc_do_status(int argc, char **argv);
int mc_do_monitor(int argc, char **argv);
int mc_do_trust(int argc, char **argv);
int mc_do_set(int argc, char **argv);
int mc_do_forget(int argc, char **argv);
int mc_do_doctor(int argc, char **argv);
int mc_do_report(int argc, char **argv);
