# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests in a UML guest share: TAP, the module, a seat and a desktop (sway) on our connectors."""
import contextlib
import fcntl
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import time
import traceback

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = '/out'
SEED = int(os.environ.get('MC_SEED', '1'))
# Whom the desktop belongs to: nobody in particular.
USER = 65534
LONG = bool(os.environ.get('MC_LONG'))


class Tests:
    """Runs functions as tests and prints TAP; a test fails by an exception."""

    def __init__(self):
        self.count = self.failed = 0
        self.only = sys.argv[1:]
        self.clean_up = lambda: None    # after a test that has failed: the next one shall not fail for it
        print(f'# seed {SEED}', flush=True)

    def run(self, test, *args, name=None):
        name = name or test.__name__
        if self.only and name not in self.only:
            return
        self.count += 1
        random.seed(f'{SEED} {name}')
        try:
            test(*args)
            print(f'ok {self.count} - {name}', flush=True)
        except Exception as error:  # pylint: disable=broad-except
            self.failed += 1
            for line in (traceback.format_exc() if not isinstance(error, AssertionError) else
                         traceback.format_exc(limit=-2)).splitlines():
                print(f'# {line}')
            print(f'not ok {self.count} - {name}', flush=True)
            self.clean_up()

    def done(self):
        print(f'1..{self.count}', flush=True)
        sys.exit(1 if self.failed else 0)


def wait_for(what, condition, seconds=20):
    """Waits until condition() is true and returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f'waited {seconds} s in vain: {what}')


def run(*words, check=True, **options):
    result = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if check and result.returncode:
        raise AssertionError(f'{" ".join(words)}: exit {result.returncode}: {result.stdout}{result.stderr}')
    return result.stdout


def modprobe(name):
    run('modprobe', *(['-d', os.environ['MC_MODULES']] if 'MC_MODULES' in os.environ else []), name)


def module_path():
    """The module for the guest's kernel."""
    return f'{TREE}/build/module/{os.environ["MC_KERNEL"] if "MC_VM" in os.environ else "uml-" + os.environ["MC_VARIANT"]}/miracast.ko'


def load_module(targets=4):
    for name in ('drm_kms_helper', 'drm_shmem_helper'):
        modprobe(name)
    run('insmod', module_path(), f'targets={targets}')


def unload_module():
    # The last files of a process that has just ended are released a moment later, by a worker of the kernel's.
    def users():
        with open('/sys/module/miracast/refcnt', encoding='ascii') as file:
            return int(file.read())
    wait_for('the module to be free', lambda: users() == 0, 5)
    run('rmmod', 'miracast')


def start(log, *words, **options):
    """A background process whose output goes to OUT/log."""
    with open(f'{OUT}/{log}', 'a', encoding='utf-8') as file:
        return subprocess.Popen(words, stdout=file, stderr=file, stdin=subprocess.DEVNULL, **options)


def start_udev():
    # The guest's root is a chroot; udevadm would do nothing there.
    os.environ['SYSTEMD_IGNORE_CHROOT'] = '1'
    os.makedirs('/run/udev/rules.d', exist_ok=True)
    shutil.copy(f'{TREE}/daemon/data/72-miracast.rules', '/run/udev/rules.d/')
    run('/lib/systemd/systemd-udevd', '--daemon')
    run('udevadm', 'trigger', '-s', 'drm', '-s', 'misc', '-s', 'input')
    run('udevadm', 'settle')


