# The one entry: a lowered profile in, its derivations out.
#
#   nix-build nix --argstr lowered /absolute/path/lowered.json -A bundle
{
  # path of the lowered JSON that `lkmc profile lower` writes
  lowered,
}:

let
  profile = builtins.fromJSON (builtins.readFile lowered);
  supported = 7;
in
assert
  profile.version == supported
  || throw "${lowered} has version ${toString profile.version}; this tree reads version ${toString supported}";

let
  toolbox = import ./toolbox { kind = profile.toolbox; };
  inherit (profile) arch;

  pahole = import ./pahole.nix { inherit toolbox; } { inherit (profile.kernel) config config-file; };
  kernelConfig = import ./kernel-config.nix { inherit toolbox; } {
    inherit arch source pahole;
    inherit (profile.kernel) version config config-file;
  };
  kernelReport = import ./kernel-report.nix { inherit toolbox; } {
    inherit arch source pahole;
    inherit (profile.kernel) version;
    config = kernelConfig;
  };
  pristine = import ./kernel-source.nix { inherit toolbox; } { inherit (profile.kernel) version source; };
  source =
    if profile.kernel.patches == [ ] then
      pristine
    else
      import ./kernel-patched.nix { inherit toolbox; } {
        inherit arch;
        inherit (profile.kernel) version patches;
        source = pristine;
      };
  kernel = import ./kernel.nix { inherit toolbox; } {
    inherit arch source pahole;
    inherit (profile.kernel) version;
    config = kernelConfig;
  };
  busybox = import ./busybox.nix { inherit toolbox; } { inherit arch; };
  guest = import ./guest.nix { inherit toolbox; } { inherit arch; };
  rootfs = import ./rootfs.nix { inherit toolbox; } {
    inherit arch busybox guest;
    packages = map (import ./packages.nix { inherit toolbox; } { inherit arch; }) profile.rootfs.packages;
    inherit (profile.rootfs) debs overlay size;
  };
  bootLoader =
    if (import ./arch.nix).${arch}.gem5Boot then import ./gem5-boot.nix { inherit toolbox; } { inherit arch; } else null;
  gem5 = import ./gem5.nix { inherit toolbox; } {
    source = import ./gem5-source.nix { inherit (profile.emulator.build) source; };
    inherit (profile.emulator.build) isas variant options;
  };
  inherit (toolbox) gdb;
  # Absent where the user brings one: `emulator.binary`, or the environment's gem5.
  emulator =
    if profile.emulator.build != null then
      gem5.program
    else if profile.emulator.kind == "qemu" && profile.emulator.binary == null then
      toolbox.qemu arch
    else
      null;
  bundleOf =
    kernel:
    import ./bundle.nix { inherit toolbox; } {
      inherit
        arch
        source
        kernel
        rootfs
        bootLoader
        emulator
        gdb
        ;
      # Of Debian's packages nobody has kept the symbols, and busybox lies below them.
      programs = if profile.rootfs.debs == null then "${busybox}/debug" else null;
      # QEMU serves shares itself. A share may also be a run's own, so the profile's say nothing.
      shareServer = if profile.emulator.kind == "gem5" then toolbox.diod else null;
    };
in
{
  inherit
    toolbox
    source
    kernelConfig
    kernelReport
    kernel
    pahole
    busybox
    guest
    rootfs
    ;

  # What programs are debugged with, for `lkmc demo debug`.
  debuggee = import ./debuggee.nix { inherit toolbox; } { inherit arch gdb; };

  # What runs and debugs programs on bare metal.
  bareMetal = import ./bare-metal.nix { inherit toolbox; } {
    inherit arch emulator gdb;
  };

  # The plugin with which QEMU says what it executes; no bundle needs it.
  qemuTrace = import ./qemu-trace.nix { inherit toolbox; };

  # Programs that read memory dumps; no bundle needs them.
  dumpReaders = import ./dump-readers.nix { inherit toolbox; };

  # Environment for `lkmc shell`; not to be built.
  shell = toolbox.shell arch pahole.trees;

  bundle = bundleOf kernel;
  # For somebody who has built the kernel, which the front-end knows the parts of.
  bundleWithoutKernel = bundleOf null;
}
