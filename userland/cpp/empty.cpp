// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do nothing, in C++: it costs exactly what it costs in C.
 *
 * Of the library only what is used is linked, and the language needs nothing before main() by itself. So of a static program as
 * much is loaded as of the same one in C, to the byte; that it was compiled as C++ stands in what a debugger reads. What costs
 * something is what a program includes and uses: <iostream> has its streams made before main(), and a `throw` brings in the
 * unwinder and memory that is put aside for the case that there is none left.
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
