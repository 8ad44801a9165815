# The flake's locked nixpkgs input. Not through the flake: `nix-instantiate nix` must find the same sources, and only when this
# toolbox is wanted.
let
  locked = (builtins.fromJSON (builtins.readFile ../../../flake.lock)).nodes.nixpkgs.locked;
  # lib/minver.nix of nixpkgs, which would only say so after it was fetched.
  oldest = "2.18";
in
assert
  builtins.compareVersions builtins.nixVersion oldest >= 0
  || throw "nixpkgs needs Nix ${oldest} or newer and this is ${builtins.nixVersion}: install one, or set toolbox = \"debian\" in the profile";
builtins.fetchTarball {
  url = "https://github.com/${locked.owner}/${locked.repo}/archive/${locked.rev}.tar.gz";
  sha256 = locked.narHash;
}
