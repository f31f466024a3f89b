#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real desktop cast by the real module and daemon to a receiver: what it shows, what the stream is made of, what happens when
something dies. In UML."""
import json
import os
import random
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cast import CTL, SINK, Daemon, Sink, connect, ctl, make_networks, status  # noqa: E402
from guest import LONG, OUT, TREE, USER, Desktop, Pointer, Tests, load_module, pixels, run, start_udev, unload_module, wait_for  # noqa: E402

SQUARE, BITS = 32, 16


def photo_card(path, width, height):
    """Text, a photograph-like texture, saturated patches; room for the barcode at the bottom."""
    import numpy
    from PIL import Image, ImageDraw, ImageFilter, ImageFont
    rng = numpy.random.default_rng(7)
    picture = numpy.zeros((height, width, 3))
    # A photograph's spectrum: noise of every scale, each half as strong as the one that is twice as coarse.
    for scale in (256, 128, 64, 32, 16, 8):
        noise = rng.random((height // scale + 2, width // scale + 2, 3)) * 255
        layer = Image.fromarray(noise.astype(numpy.uint8)).resize((width, height), Image.BICUBIC)
        picture += numpy.asarray(layer) * (scale / 504)
    image = Image.fromarray(picture.clip(0, 255).astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(1))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, width // 2, height // 2], fill='white')
    font = ImageFont.truetype('DejaVuSans.ttf', max(height // 60, 10))
    line = 0
    while line * height // 45 < height // 2 - height // 30:
        draw.text((width // 60, line * height // 45 + 4), f'{line:02} The quick brown fox jumps over the lazy dog 0123456789', 'black', font)
        line += 1
    for i, colour in enumerate(PATCHES):
        draw.rectangle([width // 2 + i * width // 16, 0, width // 2 + (i + 1) * width // 16 - 1, height // 8], fill=colour)
    image.save(path)


PATCHES = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (255, 255, 255), (0, 0, 0)]


class Card:
    """The test card on the desktop."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        photo_card('/run/card.png', width, height)
        self.process = subprocess.Popen([f'{TREE}/build/tests/e2e/testcard', '/run/card.png'], env=desktop.environment, text=True,
                                        bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=USER, group=USER, extra_groups=[])
        self.number = 0
        self.read()

    def read(self):
        assert select.select([self.process.stdout], [], [], 20)[0], 'the test card shows nothing'
        self.number = int(self.process.stdout.readline().split()[1])

    def run(self, count, hz):
        self.process.stdin.write(f'run {count} {hz}\n')
        for _ in range(count):
            self.read()

    def close(self):
        self.process.kill()
        self.process.wait()


def barcode(picture):
    height = picture.shape[0]
    value = 0
    for bit in range(BITS):
        square = picture[height - SQUARE + 8:height - 8, bit * SQUARE + 8:(bit + 1) * SQUARE - 8]
        value = value << 1 | int(square.mean() > 127)
    return value


def luma(picture):
    return picture.astype(float) @ [0.2126, 0.7152, 0.0722]


def compare(name, sink, output):
    """The sink's picture beside the desktop's; both stay in OUT."""
    import numpy
    theirs, ours = f'{OUT}/{name}-sink.png', f'{OUT}/{name}-desktop.png'
    sink.ask(f'png {theirs}')
    desktop.screenshot(ours, output, cursor=True)
    a, b = pixels(theirs), pixels(ours)
    assert a.shape == b.shape, f'the sink shows {a.shape}, the desktop {b.shape}'
    error = (luma(a) - luma(b)) ** 2
    rows, columns = error.shape[0] // 64, error.shape[1] // 64
    blocks = error[:rows * 64, :columns * 64].reshape(rows, 64, columns, 64).mean(axis=(1, 3))
    psnr = 10 * numpy.log10(255 ** 2 / max(error.mean(), 1e-9))
    worst = 10 * numpy.log10(255 ** 2 / max(blocks.max(), 1e-9))
    print(f'# {name}: PSNR {psnr:.1f} dB, worst block {worst:.1f} dB')
    assert psnr >= 35, f'{psnr:.1f} dB over the picture'
    assert worst >= 25, f'{worst:.1f} dB in block {numpy.unravel_index(blocks.argmax(), blocks.shape)}'
    return a


