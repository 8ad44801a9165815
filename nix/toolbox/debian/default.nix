# The debian toolbox: pinned packages behind the interface that every expression of nix/ is written against (see README.md
# beside this folder). Packages and sources are fixed-output paths whose hashes stand in lock.json; `lkmc lock fetch` puts
# them into the store, so nothing here needs the network.
{ }:

let
  lock = builtins.fromJSON (builtins.readFile ./lock.json);
  system = "x86_64-linux";

  # Store names take fewer characters than Debian's versions do.
  storeName = path: "deb-" + builtins.replaceStrings [ "~" "%" ":" ] [ "-" "-" "-" ] (baseNameOf path);

  # The static busybox that starts every build. It looks at its own file name, so it lies in a directory.
  seed = derivation {
    name = "lkmc-seed";
    inherit system;
    builder = "/lkmc-lock-fetch-has-not-put-the-seed-into-the-store";
    outputHashMode = "recursive";
    outputHash = lock.seed.nar-sha256;
  };

  # One file of the lock. The builder is only reached when `lkmc lock fetch` did not put the file into the store first.
  fetch =
    entry:
    derivation {
      name = storeName entry.path;
      inherit system;
      builder = "${seed}/bin/busybox";
      args = [ "sh" ./fetch.sh ];
      # All of it, for a front-end that fetches what is missing (src/nix/plan.rs).
      inherit (entry) version archive path;
      package = entry.name;
      size = toString entry.size;
      impureEnvVars = [ "LKMC_DEBIAN_MIRROR" ];
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = entry.sha256;
      preferLocalBuild = true;
    };

  # An FHS tree of packages with their dependencies.
  root =
    name:
    derivation {
      name = "lkmc-root-${name}";
      inherit system seed;
      builder = "${seed}/bin/busybox";
      args = [ "sh" ./root.sh ];
      packages = map (package: fetch lock.packages.${package}) lock.roots.${name};
    };
  roots = builtins.mapAttrs (name: _: root name) lock.roots;

  # A host program, called through its root's own dynamic loader (Program in src/bundle.rs).
  program =
    {
      # root that holds it
      tools,
      # path of the file, given the root
      binary,
      # arguments that it always needs, given the root
      args,
      # environment, given the root
      env,
      # Debian package whose version is the program's; none for one that was built with the root
      package ? null,
      version ? lock.packages.${builtins.head entries}.version,
      entries ? builtins.filter (entry: lock.packages.${entry}.name == package) lock.roots.${tools},
    }:
    let
      path = roots.${tools};
    in
    {
      # Not lib64/ld-linux-x86-64.so.2: that is a link to an absolute path, which outside of the root is the host's loader.
      loader = "${path}/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";
      library-path = [
        "${path}/usr/lib/x86_64-linux-gnu"
        "${path}/usr/lib"
      ];
      binary = binary path;
      args = args path;
      env = env path;
      inherit version;
    };

  arches = import ../../arch.nix;

  # Root and prefix of the compiler for a guest architecture.
  compiler = arch: {
    tools = "build-${arch}";
    prefix = if arch == "x86_64" then "" else "${arches.${arch}.triple}-";
  };

  # Commands of a root, callable from anywhere.
  wrap =
    root: commands:
    derivation {
      name = "lkmc-commands";
      inherit system seed commands;
      root = roots.${root};
      builder = "${seed}/bin/busybox";
      args = [ "sh" ./wrap.sh ];
    };

  # QEMU's system emulator for a guest architecture: the root, and the package in it whose version counts.
  qemuSystem = {
    x86_64 = {
      tools = "qemu-x86_64";
      package = "qemu-system-x86";
    };
    aarch64 = {
      tools = "qemu-arm";
      package = "qemu-system-arm";
    };
    arm = {
      tools = "qemu-arm";
      package = "qemu-system-arm";
    };
    riscv64 = {
      tools = "qemu-riscv64";
      package = "qemu-system-misc";
    };
  };

  # `nix develop` runs no builder that is not called bash.
  bash = derivation {
    name = "lkmc-bash";
    inherit system seed;
    root = roots.shell;
    builder = "${seed}/bin/busybox";
    args = [ "sh" "-c" "$seed/bin/busybox mkdir -p $out/bin && $seed/bin/busybox cp $root/usr/bin/bash-static $out/bin/bash" ];
  };

  # A command that runs a bash file.
  command =
    name: script:
    derivation {
      inherit name system script seed bash;
      builder = "${seed}/bin/busybox";
      args = [ "sh" ./command.sh ];
    };
