# Packages of Debian over a tree, in the state that dpkg calls unpacked: nothing of theirs has been executed, which takes a machine
# of their architecture. `dpkg --configure -a` does so in the guest. Read by rootfs.sh.

# Of the links into /usr that rootfs.sh has made, those of other architectures go before a file is laid there.
for directory in lib32 lib64 libx32; do
  case " $libraries " in
    *" $directory "*) ;;
    *)
      rm "tree/$directory"
      rmdir "tree/usr/$directory"
      ;;
  esac
done

database=tree/var/lib/dpkg
mkdir -p "$database/info" "$database/updates" "$database/triggers" control
echo 1 > "$database/info/format"
: > "$database/available"
for deb in $debs; do
  dpkg-deb --fsys-tarfile "$deb" > files.tar
  # Bulk that nobody reads in a guest.
  tar -x -p --keep-directory-symlink -C tree --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
    --exclude='./usr/share/info/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/lintian/*' -f files.tar

  rm -r control
  dpkg-deb --control "$deb" control
  name=$(dpkg-deb --field "$deb" Package)
  # As dpkg calls what can be there for several architectures.
  [ "$(dpkg-deb --field "$deb" Multi-Arch)" != same ] || name=$name:$(dpkg-deb --field "$deb" Architecture)
  # Names as they are: dpkg knows no quotes in its lists.
  tar -t --quoting-style=literal -f files.tar | sed -e 's,^\.,,' -e 's,/$,,' -e '1s,^$,/.,' > "$database/info/$name.list"
  for file in control/*; do
    case ${file##*/} in
      control) sed -e '/^$/d' -e 's/^Package: .*/&\nStatus: install ok unpacked/' "$file"; echo ;;
      *) cp -p "$file" "$database/info/$name.${file##*/}" ;;
    esac
  done >> "$database/status"
done
rm files.tar
# What bash says of pasting is noise on a console that is recorded, and read by programs.
echo "set enable-bracketed-paste off" >> tree/etc/inputrc
# A package that asks would wait for ever where nobody answers; DEBIAN_FRONTEND in the environment still decides.
[ ! -e tree/etc/debconf.conf ] || sed -i 's/^Config: configdb$/&\nFrontend: noninteractive/' tree/etc/debconf.conf

# Of what maintainer scripts would do: the alternatives that they offer in plain words, the best of each.
cat "$database"/info/*.postinst | awk '
  /\\$/ { sub(/\\$/, ""); line = line $0; next }
  { line = line $0 }
  line ~ /update-alternatives/ {
    count = split(line, word)
    priority = 0
    for (i = 1; i < count; i++) {
      if (word[i] == "--install") priority = word[i + 4]
      if (word[i] == "--install" || word[i] == "--slave") print priority + 0, word[i + 1], word[i + 2], word[i + 3]
    }
  }
  { line = "" }
' | sort -n | while read -r _ link name path; do
  case $link$path in *[!a-zA-Z0-9/._+:-]*) continue ;; /*) ;; *) continue ;; esac
  [ -e "tree$path" ] || [ -L "tree$path" ] || continue
  mkdir -p tree/etc/alternatives "tree${link%/*}"
  ln -sfn "$path" "tree/etc/alternatives/$name"
  ln -sfn "/etc/alternatives/$name" "tree$link"
done

# After the overlays: Debian's users and groups beside ours.
add_users() {
  for table in passwd group; do
    awk -F: 'FNR == NR { ours[$1]; next } !($1 in ours)' "tree/etc/$table" "tree/usr/share/base-passwd/$table.master" > more
    cat more >> "tree/etc/$table"
  done
}
