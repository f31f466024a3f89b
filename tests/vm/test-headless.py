#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine without a graphics card: loading the module makes no graphical seat, so no greeter starts."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from system import install, make_network, masters, our_card, seat_graphical  # noqa: E402
from guest import Tests, run  # noqa: E402


def nothing_loads_the_module():
    install()
    run('udevadm', 'trigger', '-c', 'add')
    run('udevadm', 'settle')
    assert our_card() is None and not seat_graphical()


def loaded_it_makes_no_seat():
    run('modprobe', 'miracast')
    run('udevadm', 'settle')
    assert our_card() == 0 and masters() == [] and not seat_graphical()


def it_goes():
    run('rmmod', 'miracast')
    assert our_card() is None


tests = Tests()
make_network()
for test in (nothing_loads_the_module, loaded_it_makes_no_seat, it_goes):
    tests.run(test)
tests.done()