in
rec {
  # Name of the toolbox, for messages.
  name = "debian";
  inherit system roots lock;

  # Runs a bash script with the programs of one root at their usual places, inside the Nix sandbox.
  build =
    {
      # of the derivation
      name,
      # root whose programs the script uses
      tools,
      # file that bash runs
      script,
      # environment of the script
      env,
    }:
    derivation (
      env
      // {
        inherit name system script;
        builder = "${seed}/bin/busybox";
        args = [ "sh" ./run.sh ];
        lkmcSeed = seed;
        lkmcRoot = roots.${tools};
      }
    );

  inherit compiler;

  # The libc of programs on bare metal: include/, lib/ and the linker script lib/picolibc.ld.
  picolibc =
    arch:
    build {
      name = "picolibc-${arch}";
      tools = "unpack";
      script = ./picolibc.sh;
      env = {
        package = source "picolibc-${arch}";
        # directory below usr/lib/picolibc, and in its lib/ that of what the compiler makes code for
        target = if arch == "arm" then "arm-none-eabi" else "${arch}-linux-gnu";
        multilib = if arch == "arm" then "thumb/v7-a+fp/hard" else ".";
      };
    };

  # A source tarball, or a .deb that holds one; unpack.sh takes both.
  source = name: fetch lock.sources.${name};

  # A package file, as a lock file names it.
  deb = fetch;

  # A program for guests, usr/bin/NAME, with its loader and libraries.
  ready = arch: name: roots."${name}-${arch}" or (throw "Debian 12 has no ${name} for ${arch}");

  # QEMU's system emulator for a guest architecture.
  qemu =
    arch:
    program {
      inherit (qemuSystem.${arch}) tools package;
      binary = path: "${path}/usr/bin/qemu-system-${arch}";
      args = path: [
        "-L"
        "${path}/usr/share/qemu"
        "-L"
        "${path}/usr/share/seabios"
      ];
      # Debian builds TCG itself as a module.
      env = path: { QEMU_MODULE_DIR = "${path}/usr/lib/x86_64-linux-gnu/qemu"; };
    };

  # GDB for every architecture.
  gdb = program {
    tools = "gdb";
    binary = path: "${path}/usr/bin/gdb-multiarch";
    args = path: [
      "--data-directory"
      "${path}/usr/share/gdb"
    ];
    # GDB's Python looks for its library where it was installed.
    env = path: {
      PYTHONHOME = "${path}/usr";
      TERMINFO_DIRS = "${path}/lib/terminfo";
    };
    package = "gdb-multiarch";
  };

  # Serves a directory by 9p.
  diod = program {
    tools = "diod";
    binary = path: "${path}/usr/sbin/diod";
    args = _: [ ];
    env = _: { };
    package = "diod";
  };

  # A gem5 that was compiled with the root build-gem5.
  gem5 =
    { binary, version }:
    program {
      tools = "build-gem5";
      binary = _: binary;
      args = _: [ ];
      # Its Python looks for its library where it was installed.
      env = path: { PYTHONHOME = "${path}/usr"; };
      inherit version;
    };

  # QEMU's emulator of a process of a guest architecture.
  qemuUser =
    arch:
    program {
      tools = "qemu-user";
      binary = path: "${path}/usr/bin/qemu-${arch}";
      args = _: [ ];
      env = _: { };
      package = "qemu-user";
    };

  # What a dynamically linked program of a guest runs on: a tree with its libc, that libc's symbols, and gdbserver.
  debuggee =
    arch: roots."debuggee-${arch}" or (throw "Debian 12 has no libc with symbols and no gdbserver for ${arch}");

  # Turns DWARF into BTF: bin/pahole, for every `build` and every shell.
  pahole = derivation {
    name = "pahole";
    inherit system seed;
    root = roots.pahole;
    builder = "${seed}/bin/busybox";
    args = [ "sh" ./pahole.sh ];
  };

  # Readers of memory dumps.
  dumpReaders = {
    # drgn is a package of Python's.
    drgn = program {
      tools = "dump";
      binary = path: "${path}/usr/bin/python3.11";
      args = path: [
        "-m"
        "drgn"
      ];
      env = path: { PYTHONHOME = "${path}/usr"; };
      package = "python3-drgn";
    };
    crash = program {
      tools = "dump";
      binary = path: "${path}/usr/bin/crash";
      args = path: [ ];
      env = path: { TERMINFO_DIRS = "${path}/lib/terminfo"; };
      package = "crash";
    };
  };

  inherit command;

  # What `nix develop` enters: the compiler, make, GDB, QEMU's system and user emulators, lkmc, and the programs of more trees.
  shell =
    arch: trees:
    let
      inherit (compiler arch) tools prefix;
      path = map (directory: "${directory}/bin") [
        (wrap tools (
          map (command: prefix + command) [
            "gcc"
            "g++"
            "cpp"
            "as"
            "ld"
            "ar"
            "nm"
            "objcopy"
            "objdump"
            "readelf"
            "size"
            "strip"
          ]
          ++ [ "make" ]
        ))
        (wrap "gdb" [ "gdb-multiarch" ])
        (wrap qemuSystem.${arch}.tools [ "qemu-system-${arch}" ])
        (wrap "qemu-user" [ "qemu-${arch}" ])
        (command "lkmc" ../../app.sh)
        bash
      ];
    in
    derivation {
      name = "lkmc-shell-${arch}";
      inherit system;
      builder = "${bash}/bin/bash";
      args = [ "-c" "echo this derivation is for nix develop >&2; exit 1" ];
      PATH = builtins.concatStringsSep ":" (path ++ map (tree: "${tree}/bin") trees);
      ARCH = arches.${arch}.kernel;
      CROSS_COMPILE = prefix;
      # `nix develop` goes through this variable, which is set only when it is given.
      outputs = [ "out" ];
    };
}
