#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sinks that misbehave: silent, half open, out of order, malformed, too large, vanished. In time travel: minutes of waiting take
no time, and every timer is exact. No compositor: a monitor that arrives and departs is seen in sysfs."""
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cast import CTL, SINK, SOURCE, Daemon, connect, ctl, make_networks, status  # noqa: E402
from guest import OUT, TREE, Tests, load_module, unload_module, wait_for  # noqa: E402

M1_ANSWER = b'RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: org.wfa.wfd1.0, GET_PARAMETER, SET_PARAMETER\r\n\r\n'
M2 = b'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nRequire: org.wfa.wfd1.0\r\n\r\n'


def monitor():
    with open('/sys/class/drm/card0-Virtual-1/status', encoding='ascii') as file:
        return file.read().strip() == 'connected'


class Peer:
    """A connection from the sink's address that says whatever it is told."""

    def __init__(self, *options):
        self.command = subprocess.Popen([CTL, 'connect', f'ip:{SINK}', *options], text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        wait_for('the daemon to wait', lambda: status().get('State') in ('starting', 'waiting'))
        self.socket = in_sink_namespace(self.open)

    @staticmethod
    def open():
        end = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection((SOURCE, 7236), 5)
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def say(self, data):
        self.socket.sendall(data)

    def read(self, part, seconds=10):
        self.socket.settimeout(seconds)
        data = b''
        while part not in data:
            more = self.socket.recv(65536)
            assert more, f'{part} expected, the end came after {data!r}'
            data += more
        return data

    def result(self):
        out, error = self.command.communicate(timeout=120)
        self.socket.close()
        return self.command.returncode, out + error


def in_sink_namespace(function):
    """Runs a function whose sockets are to be the sink's."""
    setns = ctypes.CDLL(None, use_errno=True).setns
    with open('/proc/self/ns/net', 'rb') as here, open('/var/run/netns/sink', 'rb') as there:
        assert not setns(there.fileno(), 0x40000000)
        try:
            return function()
        finally:
            setns(here.fileno(), 0x40000000)


def fails(peer, *parts):
    code, text = peer.result()
    assert code == 1, f'exit {code}: {text}'
    for part in parts:
        assert part in text, text
    wait_for('the session to end', lambda: not daemon.sessions())
    assert not monitor()


def a_silent_sink():
    peer = Peer()
    begin = time.monotonic()
    fails(peer, 'M1', 'has not answered in 5 s')
    assert 4 < time.monotonic() - begin < 8, time.monotonic() - begin


def a_sink_that_closes_at_once():
    peer = Peer()
    peer.read(b'OPTIONS')
    peer.socket.close()
    peer.socket = socket.socket()
    fails(peer, 'closed the connection')


def a_half_open_sink():
    """It has said something, then its machine is gone without a word: no FIN, no answers."""
    peer = Peer()
    peer.read(b'OPTIONS')
    peer.say(M1_ANSWER + M2)
    peer.read(b'GET_PARAMETER')
    fails(peer, 'M3', 'has not answered')


def a_message_of_64_kib():
    for data in (b'A' * 65536, b'OPTIONS * RTSP/1.0\r\nContent-Length: 65536\r\n\r\n' + b'B' * 65536):
        peer = Peer()
        peer.read(b'OPTIONS')
        try:
            peer.say(data)
        except OSError:
            pass
        fails(peer, 'more than')


def messages_that_are_none():
    peer = Peer()
    peer.read(b'OPTIONS')
    peer.say(b'NONSENSE\r\n\r\n')
    peer.read(b'400 Bad Request')
    peer.say(b'PLAY rtsp://x/wfd1.0 RTSP/1.0\r\nCSeq: 5\r\n\r\n')
    peer.read(b'455 ')
    peer.say(b'RTSP/1.0 200 OK\r\nCSeq: 999\r\n\r\n')
    peer.say(M1_ANSWER + M2)
    peer.read(b'GET_PARAMETER')
    # What a sink says is quoted, but never as it is.
    body = b'wfd_video_formats: \x1b[31m \xff\xfe zz\r\n'
    peer.say(b'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))
    fails(peer, 'M3', 'expected wfd_video_formats, got ?[31m')


def a_sink_without_our_modes():
    peer = Peer()
    peer.say(M1_ANSWER + M2)
    peer.read(b'GET_PARAMETER')
    body = b'wfd_video_formats: 00 00 01 01 00000000 00000000 00000000 00 0000 0000 00 none none\r\n'
    peer.say(b'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))
    fails(peer, 'takes no mode that we can send')


def noise_in_every_state():
    """Bytes without sense after each step; the daemon and the next cast survive."""
    import random
    for step in range(3):
        peer = Peer()
        peer.read(b'OPTIONS')
        if step:
            peer.say(M1_ANSWER + M2)
            peer.read(b'GET_PARAMETER')
        if step > 1:
            body = b'wfd_video_formats: 00 00 01 10 000001ff 00000000 00000000 00 0000 0000 00 none none\r\n'
            peer.say(b'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))
            peer.read(b'SET_PARAMETER')
        try:
            for _ in range(20):
                peer.say(random.randbytes(random.randrange(2000)))
        except OSError:
            pass
        code, text = peer.result()
        assert code == 1, f'{code}: {text}'
        wait_for('the session to end', lambda: not daemon.sessions())


def a_stranger_is_not_let_in():
    """Only the sink that was asked for: another host's connection is closed, and the cast waits on."""
    command = subprocess.Popen([CTL, 'connect', f'ip:{SINK}', '--timeout', '5'], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for('the daemon to wait', lambda: status().get('State') == 'waiting')

    def stranger():
        return socket.create_connection((SOURCE, 7236), 5, ('10.77.0.99', 0))
    subprocess.run(['ip', '-n', 'sink', 'address', 'add', '10.77.0.99/24', 'dev', 'cast1'], check=True)
    connection = in_sink_namespace(stranger)
    connection.settimeout(5)
    assert connection.recv(100) == b'', 'a stranger is spoken to'
    assert status()['State'] == 'waiting', status()
    assert command.wait() == 6


def a_sink_that_vanishes():
    """Its machine is gone while the stream runs: noticed by the second keep-alive without an answer."""
    sink, _ = connect('--mode', '640x480@60')
    assert monitor()
    begin = time.monotonic()
    sink.say('mute')
    sink.wait('done')
    wait_for('the failure', lambda: status()['State'] == 'failed', 120)
    seconds = time.monotonic() - begin
    now = status()
    assert now['FailedStep'] == 'M16' and 'two keep-alives' in now['Reason'], now
    # 25 s to the first, 5 s for its answer, 20 s to the second, 5 s for that.
    assert 50 < seconds < 60, f'after {seconds:.1f} s'
    assert not monitor()
    sink.close()


def a_sink_that_is_kept_alive():
    sink, _ = connect('--mode', '640x480@60')
    for _ in range(4):
        sink.wait('keepalive', 60)
    assert status()['State'] == 'streaming', status()
    ctl('disconnect')
    sink.wait('torn-down')
    sink.close()
    assert status()['State'] == 'ended' and not monitor()


def a_sink_that_ends_it():
    sink, _ = connect('--mode', '640x480@60')
    sink.say('teardown')
    wait_for('the end', lambda: status()['State'] == 'failed')
    assert 'the sink ended the session' in status()['Reason']
    assert not monitor()
    sink.close()


def the_module_may_go_while_the_daemon_runs():
    """Without a cast nothing holds it; without it the error says so."""
    wait_for('the module to be free', lambda: open('/sys/module/miracast/refcnt', encoding='ascii').read().strip() == '0', 5)
    unload_module()
    result = subprocess.run([CTL, 'connect', f'ip:{SINK}'], text=True, capture_output=True, check=False)
    assert result.returncode == 1 and 'modprobe miracast' in result.stderr, result
    subprocess.run(['insmod', f'{TREE}/build/module/uml-{os.environ["MC_VARIANT"]}/miracast.ko'], check=True)
    sink, _ = connect('--mode', '640x480@60')
    ctl('disconnect')
    sink.close()


def config(line):
    with open('/run/miracastd.conf', 'w', encoding='ascii') as file:
        file.write(f'[daemon]\n{line}\n')
    return '--config', '/run/miracastd.conf'


def another_driver():
    """A driver of somebody else's, which tests the host's rules from inside."""
    daemon.close()
    shutil.copy(f'{TREE}/build/tests/e2e/testdriver.so', '/usr/local/lib/')
    daemon.start(options=config('driver=/usr/local/lib/testdriver.so'))
    fails(Peer(), 'test: all is as it should be')
    with open(f'{OUT}/miracastd.log', encoding='utf-8') as file:
        said = file.read()
    for words in ('stop_session: cancelled', 'stopping thread: done', 'destroy_context: refused'):
        assert words in said, said[-2000:]
    daemon.close()
    daemon.start(options=config('driver=/usr/local/lib/nothing.so'))
    result = subprocess.run([CTL, 'connect', f'ip:{SINK}'], text=True, capture_output=True, check=False)
    assert result.returncode == 1 and 'nothing.so cannot be loaded' in result.stderr, result
    daemon.close()
    daemon.start()


def a_session_that_is_hostile():
    """Whatever it says on the wire costs its own cast and nothing else; the next cast works."""
    expected = {'garbage': 'is no message', 'version': 'is no message', 'large': 'is no message', 'escape': 'is no message',
                'unterminated': 'is no message', 'fd': 'is no message', 'downwards': 'is no message', 'flood': 'messages a second',
                'exit': 'ended with status 3', 'silent': 'not ready after 20 s', 'early': 'has not connected'}
    daemon.close()
    daemon.start(f'{TREE}/tests/e2e/hostile-session')
    for deed, words in expected.items():
        with open('/run/hostile', 'w', encoding='ascii') as file:
            file.write(deed)
        result = subprocess.run([CTL, 'connect', f'ip:{SINK}', '--timeout', '3'], text=True, capture_output=True, check=False)
        assert result.returncode in (1, 6) and words in result.stderr, f'{deed}: {result}'
        assert '\x1b' not in result.stderr, deed
        wait_for(f'the process of {deed} to die',
                 lambda: subprocess.run(['pgrep', '-x', 'hostile-session'], capture_output=True, check=False).returncode == 1, 3)
        assert not monitor()
    daemon.close()
    daemon.start()
    sink, _ = connect('--mode', '640x480@60')
    ctl('disconnect')
    sink.close()


tests = Tests()
tests.clean_up = lambda: subprocess.run([CTL, 'disconnect'], capture_output=True, check=False)
load_module()
make_networks()
daemon = Daemon()
for test in (a_silent_sink, a_sink_that_closes_at_once, a_half_open_sink, a_message_of_64_kib, messages_that_are_none,
             a_sink_without_our_modes, noise_in_every_state, a_stranger_is_not_let_in, a_sink_that_vanishes, a_sink_that_is_kept_alive,
             a_sink_that_ends_it, the_module_may_go_while_the_daemon_runs, another_driver, a_session_that_is_hostile):
    tests.run(test)
daemon.close()
unload_module()
tests.done()
