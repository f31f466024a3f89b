// SPDX-License-Identifier: GPL-2.0-or-later
/* Namespaces, Landlock and seccomp of a session process. What a kernel does not have is left out and told in READY. */
#include "sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/wire.h"

uint64_t mc_sandbox_enter(void)
{
	uint64_t got = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		got |= MC_WIRE_SANDBOX_NO_NEW_PRIVS;
	/* The sockets and the kernel context are open files of other namespaces: in here there is no network at all. */
	if (!unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))
		got |= MC_WIRE_SANDBOX_NAMESPACES;
	return got;
}

static bool no_files(void)
{
	/* Everything that the first version of Landlock knows; no rule allows any of it. */
	struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM };
	int ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int ret;

	if (ruleset < 0)
		return false;
	ret = syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	return !ret;
}

static bool few_calls(void)
{
	static const int allowed[] = {
		SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat),
		SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(eventfd2), SCMP_SYS(pipe2), SCMP_SYS(fcntl), SCMP_SYS(dup),
		SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(sendto), SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(shutdown),
		SCMP_SYS(getsockopt), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
		SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
		SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(membarrier), SCMP_SYS(sched_yield),
		SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(getcpu),
		/* By these GLib gives a new thread the settings of its pool; without a limit for real time they raise nothing. */
		SCMP_SYS(sched_getattr), SCMP_SYS(sched_setattr),
		SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
		SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
		SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getrandom), SCMP_SYS(sysinfo),
		SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(tgkill),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int ret = 0;

	if (!filter)
		return false;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	/* Threads, no processes; the C library falls back to clone() where there is no clone3(). */
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	/* GStreamer's buses wake each other by a pair. */
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1, SCMP_A0_64(SCMP_CMP_EQ, AF_UNIX));
	ret |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NAME));
	/* ioctls of the channel and context (letter 0xdc), and DMA_BUF_IOCTL_SYNC ('b'). */
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1_64(SCMP_CMP_MASKED_EQ, 0xff00, 0xdc00));
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1_64(SCMP_CMP_MASKED_EQ, 0xff00, 'b' << 8));
	/* Every thread that a plug-in may have left. */
	ret |= seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!ret)
		ret = seccomp_load(filter);
	seccomp_release(filter);
	return !ret;
}

uint64_t mc_sandbox_lock(void)
{
	return (no_files() ? MC_WIRE_SANDBOX_LANDLOCK : 0) | (few_calls() ? MC_WIRE_SANDBOX_SECCOMP : 0);
}
