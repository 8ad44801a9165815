// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keep several values under one key: std::multimap.
 *
 * It is std::map's tree, in which equal keys may be neighbours: in the order in which they came, which is promised. There is no []
 * for it. What belongs to a key is a range: equal_range() gives it by two walks down the tree. erase(key) removes all of it,
 * erase(iterator) that one pair. A map of vectors does the same with one node for each key.
 *
 * Sources: ISO/IEC 14882:2020, [associative.reqmts.general], [multimap].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./multimap"
 * stdout = """
 * all: 10.0=gw 10.0=ns 10.7=db 10.9=log
 * at 10.0: gw ns
 * a new one comes last: gw ns mail
 * count: 3, of one that is not there: 0
 * one is erased: gw mail
 * all of the key are erased: 2, left: 10.7=db 10.9=log
 * """
 * [/lkmc]
 */
#include <iostream>
#include <map>
#include <string>

using Hosts = std::multimap<std::string, std::string>;

static void show(const Hosts &hosts)
{
	for (const auto &[address, name] : hosts)
		std::cout << ' ' << address << '=' << name;
	std::cout << '\n';
}

static void show_at(const Hosts &hosts, const std::string &address)
{
	auto [begin, end] = hosts.equal_range(address);

	for (; begin != end; ++begin)
		std::cout << ' ' << begin->second;
	std::cout << '\n';
}

int main()
{
	Hosts hosts = { { "10.7", "db" }, { "10.0", "gw" }, { "10.9", "log" }, { "10.0", "ns" } };

	std::cout << "all:";
	show(hosts);
	std::cout << "at 10.0:";
	show_at(hosts, "10.0");
	hosts.emplace("10.0", "mail");
	std::cout << "a new one comes last:";
	show_at(hosts, "10.0");
	std::cout << "count: " << hosts.count("10.0") << ", of one that is not there: " << hosts.count("10.1") << '\n';
	hosts.erase(std::next(hosts.find("10.0")));
	std::cout << "one is erased:";
	show_at(hosts, "10.0");
	std::size_t erased = hosts.erase("10.0");
	std::cout << "all of the key are erased: " << erased << ", left:";
	show(hosts);
}
