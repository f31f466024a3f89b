#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's half of `make demo`: a user's machine, a TV on its network, and every command as the user types it."""
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'tests', 'vm'))
from system import SINK, SOURCE, Session, Sink, make_network, make_tv, manage_network  # noqa: E402
from guest import OUT, TREE, Pointer, run, wait_for  # noqa: E402

FAST = os.environ['MC_VM'] == 'kvm'
W, H, HZ = (1920, 1080, 60) if FAST else (1280, 720, 30)
NAME = 'Living room'


def wallpaper(path):
    import numpy
    from PIL import Image, ImageDraw, ImageFilter, ImageFont
    y, x = numpy.mgrid[0:H, 0:W] / H
    sky = numpy.stack([30 + 60 * y, 40 + 70 * y, 90 + 60 * (1 - y)], axis=2)
    for i, (height, tone) in enumerate(((0.55, 70), (0.68, 45), (0.8, 28))):
        ridge = height + 0.06 * numpy.sin(x * (3 + 2 * i) + i) + 0.03 * numpy.sin(x * (11 + 3 * i) + 2 * i)
        sky[y > ridge] = (tone * 0.5, tone, tone * 1.3)
    image = Image.fromarray(sky.clip(0, 255).astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(1))
    draw = ImageDraw.Draw(image)
    draw.ellipse([W * .76, H * .1, W * .76 + H * .11, H * .21], fill=(250, 240, 210))
    draw.text((W * .047, H * .083), 'Miracast for Linux', 'white', ImageFont.truetype('DejaVuSans.ttf', H // 15))
    draw.text((W * .049, H * .176), 'this monitor is a receiver on the network', (200, 210, 230), ImageFont.truetype('DejaVuSans.ttf', H // 36))
    image.save(path)


DESKTOP = f'''xwayland disable
default_border none
output * bg /run/wallpaper.png fill
seat * hide_cursor 0
bar {{
  position bottom
  font monospace {H // 90}
  status_command while date +"%A %H:%M:%S"; do sleep 1; done
}}
default_border normal
for_window [title="status"] floating enable, move position {W * 4 // 100} {H * 25 // 100}
for_window [title="monitor"] floating enable, move position {W * 4 // 100} {H * 66 // 100}
'''


def explain(*_):
    """What the programs wrote, for whoever looks for the reason of a failure."""
    for path in ('/tmp/sway.log', '/tmp/foot-status', '/tmp/foot-monitor'):
        if os.path.exists(path):
            shutil.copy(path, OUT)
    with open(f'{OUT}/journal', 'w', encoding='utf-8') as file:
        file.write(run('journalctl', '-b', '--no-pager', check=False))


def say(text):
    print(text, flush=True)


def shell(words):
    """A command of the user's, with what it prints."""
    say(f'$ {words}')
    status, said = session.run(words, 180)
    for line in said.rstrip().splitlines():
        say(f'  {line}')
    assert status == 0, f'exit status {status}'


sys.excepthook = lambda *error: (sys.__excepthook__(*error), explain())
with open('/run/sway.config', 'w', encoding='ascii') as file:
    file.write(DESKTOP)
wallpaper('/run/wallpaper.png')
make_network()
manage_network('Home')
make_tv(NAME)
say(f'On its network is a TV, "{NAME}": a receiver of our tests, waiting as a TV does (mDNS, port 7250).')
say('$ sudo make install')
for line in run('make', 'install', 'dkms=', cwd=TREE).rstrip().splitlines():
    say(line)

session = Session('sleep 1')
say('A user has logged in.')
pointer = Pointer()
# Without a graphics card of its own the machine's desktop starts with the module; else that is done by systemd at boot.
run('systemctl', 'start', 'miracast-module')
session.start('XDG_SESSION_TYPE=wayland LIBSEAT_BACKEND=logind WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1 WLR_NO_HARDWARE_CURSORS=1 '
              'WLR_DRM_DEVICES=/dev/dri/card0 sway --config /run/sway.config', '/tmp/sway.log')
environment = wait_for('the desktop', lambda: session.run('cd $XDG_RUNTIME_DIR; ls sway-ipc.*.sock wayland-? 2>/dev/null')[1].split(), 60)
swaysock, display = sorted(environment)
IN = f'SWAYSOCK=$XDG_RUNTIME_DIR/{swaysock} WAYLAND_DISPLAY={display}'
say('The desktop (sway) runs. It has no monitor.')

shell('miracastctl doctor')
shell('miracastctl list')
shell('miracastctl trust Home')
tv = Sink('--mice', '7250', '--save', f'{OUT}/tv.ts')
shell(f'miracastctl connect "{NAME}" --mode {W}x{H}@{HZ}')
tv.wait('playing')
output = json.loads(session.run('miracastctl status --json')[1])[0]['Connector']


def terminal(title, width, height, command):
    session.start(f'{IN} foot --font=monospace:pixelsize={H // 54} --window-size-pixels={W * width // 100}x{H * height // 100} '
                  f'--title={title} {command}', f'/tmp/foot-{title}')


terminal('status', 56, 34, 'sh -c "miracastctl status; sleep 600"')
terminal('monitor', 92, 25, 'miracastctl monitor')
say('On the new monitor: a wallpaper, a bar with a clock, two terminals; a mouse moves.')
end = time.monotonic() + (10 if FAST else 25)
step = 0
while time.monotonic() < end:
    pointer.move(12 if step % 90 < 60 else -24, 6 if step % 20 < 10 else -6)
    step += 1
    time.sleep(0.1)
shell('miracastctl status')
time.sleep(3)
status, said = session.run(f'{IN} grim -c -o {output} -t png /tmp/desktop.png')
assert status == 0, said
tv.ask(f'dump {OUT}/until-now.ts')
shutil.copy('/tmp/desktop.png', f'{OUT}/desktop.png')
say('Both have been photographed.')
shell(f'miracastctl disconnect "{NAME}"')
tv.wait('torn-down')
wait_for('the monitor to depart', lambda: json.loads(session.run(f'{IN} swaymsg --raw -t get_outputs')[1]) == [], 30)
say('The monitor has departed.')
shell('miracastctl list')
session.close()
say('$ sudo make uninstall')
run('make', 'uninstall', 'dkms=', cwd=TREE)
assert subprocess.run(['which', 'miracastctl'], capture_output=True, check=False).returncode
assert not os.path.exists('/sys/module/miracast')
say('Nothing is left of it.')
tv.close()
