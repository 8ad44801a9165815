# The kernel's .config from the requested symbols, over a whole .config if there is one; what is in neither is off, unless Kconfig's
# defaults insist.
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
  # path of the whole one; a relative one is below the repository
  config-file ? null,
  # output of pahole.nix
  pahole,
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
  # Two, so that kernels without a whole one stay what they are.
  script = if config-file == null then ./kernel-config.sh else ./kernel-config-file.sh;
  env = pahole.env // {
    inherit source;
    karch = (import ./arch.nix).${arch}.kernel;
    cross = compiler.prefix;
    requested = builtins.concatStringsSep "" (map line (builtins.attrNames config));
    passAsFile = [ "requested" ];
  }
  // (
    if config-file == null then
      { }
    else
      {
        given = builtins.path {
          name = "given-config";
          path = import ./place.nix config-file;
        };
      }
  );
}
