#!/bin/sh
# Collects the English source texts, brings every catalogue up to date and compiles it. What is then empty is to be
# translated; tests/contracts/test_translations.py names it. The template is made anew each time and not kept.
# Usage: tools/update-messages.sh .venv/bin
set -eu
bin=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$bin/pybabel" -q extract -F translations/babel.cfg -k N_ -k NN_:1,2 -k lazy_gettext --add-location=file --sort-output \
  --project=Collector --copyright-holder="the authors of Collector" -o "$folder/messages.pot" .
for catalogue in translations/*/LC_MESSAGES; do
  tag=$(basename "$(dirname "$catalogue")")
  if [ -e "$catalogue/messages.po" ]; then
    "$bin/pybabel" -q update -N -i "$folder/messages.pot" -d translations -l "$tag" --ignore-obsolete \
      --ignore-pot-creation-date
  else
    "$bin/pybabel" -q init -i "$folder/messages.pot" -d translations -l "$tag"
  fi
done
"$bin/pybabel" -q compile -d translations
