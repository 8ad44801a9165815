// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loop for ever, doing nothing.
 *
 * The process is always ready to run (state R) and uses up processor time: field 14 of /proc/PID/stat counts it in
 * hundredths of a second. userland/posix/sleep_forever.c lasts as long and uses none. The kernel takes the processor away
 * now and then all the same, or the shell could not look.
 *
 * A compiler may assume that a loop without effects ends, unless its condition is a constant: so `for (;;);` is safe, and
 * a loop over a variable might be removed.
 *
 * Sources: C11, 6.8.5 paragraph 6; proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * ./loop &
 * until [ "$(cut -d ' ' -f 14 /proc/$!/stat)" -gt 5 ]; do usleep 10000; done
 * echo "state $(cut -d ' ' -f 3 /proc/$!/stat)"
 * kill $!
 * # Whether the shell says "Terminated" depends on when it hears of it.
 * wait $! 2> /dev/null || echo "status $?"
 * '''
 * stdout = """
 * state R
 * status 143
 * """
 * [/lkmc]
 */
int main(void)
{
	for (;;)
		;
}
