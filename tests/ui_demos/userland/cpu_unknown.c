// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use what not every processor has.
 *
 * [lkmc]
 * arches = ["aarch64"]
 * machine = { cpu-model = "cortex-a67,pmu=off" }
 *
 * [[lkmc.run]]
 * guest = "./cpu_unknown"
 * machine = { cpu-model = "host" }
 * [/lkmc]
 */
int main(void)
{
	return 0;
}
