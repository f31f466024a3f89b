#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""TVs on the LAN: found by real Avahi daemons on both sides, on networks of a real NetworkManager, cast to by name (MICE)."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cast import CTL, Daemon, Sink, ctl  # noqa: E402
from guest import OUT, TREE, Desktop, Tests, load_module, run, start, start_udev, wait_for  # noqa: E402

LIVING, CAFE = '6f9619ff-8b86-d011-b42d-00cf4fc964ff', '8f9619ff-8b86-d011-b42d-00cf4fc964ff'


def make_networks():
    """The source is on two networks, "Home" and "Cafe"; behind each is a namespace with a TV in it."""
    for name in ('source', 'sink', 'cafe'):
        run('ip', 'netns', 'add', name)
        run('ip', '-n', name, 'link', 'set', 'lo', 'up')
    for link, name, net in (('cast', 'sink', '10.77.0'), ('side', 'cafe', '10.78.0')):
        run('ip', 'link', 'add', f'{link}0', 'netns', 'source', 'type', 'veth', 'peer', 'name', f'{link}1', 'netns', name)
        run('ip', '-n', name, 'address', 'add', f'{net}.2/24', 'dev', f'{link}1')
        run('ip', '-n', name, 'link', 'set', f'{link}1', 'up')


def start_network_manager():
    folder = '/etc/NetworkManager/system-connections'
    os.makedirs(folder, exist_ok=True)
    for name, link, net, uuid in (('Home', 'cast0', '10.77.0', '11111111-2222-3333-4444-555555555555'),
                                  ('Cafe', 'side0', '10.78.0', '22222222-2222-3333-4444-555555555555')):
        path = f'{folder}/{name}.nmconnection'
        with open(path, 'w', encoding='ascii') as file:
            file.write(f'[connection]\nid={name}\nuuid={uuid}\ntype=ethernet\ninterface-name={link}\n'
                       f'[ipv4]\nmethod=manual\naddress1={net}.1/24\n[ipv6]\nmethod=disabled\n')
        os.chmod(path, 0o600)
    # As in a container: udev knows nothing of the devices of a network namespace.
    start('nm.log', 'ip', 'netns', 'exec', 'source', 'sh', '-c', 'mount -o remount,ro /sys; exec NetworkManager --no-daemon')
    wait_for('NetworkManager on both networks', lambda: run('nmcli', '-t', '-f', 'STATE', 'device', check=False).count('connected\n') >= 2, 30)


def start_avahi(namespace, services=()):
    """An avahi-daemon in a namespace; that of the source is on the system bus, those of the TVs have nobody but the network."""
    folder = f'/etc/netns/{namespace}/avahi/services'
    os.makedirs(folder, exist_ok=True)
    for name, identity in services:
        txt = f'<txt-record>container_id={identity}</txt-record>' if identity else ''
        with open(f'{folder}/{name.replace(" ", "-")}.service', 'w', encoding='utf-8') as file:
            file.write(f'<?xml version="1.0"?><service-group><name>{name}</name><service><type>_display._tcp</type>'
                       f'<port>7250</port>{txt}</service></service-group>')
    with open(f'/etc/netns/{namespace}/avahi/avahi-daemon.conf', 'w', encoding='ascii') as file:
        file.write(f'[server]\nhost-name={namespace}\nuse-ipv6=no\nenable-dbus={"yes" if namespace == "source" else "no"}\n'
                   '[publish]\npublish-workstation=no\n[rlimits]\n')
    return start('avahi.log', 'ip', 'netns', 'exec', namespace, 'sh', '-c',
                 'mkdir -p /run/avahi-daemon; mount -t tmpfs a /run/avahi-daemon; exec avahi-daemon --no-rlimits --no-chroot')


