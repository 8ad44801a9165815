# The kernel's sources, unpacked once for every architecture. Builds read it in place (make O=), so that the file names in
# DWARF are store paths and a debugger finds each line without being told where.
{ toolbox }:
{
  # kernel series, for example 6.12
  version,
}:
toolbox.build {
  name = "linux-${version}-source";
  tools = "unpack";
  script = ./kernel-source.sh;
  env = {
    archive = toolbox.source "linux-${version}";
    unpack = ./unpack.sh;
  };
}