class Grab:
    """A monitor of ours, watched by tests/kernel/grab."""

    def __init__(self, *options):
        self.process = subprocess.Popen([f'{TREE}/build/tests/kernel/grab', '--stay', *options], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.line()

    def line(self, seconds=10):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise AssertionError('grab says nothing')
        return self.process.stdout.readline().strip()

    def say(self, words):
        self.process.stdin.write(words + '\n')

    def ask(self, words):
        self.say(words)
        return self.line()

    def chunks(self):
        """(chunks, chunks with a cursor move alone)"""
        return tuple(int(n) for n in self.ask('count').split())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pointer:
    """A mouse of uinput."""

    EV_SYN, EV_KEY, EV_REL, BTN_LEFT = 0, 1, 2, 0x110
    SET_EVBIT, SET_KEYBIT, SET_RELBIT, CREATE = 0x40045564, 0x40045565, 0x40045566, 0x5501

    def __init__(self):
        modprobe('uinput')
        modprobe('evdev')
        self.file = os.open('/dev/uinput', os.O_WRONLY)
        for request, value in ((self.SET_EVBIT, self.EV_KEY), (self.SET_KEYBIT, self.BTN_LEFT), (self.SET_EVBIT, self.EV_REL),
                               (self.SET_RELBIT, 0), (self.SET_RELBIT, 1)):
            fcntl.ioctl(self.file, request, value)
        # struct uinput_user_dev: name, bus, vendor, product, version, ff_effects_max, 4 tables of 64 words
        os.write(self.file, struct.pack('80sHHHHI1024x', b'test mouse', 3, 1, 1, 1, 0))
        fcntl.ioctl(self.file, self.CREATE)
        run('udevadm', 'settle')

    def move(self, dx, dy):
        event = struct.Struct('qqHHi')
        os.write(self.file, event.pack(0, 0, self.EV_REL, 0, dx) + event.pack(0, 0, self.EV_REL, 1, dy) +
                 event.pack(0, 0, self.EV_SYN, 0, 0))


class Desktop:
    """sway on a card, drawn by pixman, with a seat of its own and no input device but what tests made before."""

    def __init__(self, card='/dev/dri/card0', config=''):
        self.prepare(card)
        with open(f'{self.directory}/config', 'w', encoding='utf-8') as file:
            file.write('xwayland disable\ndefault_border none\nseat * hide_cursor 0\n' + config)
        self.compositor = start('sway.log', 'sway', '--config', f'{self.directory}/config', env=self.environment, user=USER, group=USER,
                          extra_groups=[])
        socket = wait_for('the sockets of sway', self.sockets)
        self.environment.update(SWAYSOCK=socket[0], WAYLAND_DISPLAY=socket[1])

    def prepare(self, card):
        """A seat, and what every wlroots compositor needs in its environment."""
        self.directory = '/run/desktop'
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        os.chown(self.directory, USER, USER)
        # Bookworm's wlroots cannot put what pixman draws on a cursor plane; told so, it does not lose the cursor trying.
        self.environment = dict(os.environ, WLR_NO_HARDWARE_CURSORS='1', XDG_RUNTIME_DIR=self.directory, LIBSEAT_BACKEND='seatd',
                                WLR_RENDERER='pixman', WLR_LIBINPUT_NO_DEVICES='1', WLR_DRM_DEVICES=card, XCURSOR_SIZE='24')
        self.environment.pop('WAYLAND_DISPLAY', None)
        self.seatd = start('seatd.log', 'seatd', '-u', 'nobody', env=dict(os.environ, SEATD_VTBOUND='0'))
        wait_for('the socket of seatd', lambda: os.path.exists('/run/seatd.sock'))

    def sockets(self):
        assert self.compositor.poll() is None, "sway ended; see sway.log"
        names = os.listdir(self.directory)
        ipc = [n for n in names if n.startswith('sway-ipc.')]
        wayland = [n for n in names if n.startswith('wayland-') and not n.endswith('.lock')]
        return (f'{self.directory}/{ipc[0]}', wayland[0]) if ipc and wayland else None

    def msg(self, *words):
        # It waits three seconds for an answer; on a slow kernel a desktop that starts takes longer.
        for _ in range(9):
            result = subprocess.run(['swaymsg', '--raw', *words], env=self.environment, capture_output=True, text=True, check=False)
            if 'Unable to receive IPC response' not in result.stderr:
                break
        assert result.returncode == 0, f'swaymsg {" ".join(words)}: {result.stdout}{result.stderr}'
        return result.stdout

    def outputs(self):
        return {o['name']: o for o in json.loads(self.msg('-t', 'get_outputs')) if o['active']}

    def client(self, *words):
        return start('client.log', *words, env=self.environment, user=USER, group=USER, extra_groups=[])

    def screenshot(self, path, output, cursor=False):
        run('grim', *(['-c'] if cursor else []), '-o', output, '-t', 'png', path, env=self.environment)

    def close(self):
        for process in (self.compositor, self.seatd):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink('/run/seatd.sock')


class Cage(Desktop):
    """cage: one program, on the whole screen. It is given a standard input, which it may wait for."""

    def __init__(self, *client, card='/dev/dri/card0'):
        self.prepare(card)
        if not os.path.exists('/usr/bin/Xwayland'):
            # Bookworm's cage does not start without one; nobody here speaks X.
            with open('/usr/bin/Xwayland', 'w', encoding='ascii') as file:
                file.write('#!/bin/sh\nexit 1\n')
            os.chmod('/usr/bin/Xwayland', 0o755)
        with open(f'{OUT}/cage.log', 'a', encoding='utf-8') as log:
            self.compositor = subprocess.Popen(['cage', '--', *client], env=self.environment, user=USER, group=USER, extra_groups=[],
                                         stdin=subprocess.PIPE, stdout=log, stderr=log)
        self.environment['WAYLAND_DISPLAY'] = wait_for('the socket of cage', lambda: [
            n for n in os.listdir(self.directory) if n.startswith('wayland-') and not n.endswith('.lock')])[0]


def pixels(path):
    import numpy
    from PIL import Image
    with Image.open(path) as image:
        return numpy.asarray(image.convert('RGB'))


def assert_identical(one, other):
    import numpy
    a, b = pixels(one), pixels(other)
    assert a.shape == b.shape, f'{one} is {a.shape[1]}x{a.shape[0]}, {other} {b.shape[1]}x{b.shape[0]}'
    wrong = numpy.argwhere((a != b).any(axis=2))
    assert not len(wrong), f'{len(wrong)} pixels of {one} and {other} differ, first at {wrong[0][1]},{wrong[0][0]}'


def test_card(path, width, height, seed=1):
    """A picture in which every shift, swap and rounding shows: ramps, saturated patches, text, noise."""
    import numpy
    from PIL import Image, ImageDraw, ImageFont
    rng = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    picture = numpy.stack([x * 255 // (width - 1), y * 255 // (height - 1), (x + y) & 255], axis=2).astype(numpy.uint8)
    patches = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (255, 255, 255), (0, 0, 0)]
    for i, colour in enumerate(patches):
        picture[height // 8:height // 4, i * width // 8:(i + 1) * width // 8] = colour
    picture[height // 2:height // 2 + height // 8] = rng.integers(0, 256, (height // 8, width, 3), dtype=numpy.uint8)
    image = Image.fromarray(picture)
    font = ImageFont.truetype('DejaVuSans.ttf', height // 20)
    ImageDraw.Draw(image).text((width // 20, height * 3 // 4), f'Miracast for Linux {width}x{height} #{seed}', 'black', font)
    image.save(path)
