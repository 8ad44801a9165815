# The sources of a demo, as a store path. Only they count: a change beside them rebuilds nothing.
{
  # directory that they are below
  root,
  # files, relative to root
  sources,
}:
let
  wanted = builtins.listToAttrs (
    builtins.concatMap (
      path:
      let
        parts = builtins.filter builtins.isString (builtins.split "/" path);
        ancestor = length: builtins.concatStringsSep "/" (builtins.genList (builtins.elemAt parts) length);
      in
      builtins.genList (index: {
        name = "${root}/${ancestor (index + 1)}";
        value = null;
      }) (builtins.length parts)
    ) sources
  );
in
builtins.path {
  name = "source";
  path = /. + root;
  filter = path: _: wanted ? ${path};
}
