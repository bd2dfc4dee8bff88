#!/bin/sh
# Collects the English source texts and brings every catalogue up to date. Then translate what is empty or fuzzy.
set -eu
bin=$1
"$bin/pybabel" -q extract -F translations/babel.cfg -k N_ -k lazy_gettext -k ngettext:1,2 --no-location --sort-output \
  --project=Collector --copyright-holder="the authors of Collector" -o translations/messages.pot .
for folder in translations/*/LC_MESSAGES; do
  tag=$(basename "$(dirname "$folder")")
  "$bin/pybabel" -q update -N -i translations/messages.pot -d translations -l "$tag" --omit-header --ignore-obsolete
done
"$bin/pybabel" -q compile -d translations
