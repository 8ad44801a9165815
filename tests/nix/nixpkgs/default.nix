# Stands for nixpkgs where it cannot be fetched: the names that the nixpkgs toolbox uses and no others, as derivations that
# nobody builds. Each name was looked up in nixpkgs (docs/toolbox.md); add one only after looking.
{
  system,
  config,
  overlays,
}:
assert config == { } && overlays == [ ];
let
  stub =
    attributes:
    derivation (
      {
        inherit system;
        builder = "/nobody-builds-this";
      }
      // attributes
    );
  # A package with outputs besides `out`.
  split =
    name: outputs:
    stub {
      inherit name;
      outputs = [ "out" ] ++ outputs;
    }
    // {
      version = "1.0";
      src = stub { name = "${name}.tar.xz"; };
    };
  package = name: split name [ ];
  packages =
    names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = package name;
      }) names
    );
  # What is compiled by, and for, another machine.
  platform = prefix: {
    stdenv.cc = package "${prefix}gcc" // {
      targetPrefix = prefix;
    };
    glibc = split "${prefix}glibc" [ "static" ];
    pkgsStatic.stress-ng = package "${prefix}stress-ng";
  };
  embedded = prefix: { picolibc = split "${prefix}picolibc" [ "dev" ]; };
in
packages [
  "bc"
  "binutils"
  "bison"
  "busybox"
  "bzip2"
  "cpio"
  "diod"
  "dpkg"
  "e2fsprogs"
  "elfutils"
  "fakeroot"
  "flex"
  "gcc"
  "gdb"
  "gnumake"
  "gnutar"
  "gzip"
  "kmod"
  "m4"
  "openssl"
  "pahole"
  "perl"
  "python3"
  "python3Minimal"
  "qemu"
  "rsync"
  "scons"
  "strace"
  "xz"
  "zlib"
]
// platform ""
// {
  linuxKernel.kernels = packages [ "linux_6_12" "linux_6_1" ];
  pkgsCross = {
    aarch64-multiplatform = platform "aarch64-unknown-linux-gnu-";
    armv7l-hf-multiplatform = platform "armv7l-unknown-linux-gnueabihf-";
    riscv64 = platform "riscv64-unknown-linux-gnu-";
    aarch64-embedded = embedded "aarch64-none-elf-";
    armhf-embedded = embedded "arm-none-eabihf-";
  };
  fetchurl = { url, sha256 }: stub {
    name = baseNameOf url;
    outputHash = sha256;
    outputHashAlgo = "sha256";
    outputHashMode = "flat";
  };
  linkFarm = name: links: stub {
    inherit name;
    links = map (link: "${link.name} ${link.path}") links;
  };
  mkShell = stub;
  runCommandCC = name: env: text: stub (env // { inherit name text; });
  symlinkJoin = { name, paths }: stub { inherit name paths; };
  writeShellScriptBin = name: text: stub { inherit name text; };
}
