# The kernel's .config from the requested symbols alone; what is not requested is off, unless Kconfig's defaults insist.
{ toolbox }:
{
  # guest architecture
  arch,
  # kernel series
  version,
  # unpacked sources
  source,
  # symbol without CONFIG_ -> value as .config writes it; n: must be off
  config,
}:
let
  compiler = toolbox.compiler arch;
  line =
    symbol:
    if config.${symbol} == "n" then
      "# CONFIG_${symbol} is not set\n"
    else
      "CONFIG_${symbol}=${config.${symbol}}\n";
in
toolbox.build {
  name = "linux-${version}-config-${arch}";
  inherit (compiler) tools;
  script = ./kernel-config.sh;
  env = {
    inherit source;
    karch = (import ./arch.nix).${arch}.kernel;
    cross = compiler.prefix;
    requested = builtins.concatStringsSep "" (map line (builtins.attrNames config));
    passAsFile = [ "requested" ];
  };
}
