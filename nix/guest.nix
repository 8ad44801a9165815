# Our own programs in every root file system: the agent, which is the guest's end of `lkmc profile run -- COMMAND`, and
# `m5`, gem5's pseudo-operations.
{ toolbox }:
{
  # guest architecture
  arch,
}:
let
  compiler = toolbox.compiler arch;
in
toolbox.build {
  name = "guest-${arch}";
  inherit (compiler) tools;
  script = ./guest.sh;
  env = {
    agent = ../guest/agent;
    m5 = ../guest/m5;
    cross = compiler.prefix;
  };
}
