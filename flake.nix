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
    { self, ... }:
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
      toolbox = import ./nix/toolbox { kind = "debian"; };
    in
    {
      # nix build .#x86_64-qemu: the same derivation as `lkmc profile build x86_64-qemu`.
      packages.${system} = each names (name: (build name).bundle);

      # nix develop .#aarch64 -c aarch64-linux-gnu-gcc --version
      devShells.${system} = each [ "x86_64" "aarch64" "arm" ] toolbox.shell;

      # nix run . -- profile list: the front-end of the checkout one stands in; cargo builds it there.
      apps.${system}.default = {
        type = "app";
        program = "${toolbox.command "lkmc" ./nix/app.sh}/bin/lkmc";
      };
    };
}
