# Demos for a lowered profile, as d0, d1, ... in the order of the file that `demos` names.
#
#   nix-build nix/demos.nix --argstr lowered /abs/lowered.json --argstr demos /abs/demos.json -A d0
{
  # path of the lowered JSON that `lkmc profile lower` writes
  lowered,
  # path of a JSON list of demos (src/nix/demos.rs)
  demos,
}:
let
  profile = builtins.fromJSON (builtins.readFile lowered);
  inherit (import ./default.nix { inherit lowered; }) toolbox kernel;
  build = import ./demo.nix { inherit toolbox; };
  wanted = builtins.fromJSON (builtins.readFile demos);
in
builtins.listToAttrs (
  builtins.genList (index: {
    name = "d${toString index}";
    value = build (
      {
        inherit (profile) arch;
        inherit kernel;
      }
      // builtins.elemAt wanted index
    );
  }) (builtins.length wanted)
)
