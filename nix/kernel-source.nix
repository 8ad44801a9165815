# The kernel's sources, unpacked once for every architecture. Builds read it in place (make O=), so that the file names in
# DWARF are store paths and a debugger finds each line without being told where.
{ toolbox }:
{
  # kernel series, for example 6.12
  version,
  # path of another tarball than the toolbox's; a relative one is below the repository
  source ? null,
}:
toolbox.build {
  name = "linux-${version}-source";
  tools = "unpack";
  script = ./kernel-source.sh;
  env = {
    archive =
      if source == null then
        toolbox.source "linux-${version}"
      else
        builtins.path {
          name = "linux-archive";
          path = import ./place.nix source;
        };
    unpack = ./unpack.sh;
  };
}
