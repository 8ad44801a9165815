# GDB for every architecture, as a Program (src/bundle.rs).
{ toolbox }: toolbox.gdb
