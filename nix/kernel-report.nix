# What Kconfig made of each requested symbol (report.json, read by src/profile/report.rs), and all that it knows of every symbol
# (symbols.jsonl, read by src/profile/symbols.rs).
# Seconds, not minutes: `lkmc profile check --kconfig` builds only this. No kernel depends on it, so that a better report
# rebuilds none.
{ toolbox }:
{
  # guest architecture
  arch,
  # kernel series
  version,
  # unpacked sources
  source,
  # output of kernel-config.nix
  config,
  # output of pahole.nix
  pahole,
}:
let
  compiler = toolbox.compiler arch;
in
toolbox.build {
  name = "linux-${version}-report-${arch}";
  inherit (compiler) tools;
  script = ./kernel-report.sh;
  env = pahole.env // {
    inherit source config;
    karch = (import ./arch.nix).${arch}.kernel;
    cross = compiler.prefix;
    reportSource = ./kconfig-report.c;
  };
}
