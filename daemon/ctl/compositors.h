/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known about compositors and X servers, once: `miracastctl doctor` shows the row of the one that runs, the README's table is
 * compared with this one by a test.
 */
#pragma once

enum mc_known { MC_TESTED, MC_EXPECTED, MC_NOT_WORKING };

struct mc_compositor {
	const char *process;	/* as the kernel cuts it, at 15 characters */
	const char *name;
	enum mc_known known;
	const char *note;
};

static const struct mc_compositor mc_compositors[] = {
	{ "sway", "sway (wlroots)", MC_TESTED, "1.7: every test casts it; hot-plug, mode changes, two outputs" },
	{ "cage", "cage (wlroots)", MC_TESTED, "0.1.4" },
	{ "weston", "weston", MC_TESTED, "10.0, on stock kernels, with our card as its only one: --drm-device" },
	{ "gnome-shell", "GNOME (mutter)", MC_EXPECTED, "takes further cards at hot-plug and copies to them" },
	{ "kwin_wayland", "KDE Plasma (KWin)", MC_EXPECTED, "takes further cards at hot-plug and copies to them" },
	{ "labwc", "labwc (wlroots)", MC_EXPECTED, "as sway" },
	{ "wayfire", "Wayfire (wlroots)", MC_EXPECTED, "as sway" },
	{ "river", "river (wlroots)", MC_EXPECTED, "as sway" },
	{ "Hyprland", "Hyprland (aquamarine)", MC_EXPECTED, "the card may have to stand in AQ_DRM_DEVICES" },
	{ "cosmic-comp", "COSMIC", MC_EXPECTED, "takes further cards at hot-plug" },
	{ "niri", "niri (smithay)", MC_EXPECTED, "takes further cards at hot-plug" },
	{ "Xorg", "X.Org (modesetting)", MC_EXPECTED, "by hand: xrandr --setprovideroutputsource, then xrandr --auto" },
	{ "cinnamon", "Cinnamon on X.Org", MC_EXPECTED, "as X.Org" },
	{ "Xvnc", "VNC servers", MC_NOT_WORKING, "they draw into memory and never open a graphics card" },
};
