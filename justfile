# Short names for common commands; `just --list` shows them.

# Formatting, lints, and whether generated files are fresh
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    ./lkmc check

# Everything; arguments as for ./test
test *arguments:
    ./test {{ arguments }}

# Rewrite files that are made from others
bless:
    ./lkmc profile lower --bless

# One command in a guest of each architecture
smoke:
    ./lkmc profile run x86_64-qemu -- uname -a
    ./lkmc profile run aarch64-qemu -- uname -a
    ./lkmc profile run arm-qemu -- uname -a