class Tv(Sink):
    """The test sink, waiting to be asked."""

    def __init__(self, *options, namespace='sink'):
        self.log = open(f'{OUT}/sink.log', 'a', encoding='utf-8')
        self.process = subprocess.Popen(['ip', 'netns', 'exec', namespace, f'{TREE}/tests/sink/miracast-sink', *options], text=True,
                                        bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.events = []
        self.wait('listening')


def fails(code, words, *command):
    result = subprocess.run([CTL, *command], capture_output=True, text=True, check=False)
    assert result.returncode == code and words in result.stderr, (result.returncode, result.stdout, result.stderr)


def sinks():
    return {sink['id']: sink for sink in ctl('list')['sinks']}


def the_list_shows_what_is_there():
    found = wait_for('three TVs', lambda: (s := sinks()) and len(s) == 3 and s, 20)
    assert {s['name'] for s in found.values()} == {'Living room', 'Télé du café'}
    assert found[LIVING]['address'] == '10.77.0.2' and found[LIVING]['network'] == 'Home' and not found[LIVING]['trusted']
    assert found[CAFE]['network'] == 'Cafe' and not found[CAFE]['known']
    text = run(CTL, 'list')
    assert 'Living room' in text and 'Home (untrusted)' in text, text


def a_network_is_trusted_before_it_is_used():
    fails(7, 'trust "Home"', 'connect', LIVING)
    networks = {n['name']: n for n in ctl('trust')}
    assert networks['Home']['key'].startswith('nm:') and not networks['Home']['trusted']
    fails(4, 'there is no network "Nowhere"', 'trust', 'Nowhere')
    ctl('trust', 'Home')
    assert {n['name']: n['trusted'] for n in ctl('trust')} == {'Home': True, 'Cafe': False}
    assert sinks()[LIVING]['trusted'] and not sinks()[CAFE]['trusted']


def one_name_on_two_networks_is_chosen_by_id():
    fails(4, 'choose one by its id: ', 'connect', 'Living room')
    fails(7, '"Cafe", which is not trusted', 'connect', CAFE)


def complete(*words, line=None):
    """What bash offers after these words, as it has parted the line."""
    quoted = ' '.join(f"'{word}'" for word in ('miracastctl', *words))
    line = line or ' '.join(('miracastctl', *words))
    return run('bash', '-c', f'PATH={os.path.dirname(CTL)}:$PATH; source {TREE}/daemon/data/completion/miracastctl; compopt() {{ :; }}; COMP_WORDS=({quoted}); COMP_LINE=\'{line}\'; COMP_POINT={len(line)}; '
               f'COMP_CWORD={len(words)}; _miracastctl; printf "%s\\n" "${{COMPREPLY[@]}}"').splitlines()


def names_are_completed():
    assert complete('connect', 'Liv') == ['Living\\ room'] and complete('connect', '"Living r') == ['Living room']
    assert complete('connect', '--mode', '1920x1080', '@', '6', line='miracastctl connect --mode 1920x1080@6') == ['60']
    assert complete('forget', LIVING[:20]) == [LIVING]
    assert complete('set', 'Living room', 'mo') == ['mode='] and LIVING in complete('forget', LIVING[:4])
    assert sorted(complete('trust', '')) == ['Cafe', 'Home'] and complete('trust', '--r') == ['--remove']


def cast(target, *options, tv=None):
    tv = tv or Tv()
    command = subprocess.run([CTL, 'connect', target, '--json', '--mode', '640x480@60', *options], capture_output=True, text=True, check=False)
    assert command.returncode == 0, command
    tv.wait('playing')
    return tv, json.loads(command.stdout)


def a_cast_by_id_is_remembered():
    tv, said = cast(LIVING)
    assert said['Name'] == 'Living room' and said['Target'] == LIVING and said['Address'] == '10.77.0.2', said
    ready = next(e for e in tv.events if e['event'] == 'source-ready')
    assert ready['port'] == 7236 and len(ready['id']) == 32 and ready['source'] == 'miracast-test', ready
    assert wait_for('the output', lambda: [o for o in desktop.outputs().values() if 'Living room' in json.dumps(o)])
    ctl('disconnect', 'Living room')
    stop = tv.wait('stop-projection')
    assert stop['id'] == ready['id']
    tv.close()
    assert sinks()[LIVING]['known']


def a_known_name_means_the_known_one():
    tv, said = cast('Living room')
    assert said['Target'] == LIVING
    assert 'streaming' in run(CTL, 'list')
    fails(1, 'connected already', 'connect', 'Living room')
    ctl('disconnect', LIVING)
    tv.close()


def a_newcomer_with_a_known_name_is_chosen_by_id():
    """Somebody else calls himself like the TV that we know, which is off."""
    ctl('trust', 'Cafe')
    home_avahi.terminate()
    home_avahi.wait()
    wait_for('the TV to be gone', lambda: not sinks()[LIVING]['there'], 20)
    fails(4, f'is not the one that you have cast to before; if you mean it, choose it by its id: {CAFE}', 'connect', 'Living room')
    ctl('trust', 'Cafe', '--remove')


def defaults_of_a_tv():
    fails(2, 'mode cannot be "wide"', 'set', 'Living room', 'mode=wide')
    fails(2, 'there is no option "colour"', 'set', 'Living room', 'bitrate=3000', 'colour=red')
    fails(2, 'is not KEY=VALUE', 'set', 'Living room', 'mode')
    assert not sinks()[LIVING]['defaults']
    ctl('set', 'Living room', 'mode=720x480@60', 'audio=no')
    assert sinks()[LIVING]['defaults'] == {'mode': '720x480@60', 'audio': 'no'}
    start_home()
    wait_for('the TV to be back', lambda: sinks()[LIVING]['there'], 20)
    tv = Tv()
    said = json.loads(run(CTL, 'connect', 'Living room', '--json'))
    assert said['Mode'] == '720x480@60' and said['Audio'] == 'none', said
    ctl('disconnect')
    tv.close()
    ctl('set', 'Living room', 'mode=', 'audio=')
    assert not sinks()[LIVING]['defaults']


def what_is_remembered_survives_the_daemon():
    daemon.close()
    daemon.start()
    wait_for('the TV', lambda: LIVING in sinks(), 20)
    assert sinks()[LIVING]['known'] and sinks()[LIVING]['trusted']
    ctl('forget', LIVING)
    assert not sinks()[LIVING]['known']


def the_sink_ends_the_cast():
    for word, by in (('mice-stop', 'STOP_PROJECTION'), ('mice-close', 'closing')):
        tv, _ = cast(LIVING)
        tv.say(word)
        ended = wait_for(f'the end by {by}', lambda: (s := ctl('status', LIVING)[0])['State'] == 'ended' and s)
        assert ended['Reason'] == 'the sink has ended the cast', ended
        wait_for('the monitor to depart', lambda: not desktop.outputs())
        tv.close()


def what_goes_wrong_is_said():
    fails(1, 'port 7250: ', 'connect', LIVING)
    for how, words in (('close', 'was the cast refused there'), ('nonsense', 'is no MICE message'), ('pin', 'PIN-protected')):
        tv = Tv('--after-ready', how)
        fails(1, words, 'connect', LIVING)
        tv.close()
    tv = Tv('--after-ready', 'silent')
    fails(6, 'was asked to, and has not connected', 'connect', LIVING, '--timeout', '2')
    tv.wait('stop-projection')
    tv.close()
    fails(4, '"Kitchen" was not found; there are ', 'connect', 'Kitchen')


def by_address_the_sink_is_asked_too():
    tv, said = cast('ip:10.77.0.2')
    assert said['Name'] == '' and said['Target'] == 'ip:10.77.0.2'
    ctl('disconnect')
    tv.wait('stop-projection')
    tv.close()


def by_address_the_sink_may_come_up_later():
    command = subprocess.Popen([CTL, 'connect', 'ip:10.77.0.2', '--json', '--mode', '640x480@60'], stdout=subprocess.PIPE)
    wait_for('the first question', lambda: any(d['Target'] == 'ip:10.77.0.2' and d['State'] == 'waiting' for d in ctl('status')))
    tv = Tv()
    tv.wait('playing')
    assert command.wait(10) == 0
    ctl('disconnect')
    tv.close()


def giving_up_ends_it():
    """Ctrl-C while the TV asks its user."""
    tv = Tv('--after-ready', 'silent')
    command = subprocess.Popen([CTL, 'connect', LIVING], stderr=subprocess.PIPE, text=True)
    tv.wait('source-ready')
    command.send_signal(2)
    assert command.wait(10) == 130
    tv.wait('stop-projection')
    assert ctl('status', LIVING)[0]['State'] == 'ended'
    tv.close()


def without_avahi():
    source_avahi.terminate()
    source_avahi.wait()
    # What Avahi itself says on D-Bus arrives a moment later.
    wait_for('the complaint', lambda: 'avahi-daemon' in ctl('list')['problem'], 10)
    fails(4, 'systemctl enable --now avahi-daemon', 'connect', 'Kitchen')
    again = start_avahi('source')
    wait_for('the TV', lambda: sinks().get(LIVING, {}).get('there'), 20)
    again.terminate()


def the_doctor_speaks():
    result = subprocess.run([CTL, 'doctor', '--json'], capture_output=True, text=True, check=False,
                            env=dict(os.environ, MIRACAST_SESSION_PROGRAM=f'{TREE}/build/daemon/session/miracast-session'))
    checks = {c['check']: c for c in json.loads(result.stdout)['checks']}
    assert checks['miracastd']['verdict'] == 'ok' and checks['loaded']['verdict'] == 'ok' and checks['device']['verdict'] == 'ok', checks
    assert checks['compositor']['text'].startswith('sway') and checks['seen']['verdict'] == 'ok', checks
    assert checks['encoder']['verdict'] == 'ok' and checks['polkit']['verdict'] == 'ok', checks
    # In this guest the module is loaded from elsewhere.
    assert checks['module']['verdict'] == 'warning' and result.returncode == 0, result


def the_doctor_sees_a_firewall():
    rules = 'table inet filter {\nchain input {\ntype filter hook input priority 0; policy drop;\ntcp dport 22 accept\n}\n}\n'
    subprocess.run(['nft', '-f', '-'], input=rules, text=True, check=True)
    result = subprocess.run([CTL, 'doctor'], capture_output=True, text=True, check=False)
    assert result.returncode == 1 and 'tcp 7236 is closed' in result.stdout, result.stdout
    fix = next(line.split('-> ')[1] for line in result.stdout.splitlines() if '-> sudo nft' in line and '7236' in line)
    run(*fix.split()[1:])
    result = subprocess.run([CTL, 'doctor'], capture_output=True, text=True, check=False)
    assert 'tcp 7236 is closed' not in result.stdout and 'udp 5353 is closed' in result.stdout, result.stdout
    run('nft', 'flush', 'ruleset')


def the_report_tells_nobody():
    path = '/run/report.txt'
    run(CTL, 'report', '--output', path)
    with open(path, encoding='utf-8') as file:
        text = file.read()
    shutil.copy(path, f'{OUT}/report.txt')
    assert 'doctor' in text and '[tv-1]' in text and '[ip-1]' in text, text
    for secret in ('Living room', '10.77.0.2', LIVING, 'Home', 'miracast-test'):
        assert secret not in text, (secret, text[max(text.find(secret) - 200, 0):][:400])
    fails(1, 'File exists', 'report', '--output', path)


def nothing_is_left():
    daemon.close()
    desktop.close()


def start_home():
    global home_avahi
    home_avahi = start_avahi('sink', [('Living room', LIVING)])


tests = Tests()
load_module()
make_networks()
daemon = Daemon()
# Only now there is a user miracast, whom its rules name.
start_udev()
start_network_manager()
source_avahi = start_avahi('source')
home_avahi = None
start_home()
start_avahi('cafe', [('Living room', CAFE), ('Télé du café', None)])
desktop = Desktop()
for test in (the_list_shows_what_is_there, names_are_completed, a_network_is_trusted_before_it_is_used, one_name_on_two_networks_is_chosen_by_id,
             a_cast_by_id_is_remembered, a_known_name_means_the_known_one, a_newcomer_with_a_known_name_is_chosen_by_id, defaults_of_a_tv,
             what_is_remembered_survives_the_daemon, the_sink_ends_the_cast, what_goes_wrong_is_said, by_address_the_sink_is_asked_too,
             by_address_the_sink_may_come_up_later, giving_up_ends_it, without_avahi, the_doctor_speaks, the_doctor_sees_a_firewall, the_report_tells_nobody, nothing_is_left):
    tests.run(test)
tests.done()
