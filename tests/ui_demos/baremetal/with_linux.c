/*
 * Asks for what only Linux has.
 *
 * [lkmc]
 * arches = ["aarch64", "x86_64"]
 * kconfig = ["KPROBES=y"]
 *
 * [[lkmc.run]]
 * guest = "./with_linux"
 * verdict = "panic"
 * dmesg = ["Kernel panic"]
 * machine = { kernel-args = ["quiet"] }
 * [/lkmc]
 */
int main(void)
{
	return 0;
}
