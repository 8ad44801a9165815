# Builds modules by a recipe (module-recipe.sh): RECIPE DIRECTORY FILE.c...
recipe=$(cd "$1" && pwd) directory=$2
shift 2
# The command of a file: its placeholders replaced, run where Kbuild runs it.
run() {
  local command file=$2 name
  command=$(< "$recipe/$1")
  name=${file//-/_}
  command=${command//@directory@/"$directory"}
  command=${command//@file@/"$file"}
  command=${command//@name@/"$name"}
  (cd "$kernel/build" && eval "$command")
}

: > "$directory/modules.order"
[ ! -e "$recipe/module-common.o" ] || cp "$recipe/module-common.o" "$directory/.module-common.o"
running=()
for source in "$@"; do
  run compile "${source%.c}" &
  running+=($!)
  run objects "${source%.c}"
  echo "$directory/${source%.c}.o" >> "$directory/modules.order"
done
for process in "${running[@]}"; do wait "$process"; done
run modpost all
for source in "$@"; do
  run compile-info "${source%.c}"
  run link "${source%.c}"
done