def patches_are_right(picture):
    height, width = picture.shape[:2]
    for i, colour in enumerate(PATCHES):
        x = width // 2 + i * width // 16 + width // 32
        got = picture[height // 16, x].astype(int)
        assert max(abs(got - colour)) <= 6, f'patch {colour} is {tuple(got)}'


def cast_of(name, width, height, *options, sink_options=()):
    """One cast from connect to disconnect, looked at."""
    sink, said = connect(*options, sink_options=sink_options)
    try:
        output = said['Connector']
        wait_for('the output', lambda: output in desktop.outputs())
        card = Card(width, height)
        card.run(30, 15)
        pointer.move(40, 25)
        time.sleep(1)
        picture = compare(name, sink, output)
        assert barcode(picture) == card.number, f'the sink shows frame {barcode(picture)}, not {card.number}'
        patches_are_right(picture)
        card.close()
        return sink, said
    except Exception:
        sink.close()
        ctl('disconnect', check=False)
        raise


def plugged():
    with open('/sys/class/drm/card0-Virtual-1/status', encoding='ascii') as file:
        return file.read().strip() == 'connected'


def end(sink):
    ctl('disconnect')
    sink.wait('torn-down')
    sink.close()
    wait_for('the monitor to depart', lambda: not plugged())
    if desktop:
        wait_for('the desktop to notice', lambda: not desktop.outputs())
    assert not daemon.sessions()


def a_cursor_plane():
    """Without a desktop: a picture, and a translucent cursor on its own plane, moved over the edges and hidden."""
    import numpy
    from PIL import Image
    photo_card('/run/card.png', 1280, 720)
    y, x = numpy.mgrid[0:64, 0:64]
    alpha = (255 - 8 * numpy.hypot(x - 32, y - 32)).clip(0, 255)
    cursor = numpy.stack([alpha, alpha / 4, 0 * alpha, alpha], axis=2).astype(numpy.uint8)    # premultiplied orange
    Image.fromarray(cursor, 'RGBA').save('/run/cursor.png')
    sink, _ = connect('--mode', '1280x720@30')
    wait_for('the monitor', plugged)
    server = subprocess.Popen([f'{TREE}/build/tests/e2e/hwcursor', '/run/card.png', '/run/cursor.png'], text=True, bufsize=1,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert server.stdout.readline() == 'done\n'
        for number, place in enumerate(((641, 361), (1250, 690), (-30, -20), None)):
            server.stdin.write(f'move {place[0]} {place[1]}\n' if place else 'hide\n')
            assert server.stdout.readline() == 'done\n'
            sink.ask('idr')     # less to decode
            time.sleep(1)
            sink.ask(f'png {OUT}/cursor-{number}.png')
            wanted = numpy.zeros((720 + 128, 1280 + 128, 3))
            wanted[64:-64, 64:-64] = pixels('/run/card.png')
            if place:
                under = wanted[64 + place[1]:128 + place[1], 64 + place[0]:128 + place[0]]
                under[:] = cursor[:, :, :3] + under * (255 - cursor[:, :, 3:]) / 255
            error = (luma(pixels(f'{OUT}/cursor-{number}.png')) - luma(wanted[64:-64, 64:-64])) ** 2
            blocks = error[:704].reshape(11, 64, 20, 64).mean(axis=(1, 3))
            worst = 10 * numpy.log10(255 ** 2 / blocks.max())
            assert worst >= 30, f'cursor at {place}: {worst:.1f} dB in block {numpy.unravel_index(blocks.argmax(), blocks.shape)}'
    finally:
        server.kill()
        server.wait()
    end(sink)


def probe():
    with open('/sys/class/drm/card0-Virtual-1/status', 'w', encoding='ascii') as file:
        file.write('detect')


def the_monitor_is_the_sinks():
    """The sink's EDID when it has one, ours with the name that was asked for otherwise; both clean."""
    with open('/sys/class/drm/card0-Virtual-1/edid', 'rb') as file:
        assert not file.read()
    sink, _ = connect('--mode', '1280x720@30', '--name', 'Living room')
    wait_for('the monitor', plugged)
    probe()
    run('cp', '/sys/class/drm/card0-Virtual-1/edid', f'{OUT}/made.edid')
    text = run('edid-decode', '--check', f'{OUT}/made.edid')
    assert 'EDID conformity: PASS' in text and "'Living room'" in text, text
    end(sink)
    sink, _ = connect('--mode', '1280x720@30', '--name', 'Other', sink_options=('--edid', f'{OUT}/made.edid'))
    wait_for('the monitor', plugged)
    probe()
    with open('/sys/class/drm/card0-Virtual-1/edid', 'rb') as one, open(f'{OUT}/made.edid', 'rb') as other:
        assert one.read() == other.read()
    end(sink)


def a_desktop_at_1080p():
    sink, said = cast_of('1080p', 1920, 1080, '--mode', '1920x1080@30')
    assert said['Mode'] == '1920x1080@30' and said['Encoder'] == 'x264enc', said
    assert set(said['Sandbox']) == {'no_new_privs', 'namespaces', 'landlock', 'seccomp'}, said['Sandbox']
    sink.ask(f'dump {OUT}/1080p.ts')
    sink.ask(f'times {OUT}/1080p.csv')
    stats = sink.ask('stats')
    assert not stats['lost'], stats
    with open(f'{OUT}/monitor.txt', 'w', encoding='utf-8') as file:
        file.write(run(CTL, 'monitor', '--once'))
    end(sink)


def the_stream_by_ffprobe():
    """Profile, level, no B pictures, time stamps that only grow; written by somebody else."""
    probe = json.loads(run('ffprobe', '-v', 'error', '-of', 'json', '-show_streams', '-show_frames', '-select_streams', 'v',
                           f'{OUT}/1080p.ts'))
    video = probe['streams'][0]
    assert video['profile'] == 'Constrained Baseline' and video['level'] == 40 and not video['has_b_frames'], video
    assert (video['color_space'], video['color_primaries'], video['color_range']) == ('bt709', 'bt709', 'tv'), video
    times = [int(frame['pts']) for frame in probe['frames']]
    assert all(b > a for a, b in zip(times, times[1:])), 'time stamps do not grow'
    kinds = [frame['pict_type'] for frame in probe['frames']]
    assert kinds[0] == 'I' and set(kinds[1:]) <= {'P'}, f'{len(kinds)} pictures, {kinds.count("I")} of them I'


def the_stream_packet_by_packet():
    """Continuity counters, PCR and PSI intervals, a delimiter before every access unit."""
    with open(f'{OUT}/1080p.ts', 'rb') as file:
        data = file.read()
    counters, pcrs, tables, units, delimited, leads = {}, [], [], 0, 0, []
    for at in range(0, len(data), 188):
        packet = data[at:at + 188]
        pid, control = (packet[1] & 0x1f) << 8 | packet[2], packet[3] >> 4 & 3
        assert packet[0] == 0x47
        if control & 1:
            counter = packet[3] & 15
            assert counters.get(pid, counter) == counter, f'PID {pid:#x} is not continuous'
            counters[pid] = (counter + 1) & 15
        if control & 2 and packet[4] and packet[5] & 0x10:
            assert pid == 0x1000
            pcrs.append(int.from_bytes(packet[6:11], 'big') >> 7)
        if pid == 0:
            tables.append(len(pcrs))
        if pid == 0x1011 and packet[1] & 0x40:
            start = 4 + (1 + packet[4] if control & 2 else 0)
            units += 1
            p = packet[start + 9:start + 14]
            pts = (p[0] >> 1 & 7) << 30 | p[1] << 22 | p[2] >> 1 << 15 | p[3] << 7 | p[4] >> 1
            leads.append((pts - pcrs[-1]) / 90)
            delimited += packet[start + 14:start + 19] == b'\0\0\0\1\x09'
    assert set(counters) == {0, 0x100, 0x1011, 0x1100}, [hex(pid) for pid in counters]
    gaps = [(b - a) / 90 for a, b in zip(pcrs, pcrs[1:])]
    assert max(gaps) <= 100, f'{max(gaps):.1f} ms between two PCRs'
    assert max(b - a for a, b in zip(tables, tables[1:])) <= 3, 'tables are too far apart'
    # x264enc's own time stamps are a thousand hours away: no decoder with a clock would show such a stream.
    assert -200 < min(leads) and max(leads) < 200, f'PTS is {min(leads):.0f} to {max(leads):.0f} ms from the PCR before it'
    assert units == delimited, f'{units} access units, {delimited} delimiters'


def the_stream_by_tshark():
    """RTP's sequence and the transport stream's continuity as Wireshark sees them."""
    capture = f'{OUT}/rtp.pcap'
    watcher = subprocess.Popen(['ip', 'netns', 'exec', 'sink', 'tshark', '-q', '-i', 'cast1', '-f', 'udp', '-w', capture, '-F', 'pcap'],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for('the capture', lambda: os.path.exists(capture) and os.path.getsize(capture) >= 24)
    sink, _ = connect('--mode', '1280x720@30')
    time.sleep(2)
    end(sink)
    watcher.terminate()
    watcher.wait()
    rows = run('tshark', '-r', capture, '-d', 'udp.port==19000,rtp', '-Y', 'rtp', '-T', 'fields', '-e', 'rtp.seq', '-e', 'rtp.p_type',
               '-e', 'rtp.ssrc').split('\n')
    rows = [row.split('\t') for row in rows if row]
    assert len(rows) > 50, f'{len(rows)} RTP packets'
    sequence = [int(row[0]) for row in rows]
    assert all((a + 1) & 0xffff == b for a, b in zip(sequence, sequence[1:])), 'a packet is missing or out of order'
    assert {row[1] for row in rows} == {'33'} and len({row[2] for row in rows}) == 1
    drops = run('tshark', '-r', capture, '-d', 'udp.port==19000,rtp', '-Y', 'mp2t.cc.drop', '-T', 'fields', '-e', 'frame.number')
    assert not drops.strip(), f'continuity errors in frames {drops.split()[:10]}'


def a_desktop_at_720p60():
    sink, said = cast_of('720p', 1280, 720, '--mode', '1280x720@60')
    assert said['Mode'] == '1280x720@60' and 'level 3.2' in said['Format'], said
    end(sink)


def a_sink_of_640x480_without_sound():
    sink, said = cast_of('vga', 640, 480, sink_options=('--formats', '00 00 01 01 00000001 00000000 00000000 00 0000 0000 00 none none',
                                                        '--audio', 'none'))
    assert said['Mode'] == '640x480@60' and said['Audio'] == 'none', said
    m4 = next(e for e in sink.events if e['event'] == 'm4')
    assert 'wfd_audio_codecs' not in m4, m4
    end(sink)


def two_sinks_at_once():
    """Two outputs, two sessions; the end of one is nothing to the other."""
    other = '10.77.0.3'
    run('ip', '-n', 'sink', 'address', 'add', f'{other}/24', 'dev', 'cast1')
    first, one = connect('--mode', '640x480@60', sink_options=('--bind', SINK))
    second, two = connect('--mode', '1280x720@30', sink_options=('--bind', other), address=other)
    assert one['Connector'] != two['Connector'], (one, two)
    wait_for('both outputs', lambda: set(desktop.outputs()) == {one['Connector'], two['Connector']})
    assert len(daemon.sessions()) == 2
    time.sleep(1)
    first.ask(f'png {OUT}/two-1.png')
    second.ask(f'png {OUT}/two-2.png')
    assert pixels(f'{OUT}/two-1.png').shape == (480, 640, 3) and pixels(f'{OUT}/two-2.png').shape == (720, 1280, 3)
    ctl('disconnect', f'ip:{SINK}')
    first.wait('torn-down')
    wait_for('one output', lambda: set(desktop.outputs()) == {two['Connector']})
    before = second.ask('stats')['packets']
    time.sleep(1)
    assert second.ask('stats')['packets'] > before, 'the other cast has stopped, too'
    ctl('disconnect')
    second.wait('torn-down')
    first.close()
    second.close()
    wait_for('no output', lambda: not desktop.outputs())


def a_still_screen_costs_nothing():
    """Refined until it is clean, then a picture a second at most, PCR and tables going on."""
    sink, _ = connect('--mode', '1280x720@30', '--no-audio')
    wait_for('the output', lambda: desktop.outputs())
    time.sleep(4)
    before = status()['Statistics']
    time.sleep(4)
    after = status()['Statistics']
    pictures = after['pictures_encoded'] - before['pictures_encoded']
    datagrams = after['datagrams_sent'] - before['datagrams_sent']
    print(f'# {pictures} pictures, {datagrams} datagrams in 4 s')
    assert pictures <= 6, f'{pictures} pictures of a still screen in 4 s'
    assert datagrams >= 30, f'{datagrams} datagrams in 4 s: PCR has stopped'
    end(sink)


def an_idr_when_it_is_asked_for():
    sink, _ = connect('--mode', '1280x720@30', '--no-audio')
    wait_for('a picture', lambda: status()['Statistics']['pictures_encoded'])
    time.sleep(1.5)
    before = status()['Statistics']['idr']
    for _ in range(8):
        sink.ask('idr')
    wait_for('the IDR', lambda: status()['Statistics']['idr'] > before, 5)
    time.sleep(2)
    after = status()['Statistics']
    assert after['idr'] - before <= 2, f'{after["idr"] - before} IDRs for eight requests at once'
    end(sink)


def a_mode_that_the_sink_has_not():
    command = subprocess.Popen([CTL, 'connect', f'ip:{SINK}', '--mode', '1920x1200@60'], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    sink = Sink()
    error = command.communicate(timeout=30)[1]
    sink.close()
    assert command.returncode == 1 and 'the sink does not take 1920x1200' in error and '1920x1080@30' in error, error


def a_mode_that_the_sink_refuses():
    sink, said = connect(sink_options=('--refuse', '1'))
    assert said['Mode'] == '1280x720@30', said['Mode']
    end(sink)


def a_sink_that_does_not_come():
    result = subprocess.run([CTL, 'connect', f'ip:{SINK}', '--timeout', '2'], text=True, capture_output=True, check=False)
    assert result.returncode == 6 and 'has not connected' in result.stderr, result
    assert not daemon.sessions()


def wrong_usage():
    for words, code, text in ((['connect'], 2, 'one target'), (['connect', 'ip:nowhere'], 2, 'no target'),
                              (['connect', 'ip:10.77.0.2', '--mode', 'large'], 2, 'mode'), (['status', 'ip:1.2.3.4'], 4, 'no such'),
                              (['disconnect', 'ip:1.2.3.4'], 4, 'not connected'), (['dance'], 2, 'no command')):
        result = subprocess.run([CTL, *words], text=True, capture_output=True, check=False)
        assert result.returncode == code and text in result.stderr, f'{words}: {result}'


def polkit_decides():
    """A user who does not sit here is asked for a password, which nobody enters; one whom a rule allows may cast."""
    def as_nobody(*words):
        return subprocess.run(['setpriv', '--reuid=nobody', '--clear-groups', CTL, *words], text=True, capture_output=True, check=False)
    result = as_nobody('connect', f'ip:{SINK}', '--timeout', '1')
    assert result.returncode == 5 and 'polkit action org.miracastd1.connect' in result.stderr, result
    assert as_nobody('disconnect').returncode == 5
    assert as_nobody('list').returncode == 0
    os.makedirs('/etc/polkit-1/rules.d', exist_ok=True)
    with open('/etc/polkit-1/rules.d/10-test.rules', 'w', encoding='ascii') as file:
        file.write('polkit.addRule(function(action, subject) { if (action.id == "org.miracastd1.connect" && '
                   'subject.user == "nobody") return polkit.Result.YES; });')
    run('chmod', '-R', 'a+rX', '/etc/polkit-1/rules.d')
    wait_for('the rule', lambda: as_nobody('connect', f'ip:{SINK}', '--timeout', '1').returncode == 6)


def the_session_is_killed():
    sink, _ = connect('--mode', '1280x720@30')
    wait_for('the output', lambda: desktop.outputs())
    os.kill(daemon.sessions()[0], signal.SIGKILL)
    wait_for('the monitor to depart', lambda: not desktop.outputs(), 3)
    now = status()
    assert now['State'] == 'failed' and 'killed by signal 9' in now['Reason'], now
    sink.wait('eof')
    sink.close()


def the_session_hangs():
    sink, _ = connect('--mode', '1280x720@30')
    pid = daemon.sessions()[0]
    os.kill(pid, signal.SIGSTOP)
    ctl('disconnect')
    wait_for('the session to be killed', lambda: not daemon.sessions(), 5)
    wait_for('the monitor to depart', lambda: not desktop.outputs(), 3)
    assert status()['State'] == 'ended', status()
    sink.close()


def the_manager_is_killed():
    sink, _ = connect('--mode', '1280x720@30')
    wait_for('the output', lambda: desktop.outputs())
    daemon.process.kill()
    daemon.process.wait()
    wait_for('the monitor to depart', lambda: not desktop.outputs(), 3)
    wait_for('the session to end', lambda: not daemon.sessions(), 3)
    sink.wait('eof')
    sink.close()
    daemon.start()


def the_sink_dies():
    sink, _ = connect('--mode', '1280x720@30')
    wait_for('the output', lambda: desktop.outputs())
    sink.say('die')
    wait_for('the monitor to depart', lambda: not desktop.outputs(), 5)
    now = status()
    assert now['State'] == 'failed' and 'closed the connection' in now['Reason'], now
    sink.close()


def everybody_is_killed_at_random_moments():
    global desktop  # pylint: disable=global-statement
    rounds = 100 if LONG else 6
    for number in range(rounds):
        command = subprocess.Popen([CTL, 'connect', f'ip:{SINK}', '--mode', '640x480@60'], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        sink = Sink()
        time.sleep(random.random() * 2)
        victim = random.choice(['session', 'manager', 'sink', 'ctl', 'desktop'])
        if victim == 'session':
            for pid in daemon.sessions():
                os.kill(pid, signal.SIGKILL)
        elif victim == 'manager':
            daemon.process.kill()
            daemon.process.wait()
            daemon.start()
        elif victim == 'sink':
            sink.process.kill()
        elif victim == 'desktop':
            desktop.compositor.kill()
            desktop.close()
            desktop = make_desktop()
        else:
            command.kill()
        time.sleep(random.random() * 0.3)
        subprocess.run([CTL, 'disconnect'], capture_output=True, check=False)
        sink.close()
        command.kill()
        command.wait()
        try:
            wait_for('the monitor to depart', lambda: not desktop.outputs(), 5)
            wait_for('the session to end', lambda: not daemon.sessions(), 5)
        except AssertionError as error:
            raise AssertionError(f'round {number}, {victim}: {error}') from error
    sink, _ = connect('--mode', '640x480@60')
    end(sink)


def nothing_is_left():
    daemon.close()
    desktop.close()
    unload_module()


def make_desktop():
    return Desktop(config='output * bg #204060 solid_color\n')


tests = Tests()
tests.clean_up = lambda: subprocess.run([CTL, 'disconnect'], capture_output=True, check=False)
load_module()
start_udev()
make_networks()
pointer = Pointer()
daemon = Daemon()
desktop = None
tests.run(a_cursor_plane)
tests.run(the_monitor_is_the_sinks)
desktop = make_desktop()
for test in (a_desktop_at_1080p, the_stream_by_ffprobe, the_stream_packet_by_packet, the_stream_by_tshark, a_desktop_at_720p60,
             a_sink_of_640x480_without_sound, two_sinks_at_once, a_still_screen_costs_nothing, an_idr_when_it_is_asked_for, a_mode_that_the_sink_has_not,
             a_mode_that_the_sink_refuses, a_sink_that_does_not_come, wrong_usage, polkit_decides, the_session_is_killed, the_session_hangs,
             the_manager_is_killed, the_sink_dies, everybody_is_killed_at_random_moments, nothing_is_left):
    tests.run(test)
tests.done()
