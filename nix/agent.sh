mkdir -p "$out/bin"
"${cross}gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$out/bin/lkmc-agent" "$source"
"${cross}strip" "$out/bin/lkmc-agent"
