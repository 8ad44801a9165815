# Demos for a lowered profile, as d0, d1, ... in the order of the file that `demos` names; as p0, p1, ... their programs
# alone, for a debugger; as b0, b1, ... programs on bare metal.
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
  inherit (import ./default.nix { inherit lowered; }) toolbox kernel pahole;
  build = import ./demo.nix { inherit toolbox; };
  buildDynamic = import ./demo-dynamic.nix { inherit toolbox; };
  buildBareMetal = import ./demo-bare-metal.nix { inherit toolbox; };
  wanted = builtins.fromJSON (builtins.readFile demos);
  inherit (profile) arch;
  named =
    letter: function:
    builtins.genList (index: {
      name = "${letter}${toString index}";
      value = function (builtins.elemAt wanted index);
    }) (builtins.length wanted);
in
builtins.listToAttrs (
  named "d" (demo: build ({ inherit arch kernel pahole; } // demo))
  ++ named "p" (
    demo:
    buildDynamic {
      inherit arch;
      inherit (demo)
        name
        root
        sources
        programs
        cflags
        ;
    }
  )
  ++ named "b" (
    demo:
    buildBareMetal {
      inherit arch;
      board = profile.emulator.kind;
      inherit (demo) name root sources;
      program = builtins.head demo.programs;
    }
  )
)
