/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams to a connected UDP socket: at once up to a normal picture's number, paced beyond. */
#pragma once

#include "packetiser.h"

/* As many go at once; more are sent in groups of as many. */
#define MC_SENDER_BURST 16u

/*
 * Sends; groups are spread over @spread_us microseconds together at most. Returns how many the kernel refused: a datagram that
 * is lost is the network's way of things, not an error of the stream.
 */
unsigned int mc_sender_send(int socket, const struct mc_datagrams *datagrams, unsigned int spread_us);
