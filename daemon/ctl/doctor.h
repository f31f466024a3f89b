/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of `miracastctl doctor` share. A check looks at the machine, changes nothing, and says what it found. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

enum mc_verdict { MC_GOOD, MC_INFO, MC_WARN, MC_BAD };

struct mc_doctor;

/* One finding. @what: a short name, the same in every run; @fix: a command to paste or a sentence, NULL when there is nothing to do. */
G_GNUC_PRINTF(5, 6)
void mc_doctor_say(struct mc_doctor *doctor, const char *what, enum mc_verdict verdict, const char *fix, const char *format, ...);

/* A file's first line, or "" - for sysfs and the like. Free it. */
char *mc_doctor_read(const char *path);
/* The standard output of a command, NULL when it could not be run or failed. Free it. */
char *mc_doctor_run(const char *const *argv);
/* The same whatever the command's status is. */
char *mc_doctor_output(const char *const *argv);

/* doctor-module.c: kernel, module, Secure Boot, device. */
void mc_check_module(struct mc_doctor *doctor);
/* doctor-desktop.c: the card, the compositor, the encoder. */
void mc_check_desktop(struct mc_doctor *doctor);
void mc_check_encoder(struct mc_doctor *doctor);
/* doctor-network.c: daemon, polkit, Avahi, firewalls. */
void mc_check_services(struct mc_doctor *doctor);
void mc_check_firewall(struct mc_doctor *doctor);

/* What a ruleset of nftables (as `nft list ruleset` prints it) does to packets that come in for a port, or go out to it; @protocol
 * "tcp" or "udp". Coarse: a rule that names the port and accepts, or accepts everything, opens it. Pure, for the unit test. */
bool mc_firewall_passes(const char *ruleset, const char *hook, const char *protocol, unsigned int port);
