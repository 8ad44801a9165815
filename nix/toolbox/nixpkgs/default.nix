# The nixpkgs toolbox: the same interface as ../debian, from nixpkgs.
{
  # tree of nixpkgs
  nixpkgs,
}:

let
  system = "x86_64-linux";
  pkgs = import nixpkgs {
    inherit system;
    config = { };
    overlays = [ ];
  };
  # For what nixpkgs lacks.
  debian = import ../debian { };

  cross = {
    x86_64 = pkgs;
    aarch64 = pkgs.pkgsCross.aarch64-multiplatform;
    arm = pkgs.pkgsCross.armv7l-hf-multiplatform;
    riscv64 = pkgs.pkgsCross.riscv64;
  };

  # Kernels, busybox and guest programs are compiled with these.
  common = with pkgs; [
    bc
    binutils
    bison
    bzip2
    cpio
    elfutils
    flex
    gcc
    gnumake
    gzip
    kmod
    openssl
    perl
    python3Minimal
    rsync
    xz
  ];
  compilerOf = arch: {
    tools = "build-${arch}";
    prefix = if arch == "x86_64" then "" else cross.${arch}.stdenv.cc.targetPrefix;
  };
  toolSets = {
    unpack = with pkgs; [
      binutils
      bzip2
      gzip
      perl
      python3Minimal
      xz
    ];
    build-gem5 = with pkgs; [
      m4
      python3
      scons
      zlib
    ];
    image = with pkgs; [
      cpio
      dpkg
      e2fsprogs
      fakeroot
      gnutar
      gzip
    ];
  }
  // builtins.listToAttrs (
    map (arch: {
      name = "build-${arch}";
      value = common ++ [
        cross.${arch}.stdenv.cc
        # libc.a, for static guest programs
        cross.${arch}.glibc.static
      ];
    }) (builtins.attrNames cross)
  );

  # A host program that needs no loader of ours (Program in src/bundle.rs).
  program = package: name: {
    loader = null;
    library-path = [ ];
    binary = "${package}/bin/${name}";
    args = [ ];
    env = { };
    inherit (package) version;
  };
in
{
  # Name of the toolbox, for messages.
  name = "nixpkgs";
  inherit system;

  # Runs a bash script with the programs of one tool set on PATH.
  build =
    {
      # of the derivation
      name,
      # tool set that the script uses
      tools,
      # file that bash runs
      script,
      # environment of the script
      env,
    }:
    let
      # Scripts in sources name their interpreters where the sandbox has none.
      patch = if tools == "unpack" then "patchShebangs --build $out" else "";
    in
    pkgs.runCommandCC name (
      env
      // {
        nativeBuildInputs = toolSets.${tools};
        # The kernel chooses its own hardening; wrapped flags would only differ from what its developers test.
        hardeningDisable = [ "all" ];
        inherit script;
        SOURCE_DATE_EPOCH = "1";
        LC_ALL = "C";
      }
    ) "bash -euo pipefail $script\n${patch}";

  compiler = compilerOf;

  # Source archive by name.
  source =
    name:
    {
      "linux-6.12" = pkgs.linuxKernel.kernels.linux_6_12.src;
      "linux-6.1" = pkgs.linuxKernel.kernels.linux_6_1.src;
      busybox = pkgs.busybox.src;
      strace = pkgs.strace.src;
      glibc = pkgs.glibc.src;
      # nixpkgs has no such package.
      mbw = pkgs.fetchurl {
        url = "mirror://debian/${debian.lock.sources.mbw.path}";
        inherit (debian.lock.sources.mbw) sha256;
      };
    }
    .${name};

  # Whatever builds it, it is Debian's.
  inherit (debian) deb;

  # A program with its libraries in the places where Debian has them.
  ready = _: name: throw "rootfs.packages = [\"${name}\"] needs the debian toolbox: set toolbox = \"debian\" in the profile";

  picolibc =
    arch:
    let
      embedded = {
        aarch64 = pkgs.pkgsCross.aarch64-embedded;
        arm = pkgs.pkgsCross.armhf-embedded;
      };
      package = embedded.${arch}.picolibc;
    in
    pkgs.symlinkJoin {
      name = "picolibc-${arch}";
      paths = [
        package
        package.dev
      ];
    };

  qemu = arch: program pkgs.qemu "qemu-system-${arch}";

  gdb = program pkgs.gdb "gdb";

  diod = program pkgs.diod "diod";

  gem5 =
    { binary, version }:
    {
      loader = null;
      library-path = [ ];
      inherit binary version;
      args = [ ];
      env = { };
    };

  qemuUser = arch: program pkgs.qemu "qemu-${arch}";

  # Debian's layout of libraries and their symbols has no counterpart here.
  debuggee = _: throw "`lkmc demo debug` needs the debian toolbox: set toolbox = \"debian\" in the profile";

  # One thread, as the other toolbox has it: several put the types in another order each time.
  pahole = pkgs.writeShellScriptBin "pahole" "exec ${pkgs.pahole}/bin/pahole \"$@\" -j1";

  # nixpkgs has neither drgn nor crash. They only read what a guest left, so it does not matter that they are Debian's.
  inherit (debian) dumpReaders;

  # A command that runs a bash file.
  command = name: script: pkgs.writeShellScriptBin name (builtins.readFile script);

  # What `nix develop` enters.
  shell =
    arch: trees:
    pkgs.mkShell {
      name = "lkmc-shell-${arch}";
      packages = toolSets."build-${arch}" ++ trees ++ [
        pkgs.gdb
        pkgs.qemu
        (pkgs.writeShellScriptBin "lkmc" (builtins.readFile ../../app.sh))
      ];
      ARCH = (import ../../arch.nix).${arch}.kernel;
      CROSS_COMPILE = (compilerOf arch).prefix;
    };
}
