# The guest's end of `lkmc profile run -- COMMAND` and `lkmc vm exec`.
{ toolbox }:
{
  # guest architecture
  arch,
}:
let
  compiler = toolbox.compiler arch;
in
toolbox.build {
  name = "lkmc-agent-${arch}";
  inherit (compiler) tools;
  script = ./agent.sh;
  env = {
    source = ../guest/agent.c;
    cross = compiler.prefix;
  };
}
