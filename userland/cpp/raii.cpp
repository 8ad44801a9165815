// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See when objects are destroyed: at the end of their scope, in the reverse of the order in which they were made.
 *
 * That is what C++ has in the place of `goto out` and of `finally`: what is acquired by a constructor is released by the
 * destructor: after return, break, goto and an exception that is caught somewhere. Not after exit(), which destroys static
 * objects only, nor after abort(); and to jump over a destructor with longjmp() is undefined. An object is made from the bottom
 * up (bases, members as they are declared, its own body) and destroyed from the top down. A temporary lives to the end of the
 * full expression, one that is bound to a reference as long as the reference. The initializers' order in the source does not
 * count: members have the order of the class.
 *
 * Sources: ISO/IEC 14882:2020, [class.base.init], [class.temporary], [stmt.jump].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./raii"
 * stdout = """
 * return: +a +b +c -c -b -a
 * break: +1 -1 +2 -2
 * exception: +outer +inner -inner -outer caught
 * bases and members: +base +first +second +body -body -second -first -base
 * a constructor that throws: +base +first -first -base caught
 * a temporary: +t -t +end -end
 * a temporary bound to a reference: +t +end -end -t
 * an array: +0 +1 +2 -2 -1 -0
 * """
 * [/lkmc]
 */
#include <iostream>
#include <string>

class Noisy {
	std::string name;

public:
	explicit Noisy(std::string name) : name(std::move(name))
	{
		std::cout << " +" << this->name;
	}
	Noisy(const Noisy &) = delete;
	~Noisy()
	{
		std::cout << " -" << name;
	}
};

struct Whole : private Noisy {
	Noisy first, second;

	explicit Whole(bool fails) : Noisy("base"), first("first"), second(fails ? throw 1 : "second")
	{
		std::cout << " +body";
	}
	~Whole()
	{
		std::cout << " -body";
	}
};

static int leave_by_return()
{
	Noisy a("a");
	Noisy b("b");

	if (Noisy c("c"); true)
		return 1;
	return 2;
}

static void leave_by_exception()
{
	Noisy outer("outer");
	[] {
		Noisy inner("inner");
		throw 1;
	}();
}

template <typename Function> static void section(const char *name, Function function)
{
	std::cout << name << ':';
	try {
		function();
	} catch (int) {
		std::cout << " caught";
	}
	std::cout << '\n';
}

int main()
{
	section("return", leave_by_return);
	section("break", [] {
		for (int i = 1;; i++) {
			Noisy round(std::to_string(i));

			if (i == 2)
				break;
		}
	});
	section("exception", leave_by_exception);
	section("bases and members", [] { Whole whole(false); });
	section("a constructor that throws", [] { Whole whole(true); });
	section("a temporary", [] {
		Noisy("t");
		Noisy end("end");
	});
	section("a temporary bound to a reference", [] {
		const Noisy &bound = Noisy("t");
		Noisy end("end");

		(void)bound;
	});
	section("an array", [] { Noisy array[] = { Noisy("0"), Noisy("1"), Noisy("2") }; });
}
