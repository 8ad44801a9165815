# A checkout of gem5 without what has been built in it and without its history, so that only its sources count.
{
  # path of a directory; a relative one is below the repository
  source,
}:
let
  directory = import ./place.nix source;
  passed = map (name: toString (directory + "/${name}")) [
    ".git"
    "build"
    "tests"
  ];
in
builtins.path {
  name = "gem5-source";
  path = directory;
  filter = path: _: !(builtins.elem path passed);
}
