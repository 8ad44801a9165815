// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Be told when something happens elsewhere in the kernel, and say no to it: notifier chains.
 *
 * A part of the kernel that others depend on cannot know them all. So it has a list of functions that it calls with a number,
 * what has happened, and a pointer, to whom: a network device comes up, a processor goes, the machine reboots, a module is
 * loaded. Whoever wants to know adds a function to the list.
 *
 * What to notice:
 * - The list is in the order of priorities, higher first, whatever the order of registration. Each function says whether the
 *   next one is called (NOTIFY_OK, NOTIFY_DONE) or not (NOTIFY_STOP).
 * - Some chains ask rather than tell: notifier_from_errno() is the answer that stops what was about to happen. Here a module of a
 *   certain name is refused, and insmod gets that error.
 * - There are kinds of chains, by where they are called: atomic ones, whose functions must not sleep, blocking ones, as here,
 * and raw
 *   ones, whose caller sees to the locks.
 * - A chain is a coupling that no call graph shows. Where it can be told who has to know, a call is better.
 *
 * Sources: include/linux/notifier.h; kernel/module/main.c, prepare_coming_module().
 *
 * [lkmc]
 * modules = ["hello.c", "hello2.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod notifier.ko refused=hello2
 * insmod hello.ko
 * rmmod hello
 * insmod hello2.ko || echo refused
 * rmmod notifier
 * insmod hello2.ko
 * rmmod hello2
 * """
 * stdout = "refused\n"
 * stderr-has = ["insmod: {any}Operation not permitted"]
 * dmesg = [
 *     "notifier: first: hello is coming",
 *     "notifier: second: hello is coming",
 *     "notifier: first: hello is live",
 *     "notifier: second: hello is live",
 *     "notifier: first: hello is going",
 *     "notifier: second: hello is going",
 *     "notifier: first: hello2 is coming",
 *     "notifier: first: no",
 * ]
 * dmesg-not = ["notifier: second: hello2 is coming", "notifier: first: hello2 is live"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/notifier.h>

static char *refused = "";
module_param(refused, charp, 0444);
MODULE_PARM_DESC(refused, "the name of a module that may not be loaded");

static const char *const states[] = {
	[MODULE_STATE_LIVE] = "live",
	[MODULE_STATE_COMING] = "coming",
	[MODULE_STATE_GOING] = "going",
};

static void tell(const char *who, unsigned long state, const struct module *module)
{
	/* This module hears of itself, too. */
	if (module != THIS_MODULE && state < ARRAY_SIZE(states))
		pr_info("notifier: %s: %s is %s\n", who, module->name, states[state]);
}

static int lkmc_notifier_second(struct notifier_block *block, unsigned long state, void *module)
{
	tell("second", state, module);
	return NOTIFY_DONE;
}

static int lkmc_notifier_first(struct notifier_block *block, unsigned long state, void *data)
{
	struct module *module = data;

	tell("first", state, module);
	if (state != MODULE_STATE_COMING || strcmp(module->name, refused))
		return NOTIFY_DONE;
	pr_info("notifier: first: no\n");
	return notifier_from_errno(-EPERM);
}

static struct notifier_block second = {
	.notifier_call = lkmc_notifier_second,
};

static struct notifier_block first = {
	.notifier_call = lkmc_notifier_first,
	.priority = 1,
};

static int __init notifier_demo_init(void)
{
	int error = register_module_notifier(&second);

	if (error)
		return error;
	error = register_module_notifier(&first);
	if (error)
		unregister_module_notifier(&second);
	return error;
}

static void __exit notifier_demo_exit(void)
{
	unregister_module_notifier(&first);
	unregister_module_notifier(&second);
}

module_init(notifier_demo_init);
module_exit(notifier_demo_exit);
MODULE_DESCRIPTION("Told of modules, and asked about one");
MODULE_LICENSE("GPL");
