#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make install` as a user does it, in a guest whose files are thrown away: what it installs works, and uninstall leaves nothing."""
import glob
import os
import pwd
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from guest import TREE, Tests, load_module, run, wait_for  # noqa: E402

# The module of a kernel that is built for, though the guest runs another.
KERNEL = os.path.basename(sorted(glob.glob('/usr/src/linux-headers-6.1.*-amd64'))[-1]).removeprefix('linux-headers-')
FILES = ['/usr/bin/miracastctl', '/usr/libexec/miracast/miracastd', '/usr/libexec/miracast/miracast-session',
         '/usr/lib/systemd/system/miracastd.service', '/usr/lib/udev/rules.d/72-miracast.rules', '/usr/lib/sysusers.d/miracast.conf',
         '/usr/share/dbus-1/system.d/org.miracastd1.conf', '/usr/share/dbus-1/system-services/org.miracastd1.service',
         '/usr/share/polkit-1/actions/org.miracastd1.policy', '/usr/share/man/man1/miracastctl.1', '/usr/share/man/man8/miracastd.8',
         '/usr/share/man/man8/miracast-session.8', '/usr/share/bash-completion/completions/miracastctl',
         f'/lib/modules/{KERNEL}/updates/miracast.ko']


def make(target):
    return run('make', '-C', TREE, target, f'install_kernels={KERNEL}')


def it_installs():
    make('install')
    missing = [path for path in FILES if not os.path.exists(path)]
    assert not missing, missing
    assert 'updates/miracast.ko' in run('modinfo', '-k', KERNEL, '-F', 'filename', 'miracast')
    pwd.getpwnam('miracast')
    pwd.getpwnam('miracast-session')


def the_units_are_sound():
    run('systemd-analyze', 'verify', '--man=no', '/usr/lib/systemd/system/miracastd.service')
    run('xmllint', '--noout', '--nonet', '/usr/share/dbus-1/interfaces/org.miracastd1.xml')
    for page in ('miracastctl', 'miracastd', 'miracast-session'):
        result = subprocess.run(['man', '--warnings', page], capture_output=True, text=True, check=True)
        assert page in result.stdout and not result.stderr, result.stderr
    assert 'connect' in run('bash', '-c', 'source /usr/share/bash-completion/completions/miracastctl; COMP_WORDS=(miracastctl c) '
                            'COMP_CWORD=1; _miracastctl; echo "${COMPREPLY[@]}"')


def dbus_starts_the_daemon():
    os.makedirs('/run/dbus', exist_ok=True)
    run('dbus-daemon', '--system', '--fork', '--nopidfile')
    assert 'Nothing is cast' in run('miracastctl', 'status')
    result = subprocess.run(['miracastctl', 'connect', 'ip:127.0.0.9', '--timeout', '1'], capture_output=True, text=True, check=False)
    assert result.returncode == 6, result
    assert 'seccomp' in run('miracastctl', 'status')


def it_uninstalls():
    run('pkill', '-x', 'miracastd')
    wait_for('the daemon to end', lambda: subprocess.run(['pgrep', '-x', 'miracastd'], capture_output=True, check=False).returncode)
    make('uninstall')
    left = [path for path in FILES + ['/usr/libexec/miracast'] if os.path.exists(path)]
    assert not left, left


tests = Tests()
load_module()
for test in (it_installs, the_units_are_sound, dbus_starts_the_daemon, it_uninstalls):
    tests.run(test)
tests.done()
