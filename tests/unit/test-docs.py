#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is written about the programs is what they do: manual pages and completions have every command, option and setting, the
README's table of compositors is doctor's. Called with the folder of the built programs."""
import os
import re
import subprocess
import sys
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = sys.argv.pop(1)


def read(path):
    with open(f'{TREE}/{path}', encoding='utf-8') as file:
        return file.read()


def help_of(*command):
    return subprocess.run([f'{BUILT}/{command[0]}', *command[1:], '--help'], capture_output=True, text=True, check=True).stdout


def options(text):
    return set(re.findall(r'--[a-z][a-z-]*', text)) - {'--help', '--json'}


COMMANDS = re.findall(r'^  ([a-z]+) +', help_of('ctl/miracastctl'), re.M)


class Docs(unittest.TestCase):
    def test_commands_stand_in_the_manual_and_the_completions(self):
        self.assertGreaterEqual(len(COMMANDS), 10)
        page = read('doc/man/miracastctl.1').replace('\\-', '-')
        commands = set(re.findall(r'^\.(?:TP\n\.)?(?:B|BI|BR) "?([a-z]+)', page[page.index('.SH COMMANDS'):page.index('.SH EXIT')], re.M))
        completions = read('daemon/data/completion/miracastctl'), read('daemon/data/completion/_miracastctl')
        for command in COMMANDS:
            self.assertIn(command, commands)
            for text in completions:
                self.assertRegex(text, rf"\b{command}\b")
            for option in options(help_of('ctl/miracastctl', command)):
                # "--name" is not found in "--names".
                for text in (page, *completions):
                    self.assertRegex(text, rf'{option}(?![a-z-])', command)

    def test_options_of_the_manual_exist(self):
        page = read('doc/man/miracastctl.1').replace('\\-', '-')
        known = set().union(*(options(help_of('ctl/miracastctl', command)) for command in COMMANDS))
        self.assertEqual(options(page) - known, set())
        page = read('doc/man/miracastd.8').replace('\\-', '-')
        self.assertEqual(options(page) | {'--version'}, options(help_of('manager/miracastd')))

    def test_exit_statuses(self):
        page = read('doc/man/miracastctl.1')
        enum = re.search(r'enum \{ (OK = 0.*?) \}', read('daemon/ctl/ctl.h')).group(1)
        for number in re.findall(r'= (\d+)', enum):
            self.assertIn(f'.TP\n{number}\n', page)

    def test_settings(self):
        keys = re.search(r'mc_options_keys\[\] = \{ (.*), NULL \}', read('daemon/manager/options.c')).group(1)
        page = read('doc/man/miracastd.conf.5')
        for key in re.findall(r'"(\w+)"', keys):
            self.assertIn(f'.TP\n.B {key}\n', page)

    def test_compositors(self):
        """A row of the README is a row of doctor's table, in the same order."""
        known = {'MC_TESTED': 'tested here', 'MC_EXPECTED': 'expected', 'MC_NOT_WORKING': 'known not to work'}
        header = re.findall(r'\{ "[^"]+", "([^"]+)", (\w+), "([^"]+)" \}', read('daemon/ctl/compositors.h'))
        self.assertGreaterEqual(len(header), 10)
        readme = read('README.md')
        table = re.findall(r'^\| (.+?) \| (tested here|expected|known not to work) \| (.+?) \|$', readme, re.M)
        self.assertEqual(table, [(name, known[how], note) for name, how, note in header])

    def test_links(self):
        """What a page points at is there."""
        pages = ['README.md'] + [f'doc/{name}' for name in os.listdir(f'{TREE}/doc') if name.endswith('.md')] + ['tests/bench/README.md']
        for page in pages:
            for link in re.findall(r'\]\(([^)#]+)(?:#[^)]*)?\)', read(page)):
                if '://' not in link:
                    self.assertTrue(os.path.exists(os.path.join(TREE, os.path.dirname(page), link)), f'{page}: {link}')


unittest.main()
