# The programs that read memory dumps, by name: what src/dump/reader.rs reads.
{ toolbox }:
toolbox.build {
  name = "dump-readers";
  tools = "image";
  script = ./dump-readers.sh;
  env = {
    readers = builtins.toJSON toolbox.dumpReaders;
    passAsFile = [ "readers" ];
  };
}
