# How each source is compiled, for editors: lines of DIRECTORY, FILE and COMMAND with tabs between them, the command as a shell
# reads it. src/demo/editor.rs makes compile_commands.json of them.
demo=$PWD/src recorded=$PWD/commands
: > "$recorded"

# record FILE COMMAND...: of a program.
record() {
  local file=$1 language=c directory
  shift
  case $file in *.cpp | *.cc | *.cxx) language=c++ ;; esac
  {
    printf '%s\t%s\t' "$demo" "$demo/$file"
    printf '%q ' "$@"
    # Headers are at other places outside. The compiler's own are left to whoever reads the sources with another one.
    "$1" -E -v -x "$language" /dev/null 2>&1 > /dev/null | sed -n '/^#include </,/^End/ s/^ //p' |
      while read -r directory; do
        directory=$(realpath "$directory")
        case $directory in
          */gcc*/include | */gcc*/include-fixed) ;;
          /nix/*) printf -- '-isystem %s ' "$directory" ;;
          *) printf -- '-isystem %s ' "${lkmcRoot-}$directory" ;;
        esac
      done
    echo
  } >> "$recorded"
}

# record_modules DIRECTORY: of modules, from what kbuild leaves beside each object.
record_modules() {
  local command file place
  find "$1" -name '.*.o.cmd' ! -name '*.mod.o.cmd' | sort | while read -r command; do
    file=$(sed -n 's/^source_[^ ]* := //p' "$command")
    # Since Linux 6.13 Kbuild works in the module's directory.
    case $file in /*) place=$kernel/build ;; *) place=$1 file=$1/$file ;; esac
    case $file in
      "$demo"/*)
        printf '%s\t%s\t' "$place" "$file"
        # Behind a semicolon objtool is called. What begins with /usr is the compiler's.
        sed -n "1 { s/^[^ ]* := //; s/ *;.*//; s/\$(pound)/#/g; s| /usr/| ${lkmcRoot-}/usr/|g; p }" "$command"
        ;;
    esac
  done >> "$recorded"
}

# keep_commands: in $out, where a name of the store that is cut in two keeps neither the kernel nor the tools in it.
keep_commands() { sed -e "s|$demo|@demo@|g" -e 's|/nix/store/.|&\x1f|g' "$recorded" > "$out/commands"; }
