# language FILE: which compiler a demo's source takes, with what its language needs, as src/demo/language.rs tells them apart.
language() {
  case $1 in
    *.c) compiler="${cross}gcc -std=gnu11" linker="${cross}gcc" ;;
    # Assembly seldom says itself that its stack is no code.
    *.S) compiler="${cross}gcc -Wa,--noexecstack" linker="${cross}gcc" ;;
    *.cpp | *.cc | *.cxx) compiler="${cross}g++ -std=gnu++20" linker="${cross}g++" ;;
    *) echo "$1 is in no language that can be compiled" >&2; return 1 ;;
  esac
}
