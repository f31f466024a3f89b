# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole cast in a guest: the module, a desktop, miracastd and its session in one network namespace, a sink in another."""
import json
import os
import select
import shutil
import subprocess
import time

from guest import OUT, TREE, run, start, wait_for

SOURCE, SINK = '10.77.0.1', '10.77.0.2'
CTL = f'{TREE}/build/daemon/ctl/miracastctl'


def make_networks():
    """Two namespaces, source and sink, with a wire between them; and no way out."""
    for name in ('source', 'sink'):
        run('ip', 'netns', 'add', name)
        run('ip', '-n', name, 'link', 'set', 'lo', 'up')
    run('ip', 'link', 'add', 'cast0', 'netns', 'source', 'type', 'veth', 'peer', 'name', 'cast1', 'netns', 'sink')
    for name, link, address in (('source', 'cast0', SOURCE), ('sink', 'cast1', SINK)):
        run('ip', '-n', name, 'address', 'add', f'{address}/24', 'dev', link)
        run('ip', '-n', name, 'link', 'set', link, 'up')


class Daemon:
    """miracastd on a system bus of its own."""

    def __init__(self):
        os.makedirs('/run/dbus', exist_ok=True)
        for user in ('miracast', 'miracast-session'):
            run('useradd', '--system', '--no-create-home', user, check=False)
        shutil.copy(f'{TREE}/daemon/data/org.miracastd1.conf', '/usr/share/dbus-1/system.d/')
        if not os.path.exists('/run/dbus/system_bus_socket'):
            run('dbus-daemon', '--system', '--fork', '--nopidfile')
        shutil.copy(f'{TREE}/daemon/data/org.miracastd1.policy', '/usr/share/polkit-1/actions/')
        start('polkitd.log', '/usr/lib/polkit-1/polkitd', '--no-debug')
        wait_for('polkitd on D-Bus', lambda: 'org.freedesktop.PolicyKit1' in run('busctl', '--acquired', '--no-legend', check=False))
        shutil.copy(f'{TREE}/build/daemon/session/miracast-session', '/usr/local/bin/')
        self.process = None
        self.start()

    def start(self, session='/usr/local/bin/miracast-session', options=()):
        self.process = start('miracastd.log', 'ip', 'netns', 'exec', 'source', f'{TREE}/build/daemon/manager/miracastd',
                             '--session-program', session, *options)
        wait_for('miracastd on D-Bus', lambda: subprocess.run([CTL, 'list'], capture_output=True, check=False).returncode == 0)

    def sessions(self):
        return [int(pid) for pid in subprocess.run(['pgrep', '-x', 'miracast-sessio'], capture_output=True, text=True,
                                                   check=False).stdout.split()]

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        # A library that complains has found a mistake of ours.
        with open(f'{OUT}/miracastd.log', encoding='utf-8', errors='replace') as file:
            said = [line for line in file if '-CRITICAL **' in line or '-WARNING **' in line]
        assert not said, said


def ctl(*words, check=True):
    """miracastctl --json; what it printed, or the error it printed."""
    result = subprocess.run([CTL, *words, '--json'], capture_output=True, text=True, check=False)
    if check and result.returncode:
        raise AssertionError(f'miracastctl {" ".join(words)}: exit {result.returncode}: {result.stdout}{result.stderr}')
    return json.loads(result.stdout) if result.stdout else {}


def status():
    """Of the cast to SINK, the last one; nothing when there was none."""
    return next((display for display in ctl('status') if display['Target'] == f'ip:{SINK}'), {})


class Sink:
    """tests/sink/miracast-sink in its namespace."""
    read_ahead = ''

    def __init__(self, *options):
        self.log = open(f'{OUT}/sink.log', 'a', encoding='utf-8')
        self.process = subprocess.Popen(['ip', 'netns', 'exec', 'sink', f'{TREE}/tests/sink/miracast-sink', SOURCE, *options], text=True,
                                        bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.events = []

    def line(self, seconds):
        """None when there is none in time, '' at the end. select() knows nothing of what Python has read ahead."""
        while '\n' not in self.read_ahead:
            if seconds <= 0 or not select.select([self.process.stdout], [], [], seconds)[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 65536).decode()
            if not data:
                return ''
            self.read_ahead += data
        line, _, self.read_ahead = self.read_ahead.partition('\n')
        return line + '\n'

    def wait(self, name, seconds=30):
        """The next event of this name."""
        end = time.monotonic() + seconds
        while True:
            line = self.line(end - time.monotonic())
            if line is None:
                raise AssertionError(f'no {name} of the sink in {seconds} s; there were {[e["event"] for e in self.events]}')
            if not line:
                raise AssertionError(f'the sink has ended before {name}; there were {[e["event"] for e in self.events]}')
            self.log.write(line)
            self.log.flush()
            self.events.append(json.loads(line))
            if self.events[-1]['event'] == name:
                return self.events[-1]

    def say(self, words):
        self.process.stdin.write(words + '\n')

    def ask(self, words):
        self.say(words)
        answer = self.wait('stats' if words == 'stats' else 'done')
        assert 'error' not in answer, answer
        return answer

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()


def connect(*options, sink_options=(), address=SINK):
    """Casts; returns the sink, playing, and what miracastctl said."""
    command = subprocess.Popen([CTL, 'connect', f'ip:{address}', '--json', *options], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    # Before that whoever connects is turned away: in time travel a process may run for ever while the daemon waits for the CPU.
    wait_for('the daemon to begin', lambda: command.poll() is not None or
             any(d['Target'] == f'ip:{address}' and d['State'] not in ('ended', 'failed') for d in ctl('status')))
    sink = Sink(*sink_options)
    try:
        sink.wait('playing')
        out, error = command.communicate(timeout=30)
        assert command.returncode == 0, f'miracastctl connect: exit {command.returncode}: {out}{error}'
        return sink, json.loads(out)
    except Exception:
        sink.close()
        command.kill()
        raise
