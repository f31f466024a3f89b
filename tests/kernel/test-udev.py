#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our udev rule, with systemd's udevd: loading the module makes no seat, and /dev/miracast is for one user alone."""
import os
import pwd
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from guest import Tests, load_module, run, start_udev, unload_module, wait_for  # noqa: E402


def properties(path):
    return dict(line.split('=', 1) for line in run('udevadm', 'info', '-q', 'property', path).splitlines())


def our_card_is_no_master_of_seat():
    card = properties('/dev/dri/card0')
    assert 'miracast' in card['DEVPATH'], card
    assert 'master-of-seat' not in card.get('CURRENT_TAGS', ''), card
    # systemd's own rules have been there: without ours it would be.
    assert 'seat' in card.get('CURRENT_TAGS', ''), card


def the_control_file_is_for_miracast_alone():
    wait_for('the owner', lambda: os.stat('/dev/miracast').st_uid == pwd.getpwnam('miracast').pw_uid)
    status = os.stat('/dev/miracast')
    assert stat.S_IMODE(status.st_mode) == 0o600, oct(status.st_mode)
    for user, good in (('miracast', True), ('nobody', False)):
        result = subprocess.run(['setpriv', f'--reuid={user}', '--clear-groups', 'sh', '-c', ': </dev/miracast'],
                                capture_output=True, check=False)
        assert (result.returncode == 0) == good, f'{user}: {result}'


def it_holds_for_a_module_that_is_loaded_later():
    unload_module()
    load_module()
    run('udevadm', 'settle')
    our_card_is_no_master_of_seat()
    the_control_file_is_for_miracast_alone()


tests = Tests()
run('useradd', '--system', '--no-create-home', 'miracast', check=False)
load_module()
start_udev()
for test in (our_card_is_no_master_of_seat, the_control_file_is_for_miracast_alone, it_holds_for_a_module_that_is_loaded_later):
    tests.run(test)
tests.done()
