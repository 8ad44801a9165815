// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Change how a stream prints, and leave it as it was: copyfmt().
 *
 * std::hex, setfill, precision and most other manipulators stay in the stream until somebody changes them again; only the
 * width is forgotten after the next output. A function that prints in hexadecimal to a stream of somebody else's changes that one's
 * output from then on. copyfmt() copies all of it at once; flags() does for base, alignment and the like, and not for the
 * fill character, precision and width. A stream without a buffer is enough to keep the format in.
 *
 * Sources: ISO/IEC 14882:2020, [basic.ios.members], [ios.base].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./copyfmt"
 * stdout = """
 * begin: 255 1.5
 * careless: 0x00ff
 * after it: ff 1.5
 * after it, in a width of 6: 0000ff
 * restored: 255, in a width of 6:    255
 * careful: 0x00ff
 * after it: 255 1.5
 * flags() alone leaves the fill character: *255
 * """
 * [/lkmc]
 */
#include <iomanip>
#include <iostream>

static void careless(std::ostream &out, int number)
{
	out << "0x" << std::hex << std::setfill('0') << std::setw(4) << number << '\n';
}

/* Puts the format back at its end. */
class Kept {
	std::ostream &stream;
	std::ios format{ nullptr };

public:
	explicit Kept(std::ostream &stream) : stream(stream)
	{
		format.copyfmt(stream);
	}
	~Kept()
	{
		stream.copyfmt(format);
	}
};

static void careful(std::ostream &out, int number)
{
	Kept kept(out);

	careless(out, number);
}

int main()
{
	std::ios begin(nullptr);

	begin.copyfmt(std::cout);
	std::cout << "begin: " << 255 << ' ' << 1.5 << '\n';
	std::cout << "careless: ";
	careless(std::cout, 255);
	std::cout << "after it: " << 255 << ' ' << 1.5 << '\n';
	std::cout << "after it, in a width of 6: " << std::setw(6) << 255 << '\n';
	std::cout.copyfmt(begin);
	std::cout << "restored: " << 255 << ", in a width of 6: " << std::setw(6) << 255 << '\n';
	std::cout << "careful: ";
	careful(std::cout, 255);
	std::cout << "after it: " << 255 << ' ' << 1.5 << '\n';

	std::ios::fmtflags flags = std::cout.flags();
	std::cout << std::setfill('*') << std::hex;
	std::cout.flags(flags);
	std::cout << "flags() alone leaves the fill character: " << std::setw(4) << 255 << '\n';
}
