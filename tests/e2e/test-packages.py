#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages: installed, upgraded and removed, the module built by DKMS, casts running meanwhile."""
import glob
import os
import pwd
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cast import SINK, Sink, make_networks  # noqa: E402
from guest import OUT, TREE, Desktop, Tests, run, start_udev, wait_for  # noqa: E402

KERNEL = os.uname().release
DEBS = f'{TREE}/build/deb'


def dpkg(*words):
    with open(f'{OUT}/dpkg.log', 'a', encoding='utf-8') as log:
        result = subprocess.run(['dpkg', *words], capture_output=True, text=True, check=False)
        log.write(f'$ dpkg {" ".join(words)}\n{result.stdout}{result.stderr}')
    if result.returncode:
        for path in glob.glob('/var/lib/dkms/miracast/*/build/make.log'):
            shutil.copy(path, OUT)
        raise AssertionError(result.stdout[-1500:] + result.stderr[-1500:])
    return result.stdout + result.stderr


def newer(path):
    """The same package as a later version."""
    folder = '/run/newer'
    shutil.rmtree(folder, ignore_errors=True)
    run('dpkg-deb', '-R', path, folder)
    for name in glob.glob(f'{folder}/DEBIAN/*') + glob.glob(f'{folder}/usr/src/*/dkms.conf'):
        with open(name, encoding='utf-8') as file:
            text = file.read()
        with open(name, 'w', encoding='utf-8') as file:
            file.write(text.replace('0.1.0', '0.1.1'))
    for name in glob.glob(f'{folder}/usr/src/miracast-*'):
        os.rename(name, name.replace('0.1.0', '0.1.1'))
    run('dpkg-deb', '-b', folder, '/run/newer.deb')
    return '/run/newer.deb'


def prepare_kernel():
    """This guest's kernel, where DKMS and modprobe look for one."""
    shutil.copytree(f'{os.environ["MC_MODULES"]}/lib/modules/{KERNEL}', f'/lib/modules/{KERNEL}', symlinks=True, dirs_exist_ok=True)
    build = f'/lib/modules/{KERNEL}/build'
    if os.path.islink(build):
        os.unlink(build)
    # DKMS hands no ARCH down.
    real = os.path.dirname(os.environ['MC_MODULES'])
    os.mkdir(build)
    for name in os.listdir(real):
        if name != 'Makefile':
            os.symlink(f'{real}/{name}', f'{build}/{name}')
    with open(f'{build}/Makefile', 'w', encoding='ascii') as file:
        file.write(f'%:\n\t$(MAKE) -C {real} ARCH=um M=$(M) $@\n')
    # The index of all manual pages would take a minute.
    os.unlink('/var/lib/man-db/auto-update')


def they_install():
    dpkg('-i', *[path for path in glob.glob(f'{DEBS}/miracast*_0.1.0_*.deb') if 'dbgsym' not in path])
    files.extend(run('dpkg', '-L', 'miracast', 'miracast-dkms').split())
    pwd.getpwnam('miracast')
    status = run('dkms', 'status')
    assert re.search(rf'miracast/0.1.0, {re.escape(KERNEL)}, \S+: installed', status), status
    start_udev()
    run('modprobe', 'miracast')
    run('udevadm', 'settle')
    assert 'updates/dkms/miracast.ko' in run('modinfo', '-F', 'filename', 'miracast')
    assert os.stat('/dev/miracast').st_uid == pwd.getpwnam('miracast').pw_uid


def cast():
    command = subprocess.Popen(['miracastctl', 'connect', f'ip:{SINK}', '--mode', '640x480@60'], text=True, stderr=subprocess.PIPE)
    sink = Sink()
    sink.wait('playing')
    assert command.wait(20) == 0, command.stderr.read()
    return sink


def the_installed_cast():
    """By the daemon that D-Bus starts, on the module that DKMS built."""
    os.makedirs('/run/dbus', exist_ok=True)
    run('ip', 'netns', 'exec', 'source', 'dbus-daemon', '--system', '--fork', '--nopidfile')
    global desktop, sink
    desktop = Desktop()
    sink = cast()
    assert desktop.outputs()


def an_upgrade_while_a_cast_runs():
    said = dpkg('-i', newer(glob.glob(f'{DEBS}/miracast_0.1.0_*.deb')[0]))
    assert 'a cast may be running' in said, said
    dpkg('-i', newer(f'{DEBS}/miracast-dkms_0.1.0_all.deb'))
    status = run('dkms', 'status')
    assert '0.1.1' in status and '0.1.0' not in status, status
    assert '640x480' in run('miracastctl', 'status') and desktop.outputs()
    before = sink.ask('stats')['packets']
    wait_for('more packets', lambda: sink.ask('stats')['packets'] > before)


def a_removal_while_a_cast_runs():
    dpkg('-r', 'miracast')
    sink.wait('torn-down')
    wait_for('the monitor to depart', lambda: not desktop.outputs())
    assert not os.path.exists('/usr/libexec/miracast')
    sink.close()
    # The desktop still has the card open: the module stays until it lets go.
    dpkg('-r', 'miracast-dkms')
    assert os.path.exists('/sys/module/miracast') and not run('dkms', 'status').strip()
    desktop.close()
    wait_for('the module to be free', lambda: open('/sys/module/miracast/refcnt', encoding='ascii').read().strip() == '0')
    run('rmmod', 'miracast')


def a_purge_leaves_nothing():
    assert os.path.exists('/etc/miracast/miracastd.conf')
    dpkg('-P', 'miracast', 'miracast-dkms')
    left = [path for path in files + ['/var/lib/miracast', '/var/lib/dkms/miracast', '/usr/libexec/miracast', '/etc/miracast']
            if os.path.lexists(path) and not os.path.isdir(path) or 'miracast' in path and os.path.isdir(path)]
    assert not left, left
    assert not glob.glob(f'/lib/modules/{KERNEL}/updates/dkms/miracast*')


desktop = sink = None
files = []
tests = Tests()
prepare_kernel()
make_networks()
for test in (they_install, the_installed_cast, an_upgrade_while_a_cast_runs, a_removal_while_a_cast_runs,
             a_purge_leaves_nothing):
    tests.run(test)
tests.done()
