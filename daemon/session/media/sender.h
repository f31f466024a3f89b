/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams to a connected UDP socket: at once up to a normal picture's number, paced beyond. */
#pragma once

#include "packetiser.h"

/*
 * A picture of so many goes at once: an ordinary one of 10 Mbit/s at 30 Hz has 32, and a receiver with Linux' default buffer takes
 * 92 whole. Larger ones, IDRs, are sent in groups.
 */
#define MC_SENDER_AT_ONCE 40u
#define MC_SENDER_GROUP 16u

/*
 * Sends; groups are spread over @spread_us microseconds together at most. Returns how many the kernel refused: a datagram that
 * is lost is the network's way of things, not an error of the stream.
 */
unsigned int mc_sender_send(int socket, const struct mc_datagrams *datagrams, unsigned int spread_us);
