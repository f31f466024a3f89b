# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole machine in QEMU: stock kernel, systemd, logind, polkit, D-Bus, and a user who is logged in at its seat with weston."""
import glob
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from guest import OUT, TREE, run, start, wait_for  # noqa: E402

SINK, SOURCE = '10.77.0.2', '10.77.0.1'
FIFO = '/run/session.fifo'


def install():
    """`make install` as its user does it; without DKMS, which would take a compiler minutes here."""
    return run('make', '-C', TREE, 'install', 'dkms=')


def install_packages():
    """Both packages; DKMS has built the module outside of this guest (tests/vm/packaged-module)."""
    kernel = os.uname().release
    folder = f'/lib/modules/{kernel}/updates/dkms'
    os.makedirs(folder)
    shutil.copy(f'{TREE}/build/packaged/{kernel}/miracast.ko', folder)
    run('depmod', kernel)
    # The manuals' index would take a minute.
    said = run('dpkg', '-i', '--no-triggers', '--force-depends', *glob.glob(f'{TREE}/build/deb/miracast_*_amd64.deb'))
    run('systemctl', 'daemon-reload')
    run('systemctl', 'reload', 'dbus')
    return said


def remove_packages():
    run('dpkg', '--purge', '--no-triggers', 'miracast')
    run('rmmod', 'miracast')


def make_network():
    """A wire to the namespace of a TV."""
    run('ip', 'netns', 'add', 'sink')
    run('ip', '-n', 'sink', 'link', 'set', 'lo', 'up')
    run('ip', 'link', 'add', 'cast0', 'type', 'veth', 'peer', 'name', 'cast1', 'netns', 'sink')
    run('ip', '-n', 'sink', 'address', 'add', f'{SINK}/24', 'dev', 'cast1')
    run('ip', '-n', 'sink', 'link', 'set', 'cast1', 'up')
    run('ip', 'address', 'add', f'{SOURCE}/24', 'dev', 'cast0')
    run('ip', 'link', 'set', 'cast0', 'up')


def manage_network(name):
    """That wire is a connection of NetworkManager."""
    with open('/etc/NetworkManager/conf.d/veth.conf', 'w', encoding='ascii') as file:
        file.write('[device]\nmatch-device=interface-name:cast0\nmanaged=1\n')
    path = f'/etc/NetworkManager/system-connections/{name}.nmconnection'
    with open(path, 'w', encoding='ascii') as file:
        file.write(f'[connection]\nid={name}\nuuid=11111111-2222-3333-4444-555555555555\ntype=ethernet\ninterface-name=cast0\n'
                   f'[ipv4]\nmethod=manual\naddress1={SOURCE}/24\n[ipv6]\nmethod=disabled\n')
    os.chmod(path, 0o600)
    # What has an address already it would leave alone.
    run('ip', 'address', 'flush', 'dev', 'cast0')
    run('systemctl', 'start', 'NetworkManager', 'avahi-daemon')
    wait_for('NetworkManager', lambda: f'{name}:activated' in run('nmcli', '-t', '-f', 'NAME,STATE', 'connection', 'show', '--active', check=False), 60)


def make_tv(name):
    """Somebody in the other namespace announces a TV; who answers there is a Sink('--mice', '7250')."""
    os.makedirs('/etc/netns/sink/avahi/services')
    with open('/etc/netns/sink/avahi/services/tv.service', 'w', encoding='utf-8') as file:
        file.write(f'<?xml version="1.0"?><service-group><name>{name}</name><service><type>_display._tcp</type><port>7250</port>'
                   '<txt-record>container_id=6f9619ff-8b86-d011-b42d-00cf4fc964ff</txt-record></service></service-group>')
    with open('/etc/netns/sink/avahi/avahi-daemon.conf', 'w', encoding='ascii') as file:
        file.write('[server]\nhost-name=tv\nuse-ipv6=no\nenable-dbus=no\n[publish]\npublish-workstation=no\n[rlimits]\n')
    start('avahi.log', 'ip', 'netns', 'exec', 'sink', 'sh', '-c',
          'mount -t tmpfs a /run/avahi-daemon; exec avahi-daemon --no-rlimits --no-chroot')


