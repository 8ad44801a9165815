# What a build of each shipped profile would be with another toolbox: derivations by profile and attribute.
{
  # name of the toolbox
  toolbox,
}:
let
  lowered = ../../profiles/lowered;
  derivations =
    file: _:
    let
      profile = builtins.fromJSON (builtins.readFile (lowered + "/${file}"));
      built = import ../../nix { lowered = builtins.toFile file (builtins.toJSON (profile // { inherit toolbox; })); };
    in
    builtins.mapAttrs (_: value: value.drvPath) {
      inherit (built)
        bareMetal
        bundle
        dumpReaders
        kernelReport
        shell
        ;
    };
in
builtins.mapAttrs derivations (builtins.readDir lowered)
