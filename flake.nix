{
  description = "lkmc: a laboratory bench for kernels, operating systems and computer architecture";

  # Used only by profiles with toolbox = "nixpkgs"; everything else evaluates and builds without fetching it.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";
  # Used only by gem5 profiles; a source tree, not a flake.
  inputs.gem5 = {
    url = "github:gem5/gem5/v25.1.0.1";
    flake = false;
  };

  outputs =
    inputs:
    let
      system = "x86_64-linux";
      lowered = ./profiles/lowered;
      names = map (file: builtins.replaceStrings [ ".json" ] [ "" ] file) (
        builtins.attrNames (builtins.readDir lowered)
      );
      each =
        names: value:
        builtins.listToAttrs (
          map (name: {
            inherit name;
            value = value name;
          }) names
        );
      build = name: import ./nix { lowered = lowered + "/${name}.json"; };
      gem5 =
        isa: variant:
        (import ./nix/gem5.nix { inherit toolbox; } {
          source = inputs.gem5;
          isas = [ isa ];
          inherit variant;
          options = [ ];
        }).package;
      toolbox = import ./nix/toolbox { kind = "debian"; };
      shells = each [ "x86_64" "aarch64" "arm" "riscv64" ];
    in
    {
      # nix build .#x86_64-qemu: the same derivation as `lkmc profile build x86_64-qemu`.
      packages.${system} = each names (name: (build name).bundle);

      # What has to be fetched first, which `nix flake show` leaves alone here.
      legacyPackages.${system} = {
        # nix build .#gem5.ARM.opt: gem5 from the pinned input.
        gem5 = each [ "ARM" "X86" "RISCV" ] (isa: each [ "opt" "fast" "debug" ] (gem5 isa));
        # nix develop .#nixpkgs.aarch64: the shell below, from nixpkgs.
        nixpkgs = shells (arch: (import ./nix/toolbox { kind = "nixpkgs"; }).shell arch [ ]);
      };

      # nix develop .#aarch64 -c aarch64-linux-gnu-gcc --version
      devShells.${system} = shells (arch: toolbox.shell arch [ ]);

      # nix run . -- profile list: the front-end of the checkout one stands in; cargo builds it there.
      apps.${system}.default = {
        type = "app";
        program = "${toolbox.command "lkmc" ./nix/app.sh}/bin/lkmc";
        meta.description = "the front-end of lkmc";
      };
    };
}
