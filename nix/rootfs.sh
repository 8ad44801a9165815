mkdir tree
# Until 2.14 cpio writes how many links a directory has, which each file system counts in its own way.
case $(cpio --help) in *--ignore-dirnlink*) ;; *) mount -t tmpfs -o mode=755 tree tree ;; esac
mkdir -p tree/{bin,sbin,usr/bin,usr/sbin,dev,proc,sys,tmp,run,root,etc,lib,mnt,var,lkmc}
cp "$busybox/bin/busybox" tree/bin/
while read -r link; do ln -sf /bin/busybox "tree$link"; done < "$busybox/links"
cp "$guest/bin/"* tree/sbin/
# An overlay may replace a link by a file, so it must not be written through the link.
for directory in $overlay; do cp -r --remove-destination --no-preserve=ownership "$directory/." tree/; chmod -R u+w tree; done
chmod 1777 tree/tmp
chmod 0700 tree/root
find tree -exec touch -h -d @1 {} +

# fakeroot: device nodes and root's ownership without being root. Without its own /dev/console, init would have no output
# on a kernel that does not mount devtmpfs before init runs.
mkdir "$out"
export E2FSPROGS_FAKE_TIME=1 size
fakeroot bash -euo pipefail << 'PACK'
mknod -m 0600 tree/dev/console c 5 1
touch -h -d @1 tree/dev tree/dev/console
chown -R 0:0 tree
(cd tree && find . -print0 | sort -z | cpio --null --create --format=newc --reproducible --quiet) | gzip -n -6 > "$out/initramfs.cpio.gz"
uuid=6c6b6d63-0000-4000-8000-000000000001
mke2fs -q -t ext4 -d tree -U "$uuid" -E hash_seed="$uuid",lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 -L lkmc \
  "$out/rootfs.ext4" "$((size / 1024))k"
# mke2fs copies access and change times, which change under our hands (nobody can set the latter), so they are set in the image.
find tree -printf '%P\0' | sort -z | while IFS= read -r -d '' name; do
  # A quote within quotes is doubled.
  name=${name//\"/\"\"}
  printf 'set_inode_field "/%s" atime @1\nset_inode_field "/%s" ctime @1\n' "$name" "$name"
done > times
debugfs -w -f times "$out/rootfs.ext4" > said 2>&1
# It echoes each command and always ends with status 0; anything else is a complaint.
while read -r line; do case $line in "debugfs "[0-9]* | "debugfs: set_inode_field "*) ;; *) echo "debugfs: $line" >&2; exit 1 ;; esac; done < said
PACK
