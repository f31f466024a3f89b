// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors, for D-Bus. */
#include "errors.h"

#define PREFIX "org.miracastd1.Error."

G_DEFINE_QUARK(mc-error, mc_error)

static const char *name_of(const GError *error)
{
	static const char *const names[] = {
		[MC_ERROR_UNKNOWN_SINK] = PREFIX "UnknownSink", [MC_ERROR_AMBIGUOUS] = PREFIX "Ambiguous",
		[MC_ERROR_NOT_TRUSTED] = PREFIX "NotTrusted",
	};

	if (error->domain == MC_ERROR)
		return names[error->code];
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
		return PREFIX "InvalidArgument";
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
		return PREFIX "NotFound";
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_EXISTS))
		return PREFIX "Exists";
	return PREFIX "Failed";
}

void mc_return_error(GDBusMethodInvocation *invocation, GError *error)
{
	g_dbus_method_invocation_return_dbus_error(invocation, name_of(error), error->message);
	g_error_free(error);
}
