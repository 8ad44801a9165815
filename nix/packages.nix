# Programs for root file systems, by the names that profiles give them in `rootfs.packages` (src/profile/arch.rs says which
# there are). Each has a script in packages/, which makes a tree that is laid over the root file system.
{ toolbox }:
{
  # guest architecture
  arch,
}:
let
  compiler = toolbox.compiler arch;
  # static, from the toolbox's source of that name
  compiled =
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
    };
  # out of what the toolbox has compiled already
  ready =
    name:
    toolbox.build {
      name = "${name}-${arch}";
      tools = "unpack";
      script = ./packages + "/${name}.sh";
      env.ready = toolbox.ready arch name;
    };
in
name: if name == "stress-ng" then ready name else compiled name
