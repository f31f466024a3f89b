// SPDX-License-Identifier: GPL-2.0-or-later
/* The desktop's side: has the compositor taken our card, and what is known about that compositor; how fast is the encoder. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compositors.h"
#include "doctor.h"

/* "card1", or NULL. */
static char *find_card(void)
{
	g_autoptr(GDir) directory = g_dir_open("/sys/class/drm", 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *link = NULL, *target = NULL;

		if (!g_str_has_prefix(name, "card") || strchr(name, '-'))
			continue;
		link = g_strdup_printf("/sys/class/drm/%s/device/driver", name);
		target = g_file_read_link(link, NULL);
		if (target && g_str_has_suffix(target, "/miracast"))
			return g_strdup(name);
	}
	return NULL;
}

/* Whether a process has the card open; -1 when it may not be looked at. */
static int has_open(const char *pid, const char *card)
{
	g_autofree char *path = g_strdup_printf("/proc/%s/fd", pid), *node = g_strdup_printf("/dev/dri/%s", card);
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;

	if (!directory)
		return -1;
	while ((name = g_dir_read_name(directory))) {
		g_autofree char *link = g_build_filename(path, name, NULL), *target = g_file_read_link(link, NULL);

		if (!g_strcmp0(target, node))
			return 1;
	}
	return 0;
}

static const struct mc_compositor *known(const char *process)
{
	for (gsize i = 0; i < G_N_ELEMENTS(mc_compositors); i++) {
		if (!strcmp(mc_compositors[i].process, process))
			return &mc_compositors[i];
	}
	return NULL;
}

static void say_compositor(struct mc_doctor *doctor, const struct mc_compositor *c, int open, const char *card)
{
	static const char *const words[] = { "tested", "expected to work, not tested", "known not to work" };

	mc_doctor_say(doctor, "compositor", c->known == MC_NOT_WORKING ? MC_BAD : c->known == MC_TESTED ? MC_GOOD : MC_INFO, NULL, "%s: %s; %s",
		      c->name, words[c->known], c->note);
	if (!card)
		return;
	if (open > 0)
		mc_doctor_say(doctor, "seen", MC_GOOD, NULL, "%s has our card open (%s)", c->name, card);
	else if (open < 0)
		mc_doctor_say(doctor, "seen", MC_INFO, "sudo miracastctl doctor", "whether %s has our card open (%s) only root may see", c->name, card);
	else
		mc_doctor_say(doctor, "seen", MC_WARN, "log out and in again: some compositors look for cards only when they start",
			      "%s has not opened our card (%s)", c->name, card);
}

void mc_check_desktop(struct mc_doctor *doctor)
{
	g_autofree char *card = find_card();
	g_autoptr(GDir) directory = g_dir_open("/proc", 0, NULL);
	g_autoptr(GHashTable) said = g_hash_table_new(g_direct_hash, g_direct_equal);
	const char *name;

	if (card)
		mc_doctor_say(doctor, "card", MC_GOOD, NULL, "the module is the graphics card /dev/dri/%s", card);
	else if (g_file_test("/sys/module/miracast", G_FILE_TEST_IS_DIR))
		mc_doctor_say(doctor, "card", MC_BAD, "sudo dmesg | grep -i miracast", "the module is loaded, but made no graphics card");
	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *path = g_ascii_isdigit(*name) ? g_strdup_printf("/proc/%s/comm", name) : NULL;
		g_autofree char *comm = path ? mc_doctor_read(path) : NULL;
		const struct mc_compositor *c = comm ? known(comm) : NULL;

		if (!c || !g_hash_table_add(said, (void *)c))
			continue;
		say_compositor(doctor, c, card ? has_open(name, card) : 0, card);
	}
	if (!g_hash_table_size(said))
		mc_doctor_say(doctor, "compositor", MC_INFO, NULL, "none that is known runs here; %s", g_getenv("XDG_CURRENT_DESKTOP") ?
			      g_getenv("XDG_CURRENT_DESKTOP") : "no desktop is logged in");
}

void mc_check_encoder(struct mc_doctor *doctor)
{
	static const struct { const char *name; unsigned int macroblocks; } modes[] = {
		{ "3840x2160@30", 240 * 135 * 30 }, { "1920x1080@60", 120 * 68 * 60 }, { "1920x1080@30", 120 * 68 * 30 },
		{ "1280x720@60", 80 * 45 * 60 }, { "1280x720@30", 80 * 45 * 30 }, { "640x480@60", 40 * 30 * 60 },
	};
	const char *program = g_getenv("MIRACAST_SESSION_PROGRAM");
	g_autofree char *out = mc_doctor_run((const char *const[]){ program ? program : MC_SESSION_PROGRAM, "--measure", NULL });
	const char *fits = NULL;
	guint64 speed = 0;

	if (!out || sscanf(out, "x264enc %" G_GUINT64_FORMAT, &speed) != 1 || !speed) {
		mc_doctor_say(doctor, "encoder", MC_BAD, "sudo apt-get install gstreamer1.0-plugins-ugly gstreamer1.0-plugins-base",
			      "the encoder x264enc of GStreamer does not work");
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(modes) && !fits; i++) {
		if (modes[i].macroblocks <= speed)
			fits = modes[i].name;
	}
	mc_doctor_say(doctor, "encoder", fits ? MC_GOOD : MC_WARN, NULL, "x264enc: %.0f pictures of 1920x1080 a second on one processor%s%s",
		      speed / (120.0 * 68), fits ? "; moving pictures up to " : "; too slow for moving pictures", fits ? fits : "");
}
