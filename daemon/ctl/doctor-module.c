// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's side: is the module there for this kernel, may it be loaded, is its device ours. */
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"

#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* The module for the running kernel, as modprobe would find it; NULL when there is none. */
static char *find_module(void)
{
	char *path = mc_doctor_run((const char *const[]){ "modinfo", "-F", "filename", "miracast", NULL });

	if (!path)
		path = mc_doctor_run((const char *const[]){ "/sbin/modinfo", "-F", "filename", "miracast", NULL });
	return path ? g_strchomp(path) : NULL;
}

static bool secure_boot(void)
{
	g_autofree char *value = NULL;
	gsize size = 0;

	/* Four bytes of attributes, then the value. */
	return g_file_get_contents(SECURE_BOOT, &value, &size, NULL) && size >= 5 && value[4] == 1;
}

/* Compressed modules are not looked into: modinfo is. */
static bool is_signed(void)
{
	g_autofree char *signer = mc_doctor_run((const char *const[]){ "/sbin/modinfo", "-F", "sig_id", "miracast", NULL });

	return signer && *g_strchomp(signer);
}

static void check_signature(struct mc_doctor *doctor, bool loaded)
{
	const bool on = secure_boot(), has = is_signed();

	if (!on)
		mc_doctor_say(doctor, "signature", MC_GOOD, NULL, "Secure Boot is off or not there: the kernel asks for no signature");
	else if (loaded)
		mc_doctor_say(doctor, "signature", MC_GOOD, NULL, "Secure Boot is on, and the kernel has taken the module");
	else if (has)
		mc_doctor_say(doctor, "signature", MC_WARN, "sudo mokutil --import /var/lib/dkms/mok.pub   # then reboot and choose \"Enroll MOK\"",
			      "Secure Boot is on; the module is signed, but its key may not be enrolled");
	else
		mc_doctor_say(doctor, "signature", MC_BAD, "sudo apt-get install dkms mokutil && sudo make install && sudo mokutil --import "
			      "/var/lib/dkms/mok.pub   # then reboot and choose \"Enroll MOK\"",
			      "Secure Boot is on and the module is not signed: the kernel will refuse it");
}

static void check_device(struct mc_doctor *doctor)
{
	struct stat st;
	struct passwd *owner;

	if (stat("/dev/miracast", &st)) {
		mc_doctor_say(doctor, "device", MC_BAD, "sudo rmmod miracast; sudo modprobe miracast", "the module is loaded, but /dev/miracast is not there");
		return;
	}
	owner = getpwuid(st.st_uid);
	if (owner && !strcmp(owner->pw_name, "miracast") && (st.st_mode & 0777) == 0600)
		mc_doctor_say(doctor, "device", MC_GOOD, NULL, "/dev/miracast belongs to the user miracast alone");
	else
		mc_doctor_say(doctor, "device", MC_BAD, "sudo touch /usr/lib/udev/rules.d/72-miracast.rules; sudo udevadm control --reload; sudo udevadm "
			      "trigger -s misc", "/dev/miracast belongs to %s with mode %o; expected miracast, 600: "
			      "frames are the user's screen", owner ? owner->pw_name : "nobody known", st.st_mode & 0777);
}

void mc_check_module(struct mc_doctor *doctor)
{
	g_autofree char *path = find_module();
	bool loaded = g_file_test("/sys/module/miracast", G_FILE_TEST_IS_DIR);
	struct utsname kernel;

	uname(&kernel);
	if (path)
		mc_doctor_say(doctor, "module", MC_GOOD, NULL, "built for this kernel, %s: %s", kernel.release, path);
	else if (loaded)
		mc_doctor_say(doctor, "module", MC_WARN, "sudo make install", "loaded, but not installed for this kernel, %s: gone with the next boot",
			      kernel.release);
	else
		mc_doctor_say(doctor, "module", MC_BAD, "sudo apt-get install linux-headers-$(uname -r) && sudo make install   # or reinstall the "
			      "package miracast-dkms",
			      "not built for this kernel, %s", kernel.release);
	if (loaded)
		mc_doctor_say(doctor, "loaded", MC_GOOD, NULL, "yes");
	else if (path)
		mc_doctor_say(doctor, "loaded", MC_INFO, "sudo modprobe miracast", "not yet; the first connect loads it");
	if (path || loaded)
		check_signature(doctor, loaded);
	if (loaded)
		check_device(doctor);
}
