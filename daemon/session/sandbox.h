/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lock of the session: what it parses comes from the network. Two halves: the first needs a process of one thread. */
#pragma once

#include <stdint.h>

/* New namespaces, no new privileges, death with the parent. At the start, before any thread. Returns MC_WIRE_SANDBOX_*. */
uint64_t mc_sandbox_enter(void);

/* No files, few system calls, for every thread. After plug-ins are loaded, before the first byte. Returns MC_WIRE_SANDBOX_*. */
uint64_t mc_sandbox_lock(void);
