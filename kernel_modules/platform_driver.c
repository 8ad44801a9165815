// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bring a device and its driver together, take them apart, and have everything given back by itself.
 *
 * A PCI device can be found (pci_minimal.c). Most devices on a board cannot: that they are there, and at which addresses, stands in
 * a device tree or in ACPI's tables, from which the kernel makes platform devices; or, as here, in code. Device and driver know
 * nothing of each other. Either may come first; the bus compares names, and calls the driver's probe() for each device that fits.
 *
 * A probe() that takes five things has five ways to fail, each with things to give back. devm_ functions ("managed") note what was
 * taken with the device; when probe() fails, or the driver leaves the device, all is given back in the reverse order.
 *
 * What to notice:
 * - There are two devices of one name. The second has no memory area, its probe() fails, and what that had taken is given back: the
 *   device stays, without a driver. insmod knows nothing of it.
 * - `unbind` and `bind` in /sys take the driver from a device and give it back, with the same probe() again.
 * - MODALIAS in uevent is what modprobe gets in order to find the module for a device.
 *
 * Sources: kernel documentation, driver-api/driver-model/platform, driver-api/driver-model/devres.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod platform_driver.ko
 * cd /sys/bus/platform
 * ls devices | grep lkmc_platform
 * grep MODALIAS devices/lkmc_platform.0/uevent
 * cd drivers/lkmc_platform
 * ls -d lkmc*
 * cat lkmc_platform.0/start
 * echo lkmc_platform.0 > unbind
 * [ ! -e lkmc_platform.0 ]
 * echo lkmc_platform.0 > bind
 * cd /
 * rmmod platform_driver
 * """
 * stdout = """
 * lkmc_platform.0
 * lkmc_platform.1
 * MODALIAS=platform:lkmc_platform
 * lkmc_platform.0
 * 0x{any}1000
 * """
 * dmesg = [
 *     "lkmc_platform lkmc_platform.0: taken: a",
 *     "lkmc_platform lkmc_platform.0: taken: b",
 *     "lkmc_platform lkmc_platform.0: bound",
 *     "lkmc_platform lkmc_platform.1: taken: a",
 *     "lkmc_platform lkmc_platform.1: taken: b",
 *     "lkmc_platform lkmc_platform.1: it has no memory area",
 *     "lkmc_platform lkmc_platform.1: given back: b",
 *     "lkmc_platform lkmc_platform.1: given back: a",
 *     "lkmc_platform lkmc_platform.0: given back: b",
 *     "lkmc_platform lkmc_platform.0: given back: a",
 *     "lkmc_platform lkmc_platform.0: bound",
 *     "lkmc_platform lkmc_platform.0: given back: b",
 *     "lkmc_platform lkmc_platform.0: given back: a",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#define NAME "lkmc_platform"

/* What the driver keeps of each device. */
struct state {
	resource_size_t start;
};

struct taken {
	struct device *device;
	char name;
};

static ssize_t start_show(struct device *device, struct device_attribute *attribute, char *page)
{
	struct state *state = dev_get_drvdata(device);

	return sysfs_emit(page, "%pa\n", &state->start);
}

static DEVICE_ATTR_RO(start);

/* With the driver's attributes in its dev_groups they are there before anybody hears of the binding, and go with it. */
static struct attribute *lkmc_platform_attrs[] = {
	&dev_attr_start.attr,
	NULL,
};
ATTRIBUTE_GROUPS(lkmc_platform);

static void give_back(void *data)
{
	struct taken *taken = data;

	dev_info(taken->device, "given back: %c\n", taken->name);
}

/* Something that has to be given back. The note about it is managed memory, too. */
static int take(struct device *device, char name)
{
	struct taken *taken = devm_kzalloc(device, sizeof *taken, GFP_KERNEL);

	if (!taken)
		return -ENOMEM;
	*taken = (struct taken){ device, name };
	dev_info(device, "taken: %c\n", name);
	return devm_add_action_or_reset(device, give_back, taken);
}

static int lkmc_platform_probe(struct platform_device *device)
{
	struct state *state = devm_kzalloc(&device->dev, sizeof *state, GFP_KERNEL);
	struct resource *area;
	int error;

	if (!state)
		return -ENOMEM;
	platform_set_drvdata(device, state);
	error = take(&device->dev, 'a');
	if (!error)
		error = take(&device->dev, 'b');
	if (error)
		return error;
	area = platform_get_resource(device, IORESOURCE_MEM, 0);
	if (!area) {
		dev_info(&device->dev, "it has no memory area\n");
		return -ENXIO;
	}
	/* A driver would map it now, with devm_ioremap_resource(); but there is nothing. */
	state->start = area->start;
	dev_info(&device->dev, "bound\n");
	return 0;
}

static struct platform_driver driver = {
	.probe = lkmc_platform_probe,
	.driver = {
		.name = NAME,
		.dev_groups = lkmc_platform_groups,
	},
};

static struct platform_device *devices[2];

static int __init platform_driver_demo_init(void)
{
	struct resource area = DEFINE_RES_MEM(0x1000, 0x100);
	int error;

	devices[0] = platform_device_register_simple(NAME, 0, &area, 1);
	if (IS_ERR(devices[0]))
		return PTR_ERR(devices[0]);
	devices[1] = platform_device_register_simple(NAME, 1, NULL, 0);
	if (IS_ERR(devices[1])) {
		error = PTR_ERR(devices[1]);
		goto unregister_first;
	}
	error = platform_driver_register(&driver);
	if (!error)
		return 0;
	platform_device_unregister(devices[1]);
unregister_first:
	platform_device_unregister(devices[0]);
	return error;
}

static void __exit platform_driver_demo_exit(void)
{
	platform_driver_unregister(&driver);
	platform_device_unregister(devices[1]);
	platform_device_unregister(devices[0]);
}

module_init(platform_driver_demo_init);
module_exit(platform_driver_demo_exit);
MODULE_DESCRIPTION("A platform driver and two devices");
MODULE_LICENSE("GPL");
