# Chooses the provider of tools and sources; both have the interface that README.md here describes.
{ kind }:
if kind == "debian" then
  import ./debian { }
else if kind == "nixpkgs" then
  import ./nixpkgs { nixpkgs = import ./nixpkgs/locked.nix; }
else
  throw "no toolbox is called ${kind}"
