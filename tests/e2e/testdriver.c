// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A driver for miracast-session that tests its host: who may be called when (driver.h). It speaks no Miracast; it ends its session with
 * what it has found, and says on standard error how the stop went. It tries the session's lock, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <drm/miracast_drm.h>

#include "session/driver.h"

static const struct mc_callbacks *host;
static void *handle;
static GString *wrong;
static GThread *other;
static gint starting, stopping, other_waits, messages_early, messages;

static void expect(bool good, const char *what)
{
	if (!good)
		g_string_append_printf(wrong, "%s%s", wrong->len ? "; " : "", what);
}

static int arrive(void)
{
	struct drm_miracast_mode mode = { 640, 480, 60000, DRM_MIRACAST_MODE_PREFERRED };
	struct drm_miracast_monitor_arrival arrival = { .modes_ptr = (uintptr_t)&mode, .modes_count = 1 };

	return host->io_control(handle, MC_IO_MONITOR_ARRIVAL, &arrival, sizeof(arrival), NULL, 0);
}

/* Another thread than the session's: waits while start runs, fails while stop runs. */
static void *other_thread(void *data)
{
	struct drm_miracast_get_state state;
	int ret;

	g_atomic_int_set(&other_waits, 1);
	ret = host->io_control(handle, MC_IO_GET_STATE, NULL, 0, &state, sizeof(state));
	expect(!ret && !g_atomic_int_get(&starting), "io_control of another thread did not wait for start_session");
	while (!g_atomic_int_get(&stopping))
		g_usleep(1000);
	ret = host->io_control(handle, MC_IO_GET_STATE, NULL, 0, &state, sizeof(state));
	fprintf(stderr, "test driver: io_control of another thread during stop_session: %s\n", ret == -ECANCELED ? "cancelled" : "WRONG");
	return NULL;
}

static int create_context(void *h, const struct mc_callbacks *callbacks, void **context)
{
	host = callbacks;
	handle = h;
	wrong = g_string_new(NULL);
	*context = wrong;
	return 0;
}

static void destroy_context(void *context)
{
	int ret = host->io_control(handle, MC_IO_MONITOR_DEPARTURE, NULL, 0, NULL, 0);

	fprintf(stderr, "test driver: io_control during destroy_context: %s\n", ret == -ESHUTDOWN ? "refused" : "WRONG");
	g_string_free(wrong, TRUE);
}

static gboolean later(void *data)
{
	struct drm_miracast_next_chunk chunk;
	char text[8];

	if (!g_atomic_int_get(&messages))
		return G_SOURCE_CONTINUE;
	expect(!messages_early, "a kernel message came before start_session had returned");
	expect(host->get_next_chunk(handle, 0, 0, text, sizeof(text)) == -EMSGSIZE, "a small buffer was taken for a chunk");
	expect(host->get_next_chunk(handle, 0, 0, &chunk, sizeof(chunk)) == -ETIME, "a chunk where nobody draws");
	host->report_session_status(handle, MC_STATUS_CRITICAL_ERROR, -EIO, "test", wrong->len ? wrong->str : "all is as it should be");
	host->report_session_status(handle, MC_STATUS_MISSING_KEEPALIVE, -EIO, "test", "the second report won");
	return G_SOURCE_REMOVE;
}

/* The lock is closed before the sink is heard. */
static void try_the_lock(void)
{
	expect(open("/etc/passwd", O_RDONLY) < 0, "a file could be opened");
	expect(open("/proc/self/mem", O_RDWR) < 0, "its own memory could be opened");
	expect(socket(AF_INET, SOCK_STREAM, 0) < 0, "a socket could be made");
	expect(syscall(SYS_fork) < 0, "a process could be made");
	expect(kill(getppid(), 0) < 0, "the manager could be signalled");
	expect(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0, "ptrace() is there");
	expect(execl("/bin/true", "true", NULL) < 0, "another program could be run");
	expect(mount("none", "/mnt", "tmpfs", 0, NULL) < 0, "mount() is there");
}

static int start_session(void *context, int rtsp, const struct mc_connection_stats *stats, uint32_t *info)
{
	uint32_t small;

	g_atomic_int_set(&starting, 1);
	other = g_thread_new("other", other_thread, NULL);
	while (!g_atomic_int_get(&other_waits))
		g_usleep(1000);
	try_the_lock();
	expect(rtsp >= 0, "no RTSP socket");
	expect(!arrive(), "io_control of the session's own thread during start_session");
	expect(host->io_control(handle, MC_IO_GET_STATE, NULL, 0, &small, sizeof(small)) == -EINVAL, "a result that does not fit");
	expect(host->io_control(handle, 99, NULL, 0, NULL, 0) == -EINVAL, "an unknown io_control");
	expect(host->register_for_data_rate_notifications(handle, NULL, NULL) == -EINVAL, "unregistered what never was");
	/* The monitor's arrival is a message; it has to wait. */
	g_usleep(1500000);
	messages_early = g_atomic_int_get(&messages);
	*info = MC_SESSION_MONITOR_CONNECTED;
	g_atomic_int_set(&starting, 0);
	g_timeout_add(50, later, NULL);
	return 0;
}

static void stop_session(void *context)
{
	g_atomic_int_set(&stopping, 1);
	g_thread_join(other);
	fprintf(stderr, "test driver: io_control of the stopping thread: %s\n",
		host->io_control(handle, MC_IO_MONITOR_DEPARTURE, NULL, 0, NULL, 0) ? "WRONG" : "done");
}

static int handle_kernel_message(void *context, enum mc_message message, const void *in, size_t in_size)
{
	g_atomic_int_add(&messages, 1);
	expect(!g_atomic_int_get(&starting) && !g_atomic_int_get(&stopping), "a message inside start_session or stop_session");
	expect(message == MC_MESSAGE_STATE && in_size == sizeof(struct drm_miracast_get_state), "a message of another kind");
	return 0;
}

int query_miracast_driver_interface(uint32_t version, uint32_t size, struct mc_driver_interface *interface);

int query_miracast_driver_interface(uint32_t version, uint32_t size, struct mc_driver_interface *interface)
{
	if (version != MC_DRIVER_INTERFACE_VERSION_1)
		return -EOPNOTSUPP;
	if (size < sizeof(*interface))
		return -EMSGSIZE;
	*interface = (struct mc_driver_interface){ sizeof(*interface), create_context, destroy_context, start_session, stop_session,
						   handle_kernel_message };
	return 0;
}
