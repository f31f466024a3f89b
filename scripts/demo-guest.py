#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's half of `make demo`."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'tests'))
from cast import CTL, SINK, Daemon, connect, ctl, make_networks  # noqa: E402
from guest import OUT, Desktop, Pointer, load_module, run, start_udev, wait_for  # noqa: E402

W, H = 1920, 1080


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
    draw.ellipse([1450, 120, 1570, 240], fill=(250, 240, 210))
    draw.text((90, 90), 'Miracast for Linux', 'white', ImageFont.truetype('DejaVuSans.ttf', 72))
    draw.text((94, 190), 'this monitor is a receiver on the network', (200, 210, 230), ImageFont.truetype('DejaVuSans.ttf', 30))
    image.save(path)


def say(text):
    print(text, flush=True)


wallpaper('/run/wallpaper.png')
load_module()
start_udev()
make_networks()
pointer = Pointer()
daemon = Daemon()
desktop = Desktop(config='''output * bg /run/wallpaper.png fill
bar {
  position bottom
  font monospace 12
  status_command while date +"%A %H:%M:%S"; do sleep 1; done
}
for_window [app_id="foot"] floating enable, resize set 1090 420, move position 780 520
''')
say('The desktop runs. It has no monitor yet.')
say(f'$ miracastctl connect ip:{SINK}')
sink, said = connect('--mode', f'{W}x{H}@30', '--name', 'Living room')
say(f'{said["Target"]}: {said["Mode"]} on output {said["Connector"]}, {said["Format"]}')
output = said['Connector']
wait_for('the output', lambda: output in desktop.outputs())
desktop.client('foot', '--font=monospace:size=13', '--title=miracastctl', CTL, 'monitor')
for step in range(60):
    pointer.move(12, 6 if step % 20 < 10 else -3)
    time.sleep(0.1)
time.sleep(1.5)
desktop.screenshot(f'{OUT}/desktop.png', output, cursor=True)
sink.ask(f'png {OUT}/tv.png')
sink.ask(f'dump {OUT}/tv.ts')
say('$ miracastctl status')
say(run(CTL, 'status').rstrip())
say('$ miracastctl disconnect')
ctl('disconnect')
wait_for('the monitor to depart', lambda: not desktop.outputs())
say('The monitor has departed.')
run('ffmpeg', '-v', 'error', '-y', '-i', f'{OUT}/tv.ts', '-map', '0:v', '-c', 'copy', f'{OUT}/tv.mp4')
sink.close()
desktop.close()
daemon.close()
