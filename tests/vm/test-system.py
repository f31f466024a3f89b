#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user's machine: another graphics card, systemd's units, a login session at the seat, a cast by the installed software."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from system import SINK, Session, Sink, install_packages, make_network, masters, our_card, remove_packages, seat_graphical, weston  # noqa: E402
from guest import OUT, TREE, Tests, pixels, run, wait_for  # noqa: E402

COLOUR = (0x20, 0x60, 0xa0)
session = None


def it_installs():
    before = masters()
    install_packages()
    assert masters() == before == ['card0'] and our_card() is None
    assert run('miracastctl', '--version').startswith('miracastctl ')


def another_card_brings_ours():
    """As at boot: when a card that makes a seat appears, the module is loaded after it."""
    device = os.path.basename(os.path.realpath('/sys/class/drm/card0/device'))
    driver = os.path.realpath('/sys/class/drm/card0/device/driver')
    for action in ('unbind', 'bind'):
        with open(f'{driver}/{action}', 'w', encoding='ascii') as file:
            file.write(device)
    wait_for('our card', lambda: our_card() is not None, 30)
    run('udevadm', 'settle')
    assert our_card() == 1 and masters() == ['card0'], masters()
    assert 'Result=success' in run('systemctl', 'show', '-p', 'Result', 'miracast-module')
    assert seat_graphical()


def a_user_logs_in():
    global session
    session = Session(weston(our_card(), f'[core]\nidle-time=0\n[shell]\npanel-position=none\nlocking=false\n'
                             f'background-color=0xff{COLOUR[0]:02x}{COLOUR[1]:02x}{COLOUR[2]:02x}\n'))
    wait_for('weston', lambda: os.path.exists('/tmp/weston.log') and 'desktop-shell.so' in open('/tmp/weston.log', encoding='utf-8').read(), 60)
    assert 'tester' in run('loginctl')
    status, said = session.run('miracastctl doctor --json')
    checks = {check['check']: check for check in json.loads(said)['checks']}
    assert status == 0 and all(check['verdict'] != 'error' for check in checks.values()), said
    assert 'you may cast' in checks['polkit']['text'] and checks['compositor']['text'].startswith('weston'), said


def who_does_not_sit_here_may_not():
    result = subprocess.run(['setpriv', '--reuid=nobody', '--clear-groups', 'miracastctl', 'connect', f'ip:{SINK}'], capture_output=True,
                            text=True, check=False)
    assert result.returncode == 5 and 'org.miracastd1.connect' in result.stderr, result


def the_user_casts():
    sink = Sink()
    session.start(f'miracastctl connect ip:{SINK} --mode 640x360@30', '/tmp/connect')
    try:
        sink.wait('playing')
    except AssertionError:
        raise AssertionError(open('/tmp/connect', encoding='utf-8').read() + run('journalctl', '-u', 'miracastd', '-n', '20') +
                             run('miracastctl', 'status')) from None
    said = wait_for('connect', lambda: 'status ' in (text := open('/tmp/connect', encoding='utf-8').read()) and text, 60)
    assert 'status 0' in said and '640x360@30 on output Virtual-' in said, said
    assert all(word in run('miracastctl', 'status') for word in ('no_new_privs', 'namespaces', 'landlock', 'seccomp'))
    assert 'User=miracast\n' in run('systemctl', 'show', '-p', 'User', 'miracastd')

    def shows_the_desktop():
        sink.ask(f'png {OUT}/tv.png')
        picture = pixels(f'{OUT}/tv.png')
        middle = picture[picture.shape[0] // 4, picture.shape[1] // 4]
        return picture.shape[:2] == (360, 640) and max(abs(int(a) - b) for a, b in zip(middle, COLOUR)) < 12
    wait_for('the desktop in the picture', shows_the_desktop, 60)
    assert masters() == ['card0']
    session.run('miracastctl disconnect')
    wait_for('the departure', lambda: re.findall(r'.*disconnected\.', open('/tmp/weston.log', encoding='utf-8').read())[4:], 30)
    sink.close()


def the_first_connect_loads_the_module():
    """The daemon may start that one unit, and no other."""
    session.close()
    wait_for('the module to be free', lambda: open('/sys/module/miracast/refcnt', encoding='ascii').read().strip() == '0', 20)
    run('rmmod', 'miracast')
    assert our_card() is None
    result = subprocess.run(['miracastctl', 'connect', f'ip:{SINK}', '--timeout', '1'], capture_output=True, text=True, check=False)
    assert result.returncode == 6, result
    assert our_card() == 1
    for unit in ('miracast-module.service', 'desktop.service'):
        result = subprocess.run(['setpriv', '--reuid=miracast', '--regid=miracast', '--clear-groups', 'busctl', 'call', 'org.freedesktop.systemd1',
                                 '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager', 'StartUnit', 'ss', unit, 'replace'],
                                capture_output=True, text=True, check=False)
        assert (result.returncode == 0) == unit.startswith('miracast'), (unit, result)


def the_unit_is_hardened():
    """As doc/security.md says."""
    said = run('systemd-analyze', 'security', 'miracastd.service', '--no-pager')
    figure = float(re.search(r'exposure level for miracastd.service: ([0-9.]+)', said)[1])
    with open(f'{TREE}/doc/security.md', encoding='utf-8') as file:
        promised = float(re.search(r'exposure level ([0-9.]+)', file.read())[1])
    assert figure <= promised, f'{figure}, doc/security.md says {promised}'


def the_log_has_no_complaints():
    said = run('journalctl', '-b', '-u', 'miracastd', '-o', 'cat')
    assert 'connecting' in said and '-CRITICAL **' not in said and '-WARNING **' not in said, said


def it_uninstalls():
    remove_packages()
    assert our_card() is None and not glob.glob('/usr/*/miracast*') and not os.path.exists('/etc/miracast')
    assert masters() == ['card0']
    failed = [line.split()[1] for line in run('systemctl', '--failed', '--no-legend', '--plain').splitlines() if 'miracast' in line]
    assert not failed, failed


tests = Tests()
make_network()
for test in (it_installs, another_card_brings_ours, a_user_logs_in, who_does_not_sit_here_may_not, the_user_casts,
             the_first_connect_loads_the_module, the_unit_is_hardened,
             the_log_has_no_complaints, it_uninstalls):
    tests.run(test)
tests.done()
