mkdir -p "$out"
"${cross}gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -o "$out/trace.so" "$source/trace.c"
