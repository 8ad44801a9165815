# gem5, compiled from a source tree: the derivation, and a Program (src/bundle.rs). Each combination of arguments is a store
# path of its own.
{ toolbox }:
{
  # directory with gem5's sources, in the store
  source,
  # ARM, X86, RISCV ...: the instruction sets that it simulates
  isas,
  # opt, fast or debug
  variant,
  # further lines of its Kconfig, such as RUBY=y
  options,
}:
let
  text = builtins.readFile "${source}/src/base/version.cc";
  version = builtins.head (builtins.match ".*gem5Version = \"([^\"]*)\".*" text);
  config = (if isas == [ ] then [ ] else [ "BUILD_ISA=y" ]) ++ map (isa: "USE_${isa}_ISA=y") isas ++ options;
  package = toolbox.build {
    name = "gem5-${version}-${variant}";
    tools = "build-gem5";
    script = ./gem5.sh;
    env = {
      inherit source variant;
      config = builtins.concatStringsSep "\n" config;
    };
  };
in
{
  inherit package;
  program = toolbox.gem5 {
    binary = "${package}/bin/gem5.${variant}";
    inherit version;
  };
}
