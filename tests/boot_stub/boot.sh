# bash boot.sh ARCH QEMU-MACHINE-OPTIONS CPU GICC IMAGE INITRAMFS
#
# Boots a kernel with the stub of guest/boot/ on QEMU's board of the highest exception level, until the shell's prompt.
# Runs in `lkmc shell`, at the top of the checkout; prints the console.
set -euo pipefail
arch=$1 machine=$2 cpu=$3 gicc=$4 image=$5 initramfs=$6
case $arch in aarch64) prefix=aarch64-linux-gnu- ;; arm) prefix=arm-linux-gnueabihf- ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# QEMU's board has its interrupt controllers elsewhere.
"${prefix}gcc" -nostdlib -static -DGICD_V3=0x08000000 -DGICR_V3=0x080a0000 -DGICD_TO_GICC=0x10000 -DGICC="$gicc" \
  -Wl,-Ttext=0x46000000,--section-start=.reset=0,-e,reset,--build-id=none -o "$work/all" \
  "guest/boot/$arch.S" "tests/boot_stub/reset-$arch.S"
# The flash is for the secure side only; the stub is left on the other one.
"${prefix}objcopy" -O binary -j .reset "$work/all" "$work/flash"
"${prefix}objcopy" -O binary -j .text "$work/all" "$work/stub"
mkfifo "$work/console"
append="console=ttyAMA0 initrd=0x4a000000,$(stat -c %s -L "$initramfs")"
# With firmware QEMU leaves the device tree at the beginning of memory, and starts in the flash.
timeout 120 "qemu-system-$arch" -M "virt,secure=on,highmem=off,$machine" -cpu "$cpu" -m 512 -nodefaults -display none \
  -bios "$work/flash" -kernel "$image" -append "$append" -serial stdio \
  -device "loader,file=$work/stub,addr=0x46000000,force-raw=on" \
  -device "loader,file=$image,addr=0x41000000,force-raw=on" \
  -device "loader,file=$initramfs,addr=0x4a000000,force-raw=on" < /dev/null > "$work/console" &
qemu=$!
while IFS= read -r line; do
  printf '%s\n' "$line"
  case $line in *"lkmc: shell"*) kill $qemu ;; esac
done < "$work/console"
