# A toolbox, with every attribute of the interface (nix/toolbox/README.md) evaluated down to strings.
{ toolbox }:
let
  arches = [ "x86_64" "aarch64" "arm" "riscv64" ];
  sets = [ "unpack" "image" "build-gem5" ] ++ map (arch: "build-${arch}") arches;
  each =
    names: value:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = value name;
      }) names
    );
  script = ../../nix/app.sh;
in
{
  inherit (toolbox) name system gdb diod dumpReaders;
  build = each sets (
    tools:
    (toolbox.build {
      name = "built";
      inherit tools script;
      env = { };
    }).drvPath
  );
  compiler = each arches toolbox.compiler;
  source = each [ "linux-6.12" "linux-6.1" "busybox" "strace" "mbw" "glibc" ] (name: "${toolbox.source name}");
  deb = "${
    toolbox.deb {
      name = "bc";
      version = "1.07.1-3+b1";
      archive = "debian";
      path = "pool/main/b/bc/bc_1.07.1-3+b1_arm64.deb";
      size = 106932;
      sha256 = "baaa4e935c5e3bcd57d4f2f4e7a1ddc67bd4eb8629d98f97a696548849ae01ac";
    }
  }";
  picolibc = each [ "aarch64" "arm" ] (arch: "${toolbox.picolibc arch}");
  qemu = each arches toolbox.qemu;
  qemuUser = each arches toolbox.qemuUser;
  gem5 = toolbox.gem5 {
    binary = "/gem5";
    version = "25.1";
  };
  # Not every toolbox has one for every architecture; it may say so.
  debuggee = each arches (arch: (builtins.tryEval "${toolbox.debuggee arch}").success);
  ready = each arches (arch: (builtins.tryEval "${toolbox.ready arch "stress-ng"}").success);
  pahole = "${toolbox.pahole}";
  command = (toolbox.command "command" script).drvPath;
  shell = each arches (arch: (toolbox.shell arch [ toolbox.pahole ]).drvPath);
}
