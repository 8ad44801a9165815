// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./in_it"
 * [/lkmc]
 */
int main(void)
{
	return 0;
}
