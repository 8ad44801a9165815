// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * cflags = ["-O2", "lm", "-D NAME"]
 * [/lkmc]
 */
int main(void)
{
	return 0;
}
