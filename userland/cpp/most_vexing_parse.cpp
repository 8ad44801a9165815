// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mean a variable and declare a function: what can be read as a declaration is one.
 *
 * `Timer timer();` is a function without parameters that returns a Timer. `Lock lock(Mutex());` is one, too: with a parameter
 * that is itself a function. Nothing is constructed, and nothing is said until somebody uses the "variable"; with -Wall GCC
 * warns (-Wvexing-parse). Braces cannot be a parameter list; and a second pair of brackets makes an expression of an
 * argument.
 *
 * Sources: ISO/IEC 14882:2020, [dcl.ambig.res], [stmt.ambig].
 *
 * [lkmc]
 * cflags = ["-Wno-vexing-parse"]
 *
 * [[lkmc.run]]
 * guest = "./most_vexing_parse"
 * stdout = """
 * Timer a(): a function, made: 0
 * Timer b: a variable, made: 1
 * Timer c{}: a variable, made: 2
 * Watch d(Timer()): a function, made: 2
 * Watch e((Timer())): a variable, made: 3
 * Watch f{ Timer() }: a variable, made: 4
 * int g(int(x)): a function
 * """
 * [/lkmc]
 */
#include <iostream>
#include <type_traits>

static int made;

struct Timer {
	Timer()
	{
		made++;
	}
};

struct Watch {
	explicit Watch(const Timer &)
	{
	}
};

template <typename T> static const char *what()
{
	return std::is_function_v<T> ? "a function" : "a variable";
}

#define SHOW(text, name) std::cout << text << ": " << what<decltype(name)>() << ", made: " << made << '\n'

int main()
{
	Timer a();
	SHOW("Timer a()", a);
	Timer b;
	SHOW("Timer b", b);
	Timer c{};
	SHOW("Timer c{}", c);
	Watch d(Timer());
	SHOW("Watch d(Timer())", d);
	Watch e((Timer()));
	SHOW("Watch e((Timer()))", e);
	Watch f{ Timer() };
	SHOW("Watch f{ Timer() }", f);

	double x = 1.5;
	(void)x, (void)b, (void)c, (void)e, (void)f;
	/* Not the x of above, made an int, but the name of a parameter. */
	int g(int(x));
	std::cout << "int g(int(x)): " << what<decltype(g)>() << '\n';
}
