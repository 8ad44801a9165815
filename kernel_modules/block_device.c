// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drive a disk that is made of memory: format it, mount it, and have one of its sectors fail.
 *
 * A character device gets what a program writes, as it writes it. A block device does not: programs and file systems read and
 * write the page cache, and only what has to go to the medium comes to the driver, as requests, in an order that the kernel
 * chooses. A request is about sectors of 512 bytes that follow one another on the disk; in memory they lie in pieces (bio_vec)
 * anywhere. What a driver does with one that it cannot finish at once (start the hardware, return, and call blk_mq_end_request()
 * from the interrupt) this one does by copying.
 *
 * Requests come through blk-mq: as many queues as the hardware has, each with a fixed number of
 * tags, so that a request in flight is a number for the hardware, too.
 *
 * What to notice:
 * - What was written is there after the file system was mounted anew.
 * - The driver counts requests: reading the same block twice is one request, for the page cache has it as long as somebody has the
 *   disk open.
 * - A driver says that a request failed, and no more. The kernel logs which sector, and the program gets EIO.
 * - The module cannot be removed while the disk is mounted: the operations' `owner` sees to that.
 * - The numbers of the device are given out dynamically; devtmpfs makes the node in /dev.
 *
 * Sources: kernel documentation, block/blk-mq; include/linux/blk-mq.h; drivers/block/null_blk/.
 *
 * [lkmc]
 * kconfig = ["BLOCK=y", "EXT4_FS=y"]
 *
 * [[lkmc.skip]]
 * kernel = "6.1"
 * reason = "blk_mq_alloc_disk() has one argument less there"
 *
 * [[lkmc.run]]
 * name = "a file system"
 * guest = """
 * insmod block_device.ko
 * blockdev --getsize64 /dev/lkmc_block
 * mke2fs -q /dev/lkmc_block > /dev/null
 * mount -t ext4 /dev/lkmc_block /mnt
 * echo kept on the disk > /mnt/file
 * rmmod block_device || echo in use
 * umount /mnt
 * mount -t ext4 /dev/lkmc_block /mnt
 * cat /mnt/file
 * umount /mnt
 * rmmod block_device
 * [ ! -e /dev/lkmc_block ]
 * """
 * stdout = "4194304\nin use\nkept on the disk\n"
 * stderr-has = ["rmmod: {any}Resource temporarily unavailable"]
 *
 * [[lkmc.run]]
 * name = "page cache"
 * guest = """
 * insmod block_device.ko
 * echo 3 > /proc/sys/vm/drop_caches
 * exec 3< /dev/lkmc_block
 * cd /sys/module/block_device/parameters
 * before=$(cat requests)
 * dd if=/dev/lkmc_block bs=4096 skip=512 count=1 of=/dev/null 2> /dev/null
 * middle=$(cat requests)
 * dd if=/dev/lkmc_block bs=4096 skip=512 count=1 of=/dev/null 2> /dev/null
 * echo "read twice: $((middle > before)) $(($(cat requests) - middle))"
 * """
 * stdout = "read twice: 1 0\n"
 *
 * [[lkmc.run]]
 * name = "a bad sector"
 * guest = """
 * insmod block_device.ko bad_sector=4000
 * dd if=/dev/lkmc_block bs=512 skip=2000 count=1 of=/dev/null 2> /dev/null && echo good
 * dd if=/dev/lkmc_block bs=512 skip=4000 count=1 of=/dev/null
 * """
 * status = 1
 * stdout = "good\n"
 * stderr-has = ["dd: {any}Input/output error"]
 * dmesg = ["I/O error, dev lkmc_block, sector 4000 op 0x0:(READ) {any}"]
 * [/lkmc]
 */

#include <linux/blk-mq.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#define SECTORS 8192

static int bad_sector = -1;
module_param(bad_sector, int, 0444);
MODULE_PARM_DESC(bad_sector, "requests about this sector fail; -1 for none");
static unsigned int requests;
module_param(requests, uint, 0444);
MODULE_PARM_DESC(requests, "how many have come");

static u8 *memory;
static struct gendisk *disk;

static blk_status_t lkmc_block_queue(struct blk_mq_hw_ctx *queue, const struct blk_mq_queue_data *data)
{
	struct request *request = data->rq;
	sector_t first = blk_rq_pos(request);
	u8 *place = memory + (first << SECTOR_SHIFT);
	struct req_iterator iterator;
	struct bio_vec piece;

	blk_mq_start_request(request);
	/* One queue, so nobody else counts. */
	WRITE_ONCE(requests, requests + 1);
	if (bad_sector >= 0 && bad_sector >= first && bad_sector < first + blk_rq_sectors(request))
		return BLK_STS_IOERR;
	if (req_op(request) != REQ_OP_READ && req_op(request) != REQ_OP_WRITE)
		return BLK_STS_NOTSUPP;
	rq_for_each_segment(piece, request, iterator) {
		if (req_op(request) == REQ_OP_WRITE)
			memcpy_from_bvec(place, &piece);
		else
			memcpy_to_bvec(&piece, place);
		place += piece.bv_len;
	}
	blk_mq_end_request(request, BLK_STS_OK);
	return BLK_STS_OK;
}

static const struct blk_mq_ops queue_operations = {
	.queue_rq = lkmc_block_queue,
};

static const struct block_device_operations operations = {
	.owner = THIS_MODULE,
};

static struct blk_mq_tag_set tags = {
	.ops = &queue_operations,
	.nr_hw_queues = 1,
	.queue_depth = 16,
	.numa_node = NUMA_NO_NODE,
};

static int __init block_device_init(void)
{
	int error;

	memory = vzalloc(SECTORS << SECTOR_SHIFT);
	if (!memory)
		return -ENOMEM;
	error = blk_mq_alloc_tag_set(&tags);
	if (error)
		goto free_memory;
	disk = blk_mq_alloc_disk(&tags, NULL, NULL);
	if (IS_ERR(disk)) {
		error = PTR_ERR(disk);
		goto free_tags;
	}
	strscpy(disk->disk_name, "lkmc_block", sizeof disk->disk_name);
	disk->fops = &operations;
	set_capacity(disk, SECTORS);
	/* From here on there are requests: the kernel looks for partitions. */
	error = add_disk(disk);
	if (!error)
		return 0;
	put_disk(disk);
free_tags:
	blk_mq_free_tag_set(&tags);
free_memory:
	vfree(memory);
	return error;
}

static void __exit block_device_exit(void)
{
	del_gendisk(disk);
	put_disk(disk);
	blk_mq_free_tag_set(&tags);
	vfree(memory);
}

module_init(block_device_init);
module_exit(block_device_exit);
MODULE_DESCRIPTION("A disk of memory");
MODULE_LICENSE("GPL");
