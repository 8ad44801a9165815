# unpack ARCHIVE DIRECTORY: a source tarball, or a .deb that holds one, without its top directory.
unpack() {
  local archive=$1 directory=$2
  mkdir -p "$directory"
  if [ "$(head -c 7 "$archive")" = "!<arch>" ]; then
    # A .deb: take the one tarball out of its data archive, without a copy on the disk.
    local member
    member=$(ar p "$archive" data.tar.xz | tar -tJ | grep -E '/usr/src/.*\.tar\.[a-z0-9]+$')
    ar p "$archive" data.tar.xz | tar -xJO "$member" | tar -xJ -C "$directory" --strip-components=1
  else
    tar -xf "$archive" -C "$directory" --strip-components=1
  fi
}
