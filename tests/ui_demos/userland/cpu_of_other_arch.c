// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use what not every processor has.
 *
 * [lkmc]
 * arches = ["x86_64", "aarch64"]
 *
 * [[lkmc.run]]
 * guest = "./cpu_of_other_arch"
 * machine.cpu-model = "Haswell-v4"
 *
 * [[lkmc.run]]
 * name = "waits"
 * arches = ["aarch64"]
 * guest = "./cpu_of_other_arch"
 * machine.cpu = "max"
 * [/lkmc]
 */
int main(void)
{
	return 0;
}
