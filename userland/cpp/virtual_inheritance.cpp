// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inherit twice from the same class: have it twice, or with `virtual` once, and see in memory how the one is found.
 *
 * A class with two bases has a part for each, and a pointer to the second base points into the middle of the object: a
 * conversion adds to it. If both bases come from a third class, there are two of that, and its name alone is ambiguous. As a
 * virtual base there is one for all. Where it lies then depends on the whole object, so that code that has only one of the
 * parts must look it up: the distance stands in the virtual table, before the functions (vbase offset). Each access through a
 * part is a load more.
 *
 * The most derived class calls the virtual base's constructor; what the bases say about it does not count.
 *
 * Sources: ISO/IEC 14882:2020, [class.mi], [class.base.init]; Itanium C++ ABI, 2.5, "Virtual Table Layout".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./virtual_inheritance"
 * stdout = """
 * twice: two different parts: yes, each with its own number: 1 2
 * once: the same part: yes, its number: 3
 * made by the most derived class: yes
 * a conversion to the second base moves the pointer: yes, back by dynamic_cast: yes
 * distance to the virtual base, from the table and from the pointer: the same: yes
 * alone and in the whole the distance differs: yes
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <cstddef>
#include <cstring>
#include <iostream>

struct Device {
	int number;

	explicit Device(int number) : number(number)
	{
	}
	virtual ~Device() = default;
};

namespace twice {
struct Input : Device {
	using Device::Device;
};
struct Output : Device {
	using Device::Device;
};
struct Both : Input, Output {
	Both() : Input(1), Output(2)
	{
	}
};
}

namespace once {
struct Input : virtual Device {
	long received = 0;

	Input() : Device(1)
	{
	}
};
struct Output : virtual Device {
	long sent = 0;

	Output() : Device(2)
	{
	}
};
struct Both : Input, Output {
	Both() : Device(3)
	{
	}
};
}

template <typename Base, typename Object> static std::ptrdiff_t distance(Object &object)
{
	return reinterpret_cast<const char *>(static_cast<Base *>(&object)) - reinterpret_cast<const char *>(&object);
}

/* It stands in the table of virtual functions, third in front of its address: behind it the distance to the whole, and the type. */
static std::ptrdiff_t distance_in_table(const once::Input &object)
{
	const std::ptrdiff_t *table;

	std::memcpy(&table, &object, sizeof table);
	return table[-3];
}

int main()
{
	twice::Both two;
	auto of_input = static_cast<Device *>(static_cast<twice::Input *>(&two));
	auto of_output = static_cast<Device *>(static_cast<twice::Output *>(&two));
	std::cout << "twice: two different parts: " << yes(of_input != of_output) << ", each with its own number: " << of_input->number
		  << ' ' << of_output->number << '\n';

	once::Both one;
	once::Input &input = one;
	once::Output &output = one;
	std::cout << "once: the same part: " << yes(static_cast<Device *>(&input) == static_cast<Device *>(&output))
		  << ", its number: " << one.number << '\n';
	std::cout << "made by the most derived class: " << yes(once::Output().number == 2 && one.number == 3) << '\n';
	std::cout << "a conversion to the second base moves the pointer: "
		  << yes(static_cast<void *>(&output) != static_cast<void *>(&one))
		  << ", back by dynamic_cast: " << yes(dynamic_cast<once::Both *>(&output) == &one) << '\n';

	once::Input alone;
	std::cout << "distance to the virtual base, from the table and from the pointer: the same: "
		  << yes(distance_in_table(input) == distance<Device>(input) && distance_in_table(alone) == distance<Device>(alone))
		  << "\nalone and in the whole the distance differs: " << yes(distance<Device>(input) != distance<Device>(alone)) << '\n';
}
