# Unpacks $packages over one merged-usr tree in $out. Run by the seed's shell: there is nothing else yet.
set -e
busybox=$seed/bin/busybox
export PATH=$NIX_BUILD_TOP/applets
"$busybox" mkdir "$PATH"
for applet in ar cat chmod find ln ls mkdir rm tar xz xzcat zcat; do "$busybox" ln -s "$busybox" "$PATH/$applet"; done

mkdir -p "$out/usr"
for directory in bin sbin lib lib32 lib64 libx32; do
  mkdir "$out/usr/$directory"
  ln -s "usr/$directory" "$out/$directory"
done
# Places to mount on: the tree itself is read-only in the store.
for directory in nix proc dev sys build tmp etc; do mkdir "$out/$directory"; done

cd "$out"
for package in $packages; do
  case "$(ar t "$package")" in
    *data.tar.xz*) ar p "$package" data.tar.xz | xzcat ;;
    *data.tar.gz*) ar p "$package" data.tar.gz | zcat ;;
    *data.tar*) ar p "$package" data.tar ;;
    *) echo "$package: no data archive that busybox can read" >&2; exit 1 ;;
  esac | tar x -f -
done

# What the packages' maintainer scripts would have done, as far as a build needs it.
link() { [ -e "$1" ] || [ ! -e "${1%/*}/$2" ] || ln -s "$2" "$1"; }
link usr/bin/sh dash
link usr/bin/sh bash
link usr/bin/awk gawk
link usr/bin/awk mawk
link usr/bin/python3 python3.11
link usr/bin/fakeroot fakeroot-sysv
link usr/bin/faked faked-sysv
link usr/bin/cc gcc
echo "root:x:0:0:root:/tmp:/bin/sh" > etc/passwd
echo "root:x:0:" > etc/group
# Bulk that nothing at build time reads; and Nix takes no set-user-id bits.
rm -rf usr/share/doc usr/share/man usr/share/info usr/share/locale usr/share/lintian
find . -type f -perm /6000 -exec chmod ug-s {} +
