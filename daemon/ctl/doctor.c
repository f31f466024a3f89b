// SPDX-License-Identifier: GPL-2.0-or-later
/* miracastctl doctor: runs the checks and prints what they found. */
#include "doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "json.h"

struct finding {
	const char *what;
	enum mc_verdict verdict;
	char *text, *fix;
};

struct mc_doctor {
	GArray *findings;
};

void mc_doctor_say(struct mc_doctor *doctor, const char *what, enum mc_verdict verdict, const char *fix, const char *format, ...)
{
	struct finding finding = { .what = what, .verdict = verdict, .fix = g_strdup(fix) };
	va_list args;

	va_start(args, format);
	finding.text = g_strdup_vprintf(format, args);
	va_end(args);
	g_array_append_val(doctor->findings, finding);
}

char *mc_doctor_read(const char *path)
{
	char *text = NULL, *end;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return g_strdup("");
	end = strchr(text, '\n');
	if (end)
		*end = 0;
	return text;
}

static char *output_of(const char *const *argv, int *status)
{
	char *out = NULL;

	return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, status, NULL) ?
	       out : NULL;
}

char *mc_doctor_output(const char *const *argv)
{
	int status;

	return output_of(argv, &status);
}

char *mc_doctor_run(const char *const *argv)
{
	int status = 0;
	char *out = output_of(argv, &status);

	if (!g_spawn_check_wait_status(status, NULL))
		g_clear_pointer(&out, g_free);
	return out;
}

static void print_json(const struct mc_doctor *doctor, unsigned int bad)
{
	static const char *const verdicts[] = { "ok", "info", "warning", "error" };
	g_autoptr(GString) out = g_string_new("{\"checks\":[");

	for (guint i = 0; i < doctor->findings->len; i++) {
		const struct finding *f = &g_array_index(doctor->findings, struct finding, i);

		g_string_append(out, i ? ",{\"check\":" : "{\"check\":");
		mc_json_string(out, f->what);
		g_string_append_printf(out, ",\"verdict\":\"%s\",\"text\":", verdicts[f->verdict]);
		mc_json_string(out, f->text);
		if (f->fix) {
			g_string_append(out, ",\"fix\":");
			mc_json_string(out, f->fix);
		}
		g_string_append_c(out, '}');
	}
	printf("%s],\"errors\":%u}\n", out->str, bad);
}

static void print(const struct mc_doctor *doctor)
{
	static const char *const marks[] = { "ok  ", "    ", "WARN", "BAD " }, *const colours[] = { "\033[32m", "", "\033[33m", "\033[31m" };
	bool terminal = isatty(1);

	for (guint i = 0; i < doctor->findings->len; i++) {
		const struct finding *f = &g_array_index(doctor->findings, struct finding, i);

		printf("%s%s%s  %-12s %s\n", terminal ? colours[f->verdict] : "", marks[f->verdict], terminal ? "\033[0m" : "", f->what, f->text);
		if (f->fix)
			printf("%20s-> %s\n", "", f->fix);
	}
}

int mc_do_doctor(int argc, char **argv)
{
	struct mc_doctor doctor = { .findings = g_array_new(FALSE, FALSE, sizeof(struct finding)) };
	unsigned int bad = 0;

	if (argc > 1)
		return mc_fail(USAGE, "doctor takes no arguments");
	mc_check_module(&doctor);
	mc_check_services(&doctor);
	mc_check_desktop(&doctor);
	mc_check_encoder(&doctor);
	mc_check_firewall(&doctor);
	for (guint i = 0; i < doctor.findings->len; i++)
		bad += g_array_index(doctor.findings, struct finding, i).verdict == MC_BAD;
	if (mc_ctl.json)
		print_json(&doctor, bad);
	else
		print(&doctor);
	for (guint i = 0; i < doctor.findings->len; i++) {
		g_free(g_array_index(doctor.findings, struct finding, i).text);
		g_free(g_array_index(doctor.findings, struct finding, i).fix);
	}
	g_array_unref(doctor.findings);
	return bad ? FAILED : OK;
}
