# Programs for root file systems, static, by the names that profiles give them in `rootfs.packages`
# (BUSYBOX_PACKAGES in src/profile/rules.rs). Each has a source of that name and a script in packages/.
{ toolbox }:
{
  # guest architecture
  arch,
}:
let
  compiler = toolbox.compiler arch;
in
name:
toolbox.build {
  name = "${name}-${arch}";
  inherit (compiler) tools;
  script = ./packages + "/${name}.sh";
  env = {
    archive = toolbox.source name;
    unpack = ./unpack.sh;
    # Some archives name owners that the build's namespace does not have.
    TAR_OPTIONS = "--no-same-owner";
    cross = compiler.prefix;
    # as configure scripts call the machine that the program is for
    host = if compiler.prefix == "" then "x86_64-linux-gnu" else builtins.head (builtins.match "(.*)-" compiler.prefix);
  };
}
