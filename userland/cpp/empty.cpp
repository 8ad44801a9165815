// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shortest program, which in C++ is not the one with the least in it.
 *
 * Before main() the library has put memory aside for an exception that is thrown when there is no memory left; a program that
 * includes <iostream> would also have its streams made. main() is the only function that returns a value without saying so: 0.
 *
 *     lkmc demo run userland/cpp/empty.cpp
 *     lkmc demo run userland/c/empty.c
 *
 * Sources: ISO/IEC 14882:2020, [basic.start.main].
 */
int main()
{
}
