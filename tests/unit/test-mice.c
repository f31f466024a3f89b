// SPDX-License-Identifier: GPL-2.0-or-later
/* MICE messages against the sizes and bytes of the specification's examples. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "manager/mice-message.h"

static const uint8_t id[MC_MICE_ID] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* The published SOURCE_READY: 61 bytes with a name of 15 characters. */
static void source_ready_is_the_golden_one(void)
{
	static const uint8_t head[] = { 0x00, 0x3d, 0x01, 0x01, 0x00, 0x00, 0x1e, 'A', 0 }, port[] = { 0x02, 0x00, 0x02, 0x1c, 0x44, 0x03, 0x00, 0x10 };
	uint8_t out[MC_MICE_MAX];
	size_t size = mc_mice_build(out, sizeof(out), MC_MICE_SOURCE_READY, "ABCDEFGHIJKLMNO", 7236, id);

	g_assert_cmpuint(size, ==, 61);
	g_assert_cmpmem(out, sizeof(head), head, sizeof(head));
	g_assert_cmpmem(out + 37, sizeof(port), port, sizeof(port));
	g_assert_cmpmem(out + 45, 16, id, 16);
}

static void stop_projection_is_the_golden_one(void)
{
	uint8_t out[MC_MICE_MAX];

	g_assert_cmpuint(mc_mice_build(out, sizeof(out), MC_MICE_STOP_PROJECTION, "ABCDEFGHIJKLMNO", 0, id), ==, 0x38);
	g_assert_cmpuint(out[3], ==, 2);
	g_assert_cmpuint(out[4], ==, 0);
}

static void what_is_built_is_read(void)
{
	static const char *const names[] = { "", "Schreibtisch", "\xd0\x93\xd0\xbe\xd1\x81\xd1\x82\xd0\xb8\xd0\xbd\xd0\xb0\xd1\x8f", "TV \xf0\x9f\x93\xba" };
	struct mc_mice_message message;
	uint8_t out[MC_MICE_MAX];

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		int size = mc_mice_build(out, sizeof(out), MC_MICE_SOURCE_READY, names[i], 7236, id);

		g_assert_cmpint(mc_mice_parse(out, size, &message), ==, size);
		g_assert_cmpuint(message.command, ==, MC_MICE_SOURCE_READY);
		g_assert_cmpstr(message.name, ==, names[i]);
		g_assert_true(message.has_port && message.has_id);
		g_assert_cmpuint(message.rtsp_port, ==, 7236);
		g_assert_cmpmem(message.id, 16, id, 16);
		/* A byte short is no message yet. */
		for (int n = 0; n < size; n++)
			g_assert_cmpint(mc_mice_parse(out, n, &message), ==, 0);
	}
}

static void a_long_name_is_cut_between_characters(void)
{
	g_autoptr(GString) name = g_string_new("x");
	struct mc_mice_message message;
	uint8_t out[MC_MICE_MAX];
	int size;

	for (int i = 0; i < 200; i++)
		g_string_append(name, "\xf0\x9f\x93\xba");
	size = mc_mice_build(out, sizeof(out), MC_MICE_STOP_PROJECTION, name->str, 0, id);
	g_assert_cmpint(size, <=, 4 + 3 + 520 + 3 + 16);
	g_assert_cmpint(mc_mice_parse(out, size, &message), ==, size);
	g_assert_true(g_str_has_prefix(name->str, message.name));
	g_assert_cmpuint(strlen(message.name), ==, 1 + 4 * 129);
}

static void a_byte_order_mark_is_passed_over(void)
{
	static const uint8_t bytes[] = { 0, 11, 1, 2, 0, 0, 4, 0xff, 0xfe, 'T', 0 };
	struct mc_mice_message message;

	g_assert_cmpint(mc_mice_parse(bytes, sizeof(bytes), &message), ==, 11);
	g_assert_cmpstr(message.name, ==, "T");
}

static void unknown_parts_are_passed_over(void)
{
	static const uint8_t bytes[] = { 0, 12, 1, 2, 0x77, 0, 5, 1, 2, 3, 4, 5 };
	struct mc_mice_message message;

	g_assert_cmpint(mc_mice_parse(bytes, sizeof(bytes), &message), ==, 12);
	g_assert_cmpuint(message.command, ==, MC_MICE_STOP_PROJECTION);
}

static void nonsense_is_refused(void)
{
	static const struct { uint8_t bytes[16]; int size, error; } cases[] = {
		{ { 0, 3, 1, 1 }, 4, -EBADMSG },		/* shorter than its header */
		{ { 0, 4, 2, 1 }, 4, -EBADMSG },		/* version 2 */
		{ { 0, 4, 1, 0 }, 4, -EBADMSG },		/* no such command */
		{ { 0, 4, 1, 7 }, 4, -EBADMSG },
		{ { 0xff, 0xff, 1, 1 }, 4, -EMSGSIZE },
		{ { 0, 6, 1, 1, 0, 0 }, 6, -EBADMSG },		/* half a TLV */
		{ { 0, 8, 1, 1, 0, 0, 2, 'x' }, 8, -EBADMSG },	/* a TLV over the end */
		{ { 0, 8, 1, 1, 0, 0, 1, 'x' }, 8, -EBADMSG },	/* half a character */
		{ { 0, 9, 1, 1, 0, 0, 2, 0, 0xd8 }, 9, -EBADMSG },	/* half a surrogate pair */
		{ { 0, 8, 1, 1, 2, 0, 1, 7 }, 8, -EBADMSG },	/* a port of one byte */
		{ { 0, 8, 1, 1, 3, 0, 1, 7 }, 8, -EBADMSG },	/* an id of one byte */
	};
	struct mc_mice_message message;

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(mc_mice_parse(cases[i].bytes, cases[i].size, &message), ==, cases[i].error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mice/source_ready_is_the_golden_one", source_ready_is_the_golden_one);
	g_test_add_func("/mice/stop_projection_is_the_golden_one", stop_projection_is_the_golden_one);
	g_test_add_func("/mice/what_is_built_is_read", what_is_built_is_read);
	g_test_add_func("/mice/a_long_name_is_cut_between_characters", a_long_name_is_cut_between_characters);
	g_test_add_func("/mice/a_byte_order_mark_is_passed_over", a_byte_order_mark_is_passed_over);
	g_test_add_func("/mice/unknown_parts_are_passed_over", unknown_parts_are_passed_over);
	g_test_add_func("/mice/nonsense_is_refused", nonsense_is_refused);
	return g_test_run();
}
