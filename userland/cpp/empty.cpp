// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do nothing, in C++: it costs exactly what it costs in C.
 *
 * Of the library only what is used is linked, and the language needs nothing before main() by itself. So a static program has
 * the same code and data as one of C, to the byte; only that it was compiled as C++ stands in what the debugger reads. What
 * costs something is what a program includes and uses: <iostream> has its streams made before main(), and an exception that
 * nobody catches brings in the unwinder and its memory for the worst case.
 *
 * main() is the only function that returns a value without saying so: 0.
 *
 * Sources: ISO/IEC 14882:2020, [basic.start.main].
 *
 * [lkmc]
 * companion = ["empty_in_c.c", "hello.cpp", "loaded.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * ./empty
 * ./loaded empty empty_in_c
 * ./loaded hello empty_in_c
 * """
 * stdout = """
 * empty: as much is loaded as of empty_in_c
 * hello: more is loaded than of empty_in_c
 * """
 * [/lkmc]
 */
int main()
{
}
