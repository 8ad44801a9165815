# `nix run .`: cargo cannot build in the read-only store, so this hands over to the checkout.
if [ ! -x ./lkmc ]; then
  echo "lkmc: run this in a checkout of lkmc: there is no ./lkmc here" >&2
  exit 2
fi
exec ./lkmc "$@"
