// SPDX-License-Identifier: GPL-2.0-or-later
/* sendmmsg() in groups. */
#include "sender.h"

#include <errno.h>
#include <glib.h>
#include <sys/socket.h>
#include <time.h>

/* A Wi-Fi chip and a small receive buffer take a group of 16 in this time. */
#define GROUP_US 700u

static unsigned int send_group(int socket, const struct mc_datagrams *d, size_t first, size_t count)
{
	struct mmsghdr messages[MC_SENDER_AT_ONCE] = {};
	struct iovec iov[MC_SENDER_AT_ONCE];
	unsigned int refused = 0;
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		iov[i] = (struct iovec){ d->bytes + (first + i) * MC_DATAGRAM_MAX, d->sizes[first + i] };
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < count) {
		int sent = sendmmsg(socket, messages + done, count - done, MSG_NOSIGNAL);

		if (sent > 0) {
			done += sent;
		} else if (errno != EINTR) {
			/* The first one is refused (ECONNREFUSED tells of an earlier one): the rest may go. */
			refused++;
			done++;
		}
	}
	return refused;
}

unsigned int mc_sender_send(int socket, const struct mc_datagrams *d, unsigned int spread_us)
{
	size_t group = d->count <= MC_SENDER_AT_ONCE ? MC_SENDER_AT_ONCE : MC_SENDER_GROUP;
	unsigned int refused = 0, gap = MIN(GROUP_US, spread_us / (d->count / group + 1));
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (size_t i = 0; i < d->count; i += group) {
		if (i) {
			next.tv_nsec += gap * 1000;
			if (next.tv_nsec >= 1000000000) {
				next.tv_nsec -= 1000000000;
				next.tv_sec++;
			}
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		}
		refused += send_group(socket, d, i, MIN(group, d->count - i));
	}
	return refused;
}
