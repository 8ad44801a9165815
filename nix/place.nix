# A path of a lowered profile: a relative one is below the repository.
path: if builtins.substring 0 1 path == "/" then /. + path else ../. + "/${path}"