def our_card():
    """Minor number of our card, None when there is none."""
    for name in sorted(os.listdir('/sys/class/drm')) if os.path.isdir('/sys/class/drm') else []:
        if name.startswith('card') and '-' not in name and os.path.realpath(f'/sys/class/drm/{name}/device/driver').endswith('/miracast'):
            return int(name[4:])
    return None


def seat_graphical():
    return run('loginctl', 'show-seat', 'seat0', '--property=CanGraphical', '--value').strip() == 'yes'


def masters():
    """The cards that make the seat."""
    return [line.split('drm:')[1] for line in run('loginctl', 'seat-status', 'seat0').splitlines() if line.split('drm:')[-1].isalnum() and '[MASTER] drm:card' in line]


class Session:
    """A login session of the user `tester` on tty7 with weston on our card; what it is told to run belongs to the session."""

    def __init__(self, command):
        if subprocess.run(['id', 'tester'], capture_output=True, check=False).returncode:
            run('useradd', '-m', 'tester')
        os.mkfifo(FIFO)
        os.chmod(FIFO, 0o666)
        with open('/run/session', 'w', encoding='ascii') as file:
            file.write(f'#!/bin/bash\n{command} &\nwhile :; do while read -r line; do eval "$line"; done <{FIFO}; done\n')
        os.chmod('/run/session', 0o755)
        with open('/run/systemd/system/desktop.service', 'w', encoding='ascii') as file:
            file.write('[Service]\nUser=tester\nPAMName=login\nTTYPath=/dev/tty7\nTTYReset=yes\nStandardInput=tty-fail\nStandardOutput=journal\n'
                       'UtmpIdentifier=tty7\nUtmpMode=user\nEnvironment=XDG_SESSION_TYPE=wayland\nKillMode=control-group\nTimeoutStopSec=5\n'
                       'ExecStartPre=+/bin/busybox chvt 7\nExecStart=/run/session\n')
        run('systemctl', 'daemon-reload')
        run('systemctl', 'start', 'desktop')

    def start(self, words, out):
        """Runs a command in the session; its output goes to a file."""
        with open(FIFO, 'w', encoding='utf-8') as file:
            file.write(f'( {words}; echo "status $?" ) >{out} 2>&1 &\n')

    def run(self, words, seconds=60):
        """(status, output) of a command in the session."""
        out = f'/tmp/said.{time.monotonic_ns()}'
        self.start(words, out)

        def said():
            try:
                with open(out, encoding='utf-8') as file:
                    text = file.read()
            except FileNotFoundError:
                return None
            return text if '\nstatus ' in f'\n{text}' else None
        text = wait_for(words, said, seconds)
        body, _, status = f'\n{text}'.rpartition('\nstatus ')
        return int(status), body.lstrip('\n')

    def close(self):
        run('systemctl', 'stop', 'desktop')
        os.unlink(FIFO)


def weston(card, config):
    with open('/run/weston.ini', 'w', encoding='ascii') as file:
        file.write(config)
    return (f'weston --backend=drm-backend.so --drm-device=card{card} --use-pixman --config=/run/weston.ini --continue-without-input '
            '--socket=wayland-7 --log=/tmp/weston.log')


class Sink:
    """tests/sink/miracast-sink in its namespace, its events in a file: a slow machine has better things to do than to wait for pipes."""

    def __init__(self, *options):
        self.path = f'{OUT}/sink.{time.monotonic_ns()}.log'
        self.log = open(self.path, 'w', encoding='utf-8')
        self.process = subprocess.Popen(['ip', 'netns', 'exec', 'sink', f'{TREE}/tests/sink/miracast-sink', *options], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=self.log, stderr=self.log)
        self.wait('listening')

    def events(self, name):
        with open(self.path, encoding='utf-8') as file:
            return [event for event in (json.loads(line) for line in file if line.startswith('{')) if event['event'] == name]

    def wait(self, name, seconds=60, count=1):
        return wait_for(f'{name} of the sink', lambda: len(found := self.events(name)) >= count and found[-1], seconds)

    def ask(self, words, seconds=90):
        done = len(self.events('done'))
        self.process.stdin.write(words + '\n')
        answer = self.wait('done', seconds, done + 1)
        assert 'error' not in answer, answer

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
