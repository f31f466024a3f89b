/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors as D-Bus names them: org.miracastd1.Error.*. */
#pragma once

#include <gio/gio.h>

#define MC_ERROR mc_error_quark()
GQuark mc_error_quark(void);

enum mc_error {
	MC_ERROR_UNKNOWN_SINK,	/* a name or an id that nobody has */
	MC_ERROR_AMBIGUOUS,	/* a name that several have, or that a sink has taken which is new: choose by id */
	MC_ERROR_NOT_TRUSTED,	/* a network that the user has not said to be his */
};

/* Answers with @error, of MC_ERROR or G_IO_ERROR; frees it. */
void mc_return_error(GDBusMethodInvocation *invocation, GError *error);
