mkdir -p "$out/bin"
build() { "${cross}gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -static -s -I "$m5" -o "$out/bin/$1" "${@:2}"; }
build lkmc-agent "$agent"/*.c
build m5 "$m5/m5.c"
