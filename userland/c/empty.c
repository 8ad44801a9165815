// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do nothing, successfully: the shortest program there is in C.
 *
 * It shows how much happens around main(): the kernel maps the program, the C library's _start prepares standard streams,
 * thread-local storage and locale, calls main(), and passes what main() returns to exit(). A main() that reaches its
 * closing brace returns 0; no other function does that. `strace` on this program, or a trace of its instructions, is the
 * cost of starting any program:
 *
 *     lkmc bench run aarch64-gem5-hpi --demos c/empty.c -- empty
 *
 * There is no block here, so the program must end with status 0 and say nothing.
 *
 * Sources: C11, 5.1.2.2.3.
 */
int main(void)
{
}
