// SPDX-License-Identifier: GPL-2.0-only
/*
 * miracast_kunit.ko: tests of the module's pure parts, which it includes as source.
 */
#include <linux/module.h>

#include "miracast_kunit.h"

kunit_test_suites(&miracast_compose_suite, &miracast_damage_suite, &miracast_edid_suite, &miracast_hold_suite, &miracast_mode_suite, &miracast_slots_suite);

MODULE_DESCRIPTION("KUnit tests of miracast.ko");
MODULE_LICENSE("GPL");
