mkdir tree
# Until 2.14 cpio writes how many links a directory has, which each file system counts in its own way.
case $(cpio --help) in *--ignore-dirnlink*) ;; *) mount -t tmpfs -o mode=755 tree tree ;; esac

# fakeroot: device nodes and all owners without being root; what is made in here is root's.
mkdir "$out"
# It shall only note owners: the build's namespace has none but root.
export E2FSPROGS_FAKE_TIME=1 FAKEROOTDONTTRYCHOWN=1 size
fakeroot bash -euo pipefail << 'PACK'
# Lays a directory of the store, where nothing can be written to, over the tree. A directory stays the link that it may be there.
lay() { tar -c --mode=u+w -C "$1" . | tar -x -p --keep-directory-symlink -C tree; }

if [ -n "$debian" ]; then
  # What has been merged before the first file is laid is merged with every package.
  for directory in bin sbin lib lib32 lib64 libx32; do
    mkdir -p "tree/usr/$directory"
    ln -s "usr/$directory" tree/
  done
fi
mkdir -p tree/{bin,sbin,usr/bin,usr/sbin,dev,proc,sys,tmp,run,root,etc,lib,mnt,var,lkmc}
cp "$busybox/bin/busybox" tree/bin/
while read -r link; do ln -sf /bin/busybox "tree$link"; done < "$busybox/links"
[ -z "$debian" ] || . "$debian"
install -m 755 "$guest/bin/"* tree/sbin/
for directory in $overlay; do lay "$directory"; done
[ -z "$debian" ] || add_users
chmod 1777 tree/tmp
chmod 0700 tree/root
# Without its own, init would have no output on a kernel that does not mount devtmpfs before init runs.
mknod -m 0600 tree/dev/console c 5 1
find tree -exec touch -h -d @1 {} +

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

# Last: it takes longest, and cannot be too large.
(cd tree && find . -print0 | sort -z | cpio --null --create --format=newc --reproducible --quiet) | gzip -n -6 > "$out/initramfs.cpio.gz"
PACK
