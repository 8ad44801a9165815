// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print hello through a stream, and know whether it was printed.
 *
 * A stream remembers that it failed, and from then on does nothing: no call has to be asked, but somebody has to ask at the
 * end. std::cout has no buffer of its own unless sync_with_stdio(false) gives it one: it hands everything to C's stdout, so
 * that both may be used in turn. '\n' ends a line; std::endl also flushes, which costs a system call each time.
 *
 * Sources: ISO/IEC 14882:2020, [iostream.objects.overview], [ostream.manip]; full(4).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "printed"
 * guest = "./hello"
 * stdout = "hello from C and C++\n"
 * [[lkmc.run]]
 * name = "disk full"
 * guest = "./hello > /dev/full"
 * status = 1
 * stderr = "hello: the stream has failed\n"
 * [/lkmc]
 */
#include <cstdio>
#include <iostream>

int main()
{
	std::cout << "hello ";
	std::fputs("from C ", stdout);
	std::cout << "and C++\n" << std::flush;
	if (!std::cout) {
		std::cerr << "hello: the stream has failed\n";
		return 1;
	}
}
