#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real compositor draws on our connectors; the pictures that come out of the channel are the compositor's screenshots,
pixel for pixel: at the start, after a mode change, unplugged and plugged in again, with the cursor moved, on two targets."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from guest import (OUT, TREE, Cage, Desktop, Grab, Pointer, Tests, assert_identical, load_module, start_udev, test_card, unload_module,  # noqa: E402
                   wait_for)

W, H = 1280, 720


def same_picture(name, grab, output, cursor=False):
    """Both sides settle, then are compared; the pictures stay in OUT."""
    def settled():
        before = grab.chunks()
        time.sleep(0.3)
        return grab.chunks() == before and before[0]
    wait_for('a picture that stands still', settled)
    ours, theirs = f'{OUT}/{name}-grab.png', f'{OUT}/{name}-screenshot.png'
    desktop.screenshot(theirs, output, cursor)
    # The screenshot may itself have moved the cursor into the picture.
    wait_for('a picture that stands still', settled)
    answer = grab.ask(f'{"cursor" if cursor else "png"} {ours}')
    assert answer.startswith('written'), answer
    assert_identical(ours, theirs)


def mode_of(output):
    mode = desktop.outputs()[output]['current_mode']
    return mode['width'], mode['height']


def the_picture_is_the_screenshot():
    same_picture('start', first, 'Virtual-1')


def after_a_mode_change():
    desktop.msg('output', 'Virtual-1', 'mode', '800x600')
    wait_for('800x600', lambda: mode_of('Virtual-1') == (800, 600))
    same_picture('mode', first, 'Virtual-1')


def the_cursor_moves():
    """wlroots of bookworm draws the cursor itself when pixman draws: small damage, never the whole picture."""
    chunks, _ = first.chunks()
    for i in range(12):
        pointer.move(16, 7 + i % 2)
        time.sleep(0.05)
    assert first.chunks()[0] > chunks, 'no chunk for a moving cursor'
    chunk = json.loads(first.ask('chunk'))
    area = sum((d[2] - d[0]) * (d[3] - d[1]) for d in chunk['damage'])
    assert area < 200 * 200, chunk
    same_picture('cursor', first, 'Virtual-1', cursor=True)


def unplugged_and_plugged_in_again():
    first.say('depart')
    wait_for('the output to go', lambda: 'Virtual-1' not in desktop.outputs())
    first.say(f'arrive {W}x{H}@60 640x480@60')
    wait_for('the output to come', lambda: 'Virtual-1' in desktop.outputs())
    assert mode_of('Virtual-1') == (W, H)
    same_picture('replug', first, 'Virtual-1')


def on_the_second_target():
    second = Grab('--mode', '1024x768@60')
    try:
        wait_for('the second output', lambda: 'Virtual-2' in desktop.outputs())
        same_picture('second', second, 'Virtual-2')
        same_picture('first-beside-second', first, 'Virtual-1')
    finally:
        second.close()
    wait_for('the second output to go', lambda: 'Virtual-2' not in desktop.outputs())


def the_compositor_restarts():
    global desktop  # pylint: disable=global-statement
    desktop.compositor.kill()
    desktop.close()
    desktop = Desktop(config=f'output * bg /run/card.png stretch\n')
    wait_for('the output', lambda: 'Virtual-1' in desktop.outputs())
    same_picture('restart', first, 'Virtual-1')


def another_compositor():
    """cage instead of sway, with a client that draws the card itself."""
    global desktop  # pylint: disable=global-statement
    desktop.close()
    desktop = Cage(f'{TREE}/build/tests/e2e/testcard', '/run/card.png')
    chunks = first.chunks()[0]
    wait_for('a picture of cage', lambda: first.chunks()[0] > chunks)
    same_picture('cage', first, 'Virtual-1')


def nothing_is_left():
    first.close()
    desktop.close()
    unload_module()


tests = Tests()
test_card(f'/run/card.png', W, H)
load_module()
start_udev()
pointer = Pointer()
first = Grab('--mode', f'{W}x{H}@60', '--mode', '800x600@60', '--mode', '640x480@60')
desktop = Desktop(config=f'output * bg /run/card.png stretch\n')
wait_for('the output', lambda: 'Virtual-1' in desktop.outputs())
for test in (the_picture_is_the_screenshot, after_a_mode_change, the_cursor_moves, unplugged_and_plugged_in_again,
             on_the_second_target, the_compositor_restarts, another_compositor, nothing_is_left):
    tests.run(test)
tests.done()
