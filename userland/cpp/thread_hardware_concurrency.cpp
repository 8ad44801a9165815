// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask how many threads can run at the same time, and find out what the answer does not know.
 *
 * hardware_concurrency() is a hint, and 0 where nobody knows. glibc 2.36 takes the number of processors that are switched on, from
 * /sys/devices/system/cpu/online. On how many of them this very process may run is another question: `taskset` and control
 * groups make it fewer, and sched_getaffinity() tells. A limit on the time, such as a group's cpu.max, neither sees. A program
 * that starts a thread for each processor of the machine starts too many then.
 *
 * Sources: ISO/IEC 14882:2020, [thread.thread.static]; sched_getaffinity(2), get_nprocs(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "one processor"
 * machine.cpus = 1
 * guest = "./thread_hardware_concurrency"
 * stdout = "hardware_concurrency: 1, may run on: 1\n"
 * [[lkmc.run]]
 * name = "three processors"
 * machine.cpus = 3
 * guest = '''
 * ./thread_hardware_concurrency
 * taskset 5 ./thread_hardware_concurrency
 * '''
 * stdout = """
 * hardware_concurrency: 3, may run on: 3
 * hardware_concurrency: 3, may run on: 2
 * """
 * [/lkmc]
 */
#include <iostream>
#include <sched.h>
#include <thread>

int main()
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof allowed, &allowed))
		return 1;
	std::cout << "hardware_concurrency: " << std::thread::hardware_concurrency() << ", may run on: " << CPU_COUNT(&allowed)
		  << '\n';
}
