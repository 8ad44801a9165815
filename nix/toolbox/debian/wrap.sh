# One directory of commands that work outside the sandbox: each runs its namesake in a root whose /usr is mounted over the
# host's, in a mount namespace of its own. The working directory and the user's files stay where they are.
export PATH=$NIX_BUILD_TOP/applets
"$seed/bin/busybox" mkdir "$PATH"
for applet in basename cat chmod ln ls mkdir; do "$seed/bin/busybox" ln -s "$seed/bin/busybox" "$PATH/$applet"; done
mkdir -p "$out/bin"
cat > "$out/bin/.run" << WRAPPER
#!$seed/bin/busybox sh
exec $seed/bin/busybox unshare -Urm $seed/bin/busybox sh -c '
  for directory in usr bin sbin lib lib64; do
    [ -d "/\$directory" ] && [ ! -L "/\$directory" ] || continue
    $seed/bin/busybox mount --rbind "$root/\$directory" "/\$directory" || exit 125
  done
  exec /usr/bin/"\$0" "\$@"' "\${0##*/}" "\$@"
WRAPPER
chmod 755 "$out/bin/.run"
for command in $commands; do
  [ -e "$root/usr/bin/$command" ] || { echo "no $command in $root" >&2; exit 1; }
  ln -s .run "$out/bin/$command"
done
