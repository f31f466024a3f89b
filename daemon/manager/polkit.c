// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may do what: polkit's actions connect (casts, looking round) and manage (what is trusted and remembered). */
#include <string.h>

#include "manager.h"

/* NULL: everybody may. What is on the network and what is cast is no secret on this machine. */
static const char *action_of(const char *method)
{
	static const char *const looking[] = { "ListSinks", "Networks", NULL }, *const managing[] = { "SetTrust", "SetDefaults", "Forget", NULL };

	if (g_strv_contains(looking, method))
		return NULL;
	return g_strv_contains(managing, method) ? "org.miracastd1.manage" : "org.miracastd1.connect";
}

/* In the object's own thread, before every method. Root needs no polkit: it could load another module. */
gboolean mc_authorise(GDBusInterfaceSkeleton *skeleton, GDBusMethodInvocation *invocation, void *data)
{
	struct manager *m = data;
	const char *sender = g_dbus_method_invocation_get_sender(invocation);
	const char *action = action_of(g_dbus_method_invocation_get_method_name(invocation));
	g_autoptr(PolkitSubject) subject = polkit_system_bus_name_new(sender);
	g_autoptr(PolkitAuthorizationResult) result = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(PolkitUnixUser) user = NULL;

	if (!action)
		return TRUE;
	user = polkit_system_bus_name_get_user_sync(POLKIT_SYSTEM_BUS_NAME(subject), NULL, NULL);
	if (user && !polkit_unix_user_get_uid(user))
		return TRUE;
	if (m->authority)
		result = polkit_authority_check_authorization_sync(m->authority, subject, action, NULL,
			POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION, NULL, &error);
	if (result && polkit_authorization_result_get_is_authorized(result))
		return TRUE;
	g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "you may not do this from here (polkit "
		"action %s)%s%s", action, error ? ": " : "", error ? error->message : "");
	return FALSE;
}
