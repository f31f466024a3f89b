// SPDX-License-Identifier: GPL-2.0-or-later
/* fork() and exec() of a session. Between them only what is safe beside the D-Bus thread's locks. */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

G_GNUC_NORETURN static void child(const char *program, int wire, const struct passwd *user)
{
	static char *const environment[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL };
	char *const arguments[] = { (char *)"miracast-session", NULL };
	struct rlimit files = { 256, 256 }, core = { 0, 0 };
	int null = open("/dev/null", O_WRONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(wire, 0) < 0 || dup2(null, 1) < 0 || syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC))
		_exit(126);
	/* A frame must not wait for what is less urgent; who may not ask for this does without. */
	setpriority(PRIO_PROCESS, 0, -10);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	if (user && (syscall(SYS_setgroups, 0, NULL) || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) ||
		     setresuid(user->pw_uid, user->pw_uid, user->pw_uid)))
		_exit(126);
	/* What lets the manager change users is not for a session. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	execve(program, arguments, environment);
	_exit(127);
}

pid_t mc_spawn(const char *program, int wire, const char *user, GError **error)
{
	struct passwd *entry = NULL;
	pid_t pid;

	if (access(program, X_OK)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the session program %s cannot be run: %s", program,
			    g_strerror(errno));
		return -1;
	}
	/* Only who may become another user does. */
	if (user && (!geteuid() || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SETUID, 0, 0) == 1)) {
		entry = getpwnam(user);
		if (!entry) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "there is no user %s; run systemd-sysusers", user);
			return -1;
		}
	}
	pid = fork();
	if (!pid)
		child(program, wire, entry);
	if (pid < 0)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "no new process: %s", g_strerror(errno));
	return pid;
}
