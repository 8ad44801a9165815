// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Spread a loop over threads with one line: OpenMP.
 *
 * -fopenmp lets the compiler understand `#pragma omp`. It makes a function of the loop's body, and its library, libgomp,
 * starts threads once and hands each a share of the rounds. OMP_NUM_THREADS says how many; without it there is one for each
 * processor. What is one variable for all and what each thread has for itself has to be said: `reduction(+ : sum)` gives
 * each a sum of its own, and adds them up at the end. Without the option the pragmas mean nothing, and the program computes
 * the same with one thread.
 *
 * The linker would warn that libgomp wants dlopen(), to load what offloads loops to accelerators: there are none.
 *
 * Sources: OpenMP Application Programming Interface 4.5, 2.7.1, 2.15.3.6; libgomp manual.
 *
 * [lkmc]
 * cflags = ["-fopenmp", "-Wl,--no-warnings"]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = '''
 * ./openmp
 * OMP_NUM_THREADS=1 ./openmp
 * OMP_NUM_THREADS=4 ./openmp
 * '''
 * stdout = """
 * threads: 2, sum: 500000500000, rounds of each: 500000 500000
 * threads: 1, sum: 500000500000, rounds of each: 1000000
 * threads: 4, sum: 500000500000, rounds of each: 250000 250000 250000 250000
 * """
 * [/lkmc]
 */
#include <omp.h>
#include <stdio.h>

#define ROUNDS 1000000
#define MOST 16

int main(void)
{
	int threads = 0, rounds[MOST] = { 0 };
	long long sum = 0;

#pragma omp parallel num_threads(omp_get_max_threads() < MOST ? omp_get_max_threads() : MOST) reduction(+ : sum)
	{
#pragma omp single
		threads = omp_get_num_threads();
#pragma omp for schedule(static)
		for (int i = 1; i <= ROUNDS; i++) {
			sum += i;
			rounds[omp_get_thread_num()]++;
		}
	}
	printf("threads: %d, sum: %lld, rounds of each:", threads, sum);
	for (int i = 0; i < threads; i++)
		printf(" %d", rounds[i]);
	putchar('\n');
	return 0;
}
