/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MIRACAST_KUNIT_H
#define MIRACAST_KUNIT_H

#include <kunit/test.h>

extern struct kunit_suite miracast_compose_suite;
extern struct kunit_suite miracast_damage_suite;
extern struct kunit_suite miracast_edid_suite;
extern struct kunit_suite miracast_hold_suite;
extern struct kunit_suite miracast_mode_suite;
extern struct kunit_suite miracast_slots_suite;

#endif
