#!/bin/sh
# PrairieLearn runs this for each submission, as root, in a container that is thrown away afterwards.
home=${GOLDGRADE_HOME:-/opt/goldgrade}
source=$home/source
root=${GOLDGRADE_ROOT:-/grade}

# Until there are results, and when there are none: "not gradable", which costs no attempt.
mkdir -p "$root/results"
cp "$source/failed.json" "$root/results/results.json"

export XDG_CACHE_HOME="$home/cache"
export PYTHONPATH="$source/goldgrade${PYTHONPATH:+:$PYTHONPATH}"
python3 -P -m grader.platforms.run_on_platform --i-know-this-is-not-a-sandbox prairielearn "@ASSIGNMENT@" "$root" ||
    echo "goldgrade: there is no mark, for the reason above" >&2
# PrairieLearn takes any other status for a zero.
exit 0
