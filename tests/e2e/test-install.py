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
         '/usr/lib/systemd/system/miracastd.service', '/usr/lib/systemd/system/miracast-module.service', '/etc/miracast/miracastd.conf',
         '/usr/share/polkit-1/rules.d/org.miracastd1.rules', '/usr/share/man/man5/miracastd.conf.5', '/usr/lib/udev/rules.d/72-miracast.rules', '/usr/lib/sysusers.d/miracast.conf',
         '/usr/share/dbus-1/system.d/org.miracastd1.conf', '/usr/share/dbus-1/system-services/org.miracastd1.service',
         '/usr/share/polkit-1/actions/org.miracastd1.policy', '/usr/share/man/man1/miracastctl.1', '/usr/share/man/man8/miracastd.8',
         '/usr/share/man/man8/miracast-session.8', '/usr/share/bash-completion/completions/miracastctl',
         f'/lib/modules/{KERNEL}/updates/dkms/miracast.ko']


def make(target):
    return run('make', '-C', TREE, target, f'install_kernels={KERNEL}')


def it_installs():
    make('install')
    missing = [path for path in FILES if not os.path.exists(path)]
    assert not missing, missing
    assert 'updates/dkms/miracast.ko' in run('modinfo', '-k', KERNEL, '-F', 'filename', 'miracast')
    pwd.getpwnam('miracast')
    pwd.getpwnam('miracast-session')


def the_units_are_sound():
    run('systemd-analyze', 'verify', '--man=no', '/usr/lib/systemd/system/miracastd.service', '/usr/lib/systemd/system/miracast-module.service')
    run('/usr/libexec/miracast/miracastd', '--check-config')
    for text, error in (('[daemon]\nimport=perhaps\n', 'import cannot be "perhaps"'), ('[cast]\nmode=1920\n', 'mode cannot be "1920"'),
                        ('[cats]\n', 'no such group'), ('daemon\n', 'Key file'), ('[daemon]\nname=\n', 'name wants')):
        with open('/run/wrong.conf', 'w', encoding='ascii') as file:
            file.write(text)
        result = subprocess.run(['/usr/libexec/miracast/miracastd', '--check-config', '--config', '/run/wrong.conf'], capture_output=True,
                                text=True, check=False)
        assert result.returncode == 2 and error in result.stderr, (text, result)
    # Secure Boot: what is to be done is printed, nothing is done.
    for value, words in ((1, 'mokutil --import'), (0, '')):
        with open('/run/SecureBoot', 'wb') as file:
            file.write(bytes([6, 0, 0, 0, value]))
        assert words in run(f'{TREE}/scripts/secure-boot', '/run/SecureBoot') and (words or not run(f'{TREE}/scripts/secure-boot', '/run/SecureBoot'))
    run('xmllint', '--noout', '--nonet', '/usr/share/dbus-1/interfaces/org.miracastd1.xml')
    for page in ('miracastctl', 'miracastd', 'miracast-session', 'miracastd.conf'):
        result = subprocess.run(['man', '--warnings', page], capture_output=True, text=True, check=True)
        assert page in result.stdout and not result.stderr, result.stderr
    assert 'connect' in run('bash', '-c', 'source /usr/share/bash-completion/completions/miracastctl; COMP_WORDS=(miracastctl c) '
                            'COMP_CWORD=1; COMP_LINE="miracastctl c"; COMP_POINT=13; _miracastctl; echo "${COMPREPLY[@]}"')


def a_changed_configuration_stays():
    path = '/etc/miracast/miracastd.conf'
    with open(path, 'a', encoding='ascii') as file:
        file.write('[cast]\ntimeout=20\n')
    for target in ('install', 'uninstall'):
        said = make(target)
        with open(path, encoding='ascii') as file:
            assert 'timeout=20' in file.read(), target
    assert f'KEPT     {path}' in said, said
    os.unlink(path)
    make('install')
    # Uninstalling has unloaded it.
    load_module()


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
    left = [path for path in FILES + ['/usr/libexec/miracast', '/usr/src/miracast-0.1.0', '/etc/miracast'] if os.path.exists(path)]
    assert not left, left


tests = Tests()
load_module()
for test in (it_installs, the_units_are_sound, a_changed_configuration_stays, dbus_starts_the_daemon, it_uninstalls):
    tests.run(test)
tests.done()
